"""Signing in: by password, or by what another told of a person; and how they are known again at each request.

Guessing is slowed down: tries that fail are counted for the account and for the address that they come from, and when
there are too many, further ones are refused unread until the oldest are a quarter of an hour old. From an address that
an account was signed in from before it is counted apart, so that a stranger elsewhere cannot lock its person out.
"""

import logging
import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from math import ceil
from uuid import uuid4

from itsdangerous import BadSignature, Signer

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.errors import BadInput, NotAllowed, QuotaReached
from estimate_core.domain.people import SESSION_LONGEST, Account, Action, User, folded_email
from estimate_core.services.auditing import record
from estimate_core.services.binding import network_of
from estimate_core.services.doors import allowed, idle_time
from estimate_core.services.passwords import is_password
from estimate_core.storage import accounts, members, sessions, tries
from estimate_core.storage.database import Database, writing
from estimate_core.storage.sessions import Session

_log = logging.getLogger(__name__)

COOKIE = "estimate_session"
"""The cookie that holds a ticket."""
ACCOUNT_TRIES, ADDRESS_TRIES = 10, 50
WINDOW = timedelta(minutes=15)
MAX_ADDRESS, MAX_BROWSER = 100, 300
_TOUCH_EVERY = timedelta(minutes=1)
_SECRET_BYTES = 32
_WRONG = "The e-mail address or the password is not right. Try again."
_TOO_MANY = "There were too many tries to sign in. Try again in {minutes}."
_NO_ACCOUNT = "Nobody here has the e-mail address {email}. Ask an owner of your organisation to invite it."


@dataclass(frozen=True)
class Caller:
    """Where somebody asks from: their address, what their browser calls itself, and the ticket that it holds already.

    The ticket opens a session, so that it is not to stand in any log.
    """

    address: str = ""
    browser: str = ""
    ticket: str = field(default="", repr=False)


@dataclass(frozen=True)
class Visitor:
    """Who a session belongs to: `user` is None where they belong to no organisation any more.

    With `must_change` nothing is open to them but choosing another password.
    """

    account: Account
    session: Session
    user: User | None

    @property
    def must_change(self) -> bool:
        """Whether the password is to be changed first."""
        return self.account.must_change


@dataclass(frozen=True)
class Begun:
    """A session that just began: the ticket for the cookie, its id, and who came by it; None if they belong nowhere."""

    ticket: str
    session: str
    user: User | None


@dataclass(frozen=True)
class Counted:
    """A try that counts until it succeeds, and the account, in a hash, that it counts for."""

    id: str
    whose: str


def sign_in(desk: Desk, email: str, password: str, caller: Caller) -> str:
    """Sign in by password; gives the ticket for the cookie.

    BadInput with one sentence for whatever is wrong, QuotaReached after too many tries.
    """
    key = folded_email(email)[:300].encode("utf-8", "replace").decode()
    with desk.open_db() as db:
        with writing(db):
            account = accounts.find_account(db, key)
            kept = accounts.find_password(db, account.id) if account else None
            counted = count_try(desk, db, key, account, caller)
        # Outside of the transaction: it takes a while, and as long for an address that nobody has.
        right = is_password(password, kept)
        if account is None or not right or account.disabled:
            _log.warning("a sign-in from %s was refused", caller.address)
            raise BadInput(_WRONG)
        with writing(db):
            if accounts.find_password(db, account.id) != kept:
                # Changed while it was compared: what ended all sessions then would not end this one.
                raise BadInput(_WRONG)
            tries.forgive_tries(db, counted.id, counted.whose)
            return start_session(desk, db, account, "password", caller)


