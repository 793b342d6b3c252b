"""The whole walk, as an estimator goes it: from a schedule of rates to a downloaded workbook."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.browser.conftest import PHONE, Office, OpenPage, needs_browser
from tests.browser.hands import (
    AMOUNT,
    QUANTITY,
    add_first_hit,
    answer_quantity,
    cell,
    choose_quantity,
    click_row,
    items_table,
    lines_table,
    press_plus,
    settle,
    totals_on_screen,
    type_quantity,
    wait_for_lines,
)
from tests.office import needs_office, recalculated
from tests.paper.reading import text_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = needs_browser

PAGES = ("", "jobs", "estimates", "schedules", "team")
PICKED = (
    ("light point wiring", "12"),
    ("fan point wiring", "8.5"),
    ("conduit 20 mm concealed", "120.500"),
    ("led batten", "16"),
    ("pipe earthing", "3"),
)
"""Five items of four groups of the electrical sample, with their quantities."""


@pytest.fixture
def estimate_id(office: Office) -> str:
    """A new estimate without lines."""
    return office.new_estimate(name="Repairs to Block C, Zilla Parishad School")


@pytest.fixture
def page(office: Office, open_page: OpenPage, estimate_id: str) -> Iterator["Page"]:
    """The Estimate page with that estimate open."""
    page = open_page(f"{office.url}/?estimate={estimate_id}")
    wait_for_lines(page, 0)
    yield page


def pick_all(page: "Page") -> None:
    for number, (words, quantity) in enumerate(PICKED, 1):
        add_first_hit(page, words, number)
        answer_quantity(page, quantity)
    cell(lines_table(page), QUANTITY, len(PICKED) - 1).filter(has_text="3").wait_for(state="attached")
    settle(page)


def download(page: "Page", folder: Path) -> Path:
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()
    target = folder / started.value.suggested_filename
    started.value.save_as(target)
    return target


def amounts(sheet: Worksheet) -> dict[str, Decimal]:
    """What stands in the amount column, to the paisa, by the description."""
    rows = ((row[3], row[7]) for row in sheet.iter_rows(min_row=4, max_col=8, values_only=True))
    return {str(label): Decimal(str(amount)).quantize(Decimal("0.01")) for label, amount in rows if amount is not None}


@needs_office
def test_from_a_search_to_a_workbook_whose_totals_are_those_on_the_screen(page: "Page", tmp_path: Path) -> None:
    pick_all(page)
    shown = totals_on_screen(page)
    shown["Total"] = shown.pop("Items")

    page.get_by_role("button", name="Download Estimate + Datas").click()
    page.get_by_text("Generating output estimate").wait_for()
    page.get_by_text(re.compile(r"Ready in \d")).wait_for()
    page.get_by_text("Building Output sheet...").first.wait_for()
    workbook = download(page, tmp_path)

    assert workbook.name == "Estimate + Datas - Repairs to Block C, Zilla Parishad School.xlsx"
    stored = openpyxl.load_workbook(workbook, data_only=True)
    assert {"Estimate", "Output"} <= set(stored.sheetnames)
    stored_amounts, computed = amounts(stored["Estimate"]), amounts(recalculated(workbook)["Estimate"])
    assert shown["Grand Total"] > 80_000
    assert {label: stored_amounts[label] for label in shown} == shown
    assert computed == stored_amounts


def test_the_estimate_alone_is_downloaded_too(page: "Page", tmp_path: Path) -> None:
    add_first_hit(page, "ceiling fan", 1)
    answer_quantity(page, "4")

    page.get_by_role("button", name="Download Estimate", exact=True).click()
    page.get_by_text(re.compile(r"Ready in \d")).wait_for()

    assert openpyxl.load_workbook(download(page, tmp_path)).sheetnames == ["Estimate", "Check"]


def test_from_the_preview_to_the_pdf_on_a_phone(
    office: Office, open_page: OpenPage, page: "Page", estimate_id: str, tmp_path: Path
) -> None:
    add_first_hit(page, "ceiling fan", 1)
    answer_quantity(page, "4")
    settle(page)
    phone = open_page(f"{office.url}/?estimate={estimate_id}", PHONE)

    phone.get_by_role("button", name="Preview").click()
    picture = phone.get_by_role("dialog").get_by_role("img", name="First page of the estimate")
    picture.wait_for()
    seen = picture.evaluate("picture => picture.naturalWidth > 600 && picture.width < window.innerWidth")
    phone.get_by_role("dialog").get_by_role("button", name="Download PDF").click()
    phone.get_by_text(re.compile(r"Ready in \d")).wait_for()
    pdf = download(phone, tmp_path)

    assert seen
    assert pdf.name == "Estimate - Repairs to Block C, Zilla Parishad School.pdf"
    assert "Ceiling fan" in text_of(pdf.read_bytes())


def test_with_nothing_chosen_the_button_says_so(page: "Page") -> None:
    page.get_by_role("button", name="Download Estimate + Datas").click()

    page.get_by_text("No items selected", exact=True).wait_for()
    assert page.get_by_role("dialog").count() == 0


def test_eight_quantities_typed_at_human_speed_are_all_kept(page: "Page", office: Office, estimate_id: str) -> None:
    for row in range(8):
        press_plus(page, row, row + 1)
    typed = [f"{row + 1}.{row}50" for row in range(8)]

    for row, text in enumerate(typed):
        type_quantity(page, row, text)

    cell(lines_table(page), QUANTITY, 7).filter(has_text="8.750").wait_for(state="attached")
    cell(lines_table(page), AMOUNT, 7).filter(has_not_text=re.compile("^0.00$")).wait_for(state="attached")
    settle(page)
    assert office.quantities(estimate_id) == typed


def test_a_reload_in_the_middle_of_typing_loses_no_quantity(page: "Page", office: Office, estimate_id: str) -> None:
    for row in range(3):
        press_plus(page, row, row + 1)
    for row, text in enumerate(("1.25", "2.500")):
        type_quantity(page, row, text)
    cell(lines_table(page), QUANTITY, 1).filter(has_text="2.500").wait_for(state="attached")
    settle(page)
    choose_quantity(page, 2)
    page.keyboard.type("77")

    page.reload()

    wait_for_lines(page, 3)
    cell(lines_table(page), QUANTITY, 1).filter(has_text="2.500").wait_for(state="attached")
    assert office.quantities(estimate_id)[:2] == ["1.25", "2.500"]


def test_a_bad_quantity_is_told_and_the_next_one_is_kept(page: "Page", office: Office, estimate_id: str) -> None:
    press_plus(page, 0, 1)

    type_quantity(page, 0, "12 points")
    page.get_by_text("is not a number. Type digits").wait_for()
    wait_for_lines(page, 1)
    type_quantity(page, 0, "12")

    cell(lines_table(page), QUANTITY, 0).filter(has_text="12").wait_for(state="attached")
    page.get_by_text("is not a number. Type digits").wait_for(state="detached")
    assert office.quantities(estimate_id) == ["12"]


def test_a_line_is_removed_and_brought_back(page: "Page", office: Office, estimate_id: str) -> None:
    add_first_hit(page, "led batten", 1)
    answer_quantity(page, "16")

    click_row(page, lines_table(page), 0, -18)
    wait_for_lines(page, 0)
    page.get_by_role("button", name="Bring back").click()

    wait_for_lines(page, 1)
    assert office.quantities(estimate_id) == ["16"]


def test_a_click_on_an_item_shows_its_rate_analysis(page: "Page") -> None:
    click_row(page, items_table(page), 0, 90)

    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Rate analysis", exact=True).wait_for()
    dialog.get_by_text("complete for finished item of work").wait_for()
    sheet = dialog.get_by_role("region", name="Rate analysis as its sheet shows it")
    sheet.get_by_role("cell", name=re.compile(r"^\d+\.\d\d$")).first.wait_for()
    dialog.get_by_text("Show formulas").click()
    sheet.get_by_role("cell", name=re.compile("^=")).first.wait_for()
    assert dialog.is_visible()


def test_jobs_shows_the_job_and_its_file(page: "Page") -> None:
    add_first_hit(page, "led batten", 1)
    answer_quantity(page, "16")
    page.get_by_role("button", name="Download Estimate", exact=True).click()
    page.get_by_text(re.compile(r"Ready in \d")).wait_for()

    page.get_by_role("button", name="Open in Jobs").click()

    table = page.get_by_test_id("stDataFrame").first
    cell(table, 1, 0).filter(has_text="completed").wait_for(state="attached")
    cell(table, 0, 0).filter(has_text="Repairs to Block C").wait_for(state="attached")
    file = cell(table, 3, 0).filter(has_text="/download#Estimate")
    file.wait_for(state="attached")
    assert "Repairs%20to%20Block%20C" in (file.text_content() or "")


@pytest.mark.parametrize("path", PAGES)
def test_no_page_scrolls_sideways_on_a_phone(office: Office, open_page: OpenPage, estimate_id: str, path: str) -> None:
    page = open_page(f"{office.url}/{path}?estimate={estimate_id}", PHONE)
    page.get_by_test_id("stMainBlockContainer").wait_for()
    settle(page)

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_on_a_phone_the_steps_are_tabs_and_the_buttons_stay_in_view(
    office: Office, open_page: OpenPage, estimate_id: str
) -> None:
    page = open_page(f"{office.url}/?estimate={estimate_id}", PHONE)
    wait = page.locator(".st-key-zone_lines").wait_for

    wait(state="hidden")
    page.locator(".st-key-steps").get_by_text("Lines", exact=True).click()
    wait(state="visible")

    assert page.locator(".st-key-zone_items").is_hidden()
    box = page.get_by_role("button", name="Download Estimate + Datas").bounding_box()
    assert box and box["y"] + box["height"] <= PHONE[1] and box["x"] + box["width"] <= PHONE[0]


def test_no_page_asks_another_host_for_anything(office: Office, open_page: OpenPage) -> None:
    page = open_page(office.url)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    for path in PAGES:
        page.goto(f"{office.url}/{path}")
        page.get_by_test_id("stMainBlockContainer").wait_for()
        settle(page)

    assert asked
    assert [url for url in asked if not url.startswith((office.url, "data:", "blob:"))] == []
