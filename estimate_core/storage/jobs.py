"""Rows of jobs and of the workers that are alive.

Every change of a job's status compares and swaps in one statement: of two that try, one wins. What a
person asks for takes the organisation; what the worker does takes a `Claim`, which proves that the job is
still its own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from estimate_core.domain.errors import NotFound
from estimate_core.domain.job import Job, JobType, Status, Step
from estimate_core.storage.database import Database, Row, find_row, read_time, rows, time_text

NO_JOB = "This job does not exist. Open the list of jobs and choose one from it."
COLUMNS = (
    "id, organisation, user, type, status, progress, step, steps, work_name, estimate, schedule, lines, "
    "result, error_message, error_log, attempts, created, started, completed"
)
_OURS = "id = :job AND status = 'running' AND worker = :worker AND attempts = :attempt"
_APPENDED = "json_insert(steps, '$[#]', json(:entry))"
_REMEMBERED_WORKERS = timedelta(days=1)


@dataclass(frozen=True)
class Claim:
    """One worker's attempt at a job (1 is the first); worth nothing once the job was given to another."""

    job: str
    worker: str
    attempt: int


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


def list_jobs(db: Database, organisation: str, limit: int) -> list[Job]:
    """The newest jobs of the organisation, newest first."""
    sql = f"SELECT {COLUMNS} FROM jobs WHERE organisation = ? ORDER BY created DESC, rowid DESC LIMIT ?"
    return [job_of_row(row) for row in rows(db, sql, [organisation, limit])]


def retry_failed(db: Database, organisation: str, job_id: str) -> bool:
    """Failed -> queued as if new; False where the job is not failed, or was dismissed."""
    sql = """UPDATE jobs SET status = 'queued', attempts = 0, progress = 0, step = '', steps = '[]',
            result = '{}', error_message = '', not_before = NULL, worker = NULL, heartbeat = NULL,
            started = NULL, completed = NULL
        WHERE id = ? AND organisation = ? AND status = 'failed' AND dismissed IS NULL"""
    return _changed(db, sql, [job_id, organisation])


def cancel_queued(db: Database, organisation: str, job_id: str, now: datetime) -> bool:
    """Queued -> cancelled; False where the job is not queued."""
    sql = (
        "UPDATE jobs SET status = 'cancelled', step = 'Cancelled', completed = ? "
        "WHERE id = ? AND organisation = ? AND status = 'queued'"
    )
    return _changed(db, sql, [time_text(now), job_id, organisation])


def ask_cancel(db: Database, organisation: str, job_id: str) -> bool:
    """Mark a running job so that its worker stops it; False where the job is not running."""
    sql = (
        "UPDATE jobs SET result = json_set(result, '$.cancel_asked', json('true')) "
        "WHERE id = ? AND organisation = ? AND status = 'running'"
    )
    return _changed(db, sql, [job_id, organisation])


def claim(db: Database, job_id: str, worker: str, now: datetime) -> Claim | None:
    """Queued -> running for this worker, one attempt more; None where there is nothing to claim (yet).

    Call inside `writing`, so that the attempt read is the one just written.
    """
    sql = (
        "UPDATE jobs SET status = 'running', worker = :worker, attempts = attempts + 1, heartbeat = :now, "
        "started = coalesce(started, :now), progress = 0, step = '', not_before = NULL "
        "WHERE id = :job AND status = 'queued' AND (not_before IS NULL OR not_before <= :now)"
    )
    if not _changed(db, sql, {"job": job_id, "worker": worker, "now": time_text(now)}):
        return None
    row = rows(db, "SELECT attempts FROM jobs WHERE id = ?", [job_id])[0]
    return Claim(job_id, worker, row["attempts"])


def get_work(db: Database, job_id: str) -> tuple[Job, str]:
    """A claimed job and its snapshot (JSON)."""
    row = find_row(db, f"SELECT {COLUMNS}, snapshot FROM jobs WHERE id = ?", [job_id])
    if row is None:
        raise NotFound(NO_JOB)
    return job_of_row(row), row["snapshot"]


def find_due(db: Database, job_id: str) -> datetime | None:
    """When a queued job may be tried again; None where it need not wait."""
    sql = "SELECT not_before FROM jobs WHERE id = ? AND status = 'queued'"
    return next((_maybe_time(row["not_before"]) for row in rows(db, sql, [job_id])), None)


def heartbeat(db: Database, mine: Claim, now: datetime) -> bool:
    """Tell that the worker lives; False once the job is no longer its own."""
    return _changed(db, f"UPDATE jobs SET heartbeat = :now WHERE {_OURS}", {**_named(mine), "now": time_text(now)})


def add_step(db: Database, mine: Claim, step: Step) -> bool:
    """Append a step and make it the current one; False once the job is no longer this worker's."""
    sql = f"""UPDATE jobs SET progress = :percent, step = :text, heartbeat = :now, steps = {_APPENDED}
        WHERE {_OURS}"""
    return _changed(db, sql, {**_named(mine), **_step(step)})


def save_progress(db: Database, mine: Claim, percent: int, now: datetime) -> bool:
    """Move on within the current step; False once the job is no longer this worker's."""
    sql = f"UPDATE jobs SET progress = :percent, heartbeat = :now WHERE {_OURS}"
    return _changed(db, sql, {**_named(mine), "percent": percent, "now": time_text(now)})


def is_ours(db: Database, mine: Claim) -> bool:
    """True while the job runs as this worker's attempt."""
    return bool(list(db.query(f"SELECT 1 FROM jobs WHERE {_OURS}", _named(mine))))


