"""Schedules: list, load, retire; and have the samples that come with the program."""

import hashlib
import io
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from uuid import uuid4

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.drawing import Drawing
from estimate_core.domain.errors import BadInput
from estimate_core.domain.people import LOCAL, Action, User
from estimate_core.domain.schedule import Schedule
from estimate_core.domain.text import one_line
from estimate_core.services.auditing import record
from estimate_core.services.content import (
    Counts,
    count_all,
    is_cut,
    load_drawings,
    publish_cut,
    publish_original,
    refuse_without_items,
    schedule_of_content,
)
from estimate_core.services.doors import allowed
from estimate_core.storage import library
from estimate_core.storage.database import Database, Row, read_time, writing
from estimate_core.storage.files import find_bytes
from estimate_core.storage.people import ensure_person
from estimate_core.workbook.reader import read_schedule
from estimate_core.workbook.stored import FORMAT

MAX_LABEL = 60
MAX_FILENAME = 200
SAMPLE_EDITION = "2025-26"
_SAMPLES = (("electrical.xlsx", "Electrical"), ("civil.xlsx", "Civil"))


@dataclass(frozen=True)
class ScheduleCard:
    """A schedule as lists show it; the counts are of usable items, their groups, and findings by severity.

    `used_by` is the number of estimates on it that are not deleted, `retired` when it was taken out of the list.
    """

    id: str
    category: str
    edition: str
    filename: str
    items: int
    groups: int
    errors: int
    warnings: int
    notes: int
    used_by: int
    is_sample: bool
    created: datetime
    created_by: str
    retired: datetime | None
    content_hash: str

    @property
    def title(self) -> str:
        """`Electrical 2025-26`."""
        return schedule_title(self.category, self.edition)


@dataclass(frozen=True)
class Incoming:
    """A workbook that was handed in, its name and labels fit to be kept."""

    filename: str
    category: str
    edition: str
    content_hash: str


def schedule_title(category: str, edition: str) -> str:
    """The words by which people know a schedule."""
    return f"{category} {edition}".strip()


@allowed(Action.READ)
def list_schedules(desk: Desk, user: User, retired: bool = False) -> list[ScheduleCard]:
    """The schedules that the person can choose from, or the retired ones: samples first, then the newest uploads."""
    with desk.open_db() as db:
        return [schedule_card(row) for row in library.list_schedules(db, user.organisation, retired)]


@allowed(Action.READ)
def get_schedule_card(desk: Desk, user: User, schedule_id: str) -> ScheduleCard:
    """One schedule's card, retired or not; NotFound for absent and foreign ones."""
    with desk.open_db() as db:
        return schedule_card(library.get_schedule(db, user.organisation, schedule_id))


@allowed(Action.READ)
def load_schedule(desk: Desk, user: User, schedule_id: str) -> Schedule:
    """Items and findings of a schedule, quick when loaded lately; NotFound for absent and foreign ones."""
    card = get_schedule_card(desk, user, schedule_id)
    return schedule_of_content(desk, user.organisation, card.content_hash)


@allowed(Action.READ)
def find_drawing(desk: Desk, user: User, schedule_id: str, row: int) -> Drawing | None:
    """The block with its heading in that row as its sheet shows it, or None; NotFound as for `load_schedule`."""
    card = get_schedule_card(desk, user, schedule_id)
    return load_drawings(desk.files, user.organisation, card.content_hash).get(row)


@allowed(Action.WRITE)
def retire_schedule(desk: Desk, user: User, schedule_id: str) -> None:
    """Offer the schedule for new estimates no more; the estimates on it keep working. NotFound as ever."""
    _set_retired(desk, user, schedule_id, Deed.RETIRED)


@allowed(Action.WRITE)
def restore_schedule(desk: Desk, user: User, schedule_id: str) -> None:
    """Offer a retired schedule again; one that is offered stays. NotFound as ever."""
    _set_retired(desk, user, schedule_id, Deed.RESTORED)


@allowed(Action.WRITE)
def upload_schedule(desk: Desk, user: User, filename: str, data: bytes, category: str, edition: str) -> ScheduleCard:
    """Read a trusted workbook here and now and keep it; content that is there already gives the card that it has.

    Raises BadInput with what to do for files that cannot be used; nothing of them is kept.
    """
    incoming = check_upload(desk, filename, data, category, edition)
    new = _read_schedule(desk, user, incoming, data)
    with desk.open_db() as db, writing(db):
        row = library.add_schedule(db, user.organisation, new)
        if row["id"] == new.id:
            record_schedule(db, user, new.created, Deed.UPLOADED, row)
        return offered_card(desk, db, user, row)


