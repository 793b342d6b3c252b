"""Recovery: jobs whose worker died or left go back into the queue, and rings that were lost are rung again.

Everything here is safe at any time and as often as wanted.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from estimate_core.desk import Desk
from estimate_core.services.ending import fail_job, log_line, stopped_sentence
from estimate_core.services.making import discard_file
from estimate_core.services.uploads import dismiss_left_uploads
from estimate_core.storage import jobs, queue
from estimate_core.storage.database import Database, writing
from estimate_core.storage.queue import Claim

_log = logging.getLogger(__name__)

MAX_LOSSES = 5
"""Attempts that may be lost with their worker. More than of errors: a worker's death is seldom the job's fault."""
MAX_RINGS = 100
_TEMPORARY_FOR = timedelta(hours=1)


def recover_jobs(desk: Desk, rings: int = 0, besides: str = "") -> None:
    """Take back jobs whose worker fell silent, and ring for due jobs that no ring waits for.

    `rings` wait in the queue already. Workers whose id begins with `besides` are left out: who calls knows better
    whether they live.
    """
    patience = timedelta(seconds=desk.settings.stale_seconds)
    with desk.open_db() as db:
        _take_back(desk, db, lambda: queue.find_silent(db, desk.now(), patience, besides), _lose)
        missing = queue.count_due(db, desk.now()) - rings
        due = queue.find_due(db, desk.now(), min(missing, MAX_RINGS)) if missing > 0 else []
    for job_id in due:
        desk.enqueue(job_id)


def tidy(desk: Desk) -> None:
    """Delete what killed processes left half written, and let go of uploads that nobody looks at any more."""
    desk.files.delete_stale_temporaries(desk.now() - _TEMPORARY_FOR)
    dismiss_left_uploads(desk)


def known_workers(desk: Desk, prefix: str) -> list[str]:
    """The ids that begin so, of workers that are thought to live."""
    with desk.open_db() as db:
        return queue.find_workers(db, prefix)


def bury(desk: Desk, worker_id: str) -> None:
    """Take back what a dead worker was at, and forget the worker."""
    _end_worker(desk, worker_id, _lose)


def leave(desk: Desk, worker_id: str) -> None:
    """Tell that a worker ends: what it still runs goes back into the queue, as if it had not been begun."""
    _end_worker(desk, worker_id, _return)


def beat(desk: Desk, worker_id: str) -> None:
    """Tell that a worker process lives."""
    with desk.open_db() as db:
        queue.beat(db, worker_id, desk.now())


_EndAttempt = Callable[[Database, Claim, datetime], bool]


def _end_worker(desk: Desk, worker_id: str, end: _EndAttempt) -> None:
    with desk.open_db() as db:
        taken = _take_back(desk, db, lambda: queue.find_running_of(db, worker_id), end)
        queue.drop_worker(db, worker_id)
    for dead in taken:
        desk.enqueue(dead.job)


def _take_back(desk: Desk, db: Database, find: Callable[[], list[Claim]], end: _EndAttempt) -> list[Claim]:
    with writing(db):
        # Found and taken in one transaction: a worker that beats in between keeps its job.
        taken = [dead for dead in find() if end(db, dead, desk.now())]
    for dead in taken:
        job, _ = jobs.get_work(db, dead.job)
        discard_file(desk, dead, job.organisation)
        _log.warning("job %s: taken back from %s after attempt %d", dead.job, dead.worker, dead.attempt)
    return taken


def _lose(db: Database, dead: Claim, now: datetime) -> bool:
    """Queue the job of a dead worker again, or end it: after its last attempt, or where a person asked to."""
    job, _ = jobs.get_work(db, dead.job)
    line = log_line(now, dead.attempt, job.step, "the worker stopped")
    losses = queue.get_ends(db, dead).losses + 1
    if job.is_cancel_asked:
        return queue.cancel_running(db, dead, now)
    if losses >= MAX_LOSSES:
        return fail_job(db, dead, stopped_sentence(job, losses), line, now)
    return queue.requeue_after_loss(db, dead, line)


def _return(db: Database, mine: Claim, now: datetime) -> bool:
    """Queue the job of a worker that is asked to stop, or cancel it where a person asked to."""
    job, _ = jobs.get_work(db, mine.job)
    if job.is_cancel_asked:
        return queue.cancel_running(db, mine, now)
    return queue.hand_back(db, mine, log_line(now, mine.attempt, job.step, "the worker was asked to stop"))
