"""The routes: health, the status of a job, the download of a file."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.job import MEDIA_TYPES, Job, JobType
from estimate_core.domain.people import User
from estimate_core.services import estimates, jobs, recovery, work
from estimate_core.services.comparing import submit_comparison
from estimate_core.services.health import VERSION
from estimate_core.services.marking import submit_findings
from estimate_core.services.schedules import ScheduleCard, upload_schedule
from estimate_core.services.uploads import submit_upload
from estimate_core.storage import database, queue
from estimate_core.storage.database import writing
from tests.conftest import FAN, ROW_OF, reach_of, workbook_of
from tests.web.client import Client

WORKER = "here/1"


@pytest.fixture
def job(desk: Desk, user: User, schedule: ScheduleCard) -> Job:
    """A queued job; its name of work is not Latin."""
    opened = estimates.create_estimate(desk, user, schedule.id, "విద్యుత్ \u201chall\u201d")
    _, line = estimates.add_item(desk, user, opened.id, ROW_OF[FAN.name])
    estimates.set_quantity(desk, user, opened.id, line, "2")
    return jobs.submit_job(desk, user, opened.id, JobType.ESTIMATE)


def download_url(client: Client, job: Job) -> str:
    [output] = client.get(f"/api/jobs/{job.id}/status").json()["outputs"]
    return str(output["download_url"])


def test_health_is_degraded_without_a_worker_and_tells_how_many_jobs_wait(client: Client, job: Job) -> None:
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "degraded",
        "version": VERSION,
        "database": "ok",
        "worker_alive": False,
        "workers": 0,
        "worker_last_seen": None,
        "queue_length": 1,
        "oldest_wait_seconds": 0.0,
    }


def test_health_is_ok_while_a_worker_beats(client: Client, desk: Desk) -> None:
    recovery.beat(desk, WORKER)

    answer = client.get("/healthz").json()

    assert (answer["status"], answer["worker_alive"], answer["queue_length"]) == ("ok", True, 0)
    assert answer["worker_last_seen"] == "2026-04-01T09:30:00+00:00"


def test_the_status_of_a_queued_job(client: Client, job: Job) -> None:
    answer = client.get(f"/api/jobs/{job.id}/status")

    assert answer.status_code == 200
    assert answer.json() == {
        "id": job.id,
        "type": "generate_estimate_excel",
        "status": "queued",
        "progress": 0,
        "current_step": "",
        "started_at": None,
        "completed_at": None,
        "error_message": "",
        "outputs": [],
        "queue_position": 1,
        "seconds_to_wait": None,
        "is_complete": False,
    }


def test_the_status_of_a_completed_job_names_its_file(client: Client, desk: Desk, job: Job) -> None:
    work.run_next(desk, WORKER)

    status = client.get(f"/api/jobs/{job.id}/status").json()

    [output] = status["outputs"]
    assert (status["status"], status["progress"], status["is_complete"]) == ("completed", 100, True)
    assert status["started_at"] == status["completed_at"] == "2026-04-01T09:30:00+00:00"
    assert (output["file_type"], output["filename"]) == ("xlsx", "Estimate - విద్యుత్ “hall”.xlsx")
    assert output["download_url"] == f"/api/outputs/{output['id']}/download"


@pytest.mark.parametrize(
    ("submit", "kind", "filename"),
    [
        (submit_findings, "mark_findings", "Findings - Electrical 2025-26.xlsx"),
        (submit_comparison, "compare_schedules", "Comparison - Electrical 2025-26 and 2026-27.xlsx"),
    ],
)
def test_other_files_are_told_and_downloaded_as_estimates_are(
    client: Client,
    desk: Desk,
    user: User,
    schedule: ScheduleCard,
    submit: Callable[..., Job],
    kind: str,
    filename: str,
) -> None:
    newer = upload_schedule(desk, user, "newer.xlsx", workbook_of(FAN), "Electrical", "2026-27")
    others = [newer.id] if submit is submit_comparison else []
    job = submit(desk, user, schedule.id, *others)
    work.run_next(desk, WORKER)

    status = client.get(f"/api/jobs/{job.id}/status").json()
    file = client.get(status["outputs"][0]["download_url"])

    assert (status["type"], status["status"], status["outputs"][0]["filename"]) == (kind, "completed", filename)
    assert file.content.startswith(b"PK")


def test_the_status_of_a_reading_has_no_file(client: Client, desk: Desk, user: User) -> None:
    job = submit_upload(desk, user, "small.xlsx", workbook_of(), "Electrical", "2025-26").job
    assert job
    work.run_next(desk, WORKER)

    status = client.get(f"/api/jobs/{job.id}/status").json()

    assert (status["type"], status["status"], status["outputs"]) == ("read_schedule", "completed", [])


def test_the_status_of_a_failed_job_has_its_sentence(client: Client, desk: Desk, job: Job) -> None:
    with desk.open_db() as db:
        mine = queue.claim_next(db, WORKER, desk.now())
        assert mine
        queue.fail(db, mine, "The schedule is gone.", "secret log", desk.now())

    answer = client.get(f"/api/jobs/{job.id}/status")

    assert (answer.json()["status"], answer.json()["error_message"]) == ("failed", "The schedule is gone.")
    assert "secret log" not in answer.text


@pytest.mark.parametrize("job_id", ["00000000-0000-4000-8000-000000000000", "1", "x' OR 1=1 --", "%00", "..%2f"])
def test_an_unknown_job_is_not_found(client: Client, job_id: str) -> None:
    answer = client.get(f"/api/jobs/{job_id}/status")

    assert answer.status_code == 404


def test_what_is_not_found_is_told_in_a_sentence(client: Client) -> None:
    for path in ("/api/jobs/1/status", "/api/outputs/1/download"):
        answer = client.get(path)

        assert answer.status_code == 404
        assert answer.json()["error"].endswith("choose one from it.")


def test_a_pdf_is_downloaded_as_a_pdf(client: Client, desk: Desk, user: User, job: Job) -> None:
    pdf = jobs.submit_job(desk, user, job.estimate, JobType.PDF)
    for _ in (job, pdf):
        work.run_next(desk, WORKER)

    status = client.get(f"/api/jobs/{pdf.id}/status").json()
    answer = client.get(download_url(client, pdf))

    assert status["type"] == "generate_estimate_pdf"
    assert [(file["file_type"], file["filename"][-9:]) for file in status["outputs"]] == [("pdf", "hall\u201d.pdf")]
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_a_file_is_downloaded_under_its_name_and_counted(client: Client, desk: Desk, user: User, job: Job) -> None:
    work.run_next(desk, WORKER)

    answer = client.get(download_url(client, job))

    [output] = jobs.list_outputs(desk, user, job.id)
    assert answer.status_code == 200
    assert answer.content.startswith(b"PK")
    assert len(answer.content) == output.size
    assert answer.headers["content-type"] == MEDIA_TYPES["xlsx"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-store"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename*=utf-8''Estimate%20-%20%E0%B0%B5")
    assert disposition.isascii()
    assert output.downloads == 1


def test_a_file_that_vanished_is_not_found_and_says_what_to_do(
    client: Client, desk: Desk, user: User, job: Job
) -> None:
    work.run_next(desk, WORKER)
    [output] = jobs.list_outputs(desk, user, job.id)
    reach_of(desk, user, output.id).unlink()

    answer = client.get(download_url(client, job))

    assert answer.status_code == 404
    assert answer.json()["error"].startswith("This file is no longer where it was kept. Make it again")


def test_a_person_reads_why_a_file_cannot_be_had(client: Client, desk: Desk, user: User, job: Job) -> None:
    work.run_next(desk, WORKER)
    [output] = jobs.list_outputs(desk, user, job.id)
    reach_of(desk, user, output.id).write_bytes(b"<script>")

    answer = client.get(download_url(client, job), {"Accept": "text/html,application/xhtml+xml"})

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "This file was changed or damaged after it was made" in answer.text
    assert 'href="/jobs"' in answer.text
    assert jobs.list_outputs(desk, user, job.id)[0].downloads == 1


@pytest.mark.parametrize(
    ("method", "headers", "counted"),
    [
        ("GET", {}, 1),
        ("GET", {"Range": "bytes=0-99"}, 1),
        ("GET", {"Range": "bytes=100-199"}, 0),
        ("GET", {"Range": "bytes=-10"}, 0),
        ("HEAD", {}, 0),
    ],
)
def test_a_download_is_counted_where_it_begins(
    client: Client, desk: Desk, user: User, job: Job, method: str, headers: dict[str, str], counted: int
) -> None:
    work.run_next(desk, WORKER)

    answer = client.ask(method, download_url(client, job), headers)

    assert answer.status_code in (200, 206)
    assert jobs.list_outputs(desk, user, job.id)[0].downloads == counted


def test_a_database_that_is_locked_is_told(
    client: Client, desk: Desk, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    with desk.open_db() as db, writing(db):
        answer = client.post(f"/api/jobs/{job.id}/cancel")

    assert answer.status_code == 503
    assert answer.json()["error"].startswith("Estimate Desk is busy at this moment")


def test_a_stranger_cannot_look_or_download(
    client: Client, desk: Desk, user: User, job: Job, request: pytest.FixtureRequest
) -> None:
    work.run_next(desk, WORKER)
    url = download_url(client, job)
    request.getfixturevalue("as_stranger")

    answers = [client.get(f"/api/jobs/{job.id}/status"), client.get(url)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == client.get("/api/jobs/unknown/status").json()
    assert answers[1].json() == client.get("/api/outputs/unknown/download").json()
    assert jobs.list_outputs(desk, user, job.id)[0].downloads == 0


def test_only_reading_is_allowed(client: Client, job: Job) -> None:
    for path in ("/healthz", f"/api/jobs/{job.id}/status", "/api/outputs/x/download"):
        assert client.ask("POST", path).status_code == 405
        assert client.ask("DELETE", path).status_code == 405


def test_other_sites_are_not_let_in(client: Client, job: Job) -> None:
    answer = client.get(f"/api/jobs/{job.id}/status", headers={"Origin": "https://elsewhere.example"})

    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_fault_is_answered_without_details(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Desk:
        raise RuntimeError("secret detail")

    answer = Client(broken).get("/healthz")

    assert answer.status_code == 500
    assert answer.json()["error"].startswith("Something went wrong")
    assert "secret detail" in caplog.text


def test_a_poll_opens_the_database_three_times_at_most(desk: Desk, job: Job) -> None:
    asked: list[str] = []
    real = desk.open_db

    def counted():  # type: ignore[no-untyped-def]
        opened = real()
        asked.append("connection")
        return opened

    Client(lambda: replace(desk, open_db=counted)).get(f"/api/jobs/{job.id}/status")

    # Once to know who asks, then for the job and for its place or its files.
    assert len(asked) <= 3


@pytest.mark.parametrize("path", ["/api/job", "/api/", "/api/jobs/", "/api/nothing/here"])
def test_an_unknown_address_of_the_api_is_not_found(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/jobs", {"GET", "HEAD", "POST"}),
        ("POST", "/api/schedules", {"GET", "HEAD"}),
        ("GET", "/api/jobs/x/cancel", {"POST"}),
        ("PUT", "/api/docs", {"GET", "HEAD"}),
    ],
)
def test_another_method_is_told_with_those_that_are_taken(
    client: Client, method: str, path: str, allowed: set[str]
) -> None:
    answer = client.ask(method, path)

    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == allowed
    assert answer.json()["error"].startswith(f"This address does not take {method}; it takes ")


def test_a_path_with_a_line_break_is_the_apis_too(client: Client) -> None:
    answer = client.get("/api/jobs/a%0Ab/status")

    assert (answer.status_code, set(answer.json())) == (404, {"error"})


def test_a_fault_of_the_api_is_answered_without_details_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Desk:
        raise RuntimeError("secret detail")

    answer = Client(broken).get("/api/jobs")

    assert answer.status_code == 500
    assert answer.json()["error"].startswith("Something went wrong")
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1
