"""The real application on a home of its own, and a browser before it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from estimate_core.desk import Desk, open_desk
from estimate_core.domain.people import LOCAL
from estimate_core.services import estimates, schedules
from estimate_core.settings import Settings

try:
    from playwright.sync_api import Browser, Page, sync_playwright
except ImportError:
    sync_playwright = None

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE = 60.0
DESKTOP, PHONE = (1366, 768), (390, 844)

# In CI the tests must run, so there a missing browser fails them instead of skipping.
_MISSING = "Playwright is not installed" if sync_playwright is None else "" if CHROMIUM else "Chromium is not installed"
needs_browser = pytest.mark.skipif(bool(_MISSING) and os.environ.get("CI") != "true", reason=_MISSING or "a browser")

OpenPage = Callable[..., "Page"]


@dataclass(frozen=True)
class Office:
    """A running application: its address, its home, and a desk on the same home."""

    url: str
    home: Path
    desk: Desk

    def new_estimate(self, category: str = "Electrical", name: str = "") -> str:
        """The id of a new empty estimate on a sample schedule."""
        cards = schedules.list_schedules(self.desk, LOCAL)
        card = next(card for card in cards if card.category == category)
        return estimates.create_estimate(self.desk, LOCAL, card.id, name).id

    def quantities(self, estimate_id: str) -> list[str]:
        """The quantities that are stored, in the order of the lines."""
        return [str(line.quantity) for line in estimates.open_estimate(self.desk, LOCAL, estimate_id).estimate.lines]


@contextmanager
def running_office(home: Path, worker: str) -> Iterator[Office]:
    """The application, started as the README starts it, until the end of the block."""
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    environment = {**os.environ, "ESTIMATE_HOME": str(home), "ESTIMATE_WORKER": worker}
    with (home.parent / f"{home.name}.log").open("wb") as log:
        app = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_healthy(url, app, wants_worker=worker == "embedded")
            yield Office(url, home, open_desk(Settings(home=home), lambda job_id: None, lambda: datetime.now(UTC)))
        finally:
            app.terminate()
            try:
                app.wait(15)
            except subprocess.TimeoutExpired:
                app.kill()
                app.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_until_healthy(url: str, app: "subprocess.Popen[bytes]", wants_worker: bool) -> None:
    began = time.monotonic()
    while True:
        assert app.poll() is None, "the application ended while it started"
        assert time.monotonic() - began < PATIENCE, "the application did not become healthy"
        try:
            answer = httpx.get(f"{url}/healthz", timeout=5, trust_env=False).json()
        except (httpx.HTTPError, ValueError):
            answer = {}
        if answer and (answer["worker_alive"] or not wants_worker):
            return
        time.sleep(0.1)


@pytest.fixture(scope="package")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The application with its embedded worker, for all tests of this folder."""
    with running_office(tmp_path_factory.mktemp("office") / "home", "embedded") as office:
        yield office


@pytest.fixture(scope="package")
def browser() -> Iterator["Browser"]:
    """One browser for all tests of this folder; its event loop must end with them, since other tests run loops too."""
    if sync_playwright is None or CHROMIUM is None:
        pytest.fail(f"{_MISSING}, and CI=true says that it must be")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: "Browser") -> Iterator[OpenPage]:
    """A function that opens an address in a window of that size, with cookies and storage of its own."""
    contexts = []

    def open_page(url: str, size: tuple[int, int] = DESKTOP) -> "Page":
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
