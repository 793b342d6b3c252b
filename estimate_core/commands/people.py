"""`add-organisation`, `add-user`, `set-password`, `list-users`, `disable-user` and `enable-user`: who can sign in, for
whoever hosts Estimate Desk.
"""

import argparse
import json
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import uuid4

from estimate_core.commands.passwords import read_password
from estimate_core.desk import SAMPLES, Desk
from estimate_core.domain.people import LOCAL, MAX_NAME, Account, Organisation, clean_email, read_role
from estimate_core.services import accounts
from estimate_core.services.accounts import Added, Listed, NewPerson
from estimate_core.services.leaving import delete_organisation
from estimate_core.services.schedules import load_samples
from estimate_core.services.troubles import troubles_told
from estimate_core.wiring import build_desk, build_existing_desk

_COLUMNS = ("Organisation", "E-mail", "Name", "Role", "State", "Last seen (UTC)")
_NOBODY = "Nobody has an account, so whoever reaches the desk may use it. `add-user` makes the first one."
_CLOSED = "From now on everybody signs in: without that no page, file or API of {home} opens any more."
_NO_WAY_IN = (
    "Nobody can sign in now: {email} has no password, and neither single sign-on nor the header of a proxy is set. "
    "`set-password {email}` lets them in, or ESTIMATE_OIDC_URL or ESTIMATE_PROXY_HEADER."
)
_EARLIER = (
    "What was made until now belongs to \u201c{name}\u201d: `add-user ... --organisation {id}` gives it its people."
)
_OWNERLESS = "\u201c{name}\u201d has no owner who can sign in. `add-user ... --role owner` gives it one."
_UNPROVEN = (
    "Whoever had the link of an invitation chose its password. If you are not sure that it was they, `set-password` "
    "gives another."
)
_CHANGE_FIRST = "The password is to be changed at the first sign-in."
_NO_PASSWORD = "There is no password: they come by single sign-on, or after `set-password`."
_STILL_DISABLED = "The account is disabled. `enable-user` lets its person sign in."
_WIDTHLESS = ("Mn", "Me", "Cf")


def add_organisation(chosen: argparse.Namespace) -> int:
    """Add an organisation with the sample schedules, or, where that cannot be, nothing."""
    new_id = str(uuid4())
    with _desk() as desk, _undone_where_it_fails(desk, new_id):
        organisation = accounts.add_organisation(desk, chosen.name, new_id)
        load_samples(desk, SAMPLES, new_id)
    print(f"{organisation.name}  {organisation.id}")
    return 0


def add_user(chosen: argparse.Namespace) -> int:
    """Have a person belong to an organisation; who has no account yet gets one, with the password that is read."""
    with _desk() as desk:
        email, role = clean_email(chosen.email), read_role(chosen.role)
        organisation = accounts.get_organisation(desk, chosen.organisation)
        is_known = accounts.has_account(desk, email)
        password = None if is_known or chosen.no_password else read_password(email)
        person = NewPerson(chosen.name or email.partition("@")[0][:MAX_NAME], email, password)
        added = accounts.add_user(desk, person, organisation.id, role)
        lines = [_told_role(added), *_told_account(added), *_told_desk(desk, added)]
    print("\n".join(lines))
    return 0


def set_password(chosen: argparse.Namespace) -> int:
    """Give an account the password that is read, and end its sessions."""
    with _existing_desk() as desk:
        email = accounts.get_account(desk, chosen.email).email
        account = accounts.set_password(desk, email, read_password(email))
    print(f"{email} has another password, and every session with the old one has ended. {_CHANGE_FIRST}")
    if account.disabled:
        print(_STILL_DISABLED)
    return 0


def list_users(chosen: argparse.Namespace) -> int:
    """Print who has an account, as a table or as one JSON object."""
    with _existing_desk() as desk:
        users, organisations = accounts.list_users(desk), accounts.list_organisations(desk)
    if chosen.json:
        print(json.dumps(_as_data(users, organisations), ensure_ascii=False, indent=2))
        return 0
    print("\n".join(_table([_COLUMNS, *(_cells(user) for user in users)])) if users else _NOBODY)
    inhabited = {user.organisation for user in users}
    for empty in (one for one in organisations if one not in inhabited):
        print(f"Nobody belongs to \u201c{empty.name}\u201d ({empty.id}).")
    return 0


