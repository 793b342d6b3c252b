"""What workers do to the rows of jobs, and the rows of the workers themselves.

Every change of a job's status compares and swaps in one statement: of two that try, one wins. A `Claim` proves that
the job is still the worker's own. Jobs are ordered by `rowid`, which no clock can turn back.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from estimate_core.domain.job import Step
from estimate_core.storage.database import Database, Row, find_row, rows, time_text
from estimate_core.storage.jobs import changed, find_time

LONGEST_REST = timedelta(minutes=1)
"""No job rests longer after an attempt; one that seems to do so waits for a clock that was set back."""
_LAST_WORKER = "last worker"
_REMEMBERED_WORKERS = timedelta(days=1)
_OURS = "id = :job AND status = 'running' AND worker = :worker AND attempts = :attempt"
_APPENDED = "json_insert(steps, '$[#]', json(:entry))"
_DUE = "status = 'queued' AND (not_before IS NULL OR not_before <= :now OR not_before > :far)"
_NEXT = f"""SELECT jobs.id, jobs.organisation FROM jobs LEFT JOIN turns ON turns.organisation = jobs.organisation
    WHERE {_DUE} ORDER BY coalesce(turns.turn, 0), jobs.rowid LIMIT 1"""
_PLACES = """WITH rounds AS (
        SELECT jobs.id, jobs.rowid AS number, coalesce(turns.turn, 0) AS turn,
            row_number() OVER (PARTITION BY jobs.organisation ORDER BY jobs.rowid) AS round
        FROM jobs LEFT JOIN turns ON turns.organisation = jobs.organisation WHERE jobs.status = 'queued'),
    places AS (SELECT id, row_number() OVER (ORDER BY round, turn, number) AS place FROM rounds)
    SELECT places.id, places.place FROM places JOIN jobs ON jobs.id = places.id"""


@dataclass(frozen=True)
class Claim:
    """One worker's attempt at a job (1 is the first); worth nothing once the job was given to another."""

    job: str
    worker: str
    attempt: int


@dataclass(frozen=True)
class Ends:
    """How earlier attempts at a job ended: by an error, or with the death of their worker."""

    faults: int
    losses: int


def claim_next(db: Database, worker: str, now: datetime) -> Claim | None:
    """The next due job, queued -> running for this worker, one attempt more; None where none is due.

    Organisations take turns, the one that waited longest first; within one the oldest job comes first. Call inside
    `writing`, so that no other worker chooses the same job.
    """
    found = find_row(db, _NEXT, _due(now))
    if found is None:
        return None
    job_id = found["id"]
    sql = """UPDATE jobs SET status = 'running', worker = :worker, attempts = attempts + 1, heartbeat = :now,
            started = coalesce(started, :now), claimed = :now, progress = 0, step = '', not_before = NULL
        WHERE id = :job AND status = 'queued'"""
    db.execute(sql, {"job": job_id, "worker": worker, "now": time_text(now)})
    _take_turn(db, found["organisation"])
    return Claim(job_id, worker, rows(db, "SELECT attempts FROM jobs WHERE id = ?", [job_id])[0]["attempts"])


def find_place(db: Database, organisation: str, job_id: str) -> int | None:
    """Where a job of the organisation stands in the order in which jobs are claimed, 1 for the next of all.

    None where it is not queued, absent or foreign.
    """
    found = find_row(db, f"{_PLACES} WHERE jobs.organisation = ? AND places.id = ?", [organisation, job_id])
    return found["place"] if found else None


def list_places(db: Database, organisation: str) -> dict[str, int]:
    """Where each queued job of the organisation stands, by its id; 1 for the next of all organisations' jobs."""
    found = rows(db, f"{_PLACES} WHERE jobs.organisation = ?", [organisation])
    return {row["id"]: row["place"] for row in found}


def recent_times(db: Database, count: int) -> list[timedelta]:
    """How long the last completed jobs took, from their claim to their end."""
    sql = """SELECT claimed, completed FROM jobs WHERE status = 'completed' AND claimed IS NOT NULL
        ORDER BY completed DESC LIMIT ?"""
    spans = ((find_time(row["claimed"]), find_time(row["completed"])) for row in rows(db, sql, [count]))
    return [end - begin for begin, end in spans if begin and end]


def count_due(db: Database, now: datetime) -> int:
    """How many queued jobs may run now."""
    return int(rows(db, f"SELECT count(*) AS n FROM jobs WHERE {_DUE}", _due(now))[0]["n"])


def find_due(db: Database, now: datetime, limit: int) -> list[str]:
    """Ids of the oldest queued jobs that may run now, oldest first."""
    sql = f"SELECT id FROM jobs WHERE {_DUE} ORDER BY rowid LIMIT :limit"
    return [row["id"] for row in rows(db, sql, {**_due(now), "limit": limit})]


def heartbeat(db: Database, mine: Claim, now: datetime) -> bool:
    """Tell that the worker lives; False once the job is no longer its own."""
    return changed(db, f"UPDATE jobs SET heartbeat = :now WHERE {_OURS}", {**_named(mine), "now": time_text(now)})


def add_step(db: Database, mine: Claim, step: Step) -> bool:
    """Append a step and make it the current one; False once the job is no longer this worker's."""
    sql = f"""UPDATE jobs SET progress = :percent, step = :text, heartbeat = :now, steps = {_APPENDED}
        WHERE {_OURS}"""
    return changed(db, sql, {**_named(mine), **_step(step)})


def save_progress(db: Database, mine: Claim, percent: int, now: datetime) -> bool:
    """Move on within the current step; False once the job is no longer this worker's."""
    sql = f"UPDATE jobs SET progress = :percent, heartbeat = :now WHERE {_OURS}"
    return changed(db, sql, {**_named(mine), "percent": percent, "now": time_text(now)})


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
    return changed(db, sql, {**_named(mine), **_step(last), "result": json.dumps(result)})


