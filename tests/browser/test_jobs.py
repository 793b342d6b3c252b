"""Jobs in the browser: cancelled and made again, failed and tried again; the worker down and up again, and told."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from estimate_core.domain.job import JobType
from estimate_core.domain.people import LOCAL
from estimate_core.services import estimates, jobs
from estimate_core.services.schedules import load_schedule
from estimate_core.storage import queue
from tests.browser.conftest import ROOT, Office, OpenPage, needs_browser, running_office
from tests.browser.hands import cell, click_row, settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = needs_browser


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An application of its own to which nobody started a worker."""
    with running_office(tmp_path / "home", "external") as office:
        yield office


@contextmanager
def worker(office: Office) -> Iterator[None]:
    """A worker, started as the page says, until the end of the block."""
    environment = {**os.environ, "ESTIMATE_HOME": str(office.home)}
    process = subprocess.Popen([sys.executable, str(ROOT / "queue_worker.py")], env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def submit(office: Office, name: str) -> str:
    estimate_id = office.new_estimate(name=name)
    card = estimates.open_estimate(office.desk, LOCAL, estimate_id).schedule
    item = load_schedule(office.desk, LOCAL, card.id).items[0]
    estimates.add_item(office.desk, LOCAL, estimate_id, item.row)
    return jobs.submit_job(office.desk, LOCAL, estimate_id, JobType.OUTPUT).id


def open_job(page: "Page", row: int) -> None:
    table = page.get_by_test_id("stDataFrame").first
    cell(table, 0, row).wait_for(state="attached")
    settle(page)
    click_row(page, table, row, 60)
    page.get_by_role("dialog").wait_for()


def test_a_cancelled_job_is_made_again_once_a_worker_is_up_and_that_is_told_on_another_page(
    office: Office, open_page: OpenPage
) -> None:
    submit(office, "Repairs to Block C")
    page = open_page(f"{office.url}/jobs")
    page.get_by_text("No worker is running").wait_for()
    page.wait_for_function("() => document.title === '0 % - Estimate Desk'")

    open_job(page, 0)
    page.get_by_text(re.compile("Next in the queue")).last.wait_for()
    page.get_by_role("button", name="Cancel the job").click()
    page.get_by_text("Cancelled. Nothing was made.").wait_for()
    page.get_by_role("button", name="Make again").click()
    page.get_by_role("button", name="Cancel the job").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    page.get_by_role("link", name="Estimates").click()
    page.get_by_role("heading", name="Estimates").wait_for()
    with worker(office):
        page.get_by_test_id("stToast").filter(has_text="Repairs to Block C is ready").wait_for()
        page.wait_for_function("() => document.title === 'Ready - Estimate Desk'")
        page.get_by_role("link", name="Jobs").click()
        page.get_by_text("No worker is running").wait_for(state="detached")

    made, cancelled = jobs.list_jobs(office.desk, LOCAL)
    assert [str(made.status), str(cancelled.status)] == ["completed", "cancelled"]
    page.get_by_text("No worker is running since").wait_for()


def test_a_failed_job_is_tried_again(office: Office, open_page: OpenPage) -> None:
    job_id = submit(office, "Repairs to Block D")
    with office.desk.open_db() as db:
        mine = queue.claim_next(db, "elsewhere/1", office.desk.now())
        assert mine
        queue.fail(db, mine, "The store did not answer.", "log", office.desk.now())
    page = open_page(f"{office.url}/jobs")

    open_job(page, 0)
    page.get_by_role("dialog").get_by_text("The store did not answer.").wait_for()
    with worker(office):
        page.get_by_role("button", name="Try again").click()
        page.get_by_text(re.compile("^Ready in")).wait_for()

    assert str(jobs.get_job(office.desk, LOCAL, job_id).status) == "completed"
    assert page.get_by_role("dialog").get_by_role("link", name="Download").count() == 1


def test_filters_outlast_a_reload_and_a_false_address_shows_all(office: Office, open_page: OpenPage) -> None:
    submit(office, "Repairs to Block E")
    page = open_page(f"{office.url}/jobs")
    cell(page.get_by_test_id("stDataFrame").first, 0, 0).wait_for(state="attached")

    page.get_by_role("radio", name="Failed").click()
    page.get_by_text("No job is like that.").wait_for()
    page.wait_for_url(re.compile("state="))
    page.reload()
    page.get_by_text("No job is like that.").wait_for()
    page.get_by_role("link", name="Estimates").click()
    page.get_by_role("heading", name="Estimates").wait_for()
    page.goto(f"{office.url}/jobs?state=nonsense&whose=%3Cb%3E&kind=x")
    cell(page.get_by_test_id("stDataFrame").first, 0, 0).wait_for(state="attached")

    assert page.get_by_test_id("stException").count() == 0
