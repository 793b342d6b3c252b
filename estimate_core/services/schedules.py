"""Schedules: upload, list, load; and the moulds that the worker pours from.

Per organisation and content hash three files are kept: the original workbook, and what was read and cut
from it. The last two carry a format number in their names: after an update of the program they are made
anew when needed.
"""

import hashlib
import io
from collections import Counter
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from uuid import uuid4

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, NotFound
from estimate_core.domain.people import LOCAL, User
from estimate_core.domain.schedule import Item, Schedule
from estimate_core.domain.text import one_line
from estimate_core.storage import library
from estimate_core.storage.database import Row, read_time, writing
from estimate_core.storage.files import Files, content_id, find_bytes
from estimate_core.storage.people import ensure_person
from estimate_core.workbook.mould import Mould, cut_mould
from estimate_core.workbook.reader import Book, read_schedule
from estimate_core.workbook.stored import FORMAT, read_mould, read_stored_schedule, write_mould, write_schedule

ORIGINAL = "original"
MOULD = f"mould-{FORMAT}"
STORED = f"schedule-{FORMAT}"

MAX_LABEL = 60
MAX_FILENAME = 200
SAMPLE_EDITION = "2025-26"
_SAMPLES = (("electrical.xlsx", "Electrical"), ("civil.xlsx", "Civil"))
_GONE = "The workbook of this schedule is no longer there. Upload it again."


@dataclass(frozen=True)
class ScheduleCard:
    """A schedule as lists show it; the counts are of usable items and of findings by severity."""

    id: str
    category: str
    edition: str
    filename: str
    items: int
    errors: int
    warnings: int
    notes: int
    is_sample: bool
    created: datetime
    created_by: str
    content_hash: str

    @property
    def title(self) -> str:
        """`Electrical 2025-26`."""
        return schedule_title(self.category, self.edition)


def schedule_title(category: str, edition: str) -> str:
    """The words by which people know a schedule."""
    return f"{category} {edition}".strip()


def list_schedules(desk: Desk, user: User) -> list[ScheduleCard]:
    """The schedules that the person can choose from: samples first, then the newest uploads."""
    with desk.open_db() as db:
        return [schedule_card(row) for row in library.list_schedules(db, user.organisation)]


def get_schedule_card(desk: Desk, user: User, schedule_id: str) -> ScheduleCard:
    """One schedule's card; NotFound for absent and foreign ones."""
    with desk.open_db() as db:
        return schedule_card(library.get_schedule(db, user.organisation, schedule_id))


def load_schedule(desk: Desk, user: User, schedule_id: str) -> Schedule:
    """Items and findings of a schedule, quick when loaded lately; NotFound for absent and foreign ones."""
    card = get_schedule_card(desk, user, schedule_id)
    return schedule_of_content(desk, user.organisation, card.content_hash)


def upload_schedule(desk: Desk, user: User, filename: str, data: bytes, category: str, edition: str) -> ScheduleCard:
    """Read and keep a workbook as a schedule; content that is there already gives the card that it has.

    Raises BadInput with what to do for files that cannot be used; nothing of them is kept.
    """
    _check_file(filename, data, desk.settings.max_upload_mb)
    labels = (_clean_label(category, "category", "Electrical"), _clean_label(edition, "edition", "2025-26"))
    return _keep(desk, user, filename, data, labels, is_sample=False)


def load_samples(desk: Desk, folder: Path) -> None:
    """Have the local organisation, its person and the samples in `folder`, each content at most once."""
    with desk.open_db() as db, writing(db):
        ensure_person(db, LOCAL)
    for filename, category in _SAMPLES:
        data = find_bytes(folder / filename)
        if data is not None and not _is_known(desk, LOCAL.organisation, _hash_of(data)):
            _keep(desk, LOCAL, filename, data, (category, SAMPLE_EDITION), is_sample=True)


def open_mould(desk: Desk, organisation: str, content_hash: str) -> Mould:
    """The mould of a schedule's content, quick when opened lately; NotFound where the workbook is gone."""
    return _open_mould(desk.files, organisation, content_hash)


def schedule_of_content(desk: Desk, organisation: str, content_hash: str) -> Schedule:
    """Items and findings of a schedule's content; the caller has checked that the organisation may see it."""
    return _load_schedule(desk.files, organisation, content_hash)


@lru_cache(maxsize=4)
def _open_mould(files: Files, organisation: str, content_hash: str) -> Mould:
    _ensure_cut(files, organisation, content_hash)
    with files.open(content_id(organisation, content_hash, MOULD)) as stream:
        return read_mould(stream)


@lru_cache(maxsize=16)
def _load_schedule(files: Files, organisation: str, content_hash: str) -> Schedule:
    _ensure_cut(files, organisation, content_hash)
    with files.open(content_id(organisation, content_hash, STORED)) as stream:
        return read_stored_schedule(stream)


