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

ROOT = Path(__file__).parents[1]
PATIENCE = 30.0

Start = Callable[[str], tuple[subprocess.Popen[bytes], str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A function that starts the application with a page of its own; gives the process and the address."""
    shutil.copy(ROOT / "app.py", tmp_path / "app.py")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "shell.py").write_text("import streamlit as st\nst.write('hello')\n")
    started: list[subprocess.Popen[bytes]] = []

    def start(worker: str) -> tuple[subprocess.Popen[bytes], str]:
        port = free_port()
        environment = {
            **os.environ,
            "ESTIMATE_HOME": str(tmp_path / "home"),
            "ESTIMATE_WORKER": worker,
            "PYTHONPATH": str(ROOT),
            "STREAMLIT_SERVER_PORT": str(port),
            "STREAMLIT_SERVER_HEADLESS": "true",
            "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",
            "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
        }
        command = [sys.executable, "-m", "streamlit", "run", "app.py"]
        app = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
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
    except httpx.ConnectError:
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
