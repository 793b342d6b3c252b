"""Two organisations at once: neither sees anything of the other, and who belongs to both sees one at a time."""

from typing import TYPE_CHECKING

import pytest

from estimate_core.services import people
from tests.browser.clicks import Click, choose_a_group, look_at_an_item, search
from tests.browser.conftest import Office, OpenPage, needs_browser
from tests.browser.hands import wait_for_lines
from tests.browser.town import ROOMS, Town, listen, look_never, names_in, own_menu, wait_for_room
from tests.people import Person, sign_in_again

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = needs_browser


@pytest.fixture
def ravi(closed_office: Office, town: Town) -> Person:
    """Ravi in a browser of his own."""
    return sign_in_again(closed_office.desk, town.ravi.account)


@pytest.fixture
def meera(closed_office: Office, town: Town) -> Person:
    """Meera in a browser of her own, in the first organisation."""
    person = sign_in_again(closed_office.desk, town.meera.account)
    people.switch_organisation(closed_office.desk, person.user, town.here.user.organisation)
    return person


@pytest.mark.parametrize("path", ROOMS)
def test_of_two_people_at_once_neither_sees_the_others_organisation(
    closed_office: Office, town: Town, asha: Person, ravi: Person, open_page: OpenPage, path: str
) -> None:
    here = all_shown(open_page, asha, closed_office, f"{path}?estimate={town.there.estimate}")
    there = all_shown(open_page, ravi, closed_office, f"{path}?estimate={town.here.estimate}")

    assert (town.here.mark in here, town.there.mark in here) == (True, False)
    assert (town.here.mark in there, town.there.mark in there) == (False, True)


def all_shown(open_page: OpenPage, person: Person, office: Office, address: str) -> str:
    """All that a page shows and receives."""
    page = open_page(f"{office.url}/sign-in?next=/healthz", ticket=person.ticket)
    received = listen(page)
    page.goto(f"{office.url}/{address}")
    own_menu(page, person.account.name).wait_for()
    wait_for_room(page, address.partition("?")[0])
    return "".join([page.content(), *received])


def test_a_link_to_the_file_of_another_organisation_is_not_found(
    closed_office: Office, town: Town, ravi: Person, open_page: OpenPage
) -> None:
    page = open_page(f"{closed_office.url}/jobs", ticket=ravi.ticket)
    wait_for_room(page, "jobs")

    page.goto(f"{closed_office.url}/api/outputs/{town.here.output}/download")

    page.get_by_role("heading", name="This cannot be had").wait_for()
    assert names_in(town, page.content()) == []


def switch(page: "Page") -> None:
    """Work for the other organisation, by the person's own menu; waits until its empty sheet is shown."""
    own_menu(page, "Meera").click()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="estimator").click()
    wait_for_lines(page, 0)


def test_who_belongs_to_both_sees_the_other_organisation_everywhere_once_they_switched(
    closed_office: Office, town: Town, meera: Person, open_page: OpenPage
) -> None:
    page = open_page(f"{closed_office.url}/sign-in?next=/healthz", ticket=meera.ticket)
    received = listen(page)
    page.goto(f"{closed_office.url}/?estimate={town.here.estimate}")
    wait_for_lines(page, 1)
    before = "".join(received)
    received.clear()

    switch(page)
    seen = {"at once": "".join([page.content(), *received])}
    for path in ROOMS:
        received.clear()
        page.goto(f"{closed_office.url}/{path}?estimate={town.here.estimate}")
        own_menu(page, "Meera").wait_for()
        wait_for_room(page, path)
        seen[path] = "".join([page.content(), *received])

    assert (town.here.mark in before, town.there.mark in before) == (True, False)
    assert [path for path, shown in seen.items() if town.here.mark in shown] == []
    assert [path for path, shown in seen.items() if town.there.mark not in shown] == []


@pytest.mark.parametrize("click", [search, choose_a_group, look_at_an_item], ids=lambda click: click.__name__)
def test_a_tab_that_was_open_shows_the_other_organisation_from_its_next_click_on(
    closed_office: Office, town: Town, meera: Person, open_page: OpenPage, click: Click
) -> None:
    page = open_page(f"{closed_office.url}/?estimate={town.here.estimate}", ticket=meera.ticket)
    wait_for_lines(page, 1)
    old = page.context.new_page()
    received = listen(old)
    look_never(old)
    old.goto(f"{closed_office.url}/?estimate={town.here.estimate}")
    wait_for_lines(old, 1)
    switch(page)
    received.clear()

    click(old)

    wait_for_lines(old, 0)
    old.wait_for_function("mark => !document.documentElement.innerHTML.includes(mark)", arg=town.here.mark)
    told = "".join(received)
    assert (town.here.mark in told, town.there.mark in told) == (False, True)
