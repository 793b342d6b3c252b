"""A department's workbook goes in: a good one, a faulty one, and one that cannot be used."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from openpyxl.styles import PatternFill

from estimate_core.desk import SAMPLES
from tests.browser.conftest import Office, OpenPage, needs_browser
from tests.browser.hands import settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = needs_browser

GREEN = PatternFill("solid", fgColor="FF92D050")


@pytest.fixture
def page(office: Office, open_page: OpenPage) -> "Page":
    """The Schedules page."""
    page = open_page(f"{office.url}/schedules")
    page.get_by_text("Schedules of rates").wait_for()
    settle(page)
    return page


def altered(tmp_path: Path, name: str, **cells: object) -> Path:
    """The civil sample with other values in cells of `Master Datas`; the hopeless one has all of them green."""
    workbook = openpyxl.load_workbook(SAMPLES / "civil.xlsx")
    master = workbook["Master Datas"]
    for place, value in cells.items():
        master[place] = value
    if name == "hopeless.xlsx":
        for row in master.iter_rows():
            for cell in row:
                cell.fill = GREEN
    path = tmp_path / name
    workbook.save(path)
    return path


def upload(page: "Page", path: Path, edition: str) -> None:
    page.get_by_text("Upload a schedule").click()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_text(path.name).wait_for()
    page.get_by_label("Category").fill("Civil")
    page.get_by_label("Edition").fill(edition)
    page.get_by_role("button", name="Upload").last.click()


def rate_cells() -> tuple[str, str]:
    """The first and the last cell of the civil sample with the rate of a component."""
    master = openpyxl.load_workbook(SAMPLES / "civil.xlsx")["Master Datas"]
    found = [cell.coordinate for cell in master["I"] if str(cell.value or "").startswith("=")]
    return found[0], found[-1]


def test_the_tools_of_the_table_do_not_lie_over_the_choice_of_a_group(page: "Page") -> None:
    table = page.locator(".st-key-zone_schedule_items").get_by_test_id("stDataFrame")
    table.hover()
    page.get_by_label("Group").last.click()

    page.get_by_role("option", name="All (").wait_for()

    tools = page.locator(".st-key-zone_schedule_items").get_by_test_id("stElementToolbar")
    assert (tools.count(), tools.is_visible()) == (1, False)


def test_a_good_workbook_is_read_and_compared_with_the_edition_before(page: "Page", tmp_path: Path) -> None:
    first, last = rate_cells()

    upload(page, altered(tmp_path, "civil-2026.xlsx", **{first: 9999, last: 9999}), "2026-27")
    page.get_by_text("Civil 2026-27 is here: 45 items").wait_for(timeout=60_000)
    page.get_by_role("tab", name="Compare").click()
    page.get_by_text("What became of").wait_for()

    page.get_by_role("radio", name="Rate changes").wait_for()
    settle(page)
    page.get_by_text("Rate changes: none.").wait_for(state="hidden")
    page.get_by_role("button", name="Make a workbook of the comparison").click()
    page.get_by_text("Ready in").wait_for()
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(started.value.path()).read_bytes()))
    assert started.value.suggested_filename == "Comparison - Civil 2025-26 and 2026-27.xlsx"
    assert "Rate changes" in book.sheetnames


def test_a_faulty_workbook_shows_what_to_mend_and_where(page: "Page", tmp_path: Path) -> None:
    first, _ = rate_cells()

    upload(page, altered(tmp_path, "faulty.xlsx", **{first: "=[1]lead!B4"}), "2024-25")
    page.get_by_text("Civil 2024-25 is here").wait_for(timeout=60_000)
    page.get_by_role("tab", name="Findings").click()
    page.get_by_role("button", name="Make a copy with the places marked").click()
    page.get_by_text("Ready in").wait_for(timeout=60_000)

    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()
    marked = openpyxl.load_workbook(io.BytesIO(Path(started.value.path()).read_bytes()))
    assert marked.sheetnames[0] == "Findings"
    comment = marked["Master Datas"][first].comment
    assert comment is not None and "another workbook" in comment.text


def test_a_hopeless_workbook_is_refused_with_what_was_noticed_until_it_is_dismissed(
    page: "Page", tmp_path: Path
) -> None:
    upload(page, altered(tmp_path, "hopeless.xlsx"), "2023-24")
    page.get_by_text("No item was found on the sheet").first.wait_for(timeout=60_000)
    page.get_by_text("What was noticed (").wait_for()

    page.get_by_role("button", name="Dismiss").click()

    page.get_by_text("No item was found on the sheet").first.wait_for(state="detached")
    page.reload()
    page.get_by_text("Schedules of rates").wait_for()
    settle(page)
    assert page.get_by_text("hopeless.xlsx").count() == 0