def fail(
    db: Database, mine: Claim, sentence: str, log: str, now: datetime, result: Mapping[str, object] | None = None
) -> bool:
    """Running -> failed with a sentence for the person, a line for the log, and what is known in spite of it."""
    sql = f"""UPDATE jobs SET status = 'failed', error_message = :sentence, error_log = error_log || :log,
            completed = :now, result = :result WHERE {_OURS}"""
    told = {"sentence": sentence, "log": f"{log}\n", "result": json.dumps(result or {})}
    return changed(db, sql, {**_named(mine), **told, "now": time_text(now)})


def get_ends(db: Database, mine: Claim) -> Ends:
    """How the attempts before this one ended."""
    row = rows(db, "SELECT faults, losses FROM jobs WHERE id = ?", [mine.job])[0]
    return Ends(row["faults"], row["losses"])


def requeue_after_fault(db: Database, mine: Claim, log: str, not_before: datetime) -> bool:
    """Running -> queued because an error ended the attempt, to be claimed again from `not_before` on."""
    return _requeue(db, mine, "faults = faults + 1", log, time_text(not_before))


def requeue_after_loss(db: Database, mine: Claim, log: str) -> bool:
    """Running -> queued because the worker died."""
    return _requeue(db, mine, "losses = losses + 1", log)


def hand_back(db: Database, mine: Claim, log: str, not_before: datetime | None = None) -> bool:
    """Running -> queued through no fault of the job: the attempt counts for nothing."""
    return _requeue(db, mine, "losses = losses", log, time_text(not_before) if not_before else None)


def cancel_running(db: Database, mine: Claim, now: datetime) -> bool:
    """Running -> cancelled, once the worker has stopped."""
    sql = f"""UPDATE jobs SET status = 'cancelled', step = 'Cancelled', result = '{{}}', completed = :now
        WHERE {_OURS}"""
    return changed(db, sql, {**_named(mine), "now": time_text(now)})


def find_silent(db: Database, now: datetime, patience: timedelta, besides: str) -> list[Claim]:
    """Running jobs without a heartbeat for so long, or with one of a later time, because a clock was set back.

    Those of workers whose id begins with `besides` are left out.
    """
    sql = """SELECT id, worker, attempts FROM jobs WHERE status = 'running' AND (heartbeat < ? OR heartbeat > ?)
        AND (? = '' OR substr(worker, 1, ?) <> ?) ORDER BY rowid"""
    values = [time_text(now - patience), time_text(now + patience), besides, len(besides), besides]
    return [_claim(row) for row in rows(db, sql, values)]


def find_running_of(db: Database, worker: str) -> list[Claim]:
    """The running jobs of a worker."""
    sql = "SELECT id, worker, attempts FROM jobs WHERE status = 'running' AND worker = ? ORDER BY rowid"
    return [_claim(row) for row in rows(db, sql, [worker])]


def find_workers(db: Database, prefix: str) -> list[str]:
    """The ids that begin so, of workers that are known or that jobs run with."""
    sql = """SELECT id FROM workers WHERE substr(id, 1, ?) = ?
        UNION SELECT worker FROM jobs WHERE status = 'running' AND substr(worker, 1, ?) = ?"""
    return [row["id"] for row in rows(db, sql, [len(prefix), prefix] * 2)]


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
    """Forget a worker that ended, but for when it was last seen."""
    sql = """INSERT INTO chores (name, done) SELECT ?, seen FROM workers WHERE id = ?
        ON CONFLICT (name) DO UPDATE SET done = excluded.done"""
    db.execute(sql, [_LAST_WORKER, worker])
    db.execute("DELETE FROM workers WHERE id = ?", [worker])


def find_last_ended(db: Database) -> datetime | None:
    """When the worker that ended last was last seen alive; None where none ended yet."""
    row = find_row(db, "SELECT done FROM chores WHERE name = ?", [_LAST_WORKER])
    return find_time(row["done"]) if row else None


def list_beats(db: Database) -> list[datetime]:
    """When each known worker was last seen alive."""
    return [moment for row in rows(db, "SELECT seen FROM workers") if (moment := find_time(row["seen"]))]


def _take_turn(db: Database, organisation: str) -> None:
    sql = """INSERT INTO turns (organisation, turn)
        VALUES (:organisation, (SELECT coalesce(max(turn), 0) + 1 FROM turns))
        ON CONFLICT (organisation) DO UPDATE SET turn = excluded.turn"""
    db.execute(sql, {"organisation": organisation})


def _requeue(db: Database, mine: Claim, count: str, log: str, not_before: str | None = None) -> bool:
    sql = f"""UPDATE jobs SET status = 'queued', progress = 0, step = '', worker = NULL, heartbeat = NULL,
            claimed = NULL, {count}, error_log = error_log || :log, not_before = :after WHERE {_OURS}"""
    return changed(db, sql, {**_named(mine), "log": f"{log}\n", "after": not_before})


def _due(now: datetime) -> dict[str, Any]:
    return {"now": time_text(now), "far": time_text(now + LONGEST_REST)}


def _named(mine: Claim) -> dict[str, object]:
    return {"job": mine.job, "worker": mine.worker, "attempt": mine.attempt}


def _step(step: Step) -> dict[str, object]:
    entry = {"percent": step.percent, "text": step.text, "at": time_text(step.at), "attempt": step.attempt}
    return {"percent": step.percent, "text": step.text, "now": time_text(step.at), "entry": json.dumps(entry)}


def _claim(row: Row) -> Claim:
    return Claim(row["id"], row["worker"], row["attempts"])
