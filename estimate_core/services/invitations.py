"""Invitations: an owner offers a person to join by a link that works once, and the person accepts.

Whoever has the link can accept it, so that its secret is shown to the owner once and only its hash is kept. It proves
nothing about an account that exists already: there the account's password is asked for.
"""

from dataclasses import dataclass, replace
from uuid import uuid4

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.errors import BadInput, NotFound, NotNow, SignedOut
from estimate_core.domain.people import INVITATION_LIFE, Account, Action, Role, User, clean_email
from estimate_core.services.accounts import NewPerson, new_account
from estimate_core.services.auditing import record
from estimate_core.services.doors import allowed, idle_time
from estimate_core.services.passwords import hash_password, is_password
from estimate_core.services.signing_in import (
    Caller,
    Counted,
    Visitor,
    begin_session,
    count_try,
    hash_secret,
    new_secret,
    users_of,
)
from estimate_core.storage import accounts, invitations, sessions, tries
from estimate_core.storage.database import Database, writing
from estimate_core.storage.invitations import Invitation as Invitation  # pages name the type through here

MAX_INVITATIONS = 500
"""As many of an organisation may be open at a time."""
_ENDED = "This invitation cannot be used any more, or never could. Ask who sent it for a new one."
_NO_INVITATION = "This invitation does not exist, or it has ended. Choose one from the list."
_OPEN_DESK = "Nobody can be invited while no account exists. Create the first account, then invite others."
_BELONGS = "{email} belongs to your organisation already. Change their role in the list instead."
_BELONG = "You belong to this organisation already. Sign in instead."
_WRONG = "This is not the password that you have here. Type it again."
_SIGNED_OUT = "You are signed out. Sign in, then open the link of the invitation again."
_JUST_MADE = "This account was made just now. Open the link of the invitation again."
_MANY = f"There are {MAX_INVITATIONS} open invitations. Withdraw some first."


@dataclass(frozen=True)
class Offer:
    """What an invitation offers: `has_account` says that its password is asked for, rather than a new one chosen.

    Who has an account without a password accepts when they are signed in.
    """

    organisation: str
    email: str
    role: Role
    has_account: bool
    has_password: bool = False


@allowed(Action.MANAGE)
def invite(desk: Desk, user: User, email: str, role: Role) -> tuple[Invitation, str]:
    """Invite a person by e-mail address; gives the invitation and the secret of its link, told this once.

    It takes the place of an open one to the same address. BadInput for what is no address or belongs already, NotNow
    while no account exists.
    """
    address, now, secret = clean_email(email), desk.now(), new_secret()
    new = Invitation(str(uuid4()), user.organisation, address, role, now, user.id, now + INVITATION_LIFE)
    with desk.open_db() as db, writing(db):
        _refuse_unless_invitable(db, user, address)
        invitations.withdraw(db, user.organisation, now, "email", address)
        if len(invitations.list_invitations(db, user.organisation, now)) >= MAX_INVITATIONS:
            raise NotNow(_MANY)
        invitations.insert_invitation(db, user.organisation, new, hash_secret(secret))
        record(db, user, now, Deed.INVITED, Kind.INVITATION, new.id, f"{address}, {new.role}")
    return new, secret


@allowed(Action.MANAGE)
def list_invitations(desk: Desk, user: User) -> list[Invitation]:
    """The organisation's invitations that can still be accepted, by address."""
    with desk.open_db() as db:
        return invitations.list_invitations(db, user.organisation, desk.now())


@allowed(Action.MANAGE)
def withdraw_invitation(desk: Desk, user: User, invitation_id: str) -> None:
    """Have an invitation open nothing any more; NotFound where it has ended already."""
    now = desk.now()
    with desk.open_db() as db, writing(db):
        invitation = invitations.find_invitation(db, user.organisation, invitation_id, now)
        if invitation is None:
            raise NotFound(_NO_INVITATION)
        invitations.withdraw(db, user.organisation, now, "id", invitation.id)
        record(db, user, now, Deed.WITHDREW, Kind.INVITATION, invitation.id, invitation.email)


def find_invitation(desk: Desk, secret: str) -> Offer:
    """What the invitation of that secret offers, for who has no session yet.

    NotFound, with one sentence, for an unknown, expired, withdrawn or accepted one.
    """
    with desk.open_db() as db:
        invitation, name = _get_offered(desk, db, secret)
        known = accounts.find_account(db, invitation.email)
    return Offer(name, invitation.email, invitation.role, known is not None, known is not None and known.has_password)


