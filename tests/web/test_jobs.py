"""Jobs by HTTP: asked for, listed, cancelled, tried again."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.job import Job, JobType, Status
from estimate_core.domain.people import User
from estimate_core.services import jobs, work
from estimate_core.services.jobs import read_snapshot
from estimate_core.services.schedules import ScheduleCard, retire_schedule
from estimate_core.services.submitting import WrittenEstimate, WrittenLine, submit_written
from estimate_core.storage import jobs as rows
from estimate_core.storage import queue
from estimate_core.web.reading import MAX_BODY
from tests.conftest import CABLE, FAN, ROW_OF, Clock
from tests.web.client import Client

WORKER = "here/1"
KEY = {"Idempotency-Key": "order-7"}

Body = dict[str, Any]


@pytest.fixture
def body(schedule: ScheduleCard) -> Body:
    """A job for two fans."""
    return {"schedule": schedule.id, "lines": [{"item": FAN.name, "quantity": 2}], "work_name": "Wiring of the hall"}


@pytest.fixture
def job(desk: Desk, user: User, schedule: ScheduleCard) -> Job:
    """A queued job of two fans."""
    return ask(desk, user, schedule)


def ask(desk: Desk, user: User, schedule: ScheduleCard, job_type: JobType = JobType.ESTIMATE) -> Job:
    return submit_written(desk, user, WrittenEstimate(schedule.id, (WrittenLine(FAN.name, "2"),)), job_type)


def fail(desk: Desk, job: Job) -> None:
    with desk.open_db() as db:
        mine = queue.claim_next(db, WORKER, desk.now())
        assert mine
        queue.fail(db, mine, "The disk is full.", "secret log", desk.now())


def test_a_job_that_is_asked_for_becomes_a_file(client: Client, desk: Desk, body: Body, rung: list[str]) -> None:
    answer = client.post("/api/jobs", body)

    told = answer.json()
    assert answer.status_code == 202
    assert told["status_url"] == f"/api/jobs/{told['job_id']}/status"
    assert set(told) == {"job_id", "status_url", "message"}
    assert rung == [told["job_id"]]
    work.run_next(desk, WORKER)
    status = client.get(told["status_url"]).json()
    assert (status["status"], status["type"]) == ("completed", "generate_output_excel")
    assert client.get(status["outputs"][0]["download_url"]).content.startswith(b"PK")


def test_all_fields_of_a_job_reach_its_snapshot(client: Client, desk: Desk, body: Body) -> None:
    body |= {
        "lines": [{"item": "t-3", "quantity": "1,200.5", "unit": "Rmt"}, {"item": "row:7", "quantity": 0.1}],
        "work_type": "repair",
        "type": "generate_estimate_pdf",
        "charges": {
            "profile": "Standard",
            "values": {"tp": 4.5, "deduction": "100"},
            "lump_sums": [{"name": "painting", "amount": 250.5}],
            "grand_total": 500000,
        },
        "grouped": True,
        "cover": {"shown": False, "head_of_account": "2059", "work_id": "W-1", "place": "Guntur"},
    }

    answer = client.post("/api/jobs", body)

    with desk.open_db() as db:
        job, snapshot = rows.get_work(db, answer.json()["job_id"])
    estimate = read_snapshot(snapshot).estimate
    values = {row.key: str(row.value) for row in estimate.charges if row.on and row.value}
    assert (job.type, job.work_name, job.lines) == (JobType.PDF, "Wiring of the hall", 2)
    assert [(line.row, str(line.quantity), line.unit) for line in estimate.lines] == [
        (ROW_OF[CABLE.name], "1200.5", "Rmt"),
        (ROW_OF[FAN.name], "0.1", ""),
    ]
    assert (estimate.work_type, estimate.grouped) == ("repair", True)
    assert {"tp": "4.5", "deduction": "100", "lump_1": "250.5", "grand_total": "500000"}.items() <= values.items()
    assert vars(estimate.cover) == {"shown": False, "head_of_account": "2059", "work_id": "W-1", "place": "Guntur"}


def test_the_same_key_and_body_give_the_same_answer(client: Client, desk: Desk, user: User, body: Body) -> None:
    first = client.post("/api/jobs", body, KEY)
    same = json.loads(json.dumps(body).replace("2}", '"2"}'))

    second = client.post("/api/jobs", same, KEY)

    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json() == first.json()
    assert len(jobs.list_jobs(desk, user)) == 1


def test_the_same_key_with_another_body_is_refused(client: Client, desk: Desk, user: User, body: Body) -> None:
    client.post("/api/jobs", body, KEY)

    answer = client.post("/api/jobs", body | {"work_name": "Other"}, KEY)

    assert answer.status_code == 409
    assert answer.json()["error"].startswith("This Idempotency-Key was sent before with something else.")
    assert [job.work_name for job in jobs.list_jobs(desk, user)] == ["Wiring of the hall"]


def test_twenty_requests_at_once_under_one_key_make_one_job(
    client: Client, desk: Desk, user: User, body: Body, rung: list[str]
) -> None:
    with ThreadPoolExecutor(20) as programs:
        answers = list(programs.map(lambda _: client.post("/api/jobs", body, KEY), range(20)))

    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["job_id"] for answer in answers} == {rung[0]}
    assert [job.id for job in jobs.list_jobs(desk, user)] == rung


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "caf\u00e9"])
def test_a_key_that_cannot_be_used_is_told(client: Client, desk: Desk, user: User, body: Body, key: str) -> None:
    answer = client.ask("POST", "/api/jobs", [(b"Idempotency-Key", key.encode("latin-1"))], json=body)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("The Idempotency-Key must have 1 to 200 letters")
    assert jobs.list_jobs(desk, user) == []


def test_all_bad_lines_are_told_at_once(client: Client, desk: Desk, user: User, body: Body) -> None:
    lines = [{"item": "Teapot", "quantity": 1}, {"item": FAN.name, "quantity": 1}, {"item": FAN.name, "quantity": -1}]

    answer = client.post("/api/jobs", body | {"lines": lines})

    told = answer.json()["error"].split("\n")
    assert answer.status_code == 400
    assert told[0].startswith("Line 1: The schedule has no item \u201cTeapot\u201d.")
    assert told[1].startswith("Line 3: The quantity \u201c-1\u201d is negative.")
    assert len(told) == 2
    assert jobs.list_jobs(desk, user) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"schedule": None}, "\u201cschedule\u201d must be text."),
        ({"lines": []}, "\u201clines\u201d is empty. Write at least one entry."),
        ({"lines": [{"item": "x", "quantity": 1}] * 5001}, "\u201clines\u201d has more than 5,000 entries."),
        ({"lines": {}}, "\u201clines\u201d must be a list, in [ ]."),
        ({"lines": ["x"]}, "Line 1: It must be an object, in { }."),
        ({"lines": [{"quantity": 1}]}, "Line 1: \u201citem\u201d is missing. Write it."),
        ({"lines": [{"item": 1, "quantity": 1}]}, "Line 1: \u201citem\u201d must be text."),
        ({"lines": [{"item": "x", "quantity": True}]}, "Line 1: \u201cquantity\u201d must be a number, like 12.5."),
        ({"lines": [{"item": "x", "quantity": None}]}, "Line 1: \u201cquantity\u201d must be a number, like 12.5."),
        ({"lines": [{"item": FAN.name, "quantity": 1e300}]}, "Line 1: The quantity \u201c1E+300\u201d is too large."),
        ({"lines": [{"item": FAN.name, "quantity": ""}]}, "Line 1: The quantity is missing."),
        ({"work_type": "new"}, "\u201cwork_type\u201d must be 'original' or 'repair'."),
        ({"type": "read_schedule"}, "\u201ctype\u201d must be 'generate_output_excel', "),
        ({"grouped": "yes"}, "\u201cgrouped\u201d must be true or false."),
        ({"colour": "red"}, "\u201ccolour\u201d is not known here. Leave it out, or look it up in /api/docs."),
        ({"charges": {"values": {"tp": []}}}, "\u201ccharges.values.tp\u201d must be a number, like 12.5."),
        ({"charges": {"lump_sums": [{"name": "x"}]}}, "\u201ccharges.lump_sums.1.amount\u201d is missing. Write it."),
        ({"charges": "Standard"}, "\u201ccharges\u201d must be an object, in { }."),
        ({"cover": {"place": "x" * 301}}, "The place has 301 characters. Shorten it to 300."),
        ({"work_name": "x" * 2001}, "The name of the work has 2,001 characters."),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(
    client: Client, desk: Desk, user: User, body: Body, change: Body, sentence: str
) -> None:
    answer = client.post("/api/jobs", body | change)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(sentence)
    assert jobs.list_jobs(desk, user) == []


def test_many_problems_are_told_up_to_twenty(client: Client, body: Body) -> None:
    answer = client.post("/api/jobs", body | {"lines": [{"quantity": 1}] * 25})

    told = answer.json()["error"].split("\n")
    assert told[19:] == ["Line 20: \u201citem\u201d is missing. Write it.", "and 5 more that cannot be used."]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (b"{", "The body is not JSON: see line 1, column 2."),
        (b"[]", "The body must be an object, in { }."),
        (b"null", "The body must be an object, in { }."),
        (b'"x"', "The body must be an object, in { }."),
        (b'{"lines": NaN}', "NaN is not a number in JSON."),
        (b'{"lines": -Infinity}', "-Infinity is not a number in JSON."),
        (b'{"lines": 1e99999999999999999999}', "The number 1e99999999999999999999 is beyond all use."),
        (b'{"lines": [], "lines": []}', "\u201clines\u201d is there twice. Write it once."),
        (b'{"\\ud800": 1, "\\ud800": 2}', "\u201c?\u201d is there twice. Write it once."),
        (b"\xff{}", "The body is not text in UTF-8."),
        (b'{"schedule": "\\ud800"}', "The body has half a character"),
        (b'{"\\udfff": 1}', "The body has half a character"),
        (b"[" * 100_000 + b"]" * 100_000, "The body is nested too deeply."),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "The body is nested too deeply."),
        (b"", "\u201cschedule\u201d is missing. Write it."),
    ],
)
def test_what_is_no_usable_json_is_told_in_a_sentence(
    client: Client, desk: Desk, user: User, sent: bytes, sentence: str
) -> None:
    answer = client.ask("POST", "/api/jobs", {"Content-Type": "application/json"}, content=sent)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(sentence)
    assert jobs.list_jobs(desk, user) == []


def test_json_may_begin_with_a_byte_order_mark_and_tell_its_charset(client: Client, body: Body) -> None:
    sent = b"\xef\xbb\xbf" + json.dumps(body).encode()

    answer = client.ask("POST", "/api/jobs", {"Content-Type": "Application/JSON; charset=utf-8"}, content=sent)

    assert answer.status_code == 202


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_is_not_told_to_be_json_is_refused(
    client: Client, desk: Desk, user: User, body: Body, kind: str | None
) -> None:
    headers = {"Content-Type": kind} if kind else {}

    answer = client.ask("POST", "/api/jobs", headers, content=json.dumps(body).encode())

    assert answer.status_code == 415
    assert answer.json()["error"].startswith("Send JSON")
    assert jobs.list_jobs(desk, user) == []


def test_a_body_that_is_too_large_is_refused(client: Client, desk: Desk, user: User, body: Body) -> None:
    answer = client.post("/api/jobs", body | {"work_name": "x" * MAX_BODY})

    assert answer.status_code == 413
    assert answer.json()["error"].startswith("What was sent is larger than 2 MB.")
    assert jobs.list_jobs(desk, user) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://desk.elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://desk"},
    ],
)
def test_pages_of_other_sites_can_change_nothing(
    client: Client, desk: Desk, user: User, body: Body, job: Job, headers: dict[str, str]
) -> None:
    answers = [
        client.post("/api/jobs", body, headers),
        client.post(f"/api/jobs/{job.id}/cancel", None, headers),
        client.post(f"/api/jobs/{job.id}/retry", None, headers),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert answers[0].json()["error"].startswith("Another site asked for this")
    assert jobs.list_jobs(desk, user) == [job]


@pytest.mark.parametrize("headers", [{"Origin": "http://DESK"}, {"Sec-Fetch-Site": "same-origin"}, {}])
def test_pages_of_this_site_and_programs_may(client: Client, body: Body, headers: dict[str, str]) -> None:
    assert client.post("/api/jobs", body, headers).status_code == 202


def test_a_schedule_of_others_and_one_that_is_not_there_look_the_same(
    client: Client, desk: Desk, stranger: User, body: Body, as_stranger: None
) -> None:
    foreign, absent = client.post("/api/jobs", body), client.post("/api/jobs", body | {"schedule": "absent"})

    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert foreign.json() == absent.json()
    assert jobs.list_jobs(desk, stranger) == []


def test_a_retired_schedule_is_refused(
    client: Client, desk: Desk, user: User, schedule: ScheduleCard, body: Body
) -> None:
    retire_schedule(desk, user, schedule.id)

    answer = client.post("/api/jobs", body)

    assert answer.status_code == 409
    assert "was retired" in answer.json()["error"]
    assert jobs.list_jobs(desk, user) == []


def test_jobs_are_listed_page_by_page_newest_first(
    client: Client, desk: Desk, user: User, schedule: ScheduleCard, clock: Clock
) -> None:
    made = []
    for _ in range(5):
        clock.move(1)
        made.append(ask(desk, user, schedule).id)

    first = client.get("/api/jobs?limit=2").json()
    clock.move(1)
    ask(desk, user, schedule)
    second = client.get(f"/api/jobs?limit=2&cursor={first['next_cursor']}").json()
    third = client.get(f"/api/jobs?limit=2&cursor={second['next_cursor']}").json()

    assert [job["id"] for page in (first, second, third) for job in page["jobs"]] == made[::-1]
    assert third["next_cursor"] is None


def test_jobs_of_one_moment_are_all_on_some_page(
    client: Client, desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    made = {ask(desk, user, schedule).id for _ in range(4)}

    first = client.get("/api/jobs?limit=3").json()
    second = client.get(f"/api/jobs?limit=3&cursor={first['next_cursor']}").json()

    assert [len(first["jobs"]), len(second["jobs"])] == [3, 1]
    assert {job["id"] for page in (first, second) for job in page["jobs"]} == made


def test_jobs_are_told_with_what_they_are_and_where_to_ask(client: Client, job: Job) -> None:
    [told] = client.get("/api/jobs").json()["jobs"]

    assert told == {
        "id": job.id,
        "type": "generate_estimate_excel",
        "status": "queued",
        "progress": 0,
        "current_step": "",
        "work_name": "",
        "lines": 1,
        "schedule": job.schedule,
        "attempts": 0,
        "created_at": "2026-04-01T09:30:00+00:00",
        "started_at": None,
        "completed_at": None,
        "error_message": "",
        "is_complete": False,
        "status_url": f"/api/jobs/{job.id}/status",
    }


def test_jobs_are_filtered(
    client: Client, desk: Desk, user: User, colleague: User, schedule: ScheduleCard, job: Job
) -> None:
    theirs = ask(desk, colleague, schedule, JobType.PDF)
    fail(desk, job)

    def listed(query: str) -> list[str]:
        return [told["id"] for told in client.get(f"/api/jobs?{query}").json()["jobs"]]

    assert listed("mine=true") == listed("status=failed") == listed("type=generate_estimate_excel") == [job.id]
    assert listed("status=queued") == listed("type=generate_estimate_pdf&status=queued&mine=false") == [theirs.id]
    assert set(listed("")) == {job.id, theirs.id}
    assert listed("status=running") == listed("status=queued&mine=true") == []


def test_a_stranger_sees_and_changes_no_job(
    client: Client, desk: Desk, user: User, job: Job, as_stranger: None
) -> None:
    listed = client.get("/api/jobs").json()
    answers = [client.post(f"/api/jobs/{job.id}/{what}") for what in ("cancel", "retry", "again")]

    assert listed == {"jobs": [], "next_cursor": None}
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert answers[0].json() == client.post("/api/jobs/absent/cancel").json()
    assert client.get(f"/api/jobs?cursor={job.id}").status_code == 400
    assert jobs.get_job(desk, user, job.id) == job


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("limit=0", "\u201climit\u201d must be a whole number from 1 to 200."),
        ("limit=201", "\u201climit\u201d must be a whole number from 1 to 200."),
        ("limit=ten", "\u201climit\u201d must be a whole number from 1 to 200."),
        ("limit=\u0661", "\u201climit\u201d must be a whole number from 1 to 200."),
        ("limit=1&limit=2", "\u201climit\u201d is there twice. Write it once."),
        ("status=done", "\u201cstatus\u201d must be 'queued', 'running', 'completed', 'failed' or 'cancelled'."),
        ("mine=1", "\u201cmine\u201d must be true or false."),
        ("cursor=absent", "The cursor leads nowhere."),
        ("colour=red", "\u201ccolour\u201d is not known here."),
        ("status=%ff", "\u201cstatus\u201d must be 'queued'"),
    ],
)
def test_a_query_that_cannot_be_used_is_told(client: Client, query: str, sentence: str) -> None:
    answer = client.get(f"/api/jobs?{query}")

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(sentence)


def test_a_queued_job_is_cancelled(client: Client, desk: Desk, user: User, job: Job) -> None:
    answer = client.post(f"/api/jobs/{job.id}/cancel")

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["is_complete"]) == ("cancelled", True)
    assert jobs.get_job(desk, user, job.id).status is Status.CANCELLED


def test_a_running_job_is_asked_to_stop(client: Client, desk: Desk, user: User, job: Job) -> None:
    with desk.open_db() as db:
        queue.claim_next(db, WORKER, desk.now())

    answer = client.post(f"/api/jobs/{job.id}/cancel", {})

    assert (answer.status_code, answer.json()["status"]) == (200, "running")
    assert jobs.get_job(desk, user, job.id).is_cancel_asked


def test_a_complete_job_is_not_cancelled(client: Client, desk: Desk, user: User, job: Job) -> None:
    work.run_next(desk, WORKER)

    answer = client.post(f"/api/jobs/{job.id}/cancel")

    assert answer.status_code == 409
    assert answer.json() == {"error": "This job is completed already, so it cannot be cancelled."}
    assert jobs.get_job(desk, user, job.id).status is Status.COMPLETED


def test_a_failed_job_is_tried_again(client: Client, desk: Desk, user: User, job: Job, rung: list[str]) -> None:
    fail(desk, job)

    answer = client.post(f"/api/jobs/{job.id}/retry")

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["error_message"]) == ("queued", "")
    assert rung == [job.id, job.id]


def test_a_job_that_has_not_failed_is_not_tried_again(client: Client, desk: Desk, user: User, job: Job) -> None:
    answer = client.post(f"/api/jobs/{job.id}/retry")

    assert answer.status_code == 409
    assert answer.json() == {"error": "Only a failed job can be tried again; this one is queued."}
    assert jobs.get_job(desk, user, job.id) == job


@pytest.mark.parametrize("what", ["cancel", "retry", "again"])
def test_nothing_is_to_be_sent_to_cancel_or_try_or_make_again(
    client: Client, desk: Desk, user: User, job: Job, what: str
) -> None:
    told = client.post(f"/api/jobs/{job.id}/{what}", {"why": "x"})
    plain = client.ask("POST", f"/api/jobs/{job.id}/{what}", {"Content-Type": "text/plain"}, content=b"x")

    assert (told.status_code, plain.status_code) == (400, 415)
    assert told.json()["error"].startswith("\u201cwhy\u201d is not known here.")
    assert jobs.get_job(desk, user, job.id) == job


def test_a_waiting_job_tells_its_place_and_how_long_it_may_wait(
    client: Client, desk: Desk, user: User, schedule: ScheduleCard, clock: Clock
) -> None:
    with desk.open_db() as db:
        queue.beat(db, WORKER, desk.now())
    before, first, second = (ask(desk, user, schedule) for _ in range(3))
    work.run_next(desk, WORKER)

    places = [client.get(f"/api/jobs/{job.id}/status").json() for job in (before, first, second)]

    assert [place["queue_position"] for place in places] == [None, 1, 2]
    assert [place["seconds_to_wait"] for place in places] == [None, 0.0, 0.0]


def test_two_keys_are_refused(client: Client, desk: Desk, user: User, body: Body) -> None:
    answer = client.ask("POST", "/api/jobs", [("Idempotency-Key", "one"), ("Idempotency-Key", "two")], json=body)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("There are 2 Idempotency-Keys. Send one.")
    assert jobs.list_jobs(desk, user) == []


def test_the_file_of_a_job_is_made_again(client: Client, desk: Desk, user: User, job: Job, rung: list[str]) -> None:
    work.run_next(desk, WORKER)

    answer = client.post(f"/api/jobs/{job.id}/again")

    again = answer.json()["job_id"]
    assert answer.status_code == 202
    assert again != job.id
    assert rung == [job.id, again]
    work.run_next(desk, WORKER)
    assert client.get(answer.json()["status_url"]).json()["status"] == "completed"


def test_a_job_that_waits_is_not_made_again(client: Client, desk: Desk, user: User, job: Job) -> None:
    answer = client.post(f"/api/jobs/{job.id}/again")

    assert answer.status_code == 409
    assert answer.json()["error"].startswith("This job is queued.")
    assert jobs.list_jobs(desk, user) == [job]


def test_a_person_with_as_many_active_jobs_as_may_be_is_told_so(
    desk: Desk, user: User, schedule: ScheduleCard, body: Body, rung: list[str]
) -> None:
    client = Client(lambda: replace(desk, settings=desk.settings.model_copy(update={"jobs_per_user": 1})))
    first = client.post("/api/jobs", body, KEY)

    second, same = client.post("/api/jobs", body), client.post("/api/jobs", body, KEY)

    assert (first.status_code, second.status_code, same.status_code) == (202, 429, 202)
    assert second.json()["error"].startswith("1 of your jobs are waiting or running")
    assert rung == [first.json()["job_id"]] == [same.json()["job_id"]]


def test_an_organisation_with_as_many_jobs_as_may_be_is_told_when_to_ask_again(
    desk: Desk, user: User, schedule: ScheduleCard, body: Body
) -> None:
    client = Client(lambda: replace(desk, settings=desk.settings.model_copy(update={"jobs_per_hour": 1})))

    first, second = (client.post("/api/jobs", body) for _ in range(2))

    assert "Retry-After" not in first.headers
    assert (second.status_code, second.headers["Retry-After"]) == (429, "3600")
