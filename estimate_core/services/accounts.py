"""Accounts: the first one, which closes the desk, another password, and what hosts do with them by commands."""

from dataclasses import dataclass, replace
from uuid import uuid4

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.errors import BadInput, NotFound, NotNow, SignedOut
from estimate_core.domain.people import LOCAL, Account, Organisation, Role, clean_email, clean_name
from estimate_core.services.auditing import record, record_hosts
from estimate_core.services.doors import idle_time
from estimate_core.services.passwords import check_password, hash_password, is_password
from estimate_core.services.signing_in import Caller, Visitor, count_try, start_session, users_of
from estimate_core.storage import accounts, sessions, tries
from estimate_core.storage.accounts import Member
from estimate_core.storage.database import Database, writing
from estimate_core.storage.people import ensure_person

_TAKEN = "The first account exists already. Sign in, or ask an owner to invite you."
_ENDED = "You are signed out. Sign in again."
NO_PASSWORD = (
    "You sign in without a password here. If you want one, ask whoever hosts Estimate Desk to set it with "
    "`python -m estimate_core set-password`."
)
_NO_ORGANISATION = "There is no organisation \u201c{name}\u201d. Those of this desk are: {known}."
_TWO_ORGANISATIONS = "There are several organisations called \u201c{name}\u201d. Give the id of one: {known}."
_NO_ACCOUNT = "Nobody has the e-mail address {email}. `list-users` tells who there is."


@dataclass(frozen=True)
class NewPerson:
    """What is typed of a person; without a password they can come by single sign-on alone."""

    name: str
    email: str
    password: str | None


def create_first_account(desk: Desk, organisation: str, person: NewPerson, caller: Caller) -> str:
    """Make the account that closes the desk: the owner of all that is there; gives the ticket.

    BadInput for what cannot be used, NotNow where an account exists already.
    """
    name = clean_name(organisation, "name of the organisation")
    # Without a password there would be no way in any more.
    chosen = person.password or ""
    account = new_account(desk, replace(person, password=chosen), [name])
    password = hash_password(chosen)
    with desk.open_db() as db, writing(db):
        if accounts.has_accounts(db):
            raise NotNow(_TAKEN)
        ensure_person(db, LOCAL)
        accounts.insert_account(db, account, password)
        accounts.rename_organisation(db, Organisation(LOCAL.organisation, name))
        accounts.put_member(db, LOCAL.id, account, LOCAL.organisation, Role.OWNER)
        owner = replace(LOCAL, name=account.name, address=caller.address)
        record(db, owner, desk.now(), Deed.CREATED, Kind.PERSON, LOCAL.id, account.email)
        return start_session(desk, db, account, "password", caller)


def new_account(desk: Desk, person: NewPerson, known: list[str], must_change: bool = False) -> Account:
    """The account that a person would have; BadInput for a name, e-mail address or password that cannot be used.

    `known` is what else others know, that no password may be made of.
    """
    email, name = clean_email(person.email), clean_name(person.name)
    if person.password is None:
        return Account(str(uuid4()), email, name, False, False, None, desk.now())
    check_password(person.password, [email, name, *known])
    return Account(str(uuid4()), email, name, True, must_change, None, desk.now())


def change_password(desk: Desk, visitor: Visitor, old: str, new: str, caller: Caller) -> None:
    """Another password for who has that session; all other sessions of theirs end.

    BadInput where the old one is not right or the new one cannot be used, QuotaReached after too many tries.
    """
    account = visitor.account
    with desk.open_db() as db:
        with writing(db):
            kept = accounts.find_password(db, account.id)
            counted = count_try(desk, db, account.email, account, caller)
        if kept is None:
            # Else whoever finds a browser in which somebody is signed in could make a way in that stays.
            raise NotNow(NO_PASSWORD)
        if not is_password(old, kept):
            raise BadInput("The password that you have now is not right. Type it again.")
        check_password(new, [account.email, account.name])
        if is_password(new, kept):
            raise BadInput("This is the password that you have now. Take another.")
        hashed = hash_password(new)
        with writing(db):
            current = sessions.find_session_of(db, account.id, visitor.session.id)
            if current is None or not current.is_alive(desk.now(), idle_time(desk)):
                raise SignedOut(_ENDED)
            tries.forgive_tries(db, counted.id, counted.whose)
            accounts.set_password(db, account.id, hashed)
            sessions.end_sessions(db, account.id, desk.now(), but=visitor.session.id)
            for user in users_of(db, account, visitor.session.id, caller):
                record(db, user, desk.now(), Deed.CHANGED_PASSWORD, Kind.PERSON, user.id, account.email)


