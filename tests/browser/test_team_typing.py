"""What is typed on Team: sent by Enter in dialogs, mended where it was refused, and not lost by going elsewhere."""

from typing import TYPE_CHECKING

import pytest

from estimate_core.domain.errors import NotFound
from estimate_core.domain.people import Role
from estimate_core.services import invitations, office, tokens
from tests.browser.clicks import begin_to_invite
from tests.browser.conftest import Office, OpenPage, needs_browser
from tests.browser.hands import settle
from tests.browser.town import Town, wait_for_room
from tests.people import Person

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = needs_browser


def type_over(page: "Page", label: str, text: str) -> None:
    """Put a text in the place of what a field of the dialog holds, and press Enter."""
    field = page.get_by_role("dialog").get_by_label(label)
    field.fill(text)
    field.press("Enter")


def test_an_address_that_was_refused_is_mended_and_invited_by_enter(
    closed_office: Office, town: Town, asha: Person, open_page: OpenPage
) -> None:
    page = open_page(f"{closed_office.url}/team", ticket=asha.ticket)
    wait_for_room(page, "team")
    begin_to_invite(page)

    type_over(page, "E-mail address", "tara@example")
    page.get_by_role("dialog").get_by_role("alert").wait_for()
    type_over(page, "E-mail address", "tara@example.org")
    link = page.get_by_role("dialog").get_by_test_id("stCode").inner_text().strip()

    assert invitations.find_invitation(closed_office.desk, link.rpartition("/")[2]).email == "tara@example.org"
    assert page.get_by_text("This link opens on this machine alone.").count() == 1
    assert page.get_by_text("This is not an e-mail address").count() == 0


def test_a_token_is_made_by_enter(closed_office: Office, town: Town, asha: Person, open_page: OpenPage) -> None:
    page = open_page(f"{closed_office.url}/team", ticket=asha.ticket)
    wait_for_room(page, "team")
    page.get_by_role("tab", name="Tokens").click()
    page.get_by_role("button", name="Make a token").click()

    type_over(page, "Name", "Tally by Enter")
    page.get_by_role("dialog", name="The new token").wait_for()

    assert "Tally by Enter" in [token.name for token in tokens.list_own_tokens(closed_office.desk, asha.user)]


def test_what_was_typed_of_the_office_is_there_after_a_look_elsewhere(
    closed_office: Office, town: Town, asha: Person, open_page: OpenPage
) -> None:
    page = open_page(f"{closed_office.url}/team", ticket=asha.ticket)
    wait_for_room(page, "team")
    page.get_by_role("tab", name="Office").click()
    page.get_by_label("Department").fill("Buildings of the district")
    page.get_by_label("Signature 1").fill("Checked by")

    # As long as a finger takes: what is typed is sent meanwhile, and the link is drawn anew.
    page.get_by_role("link", name="Jobs").click(delay=100)
    wait_for_room(page, "jobs")
    page.get_by_role("link", name="Team").click()
    page.get_by_role("tab", name="Office").click()
    page.get_by_text("Not saved yet").wait_for()
    settle(page)
    before = office.get_office(closed_office.desk, asha.user)

    assert page.get_by_label("Department").input_value() == "Buildings of the district"
    assert page.get_by_label("Signature 1").input_value() == "Checked by"
    assert before.department != "Buildings of the district"
    page.get_by_role("button", name="Discard").click()
    page.get_by_text("Not saved yet").wait_for(state="detached")
    settle(page)
    assert page.get_by_label("Department").input_value() == before.department
    assert office.get_office(closed_office.desk, asha.user) == before


def test_an_invitation_is_withdrawn_when_it_is_asked_once_more(
    closed_office: Office, town: Town, asha: Person, open_page: OpenPage
) -> None:
    invitation, secret = invitations.invite(closed_office.desk, asha.user, "withdrawn@example.org", Role.VIEWER)
    page = open_page(f"{closed_office.url}/team", ticket=asha.ticket)
    wait_for_room(page, "team")

    page.locator(f".st-key-invitation_{invitation.id}").get_by_role("button", name="Withdraw").click()
    page.get_by_text("Its link opens nothing from then on.").wait_for()
    before = invitations.find_invitation(closed_office.desk, secret)
    page.get_by_role("button", name="Withdraw").last.click()
    page.get_by_text("withdrawn@example.org", exact=True).wait_for(state="detached")

    assert before.email == "withdrawn@example.org"
    with pytest.raises(NotFound):
        invitations.find_invitation(closed_office.desk, secret)
