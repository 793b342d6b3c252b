"""The people of an organisation, its name, and which of their organisations a person works for.

Who is taken out keeps their row, since jobs and estimates name them, and can be put back. Letting an account sign in
no more is the host's, since a person may belong to several organisations.
"""

from dataclasses import dataclass
from datetime import datetime

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.errors import NotFound, NotNow
from estimate_core.domain.people import Account, Action, Organisation, Role, User, clean_name
from estimate_core.services.auditing import record
from estimate_core.services.doors import allowed
from estimate_core.services.signing_in import Caller, users_of
from estimate_core.storage import accounts, invitations, members, sessions, tokens
from estimate_core.storage.accounts import Member
from estimate_core.storage.database import Database, writing

_NO_PERSON = "This person does not belong to your organisation, or no more. Choose one from the list."
_NOT_REMOVED = "This person was not taken out of your organisation. Invite them instead."
_NO_ORGANISATION = "You do not belong to this organisation, or no more. Choose one from the list."
_LAST = "{email} is the last owner who can sign in. Make another person an owner first."
_OPEN_DESK = "No account exists yet. Create the first account, then do this."


@dataclass(frozen=True)
class Person:
    """A person of an organisation: `seen` is when they used it last, `disabled` since when they cannot sign in."""

    id: str
    name: str
    email: str
    role: Role
    seen: datetime | None
    disabled: datetime | None


@dataclass(frozen=True)
class Belonging:
    """An organisation that a person belongs to, as what, and whether it is the one that they see now."""

    organisation: Organisation
    role: Role
    is_shown: bool


@allowed(Action.READ)
def list_people(desk: Desk, user: User) -> list[Person]:
    """Who belongs to the person's organisation, by name."""
    with desk.open_db() as db:
        seen = members.list_last_seen(db, user.organisation)
        found = accounts.list_members(db, user.organisation)
    return [
        Person(one.user, one.name, one.account.email, one.role, seen.get(one.user), one.account.disabled)
        for one in found
    ]


@allowed(Action.READ)
def get_organisation(desk: Desk, user: User) -> Organisation:
    """The organisation that the person sees."""
    with desk.open_db() as db:
        return Organisation(user.organisation, members.get_organisation_name(db, user.organisation))


@allowed(Action.MANAGE)
def change_role(desk: Desk, user: User, user_id: str, role: Role) -> None:
    """Another role of a person; NotNow for the last owner who can sign in."""
    now = desk.now()
    with desk.open_db() as db, writing(db):
        member = _get_member(db, user, user_id)
        if role is member.role:
            return
        _refuse_last_owner(db, member)
        accounts.set_role(db, user.organisation, member.user, role)
        if role is not Role.OWNER:
            invitations.withdraw(db, user.organisation, now, "created_by", member.user)
        label = f"{member.account.email}, {member.role} to {role}"
        record(db, user, now, Deed.CHANGED, Kind.PERSON, member.user, label)


@allowed(Action.MANAGE)
def remove_person(desk: Desk, user: User, user_id: str) -> None:
    """Take a person out of the organisation; NotNow for the last owner who can sign in.

    Their sessions show it no more, their tokens of it are revoked and what they invited to is withdrawn.
    """
    now = desk.now()
    with desk.open_db() as db, writing(db):
        member = _get_member(db, user, user_id)
        _refuse_last_owner(db, member)
        accounts.remove_member(db, user.organisation, member.user, now)
        members.show_no_more(db, member.user)
        tokens.revoke_tokens_of(db, user.organisation, member.user, now)
        invitations.withdraw(db, user.organisation, now, "created_by", member.user)
        record(db, user, now, Deed.REMOVED, Kind.PERSON, member.user, member.account.email)


@allowed(Action.MANAGE)
def restore_person(desk: Desk, user: User, user_id: str) -> None:
    """Put a person back who was taken out, in their earlier role; their tokens stay revoked.

    NotFound for who was not taken out.
    """
    with desk.open_db() as db, writing(db):
        removed = members.find_removed(db, user.organisation, user_id)
        if removed is None:
            raise NotFound(_NOT_REMOVED)
        account, role = removed
        accounts.put_member(db, user_id, account, user.organisation, role)
        record(db, user, desk.now(), Deed.RESTORED, Kind.PERSON, user_id, f"{account.email}, {role}")


@allowed(Action.MANAGE)
def rename_organisation(desk: Desk, user: User, name: str) -> Organisation:
    """Another name of the person's organisation; BadInput for an empty or long one.

    Two may have the same name: a refusal would tell of organisations that are nobody's business.
    """
    renamed = Organisation(user.organisation, clean_name(name, "name of the organisation"))
    with desk.open_db() as db, writing(db):
        before = members.get_organisation_name(db, user.organisation)
        accounts.rename_organisation(db, renamed)
        label = f"{before} to {renamed.name}"
        record(db, user, desk.now(), Deed.RENAMED, Kind.ORGANISATION, user.organisation, label)
    return renamed


@allowed(Action.OWN)
def change_own_name(desk: Desk, user: User, name: str) -> str:
    """Another name of the person, in all their organisations; gives it as it is kept. BadInput if it is no name."""
    cleaned = clean_name(name)
    with desk.open_db() as db, writing(db):
        account = account_of(db, user)
        accounts.set_name(db, account.id, cleaned)
        for one in users_of(db, account, user.session, Caller(user.address)):
            record(db, one, desk.now(), Deed.RENAMED, Kind.PERSON, one.id, account.email)
    return cleaned


@allowed(Action.OWN)
def list_own_organisations(desk: Desk, user: User) -> list[Belonging]:
    """The organisations that the person belongs to, by name; none while the desk is open."""
    with desk.open_db() as db:
        member = accounts.find_member(db, user.organisation, user.id)
        found = accounts.list_memberships(db, member.account.id) if member else []
    return [Belonging(one.organisation, one.role, one.user == user.id) for one in found]


@allowed(Action.OWN)
def switch_organisation(desk: Desk, user: User, organisation_id: str) -> None:
    """Have the person's session show another of their organisations; NotFound for one that they do not belong to."""
    with desk.open_db() as db, writing(db):
        account = account_of(db, user)
        there = next(
            (
                one
                for one in users_of(db, account, user.session, Caller(user.address))
                if one.organisation == organisation_id
            ),
            None,
        )
        if there is None:
            raise NotFound(_NO_ORGANISATION)
        now = desk.now()
        sessions.set_current(db, user.session, there.id)
        members.set_seen(db, there.organisation, there.id, now)
        record(db, there, now, Deed.SIGNED_IN, Kind.SESSION, user.session, account.email)


def account_of(db: Database, user: User) -> Account:
    """The account that a person signs in with; NotNow while the desk is open, where nobody has one."""
    member = accounts.find_member(db, user.organisation, user.id)
    if member is None:
        raise NotNow(_OPEN_DESK)
    return member.account


def _get_member(db: Database, user: User, user_id: str) -> Member:
    member = accounts.find_member(db, user.organisation, user_id)
    if member is None:
        raise NotFound(_NO_PERSON)
    return member


def _refuse_last_owner(db: Database, member: Member) -> None:
    is_counted = member.role is Role.OWNER and not member.account.disabled
    if is_counted and accounts.count_owners(db, member.organisation.id) <= 1:
        raise NotNow(_LAST.format(email=member.account.email))
