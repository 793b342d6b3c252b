"""A job whose dialog is closed goes on; one that no worker takes says so at once."""

import os
import subprocess
import sys
from pathlib import Path

from estimate_core.domain.people import LOCAL
from estimate_core.services import jobs
from tests.browser.conftest import ROOT, OpenPage, needs_browser, running_office
from tests.browser.hands import add_first_hit, answer_quantity, cell, wait_for_lines

pytestmark = needs_browser


def test_a_closed_dialog_leaves_the_job_to_the_worker(tmp_path: Path, open_page: OpenPage) -> None:
    home = tmp_path / "home"
    with running_office(home, "external") as office:
        page = open_page(f"{office.url}/?estimate={office.new_estimate()}")
        wait_for_lines(page, 0)
        add_first_hit(page, "led batten", 1)
        answer_quantity(page, "16")
        page.get_by_role("button", name="Download Estimate + Datas").click()
        page.get_by_text("python queue_worker.py").wait_for()

        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="detached")
        page.get_by_role("link", name="Jobs").click()
        table = page.get_by_test_id("stDataFrame").first
        cell(table, 1, 0).filter(has_text="queued").wait_for(state="attached")
        environment = {**os.environ, "ESTIMATE_HOME": str(home)}
        worker = subprocess.Popen([sys.executable, str(ROOT / "queue_worker.py")], env=environment)
        try:
            cell(table, 1, 0).filter(has_text="completed").wait_for(state="attached")
        finally:
            worker.terminate()
            worker.wait(20)

        assert [job.attempts for job in jobs.list_jobs(office.desk, LOCAL)] == [1]