def _ensure_cut(files: Files, organisation: str, content_hash: str) -> None:
    """Make mould and stored schedule from the original where this format of them is absent."""
    if all(files.exists(content_id(organisation, content_hash, part)) for part in (MOULD, STORED)):
        return
    try:
        with files.open(content_id(organisation, content_hash, ORIGINAL)) as stream:
            data = stream.read()
    except NotFound:
        raise NotFound(_GONE) from None
    _publish_cut(files, organisation, content_hash, read_schedule(io.BytesIO(data)))


def _publish_cut(files: Files, organisation: str, content_hash: str, book: Book) -> None:
    mould = cut_mould(book)
    files.publish(content_id(organisation, content_hash, STORED), lambda stream: write_schedule(book.schedule, stream))
    files.publish(content_id(organisation, content_hash, MOULD), lambda stream: write_mould(mould, stream))


def _keep(desk: Desk, user: User, filename: str, data: bytes, labels: tuple[str, str], is_sample: bool) -> ScheduleCard:
    """Files first, the row last: a row never stands for a schedule that is half there."""
    content_hash = _hash_of(data)
    if not desk.files.exists(content_id(user.organisation, content_hash, ORIGINAL)):
        _keep_content(desk.files, user.organisation, content_hash, data)
    schedule = schedule_of_content(desk, user.organisation, content_hash)
    severities = Counter(finding.severity for finding in schedule.findings)
    new = library.NewSchedule(
        id=str(uuid4()),
        category=labels[0],
        edition=labels[1],
        filename=_clean_filename(filename),
        content_hash=content_hash,
        items=len(usable_items(schedule)),
        errors=severities["error"],
        warnings=severities["warning"],
        notes=severities["note"],
        is_sample=is_sample,
        created=desk.now(),
        created_by=user.id,
    )
    with desk.open_db() as db:
        with writing(db):
            return schedule_card(library.add_schedule(db, user.organisation, new))


def _keep_content(files: Files, organisation: str, content_hash: str, data: bytes) -> None:
    """Read and cut before anything is stored; the original comes last and so stands for the other two."""
    book = read_schedule(io.BytesIO(data))
    if not usable_items(book.schedule):
        raise BadInput(_no_items(book.schedule))
    _publish_cut(files, organisation, content_hash, book)
    files.publish(content_id(organisation, content_hash, ORIGINAL), lambda stream: _write(stream, data))


def _write(stream: BinaryIO, data: bytes) -> None:
    stream.write(data)


def _no_items(schedule: Schedule) -> str:
    first = next((finding for finding in schedule.findings if finding.severity == "error"), None)
    reason = f" {first.sentence} {first.mend}" if first else ""
    return f"The workbook holds no item with a rate, so there is nothing to pick from.{reason}"


def usable_items(schedule: Schedule) -> list[Item]:
    """The items that can be picked: those with a rate."""
    return [item for item in schedule.items if item.rate is not None]


def _check_file(filename: str, data: bytes, max_mb: int) -> None:
    ending = PurePosixPath(_clean_filename(filename)).suffix.lower()
    if ending == ".xls":
        raise BadInput("This is a workbook of the old .xls kind. Save it as .xlsx in Excel and upload that.")
    if ending not in (".xlsx", ".xlsm"):
        raise BadInput("A schedule is an Excel workbook. Upload a file whose name ends in .xlsx or .xlsm.")
    if not data:
        raise BadInput("The file is empty. Save the workbook again in Excel and upload it.")
    if len(data) > max_mb * 1024 * 1024:
        raise BadInput(
            f"The file has {len(data) / 1024 / 1024:.1f} MB, and {max_mb} MB is the limit. Remove pictures "
            "and sheets that the schedule does not need, or ask whoever hosts the desk to raise the limit."
        )


def _clean_filename(filename: str) -> str:
    """The last part of the name, shown to people and never used as a path; its ending survives shortening."""
    name = PurePosixPath(one_line(filename).replace("\\", "/")).name
    return name if len(name) <= MAX_FILENAME else name[-MAX_FILENAME:]


def _clean_label(text: str, what: str, example: str) -> str:
    label = one_line(text)
    if not label:
        raise BadInput(f"The {what} of the schedule is missing. Type it, like {example}.")
    if len(label) > MAX_LABEL:
        raise BadInput(f"The {what} of the schedule is too long. Shorten it to {MAX_LABEL} characters.")
    return label


def _hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _is_known(desk: Desk, organisation: str, content_hash: str) -> bool:
    with desk.open_db() as db:
        return library.find_by_content(db, organisation, content_hash) is not None


def schedule_card(row: Row) -> ScheduleCard:
    """The card of a row of the library."""
    same = {field.name: row[field.name] for field in fields(ScheduleCard)}
    return ScheduleCard(
        **same
        | {
            "is_sample": bool(row["is_sample"]),
            "created": read_time(row["created"]),
            "created_by": row["creator"],
        }
    )
