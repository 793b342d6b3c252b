"""Rows of jobs as people ask for them and meet them.

Every change of a job's status compares and swaps in one statement: of two that try, one wins. What workers do to
jobs is in `queue`.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from estimate_core.domain.errors import NotFound
from estimate_core.domain.job import Job, JobType, Status, Step
from estimate_core.storage.database import Database, Row, find_row, read_time, rows, time_text

NO_JOB = "This job does not exist. Open the list of jobs and choose one from it."
COLUMNS = (
    "id, organisation, user, type, status, progress, step, steps, work_name, estimate, schedule, lines, "
    "result, error_message, error_log, attempts, created, started, completed"
)


@dataclass(frozen=True)
class Frozen:
    """What a job was asked to make (JSON), and the title of the schedule that it reads from."""

    snapshot: str
    schedule_title: str


def insert_job(
    db: Database, job: Job, snapshot: str, schedule_title: str, content_hash: str = "", key: str | None = None
) -> None:
    """Write a new job with what it was asked to make, frozen (JSON).

    `content_hash` is of the workbook it reads, `key` what a program calls the job.
    """
    sql = """INSERT INTO jobs (id, organisation, user, type, status, work_name, estimate, schedule,
            schedule_title, lines, snapshot, content_hash, idempotency_key, created)
        VALUES (:id, :organisation, :user, :type, :status, :work_name, :estimate, :schedule,
            :schedule_title, :lines, :snapshot, :content_hash, :key, :created)"""
    named = {
        "id": job.id,
        "organisation": job.organisation,
        "user": job.user,
        "type": job.type.value,
        "status": job.status.value,
        "work_name": job.work_name,
        "estimate": job.estimate,
        "schedule": job.schedule,
        "schedule_title": schedule_title,
        "lines": job.lines,
        "snapshot": snapshot,
        "content_hash": content_hash,
        "key": key,
        "created": time_text(job.created),
    }
    db.execute(sql, named)


def get_job(db: Database, organisation: str, job_id: str) -> Job:
    """A job of the organisation; NotFound for absent and foreign ones alike."""
    row = find_row(db, f"SELECT {COLUMNS} FROM jobs WHERE id = ? AND organisation = ?", [job_id, organisation])
    if row is None:
        raise NotFound(NO_JOB)
    return job_of_row(row)


def find_by_key(db: Database, organisation: str, user_id: str, key: str) -> tuple[Job, str] | None:
    """The job that a person's program calls so, and its snapshot (JSON); or None."""
    sql = f"SELECT {COLUMNS}, snapshot FROM jobs WHERE organisation = ? AND user = ? AND idempotency_key = ?"
    row = find_row(db, sql, [organisation, user_id, key])
    return None if row is None else (job_of_row(row), row["snapshot"])


def get_frozen(db: Database, organisation: str, job_id: str) -> Frozen:
    """What a job was asked to make; NotFound for absent and foreign ones alike."""
    sql = "SELECT snapshot, schedule_title FROM jobs WHERE id = ? AND organisation = ?"
    row = find_row(db, sql, [job_id, organisation])
    if row is None:
        raise NotFound(NO_JOB)
    return Frozen(row["snapshot"], row["schedule_title"])


def list_jobs(db: Database, organisation: str, limit: int) -> list[Job]:
    """The newest jobs of the organisation, newest first."""
    sql = f"SELECT {COLUMNS} FROM jobs WHERE organisation = ? ORDER BY created DESC, rowid DESC LIMIT ?"
    return [job_of_row(row) for row in rows(db, sql, [organisation, limit])]


def retry_failed(db: Database, organisation: str, job_id: str) -> bool:
    """Failed -> queued as if new; False where the job is not failed, or was dismissed.

    Attempts go on being counted: an earlier one that still runs somewhere must not pass for a new one.
    """
    sql = """UPDATE jobs SET status = 'queued', faults = 0, losses = 0, progress = 0, step = '',
            steps = '[]', result = '{}', error_message = '', not_before = NULL, worker = NULL, heartbeat = NULL,
            started = NULL, completed = NULL
        WHERE id = ? AND organisation = ? AND status = 'failed' AND dismissed IS NULL"""
    return changed(db, sql, [job_id, organisation])


def cancel_queued(db: Database, organisation: str, job_id: str, now: datetime) -> bool:
    """Queued -> cancelled; False where the job is not queued."""
    sql = (
        "UPDATE jobs SET status = 'cancelled', step = 'Cancelled', completed = ? "
        "WHERE id = ? AND organisation = ? AND status = 'queued'"
    )
    return changed(db, sql, [time_text(now), job_id, organisation])


def ask_cancel(db: Database, organisation: str, job_id: str) -> bool:
    """Mark a running job so that its worker stops it; False where the job is not running."""
    sql = (
        "UPDATE jobs SET result = json_set(result, '$.cancel_asked', json('true')) "
        "WHERE id = ? AND organisation = ? AND status = 'running'"
    )
    return changed(db, sql, [job_id, organisation])


def list_active_of(db: Database, organisation: str, user_id: str) -> list[Job]:
    """A person's jobs that are queued or running, oldest first."""
    sql = f"""SELECT {COLUMNS} FROM jobs
        WHERE organisation = ? AND user = ? AND status IN ('queued', 'running') ORDER BY rowid"""
    return [job_of_row(row) for row in rows(db, sql, [organisation, user_id])]


def get_work(db: Database, job_id: str) -> tuple[Job, str]:
    """A claimed job and its snapshot (JSON)."""
    row = find_row(db, f"SELECT {COLUMNS}, snapshot FROM jobs WHERE id = ?", [job_id])
    if row is None:
        raise NotFound(NO_JOB)
    return job_of_row(row), row["snapshot"]


def find_time(text: str | None) -> datetime | None:
    """The time that a column holds, if any."""
    return read_time(text) if text else None


def changed(db: Database, sql: str, parameters: Any) -> bool:
    """True where a statement changed exactly one row: how a compare-and-swap tells that it won."""
    return bool(db.execute(sql, parameters).rowcount == 1)


def job_of_row(row: Row) -> Job:
    """The job of a row with `COLUMNS`."""
    steps = (
        Step(step["percent"], step["text"], read_time(step["at"]), step["attempt"]) for step in json.loads(row["steps"])
    )
    return Job(
        id=row["id"],
        organisation=row["organisation"],
        user=row["user"],
        type=JobType(row["type"]),
        status=Status(row["status"]),
        progress=row["progress"],
        step=row["step"],
        steps=tuple(steps),
        work_name=row["work_name"],
        estimate=row["estimate"],
        schedule=row["schedule"],
        lines=row["lines"],
        result=json.loads(row["result"]),
        error_message=row["error_message"],
        error_log=row["error_log"],
        attempts=row["attempts"],
        created=read_time(row["created"]),
        started=find_time(row["started"]),
        completed=find_time(row["completed"]),
    )