def load_samples(desk: Desk, folder: Path, organisation: str = LOCAL.organisation) -> None:
    """Have the samples of `folder` in an organisation, each content at most once; nobody needs to be signed in."""
    host = replace(LOCAL, organisation=organisation)
    if organisation == LOCAL.organisation:
        with desk.open_db() as db, writing(db):
            ensure_person(db, LOCAL)
    for filename, category in _SAMPLES:
        data = find_bytes(folder / filename)
        if data is not None and not _is_known(desk, organisation, _hash_of(data)):
            incoming = check_upload(desk, filename, data, category, SAMPLE_EDITION)
            new = _read_schedule(desk, host, incoming, data, is_sample=True)
            with desk.open_db() as db, writing(db):
                library.add_schedule(db, organisation, new)


def check_upload(desk: Desk, filename: str, data: bytes, category: str, edition: str) -> Incoming:
    """What was handed in, fit to be kept; BadInput says what to do about a file or a label that cannot be used."""
    name = _clean_filename(filename)
    _check_file(name, data, desk.settings.max_upload_mb)
    return Incoming(
        filename=name,
        category=_clean_label(category, "category", "Electrical"),
        edition=_clean_label(edition, "edition", "2025-26"),
        content_hash=_hash_of(data),
    )


def new_schedule(
    desk: Desk, by: str, schedule_id: str, incoming: Incoming, counts: Counts, is_sample: bool = False
) -> library.NewSchedule:
    """What the row of a schedule that was read just now is made of; `by` is the id of who handed it in."""
    return library.NewSchedule(
        id=schedule_id,
        **asdict(incoming),
        **asdict(counts),
        format=FORMAT,
        is_sample=is_sample,
        created=desk.now(),
        created_by=by,
    )


def offered_card(desk: Desk, db: Database, user: User, row: Row) -> ScheduleCard:
    """The card of a schedule that is wanted again: restored where it was retired. Call inside `writing`."""
    if row["retired"]:
        library.set_retired(db, user.organisation, row["id"], None)
        record_schedule(db, user, desk.now(), Deed.RESTORED, row)
    return schedule_card(row | {"retired": None})


def record_schedule(db: Database, user: User, now: datetime, deed: Deed, row: Row) -> None:
    """Tell the log what a person did to a schedule; call it inside `writing`."""
    record(db, user, now, deed, Kind.SCHEDULE, row["id"], schedule_title(row["category"], row["edition"]))


def schedule_card(row: Row) -> ScheduleCard:
    """The card of a row of the library."""
    same = {field.name: row[field.name] for field in fields(ScheduleCard)}
    return ScheduleCard(
        **same
        | {
            "is_sample": bool(row["is_sample"]),
            "created": read_time(row["created"]),
            "created_by": row["creator"],
            "retired": read_time(row["retired"]) if row["retired"] else None,
        }
    )


def _set_retired(desk: Desk, user: User, schedule_id: str, deed: Deed) -> None:
    now = desk.now()
    with desk.open_db() as db, writing(db):
        row = library.get_schedule(db, user.organisation, schedule_id)
        if bool(row["retired"]) != (deed is Deed.RETIRED):
            library.set_retired(db, user.organisation, schedule_id, now if deed is Deed.RETIRED else None)
            record_schedule(db, user, now, deed, row)


def _read_schedule(
    desk: Desk, user: User, incoming: Incoming, data: bytes, is_sample: bool = False
) -> library.NewSchedule:
    """Read a workbook here and now and keep its content, where that is not kept yet; its row is not written."""
    if not is_cut(desk.files, user.organisation, incoming.content_hash):
        _keep_content(desk, user.organisation, incoming.content_hash, data)
    counts = count_all(schedule_of_content(desk, user.organisation, incoming.content_hash))
    return new_schedule(desk, user.id, str(uuid4()), incoming, counts, is_sample)


def _keep_content(desk: Desk, organisation: str, content_hash: str, data: bytes) -> None:
    """Read and cut before anything is stored; the original comes last and so stands for the other two."""
    book = read_schedule(io.BytesIO(data))
    refuse_without_items(book.schedule)
    publish_cut(desk.files, organisation, content_hash, book)
    publish_original(desk.files, organisation, content_hash, data)


def _check_file(filename: str, data: bytes, max_mb: int) -> None:
    ending = PurePosixPath(filename).suffix.lower()
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