def accept_invitation(desk: Desk, secret: str, name: str, password: str, caller: Caller) -> str:
    """Join the organisation that invites; gives the ticket of a session that shows it.

    Who has no account yet gets one of that name and password; else the password is that of the account, and the name
    stays as it is. NotFound as `find_invitation`, BadInput for a name or password that cannot be used or is not right,
    QuotaReached after too many tries, NotNow for who belongs to it already.
    """
    with desk.open_db() as db:
        invitation, organisation = _get_offered(desk, db, secret)
        account = accounts.find_account(db, invitation.email)
    if account is None:
        new = new_account(desk, NewPerson(name, invitation.email, password), [organisation])
        hashed = hash_password(password)
        with desk.open_db() as db, writing(db):
            _get_offered(desk, db, secret)
            _insert_account(db, replace(new, proven=False), hashed)
            return _join(desk, db, invitation, new, caller)
    kept, counted = _prove(desk, account, password, caller)
    with desk.open_db() as db, writing(db):
        _get_offered(desk, db, secret)
        if accounts.find_password(db, account.id) != kept:
            # Changed while it was compared: what ended all sessions then would not end this one.
            raise BadInput(_WRONG)
        tries.forgive_tries(db, counted.id, counted.whose)
        return _join(desk, db, invitation, accounts.get_account(db, account.id), caller)


def accept_signed_in(desk: Desk, visitor: Visitor, secret: str) -> None:
    """Join the organisation that invites by a session of the invited account, which shows it from then on.

    NotFound as `find_invitation` and for an invitation of another address, NotNow for who belongs already, SignedOut
    where the session has ended.
    """
    with desk.open_db() as db, writing(db):
        invitation, _ = _get_offered(desk, db, secret)
        session = sessions.find_session_of(db, visitor.account.id, visitor.session.id)
        if session is None or not session.is_alive(desk.now(), idle_time(desk)):
            raise SignedOut(_SIGNED_OUT)
        account = accounts.get_account(db, visitor.account.id)
        if account.email != invitation.email or account.must_change:
            raise NotFound(_ENDED)
        user_id = _take_in(desk, db, invitation, account)
        sessions.set_current(db, session.id, user_id)
        users = users_of(db, account, session.id, Caller(session.address))
        _record_joined(desk, db, invitation, next(user for user in users if user.id == user_id))


def _refuse_unless_invitable(db: Database, user: User, email: str) -> None:
    # Who accepts gets an account, and with the first of them the desk would be closed to who has none.
    if not accounts.has_accounts(db):
        raise NotNow(_OPEN_DESK)
    if email in {member.account.email for member in accounts.list_members(db, user.organisation)}:
        raise BadInput(_BELONGS.format(email=email))


def _get_offered(desk: Desk, db: Database, secret: str) -> tuple[Invitation, str]:
    found = invitations.find_by_secret(db, hash_secret(secret), desk.now())
    if found is None:
        raise NotFound(_ENDED)
    return found


def _insert_account(db: Database, account: Account, hashed: str) -> None:
    if accounts.find_account(db, account.email):
        raise NotNow(_JUST_MADE)
    accounts.insert_account(db, account, hashed)


def _prove(desk: Desk, account: Account, password: str, caller: Caller) -> tuple[str | None, Counted]:
    """The hash that somebody has the password of, and the try to sign in as which it counts; BadInput if they have not.

    The account may have another by the time that this is told.
    """
    with desk.open_db() as db, writing(db):
        kept = accounts.find_password(db, account.id)
        counted = count_try(desk, db, account.email, account, caller)
    if not is_password(password, kept):
        raise BadInput(_WRONG)
    return kept, counted


def _join(desk: Desk, db: Database, invitation: Invitation, account: Account, caller: Caller) -> str:
    """Have the account belong to the organisation and sign it in there. Inside `writing`."""
    user_id = _take_in(desk, db, invitation, account)
    begun = begin_session(desk, db, account, "password", caller, user_id)
    assert begun.user is not None
    _record_joined(desk, db, invitation, begun.user)
    return begun.ticket


def _take_in(desk: Desk, db: Database, invitation: Invitation, account: Account) -> str:
    """Have the account belong to the organisation that invites it; gives the id that the person has there."""
    if account.disabled:
        raise BadInput(_WRONG)
    if any(one.organisation.id == invitation.organisation for one in accounts.list_memberships(db, account.id)):
        raise NotNow(_BELONG)
    invitations.set_accepted(db, invitation.id, desk.now())
    return accounts.put_member(db, str(uuid4()), account, invitation.organisation, invitation.role)


def _record_joined(desk: Desk, db: Database, invitation: Invitation, joined: User) -> None:
    record(db, joined, desk.now(), Deed.ACCEPTED, Kind.INVITATION, invitation.id, invitation.email)
