"""The library: a row per schedule of an organisation; the content lies in files under its hash."""

from dataclasses import dataclass
from datetime import datetime

from estimate_core.domain.errors import NotFound
from estimate_core.storage.database import Database, Row, find_row, rows, time_text

ABSENT = "There is no such schedule. Choose another one from the list."

_SELECT = """
    SELECT schedules.*, coalesce(users.name, schedules.created_by) AS creator
    FROM schedules LEFT JOIN users
        ON users.id = schedules.created_by AND users.organisation = schedules.organisation
    WHERE schedules.organisation = ?"""


@dataclass(frozen=True)
class NewSchedule:
    """What a schedule's row is made of; the counts are of usable items and of findings by severity."""

    id: str
    category: str
    edition: str
    filename: str
    content_hash: str
    items: int
    errors: int
    warnings: int
    notes: int
    is_sample: bool
    created: datetime
    created_by: str


def add_schedule(db: Database, organisation: str, new: NewSchedule) -> Row:
    """Insert the row and give it; where the content is there already, its row stays and is listed again."""
    values = {**vars(new), "organisation": organisation, "created": time_text(new.created)}
    names, places = ", ".join(values), ", ".join("?" * len(values))
    db.execute(
        f"INSERT INTO schedules ({names}) VALUES ({places}) "
        "ON CONFLICT (organisation, content_hash) DO UPDATE SET retired = NULL",
        tuple(values.values()),
    )
    return rows(db, f"{_SELECT} AND content_hash = ?", (organisation, new.content_hash))[0]


def list_schedules(db: Database, organisation: str) -> list[Row]:
    """The rows of the schedules that can be chosen: samples in their order, then the newest first."""
    order = "is_sample DESC, CASE WHEN is_sample THEN created END, created DESC, schedules.rowid"
    return rows(db, f"{_SELECT} AND retired IS NULL ORDER BY {order}", (organisation,))


def get_schedule(db: Database, organisation: str, schedule_id: str) -> Row:
    """The row of a schedule, retired or not; NotFound for absent and foreign ones."""
    row = find_row(db, f"{_SELECT} AND schedules.id = ?", (organisation, schedule_id))
    if row is None:
        raise NotFound(ABSENT)
    return row


def find_by_content(db: Database, organisation: str, content_hash: str) -> Row | None:
    """The row of the organisation's schedule with that content, retired or not, or None."""
    return find_row(db, f"{_SELECT} AND content_hash = ?", (organisation, content_hash))
