"""Jobs as people meet them: submit, look, try again, cancel.

The job's row is the truth and the doorbell (`desk.enqueue`) only carries its id: a ring that is lost is rung
again by the worker's recovery, and a ring too many finds nothing to claim.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median_high as median
from typing import Any
from uuid import uuid4

from estimate_core.desk import Desk as Desk  # pages name the desk's type through here
from estimate_core.domain.audit import Deed
from estimate_core.domain.errors import BadInput, NotNow
from estimate_core.domain.estimate import Estimate, price
from estimate_core.domain.job import Job, JobType, Output, Status
from estimate_core.domain.office import Office
from estimate_core.domain.people import Action, User
from estimate_core.domain.schedule import Schedule
from estimate_core.services.auditing import record_job
from estimate_core.services.doors import allowed
from estimate_core.services.quotas import check_active, check_submission
from estimate_core.services.schedules import get_schedule_card, load_schedule
from estimate_core.storage import estimates, outputs, queue
from estimate_core.storage import jobs as rows
from estimate_core.storage.database import Database, writing
from estimate_core.storage.office import get_office, office_from_json, office_to_json
from estimate_core.storage.people import list_names

_BEATS_MISSED = 3
_RECENT = 25
NO_ITEMS = "No items selected. Add an item to the estimate, then generate."
_DISMISSED = "The workbook that this job read was dismissed or uploaded again. Upload it again on Schedules."


@dataclass(frozen=True)
class Snapshot:
    """What a job was asked to make, frozen when it was submitted.

    `asked` tells one request of a program from another; empty where a person asked on a page.
    """

    estimate: Estimate
    schedule_hash: str
    schedule_title: str
    office: Office = Office()
    asked: str = ""


@dataclass(frozen=True)
class WorkerHealth:
    """How many workers live, when one was last seen, and how many jobs wait."""

    workers: int
    last_seen: datetime | None
    queued: int

    @property
    def alive(self) -> bool:
        """True where any worker lives."""
        return self.workers > 0


@dataclass(frozen=True)
class QueuePlace:
    """Where a queued job stands, 1 for the next, and how long it may wait; None where nothing tells that."""

    place: int
    wait: timedelta | None


@allowed(Action.WRITE)
def submit_job(desk: Desk, user: User, estimate_id: str, job_type: JobType) -> Job:
    """Freeze the estimate as it stands into a new queued job and ring the worker.

    Raises BadInput for an estimate without lines, or whose charges cannot be computed.
    """
    with desk.open_db() as db:
        saved = estimates.get_estimate(db, user.organisation, estimate_id)
        office = get_office(db, user.organisation)
    card = get_schedule_card(desk, user, saved.schedule)
    refuse_unpriced(saved.estimate, load_schedule(desk, user, card.id))
    frozen = saved.estimate
    job = new_job(
        user.organisation, user.id, job_type, frozen.name, desk.now(), estimate_id, card.id, len(frozen.lines)
    )
    snapshot = Snapshot(frozen, card.content_hash, card.title, office)
    return queue_job(desk, user, job, snapshot_text(snapshot), card.title)


def queue_job(
    desk: Desk,
    user: User,
    job: Job,
    snapshot: str,
    schedule_title: str,
    key: str | None = None,
    deed: Deed = Deed.ASKED_FOR,
) -> Job:
    """Write a new job of the person with what it was asked to make (JSON), and only then ring the worker.

    Where the person has a job of that key, it is given and nothing is written.
    """
    with desk.open_db() as db, writing(db):
        # In the transaction that writes: of two that ask at once, one finds what the other wrote.
        known = rows.find_by_key(db, job.organisation, job.user, key) if key else None
        if known:
            return known[0]
        check_submission(desk, db, job.organisation, job.user)
        rows.insert_job(db, job, snapshot, schedule_title, key=key)
        record_job(db, user, job.created, deed, job)
    desk.enqueue(job.id)
    return job


@allowed(Action.READ)
def list_jobs(desk: Desk, user: User, limit: int = 100) -> list[Job]:
    """The organisation's jobs, newest first."""
    with desk.open_db() as db:
        return rows.list_jobs(db, user.organisation, limit)


@allowed(Action.READ)
def get_job(desk: Desk, user: User, job_id: str) -> Job:
    """One job; NotFound for absent and foreign ones alike."""
    with desk.open_db() as db:
        return rows.get_job(db, user.organisation, job_id)


@allowed(Action.READ)
def list_outputs(desk: Desk, user: User, job_id: str) -> list[Output]:
    """The files that a job made; NotFound for absent and foreign jobs alike."""
    with desk.open_db() as db:
        rows.get_job(db, user.organisation, job_id)
        return outputs.list_outputs(db, user.organisation, job_id)


@allowed(Action.WRITE)
def retry_job(desk: Desk, user: User, job_id: str) -> Job:
    """Queue a failed job again with all its attempts; NotNow where it has not failed."""
    with desk.open_db() as db, writing(db):
        job = rows.get_job(db, user.organisation, job_id)
        check_active(desk, db, user.organisation, user.id)
        if not rows.retry_failed(db, user.organisation, job_id):
            if job.status is Status.FAILED:
                raise NotNow(_DISMISSED)
            raise NotNow(f"Only a failed job can be tried again; this one is {job.status}.")
        record_job(db, user, desk.now(), Deed.RETRIED, job)
        job = rows.get_job(db, user.organisation, job_id)
    desk.enqueue(job_id)
    return job


