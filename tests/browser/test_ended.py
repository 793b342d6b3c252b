"""Sessions that end while a page is open: whatever is clicked next writes nothing, and nothing of anyone stays."""

from collections.abc import Callable

import pytest

from estimate_core.domain.people import Role
from estimate_core.services import accounts, own_sessions, signing_in
from tests.browser.clicks import (
    Click,
    add_an_item,
    begin_to_invite,
    choose_a_group,
    go_to_jobs,
    look_at_an_item,
    make_a_workbook,
    rename,
    search,
    sign_out_by_the_menu,
    start_anew,
    turn_to_charges,
    turn_to_storage,
    type_a_quantity,
)
from tests.browser.conftest import Office, OpenPage, needs_browser
from tests.browser.hands import settle, wait_for_lines
from tests.browser.town import (
    Town,
    click_until_signed_out,
    everything,
    listen,
    look_never,
    names_in,
    own_menu,
    sign_in,
    wait_for_room,
    wait_until_signed_out,
)
from tests.people import Person, sign_in_again
from tests.people import settle as settle_at_desk

pytestmark = needs_browser

CLICKS: tuple[tuple[str, Click], ...] = (
    ("", add_an_item),
    ("", look_at_an_item),
    ("", type_a_quantity),
    ("", search),
    ("", choose_a_group),
    ("", rename),
    ("", turn_to_charges),
    ("", start_anew),
    ("", make_a_workbook),
    ("", sign_out_by_the_menu),
    ("", go_to_jobs),
    ("team", turn_to_storage),
    ("team", begin_to_invite),
)
"""What can be clicked or typed, on the page of which address."""


def end(office: Office, person: Person) -> None:
    """End that one session, as from another browser of the same person."""
    own_sessions.end_session(office.desk, sign_in_again(office.desk, person.account).user, person.user.session)


def sessions_of(office: Office, person: Person) -> set[str]:
    """The ids of all sessions of that person that are alive, as the database has them."""
    return {one.id for one in own_sessions.list_own_sessions(office.desk, person.user)}


@pytest.mark.parametrize(("path", "click"), CLICKS, ids=[click.__name__ for _, click in CLICKS])
def test_a_session_that_was_ended_elsewhere_ends_at_the_next_click(
    closed_office: Office, town: Town, asha: Person, open_page: OpenPage, path: str, click: Click
) -> None:
    page = open_page(f"{closed_office.url}/sign-in?next=/healthz", ticket=asha.ticket)
    received = listen(page)
    look_never(page)
    page.goto(f"{closed_office.url}/{path}?estimate={town.here.estimate}")
    wait_for_room(page, path)
    assert town.here.mark in "".join(received)
    end(closed_office, asha)
    before = everything(town.home)
    received.clear()

    click_until_signed_out(page, click)

    assert everything(town.home) == before
    assert names_in(town, page.content(), *received) == []


def test_a_button_of_a_dialog_does_nothing_for_a_session_that_was_ended_elsewhere(
    closed_office: Office, town: Town, asha: Person, open_page: OpenPage
) -> None:
    page = open_page(f"{closed_office.url}/sign-in?next=/healthz", ticket=asha.ticket)
    look_never(page)
    page.goto(f"{closed_office.url}/team")
    wait_for_room(page, "team")
    begin_to_invite(page)
    page.get_by_label("E-mail address").fill("nobody@example.org")
    page.keyboard.press("Tab")
    settle(page)
    end(closed_office, asha)
    before = everything(town.home)

    page.get_by_role("dialog").get_by_role("button", name="Invite").click()

    wait_until_signed_out(page)
    assert everything(town.home) == before
    assert page.get_by_role("dialog").count() == 0


def end_by_signing_out(office: Office, person: Person) -> None:
    signing_in.sign_out(office.desk, person.user)


def disable(office: Office, person: Person) -> None:
    accounts.disable_user(office.desk, person.account.email)


@pytest.mark.parametrize("how", [end, end_by_signing_out, disable], ids=lambda how: how.__name__)
def test_a_dialog_that_follows_a_job_ends_by_itself_for_who_may_see_it_no_more(
    closed_office: Office, town: Town, open_page: OpenPage, how: Callable[[Office, Person], None]
) -> None:
    person = settle_at_desk(closed_office.desk, f"{how.__name__}@example.org", Role.ESTIMATOR)
    page = open_page(f"{closed_office.url}/?estimate={town.here.estimate}", ticket=person.ticket)
    wait_for_lines(page, 1)
    make_a_workbook(page)
    page.get_by_role("dialog").get_by_text("in the queue").wait_for()

    how(closed_office, person)

    wait_until_signed_out(page)
    assert page.get_by_role("dialog").count() == 0
    assert names_in(town, page.content()) == []


def test_all_other_browsers_are_signed_out_on_team(
    closed_office: Office, town: Town, asha: Person, open_page: OpenPage
) -> None:
    own_sessions.end_other_sessions(closed_office.desk, asha.user)
    page = open_page(f"{closed_office.url}/sign-in?next=/healthz", ticket=asha.ticket)
    received = listen(page)
    look_never(page)
    page.goto(f"{closed_office.url}/estimates")
    wait_for_room(page, "estimates")
    assert town.here.mark in "".join(received)
    again = sign_in_again(closed_office.desk, asha.account)
    other = open_page(f"{closed_office.url}/team", ticket=again.ticket)
    wait_for_room(other, "team")
    before = sessions_of(closed_office, again)

    other.get_by_role("tab", name="Account").click()
    other.get_by_role("button", name="Sign out everywhere else").click()
    other.get_by_role("button", name="Sign out everywhere else").last.click()
    other.get_by_text("1 other browser is signed out.").wait_for()
    left = sessions_of(closed_office, again)
    received.clear()
    page.get_by_role("link", name="Schedules").click()
    wait_until_signed_out(page)
    shown = [page.content(), *received]
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, "asha@example.org")
    wait_for_room(page, "schedules")

    assert (before, left) == ({asha.user.session, again.user.session}, {again.user.session})
    assert names_in(town, *shown) == []
    assert len(sessions_of(closed_office, again)) == 2
    assert asha.user.session not in sessions_of(closed_office, again)
    assert own_menu(page, "Asha").count() == own_menu(other, "Asha").count() == 1
