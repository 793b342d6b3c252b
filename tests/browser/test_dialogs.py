"""Dialogs by the keyboard alone: what was typed is sent by Enter, and mended where it was refused."""

from typing import TYPE_CHECKING

from estimate_core.services import invitations, tokens
from tests.browser.clicks import begin_to_invite
from tests.browser.conftest import Office, OpenPage, needs_browser
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