@allowed(Action.WRITE)
def cancel_job(desk: Desk, user: User, job_id: str) -> Job:
    """Cancel a queued job at once, or ask a running one to stop; NotNow where it is complete."""
    with desk.open_db() as db, writing(db):
        job = rows.get_job(db, user.organisation, job_id)
        cancelled = rows.cancel_queued(db, user.organisation, job_id, desk.now())
        if not cancelled and not rows.ask_cancel(db, user.organisation, job_id):
            raise NotNow(f"This job is {job.status} already, so it cannot be cancelled.")
        record_job(db, user, desk.now(), Deed.CANCELLED, job)
        return rows.get_job(db, user.organisation, job_id)


def worker_health(desk: Desk) -> WorkerHealth:
    """The workers that were seen within the last heartbeats, and how many jobs wait."""
    with desk.open_db() as db:
        return _health(desk, db)


def _health(desk: Desk, db: Database) -> WorkerHealth:
    beats, queued = queue.list_beats(db), queue.count_queued(db)
    patience = timedelta(seconds=desk.settings.heartbeat_seconds * _BEATS_MISSED)
    # A beat of a later time was written before the clock was set back.
    living = [beat for beat in beats if abs(desk.now() - beat) <= patience]
    known = living or [*beats, *([ended] if (ended := queue.find_last_ended(db)) else [])]
    return WorkerHealth(len(living), max(known, default=None), queued)


@allowed(Action.READ)
def list_active_jobs(desk: Desk, user: User) -> list[Job]:
    """The person's own jobs that are queued or running, oldest first."""
    with desk.open_db() as db:
        return rows.list_active_of(db, user.organisation, user.id)


@allowed(Action.READ)
def list_people(desk: Desk, user: User) -> dict[str, str]:
    """The names of the organisation's people by their ids."""
    with desk.open_db() as db:
        return list_names(db, user.organisation)


@allowed(Action.READ)
def list_queue_places(desk: Desk, user: User) -> dict[str, QueuePlace]:
    """Where each queued job of the organisation stands, by its id."""
    with desk.open_db() as db:
        places, times = queue.list_places(db, user.organisation), queue.recent_times(db, _RECENT)
        workers = _health(desk, db).workers
    return {job_id: _place(place, times, workers) for job_id, place in places.items()}


@allowed(Action.READ)
def find_queue_place(desk: Desk, user: User, job_id: str) -> QueuePlace | None:
    """Where a job stands in the queue, or None where it is not queued; NotFound for absent and foreign ones alike."""
    with desk.open_db() as db:
        rows.get_job(db, user.organisation, job_id)
        place, times = queue.find_place(db, user.organisation, job_id), queue.recent_times(db, _RECENT)
        workers = _health(desk, db).workers
    return _place(place, times, workers) if place else None


def _place(place: int, times: list[timedelta], workers: int) -> QueuePlace:
    known = bool(times) and workers > 0
    return QueuePlace(place, median(times) * ceil(place / workers) if known else None)


def snapshot_text(snapshot: Snapshot) -> str:
    """The snapshot as JSON text."""
    state: dict[str, Any] = {
        "estimate": estimates.estimate_to_json(snapshot.estimate),
        "schedule_hash": snapshot.schedule_hash,
        "schedule_title": snapshot.schedule_title,
        "office": office_to_json(snapshot.office),
        "asked": snapshot.asked,
    }
    return json.dumps(state, ensure_ascii=False, separators=(",", ":"))


def read_snapshot(text: str) -> Snapshot:
    """The snapshot that `snapshot_text` spelled; one of before offices were kept has the usual signatures."""
    state = json.loads(text)
    estimate = estimates.estimate_from_json(state["estimate"])
    office = office_from_json(state.get("office", {}))
    return Snapshot(estimate, state["schedule_hash"], state["schedule_title"], office, state.get("asked", ""))


def refuse_unpriced(estimate: Estimate, schedule: Schedule) -> None:
    """Raise BadInput for an estimate without lines, or whose charges cannot be computed."""
    if not estimate.lines:
        raise BadInput(NO_ITEMS)
    problem = price(estimate, schedule).problem
    if problem:
        raise BadInput(problem)


def new_job(
    organisation: str,
    user_id: str,
    job_type: JobType,
    work_name: str,
    now: datetime,
    estimate: str = "",
    schedule: str = "",
    lines: int = 0,
) -> Job:
    """A queued job that is not written yet; `schedule` is the one that it reads from, or makes."""
    return Job(
        id=str(uuid4()),
        organisation=organisation,
        user=user_id,
        type=job_type,
        status=Status.QUEUED,
        progress=0,
        step="",
        steps=(),
        work_name=work_name,
        estimate=estimate,
        schedule=schedule,
        lines=lines,
        result={},
        error_message="",
        error_log="",
        attempts=0,
        created=now,
        started=None,
        completed=None,
    )
