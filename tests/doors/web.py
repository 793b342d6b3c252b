"""The application at a copy of the settled home, asked by everybody who may come."""

from collections.abc import Mapping
from dataclasses import dataclass

from itsdangerous import Signer

from estimate_core.services.signing_in import COOKIE
from tests.doors.routes import Request
from tests.doors.server import Answer, Server
from tests.doors.settled import Place, Settled
from tests.doors.things import is_shown
from tests.doors.visitors import OWNER, SHUT_OUT, STRANGER, WRITES

FORGED = (
    "ticket without a signature",
    "ticket with another's signature",
    "ticket with a signature of one's own",
    "ticket with a letter less",
    "ticket in capitals",
    "empty ticket",
    "token in the place of a ticket",
    "ticket in the place of a token",
    "token with a letter more",
    "empty token",
    "id of a token",
    "id of a session",
    "id of a person",
    "name and password",
    "what a proxy would say",
)
"""What opens nothing, though it looks like what does."""
WITHOUT_WAY_IN = (SHUT_OUT[0], *SHUT_OUT[3:], *FORGED)
"""Who has no way in over HTTP: of those whom `SHUT_OUT` names, two have nothing that they could send."""


@dataclass(frozen=True)
class Web:
    """The application, its home, and who may come."""

    settled: Settled
    place: Place
    server: Server

    def ask(self, who: str, request: Request, accept: str = "application/json") -> Answer:
        """Have a visitor ask for something."""
        told = {"accept": accept} | ({"content-type": "application/json"} if request.body else {})
        return self.server.ask(request.method, request.path, {**self.papers(who), **told}, request.body)

    def upgrade(self, who: str, path: str) -> int:
        """Have a visitor ask for a websocket; gives the status, which is 101 where it is opened."""
        return self.server.upgrade(path, self.papers(who))

    def papers(self, who: str) -> Mapping[str, str]:
        """The headers that tell who a visitor is, or says to be."""
        known = self.settled.visitors
        return known[who].headers if who in known else _forged(self.settled)[who]

    def shows_anything(self, answer: Answer) -> bool:
        """Whether an answer tells anything of either organisation."""
        return any(is_shown(things, answer.told) for things in (self.settled.home, self.settled.abroad))


def _forged(settled: Settled) -> dict[str, Mapping[str, str]]:
    known = settled.visitors
    ticket, strangers = (known[who].headers["cookie"].partition("=")[2] for who in (OWNER, STRANGER))
    secret, _, signature = ticket.rpartition(".")
    token, user = known[WRITES].headers["authorization"].partition(" ")[2], known[OWNER].user
    made = (
        _ticket(secret),
        _ticket(f"{secret}.{strangers.rpartition('.')[2]}"),
        _ticket(Signer(b"another key", salt="session").sign(secret).decode()),
        _ticket(ticket[:-1]),
        _ticket(f"{secret}.{signature.upper()}"),
        _ticket(""),
        _ticket(token),
        {"authorization": f"Bearer {ticket}"},
        {"authorization": f"Bearer {token}x"},
        {"authorization": "Bearer "},
        {"authorization": f"Bearer {known[WRITES].user.token}"},
        _ticket(user.session),
        _ticket(user.id),
        {"authorization": f"Basic {token}"},
        {
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-user": user.name,
            "x-forwarded-email": f"{user.id}@example.org",
            "x-auth-request-email": f"{user.id}@example.org",
            "remote-user": user.id,
        },
    )
    return dict(zip(FORGED, made, strict=True))


def _ticket(value: str) -> Mapping[str, str]:
    return {"cookie": f"{COOKIE}={value}"}
