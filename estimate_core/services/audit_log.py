"""The audit log as owners read it: page by page, filtered, and as a file to take away."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from io import StringIO

from estimate_core.desk import Desk
from estimate_core.domain.audit import AuditFilter, Deed, Entry, Kind
from estimate_core.domain.errors import BadInput
from estimate_core.domain.people import Action, User
from estimate_core.services.auditing import HOST, ITSELF, record
from estimate_core.services.doors import allowed
from estimate_core.services.listing import NO_CURSOR, Page
from estimate_core.storage import audit
from estimate_core.storage.database import Database, writing
from estimate_core.storage.people import list_names

_PIECE = 1_000
_MAX_DIGITS = 12
_COLUMNS = ("Time in UTC", "Time here", "Who", "Did", "To what", "Called", "Id", "By", "From")
_FORMULAS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What text begins with that a spreadsheet would compute, in full width too."""


def within_days(wanted: AuditFilter, since: date | None, until: date | None) -> AuditFilter:
    """The same of the days from `since` to `until`, both among them and None for no end, in the server's time zone."""
    return replace(
        wanted,
        since=_midnight(since) if since else None,
        until=_midnight(until + timedelta(days=1)) if until else None,
    )


@allowed(Action.MANAGE)
def page_of_entries(desk: Desk, user: User, wanted: AuditFilter, limit: int, cursor: str | None = None) -> Page[Entry]:
    """The lines of the organisation's log, newest first; BadInput where the cursor is of no line."""
    with desk.open_db() as db:
        after = _get_number(db, user.organisation, cursor) if cursor else None
        found = audit.entries_behind(db, user.organisation, wanted, limit + 1, after)
        entries, more = found[:limit], len(found) > limit
        place = audit.count_up_to(db, user.organisation, entries[-1].number) if more else None
    return Page(entries, str(place) if place else None)


@allowed(Action.MANAGE)
def list_doers(desk: Desk, user: User) -> dict[str, str]:
    """The names of all who may have done something, by what a filter calls them."""
    with desk.open_db() as db:
        return list_names(db, user.organisation) | {HOST: HOST, ITSELF: ITSELF}


@allowed(Action.MANAGE)
def write_log(desk: Desk, user: User, wanted: AuditFilter) -> Iterator[bytes]:
    """The lines as CSV in UTF-8, newest first, in pieces; that they were taken is told in the log itself.

    Text that a spreadsheet would compute begins with an apostrophe there.
    """
    with desk.open_db() as db, writing(db):
        record(db, user, desk.now(), Deed.DOWNLOADED, Kind.LOG, user.organisation)
    return _pieces(desk, user.organisation, wanted)


def _pieces(desk: Desk, organisation: str, wanted: AuditFilter) -> Iterator[bytes]:
    # With the mark that tells spreadsheets that this is UTF-8.
    yield _csv([_COLUMNS]).encode("utf-8-sig")
    after: int | None = None
    while True:
        # Opened for each piece: the next one may be wanted by another thread, and much later.
        with desk.open_db() as db:
            entries = audit.entries_behind(db, organisation, wanted, _PIECE, after)
        if not entries:
            return
        yield _csv([_cells(entry) for entry in entries]).encode()
        after = entries[-1].number


def _cells(entry: Entry) -> tuple[str, ...]:
    told = (entry.name, entry.deed, entry.kind, entry.label, entry.object, entry.way, entry.address)
    return (entry.at.isoformat(timespec="seconds"), _local_time(entry.at), *map(_harmless, told))


def _harmless(text: str) -> str:
    return f"'{text}" if text.lstrip().startswith(_FORMULAS) else text


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone()


def _local_time(at: datetime) -> str:
    """As pages show times: in the server's time zone."""
    here = at.astimezone()
    return f"{here.day} {here:%b %Y, %H:%M}"


def _csv(rows: list[tuple[str, ...]]) -> str:
    stream = StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue()


def _get_number(db: Database, organisation: str, cursor: str) -> int:
    is_place = cursor.isascii() and cursor.isdigit() and len(cursor) <= _MAX_DIGITS
    number = audit.find_number(db, organisation, int(cursor)) if is_place else None
    if number is None:
        raise BadInput(NO_CURSOR)
    return number