def add_organisation(desk: Desk, name: str) -> Organisation:
    """A new organisation, without anybody in it yet; BadInput for a name that is empty, long or taken."""
    organisation = Organisation(str(uuid4()), clean_name(name, "name of the organisation"))
    with desk.open_db() as db, writing(db):
        taken = {one.name.casefold() for one in accounts.list_organisations(db)}
        if organisation.name.casefold() in taken:
            raise BadInput(f"There is an organisation \u201c{organisation.name}\u201d already. Choose another name.")
        accounts.insert_organisation(db, organisation)
        record_hosts(db, organisation.id, desk.now(), Deed.CREATED, Kind.ORGANISATION, organisation.id, name)
    return organisation


def has_account(desk: Desk, email: str) -> bool:
    """Whether somebody has that e-mail address, so that no password is asked for; BadInput for what is none."""
    with desk.open_db() as db:
        return accounts.find_account(db, clean_email(email)) is not None


def add_user(desk: Desk, person: NewPerson, organisation: str, role: Role) -> Member:
    """Have a person belong to an organisation, given by name or id; who has no account yet gets one.

    Its password, chosen by another, is to be changed at the first sign-in. BadInput for what cannot be used.
    """
    with desk.open_db() as db:
        account = accounts.find_account(db, clean_email(person.email))
    new = None if account else new_account(desk, person, [organisation], must_change=True)
    hashed = hash_password(person.password) if new and person.password is not None else None
    with desk.open_db() as db, writing(db):
        home = _find_organisation(db, organisation)
        account = account or new
        assert account is not None
        if new:
            if accounts.find_account(db, new.email):
                raise NotNow("Somebody just made this account. Try again.")
            accounts.insert_account(db, new, hashed)
        user_id = accounts.put_member(db, str(uuid4()), account, home.id, role)
        record_hosts(db, home.id, desk.now(), Deed.CREATED, Kind.PERSON, user_id, f"{account.email}, {role}")
        member = accounts.find_member(db, home.id, user_id)
        assert member is not None
        return member


def set_password(desk: Desk, email: str, password: str) -> Account:
    """Another password for an account, to be changed at the next sign-in; ends all its sessions.

    NotFound for an unknown address, BadInput for a password that cannot be used.
    """
    account = _get_account(desk, email)
    check_password(password, [account.email, account.name])
    hashed = hash_password(password)
    with desk.open_db() as db, writing(db):
        accounts.set_password(db, account.id, hashed, must_change=True)
        _end_all(desk, db, account, Deed.CHANGED_PASSWORD)
    return account


def disable_user(desk: Desk, email: str) -> Account:
    """Let an account sign in no more, and end its sessions at once; NotFound for an unknown address."""
    account = _get_account(desk, email)
    with desk.open_db() as db, writing(db):
        accounts.set_disabled(db, account.id, desk.now())
        _end_all(desk, db, account, Deed.DISABLED)
    return account


def enable_user(desk: Desk, email: str) -> Account:
    """Let a disabled account sign in again; NotFound for an unknown address."""
    account = _get_account(desk, email)
    with desk.open_db() as db, writing(db):
        accounts.set_disabled(db, account.id, None)
        for member in accounts.list_memberships(db, account.id):
            _record(desk, db, member, Deed.ENABLED)
    return account


def list_users(desk: Desk) -> list[Member]:
    """Everybody of every organisation."""
    with desk.open_db() as db:
        return accounts.list_all_members(db)


def _end_all(desk: Desk, db: Database, account: Account, deed: Deed) -> None:
    sessions.end_sessions(db, account.id, desk.now())
    for member in accounts.list_memberships(db, account.id):
        _record(desk, db, member, deed)


def _record(desk: Desk, db: Database, member: Member, deed: Deed) -> None:
    record_hosts(db, member.organisation.id, desk.now(), deed, Kind.PERSON, member.user, member.account.email)


def _get_account(desk: Desk, email: str) -> Account:
    with desk.open_db() as db:
        account = accounts.find_account(db, clean_email(email))
    if account is None:
        raise NotFound(_NO_ACCOUNT.format(email=email[:100]))
    return account


def _find_organisation(db: Database, name: str) -> Organisation:
    every = accounts.list_organisations(db)
    found = [one for one in every if name == one.id] or [one for one in every if name.casefold() == one.name.casefold()]
    if len(found) > 1:
        raise BadInput(_TWO_ORGANISATIONS.format(name=name, known=", ".join(one.id for one in found)))
    if not found:
        known = ", ".join(f"{one.name} ({one.id})" for one in every) or "none"
        raise BadInput(_NO_ORGANISATION.format(name=name, known=known))
    return found[0]
