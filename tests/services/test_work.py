"""What the worker does: steps, faults, retries, cancelling, and recovery after a death."""

from collections.abc import Callable
from dataclasses import replace
from errno import ENOSPC
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import Mock

import openpyxl
import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import NotNow
from estimate_core.domain.job import Job, JobType, Output, Status
from estimate_core.domain.office import Cover
from estimate_core.domain.people import User
from estimate_core.services import estimates, jobs, making, office, recovery, schedules, work
from estimate_core.services.schedules import ScheduleCard
from estimate_core.storage import jobs as rows
from estimate_core.storage import queue
from estimate_core.storage.database import writing
from estimate_core.storage.queue import Claim
from estimate_core.workbook.output.pour import Order
from tests.conftest import CABLE, FAN, ROW_OF, Clock, reach_of

WORKER, OTHER = "here/1", "here/2"
Submit = Callable[..., str]


@pytest.fixture
def submit(desk: Desk, user: User, schedule: ScheduleCard) -> Submit:
    """A function that submits a job of a small estimate and gives its id."""

    def submit(job_type: JobType = JobType.ESTIMATE) -> str:
        opened = estimates.create_estimate(desk, user, schedule.id, "Wiring of the hall")
        for name in (FAN.name, CABLE.name):
            _, line = estimates.add_item(desk, user, opened.id, ROW_OF[name])
            estimates.set_quantity(desk, user, opened.id, line, "2")
        return jobs.submit_job(desk, user, opened.id, job_type).id

    return submit


