"""What the worker does: run the next job, keep it alive, end it well or badly.

A refusal made on purpose fails the job with its sentence at once. Any other error is logged with a traceback
under a short reference and tried again, each time later; the person only ever reads a sentence with the
reference.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread
from uuid import uuid4

from estimate_core.desk import Desk, Watch
from estimate_core.domain.errors import DeskError, NotASchedule, OutOfOrder
from estimate_core.domain.job import Job, JobType, Step
from estimate_core.logs import about_job
from estimate_core.services.comparing import make_comparison
from estimate_core.services.content import count_findings
from estimate_core.services.ending import (
    complete_job,
    fail_job,
    fault_sentence,
    log_line,
    overtime_sentence,
    unended_sentence,
)
from estimate_core.services.making import Keep, discard_file, make_estimate
from estimate_core.services.marking import make_findings
from estimate_core.services.printing import make_pdf
from estimate_core.services.reading import read_upload
from estimate_core.services.troubles import trouble_of
from estimate_core.settings import Settings
from estimate_core.storage import jobs, queue
from estimate_core.storage.database import Database, writing
from estimate_core.storage.queue import Claim

_log = logging.getLogger(__name__)

RETRY_AFTER = (timedelta(seconds=2), timedelta(seconds=10))
"""How long a job rests after its first and its second attempt that an error ended; the third is the last."""
HANG_SECONDS = 30.0
"""How long after its limit a job that does not stop by itself is ended with its process."""
OUTAGE_PAUSE = 1.0
"""Seconds between two tries to write to a database that cannot be written."""
_APART_SECONDS = 30

Maker = Callable[[Desk, Claim, Job, str, Watch], Keep]
"""Makes the files of a job from its snapshot (JSON), and gives how to keep what it made."""
MAKERS: dict[JobType, Maker] = {
    JobType.OUTPUT: make_estimate,
    JobType.ESTIMATE: make_estimate,
    JobType.PDF: make_pdf,
    JobType.READ: read_upload,
    JobType.FINDINGS: make_findings,
    JobType.COMPARISON: make_comparison,
}


class _TakenAway(Exception):
    """The job was given to another worker, or cancelled, while this one was at it."""


class _CancelAsked(Exception):
    """A person asked the job to stop."""


class _Overtime(Exception):
    """The job runs longer than it may."""


def run_next(desk: Desk, worker_id: str, end_process: Callable[[], None] = lambda: None) -> datetime | None:
    """Claim and run the job whose turn it is; nothing happens where none is due.

    Gives the time at which the job wants to be rung again, or None. `end_process` is called where a job hangs and
    was failed: nothing less ends it.
    """
    with desk.open_db() as db, writing(db):
        mine = queue.claim_next(db, worker_id, desk.now())
    if mine is None:
        return None
    with about_job(mine.job, worker_id):
        return _run(desk, mine, end_process)


def _run(desk: Desk, mine: Claim, end_process: Callable[[], None]) -> datetime | None:
    try:
        with desk.open_db() as db:
            job, snapshot = jobs.get_work(db, mine.job)
            watch = _Progress(desk, db, mine, _limit(desk, job))
            with _kept_alive(desk, job, watch, end_process):
                return _attempt(desk, db, job, snapshot, watch)
    except Exception as error:
        # Whatever the job does is caught below: here the rows themselves could not be read or written.
        reference = uuid4().hex[:8]
        _log.exception("job %s: attempt %d could not be ended, reference %s", mine.job, mine.attempt, reference)
        return _hand_back(desk, mine, reference, is_outage=trouble_of(error) is not None)


def _hand_back(desk: Desk, mine: Claim, reference: str, is_outage: bool) -> datetime | None:
    """End the attempt as soon as the database can be written; nobody else does while this worker lives."""
    while True:
        try:
            with desk.open_db() as db:
                return _return(desk, db, mine, reference, is_outage)
        except Exception as error:
            _log.error("job %s: still cannot be handed back: %s", mine.job, error)
            Event().wait(OUTAGE_PAUSE)


def _return(desk: Desk, db: Database, mine: Claim, reference: str, is_outage: bool) -> datetime | None:
    now, due = desk.now(), desk.now() + RETRY_AFTER[0]
    if is_outage:
        line = log_line(now, mine.attempt, "", "the database could not be written")
        return due if queue.hand_back(db, mine, line, due) else None
    # A fault of the program comes back each time: uncounted, the job would be begun again for ever.
    line = log_line(now, mine.attempt, "", f"could not be ended, reference {reference}")
    if queue.get_ends(db, mine).faults >= len(RETRY_AFTER):
        queue.fail(db, mine, unended_sentence(reference), line, now)
        return None
    return due if queue.requeue_after_fault(db, mine, line, due) else None


def _attempt(desk: Desk, db: Database, job: Job, snapshot: str, watch: "_Progress") -> datetime | None:
    mine = watch.mine
    try:
        _work(desk, db, job, snapshot, watch)
    except _TakenAway:
        _log.warning("job %s: attempt %d was given up, the job is another's now", mine.job, mine.attempt)
    except _CancelAsked:
        queue.cancel_running(db, mine, desk.now())
        _log.info("job %s: cancelled", mine.job)
    except _Overtime:
        _fail(desk, db, watch, overtime_sentence(job, watch.limit), "took too long")
    except OutOfOrder as trouble:
        return _after_fault(desk, db, job, watch, trouble)
    except DeskError as refusal:
        _fail(desk, db, watch, str(refusal), type(refusal).__name__, _known_of(refusal))
    except Exception as error:
        return _after_fault(desk, db, job, watch, error)
    return None


def _work(desk: Desk, db: Database, job: Job, snapshot: str, watch: "_Progress") -> None:
    mine = watch.mine
    _log.info("job %s: attempt %d, %s", job.id, mine.attempt, job.type)
    try:
        keep = MAKERS[job.type](desk, mine, job, snapshot, watch)
        with writing(db):
            # Both or neither, and only while the job is ours: a job has one file, whoever else tried.
            if not complete_job(db, mine, keep(db), desk.now()):
                raise _TakenAway
    except BaseException:
        discard_file(desk, mine, job.organisation)
        raise
    _log.info("job %s: completed", job.id)


def _fail(
    desk: Desk, db: Database, watch: "_Progress", sentence: str, what: str, known: dict[str, object] | None = None
) -> None:
    now, mine = desk.now(), watch.mine
    with writing(db):
        fail_job(db, mine, sentence, log_line(now, mine.attempt, watch.text, what), now, known)
    _log.info("job %s: failed: %s", mine.job, sentence)


def _known_of(refusal: DeskError) -> dict[str, object]:
    """The result of a refused job: how many findings were kept, where there are any."""
    if not isinstance(refusal, NotASchedule) or not refusal.findings:
        return {}
    return {"findings": len(refusal.findings), **count_findings(refusal.findings)}


def _after_fault(desk: Desk, db: Database, job: Job, watch: "_Progress", error: Exception) -> datetime | None:
    mine, reference = watch.mine, uuid4().hex[:8]
    told = "job %s: attempt %d went wrong, reference %s"
    _log.exception(told, mine.job, mine.attempt, reference, extra={"reference": reference})
    what = f"{type(error).__name__}, reference {reference}"
    if queue.is_cancel_asked(db, mine.job):
        queue.cancel_running(db, mine, desk.now())
        return None
    faults = queue.get_ends(db, mine).faults
    if faults >= len(RETRY_AFTER):
        trouble = trouble_of(error)
        _fail(desk, db, watch, str(trouble) if trouble else fault_sentence(job, reference), what)
        return None
    due = desk.now() + RETRY_AFTER[faults]
    line = log_line(desk.now(), mine.attempt, watch.text, what)
    return due if queue.requeue_after_fault(db, mine, line, due) else None


def longest_attempt(settings: Settings) -> float:
    """Seconds after which an attempt was ended by its heart, unless that cannot beat either."""
    longest = max(settings.job_seconds, settings.read_seconds + _APART_SECONDS)
    return longest + HANG_SECONDS + 2 * settings.heartbeat_seconds


def _limit(desk: Desk, job: Job) -> int:
    """Seconds that the job may run; what is read apart has a limit of its own, which must be met first."""
    apart = job.type in (JobType.READ, JobType.FINDINGS)
    return max(desk.settings.job_seconds, desk.settings.read_seconds + _APART_SECONDS if apart else 0)


class _Progress:
    """Writes the steps of one attempt, which also shows that the worker lives; stops it where asked."""

    def __init__(self, desk: Desk, db: Database, mine: Claim, limit: int) -> None:
        self.mine = mine
        self.text = ""
        self.limit = limit
        self._desk = desk
        self._db = db
        self._percent = 0
        self._began = time.monotonic()

    @property
    def overtime(self) -> float:
        """Seconds beyond the limit; negative before it. No clock that is set changes them."""
        return time.monotonic() - self._began - self.limit

    def __call__(self, percent: int, text: str) -> None:
        """Reach a percentage (0-100, never falling) of a step; raises where the job is not to go on."""
        percent = max(percent, self._percent)
        if text == self.text and percent == self._percent:
            return
        if not self._save(percent, text, self._desk.now()):
            raise _TakenAway
        self._refuse_unwanted()
        self._percent, self.text = percent, text

    def check(self) -> None:
        """Raise where the job was cancelled or given to another, or takes too long."""
        if not queue.is_ours(self._db, self.mine):
            raise _TakenAway
        self._refuse_unwanted()

    def _refuse_unwanted(self) -> None:
        if queue.is_cancel_asked(self._db, self.mine.job):
            raise _CancelAsked
        if self.overtime > 0:
            raise _Overtime

    def _save(self, percent: int, text: str, now: datetime) -> bool:
        if text == self.text:
            return queue.save_progress(self._db, self.mine, percent, now)
        return queue.add_step(self._db, self.mine, Step(percent, text, now, self.mine.attempt))


@contextmanager
def _kept_alive(desk: Desk, job: Job, watch: _Progress, end_process: Callable[[], None]) -> Iterator[None]:
    """Beat the job's heart from a thread, so that a long step does not look like a death."""
    stop = Event()
    heart = Thread(
        target=_beat_heart, args=(desk, job, watch, end_process, stop), name=f"heart of {job.id}", daemon=True
    )
    heart.start()
    try:
        yield
    finally:
        stop.set()
        heart.join()


def _beat_heart(desk: Desk, job: Job, watch: _Progress, end_process: Callable[[], None], stop: Event) -> None:
    while not stop.wait(desk.settings.heartbeat_seconds):
        try:
            with about_job(job.id, watch.mine.worker), desk.open_db() as db:
                if watch.overtime > HANG_SECONDS:
                    # It never asked whether it may go on, so it never will.
                    _fail(desk, db, watch, overtime_sentence(job, watch.limit), "hung, so its worker was ended")
                    end_process()
                    return
                queue.heartbeat(db, watch.mine, desk.now())
        except Exception:
            # A beat missed is made up by the next one; a thread that ends would let the job look dead.
            _log.exception("job %s: a heartbeat could not be written", job.id)
