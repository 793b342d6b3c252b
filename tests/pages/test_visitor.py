"""Who is at the desk, as every page says it: for which organisation they work, and that they do so no more."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from estimate_core import wiring
from estimate_core.desk import Desk
from estimate_core.domain.people import Role
from estimate_core.services import own_sessions, people
from estimate_core.services.signing_in import COOKIE
from tests.people import Person, settle, sign_in_again

SHELL = Path(__file__).parents[2] / "pages" / "shell.py"
LONG = "Roads and *Buildings* Department, Guntur Division East"


@pytest.fixture
def mira(desk: Desk) -> Person:
    """Mira, who belongs to the first organisation."""
    return settle(desk, "mira@example.org")


@pytest.fixture
def page(desk: Desk, mira: Person, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """What Mira's browser has of the pages, which it did not show yet."""
    monkeypatch.setattr(type(st.context), "cookies", property(lambda context: {COOKIE: mira.ticket}))
    monkeypatch.setattr(wiring, "shared_desk", lambda: desk)
    return AppTest.from_file(SHELL, default_timeout=60)


@pytest.fixture
def elsewhere(desk: Desk, mira: Person) -> str:
    """The id of another organisation that Mira belongs to as well; its name is long, and could be read as markdown."""
    settle(desk, mira.account.email, Role.OWNER, "elsewhere")
    people.rename_organisation(desk, settle(desk, "ravi@example.org", Role.OWNER, "elsewhere").user, LONG)
    return "elsewhere"


def menu_name(page: AppTest) -> str:
    """What stands on the button of the person's menu."""
    [menu] = page.main.get("popover")
    return str(menu.proto.popover.label).replace("\\", "")


def toasts(page: AppTest) -> list[str]:
    return [toast.value.replace("\\", "") for toast in page.toast]


def bar(page: AppTest) -> str:
    """What the bar on top says, in one line."""
    return " ".join("".join(piece.proto.body for piece in page.main.get("html")).split())


def remove(desk: Desk, person: Person) -> None:
    """Take a person out of the first organisation, as another owner does."""
    people.remove_person(desk, settle(desk, "asha@example.org").user, person.user.id)


def test_the_menu_of_who_belongs_to_one_organisation_says_who_they_are(page: AppTest) -> None:
    page.run()

    assert menu_name(page) == "Mira"
    assert toasts(page) == []


def test_the_menu_of_who_belongs_to_several_organisations_says_for_which_they_work(
    page: AppTest, desk: Desk, elsewhere: str
) -> None:
    page.run()

    assert menu_name(page) == "local \u00b7 Mira"
    assert toasts(page) == []


def test_going_to_another_organisation_is_told_once(page: AppTest, elsewhere: str) -> None:
    page.run()

    page.button(key=f"work for {elsewhere}").click().run()
    told, name = toasts(page), menu_name(page)
    page.run()

    assert told == [f"You work for {LONG} now."]
    assert name == "Roads and *Buildings* Depar\u2026 \u00b7 Mira"
    assert toasts(page) == []


def test_who_is_taken_out_of_the_organisation_that_is_shown_is_told_and_goes_to_their_other_one(
    page: AppTest, desk: Desk, mira: Person, elsewhere: str
) -> None:
    page.run()
    remove(desk, mira)

    page.run()

    assert toasts(page) == [f"You do not belong any more to the organisation that was shown. You work for {LONG} now."]
    assert menu_name(page) == "Mira"


def test_whose_session_ends_is_told_that_the_last_change_was_not_kept(page: AppTest, desk: Desk, mira: Person) -> None:
    page.run()
    own_sessions.end_session(desk, sign_in_again(desk, mira.account).user, mira.user.session)

    page.run()

    assert "You are signed out. If you changed something just now, it was not kept." in bar(page)


def test_who_belongs_nowhere_any_more_is_told_so_and_not_that_they_are_signed_out(
    page: AppTest, desk: Desk, mira: Person
) -> None:
    page.run()
    remove(desk, mira)

    page.run()

    assert "You do not belong to this organisation any more. If you changed something just now" in bar(page)
    assert "signed out" not in bar(page)
