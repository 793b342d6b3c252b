"""Lists page by page, for programs: jobs, files, and the items of a schedule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput
from estimate_core.domain.job import Job
from estimate_core.domain.people import Action, User
from estimate_core.domain.schedule import Item, search_items
from estimate_core.services.content import usable_items
from estimate_core.services.doors import allowed
from estimate_core.services.schedules import load_schedule
from estimate_core.storage import listing
from estimate_core.storage.listing import JobFilter as JobFilter
from estimate_core.storage.outputs import Kept as Kept

NO_CURSOR = "The cursor leads nowhere. Take the one that the page before gave, or leave it out to begin anew."

_Entry = TypeVar("_Entry")


@dataclass(frozen=True)
class Page(Generic[_Entry]):
    """A page of a list; `cursor` is where the next one begins, None at the end."""

    entries: Sequence[_Entry]
    cursor: str | None


@allowed(Action.READ)
def page_of_jobs(desk: Desk, user: User, wanted: JobFilter, limit: int, cursor: str | None = None) -> Page[Job]:
    """The organisation's jobs, newest first; BadInput where the cursor is of no job."""
    with desk.open_db() as db:
        if cursor and not listing.is_job(db, user.organisation, cursor):
            raise BadInput(NO_CURSOR)
        found = listing.jobs_behind(db, user.organisation, wanted, limit + 1, cursor)
    return _page(found, limit, lambda job: job.id)


@allowed(Action.READ)
def page_of_outputs(desk: Desk, user: User, limit: int, cursor: str | None = None) -> Page[Kept]:
    """The organisation's files, newest first; BadInput where the cursor is of no file."""
    with desk.open_db() as db:
        if cursor and not listing.is_output(db, user.organisation, cursor):
            raise BadInput(NO_CURSOR)
        found = listing.outputs_behind(db, user.organisation, limit + 1, cursor)
    return _page(found, limit, lambda kept: kept.output.id)


@allowed(Action.READ)
def page_of_items(
    desk: Desk, user: User, schedule_id: str, words: str, group: str, limit: int, cursor: str | None = None
) -> Page[Item]:
    """The items that can be picked and hold all words, of one group where it is told; those that fit best first.

    NotFound for absent and foreign schedules, BadInput where the cursor is of no such item.
    """
    items = usable_items(load_schedule(desk, user, schedule_id))
    found = search_items((item for item in items if group in ("", item.group)), words)
    rows = [str(item.row) for item in found]
    if cursor and cursor not in rows:
        raise BadInput(NO_CURSOR)
    begin = rows.index(cursor) + 1 if cursor else 0
    return _page(found[begin : begin + limit + 1], limit, lambda item: str(item.row))


def _page(found: Sequence[_Entry], limit: int, cursor: Callable[[_Entry], str]) -> Page[_Entry]:
    """The page of what was found, where one entry more than asked tells that there is a next page."""
    entries = found[:limit]
    return Page(entries, cursor(entries[-1]) if len(found) > limit else None)
