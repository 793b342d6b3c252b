"""Uploads: read once by a job, refused ones looked at and dismissed; nothing is ever half stored."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from estimate_core.desk import Desk, Task, Watch
from estimate_core.domain.errors import BadInput, NotFound, NotNow
from estimate_core.domain.job import Job, JobType, Status
from estimate_core.domain.people import User
from estimate_core.services import content, jobs, reading, recovery, work
from estimate_core.services.estimates import OpenEstimate
from estimate_core.services.schedules import (
    ScheduleCard,
    get_schedule_card,
    list_schedules,
    load_schedule,
    retire_schedule,
    upload_schedule,
)
from estimate_core.services.uploads import (
    KEPT_FOR,
    dismiss_upload,
    get_upload,
    list_uploads,
    submit_outdated,
    submit_upload,
    upload_findings,
)
from estimate_core.storage import jobs as rows
from estimate_core.storage import library, queue
from estimate_core.storage.files import content_id
from tests.conftest import BLOCKS, CABLE, FAN, UNPRICED, Clock, workbook_of

WORKER = "here/1"
HOPELESS = workbook_of(UNPRICED)
WHOLE = sorted([content.DRAWINGS, content.MOULD, "original", content.STORED])
"""The files of a schedule."""
COUNTS = {"items": 3, "groups": 3, "errors": 1, "warnings": 0, "notes": 0}

Submit = Callable[..., Job]


@pytest.fixture
def submit(desk: Desk, user: User) -> Submit:
    """A function that hands in a workbook (the small one if none) and gives the job that reads it."""

    def submit(data: bytes | None = None, by: User = user) -> Job:
        data = workbook_of() if data is None else data
        job = submit_upload(desk, by, "small.xlsx", data, "Electrical", "2025-26").job
        assert job
        return job

    return submit


def read(desk: Desk, job: Job) -> Job:
    """The job after a worker had it."""
    work.run_next(desk, WORKER)
    with desk.open_db() as db:
        return rows.get_work(db, job.id)[0]


def stored_files(desk: Desk) -> list[str]:
    return sorted(path.name for path in desk.settings.files_folder.rglob("*") if path.is_file())


def test_an_upload_is_kept_and_queued_and_only_then_rung(desk: Desk, user: User, clock: Clock) -> None:
    seen: list[tuple[Status, list[str]]] = []
    nosy = replace(
        desk, enqueue=lambda job_id: seen.append((jobs.get_job(desk, user, job_id).status, stored_files(desk)))
    )

    upload = submit_upload(nosy, user, "C:\\rates\\small.xlsx", workbook_of(), " Electrical ", "2025-26")

    assert seen == [(Status.QUEUED, ["original"])]
    assert (upload.title, upload.filename, upload.card, upload.is_new) == (
        "Electrical 2025-26",
        "small.xlsx",
        None,
        True,
    )
    assert upload.job
    assert (upload.job.type, upload.job.work_name, upload.job.created) == (JobType.READ, upload.title, clock.at)
    assert list_uploads(desk, user) == [replace(upload, is_new=False)] == [get_upload(desk, user, upload.job.id)]
    assert list_schedules(desk, user) == []


def test_a_read_upload_is_a_schedule_with_its_counts(desk: Desk, user: User, submit: Submit) -> None:
    job = read(desk, submit())

    [card] = list_schedules(desk, user)
    assert (job.status, job.error_message) == (Status.COMPLETED, "")
    assert job.result == {"schedule": card.id, **COUNTS}
    assert card.id == job.schedule
    assert {name: getattr(card, name) for name in COUNTS} == COUNTS
    assert (card.title, card.filename, card.created_by) == ("Electrical 2025-26", "small.xlsx", "local")
    assert [item.name for item in load_schedule(desk, user, card.id).items] == [block.name for block in BLOCKS]
    assert stored_files(desk) == WHOLE
    assert list_uploads(desk, user) == []


def test_a_reading_goes_through_its_steps_in_order(desk: Desk, submit: Submit) -> None:
    job = read(desk, submit())

    percents = [step.percent for step in job.steps]
    assert percents == sorted(percents)
    assert {(2, "Checking the file..."), (5, "Opening the workbook..."), (95, "Storing..."), (100, "Complete")} <= {
        (step.percent, step.text) for step in job.steps
    }


def test_what_is_on_its_way_is_not_read_a_second_time(
    desk: Desk, colleague: User, submit: Submit, rung: list[str]
) -> None:
    job = submit()

    again = submit_upload(desk, colleague, "other.xlsx", workbook_of(), "Civil", "2024-25")

    assert (again.job, again.is_new, again.title) == (job, False, "Electrical 2025-26")
    assert rung == [job.id]


def test_the_same_content_at_once_from_many_is_read_by_one_job(desk: Desk, user: User, rung: list[str]) -> None:
    data = workbook_of()

    def hand_in(number: int) -> str:
        job = submit_upload(desk, user, f"{number}.xlsx", data, "Electrical", "2025-26").job
        assert job
        return job.id

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(hand_in, range(16)))

    assert len(set(ids)) == 1
    assert rung == [ids[0]]
    assert [job.id for job in jobs.list_jobs(desk, user)] == [ids[0]]


def test_a_workbook_that_is_a_schedule_already_gives_its_card(
    desk: Desk, colleague: User, schedule: ScheduleCard, rung: list[str]
) -> None:
    upload = submit_upload(desk, colleague, "other.xlsx", workbook_of(), "Civil", "2024-25")

    assert (upload.card, upload.job, upload.is_new, upload.title) == (schedule, None, False, schedule.title)
    assert (rung, list_uploads(desk, colleague)) == ([], [])


def test_a_retired_schedule_is_listed_again_when_it_is_handed_in(
    desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    retire_schedule(desk, user, schedule.id)

    upload = submit_upload(desk, user, "small.xlsx", workbook_of(), "Electrical", "2025-26")

    assert upload.card == schedule
    assert list_schedules(desk, user) == [schedule]


def test_a_schedule_whose_files_were_lost_is_read_again_under_its_own_labels(
    desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    desk.files.delete_all(f"local/schedules/{schedule.content_hash}")

    upload = submit_upload(desk, user, "other.xlsx", workbook_of(), "Civil", "2024-25")

    assert upload.job and upload.title == "Electrical 2025-26"
    assert read(desk, upload.job).result["schedule"] == schedule.id
    assert list_schedules(desk, user) == [schedule]


def test_each_organisation_has_a_reading_of_its_own(desk: Desk, user: User, stranger: User, submit: Submit) -> None:
    ours, theirs = submit(), submit(by=stranger)

    read(desk, ours)
    read(desk, theirs)

    assert ours.id != theirs.id
    assert [card.id for card in list_schedules(desk, user)] == [ours.schedule]
    assert [card.created_by for card in list_schedules(desk, stranger)] == ["Ravi"]


def test_a_stranger_finds_no_upload(desk: Desk, user: User, stranger: User, submit: Submit) -> None:
    job = read(desk, submit(HOPELESS))

    for attempt in (
        lambda: get_upload(desk, stranger, job.id),
        lambda: upload_findings(desk, stranger, job.id),
        lambda: dismiss_upload(desk, stranger, job.id),
        lambda: dismiss_upload(desk, stranger, "no such job"),
    ):
        with pytest.raises(NotFound, match="This upload does not exist"):
            attempt()

    assert list_uploads(desk, stranger) == []
    assert upload_findings(desk, user, job.id)


def test_a_job_that_reads_nothing_is_no_upload(desk: Desk, user: User, opened: OpenEstimate, line: str) -> None:
    job = jobs.submit_job(desk, user, opened.id, JobType.ESTIMATE)

    with pytest.raises(NotFound):
        dismiss_upload(desk, user, job.id)

    assert jobs.get_job(desk, user, job.id).status is Status.QUEUED


@pytest.mark.parametrize(
    ("filename", "data", "category", "sentence"),
    [
        ("rates.xls", b"words", "Civil", "Save it as .xlsx"),
        ("rates.csv", b"words", "Civil", "ends in .xlsx or .xlsm"),
        ("rates.xlsx", b"", "Civil", "empty"),
        ("rates.xlsx", b"x" * (25 * 1024 * 1024 + 1), "Civil", "25 MB is the limit"),
        ("rates.xlsx", b"words", " ", "category of the schedule is missing"),
        ("rates.xlsx", b"words", "x" * 61, "category of the schedule is too long"),
    ],
)
def test_what_cannot_be_a_schedule_is_refused_at_once(
    desk: Desk, user: User, rung: list[str], filename: str, data: bytes, category: str, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        submit_upload(desk, user, filename, data, category, "2025-26")

    assert (list_uploads(desk, user), stored_files(desk), rung) == ([], [], [])


def test_a_workbook_that_is_refused_keeps_its_findings_and_its_original(desk: Desk, user: User, submit: Submit) -> None:
    job = read(desk, submit(HOPELESS))

    findings = upload_findings(desk, user, job.id)
    assert job.status is Status.FAILED
    assert job.error_message.startswith("The workbook holds no item with a rate")
    assert any(UNPRICED.name in finding.sentence for finding in findings)
    errors = sum(finding.severity == "error" for finding in findings)
    assert (job.result["findings"], job.result["errors"]) == (len(findings), errors)
    assert stored_files(desk) == sorted(["original", content.REFUSED])
    assert list_schedules(desk, user) == []
    assert [upload.job for upload in list_uploads(desk, user)] == [job]


def test_a_file_that_is_no_workbook_is_refused_without_findings(desk: Desk, user: User, submit: Submit) -> None:
    job = read(desk, submit(b"these are words"))

    assert (job.status, job.attempts) == (Status.FAILED, 1)
    assert "not an Excel workbook" in job.error_message
    assert job.result.get("findings", 0) == len(upload_findings(desk, user, job.id))
    assert list_schedules(desk, user) == []


def test_an_upload_that_was_not_refused_has_no_findings_to_show(desk: Desk, user: User, submit: Submit) -> None:
    job = submit()

    with pytest.raises(NotFound, match="No findings are kept"):
        upload_findings(desk, user, job.id)


@pytest.mark.parametrize("broken", ["cut_mould", "write_mould", "write_schedule"])
def test_a_reading_that_breaks_halfway_leaves_no_row_and_is_tried_again(
    desk: Desk, user: User, submit: Submit, clock: Clock, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("disk on fire")

    job = submit()
    with monkeypatch.context() as patch:
        patch.setattr(content, broken, fail)
        due = work.run_next(desk, WORKER)

    assert due and jobs.get_job(desk, user, job.id).status is Status.QUEUED
    assert list_schedules(desk, user) == []
    assert not [name for name in stored_files(desk) if name.endswith(".part")]
    clock.at = due
    assert (read(desk, job).status, len(list_schedules(desk, user))) == (Status.COMPLETED, 1)


def test_a_reading_that_is_cancelled_leaves_its_isolation_at_once(desk: Desk, user: User, submit: Submit) -> None:
    def isolate(task: Task, watch: Watch) -> dict[str, object]:
        watch.check()
        jobs.cancel_job(desk, user, job.id)
        watch.check()
        raise AssertionError("the reading went on")

    job = submit()

    work.run_next(replace(desk, isolate=isolate), WORKER)

    assert jobs.get_job(desk, user, job.id).status is Status.CANCELLED
    assert (list_schedules(desk, user), list_uploads(desk, user)) == ([], [])


def test_a_reading_that_was_given_to_another_leaves_its_isolation_and_is_done_once(
    desk: Desk, user: User, submit: Submit, clock: Clock
) -> None:
    def isolate(task: Task, watch: Watch) -> dict[str, object]:
        clock.move(desk.settings.stale_seconds + 1)
        recovery.recover_jobs(desk)
        work.run_next(desk, "here/2")
        watch.check()
        raise AssertionError("the reading went on")

    job = submit()

    work.run_next(replace(desk, isolate=isolate), WORKER)

    done = jobs.get_job(desk, user, job.id)
    assert (done.status, done.attempts) == (Status.COMPLETED, 2)
    assert [card.id for card in list_schedules(desk, user)] == [job.schedule]


def test_a_workbook_that_is_too_slow_or_too_large_to_be_read_fails_with_a_sentence(
    desk: Desk, user: User, submit: Submit
) -> None:
    def isolate(task: Task, watch: Watch) -> dict[str, object]:
        raise BadInput("The workbook could not be read within 120 seconds. Split it.")

    job = submit()

    work.run_next(replace(desk, isolate=isolate), WORKER)

    failed = jobs.get_job(desk, user, job.id)
    assert (failed.status, failed.attempts) == (Status.FAILED, 1)
    assert failed.error_message == "The workbook could not be read within 120 seconds. Split it."
    assert (stored_files(desk), list_schedules(desk, user)) == (["original"], [])


def test_a_fault_in_reading_is_told_as_one_of_reading(
    desk: Desk, submit: Submit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "read_schedule", lambda *_: 1 / 0)
    job = submit()

    for _ in range(3):
        clock.at = work.run_next(desk, WORKER) or clock.at

    with desk.open_db() as db:
        failed, _ = rows.get_work(db, job.id)
    assert (failed.status, failed.attempts) == (Status.FAILED, 3)
    assert failed.error_message.startswith("The workbook could not be read because of a fault in the program (")


def test_a_worker_that_is_lost_between_files_and_row_leaves_no_schedule(
    desk: Desk, user: User, submit: Submit, clock: Clock
) -> None:
    job = submit()
    with desk.open_db() as db:
        mine = queue.claim_next(db, WORKER, desk.now())
        assert mine
        work.read_upload(desk, mine, *rows.get_work(db, job.id), watch=_Unwatched())

    before = list_schedules(desk, user)
    clock.move(desk.settings.stale_seconds + 1)
    recovery.recover_jobs(desk)
    after = read(desk, job)

    assert before == []
    assert (after.status, after.attempts) == (Status.COMPLETED, 2)
    assert [card.id for card in list_schedules(desk, user)] == [job.schedule]


class _Unwatched:
    def __call__(self, percent: int, words: str, /) -> None: ...

    def check(self) -> None: ...


def test_a_workbook_that_ends_its_worker_again_and_again_fails_with_a_sentence(
    desk: Desk, user: User, submit: Submit, clock: Clock
) -> None:
    job = submit()

    for _ in range(recovery.MAX_LOSSES):
        with desk.open_db() as db:
            queue.claim_next(db, WORKER, desk.now())
        clock.move(desk.settings.stale_seconds + 1)
        recovery.recover_jobs(desk)

    failed = jobs.get_job(desk, user, job.id)
    assert failed.status is Status.FAILED
    assert failed.error_message.startswith("The worker stopped 5 times while it read this workbook.")
    assert "split the schedule" in failed.error_message
    assert [upload.job for upload in list_uploads(desk, user)] == [failed]


def test_a_refused_upload_is_tried_again(desk: Desk, user: User, submit: Submit) -> None:
    job = read(desk, submit(HOPELESS))

    again = jobs.retry_job(desk, user, job.id)

    assert [upload.job for upload in list_uploads(desk, user)] == [again]
    assert read(desk, again).status is Status.FAILED


def test_a_dismissed_upload_is_gone_with_its_files(desk: Desk, user: User, submit: Submit) -> None:
    job = read(desk, submit(HOPELESS))

    dismiss_upload(desk, user, job.id)
    dismiss_upload(desk, user, job.id)

    assert (list_uploads(desk, user), stored_files(desk)) == ([], [])
    assert jobs.get_job(desk, user, job.id).status is Status.FAILED
    with pytest.raises(NotFound):
        upload_findings(desk, user, job.id)
    with pytest.raises(NotNow, match="Upload it again"):
        jobs.retry_job(desk, user, job.id)


def test_an_upload_that_is_being_read_is_not_dismissed(desk: Desk, user: User, submit: Submit) -> None:
    job = submit()

    with pytest.raises(NotNow, match="Cancel the job first"):
        dismiss_upload(desk, user, job.id)

    assert stored_files(desk) == ["original"]
    assert [upload.job for upload in list_uploads(desk, user)] == [job]


def test_dismissing_spares_the_files_of_a_schedule(
    desk: Desk, user: User, schedule: ScheduleCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk.open_db() as db:
        library.set_format(db, "local", schedule.id, 0)
    submit_outdated(desk)
    [upload] = list_uploads(desk, user)
    monkeypatch.setattr(reading, "read_schedule", lambda *_: 1 / 0)
    assert upload.job
    with desk.open_db() as db:
        mine = queue.claim_next(db, WORKER, desk.now())
        assert mine
        queue.fail(db, mine, "Some sentence.", "", desk.now())

    dismiss_upload(desk, user, upload.job.id)

    assert list_uploads(desk, user) == []
    assert stored_files(desk) == WHOLE


def test_a_new_upload_takes_the_place_of_the_failed_one(desk: Desk, user: User, submit: Submit) -> None:
    failed = read(desk, submit(HOPELESS))

    again = submit(HOPELESS)

    assert [upload.job for upload in list_uploads(desk, user)] == [again]
    assert again.id != failed.id
    with pytest.raises(NotNow):
        jobs.retry_job(desk, user, failed.id)


def test_a_cancelled_upload_is_not_listed_and_its_file_goes_with_the_next_recovery(
    desk: Desk, user: User, submit: Submit
) -> None:
    job = submit()
    jobs.cancel_job(desk, user, job.id)

    recovery.tidy(desk)

    assert (list_uploads(desk, user), stored_files(desk)) == ([], [])


def test_a_workbook_that_is_handed_in_again_after_it_was_cancelled_survives_the_recovery(
    desk: Desk, user: User, submit: Submit
) -> None:
    jobs.cancel_job(desk, user, submit().id)
    again = submit()

    recovery.tidy(desk)

    assert stored_files(desk) == ["original"]
    assert read(desk, again).status is Status.COMPLETED


def test_a_workbook_that_is_handed_in_again_while_its_reading_is_being_stopped_is_read_anew(
    desk: Desk, user: User, submit: Submit
) -> None:
    def isolate(task: Task, watch: Watch) -> dict[str, object]:
        jobs.cancel_job(desk, user, job.id)
        again.append(submit())
        again.append(submit())
        watch.check()
        raise AssertionError("the reading went on")

    job, again = submit(), list[Job]()

    work.run_next(replace(desk, isolate=isolate), WORKER)
    recovery.tidy(desk)

    assert jobs.get_job(desk, user, job.id).status is Status.CANCELLED
    assert again[0] == again[1] != job
    assert (read(desk, again[0]).status, len(list_schedules(desk, user))) == (Status.COMPLETED, 1)


def test_a_refused_upload_goes_by_itself_after_a_week(desk: Desk, user: User, submit: Submit, clock: Clock) -> None:
    job = read(desk, submit(HOPELESS))

    clock.at += KEPT_FOR
    recovery.tidy(desk)
    kept = stored_files(desk)
    clock.move(1)
    recovery.tidy(desk)

    assert kept == sorted(["original", content.REFUSED])
    assert (list_uploads(desk, user), stored_files(desk)) == ([], [])
    assert jobs.get_job(desk, user, job.id).status is Status.FAILED


def test_after_an_update_of_the_program_listed_schedules_are_read_anew_once(
    desk: Desk, user: User, schedule: ScheduleCard, clock: Clock, rung: list[str]
) -> None:
    retired = upload_schedule(desk, user, "old.xlsx", workbook_of(FAN, CABLE), "Electrical", "2019-20")
    retire_schedule(desk, user, retired.id)
    with desk.open_db() as db:
        db.execute("UPDATE schedules SET format = 0, items = 99, groups = 0")
    clock.move(60)

    submit_outdated(desk)
    submit_outdated(desk)
    [job_id] = rung
    job = read(desk, jobs.get_job(desk, user, job_id))
    submit_outdated(desk)

    assert (job.status, job.result) == (Status.COMPLETED, {"schedule": schedule.id, **COUNTS})
    assert list_schedules(desk, user) == [schedule]
    assert get_schedule_card(desk, user, retired.id).items == 99
    assert rung == [job_id]


def test_a_schedule_that_cannot_be_read_any_more_is_asked_for_once_and_stays(
    desk: Desk, user: User, schedule: ScheduleCard, rung: list[str]
) -> None:
    with desk.open_db() as db:
        library.set_format(db, "local", schedule.id, 0)
    path = desk.files.path(content_id("local", schedule.content_hash, "original"))
    path.write_bytes(HOPELESS)

    submit_outdated(desk)
    job = read(desk, jobs.get_job(desk, user, rung[0]))
    submit_outdated(desk)

    assert job.status is Status.FAILED
    assert [upload.job for upload in list_uploads(desk, user)] == [job]
    assert rung == [job.id]
    assert list_schedules(desk, user) == [schedule]


def test_the_row_of_a_job_keeps_what_it_reads(desk: Desk, submit: Submit) -> None:
    job = submit()

    with desk.open_db() as db:
        _, snapshot = rows.get_work(db, job.id)

    kept = json.loads(snapshot)
    assert (kept["filename"], kept["category"], kept["edition"]) == ("small.xlsx", "Electrical", "2025-26")
    assert desk.files.exists(content_id("local", kept["content_hash"], "original"))
