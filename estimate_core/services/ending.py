"""How a job ends: completed, or failed with a sentence. Everything that is to happen with an end happens here."""

from collections.abc import Mapping
from datetime import datetime

from estimate_core.domain.job import OF_ESTIMATES, Job, JobType, Step
from estimate_core.domain.notice import Event
from estimate_core.services.notifying import tell
from estimate_core.storage import queue
from estimate_core.storage.database import Database
from estimate_core.storage.queue import Claim

COMPLETE = "Complete"
_SMALLER_ESTIMATE, _SMALLER_SCHEDULE = "make a smaller estimate", "split the schedule into several workbooks"
_KEEPER = "whoever looks after Estimate Desk"


def complete_job(db: Database, mine: Claim, result: Mapping[str, object], now: datetime) -> bool:
    """Running -> completed; False where the job is not this attempt's any more. Call inside `writing`."""
    if not queue.complete(db, mine, result, Step(100, COMPLETE, now, mine.attempt)):
        return False
    tell(db, mine.job, Event.COMPLETED, now)
    return True


def fail_job(
    db: Database, mine: Claim, sentence: str, line: str, now: datetime, known: Mapping[str, object] | None = None
) -> bool:
    """Running -> failed with its sentence, a line for its log, and what is known in spite of it; inside `writing`."""
    if not queue.fail(db, mine, sentence, line, now, known):
        return False
    tell(db, mine.job, Event.FAILED, now)
    return True


def log_line(now: datetime, attempt: int, step: str, what: str) -> str:
    """A line of a job's log: when, which attempt, at which step, what."""
    return f"{now.isoformat(timespec='seconds')} attempt {attempt}, at \u201c{step}\u201d: {what}"


def stopped_sentence(job: Job, times: int) -> str:
    """Why a job failed whose worker died that often."""
    what, done, mend = _words(job)
    return (
        f"The worker stopped {times} times while it {done} this {what}. Try again; if it happens again, {mend} or tell "
        f"{_KEEPER}."
    )


def fault_sentence(job: Job, reference: str) -> str:
    """Why a job failed that the program could not do."""
    what, done, _ = _words(job)
    return (
        f"The {what} could not be {done} because of a fault in the program (reference {reference}). Try again; if it "
        f"happens again, give the reference to {_KEEPER}."
    )


def unended_sentence(reference: str) -> str:
    """Why a job failed whose attempts could not even be ended: whatever it is, it may not be readable."""
    return (
        f"The job could not be ended because of a fault in the program (reference {reference}). Give the reference "
        f"to {_KEEPER}."
    )


def overtime_sentence(job: Job, seconds: int) -> str:
    """Why a job was ended that ran longer than it may."""
    what, done, mend = _words(job)
    return (
        f"The {what} was not {done} within {_span(seconds)}, so the job was ended. To go on, {mend}, or ask "
        f"{_KEEPER} to raise ESTIMATE_JOB_SECONDS."
    )


def _words(job: Job) -> tuple[str, str, str]:
    """What the job is about, what is done to it, and what may help."""
    what = "PDF" if job.type is JobType.PDF else "workbook"
    mend = _SMALLER_ESTIMATE if job.type in OF_ESTIMATES else _SMALLER_SCHEDULE
    return what, "read" if job.type is JobType.READ else "made", mend


def _span(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 120 else f"{seconds // 60} minutes"
