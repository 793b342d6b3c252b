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
from estimate_core.services.signing_in import COOKIE
from estimate_core.settings import Settings
from tests.browser.town import Town, found_town
from tests.people import Person, sign_in_again

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
    process: "subprocess.Popen[bytes]"

    @property
    def port(self) -> int:
        """Where it listens; another application started there is the same one for browsers."""
        return int(self.url.rpartition(":")[2])

    def new_estimate(self, category: str = "Electrical", name: str = "") -> str:
        """The id of a new empty estimate on a sample schedule."""
        cards = schedules.list_schedules(self.desk, LOCAL)
        card = next(card for card in cards if card.category == category)
        return estimates.create_estimate(self.desk, LOCAL, card.id, name).id

    def quantities(self, estimate_id: str) -> list[str]:
        """The quantities that are stored, in the order of the lines."""
        return [str(line.quantity) for line in estimates.open_estimate(self.desk, LOCAL, estimate_id).estimate.lines]


@contextmanager
def running_office(home: Path, worker: str, port: int = 0, is_cold: bool = False) -> Iterator[Office]:
    """The application, started as the README starts it, until the end of the block.

    A cold one listens already, but was not asked for anything yet, not even how it is.
    """
    port = port or _free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    environment = {**os.environ, "ESTIMATE_HOME": str(home), "ESTIMATE_WORKER": worker}
    with (home.parent / f"{home.name}.log").open("wb") as log:
        app = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            if is_cold:
                _wait_until_listening(port, app)
            else:
                _wait_until_healthy(url, app, wants_worker=worker == "embedded")
            desk = open_desk(Settings(home=home), lambda job_id: None, lambda: datetime.now(UTC))
            yield Office(url, home, desk, app)
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


def _wait_until_listening(port: int, app: "subprocess.Popen[bytes]") -> None:
    began = time.monotonic()
    while True:
        assert app.poll() is None, "the application ended while it started"
        assert time.monotonic() - began < PATIENCE, "the application did not listen"
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
            return
        except OSError:
            time.sleep(0.1)


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
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Who and what is at the desk of `closed_office`."""
    return found_town(tmp_path_factory.mktemp("town") / "home")


@pytest.fixture(scope="package")
def closed_office(town: Town) -> Iterator[Office]:
    """The application without a worker, where two organisations have people and everybody signs in."""
    with running_office(town.home, "external") as office:
        yield office


@pytest.fixture
def asha(closed_office: Office, town: Town) -> Person:
    """Asha in a browser of her own."""
    return sign_in_again(closed_office.desk, town.asha.account)


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
    """A function that opens an address in a window of that size, with cookies and storage of its own.

    With a ticket the person who holds it is signed in there.
    """
    contexts = []

    def open_page(url: str, size: tuple[int, int] = DESKTOP, ticket: str = "") -> "Page":
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, accept_downloads=True)
        contexts.append(context)
        if ticket:
            context.add_cookies([{"name": COOKIE, "value": ticket, "url": url, "httpOnly": True, "sameSite": "Lax"}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
