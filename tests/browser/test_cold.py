"""Right after a start, with nobody served yet: whoever asks first without a session is shown nothing of anyone.

The library would run a file of pages/ by itself for the first visitor of its address, before the application told it
which pages there are; so each page's address is asked for first, in an application of its own that was just started.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from estimate_core.services.signing_in import COOKIE, sign_out
from estimate_core.web.calls import OPERATIONS
from tests.browser.conftest import Office, OpenPage, needs_browser, running_office
from tests.browser.town import ROOMS, Town, found_town, listen, names_in, own_menu, wait_for_room
from tests.people import sign_in_again

READER = {"Accept": "text/html,application/xhtml+xml"}
PATIENCE = 60.0


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Two organisations with people who have accounts, in a folder that all tests here serve, one after the other."""
    return found_town(tmp_path_factory.mktemp("cold") / "home")


@contextmanager
def cold_office(home: Path) -> Iterator[Office]:
    """An application that was just started, and is lost as by a loss of power."""
    with running_office(home, "external", is_cold=True) as office:
        yield office
        office.process.kill()


def client_of(office: Office) -> httpx.Client:
    return httpx.Client(base_url=office.url, timeout=PATIENCE, trust_env=False)


def told_by(answer: httpx.Response) -> str:
    """All that an answer says, its headers among it."""
    return unquote(f"{answer.headers} {answer.text}")


def refused_socket(office: Office, ticket: str = "") -> tuple[int, str]:
    """The status and the words by which a websocket is refused."""
    headers = {"Cookie": f"{COOKIE}={ticket}"} if ticket else {}
    address = f"{office.url.replace('http', 'ws')}/_stcore/stream"
    with (
        pytest.raises(InvalidStatus) as refusal,
        connect(address, additional_headers=headers, open_timeout=PATIENCE, proxy=None),
    ):
        pass
    answer = refusal.value.response
    return answer.status_code, f"{answer.headers} {answer.body!r}"


@needs_browser
@pytest.mark.parametrize("path", ROOMS)
def test_whoever_comes_first_to_a_page_is_asked_to_sign_in_and_a_stranger_sees_their_own(
    town: Town, open_page: OpenPage, path: str
) -> None:
    with cold_office(town.home) as office, client_of(office) as client:
        first = client.get(f"/{path}", headers=READER)
        nobody = open_page(f"{office.url}/{path}")
        nobody.get_by_role("heading", name="Sign in").wait_for()
        ravi = sign_in_again(office.desk, town.ravi.account)
        page = open_page(f"{office.url}/sign-in?next=/healthz", ticket=ravi.ticket)
        received = listen(page)
        page.goto(f"{office.url}/{path}")
        own_menu(page, "Ravi").wait_for()
        wait_for_room(page, path)
        seen = "".join([page.content(), *received])

    assert first.status_code == 303
    assert first.headers["location"].startswith("/sign-in")
    assert names_in(town, told_by(first) + nobody.content()) == []
    assert "Ravi" in seen
    assert town.here.mark not in seen


def test_a_websocket_that_comes_first_is_closed(town: Town) -> None:
    with cold_office(town.home) as office:
        ended = sign_in_again(office.desk, town.asha.account)
        sign_out(office.desk, ended.user)
        refusals = [refused_socket(office), refused_socket(office, ended.ticket), refused_socket(office, "made.up")]

    assert [status for status, _ in refusals] == [403, 403, 403]
    assert names_in(town, "".join(told for _, told in refusals)) == []


def addresses(town: Town) -> list[tuple[str, str]]:
    """The method and the address of each operation of the API on things that exist, and of what else is served."""
    ids = {"job_id": town.here.complete, "output_id": town.here.output, "schedule_id": town.here.schedule}
    session = uuid4()
    return [
        *((operation.method, f"/api{operation.path.format(**ids)}") for operation in OPERATIONS),
        ("GET", "/api/docs"),
        ("GET", "/api/openapi.json"),
        ("GET", f"/media/{town.here.output}"),
        ("GET", f"/media/{'a' * 64}.xlsx"),
        ("GET", "/static/index.html"),
        ("GET", "/app/static/app.db"),
        ("GET", "/component/pages.quick_add/index.html"),
        ("GET", "/pages/jobs.py"),
        ("GET", "/_stcore/health"),
        ("GET", "/_stcore/host-config"),
        ("GET", "/_stcore/metrics"),
        ("PUT", f"/_stcore/upload_file/{session}/{uuid4()}"),
        ("DELETE", f"/_stcore/upload_file/{session}/{uuid4()}"),
        ("POST", "/_stcore/bidi-components/x"),
        ("GET", f"/files/{town.here.output}"),
        ("GET", f"/{town.here.output}"),
        ("GET", "/%2e%2e/app.db"),
    ]


def test_every_other_address_that_is_asked_first_without_a_session_tells_nothing(town: Town) -> None:
    with cold_office(town.home) as office, client_of(office) as client:
        answers = [client.request(method, address) for method, address in addresses(town)]
        read = [client.get(address, headers=READER) for method, address in addresses(town) if method == "GET"]
        ticket = sign_in_again(office.desk, town.asha.account).ticket
        own = [client.get(address, headers={"Cookie": f"{COOKIE}={ticket}"}) for address in own_addresses(town)]

    statuses = {f"{answer.request.method} {answer.request.url.path}": answer.status_code for answer in answers}
    assert {address for address, status in statuses.items() if status not in (401, 404)} == set()
    assert {answer.status_code for answer in read} <= {303, 404}
    assert names_in(town, "".join(map(told_by, [*answers, *read]))) == []
    assert [answer.status_code for answer in own] == [200, 200]
    assert [bool(names_in(town, told_by(answer))) for answer in own] == [True, True]


def own_addresses(town: Town) -> tuple[str, str]:
    """Where who may see them is told of the organisation's works."""
    return "/api/jobs", f"/api/outputs/{town.here.output}/download"
