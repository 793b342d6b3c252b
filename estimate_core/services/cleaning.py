"""Cleaning: files that were kept long enough, and what nothing needs any more, told before it is done.

A plan says what would go, and cleaning does exactly what a plan says. Files go first and rows are marked then, so that
a file is never there without its row knowing. Rows of jobs and files stay as history.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.errors import BadInput, OutOfOrder
from estimate_core.domain.people import Action, User
from estimate_core.services.auditing import record, record_hosts, record_own
from estimate_core.services.doors import allowed
from estimate_core.storage import retention, uploads
from estimate_core.storage.database import Database, compact, writing
from estimate_core.storage.files import output_id, outputs_folder, schedules_folder

_log = logging.getLogger(__name__)

DAILY = timedelta(days=1)
LONGEST_DAYS = 36_500
_CHORE = "cleaning"
_MB = 1_000_000
_LEFT_FOR = timedelta(hours=1)
"""How long a file that nothing knows is left alone: whoever published it may be about to write its row."""
_NO_ORGANISATION = "There is no organisation \u201c{organisation}\u201d. Leave the option out to clean for all of them."


class Reason(StrEnum):
    """Why a file goes, as people read it."""

    OLD = "kept long enough"
    ORPHAN = "of no job"
    CONTENT = "of no schedule or upload"
    HALF = "half written"


@dataclass(frozen=True)
class Waste:
    """A file that goes: whose, its id, what people know it as, its size in bytes, why; `output` is its row's id."""

    organisation: str
    file_id: str
    name: str
    size: int
    reason: Reason
    output: str = ""


Tell = Callable[[Database, str, str], None]
"""Tells the log of an organisation what went of its files; called inside `writing`."""


@dataclass(frozen=True)
class Cleaned:
    """What cleaning did: the files that went, those that would not go, and whether the database was compacted."""

    gone: tuple[Waste, ...]
    kept: tuple[Waste, ...]
    compacted: bool

    @property
    def freed(self) -> int:
        """The bytes of the files that went."""
        return sum(waste.size for waste in self.gone)


@allowed(Action.READ)
def get_days(desk: Desk, user: User) -> int:
    """For how many days the person's organisation keeps the files of its jobs."""
    with desk.open_db() as db:
        return _days(desk, db, user.organisation)


@allowed(Action.MANAGE)
def save_days(desk: Desk, user: User, days: int) -> None:
    """Another number of days, from 1 to 36,500; BadInput for others. Files that are older go with the next cleaning."""
    if not 1 <= days <= LONGEST_DAYS:
        raise BadInput(f"Files are kept for 1 to {LONGEST_DAYS:,} days. Type a number of days between these.")
    now, label = desk.now(), "1 day" if days == 1 else f"{days} days"
    with desk.open_db() as db, writing(db):
        retention.put_days(db, user.organisation, days, now, user.id)
        record(db, user, now, Deed.CHANGED, Kind.STORAGE, user.organisation, label)


@allowed(Action.READ)
def plan(desk: Desk, user: User) -> list[Waste]:
    """What cleaning would delete of the person's organisation; nothing is changed."""
    with desk.open_db() as db:
        return list(_wastes(desk, db, user.organisation))


@allowed(Action.MANAGE)
def clean(desk: Desk, user: User) -> Cleaned:
    """Clean what is the person's organisation's."""

    def tell(db: Database, organisation: str, label: str) -> None:
        record(db, user, desk.now(), Deed.CLEANED, Kind.STORAGE, organisation, label)

    return _clean(desk, [user.organisation], tell)


def plan_all(desk: Desk, organisation: str | None = None) -> list[Waste]:
    """What cleaning would delete of one organisation or of all, for whoever hosts; BadInput for an unknown one."""
    with desk.open_db() as db:
        chosen = _chosen(db, organisation)
        found = [waste for each in chosen for waste in _wastes(desk, db, each)]
    return found if organisation else [*found, *_half_written(desk)]


def clean_all(desk: Desk, organisation: str | None = None) -> Cleaned:
    """Clean one organisation or all, for whoever hosts; BadInput for an unknown one."""

    def tell(db: Database, cleaned: str, label: str) -> None:
        record_hosts(db, cleaned, desk.now(), Deed.CLEANED, Kind.STORAGE, cleaned, label)

    with desk.open_db() as db:
        chosen = _chosen(db, organisation)
    return _clean(desk, chosen, tell) if organisation else _clean_with_halves(desk, chosen, tell)


def clean_daily(desk: Desk) -> None:
    """Clean all organisations, once a day whoever asks; a clock that was set back makes it happen again."""
    now = desk.now()
    with desk.open_db() as db, writing(db):
        done = retention.find_done(db, _CHORE)
        if done and now - DAILY < done <= now:
            return
        retention.put_done(db, _CHORE, now)
        every = retention.list_organisations(db)

    def tell(db: Database, organisation: str, label: str) -> None:
        record_own(db, organisation, desk.now(), Deed.CLEANED, Kind.STORAGE, organisation, label)

    cleaned = _clean_with_halves(desk, every, tell)
    _log.info("cleaned: %d files of %d bytes, %d stay", len(cleaned.gone), cleaned.freed, len(cleaned.kept))


