"""People at the doors: the first account, signing in and out, an invitation, a password that another chose."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from estimate_core.domain.people import Role
from estimate_core.services import people
from tests.browser.clicks import search
from tests.browser.conftest import ROOT, Office, OpenPage, needs_browser, running_office
from tests.browser.hands import cell, press_plus, wait_for_lines
from tests.browser.town import (
    PASSWORD,
    ROOMS,
    Town,
    fill,
    invite,
    names_in,
    own_menu,
    sign_in,
    sign_out,
    wait_for_room,
    wait_until_signed_out,
)
from tests.people import Person

pytestmark = needs_browser

FIRST = {"organisation": "PWD Guntur", "name": "Asha Rao", "email": "asha@example.org"}
OPEN = "No account exists yet: whoever reaches this address"
WRONG = "The e-mail address or the password is not right. Try again."


def test_the_first_account_closes_the_desk_and_its_owner_goes_on_through_a_reload_and_a_restart(
    tmp_path: Path, open_page: OpenPage
) -> None:
    with running_office(tmp_path / "home", "external") as office:
        page = open_page(office.url)
        for path in ROOMS:
            page.goto(f"{office.url}/{path}")
            page.get_by_text(OPEN).wait_for()
            wait_for_room(page, path)
        left_open = open_page(office.url)
        wait_for_room(left_open, "")
        page.get_by_role("link", name="Make the first account").first.click()
        fill(page, **FIRST, new=PASSWORD, again=PASSWORD)
        own_menu(page, "Asha Rao").wait_for()
        wait_for_lines(page, 0)
        press_plus(page, 0, 1)
        search(left_open)
        wait_until_signed_out(left_open)
        page.reload()
        wait_for_lines(page, 1)

    with running_office(tmp_path / "home", "external", office.port):
        page.reload()

        wait_for_lines(page, 1)
        press_plus(page, 1, 2)
        own_menu(page, "Asha Rao").wait_for()
        assert page.get_by_text(OPEN).count() == 0
        open_page(office.url).get_by_role("heading", name="Sign in").wait_for()


@pytest.mark.parametrize("path", ROOMS)
def test_another_browser_is_asked_to_sign_in_and_goes_on_to_the_address_that_it_asked_for(
    closed_office: Office, town: Town, open_page: OpenPage, path: str
) -> None:
    wanted = f"{closed_office.url}/{path}?estimate={town.here.empty_estimate}"
    page = open_page(wanted)

    sign_in(page, "asha@example.org")

    page.wait_for_url(re.compile(re.escape(f"{closed_office.url}/{path}?")))
    own_menu(page, "Asha").wait_for()
    wait_for_room(page, path)
    assert page.url == wanted


def test_a_wrong_password_is_told_in_one_sentence_and_the_address_stays(
    closed_office: Office, town: Town, open_page: OpenPage
) -> None:
    page = open_page(f"{closed_office.url}/jobs")

    sign_in(page, "asha@example.org", "not it at all")

    assert page.get_by_role("alert").inner_text() == WRONG
    assert page.locator("#email").input_value() == "asha@example.org"
    assert page.locator("#password").input_value() == ""
    assert page.evaluate("document.activeElement.id") == "password"
    fill(page, password=PASSWORD)
    wait_for_room(page, "jobs")


def test_signing_out_ends_it_and_the_back_button_shows_nothing_of_anyone(
    closed_office: Office, town: Town, asha: Person, open_page: OpenPage
) -> None:
    page = open_page(f"{closed_office.url}/schedules", ticket=asha.ticket)
    wait_for_room(page, "schedules")
    page.goto(f"{closed_office.url}/?estimate={town.here.estimate}")
    wait_for_lines(page, 1)

    sign_out(page, "Asha")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    shown = page.content()
    page.go_back()
    page.wait_for_url(re.compile("sign-in.next=%2Fschedules"))
    page.get_by_role("heading", name="Sign in").wait_for()

    assert names_in(town, shown, page.content()) == []


def test_an_invitation_lets_one_person_in_once_with_the_role_that_it_offers(
    closed_office: Office, town: Town, asha: Person, open_page: OpenPage
) -> None:
    page = open_page(f"{closed_office.url}/team", ticket=asha.ticket)
    wait_for_room(page, "team")
    link = invite(page, "lila@example.org")
    page.get_by_role("button", name="Done").click()
    page.get_by_text("Open invitations").wait_for()

    invited = open_page(link)
    fill(invited, name="Lila Devi", new=PASSWORD, again=PASSWORD)
    own_menu(invited, "Lila Devi").wait_for()

    open_page(link).get_by_role("heading", name="No invitation").wait_for()
    invited.goto(f"{closed_office.url}/?estimate={town.here.estimate}")
    wait_for_lines(invited, 1)
    roles = {one.email: one.role for one in people.list_people(closed_office.desk, asha.user)}
    assert roles["lila@example.org"] is Role.ESTIMATOR


def test_whoever_was_given_a_password_chooses_another_before_anything_shows(
    closed_office: Office, town: Town, open_page: OpenPage
) -> None:
    given = "given by the host"
    add_viewer(closed_office, "omar@example.org", town.there.user.organisation, given)
    page = open_page(f"{closed_office.url}/estimates")

    sign_in(page, "omar@example.org", given)
    page.get_by_role("heading", name="Another password").wait_for()
    page.goto(f"{closed_office.url}/jobs")
    page.get_by_role("heading", name="Another password").wait_for()
    shown = page.content()
    fill(page, password=given, new=PASSWORD, again=PASSWORD)

    own_menu(page, "omar").wait_for()
    assert names_in(town, shown) == []
    page.goto(f"{closed_office.url}/estimates")
    cell(page.get_by_test_id("stDataFrame").first, 0, 0).wait_for(state="attached")
    assert town.there.mark in page.content()


def add_viewer(office: Office, email: str, organisation: str, password: str) -> None:
    """Have somebody belong to an organisation, as whoever hosts the desk does it."""
    command = [sys.executable, "-m", "estimate_core", "add-user", email, "--organisation", organisation]
    environment = {**os.environ, "ESTIMATE_HOME": str(office.home)}
    subprocess.run([*command, "--role", "viewer"], cwd=ROOT, env=environment, input=password, text=True, check=True)
