"""The library: a row per schedule of an organisation; the content lies in files under its hash."""

from dataclasses import dataclass
from datetime import datetime

from estimate_core.domain.errors import NotFound
from estimate_core.storage.database import Database, Row, find_row, rows, time_text

_COUNTS = ("items", "groups", "errors", "warnings", "notes", "format")
ABSENT = "There is no such schedule. Choose another one from the list."

_SELECT = """
    SELECT schedules.*, coalesce(users.name, schedules.created_by) AS creator,
        (SELECT count(*) FROM estimates
            WHERE estimates.schedule = schedules.id AND estimates.deleted IS NULL) AS used_by
    FROM schedules LEFT JOIN users
        ON users.id = schedules.created_by AND users.organisation = schedules.organisation
    WHERE schedules.organisation = ?"""


@dataclass(frozen=True)
class NewSchedule:
    """What a schedule's row is made of; the counts are of usable items, their groups and findings by severity.

    `format` is that of what is stored of it.
    """

    id: str
    category: str
    edition: str
    filename: str
    content_hash: str
    items: int
    groups: int
    errors: int
    warnings: int
    notes: int
    format: int
    is_sample: bool
    created: datetime
    created_by: str


def add_schedule(db: Database, organisation: str, new: NewSchedule) -> Row:
    """Insert the row and give it; where the content is there already, its row stays and its counts are renewed."""
    values = {**vars(new), "organisation": organisation, "created": time_text(new.created)}
    names, places = ", ".join(values), ", ".join("?" * len(values))
    renewed = ", ".join(f"{name} = excluded.{name}" for name in _COUNTS)
    db.execute(
        f"INSERT INTO schedules ({names}) VALUES ({places}) "
        f"ON CONFLICT (organisation, content_hash) DO UPDATE SET {renewed}",
        tuple(values.values()),
    )
    return rows(db, f"{_SELECT} AND content_hash = ?", (organisation, new.content_hash))[0]


def list_schedules(db: Database, organisation: str, retired: bool = False) -> list[Row]:
    """The rows of the schedules that can be chosen, or of the retired ones: samples in their order, then the newest."""
    order = "is_sample DESC, CASE WHEN is_sample THEN created END, created DESC, schedules.rowid"
    wanted = "retired IS NOT NULL" if retired else "retired IS NULL"
    return rows(db, f"{_SELECT} AND {wanted} ORDER BY {order}", (organisation,))


def get_schedule(db: Database, organisation: str, schedule_id: str) -> Row:
    """The row of a schedule, retired or not; NotFound for absent and foreign ones."""
    row = find_row(db, f"{_SELECT} AND schedules.id = ?", (organisation, schedule_id))
    if row is None:
        raise NotFound(ABSENT)
    return row


def find_by_content(db: Database, organisation: str, content_hash: str) -> Row | None:
    """The row of the organisation's schedule with that content, retired or not, or None."""
    return find_row(db, f"{_SELECT} AND content_hash = ?", (organisation, content_hash))


def set_retired(db: Database, organisation: str, schedule_id: str, retired: datetime | None) -> None:
    """Take a schedule out of the list at that time (an earlier one stays), or bring it back with None."""
    db.execute(
        "UPDATE schedules SET retired = CASE WHEN ?1 IS NULL THEN NULL ELSE coalesce(retired, ?1) END "
        "WHERE organisation = ?2 AND id = ?3",
        (time_text(retired) if retired else None, organisation, schedule_id),
    )


def list_outdated(db: Database, newest: int) -> list[Row]:
    """The listed schedules of all organisations of which an older format than `newest` is stored."""
    return rows(db, "SELECT * FROM schedules WHERE retired IS NULL AND format < ? ORDER BY created, rowid", (newest,))


def set_format(db: Database, organisation: str, schedule_id: str, stored: int) -> None:
    """Note the format in which the schedule is read anew."""
    db.execute(
        "UPDATE schedules SET format = ? WHERE organisation = ? AND id = ?",
        (stored, organisation, schedule_id),
    )
