"""Every refusal that the product makes on purpose.

The message of each is a sentence for the person at the screen and says what to do.
"""

from estimate_core.domain.finding import Finding


class DeskError(Exception):
    """A refusal made on purpose; `str(error)` is the sentence to show."""


class BadInput(DeskError):
    """Something that was typed, chosen or uploaded cannot be used as it is."""


class NotASchedule(BadInput):
    """A file that cannot be read as a schedule of rates; `findings` tell more, where it could be looked into."""

    def __init__(self, sentence: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(sentence)
        self.findings = findings


class NotFound(DeskError):
    """What was asked for is absent, or belongs to another organisation: the two look the same."""


class SignedOut(DeskError):
    """Nobody is signed in, or no longer: the session ended, the token expired, the account was disabled."""


class NotAllowed(DeskError):
    """The person is known, but their role does not let them do this."""


class NoFile(NotFound):
    """A file whose row is there, but whose bytes are missing, damaged or were deleted in time: make it again."""


class OutOfOrder(DeskError):
    """What the product stands on does not serve it: a full disk, a locked database, a store that does not answer.

    It may pass, so that a job is tried again before this is told.
    """


class QuotaReached(DeskError):
    """A person or an organisation uses as much as the host allows; the sentence says what frees some of it.

    `seconds` tells in how long to ask again, where that is known.
    """

    def __init__(self, sentence: str, seconds: int | None = None) -> None:
        super().__init__(sentence)
        self.seconds = seconds


class NotNow(DeskError):
    """The thing exists, but its state does not allow what was asked."""
