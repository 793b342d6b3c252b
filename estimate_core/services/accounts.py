"""Accounts: the first one, which closes the desk, another password, and what hosts do with them by commands."""

from dataclasses import dataclass, replace
from uuid import uuid4

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.errors import BadInput, NotFound, NotNow, SignedOut
from estimate_core.domain.people import LOCAL, MAX_NAME, Account, Organisation, Role, clean_email, clean_name
from estimate_core.domain.text import one_line
from estimate_core.services.auditing import record, record_hosts
from estimate_core.services.doors import idle_time
from estimate_core.services.passwords import check_password, hash_password, is_password
from estimate_core.services.signing_in import Caller, Visitor, count_try, start_session, users_of
from estimate_core.storage import accounts, invitations, sessions, tries
from estimate_core.storage.database import Database, writing
from estimate_core.storage.people import ensure_person
from estimate_core.storage.roster import Listed as Listed
from estimate_core.storage.roster import list_roster

_TAKEN = "The first account exists already. Sign in, or ask an owner to invite you."
_ENDED = "You are signed out. Sign in again."
NO_PASSWORD = (
    "You sign in without a password here. If you want one, ask whoever hosts Estimate Desk to set it with "
    "`python -m estimate_core set-password`."
)
_NO_ORGANISATION = "There is no organisation \u201c{name}\u201d. Those of this desk are: {known}."
_TWO_ORGANISATIONS = "There are several organisations called \u201c{name}\u201d. Give the id of one: {known}."
_NO_ACCOUNT = "Nobody has the e-mail address {email}. `list-users` tells who there is."
_MEANWHILE = "Somebody else just changed who has this e-mail address. Try again."


@dataclass(frozen=True)
class NewPerson:
    """What is typed of a person; without a password they can come by single sign-on alone."""

    name: str
    email: str
    password: str | None


@dataclass(frozen=True)
class Added:
    """Whom a host had belong to an organisation, and as what.

    `is_new` tells that they had no account, `before` their role there until then, `closed` that theirs is the first
    account of the desk, `has_owner` whether anybody who can sign in manages the organisation.
    """

    account: Account
    organisation: Organisation
    role: Role
    is_new: bool
    before: Role | None
    closed: bool
    has_owner: bool


@dataclass(frozen=True)
class Disabled:
    """Who can sign in no more, and the organisations that have no owner left who can."""

    account: Account
    ownerless: list[Organisation]


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
        check_password(new, _known_of(db, account))
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


def add_organisation(desk: Desk, name: str, new_id: str = "") -> Organisation:
    """A new organisation, without anybody in it yet; BadInput for a name that is empty, long or taken."""
    organisation = Organisation(new_id or str(uuid4()), clean_name(name, "name of the organisation"))
    with desk.open_db() as db, writing(db):
        taken = {one.name.casefold() for one in accounts.list_organisations(db)}
        if organisation.name.casefold() in taken:
            raise BadInput(f"There is an organisation \u201c{organisation.name}\u201d already. Choose another name.")
        accounts.insert_organisation(db, organisation)
        record_hosts(
            db, organisation.id, desk.now(), Deed.CREATED, Kind.ORGANISATION, organisation.id, organisation.name
        )
    return organisation


def get_organisation(desk: Desk, name: str) -> Organisation:
    """The organisation of that name or id; BadInput tells which there are."""
    with desk.open_db() as db:
        return _get_organisation(db, name)


def has_account(desk: Desk, email: str) -> bool:
    """Whether somebody has that e-mail address, so that no password is asked for; BadInput for what is none."""
    with desk.open_db() as db:
        return accounts.find_account(db, clean_email(email)) is not None


def get_account(desk: Desk, email: str) -> Account:
    """The account of an e-mail address; NotFound for an unknown one, BadInput for what is none."""
    with desk.open_db() as db:
        return _get_account(db, email)


def add_user(desk: Desk, person: NewPerson, organisation: str, role: Role) -> Added:
    """Have a person belong to an organisation, given by name or id; who has no account yet gets one.

    Its password, chosen by another, is to be changed at the first sign-in. Who belongs to it already gets that role;
    what they invited to is withdrawn where it is not that of an owner. BadInput for what cannot be used.
    """
    known = [get_organisation(desk, organisation).name]
    new = None if has_account(desk, person.email) else new_account(desk, person, known, must_change=True)
    hashed = hash_password(person.password) if new and person.password is not None else None
    with desk.open_db() as db, writing(db):
        home, was_open = _get_organisation(db, organisation), not accounts.has_accounts(db)
        account = _keep_account(db, person, new, hashed)
        before = next((one.role for one in accounts.list_memberships(db, account.id) if one.organisation == home), None)
        user = accounts.put_member(db, str(uuid4()), account, home.id, role)
        if role is not Role.OWNER:
            invitations.withdraw(db, home.id, desk.now(), "created_by", user)
        if before is not role:
            deed = Deed.CHANGED if before else Deed.CREATED
            record_hosts(db, home.id, desk.now(), deed, Kind.PERSON, user, f"{account.email}, {role}")
        has_owner = accounts.count_owners(db, home.id) > 0
        return Added(account, home, role, new is not None, before, was_open, has_owner)


