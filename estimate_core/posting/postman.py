"""The postman: takes a letter to a service or a webhook."""

from collections.abc import Callable

from estimate_core.domain.notice import Answer, Letter, Way
from estimate_core.posting.hosts import Resolve, resolve_host
from estimate_core.posting.services import Services
from estimate_core.posting.webhook import Webhooks

SECONDS = 10.0
"""How long a receiver may take to answer."""


class Postman:
    """Checks addresses and sends letters; `private` allows this machine and private networks."""

    def __init__(
        self,
        private: bool,
        seconds: float = SECONDS,
        resolve: Resolve = resolve_host,
        more: frozenset[str] = frozenset(),
    ) -> None:
        services, webhooks = Services(private, seconds, resolve, more), Webhooks(private, seconds, resolve)
        self._check: dict[Way, Callable[[str], str]] = {Way.SERVICE: services.check, Way.WEBHOOK: webhooks.check}
        self._send: dict[Way, Callable[[Letter], Answer]] = {Way.SERVICE: services.send, Way.WEBHOOK: webhooks.send}

    def check(self, way: Way, address: str) -> str:
        """The address as it may be shown; BadInput where it cannot be used."""
        return self._check[way](address)

    def send(self, letter: Letter) -> Answer:
        """Send a letter once and tell what was answered; a failure of the receiver or the network is an answer too."""
        return self._send[letter.way](letter)
