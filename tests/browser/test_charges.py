"""The Charges tab in a real browser: what is typed into its table is kept, row by row."""

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from estimate_core.domain.charges import Profile, find_charge
from estimate_core.domain.people import LOCAL
from estimate_core.services import estimates
from tests.browser.conftest import Office, OpenPage, needs_browser
from tests.browser.hands import cell, click_row, settle, wait_for_lines

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = needs_browser

KIND, VALUE = 2, 3
LEFT_OF_ON, LEFT_OF_KIND, LEFT_OF_REMOVE = 24, 270, -18
LC, QC, NAC, GST = 3, 4, 5, 7


@pytest.fixture
def estimate_id(office: Office) -> str:
    """A new estimate without lines."""
    return office.new_estimate(name="Charges")


@pytest.fixture
def page(office: Office, open_page: OpenPage, estimate_id: str) -> "Page":
    """The Charges tab of that estimate."""
    page = open_page(f"{office.url}/?estimate={estimate_id}")
    wait_for_lines(page, 0)
    page.locator(".st-key-tabs").get_by_text("Charges", exact=True).click()
    cell(charges_table(page), VALUE, GST).filter(has_text="18").wait_for(state="attached")
    settle(page)
    return page


def charges_table(page: "Page") -> "Locator":
    return page.locator(".st-key-zone_charges").get_by_test_id("stDataFrame").first


def stored(office: Office, estimate_id: str) -> Profile:
    return estimates.open_estimate(office.desk, LOCAL, estimate_id).estimate.charges


def type_value(page: "Page", row: int, text: str) -> None:
    """Click into a row, go to its value, and type at human speed."""
    table = charges_table(page)
    click_row(page, table, row, LEFT_OF_KIND)
    cell(table, KIND, row).and_(page.locator("[aria-selected=true]")).wait_for(state="attached")
    page.keyboard.press("ArrowRight")
    cell(table, VALUE, row).and_(page.locator("[aria-selected=true]")).wait_for(state="attached")
    page.keyboard.type(text, delay=35)
    page.keyboard.press("Enter")
    page.wait_for_timeout(80)


def test_percentages_typed_one_after_the_other_are_all_kept(page: "Page", office: Office, estimate_id: str) -> None:
    for row, text in ((LC, "2"), (QC, "0.5"), (NAC, "0.25"), (GST, "12")):
        type_value(page, row, text)

    page.get_by_text("Add GST @ 12 %").wait_for()
    settle(page)
    kept = {row.key: row.value for row in stored(office, estimate_id) if row.kind == "percent"}
    assert kept == {
        "tp": None,
        "lc": Decimal(2),
        "qc": Decimal("0.5"),
        "nac": Decimal("0.25"),
        "gst": Decimal(12),
    }


def test_a_row_is_switched_off_and_another_removed(page: "Page", office: Office, estimate_id: str) -> None:
    click_row(page, charges_table(page), QC, LEFT_OF_ON)
    page.get_by_text("Add QC @ 1 %").wait_for(state="detached")
    settle(page)

    click_row(page, charges_table(page), NAC, LEFT_OF_REMOVE)

    page.get_by_text("Add NAC @ 0.1 %").wait_for(state="detached")
    settle(page)
    qc = find_charge(stored(office, estimate_id), "qc")
    assert qc and not qc.on
    assert find_charge(stored(office, estimate_id), "nac") is None
