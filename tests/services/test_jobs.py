"""Jobs as people meet them: submit, look, try again, cancel, download."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, NotFound, NotNow
from estimate_core.domain.job import Job, JobType, Status, Step
from estimate_core.domain.office import Office
from estimate_core.domain.people import User
from estimate_core.services import estimates, jobs, recovery
from estimate_core.services.jobs import QueuePlace
from estimate_core.services.making import output_filename
from estimate_core.services.office import save_office
from estimate_core.services.schedules import ScheduleCard
from estimate_core.storage import jobs as rows
from estimate_core.storage import queue
from estimate_core.storage.database import writing
from tests.conftest import CABLE, FAN, ROW_OF, Clock

WORKER = "here/1"


@pytest.fixture
def estimate_id(desk: Desk, user: User, schedule: ScheduleCard) -> str:
    """An estimate of two fans and 10.5 m of cable."""
    opened = estimates.create_estimate(desk, user, schedule.id, "Wiring of the hall")
    for name, quantity in ((FAN.name, "2"), (CABLE.name, "10.5")):
        _, line = estimates.add_item(desk, user, opened.id, ROW_OF[name])
        estimates.set_quantity(desk, user, opened.id, line, quantity)
    return opened.id


@pytest.fixture
def job(desk: Desk, user: User, estimate_id: str) -> Job:
    """A queued job of that estimate."""
    return jobs.submit_job(desk, user, estimate_id, JobType.ESTIMATE)


def fail(desk: Desk, job_id: str) -> None:
    with desk.open_db() as db:
        mine = queue.claim_next(db, WORKER, desk.now())
        assert mine
        queue.fail(db, mine, "The schedule is gone.", "log", desk.now())


def test_a_submitted_job_is_queued_and_rung(
    desk: Desk, user: User, estimate_id: str, rung: list[str], clock: Clock
) -> None:
    job = jobs.submit_job(desk, user, estimate_id, JobType.OUTPUT)

    assert rung == [job.id]
    assert jobs.get_job(desk, user, job.id) == job
    assert (job.status, job.type, job.lines, job.created) == (Status.QUEUED, JobType.OUTPUT, 2, clock.at)
    assert (job.work_name, job.estimate) == ("Wiring of the hall", estimate_id)


def test_the_bell_is_rung_only_after_the_job_is_committed(desk: Desk, user: User, estimate_id: str) -> None:
    seen: list[Status] = []
    nosy = replace(desk, enqueue=lambda job_id: seen.append(jobs.get_job(desk, user, job_id).status))

    jobs.submit_job(nosy, user, estimate_id, JobType.ESTIMATE)

    assert seen == [Status.QUEUED]


def test_a_bell_that_fails_leaves_a_queued_job_that_recovery_rings(
    desk: Desk, user: User, estimate_id: str, rung: list[str], clock: Clock
) -> None:
    def broken(job_id: str) -> None:
        raise OSError("no queue")

    with pytest.raises(OSError, match="no queue"):
        jobs.submit_job(replace(desk, enqueue=broken), user, estimate_id, JobType.ESTIMATE)
    clock.move(10)
    recovery.recover_jobs(desk)

    [job] = jobs.list_jobs(desk, user)
    assert job.status is Status.QUEUED
    assert rung == [job.id]


def test_later_edits_do_not_change_a_submitted_job(desk: Desk, user: User, estimate_id: str, job: Job) -> None:
    estimates.clear_lines(desk, user, estimate_id)
    estimates.rename_estimate(desk, user, estimate_id, "Another work")

    with desk.open_db() as db:
        frozen = jobs.read_snapshot(rows.get_work(db, job.id)[1])

    assert frozen.estimate.name == "Wiring of the hall"
    assert [str(line.quantity) for line in frozen.estimate.lines] == ["2", "10.5"]
    assert frozen.schedule_title == "Electrical 2025-26"


def test_the_office_is_frozen_with_the_job(desk: Desk, user: User, estimate_id: str) -> None:
    before = save_office(desk, user, "Roads and Buildings", ["Checked by\nA.E.E."])
    job = jobs.submit_job(desk, user, estimate_id, JobType.ESTIMATE)

    save_office(desk, user, "Panchayat Raj", [])

    with desk.open_db() as db:
        text = rows.get_work(db, job.id)[1]
    assert jobs.read_snapshot(text).office == before
    old = json.dumps({name: value for name, value in json.loads(text).items() if name != "office"})
    assert jobs.read_snapshot(old).office == Office()


def test_an_estimate_without_lines_is_refused(desk: Desk, user: User, schedule: ScheduleCard, rung: list[str]) -> None:
    empty = estimates.create_estimate(desk, user, schedule.id)

    with pytest.raises(BadInput, match="No items selected"):
        jobs.submit_job(desk, user, empty.id, JobType.OUTPUT)

    assert (jobs.list_jobs(desk, user), rung) == ([], [])


def test_an_estimate_whose_charges_cannot_be_computed_is_refused(
    desk: Desk, user: User, estimate_id: str, rung: list[str]
) -> None:
    estimates.set_grand_total(desk, user, estimate_id, "1")

    with pytest.raises(BadInput, match="grand total"):
        jobs.submit_job(desk, user, estimate_id, JobType.OUTPUT)

    assert (jobs.list_jobs(desk, user), rung) == ([], [])


def test_a_stranger_finds_neither_estimate_nor_job_nor_its_files(
    desk: Desk, stranger: User, user: User, estimate_id: str, job: Job
) -> None:
    for attempt in (
        lambda: jobs.submit_job(desk, stranger, estimate_id, JobType.OUTPUT),
        lambda: jobs.get_job(desk, stranger, job.id),
        lambda: jobs.list_outputs(desk, stranger, job.id),
        lambda: jobs.cancel_job(desk, stranger, job.id),
        lambda: jobs.retry_job(desk, stranger, job.id),
    ):
        with pytest.raises(NotFound):
            attempt()

    assert jobs.list_jobs(desk, stranger) == []
    assert jobs.get_job(desk, user, job.id).status is Status.QUEUED


def test_a_colleague_sees_the_job(desk: Desk, colleague: User, job: Job) -> None:
    assert jobs.get_job(desk, colleague, job.id) == job


def test_a_failed_job_is_tried_again_as_if_new(desk: Desk, user: User, job: Job, rung: list[str]) -> None:
    fail(desk, job.id)

    again = jobs.retry_job(desk, user, job.id)

    assert (again.status, again.attempts, again.error_message) == (Status.QUEUED, 1, "")
    assert rung == [job.id, job.id]


def test_a_job_that_has_not_failed_cannot_be_tried_again(desk: Desk, user: User, job: Job, rung: list[str]) -> None:
    with pytest.raises(NotNow, match="queued"):
        jobs.retry_job(desk, user, job.id)

    assert rung == [job.id]


def test_a_queued_job_is_cancelled_at_once(desk: Desk, user: User, job: Job) -> None:
    cancelled = jobs.cancel_job(desk, user, job.id)

    assert (cancelled.status, cancelled.is_complete) == (Status.CANCELLED, True)


def test_a_running_job_is_asked_to_stop(desk: Desk, user: User, job: Job) -> None:
    with desk.open_db() as db:
        queue.claim_next(db, WORKER, desk.now())

    asked = jobs.cancel_job(desk, user, job.id)

    with desk.open_db() as db:
        assert queue.is_cancel_asked(db, job.id)
    assert asked.status is Status.RUNNING


def test_a_complete_job_cannot_be_cancelled(desk: Desk, user: User, job: Job) -> None:
    fail(desk, job.id)

    with pytest.raises(NotNow, match="failed"):
        jobs.cancel_job(desk, user, job.id)

    assert jobs.get_job(desk, user, job.id).status is Status.FAILED


def test_the_workers_health_follows_its_beats(desk: Desk, job: Job, clock: Clock) -> None:
    before = jobs.worker_health(desk)
    recovery.beat(desk, WORKER)
    beating = jobs.worker_health(desk)
    last_beat = clock.at
    clock.move(60)
    silent = jobs.worker_health(desk)

    assert (before.alive, before.last_seen, before.queued) == (False, None, 1)
    assert (beating.alive, beating.last_seen) == (True, last_beat)
    assert (silent.alive, silent.last_seen) == (False, last_beat)


def test_a_beat_from_before_the_clock_was_set_back_is_no_sign_of_life(desk: Desk, clock: Clock) -> None:
    recovery.beat(desk, "here/dead")
    clock.move(-3600)
    before = jobs.worker_health(desk)

    recovery.beat(desk, WORKER)

    after = jobs.worker_health(desk)
    assert (before.alive, after.workers, after.last_seen) == (False, 1, clock.at)


def test_a_queued_job_knows_its_place_and_about_how_long_it_waits(
    desk: Desk, user: User, estimate_id: str, clock: Clock
) -> None:
    quick, *waiting = (jobs.submit_job(desk, user, estimate_id, JobType.ESTIMATE) for _ in range(4))
    unknown = jobs.find_queue_place(desk, user, waiting[2].id)
    with desk.open_db() as db, writing(db):
        mine = queue.claim_next(db, WORKER, clock.at)
        assert mine
        queue.complete(db, mine, {}, Step(100, "Complete", clock.at + timedelta(seconds=10)))
    for worker in ("here/1", "here/2"):
        recovery.beat(desk, worker)

    places = [jobs.find_queue_place(desk, user, job.id) for job in (quick, *waiting)]

    assert unknown == QueuePlace(4, None)
    assert places == [
        None,
        *(QueuePlace(place, timedelta(seconds=wait)) for place, wait in ((1, 10), (2, 10), (3, 20))),
    ]


def test_a_stranger_does_not_learn_the_place_of_a_job(desk: Desk, stranger: User, job: Job) -> None:
    with pytest.raises(NotFound):
        jobs.find_queue_place(desk, stranger, job.id)


@pytest.mark.parametrize(
    ("job_type", "work_name", "filename"),
    [
        (JobType.ESTIMATE, "Wiring of the hall", "Estimate - Wiring of the hall.xlsx"),
        (JobType.OUTPUT, "Hall", "Estimate + Datas - Hall.xlsx"),
        (JobType.PDF, "Hall", "Estimate - Hall.pdf"),
        (JobType.ESTIMATE, "", "Estimate - Untitled work.xlsx"),
        (JobType.ESTIMATE, "///", "Estimate - Untitled work.xlsx"),
        (JobType.ESTIMATE, "../../etc/passwd", "Estimate - .. .. etc passwd.xlsx"),
        (JobType.ESTIMATE, 'a<b>c:d"e|f?g*h\\i', "Estimate - a b c d e f g h i.xlsx"),
        (JobType.ESTIMATE, "a\u202egpj.exe\n\tb", "Estimate - a gpj.exe b.xlsx"),
        (JobType.ESTIMATE, "Phase 2. ...", "Estimate - Phase 2.xlsx"),
        (JobType.ESTIMATE, "\u0c35\u0c3f\u0c26\u0c4d\u0c2f\u0c41\u0c24\u0c4d", None),
    ],
)
def test_a_files_name_is_safe_everywhere(job_type: JobType, work_name: str, filename: str | None) -> None:
    assert output_filename(job_type, work_name) == (filename or f"Estimate - {work_name}.xlsx")


@pytest.mark.parametrize("character", ["x", "\u0c35", "\U0001f4a1"])
def test_a_files_name_is_short_in_characters_and_bytes(character: str) -> None:
    name = output_filename(JobType.OUTPUT, character * 500)

    assert len(name) <= 85
    assert len(name.encode()) <= 255
