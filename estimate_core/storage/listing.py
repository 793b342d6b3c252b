"""Long lists page by page, newest first: jobs and files of an organisation.

A page begins behind the entry whose id is told, and not at a number: what is added meanwhile moves nothing.
"""

from dataclasses import dataclass

from estimate_core.domain.job import Job, JobType, Status
from estimate_core.storage.database import Database, find_row, rows
from estimate_core.storage.jobs import COLUMNS, job_of_row
from estimate_core.storage.outputs import Kept, kept_of_row


@dataclass(frozen=True)
class JobFilter:
    """Which jobs are wanted; None: any. `user` is the id of who asked for them."""

    status: Status | None = None
    type: JobType | None = None
    user: str | None = None


def jobs_behind(db: Database, organisation: str, wanted: JobFilter, limit: int, after: str | None) -> list[Job]:
    """The newest jobs, or the next older ones than the job `after`, newest first; none where that is not there."""
    sql = f"""SELECT {COLUMNS} FROM jobs
        WHERE organisation = ?1 AND (?2 IS NULL OR status = ?2) AND (?3 IS NULL OR type = ?3)
            AND (?4 IS NULL OR user = ?4) AND {_behind("jobs")}
        ORDER BY created DESC, rowid DESC LIMIT ?6"""
    values = (organisation, wanted.status, wanted.type, wanted.user, after, limit)
    return [job_of_row(row) for row in rows(db, sql, values)]


def outputs_behind(db: Database, organisation: str, limit: int, after: str | None) -> list[Kept]:
    """The newest files, or the next older ones than the file `after`, newest first; none where that is not there."""
    sql = f"""SELECT * FROM outputs WHERE organisation = ?1 AND {_behind("outputs")}
        ORDER BY created DESC, rowid DESC LIMIT ?6"""
    return [kept_of_row(row) for row in rows(db, sql, (organisation, None, None, None, after, limit))]


def is_job(db: Database, organisation: str, job_id: str) -> bool:
    """Whether the organisation has that job."""
    return find_row(db, "SELECT 1 FROM jobs WHERE id = ? AND organisation = ?", [job_id, organisation]) is not None


def is_output(db: Database, organisation: str, output_id: str) -> bool:
    """Whether the organisation has that file."""
    sql = "SELECT 1 FROM outputs WHERE id = ? AND organisation = ?"
    return find_row(db, sql, [output_id, organisation]) is not None


def _behind(table: str) -> str:
    return (
        f"(?5 IS NULL OR (created, rowid) < (SELECT created, last.rowid FROM {table} AS last "
        "WHERE last.id = ?5 AND last.organisation = ?1))"
    )