def is_cancel_asked(db: Database, job_id: str) -> bool:
    """True once a person asked a running job to stop."""
    sql = "SELECT json_extract(result, '$.cancel_asked') AS asked FROM jobs WHERE id = ?"
    return any(row["asked"] for row in rows(db, sql, [job_id]))


def complete(db: Database, mine: Claim, result: Mapping[str, object], last: Step) -> bool:
    """Running -> completed with the last step; False (and nothing changed) where the job went to another."""
    sql = f"""UPDATE jobs SET status = 'completed', progress = :percent, step = :text, heartbeat = :now,
            completed = :now, result = :result, error_message = '', steps = {_APPENDED}
        WHERE {_OURS}"""
    return _changed(db, sql, {**_named(mine), **_step(last), "result": json.dumps(result)})


def fail(
    db: Database, mine: Claim, sentence: str, log: str, now: datetime, result: Mapping[str, object] | None = None
) -> bool:
    """Running -> failed with a sentence for the person, a line for the log, and what is known in spite of it."""
    sql = f"""UPDATE jobs SET status = 'failed', error_message = :sentence, error_log = error_log || :log,
            completed = :now, result = :result WHERE {_OURS}"""
    told = {"sentence": sentence, "log": _line(log), "result": json.dumps(result or {})}
    return _changed(db, sql, {**_named(mine), **told, "now": time_text(now)})


def requeue(db: Database, mine: Claim, log: str, not_before: datetime | None = None) -> bool:
    """Running -> queued, to be claimed again from `not_before` on."""
    sql = (
        "UPDATE jobs SET status = 'queued', progress = 0, step = '', worker = NULL, heartbeat = NULL, "
        f"error_log = error_log || :log, not_before = :after WHERE {_OURS}"
    )
    after = time_text(not_before) if not_before else None
    return _changed(db, sql, {**_named(mine), "log": _line(log), "after": after})


def cancel_running(db: Database, mine: Claim, now: datetime) -> bool:
    """Running -> cancelled, once the worker has stopped."""
    sql = f"""UPDATE jobs SET status = 'cancelled', step = 'Cancelled', result = '{{}}', completed = :now
        WHERE {_OURS}"""
    return _changed(db, sql, {**_named(mine), "now": time_text(now)})


def find_stale_running(db: Database, before: datetime) -> list[Claim]:
    """Running jobs without a heartbeat since `before`."""
    sql = """SELECT id, worker, attempts FROM jobs WHERE status = 'running' AND heartbeat < ?
        ORDER BY created, rowid"""
    return [_claim(row) for row in rows(db, sql, [time_text(before)])]


def find_running_of(db: Database, worker_prefix: str) -> list[Claim]:
    """Running jobs of the workers whose id begins so."""
    sql = """SELECT id, worker, attempts FROM jobs WHERE status = 'running' AND substr(worker, 1, ?) = ?
        ORDER BY created, rowid"""
    return [_claim(row) for row in rows(db, sql, [len(worker_prefix), worker_prefix])]


def find_queued(db: Database, created_before: datetime, now: datetime, limit: int) -> list[str]:
    """Ids of the oldest queued jobs that may run and were made before a time, oldest first."""
    sql = """SELECT id FROM jobs
        WHERE status = 'queued' AND created <= ? AND (not_before IS NULL OR not_before <= ?)
        ORDER BY created, rowid LIMIT ?"""
    return [row["id"] for row in rows(db, sql, [time_text(created_before), time_text(now), limit])]


def count_queued(db: Database) -> int:
    """How many jobs wait."""
    return int(rows(db, "SELECT count(*) AS n FROM jobs WHERE status = 'queued'")[0]["n"])


def beat(db: Database, worker: str, now: datetime) -> None:
    """Tell that a worker process lives; the rows of workers long gone are dropped."""
    sql = """INSERT INTO workers (id, started, seen) VALUES (:id, :now, :now)
        ON CONFLICT (id) DO UPDATE SET seen = :now"""
    db.execute(sql, {"id": worker, "now": time_text(now)})
    db.execute("DELETE FROM workers WHERE seen < ?", [time_text(now - _REMEMBERED_WORKERS)])


def drop_worker(db: Database, worker: str) -> None:
    """Forget a worker that ended."""
    db.execute("DELETE FROM workers WHERE id = ?", [worker])


def find_last_beat(db: Database) -> datetime | None:
    """When a worker was last seen alive; None where there never was one."""
    return _maybe_time(rows(db, "SELECT max(seen) AS seen FROM workers")[0]["seen"])


def _changed(db: Database, sql: str, parameters: Any) -> bool:
    return bool(db.execute(sql, parameters).rowcount == 1)


def _named(mine: Claim) -> dict[str, object]:
    return {"job": mine.job, "worker": mine.worker, "attempt": mine.attempt}


def _step(step: Step) -> dict[str, object]:
    entry = {"percent": step.percent, "text": step.text, "at": time_text(step.at), "attempt": step.attempt}
    return {"percent": step.percent, "text": step.text, "now": time_text(step.at), "entry": json.dumps(entry)}


def _line(log: str) -> str:
    return f"{log}\n"


def _maybe_time(text: str | None) -> datetime | None:
    return read_time(text) if text else None


def _claim(row: Row) -> Claim:
    return Claim(row["id"], row["worker"], row["attempts"])


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
        started=_maybe_time(row["started"]),
        completed=_maybe_time(row["completed"]),
    )
