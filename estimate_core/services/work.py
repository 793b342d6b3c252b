"""What the worker does: run a job, keep it alive, end it well or badly.

A refusal made on purpose fails the job with its sentence at once. Any other error is logged with a traceback
under a short reference and tried again, each time later; the person only ever reads a sentence with the
reference.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread
from uuid import uuid4

from estimate_core.desk import Desk, Watch
from estimate_core.domain.errors import DeskError, NotASchedule
from estimate_core.domain.job import MAX_ATTEMPTS, OF_ESTIMATES, Job, JobType, Step
from estimate_core.services.comparing import make_comparison
from estimate_core.services.content import count_findings
from estimate_core.services.making import Keep, discard_file, make_estimate
from estimate_core.services.marking import make_findings
from estimate_core.services.printing import make_pdf
from estimate_core.services.reading import read_upload
from estimate_core.services.uploads import dismiss_left_uploads
from estimate_core.storage import jobs as rows
from estimate_core.storage.database import Database, writing
from estimate_core.storage.jobs import Claim

_log = logging.getLogger(__name__)

RETRY_AFTER = (timedelta(seconds=2), timedelta(seconds=10))
"""How long a job rests after its first and its second attempt."""
RING_AFTER = timedelta(seconds=5)
MAX_RINGS = 100
_TEMPORARY_FOR = timedelta(hours=1)
COMPLETE = "Complete"
_STOPPED = (
    "The worker stopped {attempts} times while it {done} this {what}. Try again; if it happens again, {mend} or "
    "tell whoever looks after Estimate Desk."
)
_FAULT = (
    "The {what} could not be {done} because of a fault in the program (reference {reference}). Try again; "
    "if it happens again, give the reference to whoever looks after Estimate Desk."
)
_SMALLER_ESTIMATE, _SMALLER_SCHEDULE = "make a smaller estimate", "split the schedule into several workbooks"

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


def run_job(desk: Desk, job_id: str, worker_id: str) -> datetime | None:
    """Claim and run a job; nothing happens where it is not queued.

    Gives the time at which the job wants to be rung again, or None.
    """
    with desk.open_db() as db:
        with writing(db):
            mine = rows.claim(db, job_id, worker_id, desk.now())
        if mine is None:
            return rows.find_due(db, job_id)
        with _kept_alive(desk, mine):
            return _attempt(desk, db, mine)


def _attempt(desk: Desk, db: Database, mine: Claim) -> datetime | None:
    progress = _Progress(desk, db, mine)
    try:
        _work(desk, db, mine, progress)
    except _TakenAway:
        _log.warning("job %s: attempt %d was given up, the job is another's now", mine.job, mine.attempt)
    except _CancelAsked:
        rows.cancel_running(db, mine, desk.now())
        _log.info("job %s: cancelled", mine.job)
    except DeskError as refusal:
        line = _log_line(desk, progress, type(refusal).__name__)
        rows.fail(db, mine, str(refusal), line, desk.now(), _known_of(refusal))
        _log.info("job %s: failed: %s", mine.job, refusal)
    except Exception as error:
        return _after_fault(desk, db, progress, error)
    return None


def _work(desk: Desk, db: Database, mine: Claim, progress: "_Progress") -> None:
    job, snapshot = rows.get_work(db, mine.job)
    _log.info("job %s: attempt %d, %s", job.id, mine.attempt, job.type)
    try:
        keep = MAKERS[job.type](desk, mine, job, snapshot, progress)
        with writing(db):
            # Both or neither, and only while the job is ours: a job has one file, whoever else tried.
            last = Step(100, COMPLETE, desk.now(), mine.attempt)
            if not rows.complete(db, mine, keep(db), last):
                raise _TakenAway
    except BaseException:
        discard_file(desk, mine, job.organisation)
        raise
    _log.info("job %s: completed", job.id)


def _known_of(refusal: DeskError) -> dict[str, object]:
    """The result of a refused job: how many findings were kept, where there are any."""
    if not isinstance(refusal, NotASchedule) or not refusal.findings:
        return {}
    return {"findings": len(refusal.findings), **count_findings(refusal.findings)}


def _after_fault(desk: Desk, db: Database, progress: "_Progress", error: Exception) -> datetime | None:
    mine, reference = progress.mine, uuid4().hex[:8]
    _log.exception("job %s: attempt %d went wrong, reference %s", mine.job, mine.attempt, reference)
    line = _log_line(desk, progress, f"{type(error).__name__}, reference {reference}")
    if rows.is_cancel_asked(db, mine.job):
        rows.cancel_running(db, mine, desk.now())
        return None
    if mine.attempt >= MAX_ATTEMPTS:
        sentence = _FAULT.format(reference=reference, **_words(rows.get_work(db, mine.job)[0]))
        rows.fail(db, mine, sentence, line, desk.now())
        return None
    due = desk.now() + RETRY_AFTER[mine.attempt - 1]
    return due if rows.requeue(db, mine, line, due) else None


def _log_line(desk: Desk, progress: "_Progress", what: str) -> str:
    at = desk.now().isoformat(timespec="seconds")
    return f"{at} attempt {progress.mine.attempt}, at \u201c{progress.text}\u201d: {what}"


class _Progress:
    """Writes the steps of one attempt, which also shows that the worker lives; stops it where asked."""

    def __init__(self, desk: Desk, db: Database, mine: Claim) -> None:
        self.mine = mine
        self.text = ""
        self._desk = desk
        self._db = db
        self._percent = 0

    def __call__(self, percent: int, text: str) -> None:
        """Reach a percentage (0-100, never falling) of a step; raises where the job is not to go on."""
        percent = max(percent, self._percent)
        if text == self.text and percent == self._percent:
            return
        if not self._save(percent, text, self._desk.now()):
            raise _TakenAway
        if rows.is_cancel_asked(self._db, self.mine.job):
            raise _CancelAsked
        self._percent, self.text = percent, text

    def check(self) -> None:
        """Raise where the job was cancelled or given to another."""
        if not rows.is_ours(self._db, self.mine):
            raise _TakenAway
        if rows.is_cancel_asked(self._db, self.mine.job):
            raise _CancelAsked

    def _save(self, percent: int, text: str, now: datetime) -> bool:
        if text == self.text:
            return rows.save_progress(self._db, self.mine, percent, now)
        return rows.add_step(self._db, self.mine, Step(percent, text, now, self.mine.attempt))


@contextmanager
def _kept_alive(desk: Desk, mine: Claim) -> Iterator[None]:
    """Beat the job's heart from a thread, so that a long step does not look like a death."""
    stop = Event()
    thread = Thread(target=_beat_heart, args=(desk, mine, stop), name=f"heart of {mine.job}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat_heart(desk: Desk, mine: Claim, stop: Event) -> None:
    while not stop.wait(desk.settings.heartbeat_seconds):
        try:
            with desk.open_db() as db:
                rows.heartbeat(db, mine, desk.now())
        except Exception:
            # A beat missed is made up by the next one; a thread that ends would let the job look dead.
            _log.exception("job %s: a heartbeat could not be written", mine.job)


def recover_jobs(desk: Desk, ring_after: timedelta = RING_AFTER) -> None:
    """Take back running jobs whose worker fell silent, and ring again for queued ones that wait a while.

    Safe at any time and as often as wanted: a second ring finds nothing to claim.
    """
    now = desk.now()
    with desk.open_db() as db:
        silent_since = now - timedelta(seconds=desk.settings.stale_seconds)
        _take_back(desk, db, lambda: rows.find_stale_running(db, silent_since))
        waiting = rows.find_queued(db, now - ring_after, now, MAX_RINGS)
    for job_id in waiting:
        desk.enqueue(job_id)
    desk.files.delete_stale_temporaries(now - _TEMPORARY_FOR)
    dismiss_left_uploads(desk)


def take_back_jobs(desk: Desk, workers: str) -> None:
    """Take back at once what workers whose id begins so were at; the caller knows that they are dead."""
    with desk.open_db() as db:
        _take_back(desk, db, lambda: rows.find_running_of(db, workers))


def _take_back(desk: Desk, db: Database, find: Callable[[], list[Claim]]) -> None:
    with writing(db):
        # Found and taken in one transaction: a worker that beats in between keeps its job.
        taken = [dead for dead in find() if _end_attempt(db, dead, desk.now())]
    for dead in taken:
        job, _ = rows.get_work(db, dead.job)
        discard_file(desk, dead, job.organisation)
        _log.warning("job %s: taken back from %s after attempt %d", dead.job, dead.worker, dead.attempt)


def _end_attempt(db: Database, dead: Claim, now: datetime) -> bool:
    """Queue the job of a dead worker again, or end it: after its last attempt, or where a person asked to."""
    line = f"{now.isoformat(timespec='seconds')} attempt {dead.attempt}: the worker stopped"
    if rows.is_cancel_asked(db, dead.job):
        return rows.cancel_running(db, dead, now)
    if dead.attempt >= MAX_ATTEMPTS:
        sentence = _STOPPED.format(attempts=dead.attempt, **_words(rows.get_work(db, dead.job)[0]))
        return rows.fail(db, dead, sentence, line, now)
    return rows.requeue(db, dead, line)


def _words(job: Job) -> dict[str, str]:
    return {
        "what": "PDF" if job.type is JobType.PDF else "workbook",
        "done": "read" if job.type is JobType.READ else "made",
        "mend": _SMALLER_ESTIMATE if job.type in OF_ESTIMATES else _SMALLER_SCHEDULE,
    }


def beat(desk: Desk, worker_id: str) -> None:
    """Tell that a worker process lives."""
    with desk.open_db() as db:
        rows.beat(db, worker_id, desk.now())


def leave(desk: Desk, worker_id: str) -> None:
    """Tell that a worker process ends: what it still runs goes back into the queue."""
    take_back_jobs(desk, worker_id)
    with desk.open_db() as db:
        rows.drop_worker(db, worker_id)
