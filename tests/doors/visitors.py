"""Everybody who may come to the doors of a desk with accounts, each with what they have to show."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

from estimate_core.desk import Desk
from estimate_core.domain.people import LOCAL, SESSION_LONGEST, Account, Action, Role, Scope, User
from estimate_core.services import tokens
from estimate_core.services.doors import idle_time
from estimate_core.services.signing_in import COOKIE, Caller, find_user_by_token
from estimate_core.storage import accounts
from estimate_core.storage.database import time_text, writing
from tests.furnished import Staffed
from tests.people import Person, sign_in_again

OWNER, ESTIMATOR, VIEWER, WRITES, READS = "owner", "estimator", "viewer", "token that writes", "token that reads"
STRANGER, TOKEN_OF_STRANGER = "stranger", "token of a stranger"
GUEST = "member who looks at another organisation of theirs"
MAY = {
    OWNER: {Action.READ, Action.WRITE, Action.MANAGE, Action.OWN},
    ESTIMATOR: {Action.READ, Action.WRITE, Action.OWN},
    VIEWER: {Action.READ, Action.OWN},
    WRITES: {Action.READ, Action.WRITE},
    READS: {Action.READ},
}
"""Who belongs to the organisation, and what they may do there: said anew, since the product's own table is on trial."""
FOREIGN = (STRANGER, TOKEN_OF_STRANGER, GUEST)
"""Who may do everything, in the other organisation."""
SHUT_OUT = (
    "nobody",
    "owner without a session",
    "session that never was",
    "revoked session",
    "session that was not used for too long",
    "session that is too old",
    "disabled person",
    "person taken out",
    "person who must change the password",
    "revoked token",
    "expired token",
    "token of a disabled person",
    "token of a person taken out",
    "token of a person who must change the password",
)
"""Who has no way in, or none any more."""
IMPOSTORS = ("stranger in the owner's name", "stranger in the organisation's name", "token in another's name")
"""Who says that they are somebody whom their session or token is not of."""
BOASTERS = {"viewer who says owner": VIEWER, "token that says that it writes": READS}
"""Who says that they may do more than they may, and what they are."""


@dataclass(frozen=True)
class Visitor:
    """Who asks: the user that a page or a route could take them for, and what their browser or program sends."""

    name: str
    user: User
    headers: dict[str, str] = field(default_factory=dict)


def settle_all(desk: Desk, home: Staffed, abroad: Staffed) -> dict[str, Visitor]:
    """Have everybody who is named above at the desk; the owners are those of the two organisations."""
    owner, stranger = (sign_in_again(desk, find_account(desk, each.user)) for each in (home, abroad))
    own = [sign_in_again(desk, find_account(desk, user)) for user in (home.estimator, home.viewer)]
    known = [
        _by_ticket(OWNER, owner),
        _by_ticket(ESTIMATOR, own[0]),
        _by_ticket(VIEWER, own[1]),
        _by_token(desk, WRITES, owner.user, Scope.WRITE),
        _by_token(desk, READS, owner.user, Scope.READ),
        _by_ticket(STRANGER, stranger),
        _by_token(desk, TOKEN_OF_STRANGER, stranger.user, Scope.WRITE),
        _guest(desk, home, abroad),
        Visitor("nobody", LOCAL),
        Visitor("owner without a session", replace(owner.user, session="")),
        Visitor("session that never was", replace(owner.user, session=str(uuid4()))),
        *_with_ended_session(desk, home),
        *_put_out(desk, home),
        *_with_ended_token(desk, owner.user),
    ]
    visitors = {visitor.name: visitor for visitor in known}
    return visitors | {visitor.name: visitor for visitor in _liars(visitors)}


def find_account(desk: Desk, user: User) -> Account:
    """The account of a person who has one."""
    with desk.open_db() as db:
        account = accounts.find_account_of(db, user)
    assert account is not None
    return account


