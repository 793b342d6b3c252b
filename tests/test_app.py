"""The real application: it serves its routes, brings a worker along and takes it away."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect as open_socket
from websockets.typing import Subprotocol

from estimate_core.desk import Desk
from estimate_core.domain.people import LOCAL
from estimate_core.services.schedules import list_schedules
from estimate_core.services.signing_in import COOKIE
from estimate_core.settings import Settings
from estimate_core.storage import sessions
from estimate_core.web.door import SESSION
from estimate_core.wiring import connect
from tests.people import Person, settle

ROOT = Path(__file__).parents[1]
PATIENCE = 30.0

Start = Callable[..., tuple[subprocess.Popen[bytes], str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the application and a page of its own."""
    shutil.copy(ROOT / "app.py", tmp_path / "app.py")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "shell.py").write_text("import streamlit as st\nst.write('hello')\n")
    return tmp_path


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """A function that starts the application; gives the process and the address."""
    started: list[subprocess.Popen[bytes]] = []

    def start(worker: str, **settings: str) -> tuple[subprocess.Popen[bytes], str]:
        port = free_port()
        environment = {
            **os.environ,
            "ESTIMATE_HOME": str(folder / "home"),
            "ESTIMATE_WORKER": worker,
            "PYTHONPATH": str(ROOT),
            "STREAMLIT_SERVER_PORT": str(port),
            "STREAMLIT_SERVER_HEADLESS": "true",
            "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",
            "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
            **settings,
        }
        command = [sys.executable, "-m", "streamlit", "run", "app.py"]
        app = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
        started.append(app)
        return app, f"http://127.0.0.1:{port}"

    yield start
    for app in started:
        app.kill()
        app.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(happened: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < PATIENCE, "it did not happen"
        time.sleep(0.05)


def health(address: str) -> dict[str, object]:
    try:
        answer = httpx.get(f"{address}/healthz", timeout=5, trust_env=False)
    except (httpx.ConnectError, httpx.ReadTimeout):
        # It does not listen yet, or has no desk yet to answer from.
        return {}
    assert answer.status_code == 200
    return dict(answer.json())


def no_worker_is_left(home: Path) -> bool:
    """Whether all locks that workers hold while they live are gone."""
    return not list((home / "workers").glob("*.lock"))


def test_the_application_brings_a_worker_and_takes_it_away(start: Start, tmp_path: Path) -> None:
    app, address = start("embedded")
    wait_for(lambda: health(address).get("status") == "ok")

    app.terminate()

    assert app.wait(PATIENCE) is not None
    wait_for(lambda: no_worker_is_left(tmp_path / "home"))
    assert health(address) == {}


def test_the_application_leaves_the_worker_to_others_where_it_is_told_so(start: Start) -> None:
    _, address = start("external")
    wait_for(lambda: bool(health(address)))

    time.sleep(1)

    told = health(address)
    assert (told["status"], told["worker_alive"], told["worker_last_seen"]) == ("degraded", False, None)
    assert (told["workers"], told["queue_length"]) == (0, 0)


def test_a_bad_setting_ends_the_application_with_its_sentence_and_no_traceback() -> None:
    environment = {**os.environ, "ESTIMATE_WORKER": "sometimes", "STREAMLIT_SERVER_PORT": str(free_port())}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]

    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE
    )

    assert ended.returncode == 2
    assert "ESTIMATE_WORKER is \u201csometimes\u201d. Set it to embedded or external." in ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def desk_at(home: Path) -> Desk:
    """The desk that lies in a folder; its queue is not used."""
    wires = connect(Settings(home=home))
    wires.queue.storage.close()
    return wires.desk


@pytest.mark.parametrize(
    ("command", "address", "told"),
    [
        (("-m", "streamlit", "run", "app.py"), "0.0.0.0", "0.0.0.0"),
        (("app.py",), "::", "::"),
        (("app.py",), "", "::"),
    ],
)
def test_others_do_not_reach_a_desk_without_accounts(
    folder: Path, command: tuple[str, ...], address: str, told: str
) -> None:
    (folder / ".streamlit").mkdir()
    chosen = f"address = '{address}'" if address else ""
    (folder / ".streamlit" / "config.toml").write_text(f"[server]\nport = {free_port()}\nheadless = true\n{chosen}\n")
    environment = {**os.environ, "ESTIMATE_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}

    ended = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )

    assert ended.returncode == 2
    assert f"it would be reached from other machines by {told}, and nobody has an account yet" in ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    assert list_schedules(desk_at(folder / "home"), LOCAL) == []


def test_others_reach_a_desk_with_accounts(start: Start, tmp_path: Path) -> None:
    settle(desk_at(tmp_path / "home"), "asha@example.org")

    _, address = start("external", STREAMLIT_SERVER_ADDRESS="0.0.0.0")

    wait_for(lambda: bool(health(address)))
    assert httpx.get(f"{address}/api/jobs", timeout=PATIENCE, trust_env=False).status_code == 401


def test_anyone_reaches_a_desk_that_its_host_opened(start: Start) -> None:
    _, address = start("external", STREAMLIT_SERVER_ADDRESS="0.0.0.0", ESTIMATE_OPEN="yes-anyone")

    wait_for(lambda: bool(health(address)))
    asked = httpx.get(
        f"{address}/api/jobs", headers={"X-Forwarded-For": "203.0.113.9"}, timeout=PATIENCE, trust_env=False
    )
    assert asked.status_code == 200


def test_an_address_that_a_header_tells_is_not_believed(start: Start, tmp_path: Path) -> None:
    desk = desk_at(tmp_path / "home")
    person = settle(desk, "asha@example.org")
    _, address = start("external")
    wait_for(lambda: bool(health(address)))

    httpx.get(
        f"{address}/api/jobs",
        headers={"Cookie": f"{COOKIE}={person.ticket}", "X-Forwarded-For": "203.0.113.9"},
        timeout=PATIENCE,
        trust_env=False,
    ).raise_for_status()

    with desk.open_db() as db:
        [session] = sessions.list_sessions(db, person.account.id)
    assert session.address == "127.0.0.1"


def page_of(address: str, person: Person, told: str = "", **headers: str) -> str:
    """The id of what the pages keep for a browser that connects and tells `told` as that of earlier."""
    asked = [Subprotocol("streamlit"), Subprotocol("none"), *([Subprotocol(told)] if told else [])]
    cookie = {"Cookie": f"{COOKIE}={person.ticket}"}
    stream = f"{address.replace('http', 'ws')}/_stcore/stream"
    with open_socket(
        stream, subprotocols=asked, additional_headers=cookie | headers, proxy=None, max_queue=None
    ) as socket:
        run = BackMsg()
        run.rerun_script.page_name = ""
        socket.send(run.SerializeToString())
        while True:
            message = ForwardMsg()
            message.ParseFromString(bytes(socket.recv(PATIENCE, decode=False)))
            if message.HasField("new_session"):
                return str(message.new_session.initialize.session_id)


def test_what_a_page_keeps_is_for_the_session_that_made_it_alone(start: Start, tmp_path: Path) -> None:
    desk = desk_at(tmp_path / "home")
    asha, ravi = settle(desk, "asha@example.org"), settle(desk, "ravi@example.org", organisation="elsewhere")
    _, address = start("external")
    wait_for(lambda: bool(health(address)))
    page = page_of(address, asha)

    taken = [page_of(address, ravi, page), page_of(address, ravi, page, **{SESSION: asha.user.session})]

    assert page not in taken
    assert page_of(address, asha, page) == page
