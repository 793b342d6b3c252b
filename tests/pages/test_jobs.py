"""The Jobs page: what is there, how it goes on, what went wrong, and what can be done about it."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from estimate_core.desk import Desk
from estimate_core.domain.job import Job, JobType, Status, Step
from estimate_core.domain.people import User
from estimate_core.services import jobs, recovery, work
from estimate_core.services.comparing import submit_comparison
from estimate_core.services.estimates import OpenEstimate
from estimate_core.services.listing import JobFilter
from estimate_core.services.marking import submit_findings
from estimate_core.services.schedules import ScheduleCard, upload_schedule
from estimate_core.services.submitting import WrittenEstimate, WrittenLine, submit_written
from estimate_core.services.uploads import submit_upload
from estimate_core.storage import queue
from pages import jobs as page_of_jobs_module
from pages.words import local_time
from tests.conftest import FAN, Clock, reach_of, workbook_of
from tests.pages.conftest import Show, texts

WORKER = "here/1"


@pytest.fixture
def job(desk: Desk, user: User, opened: OpenEstimate) -> Job:
    """A queued job of the open estimate."""
    return jobs.submit_job(desk, user, opened.id, JobType.OUTPUT)


@pytest.fixture
def failed(desk: Desk, job: Job) -> Job:
    """The job, failed by its worker."""
    with desk.open_db() as db:
        mine = queue.claim_next(db, WORKER, desk.now())
        assert mine
        queue.fail(db, mine, "The *schedule* is gone. Upload it again.", "attempt 1: ValueError", desk.now())
    return job


def test_without_jobs_the_page_leads_to_the_estimate(show: Show) -> None:
    page = show("jobs")

    assert "No workbook has been made yet" in texts(page)
    assert page.button(key="to estimate")


def test_a_queued_job_is_listed_and_a_missing_worker_told(show: Show, job: Job) -> None:
    page = show("jobs")

    row = page.dataframe[0].value.iloc[0]
    assert (row["Work"], list(row["State"]), row["Makes"]) == ("Wiring of the hall", ["queued"], "Estimate + Datas")
    assert "python queue_worker.py" in page.warning[0].value


def test_a_completed_job_shows_its_file_and_what_it_took(show: Show, desk: Desk, user: User, job: Job) -> None:
    work.run_next(desk, WORKER)

    row = show("jobs").dataframe[0].value.iloc[0]

    output = jobs.list_outputs(desk, user, job.id)[0]
    assert list(row["State"]) == ["completed"]
    assert row["File"].startswith(f"/api/outputs/{output.id}/download#")
    assert row["Took"] == "0.0 s"
    assert row["Size"].endswith("KB")


def test_an_opened_job_shows_its_steps_inputs_and_download(show: Show, desk: Desk, user: User, job: Job) -> None:
    work.run_next(desk, WORKER)
    page = show("jobs")
    page.session_state["dialog"] = ("job", job.id)

    page.run()

    words = texts(page).replace("\\", "")
    assert "Building Output sheet..." in words
    assert "Estimate + Datas of 2 lines on Electrical 2025-26" in words
    assert "Ready in 0.0 s" in words
    assert any(f'href="/api/outputs/{jobs.list_outputs(desk, user, job.id)[0].id}' in h.value for h in page.get("html"))


def test_a_job_that_a_program_asked_for_shows_like_any_other(
    show: Show, desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    written = WrittenEstimate(schedule.id, (WrittenLine(FAN.name, "2"),), "Wiring of the clinic")
    job = submit_written(desk, user, written, JobType.PDF)
    work.run_next(desk, WORKER)

    page = watched(show, job)

    row = page.dataframe[0].value.iloc[0]
    assert (row["Work"], list(row["State"]), row["Makes"]) == ("Wiring of the clinic", ["completed"], "Estimate PDF")
    assert "Estimate PDF of 1 line on Electrical 2025-26" in texts(page).replace("\\", "")


@pytest.fixture
def upload(desk: Desk, user: User) -> Job:
    """The queued job that reads a small schedule."""
    job = submit_upload(desk, user, "small.xlsx", workbook_of(), "Electrical", "2025-26").job
    assert job
    return job


def watched(show: Show, job: Job) -> AppTest:
    page = show("jobs")
    page.session_state["dialog"] = ("job", job.id)
    return page.run()


def test_a_schedule_that_was_read_shows_its_counts_and_the_way_to_it(show: Show, desk: Desk, upload: Job) -> None:
    work.run_next(desk, WORKER)

    page = watched(show, upload)

    words = texts(page).replace("\\", "")
    assert page.dataframe[0].value.iloc[0]["Makes"] == "Schedule read"
    assert "Read in 0.0 s: 3 items, 1 error" in words
    assert "Schedule read from small.xlsx" in words
    assert page.button(key="to schedules")


def test_a_refused_workbook_shows_its_sentence_and_is_not_tried_again(show: Show, desk: Desk, user: User) -> None:
    job = submit_upload(desk, user, "small.xlsx", b"these are words", "Electrical", "2025-26").job
    assert job
    work.run_next(desk, WORKER)

    page = watched(show, job)

    assert "not an Excel workbook" in page.error[0].value.replace("\\", "")
    assert "Try again" not in [button.label for button in page.button]


def test_findings_and_comparisons_are_listed_with_their_files(
    show: Show, desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    newer = upload_schedule(desk, user, "newer.xlsx", workbook_of(FAN), "Electrical", "2026-27")
    made = [submit_findings(desk, user, schedule.id), submit_comparison(desk, user, schedule.id, newer.id)]
    for _ in made:
        work.run_next(desk, WORKER)

    table = show("jobs").dataframe[0].value

    assert list(table["Makes"]) == ["Comparison", "Findings"]
    assert list(table["Work"]) == ["Electrical 2025-26 and 2026-27", "Electrical 2025-26"]
    assert all(table["File"].str.startswith("/api/outputs/"))
    assert "Findings of Electrical 2025-26" in texts(watched(show, made[0])).replace("\\", "")


def test_a_failed_job_tells_why_and_can_be_tried_again(
    show: Show, desk: Desk, user: User, failed: Job, rung: list[str]
) -> None:
    page = show("jobs")
    page.session_state["dialog"] = ("job", failed.id)
    page.run()
    told = page.error[0].value.replace("\\", "")

    page.button(key=f"retry {failed.id}").click().run()

    assert told == "The *schedule* is gone. Upload it again."
    assert jobs.get_job(desk, user, failed.id).status is Status.QUEUED
    assert rung == [failed.id, failed.id]
    assert not page.error


def test_a_job_that_goes_on_meanwhile_is_not_tried_again(show: Show, desk: Desk, user: User, failed: Job) -> None:
    page = show("jobs")
    page.session_state["dialog"] = ("job", failed.id)
    page.run()
    jobs.retry_job(desk, user, failed.id)

    page.button(key=f"retry {failed.id}").click().run()

    assert "Only a failed job can be tried again" in page.error[0].value


def test_a_queued_job_can_be_cancelled(show: Show, desk: Desk, user: User, job: Job) -> None:
    page = show("jobs")
    page.session_state["dialog"] = ("job", job.id)
    page.run()

    page.button(key=f"cancel {job.id}").click().run()

    assert jobs.get_job(desk, user, job.id).status is Status.CANCELLED
    assert "Cancelled. Nothing was made." in texts(page)


def test_jobs_are_filtered_by_state(show: Show, job: Job) -> None:
    page = show("jobs")

    page.segmented_control(key="state").set_value("failed").run()

    assert not page.dataframe
    assert "No job is like that." in texts(page)


def test_a_file_that_is_not_whole_is_told_and_made_again(show: Show, desk: Desk, user: User, job: Job) -> None:
    work.run_next(desk, WORKER)
    [output] = jobs.list_outputs(desk, user, job.id)
    reach_of(desk, user, output.id).unlink()
    page = show("jobs")
    page.session_state["dialog"] = ("job", job.id)
    page.run()
    told = page.warning[-1].value

    page.button(key=f"again {job.id}").click().run()

    again, _ = jobs.list_jobs(desk, user)
    assert told.replace("\\", "").startswith("This file is no longer where it was kept. Make it again")
    assert page.session_state["dialog"] == ("job", again.id)
    assert (again.status, again.work_name) == (Status.QUEUED, job.work_name)


def test_a_cancelled_job_is_made_again(show: Show, desk: Desk, user: User, job: Job) -> None:
    jobs.cancel_job(desk, user, job.id)
    page = show("jobs")
    page.session_state["dialog"] = ("job", job.id)
    page.run()

    page.button(key=f"again {job.id}").click().run()

    assert [each.status for each in jobs.list_jobs(desk, user)] == [Status.QUEUED, Status.CANCELLED]


def test_jobs_are_filtered_by_whose_and_by_kind(
    show: Show, desk: Desk, user: User, colleague: User, schedule: ScheduleCard, job: Job
) -> None:
    written = WrittenEstimate(schedule.id, (WrittenLine(FAN.name, "2"),), "Of a colleague")
    submit_written(desk, colleague, written, JobType.PDF)
    page = show("jobs")
    everybody = list(page.dataframe[0].value["Who"])

    page.segmented_control(key="whose").set_value("mine").run()
    mine = list(page.dataframe[0].value["Work"])
    page.segmented_control(key="whose").set_value("all").run()
    page.selectbox(key="kind").set_value(JobType.PDF).run()

    assert everybody == ["Asha", "local"]
    assert mine == [job.work_name]
    assert list(page.dataframe[0].value["Work"]) == ["Of a colleague"]


def test_older_jobs_are_reached_by_page(
    show: Show, desk: Desk, user: User, opened: OpenEstimate, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_of_jobs_module, "_SHOWN", 2)
    made = []
    for _ in range(5):
        clock.move(1)
        made.append(jobs.submit_job(desk, user, opened.id, JobType.ESTIMATE).id)
    page = show("jobs")

    def places() -> list[str]:
        return list(page.dataframe[0].value["Now"])

    newest = places()
    page.button(key="older jobs").click().run()
    middle = places()
    page.button(key="older jobs").click().run()
    oldest, is_end = places(), page.button(key="older jobs").disabled
    page.button(key="newer jobs").click().run()

    assert newest == ["5th in the queue", "4th in the queue"]
    assert (middle, oldest, is_end) == (["3rd in the queue", "2nd in the queue"], ["Next in the queue"], True)
    assert places() == middle
    page.segmented_control(key="state").set_value("queued").run()
    assert places() == newest


def test_a_page_whose_first_job_is_gone_begins_anew(show: Show, job: Job) -> None:
    page = show("jobs")
    page.session_state["pages of jobs"] = (JobFilter(), [None, "gone"])

    page.run()

    assert list(page.dataframe[0].value["Work"]) == [job.work_name]


def test_a_missing_worker_is_told_since_when_until_one_lives(show: Show, desk: Desk, clock: Clock) -> None:
    recovery.beat(desk, WORKER)
    last_seen = clock.at
    clock.move(60)
    page = show("jobs")
    told = page.warning[0].value

    recovery.beat(desk, WORKER)
    page.run()

    assert told.startswith(f"No worker is running since {local_time(last_seen)}, so jobs wait.")
    assert not page.warning


def test_how_to_start_a_worker_is_told_as_it_is_set(show: Show, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = show("jobs").warning[0].value
    object.__setattr__(desk.settings, "worker", "external")

    external = show("jobs").warning[0].value

    assert "starts one by itself" in embedded
    assert "Start one in the program's folder" in external


def test_a_waiting_job_tells_its_place_and_about_how_long(show: Show, desk: Desk, user: User, job: Job) -> None:
    first = jobs.submit_job(desk, user, job.estimate, JobType.ESTIMATE)
    recovery.beat(desk, WORKER)
    with desk.open_db() as db:
        mine = queue.claim_next(db, WORKER, desk.now())
        assert mine
        queue.complete(db, mine, {}, Step(100, "Complete", desk.now() + timedelta(seconds=40)))

    page = watched(show, first)

    assert page.dataframe[0].value.iloc[0]["Now"] == "Next in the queue, about 40 s"
    assert page.get("progress")[0].text.replace("\\", "") == "0 % \u00b7 Next in the queue, about 40 s"


def test_an_opened_job_tells_who_asked_and_the_grand_total(show: Show, desk: Desk, user: User, job: Job) -> None:
    work.run_next(desk, WORKER)

    page = watched(show, job)

    words = texts(page).replace("\\", "")
    assert "Asked by local, 1 Apr 2026" in words
    assert "on Electrical 2025-26, grand total " in words


def test_a_worker_that_ended_is_told_too(show: Show, desk: Desk, clock: Clock) -> None:
    recovery.beat(desk, WORKER)
    recovery.leave(desk, WORKER)
    last_seen = clock.at
    clock.move(3600)

    page = show("jobs")

    assert page.warning[0].value.startswith(f"No worker is running since {local_time(last_seen)}")


def test_several_workers_are_told(show: Show, desk: Desk) -> None:
    recovery.beat(desk, WORKER)
    alone = texts(show("jobs"))

    recovery.beat(desk, "here/2")

    assert "beside each other" not in alone
    assert "2 workers run jobs beside each other." in texts(show("jobs"))