def sign_in_by_email(desk: Desk, email: str, way: str, caller: Caller) -> str:
    """Sign in whom another vouches for, by the e-mail address that was verified there; gives the ticket.

    Who made the account by the link of an invitation may be somebody else: their password and sessions end then.
    NotAllowed where nobody here has that address, or may not sign in.
    """
    with desk.open_db() as db, writing(db):
        account = accounts.find_account(db, folded_email(email))
        if account is None or account.disabled:
            raise NotAllowed(_NO_ACCOUNT.format(email=email[:100]))
        begun = begin_session(desk, db, account, way, caller)
        if not account.proven:
            _keep_others_out(desk, db, account, begun)
        return begun.ticket


def _keep_others_out(desk: Desk, db: Database, account: Account, begun: Begun) -> None:
    """Leave only the session that just began: whoever had the link of an invitation chose the password."""
    accounts.set_proven(db, account.id)
    accounts.forget_password(db, account.id)
    sessions.end_sessions(db, account.id, desk.now(), but=begun.session)
    if begun.user:
        record(db, begun.user, desk.now(), Deed.CHANGED_PASSWORD, Kind.PERSON, begun.user.id, account.email)


def find_visitor(desk: Desk, ticket: str, caller: Caller, is_use: bool = True) -> Visitor | None:
    """Who holds a ticket, as the database knows them at this moment; None where it opens nothing (any more).

    Their session lives on by it where `is_use`: not where a page that was left open only looks again by itself.
    """
    now = desk.now()
    with desk.open_db() as db:
        session = _find_alive(desk, db, ticket)
        if session is None:
            return None
        account = accounts.get_account(db, session.account)
        if account.disabled:
            return None
        # Pages do not tell the address: it is that from which the session's browser reached them.
        address = caller.address[:MAX_ADDRESS] or session.address
        user = _current_user(db, account, session, Caller(address))
        is_late = address != session.address or not timedelta() <= now - session.seen < _TOUCH_EVERY
        if is_use and is_late:
            with writing(db):
                sessions.touch_session(db, session.id, now, address)
                if user:
                    members.set_seen(db, user.organisation, user.id, now)
        return Visitor(account, session, user)


def find_user_by_token(desk: Desk, secret: str, caller: Caller) -> User | None:
    """Who a program asks for with a token, as they stand at this moment; None where it opens nothing (any more)."""
    now = desk.now()
    with desk.open_db() as db:
        named = sessions.find_token(db, hash_secret(secret))
        if named is None:
            return None
        user = sessions.find_standing(db, replace(named, address=caller.address), now, idle_time(desk))
        if user is not None and not sessions.was_used(db, user.token, now - _TOUCH_EVERY):
            with writing(db):
                sessions.touch_token(db, user.token, now, caller.address)
                members.set_seen(db, user.organisation, user.id, now)
    return user


@allowed(Action.OWN)
def sign_out(desk: Desk, user: User) -> None:
    """End the session by which the person came; the ticket in their browser opens nothing any more."""
    now = desk.now()
    with desk.open_db() as db, writing(db):
        account = accounts.find_account_of(db, user)
        if account:
            sessions.end_sessions(db, account.id, now, only=user.session)
            record(db, user, now, Deed.SIGNED_OUT, Kind.SESSION, user.session, account.email)


def new_secret() -> str:
    """What nobody can guess, to be shown once."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def hash_secret(secret: str) -> str:
    """What is kept of a secret that nobody can guess."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def count_try(desk: Desk, db: Database, key: str, account: Account | None, caller: Caller) -> Counted:
    """Count a try before it is looked at, so that many at once do not pass together; QuotaReached for too many."""
    now = desk.now()
    network = network_of(caller.address)
    known = account is not None and network in map(network_of, sessions.list_addresses(db, account.id))
    whose = hash_secret(f"account {key} {network if known else ''}")
    from_where = hash_secret(f"address {network}")
    # A clock that ran ahead and was set back locks nobody out for as long as it was ahead.
    tries.delete_other_tries(db, now - WINDOW, now)
    for one, limit in ((whose, ACCOUNT_TRIES), (from_where, ADDRESS_TRIES)):
        times = tries.list_tries(db, one, now - WINDOW, now)
        if len(times) >= limit:
            wait = times[-limit] + WINDOW - now
            minutes = ceil(wait / timedelta(minutes=1))
            told = "a minute" if minutes <= 1 else f"{minutes} minutes"
            _log.warning("too many sign-ins were tried from %s", caller.address)
            raise QuotaReached(_TOO_MANY.format(minutes=told), ceil(wait.total_seconds()))
    counted = Counted(str(uuid4()), whose)
    for one in (whose, from_where):
        tries.insert_try(db, counted.id, one, now)
    return counted