def disable_user(chosen: argparse.Namespace) -> int:
    """Let an account sign in no more, and tell which organisations are left without an owner."""
    with _existing_desk() as desk:
        disabled = accounts.disable_user(desk, chosen.email)
    print(f"{disabled.account.email} cannot sign in any more. Sessions have ended, and tokens open nothing.")
    for organisation in disabled.ownerless:
        print(_OWNERLESS.format(name=organisation.name))
    return 0


def enable_user(chosen: argparse.Namespace) -> int:
    """Let a disabled account sign in again."""
    with _existing_desk() as desk:
        account = accounts.enable_user(desk, chosen.email)
    print(f"{account.email} can sign in again. Tokens that have not expired work again too.")
    return 0


@contextmanager
def _desk() -> Iterator[Desk]:
    """The desk of this environment, made where it is not there yet; what ails it is told in sentences."""
    with troubles_told():
        yield build_desk()


@contextmanager
def _existing_desk() -> Iterator[Desk]:
    with troubles_told():
        yield build_existing_desk()


@contextmanager
def _undone_where_it_fails(desk: Desk, new_id: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        # Its id is known before it is there: it may be stopped between any two steps.
        if any(one.id == new_id for one in accounts.list_organisations(desk)):
            delete_organisation(desk, new_id)
        raise


def _told_role(added: Added) -> str:
    told = f"{added.account.email} belongs to \u201c{added.organisation.name}\u201d as {added.role.with_article}"
    if added.before is None:
        return f"{told} now."
    return f"{told} already." if added.before is added.role else f"{told} now, and did as {added.before.with_article}."


def _told_account(added: Added) -> Iterator[str]:
    account = added.account
    if not added.is_new and added.before is None:
        yield f"They sign in with the account that they have, by the name of {account.name}."
    if not account.proven and account.has_password:
        yield _UNPROVEN
    if account.disabled:
        yield _STILL_DISABLED
    elif not account.has_password:
        yield _NO_PASSWORD
    elif added.is_new:
        yield _CHANGE_FIRST


def _told_desk(desk: Desk, added: Added) -> Iterator[str]:
    if not added.has_owner:
        yield _OWNERLESS.format(name=added.organisation.name)
    if added.closed:
        yield _CLOSED.format(home=desk.settings.home)
        settings = desk.settings
        if not (added.account.has_password or settings.oidc_url or settings.proxy_header):
            yield _NO_WAY_IN.format(email=added.account.email)
        earlier = [one for one in accounts.list_organisations(desk) if one.id == LOCAL.organisation]
        yield from (_EARLIER.format(name=one.name, id=one.id) for one in earlier if one != added.organisation)


def _cells(user: Listed) -> tuple[str, ...]:
    place = user.organisation.name if user.organisation else "-"
    return (place, user.account.email, user.account.name, user.role or "-", _state(user.account), _minute(user.seen))


def _state(account: Account) -> str:
    if account.disabled:
        return "disabled"
    if not account.has_password:
        return "no password"
    return "to change password" if account.must_change else "active"


def _minute(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "never"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _width(text: str) -> int:
    # Vowel signs and joiners of Indian scripts stand on the letter before them.
    return sum(unicodedata.category(character) not in _WIDTHLESS for character in text)


def _as_data(users: Sequence[Listed], organisations: Sequence[Organisation]) -> dict[str, object]:
    return {
        "organisations": [{"id": one.id, "name": one.name} for one in organisations],
        "users": [
            {
                "organisation": user.organisation.id if user.organisation else None,
                "email": user.account.email,
                "name": user.account.name,
                "role": user.role,
                "state": _state(user.account),
                "last_seen": user.seen.isoformat() if user.seen else None,
            }
            for user in users
        ],
    }
