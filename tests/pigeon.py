"""Post for tests: keeps the letters instead of sending them, and answers as it was told."""

from estimate_core.domain.errors import BadInput
from estimate_core.domain.notice import Answer, Letter, Way


class Pigeon:
    """Takes every address but `bad`; shows of each only the way."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.answer = Answer(True, "Sent.")

    def check(self, way: Way, address: str) -> str:
        """The address as it may be shown."""
        if address == "bad":
            raise BadInput("This address cannot be used.")
        return f"{way.value}:masked"

    def send(self, letter: Letter) -> Answer:
        """Keep the letter."""
        self.letters.append(letter)
        return self.answer
