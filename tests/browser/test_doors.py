"""People at the doors: the first account, signing in and out, sessions that end, and two organisations side by side."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from estimate_core.services import own_sessions
from tests.browser.conftest import Office, OpenPage, needs_browser, running_office
from tests.browser.hands import (
    click_row,
    items_table,
    press_plus,
    settle,
    type_quantity,
    wait_for_lines,
)
from tests.browser.town import (
    PASSWORD,
    ROOMS,
    Town,
    another_ticket,
    everything,
    fill,
    found_town,
    listen,
    own_menu,
    sign_in,
    sign_out,
    wait_until_signed_out,
)
from tests.people import Person

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = needs_browser

FIRST = {"organisation": "PWD Guntur", "name": "Asha Rao", "email": "asha@example.org"}
OPEN = "No account exists yet: whoever reaches this address"
WRONG = "The e-mail address or the password is not right. Try again."


@pytest.fixture(scope="module")
def town_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, Town]]:
    """An application without a worker where two organisations have people."""
    home = tmp_path_factory.mktemp("town") / "home"
    town = found_town(home)
    with running_office(home, "external") as office:
        yield office, town


@pytest.fixture
def office(town_office: tuple[Office, Town]) -> Office:
    """The application of all tests here but those that need one of their own."""
    return town_office[0]


@pytest.fixture
def town(town_office: tuple[Office, Town]) -> Town:
    """Who and what is at the desk of `office`."""
    return town_office[1]


def test_the_first_account_closes_the_desk_and_its_owner_goes_on_through_a_reload_and_a_restart(
    tmp_path: Path, open_page: OpenPage
) -> None:
    with running_office(tmp_path / "home", "external") as office:
        page = open_page(office.url)
        for path in ROOMS:
            page.goto(f"{office.url}/{path}")
            page.get_by_text(OPEN).wait_for()
            wait_for_room(page, path)
        page.get_by_role("link", name="Make the first account").first.click()
        fill(page, **FIRST, new=PASSWORD, again=PASSWORD)
        own_menu(page, "Asha Rao").wait_for()
        wait_for_lines(page, 0)
        press_plus(page, 0, 1)
        page.reload()
        wait_for_lines(page, 1)

    with running_office(tmp_path / "home", "external", office.port):
        page.reload()

        wait_for_lines(page, 1)
        press_plus(page, 1, 2)
        own_menu(page, "Asha Rao").wait_for()
        assert page.get_by_text(OPEN).count() == 0
        stranger = open_page(office.url)
        stranger.get_by_role("heading", name="Sign in").wait_for()


def wait_for_room(page: "Page", path: str) -> None:
    """Wait until a page is drawn, by what no other one says."""
    if path:
        page.get_by_role("heading", name=ROOMS[path], exact=True).wait_for()
    else:
        page.get_by_placeholder("Search items, codes, specifications").wait_for()
    settle(page)


@pytest.mark.parametrize("path", ROOMS)
def test_another_browser_is_asked_to_sign_in_and_goes_on_to_the_address_that_it_asked_for(
    office: Office, town: Town, open_page: OpenPage, path: str
) -> None:
    wanted = f"{office.url}/{path}?estimate={town.here.empty_estimate}"
    page = open_page(wanted)

    sign_in(page, "asha@example.org")

    page.wait_for_url(re.compile(re.escape(f"{office.url}/{path}?")))
    own_menu(page, "Asha").wait_for()
    wait_for_room(page, path)
    assert page.url == wanted


def test_a_wrong_password_is_told_in_one_sentence_and_the_address_stays(
    office: Office, town: Town, open_page: OpenPage
) -> None:
    page = open_page(f"{office.url}/jobs")

    sign_in(page, "asha@example.org", "not it at all")

    assert page.get_by_role("alert").inner_text() == WRONG
    assert page.locator("#email").input_value() == "asha@example.org"
    assert page.locator("#password").input_value() == ""
    assert page.evaluate("document.activeElement.id") == "password"
    fill(page, password=PASSWORD)
    wait_for_room(page, "jobs")


def test_signing_out_ends_it_and_the_back_button_shows_nothing_of_anyone(
    office: Office, town: Town, open_page: OpenPage
) -> None:
    page = open_page(f"{office.url}/schedules", ticket=another_ticket(office.desk, town.asha).ticket)
    wait_for_room(page, "schedules")
    page.goto(f"{office.url}/?estimate={town.here.estimate}")
    wait_for_lines(page, 1)

    sign_out(page, "Asha")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    backs = []
    for _ in range(2):
        page.go_back()
        page.get_by_role("heading", name="Sign in").wait_for()
        backs.append(page.content())

    assert [town.here.mark in shown for shown in backs] == [False, False]
    page.goto(f"{office.url}/estimates")
    page.get_by_role("heading", name="Sign in").wait_for()


def press_plus_once(page: "Page") -> None:
    click_row(page, items_table(page), 0, 20)


def type_a_quantity(page: "Page") -> None:
    type_quantity(page, 0, "7")


def search(page: "Page") -> None:
    page.get_by_placeholder("Search items").press_sequentially("fan")


def rename(page: "Page") -> None:
    page.get_by_placeholder("Name of work").fill("Nobody's work")
    page.keyboard.press("Enter")


def start_anew(page: "Page") -> None:
    page.get_by_role("button", name="New estimate").click()


def make_a_workbook(page: "Page") -> None:
    page.get_by_role("button", name="Download Estimate + Datas").click()


def look_at_an_item(page: "Page") -> None:
    click_row(page, items_table(page), 0, 90)


def choose_a_group(page: "Page") -> None:
    page.get_by_role("radiogroup").get_by_text("Fans").click()


def go_to_jobs(page: "Page") -> None:
    page.get_by_role("link", name="Jobs").click()


def turn_to_charges(page: "Page") -> None:
    page.get_by_role("radio", name="Charges").click()


ON_ESTIMATE: tuple[Callable[["Page"], None], ...] = (
    press_plus_once,
    type_a_quantity,
    search,
    rename,
    start_anew,
    make_a_workbook,
    look_at_an_item,
    choose_a_group,
    go_to_jobs,
    turn_to_charges,
)


@pytest.fixture
def asha(office: Office, town: Town) -> Person:
    """Asha in a browser of her own."""
    return another_ticket(office.desk, town.asha)


def revoke(office: Office, town: Town, person: Person) -> None:
    """End that one session, as from another browser of the same person."""
    own_sessions.end_session(office.desk, another_ticket(office.desk, town.asha).user, person.user.session)


@pytest.mark.parametrize("click", ON_ESTIMATE, ids=lambda click: click.__name__)
def test_a_session_that_was_revoked_elsewhere_ends_at_the_next_click(
    office: Office, town: Town, asha: Person, open_page: OpenPage, click: Callable[["Page"], None]
) -> None:
    page = open_page(f"{office.url}/sign-in?next=/healthz", ticket=asha.ticket)
    received = listen(page)
    page.goto(f"{office.url}/?estimate={town.here.estimate}")
    wait_for_lines(page, 1)
    assert town.here.mark in "".join(received)
    revoke(office, town, asha)
    before = everything(office.home)
    received.clear()

    click(page)

    wait_until_signed_out(page)
    assert everything(office.home) == before
    assert_nothing_of(town, page.content())
    assert_nothing_of(town, *received)


def assert_nothing_of(town: Town, *shown: str) -> None:
    """Neither of the organisations is in these texts, nor what is in their schedules."""
    told = [mark for mark in (town.here.mark, town.there.mark, "Light point", "Asha") for one in shown if mark in one]
    assert told == []