@pytest.fixture
def broken_pour(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program with a fault: pouring raises in the middle."""

    def pour(mould: Any, order: Any, stream: Any, progress: Any) -> None:
        progress(30, "Building estimate workbook...")
        stream.write(b"half")
        raise KeyError("secret detail")

    monkeypatch.setattr(making, "pour", pour)


def look(desk: Desk, user: User, job_id: str) -> tuple[Job, list[Output]]:
    return jobs.get_job(desk, user, job_id), jobs.list_outputs(desk, user, job_id)


def published(desk: Desk) -> list[Path]:
    """Everything in the outputs' folders, half written files included."""
    return [path for path in desk.files.folder.glob("*/outputs/*") if path.is_file()]


def claim(desk: Desk, job_id: str, worker: str = WORKER) -> Claim:
    with desk.open_db() as db, writing(db):
        mine = queue.claim_next(db, worker, desk.now())
    assert mine is not None
    assert mine.job == job_id
    return mine


def silent_until_recovered(desk: Desk, clock: Clock) -> None:
    clock.move(desk.settings.stale_seconds + 1)
    recovery.recover_jobs(desk)


@pytest.mark.parametrize(
    ("job_type", "steps"),
    [
        (
            JobType.OUTPUT,
            [
                (5, "Loading backend data..."),
                (15, "Loading items and groups..."),
                (20, "Loading prefix data..."),
                (30, "Building Output sheet..."),
                (70, "Building Estimate sheet..."),
                (85, "Saving Excel file..."),
                (100, "Complete"),
            ],
        ),
        (
            JobType.ESTIMATE,
            [
                (10, "Loading items..."),
                (30, "Building estimate workbook..."),
                (80, "Saving Excel file..."),
                (100, "Complete"),
            ],
        ),
        (
            JobType.PDF,
            [
                (10, "Loading items..."),
                (30, "Laying out the pages..."),
                (40, "Drawing the pages..."),
                (85, "Saving PDF file..."),
                (100, "Complete"),
            ],
        ),
    ],
)
def test_a_job_goes_through_its_steps_in_order(
    desk: Desk, user: User, submit: Submit, clock: Clock, job_type: JobType, steps: list[tuple[int, str]]
) -> None:
    job_id = submit(job_type)

    again = work.run_next(desk, WORKER)

    job, [output] = look(desk, user, job_id)
    assert [(step.percent, step.text) for step in job.steps] == steps
    assert {step.attempt for step in job.steps} == {1}
    assert (again, job.status, job.progress, job.attempts) == (None, Status.COMPLETED, 100, 1)
    assert (job.started, job.completed, job.error_message) == (clock.at, clock.at, "")
    assert job.result["output"] == output.id
    assert [path.stat().st_size for path in published(desk)] == [output.size]


def test_progress_never_falls(desk: Desk, submit: Submit, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    percents: list[int] = []

    def pour(mould: Any, order: Any, stream: Any, progress: Any) -> None:
        for percent in (30, 44, 40, 70):
            clock.move(1)
            progress(percent, "Building Output sheet...")
            with desk.open_db() as db:
                percents.append(rows.get_work(db, job_id)[0].progress)

    monkeypatch.setattr(making, "pour", pour)
    job_id = submit(JobType.OUTPUT)

    work.run_next(desk, WORKER)

    assert percents == [30, 44, 44, 70]
    assert all(before <= after for before, after in pairwise(percents))


@pytest.mark.parametrize("job_type", [JobType.OUTPUT, JobType.ESTIMATE])
def test_the_file_is_a_workbook_of_the_estimate(desk: Desk, user: User, submit: Submit, job_type: JobType) -> None:
    job_id = submit(job_type)

    work.run_next(desk, WORKER)

    [output] = jobs.list_outputs(desk, user, job_id)
    path = reach_of(desk, user, output.id)
    book = openpyxl.load_workbook(BytesIO(path.read_bytes()))
    assert "Estimate" in book.sheetnames
    assert output.filename.endswith("Wiring of the hall.xlsx")
    assert output.file_type == "xlsx"


@pytest.mark.parametrize("job_type", [JobType.OUTPUT, JobType.ESTIMATE])
def test_the_workbook_is_told_its_cover_and_its_office(
    desk: Desk, user: User, submit: Submit, job_type: JobType, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = office.save_office(desk, user, "Roads and Buildings", ["A.E.E."])
    orders: list[Order] = []
    monkeypatch.setattr(making, "pour", lambda mould, order, stream, progress: orders.append(order))
    submit(job_type)

    work.run_next(desk, WORKER)

    [order] = orders
    [card] = schedules.list_schedules(desk, user)
    assert (order.office, order.schedule_hash) == (said, card.content_hash)
    assert order.cover == Cover(shown=job_type is JobType.OUTPUT)


def test_the_same_job_gives_the_same_bytes(desk: Desk, user: User, submit: Submit) -> None:
    first, second = submit(), submit()

    for _ in (first, second):
        work.run_next(desk, WORKER)

    one, other = (path.read_bytes() for path in published(desk))
    assert one == other


def test_later_edits_do_not_reach_the_workbook(desk: Desk, user: User, submit: Submit) -> None:
    before, after = submit(), submit()
    job = jobs.get_job(desk, user, after)
    estimates.clear_lines(desk, user, job.estimate)
    estimates.delete_estimate(desk, user, job.estimate)

    for _ in (before, after):
        work.run_next(desk, WORKER)

    one, other = (path.read_bytes() for path in published(desk))
    assert one == other


def test_a_job_that_is_not_queued_is_not_run(desk: Desk, user: User, submit: Submit) -> None:
    finished, cancelled, running = submit(), submit(), submit()
    work.run_next(desk, WORKER)
    jobs.cancel_job(desk, user, cancelled)
    claim(desk, running, OTHER)

    for _ in (finished, cancelled, running, "no such job"):
        work.run_next(desk, WORKER)

    assert [jobs.get_job(desk, user, job_id).attempts for job_id in (finished, cancelled, running)] == [
        1,
        0,
        1,
    ]
    assert len(published(desk)) == 1


def test_a_refusal_fails_the_job_at_once_with_its_sentence(
    desk: Desk, user: User, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise NotNow("The schedule is being mended. Try later.")

    monkeypatch.setattr(making, "open_mould", refuse)
    job_id = submit()

    again = work.run_next(desk, WORKER)

    job, files = look(desk, user, job_id)
    assert (again, files, published(desk)) == (None, [], [])
    assert (job.status, job.error_message) == (Status.FAILED, "The schedule is being mended. Try later.")
    assert job.attempts == 1


def test_a_schedule_whose_file_is_gone_is_told_in_a_sentence(
    desk: Desk, user: User, submit: Submit, schedule: ScheduleCard
) -> None:
    job_id = submit()
    moved = replace(desk, files=replace(desk.files, folder=desk.files.folder.with_name("lost")))

    work.run_next(moved, WORKER)

    job, _ = look(desk, user, job_id)
    assert job.status is Status.FAILED
    assert job.error_message.endswith(".")
    assert "reference" not in job.error_message


@pytest.mark.usefixtures("broken_pour")
def test_a_fault_is_tried_three_times_each_time_later_and_then_told_with_a_reference(
    desk: Desk, user: User, submit: Submit, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = submit()

    waits = []
    for _ in range(3):
        again = work.run_next(desk, WORKER)
        if again:
            waits.append((again - clock.at).total_seconds())
            clock.at = again

    job, files = look(desk, user, job_id)
    assert waits == [2, 10]
    assert (job.status, job.attempts, files, published(desk)) == (Status.FAILED, 3, [], [])
    entries = job.error_log.splitlines()
    assert [f"attempt {number}" in entry for number, entry in enumerate(entries, 1)] == [True] * 3
    assert all("KeyError, reference " in entry and "Building estimate workbook" in entry for entry in entries)
    reference = entries[-1].split()[-1]
    assert f"(reference {reference})" in job.error_message
    assert "Traceback" not in job.error_message + job.error_log
    assert "secret detail" not in job.error_message + job.error_log
    assert reference in caplog.text
    assert "secret detail" in caplog.text


@pytest.mark.usefixtures("broken_pour")
def test_a_job_that_rests_is_not_run_before_its_time(desk: Desk, user: User, submit: Submit) -> None:
    job_id = submit()
    due = work.run_next(desk, WORKER)

    again = work.run_next(desk, WORKER)

    job, _ = look(desk, user, job_id)
    assert (due is None, again) == (False, None)
    assert (job.status, job.attempts) == (Status.QUEUED, 1)


def test_a_job_that_polls_is_ended_once_it_takes_too_long(
    desk: Desk, user: User, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pour(mould: Any, order: Any, stream: Any, progress: Any) -> None:
        stream.write(b"half")
        progress(80, "Saving Excel file...")
        raise AssertionError("the job went on")

    monkeypatch.setattr(making, "pour", pour)
    monkeypatch.setattr(work, "_limit", lambda desk, job: 0 if job.type is JobType.ESTIMATE else 900)
    job_id = submit()

    again = work.run_next(desk, WORKER)

    job, files = look(desk, user, job_id)
    assert (again, job.status, job.attempts, files, published(desk)) == (None, Status.FAILED, 1, [], [])
    assert job.error_message.startswith("The workbook was not made within 0 seconds, so the job was ended.")
    assert "make a smaller estimate" in job.error_message
    assert "ESTIMATE_JOB_SECONDS" in job.error_message


def test_a_job_that_hangs_is_failed_and_its_process_ended(
    desk: Desk, user: User, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = replace(desk, settings=desk.settings.model_copy(update={"heartbeat_seconds": 0.01, "job_seconds": 0}))
    monkeypatch.setattr(work, "HANG_SECONDS", 0)
    ended, told = Event(), []

    def hang(*_: object) -> making.Keep:
        assert ended.wait(10)
        return lambda db: {"output": "too late"}

    def end_process() -> None:
        told.append(look(desk, user, job_id)[0])
        ended.set()

    monkeypatch.setitem(work.MAKERS, JobType.ESTIMATE, hang)
    job_id = submit()

    work.run_next(quick, WORKER, end_process)

    [job] = told
    assert job.status is Status.FAILED
    assert "was not made within 0 seconds" in job.error_message
    assert "hung" in job.error_log
    assert look(desk, user, job_id)[0] == job


def test_an_outage_of_the_database_at_the_end_of_a_job_is_waited_for(
    desk: Desk, user: User, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(ENOSPC, "the disk is full")

    real = queue.hand_back
    monkeypatch.setattr(work, "OUTAGE_PAUSE", 0.0)
    monkeypatch.setattr(queue, "complete", full)
    monkeypatch.setattr(queue, "requeue_after_fault", full)
    job_id = submit()
    tries = [OSError("still full"), None]

    def hand_back(*arguments: Any) -> bool:
        if error := tries.pop(0):
            raise error
        return real(*arguments)

    monkeypatch.setattr(queue, "hand_back", hand_back)

    again = work.run_next(desk, WORKER)

    job, files = look(desk, user, job_id)
    assert (again is None, tries, files, published(desk)) == (False, [], [], [])
    assert (job.status, job.attempts) == (Status.QUEUED, 1)


def test_a_job_that_cannot_be_ended_for_a_fault_of_the_program_is_not_begun_for_ever(
    desk: Desk, user: User, submit: Submit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_: object) -> None:
        raise KeyError("nobody thought of this")

    monkeypatch.setattr(rows, "get_work", wrong)
    job_id = submit()

    rests = []
    for _ in range(4):
        rests.append(work.run_next(desk, WORKER) is not None)
        clock.move(60)

    job, files = look(desk, user, job_id)
    assert (rests, files) == ([True, True, False, False], [])
    assert (job.status, job.attempts) == (Status.FAILED, 3)
    assert "Give the reference" in job.error_message
    assert job.error_log.count("could not be ended") == 3


def test_a_job_that_failed_once_completes_in_its_second_attempt(
    desk: Desk, user: User, submit: Submit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = submit()
    with monkeypatch.context() as patch:
        patch.setattr(making, "pour", lambda *_: 1 / 0)
        due = work.run_next(desk, WORKER)
    assert due
    clock.at = due

    work.run_next(desk, WORKER)

    job, files = look(desk, user, job_id)
    assert (job.status, job.attempts, len(files)) == (Status.COMPLETED, 2, 1)
    assert job.steps[-1].attempt == 2


def test_a_running_job_stops_where_a_person_asks_and_leaves_no_file(
    desk: Desk, user: User, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pour(mould: Any, order: Any, stream: Any, progress: Any) -> None:
        progress(30, "Building estimate workbook...")
        jobs.cancel_job(desk, user, job_id)
        progress(80, "Saving Excel file...")
        raise AssertionError("the job went on")

    monkeypatch.setattr(making, "pour", pour)
    job_id = submit()

    work.run_next(desk, WORKER)

    job, files = look(desk, user, job_id)
    assert (job.status, files, published(desk)) == (Status.CANCELLED, [], [])


def test_a_job_that_was_given_to_another_is_not_finished_by_the_first(
    desk: Desk, user: User, submit: Submit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_pour = making.pour

    def slow_pour(mould: Any, order: Any, stream: Any, progress: Any) -> None:
        real_pour(mould, order, stream, progress)
        monkeypatch.setattr(making, "pour", real_pour)
        silent_until_recovered(desk, clock)
        work.run_next(desk, OTHER)

    monkeypatch.setattr(making, "pour", slow_pour)
    job_id = submit()

    work.run_next(desk, WORKER)

    job, [output] = look(desk, user, job_id)
    assert (job.status, job.attempts) == (Status.COMPLETED, 2)
    assert [path.name for path in published(desk)] == [output.id]


def test_a_silent_job_goes_back_into_the_queue_and_is_rung(
    desk: Desk, user: User, submit: Submit, clock: Clock, rung: list[str]
) -> None:
    job_id = submit()
    claim(desk, job_id)
    rung.clear()

    silent_until_recovered(desk, clock)

    job, _ = look(desk, user, job_id)
    assert (job.status, job.attempts, rung) == (Status.QUEUED, 1, [job_id])
    assert "the worker stopped" in job.error_log


def test_a_job_whose_worker_beats_is_left_alone(desk: Desk, user: User, submit: Submit, clock: Clock) -> None:
    mine = claim(desk, submit())
    clock.move(desk.settings.stale_seconds - 1)
    with desk.open_db() as db:
        queue.heartbeat(db, mine, clock.at)

    clock.move(10)
    recovery.recover_jobs(desk)

    assert look(desk, user, mine.job)[0].status is Status.RUNNING


def test_a_job_whose_worker_dies_again_and_again_fails_with_a_sentence(
    desk: Desk, user: User, submit: Submit, clock: Clock
) -> None:
    job_id = submit()

    states = []
    for _ in range(recovery.MAX_LOSSES):
        claim(desk, job_id)
        silent_until_recovered(desk, clock)
        states.append(look(desk, user, job_id)[0].status)

    job, _ = look(desk, user, job_id)
    assert states == [*[Status.QUEUED] * 4, Status.FAILED]
    assert job.error_message.startswith("The worker stopped 5 times while it made this workbook.")
    assert "make a smaller estimate" in job.error_message


def test_a_job_that_was_asked_to_stop_is_not_begun_again_after_a_death(
    desk: Desk, user: User, submit: Submit, clock: Clock
) -> None:
    job_id = submit()
    claim(desk, job_id)
    jobs.cancel_job(desk, user, job_id)

    silent_until_recovered(desk, clock)

    assert look(desk, user, job_id)[0].status is Status.CANCELLED


def test_the_file_of_an_attempt_that_died_before_finishing_is_removed(
    desk: Desk, user: User, submit: Submit, clock: Clock
) -> None:
    job_id = submit()
    dead = claim(desk, job_id)
    with desk.open_db() as db:
        job, snapshot = rows.get_work(db, job_id)
    making.make_estimate(desk, dead, job, snapshot, Mock())
    assert len(published(desk)) == 1

    silent_until_recovered(desk, clock)

    assert published(desk) == []


def test_jobs_are_rung_again_where_fewer_rings_wait_than_jobs(desk: Desk, submit: Submit, rung: list[str]) -> None:
    waiting = [submit() for _ in range(3)]
    rung.clear()

    recovery.recover_jobs(desk, rings=2)
    once = list(rung)
    recovery.recover_jobs(desk, rings=3)

    assert once == waiting[:1]
    assert rung == once


def test_silence_is_no_death_where_the_caller_knows_better(
    desk: Desk, user: User, submit: Submit, clock: Clock
) -> None:
    job_id = submit()
    claim(desk, job_id, "here/1")
    clock.move(3600)

    recovery.recover_jobs(desk, besides="here/")

    assert look(desk, user, job_id)[0].status is Status.RUNNING


def test_what_a_dead_worker_was_at_is_taken_back_and_rung_without_waiting(
    desk: Desk, user: User, submit: Submit, rung: list[str]
) -> None:
    here, elsewhere = submit(), submit()
    claim(desk, here, "here/1")
    claim(desk, elsewhere, "here/2")
    rung.clear()

    recovery.bury(desk, "here/1")

    assert look(desk, user, here)[0].status is Status.QUEUED
    assert look(desk, user, elsewhere)[0].status is Status.RUNNING
    assert (rung, recovery.known_workers(desk, "here/")) == ([here], ["here/2"])


def test_a_worker_that_leaves_gives_back_its_job_as_if_it_had_not_begun(desk: Desk, user: User, submit: Submit) -> None:
    job_id = submit()

    for _ in range(10):
        recovery.beat(desk, WORKER)
        claim(desk, job_id)
        recovery.leave(desk, WORKER)

    assert look(desk, user, job_id)[0].status is Status.QUEUED
    assert jobs.worker_health(desk).alive is False


def test_a_job_that_was_asked_to_stop_is_cancelled_when_its_worker_leaves(
    desk: Desk, user: User, submit: Submit
) -> None:
    job_id = submit()
    claim(desk, job_id)
    jobs.cancel_job(desk, user, job_id)

    recovery.leave(desk, WORKER)

    assert look(desk, user, job_id)[0].status is Status.CANCELLED


def test_the_heart_beats_while_a_long_step_runs(desk: Desk, submit: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = replace(desk, settings=desk.settings.model_copy(update={"heartbeat_seconds": 0.01}))
    beaten, heartbeat = Event(), queue.heartbeat

    def spy(*arguments: Any) -> bool:
        beaten.set()
        return heartbeat(*arguments)

    def pour(*_: object) -> None:
        assert beaten.wait(5)

    monkeypatch.setattr(queue, "heartbeat", spy)
    monkeypatch.setattr(making, "pour", pour)
    submit()

    work.run_next(quick, WORKER)

    assert beaten.is_set()


def test_the_row_tells_at_least_every_fifth_of_the_items(
    desk: Desk, user: User, schedule: ScheduleCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = estimates.create_estimate(desk, user, schedule.id, "Many lines")
    for _ in range(25):
        estimates.add_item(desk, user, opened.id, ROW_OF[FAN.name])
    jobs.submit_job(desk, user, opened.id, JobType.OUTPUT)
    told: list[int] = []
    save = queue.save_progress

    def spy(db: Any, mine: Claim, percent: int, now: Any) -> bool:
        told.append(percent)
        return save(db, mine, percent, now)

    monkeypatch.setattr(queue, "save_progress", spy)

    work.run_next(desk, WORKER)

    assert told[-1] == 70
    assert all(after - before <= 8 for before, after in pairwise([30, *told]))