def start_session(
    desk: Desk, db: Database, account: Account, way: str, caller: Caller, user_id: str | None = None
) -> str:
    """As `begin_session`, for who needs no more than the ticket."""
    return begin_session(desk, db, account, way, caller, user_id).ticket


def begin_session(
    desk: Desk, db: Database, account: Account, way: str, caller: Caller, user_id: str | None = None
) -> Begun:
    """A session for who just proved to have the account, told in the log. Inside `writing`.

    It shows the organisation in which they are the user of that id, else the one that they saw last. It takes the place
    of the session that their browser had, which ends, whoever signed in there.
    """
    now, secret = desk.now(), new_secret()
    session = Session(
        str(uuid4()), account.id, None, way, caller.address[:MAX_ADDRESS], caller.browser[:MAX_BROWSER], now, now, None
    )
    last = next((one.user for one in sessions.list_sessions(db, account.id) if one.user), None)
    user = _current_user(db, account, replace(session, user=user_id or last), caller)
    _leave(desk, db, caller)
    sessions.delete_old_sessions(db, now - SESSION_LONGEST)
    sessions.insert_session(db, replace(session, user=user.id if user else None), hash_secret(secret))
    if user:
        members.set_seen(db, user.organisation, user.id, now)
        # In the log of this organisation alone: for which others somebody works is not its business.
        record(db, user, now, Deed.SIGNED_IN, Kind.SESSION, session.id, account.email)
    return Begun(_signer(desk).sign(secret).decode(), session.id, user)


def _leave(desk: Desk, db: Database, caller: Caller) -> None:
    """End the session that the caller's browser has, told as signing out is: whoever holds a ticket may sign it out.

    Else it would live on where nobody can end it any more but by the list of sessions. Inside `writing`.
    """
    session = _find_alive(desk, db, caller.ticket)
    if session is None:
        return
    account = accounts.get_account(db, session.account)
    sessions.end_sessions(db, account.id, desk.now(), only=session.id)
    user = _current_user(db, account, session, caller)
    if user:
        record(db, user, desk.now(), Deed.SIGNED_OUT, Kind.SESSION, session.id, account.email)


def _find_alive(desk: Desk, db: Database, ticket: str) -> Session | None:
    """The session that a ticket stands for, or None where that opens nothing (any more)."""
    secret = _unsigned(desk, ticket)
    session = sessions.find_session(db, hash_secret(secret)) if secret is not None else None
    return session if session and session.is_alive(desk.now(), idle_time(desk)) else None


def users_of(db: Database, account: Account, session_id: str, caller: Caller) -> list[User]:
    """Who an account is in each of its organisations."""
    return [
        replace(accounts.user_of(member), session=session_id, address=caller.address)
        for member in accounts.list_memberships(db, account.id)
    ]


def _current_user(db: Database, account: Account, session: Session, caller: Caller) -> User | None:
    users = users_of(db, account, session.id, caller)
    return next((user for user in users if user.id == session.user), next(iter(users), None))


def _unsigned(desk: Desk, ticket: str) -> str | None:
    try:
        return _signer(desk).unsign(ticket.encode("utf-8", "replace")).decode()
    except (BadSignature, UnicodeDecodeError):
        return None


def _signer(desk: Desk) -> Signer:
    return Signer(desk.key, salt="session", digest_method=sha256)
