"""Single clicks and words typed, on the Estimate page, on Team, or anywhere; none waits for what becomes of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.browser.hands import click_row, items_table, type_quantity
from tests.browser.town import own_menu

if TYPE_CHECKING:
    from playwright.sync_api import Page

Click = Callable[["Page"], None]


def add_an_item(page: "Page") -> None:
    click_row(page, items_table(page), 0, 20)


def look_at_an_item(page: "Page") -> None:
    click_row(page, items_table(page), 0, 90)


def type_a_quantity(page: "Page") -> None:
    type_quantity(page, 0, "7")


def search(page: "Page") -> None:
    page.get_by_placeholder("Search items").press_sequentially("fan")


def choose_a_group(page: "Page") -> None:
    page.get_by_role("radiogroup").get_by_text("Fans").click()


def rename(page: "Page") -> None:
    page.get_by_placeholder("Name of work").fill("Nobody's work")
    page.keyboard.press("Enter")


def turn_to_charges(page: "Page") -> None:
    page.get_by_role("radio", name="Charges").click()


def start_anew(page: "Page") -> None:
    page.get_by_role("button", name="New estimate").click()


def make_a_workbook(page: "Page") -> None:
    page.get_by_role("button", name="Download Estimate + Datas").click()


def sign_out_by_the_menu(page: "Page") -> None:
    own_menu(page, "Asha").click()
    page.get_by_role("button", name="Sign out").click()


def go_to_jobs(page: "Page") -> None:
    page.get_by_role("link", name="Jobs").click()


def turn_to_storage(page: "Page") -> None:
    page.get_by_role("tab", name="Storage").click()


def begin_to_invite(page: "Page") -> None:
    page.get_by_role("button", name="Invite", exact=True).click()
