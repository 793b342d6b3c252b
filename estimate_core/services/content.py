"""The content of schedules: what is kept of a workbook per organisation and content hash.

The original, and what was read and cut from it. The latter carry a format number in their names: after an update of
the program they are made anew when needed. Of a workbook that was refused, the findings are kept in its place.
"""

import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import BinaryIO

from estimate_core.desk import Desk
from estimate_core.domain.drawing import Drawing
from estimate_core.domain.errors import NotASchedule, NotFound
from estimate_core.domain.finding import Finding
from estimate_core.domain.schedule import Item, Schedule
from estimate_core.storage.files import Files, content_id
from estimate_core.workbook.output.mould import Mould, cut_mould
from estimate_core.workbook.reader import read_schedule
from estimate_core.workbook.reading.book import Book
from estimate_core.workbook.reports.drawing import draw_blocks
from estimate_core.workbook.stored import (
    FORMAT,
    read_drawings,
    read_mould,
    read_stored_schedule,
    write_drawings,
    write_mould,
    write_schedule,
)

ORIGINAL = "original"
MOULD = f"mould-{FORMAT}"
STORED = f"schedule-{FORMAT}"
DRAWINGS = f"drawings-{FORMAT}"
REFUSED = f"refused-{FORMAT}"
GONE = "The workbook of this schedule is no longer there. Upload it again."
_NO_FINDINGS = "No findings are kept of this upload any more. Upload the workbook again."


@dataclass(frozen=True)
class Counts:
    """How many usable items and groups of them a schedule has, and how many findings by severity."""

    items: int
    groups: int
    errors: int
    warnings: int
    notes: int


def usable_items(schedule: Schedule) -> list[Item]:
    """The items that can be picked: those with a rate."""
    return [item for item in schedule.items if item.rate is not None]


def count_all(schedule: Schedule) -> Counts:
    """What lists show of a schedule."""
    usable = usable_items(schedule)
    return Counts(len(usable), len({item.group for item in usable}), **count_findings(schedule.findings))


def count_findings(findings: Iterable[Finding]) -> dict[str, int]:
    """The number of findings by `errors`, `warnings` and `notes`."""
    severities = Counter(finding.severity for finding in findings)
    return {f"{severity}s": severities[severity] for severity in ("error", "warning", "note")}


def open_mould(desk: Desk, organisation: str, content_hash: str) -> Mould:
    """The mould of a schedule's content, quick when opened lately; NotFound where the workbook is gone."""
    return _open_mould(desk.files, organisation, content_hash)


def schedule_of_content(desk: Desk, organisation: str, content_hash: str) -> Schedule:
    """Items and findings of a schedule's content; the caller has checked that the organisation may see it."""
    return load_schedule_of(desk.files, organisation, content_hash)


def load_part(files: Files, organisation: str, content_hash: str, part: str) -> Schedule:
    """What is kept as STORED or REFUSED of a content; NotFound where it is not."""
    with files.open(content_id(organisation, content_hash, part)) as stream:
        return read_stored_schedule(stream)


def load_refusal(files: Files, organisation: str, content_hash: str) -> tuple[Finding, ...]:
    """The findings of a workbook that was refused; NotFound says what to do where none are kept."""
    try:
        return load_part(files, organisation, content_hash, REFUSED).findings
    except NotFound:
        raise NotFound(_NO_FINDINGS) from None


def is_cut(files: Files, organisation: str, content_hash: str) -> bool:
    """True where all that is made of a workbook is there in this format, and the workbook itself."""
    parts = (MOULD, STORED, DRAWINGS, ORIGINAL)
    return all(files.exists(content_id(organisation, content_hash, part)) for part in parts)


def read_original(files: Files, organisation: str, content_hash: str) -> bytes:
    """The bytes of the uploaded workbook; NotFound says what to do where it is gone."""
    try:
        with files.open(content_id(organisation, content_hash, ORIGINAL)) as stream:
            return stream.read()
    except NotFound:
        raise NotFound(GONE) from None


def publish_original(files: Files, organisation: str, content_hash: str, data: bytes) -> None:
    """Keep an uploaded workbook, unless it is kept already."""
    file_id = content_id(organisation, content_hash, ORIGINAL)
    if files.exists(file_id):
        return
    try:
        files.publish(file_id, partial(_write, data))
    except PermissionError:
        # Windows replaces no open file: whoever handed in the same at this moment has it being read already.
        if not files.exists(file_id):
            raise


def publish_cut(files: Files, organisation: str, content_hash: str, book: Book) -> None:
    """Keep a schedule, the drawings of its blocks and its mould; the book's workbook is used up by that."""
    drawings = draw_blocks(book)
    mould = cut_mould(book)
    files.publish(content_id(organisation, content_hash, STORED), partial(write_schedule, book.schedule))
    files.publish(content_id(organisation, content_hash, DRAWINGS), partial(write_drawings, drawings))
    files.publish(content_id(organisation, content_hash, MOULD), partial(write_mould, mould))


def publish_refusal(files: Files, organisation: str, content_hash: str, findings: tuple[Finding, ...]) -> None:
    """Keep the findings of a workbook that cannot be used."""
    refused = Schedule((), findings)
    files.publish(content_id(organisation, content_hash, REFUSED), partial(write_schedule, refused))


def refuse_without_items(schedule: Schedule) -> None:
    """Raise NotASchedule for a schedule of which no item can be picked."""
    if not usable_items(schedule):
        raise NotASchedule(_no_items(schedule), schedule.findings)


@lru_cache(maxsize=4)
def _open_mould(files: Files, organisation: str, content_hash: str) -> Mould:
    _ensure_cut(files, organisation, content_hash)
    with files.open(content_id(organisation, content_hash, MOULD)) as stream:
        return read_mould(stream)


@lru_cache(maxsize=16)
def load_schedule_of(files: Files, organisation: str, content_hash: str) -> Schedule:
    """`schedule_of_content` by the files alone."""
    _ensure_cut(files, organisation, content_hash)
    return load_part(files, organisation, content_hash, STORED)


@lru_cache(maxsize=8)
def load_drawings(files: Files, organisation: str, content_hash: str) -> dict[int, Drawing]:
    """The drawings of a schedule's blocks by heading row; NotFound where the workbook is gone."""
    _ensure_cut(files, organisation, content_hash)
    with files.open(content_id(organisation, content_hash, DRAWINGS)) as stream:
        return read_drawings(stream)


def _ensure_cut(files: Files, organisation: str, content_hash: str) -> None:
    """Make what is kept of a workbook from the original where this format of it is absent."""
    if all(files.exists(content_id(organisation, content_hash, part)) for part in (MOULD, STORED, DRAWINGS)):
        return
    data = read_original(files, organisation, content_hash)
    publish_cut(files, organisation, content_hash, read_schedule(io.BytesIO(data)))


def _write(data: bytes, stream: BinaryIO) -> None:
    stream.write(data)


def _no_items(schedule: Schedule) -> str:
    first = next((finding for finding in schedule.findings if finding.severity == "error"), None)
    reason = f" {first.sentence} {first.mend}" if first else ""
    return f"The workbook holds no item with a rate, so there is nothing to pick from.{reason}"
