"""People who belong to organisations, for tests of invitations, roles and sessions."""

from uuid import uuid4

from estimate_core.desk import Desk
from estimate_core.domain.people import Account, Role, User
from estimate_core.services.passwords import hash_password
from estimate_core.services.signing_in import Caller, start_session, users_of
from estimate_core.storage import accounts, sessions
from estimate_core.storage.database import writing

CALLER = Caller("10.0.0.7", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0")
PASSWORD = "brass kettle over the moor"


def join(desk: Desk, email: str, role: Role = Role.OWNER, organisation: str = "local", password: str = "") -> str:
    """Have a person belong to an organisation; gives the id that they have there.

    Who has no account of that address gets one, without a password where none is given: hashing takes its time.
    """
    name = email.partition("@")[0].title()
    new = Account(str(uuid4()), email, name, bool(password), False, None, desk.now())
    hashed = hash_password(password) if password else None
    with desk.open_db() as db, writing(db):
        account = accounts.find_account(db, email)
        if account is None:
            accounts.insert_account(db, new, hashed)
        return accounts.put_member(db, str(uuid4()), account or new, organisation, role)


def sign_in_as(desk: Desk, email: str, organisation: str = "local", caller: Caller = CALLER) -> User:
    """Who has that address, as they come into an organisation by a session that they just began."""
    with desk.open_db() as db, writing(db):
        account = accounts.find_account(db, email)
        assert account
        before = {session.id for session in sessions.list_sessions(db, account.id)}
        [user] = [one for one in users_of(db, account, "", caller) if one.organisation == organisation]
        start_session(desk, db, account, "password", caller, user.id)
        [session] = [one for one in sessions.list_sessions(db, account.id) if one.id not in before]
        return next(one for one in users_of(db, account, session.id, caller) if one.id == user.id)


def let_in(desk: Desk, email: str, role: Role = Role.OWNER, organisation: str = "local") -> User:
    """Have a person belong to an organisation, and sign them in there."""
    join(desk, email, role, organisation)
    return sign_in_as(desk, email, organisation)
