"""Rows of the jobs that read uploaded workbooks, by what they read; dismissed ones are history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from estimate_core.domain.errors import NotFound
from estimate_core.domain.job import Job, JobType
from estimate_core.storage.database import Database, find_row, rows, time_text
from estimate_core.storage.jobs import COLUMNS, job_of_row

ABSENT = "This upload does not exist. Choose one from the list of uploads, or upload the workbook again."
_SELECT = f"SELECT {COLUMNS}, snapshot, content_hash FROM jobs WHERE type = '{JobType.READ}'"
_ACTIVE = "status IN ('queued', 'running')"


@dataclass(frozen=True)
class Read:
    """A job that reads a workbook, its snapshot (JSON), and the hash of the content that it reads."""

    job: Job
    snapshot: str
    content_hash: str


def get_read(db: Database, organisation: str, job_id: str) -> Read:
    """The reading of an organisation, dismissed or not; NotFound for absent, foreign and other jobs alike."""
    found = _reads(db, "organisation = ? AND id = ?", (organisation, job_id))
    if not found:
        raise NotFound(ABSENT)
    return found[0]


def find_active_read(db: Database, organisation: str, content_hash: str) -> Read | None:
    """The queued or running reading of a content, or None."""
    return next(
        iter(_reads(db, f"organisation = ? AND content_hash = ? AND {_ACTIVE}", (organisation, content_hash))), None
    )


def list_reads(db: Database, organisation: str) -> list[Read]:
    """The readings that are active or failed and were not dismissed, newest first."""
    return _reads(db, f"organisation = ? AND ({_ACTIVE} OR status = 'failed') AND dismissed IS NULL", (organisation,))


def list_left_reads(db: Database, ended_before: datetime) -> list[Read]:
    """The readings of all organisations that were cancelled, or failed before a time, and were not dismissed."""
    condition = "dismissed IS NULL AND (status = 'cancelled' OR status = 'failed' AND completed < ?)"
    return _reads(db, condition, (time_text(ended_before),))


def dismiss_reads(db: Database, organisation: str, content_hash: str, now: datetime) -> None:
    """Dismiss the failed and cancelled readings of a content."""
    db.execute(
        f"UPDATE jobs SET dismissed = ? WHERE type = '{JobType.READ}' AND organisation = ? AND content_hash = ? "
        "AND status IN ('failed', 'cancelled') AND dismissed IS NULL",
        (time_text(now), organisation, content_hash),
    )


def is_content_wanted(db: Database, organisation: str, content_hash: str) -> bool:
    """True where a schedule has the content, or a job is to read it."""
    is_read = find_active_read(db, organisation, content_hash) is not None
    sql = "SELECT 1 FROM schedules WHERE organisation = ? AND content_hash = ?"
    return is_read or find_row(db, sql, (organisation, content_hash)) is not None


def is_content_kept(db: Database, organisation: str, content_hash: str) -> bool:
    """True where a schedule has the content, or an upload of it is to be read or still to be looked at."""
    sql = f"""SELECT 1 FROM jobs WHERE type = '{JobType.READ}' AND organisation = ? AND content_hash = ?
        AND dismissed IS NULL AND status <> 'completed'"""
    is_shown = find_row(db, sql, (organisation, content_hash)) is not None
    return is_shown or is_content_wanted(db, organisation, content_hash)


def list_contents(db: Database, organisation: str) -> dict[str, bool]:
    """The hashes of all contents that schedules have or jobs were to read; True for those of schedules."""
    sql = """SELECT content_hash, max(is_schedule) AS is_schedule FROM (
        SELECT content_hash, 1 AS is_schedule FROM schedules WHERE organisation = :organisation
        UNION ALL SELECT content_hash, 0 FROM jobs WHERE organisation = :organisation AND content_hash <> '')
        GROUP BY content_hash ORDER BY content_hash"""
    return {row["content_hash"]: bool(row["is_schedule"]) for row in rows(db, sql, {"organisation": organisation})}


def _reads(db: Database, condition: str, values: Sequence[object]) -> list[Read]:
    found = rows(db, f"{_SELECT} AND {condition} ORDER BY created DESC, rowid DESC", values)
    return [Read(job_of_row(row), row["snapshot"], row["content_hash"]) for row in found]