def _settle(desk: Desk, name: str, organisation: str) -> Person:
    """One more owner of an organisation, signed in."""
    email = f"{name.replace(' ', '.')}@example.org"
    account = Account(str(uuid4()), email, name, False, False, None, desk.now())
    with desk.open_db() as db, writing(db):
        accounts.insert_account(db, account, None)
        accounts.put_member(db, str(uuid4()), account, organisation, Role.OWNER)
    return sign_in_again(desk, account)


def _by_ticket(name: str, person: Person) -> Visitor:
    return Visitor(name, person.user, {"cookie": f"{COOKIE}={person.ticket}"})


def _by_token(desk: Desk, name: str, user: User, scope: Scope) -> Visitor:
    _, secret = tokens.create_token(desk, user, f"Token of {user.organisation}", scope, 30)
    found = find_user_by_token(desk, secret, Caller())
    assert found is not None
    return Visitor(name, found, {"authorization": f"Bearer {secret}"})


def _guest(desk: Desk, home: Staffed, abroad: Staffed) -> Visitor:
    """Who belongs to both organisations, and has the other one before them."""
    person = _settle(desk, "Guest in two organisations", abroad.organisation)
    with desk.open_db() as db, writing(db):
        accounts.put_member(db, str(uuid4()), person.account, home.organisation, Role.OWNER)
    return _by_ticket(GUEST, person)


def _with_ended_session(desk: Desk, home: Staffed) -> list[Visitor]:
    people = {name: _settle(desk, f"{name} {home.mark}", home.organisation) for name in SHUT_OUT[3:6]}
    revoked, unused, old = people.values()
    _end_session(desk, "revoked", revoked, desk.now())
    _end_session(desk, "seen", unused, desk.now() - idle_time(desk))
    _end_session(desk, "created", old, desk.now() - SESSION_LONGEST)
    return [_by_ticket(name, person) for name, person in people.items()]


def _end_session(desk: Desk, column: str, person: Person, at: datetime) -> None:
    with desk.open_db() as db, writing(db):
        db.execute(f"UPDATE sessions SET {column} = ? WHERE id = ?", (time_text(at), person.user.session))


def _put_out(desk: Desk, home: Staffed) -> list[Visitor]:
    """Three whose session and token are as good as ever, but who are not."""
    people = {name: _settle(desk, f"{name} {home.mark}", home.organisation) for name in SHUT_OUT[6:9]}
    tokens = [_by_token(desk, f"token of a {name}", person.user, Scope.WRITE) for name, person in people.items()]
    disabled, taken_out, changing = people.values()
    with desk.open_db() as db, writing(db):
        accounts.set_disabled(db, disabled.account.id, desk.now())
        accounts.remove_member(db, home.organisation, taken_out.user.id, desk.now())
        accounts.set_password(db, changing.account.id, "", must_change=True)
    return [*(_by_ticket(name, person) for name, person in people.items()), *tokens]


def _with_ended_token(desk: Desk, owner: User) -> list[Visitor]:
    tokens = [_by_token(desk, name, owner, Scope.WRITE) for name in SHUT_OUT[9:11]]
    with desk.open_db() as db, writing(db):
        for column, token in zip(("revoked", "expires"), tokens, strict=True):
            db.execute(f"UPDATE tokens SET {column} = ? WHERE id = ?", (time_text(desk.now()), token.user.token))
    return tokens


def _liars(visitors: dict[str, Visitor]) -> list[Visitor]:
    owner, viewer, reads = (visitors[name].user for name in (OWNER, VIEWER, READS))
    stranger, token_of_stranger = (visitors[name].user for name in (STRANGER, TOKEN_OF_STRANGER))
    said = (
        replace(owner, session=stranger.session),
        replace(stranger, organisation=owner.organisation),
        replace(owner, session="", token=token_of_stranger.token, scope=Scope.WRITE),
        replace(viewer, role=Role.OWNER),
        replace(reads, scope=Scope.WRITE),
    )
    return [Visitor(name, user) for name, user in zip((*IMPOSTORS, *BOASTERS), said, strict=True)]
