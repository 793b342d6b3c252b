"""The documentation: made from the code, and true."""

import re
import shlex
from dataclasses import replace
from html import unescape

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from estimate_core.desk import Desk
from estimate_core.domain.job import JobType
from estimate_core.domain.people import Scope, User
from estimate_core.services import jobs, work
from estimate_core.services.schedules import ScheduleCard
from estimate_core.services.signing_in import COOKIE
from estimate_core.services.submitting import WrittenEstimate, WrittenLine, submit_written
from estimate_core.services.tokens import create_token
from estimate_core.web.calls import OPERATIONS
from estimate_core.web.models import Nothing
from estimate_core.web.operations import Operation
from tests.conftest import FAN
from tests.people import settle
from tests.web.browser import Browser
from tests.web.client import Client, application


@pytest.fixture
def known(desk: Desk, user: User, schedule: ScheduleCard) -> dict[str, str]:
    """Ids that are there: of a schedule, and of a job that made a file."""
    job = submit_written(desk, user, WrittenEstimate(schedule.id, (WrittenLine(FAN.name, "2"),)), JobType.ESTIMATE)
    work.run_next(desk, "here/1")
    [output] = jobs.list_outputs(desk, user, job.id)
    return {"schedule_id": schedule.id, "job_id": job.id, "output_id": output.id}


@pytest.mark.parametrize("operation", [pytest.param(operation, id=operation.name) for operation in OPERATIONS])
def test_whatever_is_sent_is_answered_as_documented(
    desk: Desk, schedule: ScheduleCard, known: dict[str, str], operation: Operation
) -> None:
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", application(lambda: desk))
    documented = schema[f"/api{operation.path}"][operation.method]
    modes = st.sampled_from(GenerationMode) if has_parts(operation) else st.just(GenerationMode.POSITIVE)
    answered: set[int] = set()

    @settings(max_examples=60, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        case: Case = data.draw(documented.as_strategy(data.draw(modes)))
        if data.draw(st.booleans()):
            case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
            if isinstance(case.body, dict) and isinstance(case.body.get("lines"), list):
                case.body |= {"schedule": schedule.id, "lines": [{"item": FAN.name, "quantity": 1}]}
        # That what fits the document is accepted cannot be told by a document: items and cursors must be there.
        answered.add(case.call_and_validate(excluded_checks=[positive_data_acceptance]).status_code)

    ask()
    assert answered & {operation.status, 409}, "nothing that was sent was ever done"


def has_parts(operation: Operation) -> bool:
    """Whether there is anything in the request that can be wrong."""
    return operation.body is not Nothing or operation.query is not Nothing or "{" in operation.path


def test_every_operation_is_documented_with_its_refusals(client: Client) -> None:
    document = client.get("/api/openapi.json").json()

    told = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert document["openapi"] == "3.1.0"
    assert told == {(operation.method.lower(), f"/api{operation.path}") for operation in OPERATIONS}
    assert set(document["paths"]["/api/jobs"]["post"]["responses"]) >= {"202", "400", "403", "404", "409", "413", "415"}


def test_the_page_tells_every_operation_and_needs_no_script_and_no_other_host(client: Client) -> None:
    answer = client.get("/api/docs")

    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert all(f'id="{operation.name}"' in answer.text for operation in OPERATIONS)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"<script|<link|\son\w+=|style=|src=", answer.text)
    assert {href for href in re.findall(r'href="([^#][^"]*)"', answer.text)} == {"/api/openapi.json"}


def test_links_within_the_page_lead_somewhere(client: Client) -> None:
    page = client.get("/api/docs").text

    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(re.findall(r'id="([^"]*)"', page))


def test_the_example_works_when_it_is_pasted(client: Client, desk: Desk, user: User, schedule: ScheduleCard) -> None:
    page = unescape(client.get("/api/docs").text)
    example = re.search(r"<pre>(curl [^<]* -d [^<]*)</pre>", page)
    assert example
    _, url, *options = shlex.split(example[1].replace("\\\n", ""))
    told = dict(zip(options[::2], options[1::2], strict=True))

    answer = client.ask("POST", url, {"Content-Type": "application/json"}, content=told["-d"].encode())

    assert url == "http://desk/api/jobs"
    assert answer.status_code == 202
    assert [(job.work_name, job.lines) for job in jobs.list_jobs(desk, user)] == [("Wiring of the clinic", 2)]


def test_examples_name_a_token_once_people_sign_in(desk: Desk, schedule: ScheduleCard) -> None:
    person = settle(desk, "asha@example.org")
    _, secret = create_token(desk, person.user, "Tally", Scope.WRITE, 30)
    browser = Browser(desk, {COOKIE: person.ticket})

    page = browser.get("/api/docs").text
    commands = re.findall(r"<h3>Example</h3><pre>(.*?)</pre>", page, re.DOTALL)
    pasted = shlex.split(unescape(commands[0]).replace("ed_...", secret).replace("\\\n", ""))
    told = dict(pasted[at + 1].split(": ", 1) for at, word in enumerate(pasted) if word == "-H")
    answer = Browser(desk).ask("POST", "/api/jobs", headers=told, content=pasted[-1].encode())

    assert commands and all("Authorization: Bearer ed_..." in command for command in commands)
    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("trusted", "url", "told", "address"),
    [
        ("127.0.0.1", "", "https", "https://desk"),
        ("127.0.0.1", "", "http", "http://desk"),
        ("127.0.0.1", "", "http, https", "https://desk"),
        ("127.0.0.1", "", "", "http://desk"),
        ("10.0.0.0/8", "", "https", "http://desk"),
        ("", "", "https", "http://desk"),
        ("", "https://estimates.example.org/", "", "https://estimates.example.org"),
    ],
)
def test_examples_have_the_address_that_people_reach(
    desk: Desk, schedule: ScheduleCard, trusted: str, url: str, told: str, address: str
) -> None:
    set_by_host = {"ESTIMATE_HOME": str(desk.settings.home), "ESTIMATE_PROXY_ADDRESSES": trusted, "ESTIMATE_URL": url}
    behind = replace(desk, settings=desk.settings.from_environment(set_by_host))

    page = unescape(Client(lambda: behind).get("/api/docs", {"X-Forwarded-Proto": told} if told else None).text)

    addresses = re.findall(r"https?://[^/\s']+(?=/api/)", page)
    assert len(addresses) > 10
    assert set(addresses) == {address}


def test_a_desk_without_schedules_has_examples_all_the_same(client: Client) -> None:
    assert "row:7" in client.get("/api/docs").text


def test_a_strange_host_does_no_harm_to_the_page(client: Client) -> None:
    for host in ("<script>alert(1)</script>", "[", "'; rm x"):
        page = client.get("/api/docs", {"Host": host}).text

        assert "<script" not in page
        assert "Estimate Desk: the API" in page


def test_the_address_of_the_api_itself_leads_to_its_documentation(client: Client) -> None:
    answer = client.get("/api")

    assert answer.status_code == 307
    assert answer.headers["location"] == "/api/docs"
