"""A person's own sessions: in which browsers they are signed in, and how those are ended from here."""

from dataclasses import dataclass
from datetime import datetime

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.browser import browser_words
from estimate_core.domain.errors import NotFound
from estimate_core.domain.people import Action, User
from estimate_core.services.auditing import record
from estimate_core.services.doors import allowed, idle_time
from estimate_core.services.people import account_of
from estimate_core.storage import accounts, sessions
from estimate_core.storage.database import writing

_NO_SESSION = "This session does not exist, or it has ended already. Choose one from the list."


@dataclass(frozen=True)
class OwnSession:
    """A browser in which a person is signed in; `way` is how they came in, `is_this` that they ask from it."""

    id: str
    browser: str
    address: str
    way: str
    since: datetime
    used: datetime
    is_this: bool


@allowed(Action.OWN)
def list_own_sessions(desk: Desk, user: User) -> list[OwnSession]:
    """Where the person is signed in, this browser first, then by last use; nowhere while the desk is open."""
    with desk.open_db() as db:
        member = accounts.find_member(db, user.organisation, user.id)
        found = sessions.list_sessions(db, member.account.id) if member else []
    alive = [
        OwnSession(
            one.id, browser_words(one.browser), one.address, one.way, one.created, one.seen, one.id == user.session
        )
        for one in found
        if one.is_alive(desk.now(), idle_time(desk))
    ]
    return sorted(alive, key=lambda one: not one.is_this)


@allowed(Action.OWN)
def end_session(desk: Desk, user: User, session_id: str) -> None:
    """End one of the person's sessions, this one among them; NotFound for another's or one that ended."""
    with desk.open_db() as db, writing(db):
        account = account_of(db, user)
        session = sessions.find_session_of(db, account.id, session_id)
        if session is None or not session.is_alive(desk.now(), idle_time(desk)):
            raise NotFound(_NO_SESSION)
        sessions.end_sessions(db, account.id, desk.now(), only=session.id)
        record(db, user, desk.now(), Deed.ENDED_SESSION, Kind.SESSION, session.id, account.email)


@allowed(Action.OWN)
def end_other_sessions(desk: Desk, user: User) -> int:
    """End all of the person's sessions but this one; gives how many that were."""
    with desk.open_db() as db, writing(db):
        account = account_of(db, user)
        ended = sessions.end_sessions(db, account.id, desk.now(), but=user.session)
        if ended:
            record(db, user, desk.now(), Deed.ENDED_SESSION, Kind.SESSION, user.session, account.email)
    return ended
