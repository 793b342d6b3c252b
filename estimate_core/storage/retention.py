"""How long organisations keep the files of their jobs, which are older than that, and when chores were done."""

from datetime import datetime

from estimate_core.domain.job import Output
from estimate_core.storage.database import Database, find_row, read_time, rows, time_text
from estimate_core.storage.outputs import output_of_row


def find_days(db: Database, organisation: str) -> int | None:
    """For how many days the organisation chose to keep files, or None where it did not choose."""
    row = find_row(db, "SELECT days FROM retentions WHERE organisation = ?", (organisation,))
    return row["days"] if row else None


def put_days(db: Database, organisation: str, days: int, now: datetime, user_id: str) -> None:
    """Write for how many days the organisation keeps files."""
    sql = """INSERT INTO retentions (organisation, days, changed, changed_by) VALUES (?, ?, ?, ?)
        ON CONFLICT (organisation) DO UPDATE
        SET days = excluded.days, changed = excluded.changed, changed_by = excluded.changed_by"""
    db.execute(sql, (organisation, days, time_text(now), user_id))


def list_organisations(db: Database) -> list[str]:
    """The ids of all organisations."""
    return [row["id"] for row in rows(db, "SELECT id FROM organisations ORDER BY id")]


def list_older(db: Database, organisation: str, before: datetime) -> list[Output]:
    """The files that are still kept and were made before a time, oldest first."""
    sql = """SELECT * FROM outputs WHERE organisation = ? AND removed IS NULL AND created < ?
        ORDER BY created, rowid"""
    return [output_of_row(row) for row in rows(db, sql, (organisation, time_text(before)))]


def list_kept_ids(db: Database, organisation: str) -> set[str]:
    """The ids of the files that are kept."""
    sql = "SELECT id FROM outputs WHERE organisation = ? AND removed IS NULL"
    return {row["id"] for row in rows(db, sql, (organisation,))}


def is_kept(db: Database, organisation: str, output_id: str) -> bool:
    """Whether a file is kept under that id."""
    sql = "SELECT 1 FROM outputs WHERE organisation = ? AND id = ? AND removed IS NULL"
    return find_row(db, sql, (organisation, output_id)) is not None


def has_unfinished(db: Database, organisation: str) -> bool:
    """Whether any job of the organisation is queued or running."""
    sql = "SELECT 1 FROM jobs WHERE organisation = ? AND status IN ('queued', 'running') LIMIT 1"
    return find_row(db, sql, (organisation,)) is not None


def is_any_running(db: Database) -> bool:
    """Whether a job of any organisation runs."""
    return find_row(db, "SELECT 1 FROM jobs WHERE status = 'running' LIMIT 1") is not None


def mark_removed(db: Database, organisation: str, output_id: str, now: datetime) -> None:
    """Note that the file was deleted; its row stays as history."""
    sql = "UPDATE outputs SET removed = ? WHERE id = ? AND organisation = ?"
    db.execute(sql, (time_text(now), output_id, organisation))


def find_done(db: Database, chore: str) -> datetime | None:
    """When a chore was done last, or None."""
    row = find_row(db, "SELECT done FROM chores WHERE name = ?", (chore,))
    return read_time(row["done"]) if row else None


def put_done(db: Database, chore: str, now: datetime) -> None:
    """Note that a chore was done."""
    sql = "INSERT INTO chores (name, done) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET done = excluded.done"
    db.execute(sql, (chore, time_text(now)))