def _clean_with_halves(desk: Desk, organisations: list[str], tell: Tell) -> Cleaned:
    """Clean these, and what was left half written by whomever."""
    done = _clean(desk, organisations, tell)
    halves = _half_written(desk)
    desk.files.delete_stale_temporaries(desk.now() - _LEFT_FOR)
    stay = _half_written(desk)
    gone = [waste for waste in halves if waste not in stay]
    return Cleaned((*done.gone, *gone), (*done.kept, *stay), done.compacted)


def _chosen(db: Database, organisation: str | None) -> list[str]:
    known = retention.list_organisations(db)
    if organisation is None:
        return known
    if organisation not in known:
        raise BadInput(_NO_ORGANISATION.format(organisation=organisation))
    return [organisation]


def _clean(desk: Desk, organisations: list[str], tell: Tell) -> Cleaned:
    gone: list[Waste] = []
    kept: list[Waste] = []
    with desk.open_db() as db:
        for organisation in organisations:
            went: list[Waste] = []
            for waste in list(_wastes(desk, db, organisation)):
                (went if _delete(desk, db, waste) else kept).append(waste)
            gone += went
            if went:
                with writing(db):
                    tell(db, organisation, _summary(went))
        compacted = not retention.is_any_running(db) and compact(db)
    return Cleaned(tuple(gone), tuple(kept), compacted)


def _summary(wastes: list[Waste]) -> str:
    files = "1 file" if len(wastes) == 1 else f"{len(wastes)} files"
    return f"{files} of {sum(waste.size for waste in wastes) / _MB:.1f} MB"


def _delete(desk: Desk, db: Database, waste: Waste) -> bool:
    try:
        if waste.output:
            desk.outputs.delete(waste.file_id)
            retention.mark_removed(db, waste.organisation, waste.output, desk.now())
        else:
            return _delete_unknown(desk, db, waste)
    except (OutOfOrder, OSError) as trouble:
        _log.warning("file %s stays: %s", waste.file_id, trouble)
        return False
    return True


def _delete_unknown(desk: Desk, db: Database, waste: Waste) -> bool:
    """Delete a file that nothing knows, unless something came to know it since."""
    with writing(db):
        if retention.has_unfinished(db, waste.organisation) or _is_known(db, waste):
            return False
        desk.files.delete(waste.file_id)
    return True


def _is_known(db: Database, waste: Waste) -> bool:
    if waste.reason is Reason.CONTENT:
        return uploads.is_content_kept(db, waste.organisation, waste.file_id.split("/")[2])
    return retention.is_kept(db, waste.organisation, waste.name)


def _wastes(desk: Desk, db: Database, organisation: str) -> Iterator[Waste]:
    before = desk.now() - timedelta(days=_days(desk, db, organisation))
    for output in retention.list_older(db, organisation, before):
        file_id = output_id(organisation, output.id)
        yield Waste(organisation, file_id, output.filename, output.size, Reason.OLD, output.id)
    yield from _unknown(desk, db, organisation)


def _unknown(desk: Desk, db: Database, organisation: str) -> list[Waste]:
    """Files in the folder that no row stands for; none while a job is unfinished that may be about to write one."""
    if retention.has_unfinished(db, organisation):
        return []
    before = desk.now() - _LEFT_FOR
    return [*_orphans(desk, db, organisation, before), *_contents(desk, db, organisation, before)]


def _orphans(desk: Desk, db: Database, organisation: str, before: datetime) -> Iterator[Waste]:
    kept = retention.list_kept_ids(db, organisation)
    for found in desk.files.list_below(outputs_folder(organisation), before):
        name = found.file_id.rpartition("/")[2]
        if name not in kept:
            yield Waste(organisation, found.file_id, name, found.size, Reason.ORPHAN)


def _contents(desk: Desk, db: Database, organisation: str, before: datetime) -> Iterator[Waste]:
    wanted: dict[str, bool] = {}
    for found in desk.files.list_below(schedules_folder(organisation), before):
        content_hash = found.file_id.split("/")[2]
        if content_hash not in wanted:
            wanted[content_hash] = uploads.is_content_kept(db, organisation, content_hash)
        if not wanted[content_hash]:
            yield Waste(organisation, found.file_id, content_hash[:12], found.size, Reason.CONTENT)


def _half_written(desk: Desk) -> list[Waste]:
    stale = desk.files.list_stale_temporaries(desk.now() - _LEFT_FOR)
    return [
        Waste(found.file_id.partition("/")[0], found.file_id, found.file_id.rpartition("/")[2], found.size, Reason.HALF)
        for found in stale
    ]


def _days(desk: Desk, db: Database, organisation: str) -> int:
    return retention.find_days(db, organisation) or desk.settings.keep_days