def set_password(desk: Desk, email: str, password: str) -> Account:
    """Another password for an account, to be changed at the next sign-in; ends all its sessions.

    NotFound for an unknown address, BadInput for a password that cannot be used.
    """
    with desk.open_db() as db:
        account = _get_account(db, email)
        known = _known_of(db, account)
    check_password(password, known)
    hashed = hash_password(password)
    with desk.open_db() as db, writing(db):
        accounts.set_password(db, account.id, hashed, must_change=True)
        accounts.set_proven(db, account.id)
        sessions.end_sessions(db, account.id, desk.now())
        _record(desk, db, account, Deed.CHANGED_PASSWORD)
    return account


def disable_user(desk: Desk, email: str) -> Disabled:
    """Let an account sign in no more, end its sessions at once and withdraw what it invited to.

    NotFound for an unknown address.
    """
    with desk.open_db() as db, writing(db):
        account, now = _get_account(db, email), desk.now()
        if account.disabled is None:
            accounts.set_disabled(db, account.id, now)
            sessions.end_sessions(db, account.id, now)
            _record(desk, db, account, Deed.DISABLED)
        belongs = accounts.list_memberships(db, account.id)
        for one in belongs:
            invitations.withdraw(db, one.organisation.id, now, "created_by", one.user)
        owned = [one.organisation for one in belongs if one.role is Role.OWNER]
        return Disabled(account, [one for one in owned if not accounts.count_owners(db, one.id)])


def enable_user(desk: Desk, email: str) -> Account:
    """Let a disabled account sign in again; NotFound for an unknown address."""
    with desk.open_db() as db, writing(db):
        account = _get_account(db, email)
        if account.disabled is not None:
            accounts.set_disabled(db, account.id, None)
            _record(desk, db, account, Deed.ENABLED)
        return account


def list_users(desk: Desk) -> list[Listed]:
    """Everybody who has an account, once for each organisation that they belong to."""
    with desk.open_db() as db:
        return list_roster(db)


def list_organisations(desk: Desk) -> list[Organisation]:
    """All organisations by name, be anybody in them or not."""
    with desk.open_db() as db:
        return accounts.list_organisations(db)


def _known_of(db: Database, account: Account) -> list[str]:
    """What others know of who has an account, that no password may be made of."""
    return [account.email, account.name, *(one.organisation.name for one in accounts.list_memberships(db, account.id))]


def _keep_account(db: Database, person: NewPerson, new: Account | None, hashed: str | None) -> Account:
    known = accounts.find_account(db, clean_email(person.email))
    if known and not new:
        return known
    if new and not known:
        accounts.insert_account(db, new, hashed)
        return new
    raise NotNow(_MEANWHILE)


def _record(desk: Desk, db: Database, account: Account, deed: Deed) -> None:
    for one in accounts.list_memberships(db, account.id):
        record_hosts(db, one.organisation.id, desk.now(), deed, Kind.PERSON, one.user, account.email)


def _get_account(db: Database, email: str) -> Account:
    account = accounts.find_account(db, clean_email(email))
    if account is None:
        raise NotFound(_NO_ACCOUNT.format(email=email[:100]))
    return account


def known_by_id(db: Database, organisation_id: str) -> Organisation:
    """The organisation of that id alone; BadInput tells which there are."""
    every = accounts.list_organisations(db)
    found = next((one for one in every if one.id == organisation_id), None)
    if found is None:
        raise _no_organisation(organisation_id, every)
    return found


def _get_organisation(db: Database, name: str) -> Organisation:
    every, asked = accounts.list_organisations(db), one_line(name)
    found = [one for one in every if asked == one.id]
    found = found or [one for one in every if asked.casefold() == one.name.casefold()]
    if len(found) > 1:
        raise BadInput(_TWO_ORGANISATIONS.format(name=name, known=", ".join(one.id for one in found)))
    if not found:
        raise _no_organisation(asked, every)
    return found[0]


def _no_organisation(asked: str, every: list[Organisation]) -> BadInput:
    known = ", ".join(f"\u201c{one.name}\u201d ({one.id})" for one in every)
    return BadInput(_NO_ORGANISATION.format(name=asked[:MAX_NAME], known=known or "none; `add-organisation` makes one"))
