"""What becomes of a page that is open while its person's role is changed, or their session ends."""

import re
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from estimate_core.desk import Desk
from estimate_core.domain.people import Role, User
from estimate_core.services import signing_in
from estimate_core.storage import accounts
from estimate_core.storage.database import writing
from tests.conftest import STRANGER
from tests.furnished import Built, Furnished, build_home, fixtures_of
from tests.pages.conftest import shown, texts, type_into_lines
from tests.pages.test_viewer import READING, VIEWS, View, key_of, stored, use, widgets
from tests.people import Person, settle, sign_in_again

AT_HAND = (
    *("profile name ", "new profile name ", "new name ", "channel ", "add channel"),
    *(
        "FormSubmitter:upload",
        "file ",
        "category ",
        "edition ",
        "days kept",
        "schedule ",
        "test ",
        "start",
        "from preview ",
    ),
    *("keep", "first line", "second line", "add from analysis"),
)
"""With what the keys of controls begin that change nothing by themselves, or that who cannot use them finds gone."""

CHOICES = ("way", "for all", "channel events")
"""With what the keys of choices begin that are part of a form, and cannot be made here."""
_NUMBERS = re.compile(r" [0-9a-f-]{36}| \d+")


built, desk, office = fixtures_of(build_home)


@pytest.fixture
def person(desk: Desk) -> Person:
    """Who is an owner as the page is opened."""
    return settle(desk, "asha@example.org")


def come(desk: Desk, person: Person, office: Furnished, view: View) -> AppTest:
    """The person at a view, looked up anew in each run as the shell does it."""
    known = {"desk": desk, "ticket": person.ticket, "name": view.page}
    page = AppTest.from_function(_script, kwargs=known, default_timeout=30)
    for key, value in view.state(office).items():
        page.session_state[key] = value
    return page.run()


def _script(desk: "Desk", ticket: str, name: str) -> None:
    from importlib import import_module

    import streamlit as st

    from estimate_core.services.signing_in import Caller, find_visitor
    from pages.frame import show_notes

    visitor = find_visitor(desk, ticket, Caller())
    if visitor is None or visitor.user is None:
        st.text("Sign in")
        return
    show_notes()
    module, _, function = name.partition(":")
    getattr(import_module(f"pages.{module}"), function or "render")(desk, visitor.user)


def be(desk: Desk, person: Person, role: Role) -> None:
    with desk.open_db() as db, writing(db):
        accounts.set_role(db, person.user.organisation, person.user.id, role)


def controls(desk: Desk, person: Person, office: Furnished) -> Iterator[tuple[View, str]]:
    """The keys of all controls that do more than look, one of each kind, with the view that has it."""
    met: set[str] = set()
    for view in VIEWS.values():
        for key in map(key_of, list(widgets(come(desk, person, office, view)))):
            kind = _NUMBERS.sub("", key)
            if kind not in met and not key.startswith((*READING, *CHOICES)):
                met.add(kind)
                yield view, key


def test_what_stands_on_the_screen_of_who_became_a_viewer_is_refused_in_a_sentence(
    desk: Desk, office: Furnished, person: Person
) -> None:
    before, refused = stored(desk), 0

    for view, key in controls(desk, person, office):
        page = come(desk, person, office, view)
        be(desk, person, Role.VIEWER)
        use(next(widget for widget in widgets(page) if key_of(widget) == key)).run()
        be(desk, person, Role.OWNER)

        told = "You are a viewer here and cannot" in said(page)
        assert not page.exception, key
        assert told or key.startswith(AT_HAND), key
        refused += told

    assert refused >= 40
    assert stored(desk) == before


def test_a_page_whose_session_ended_changes_nothing_and_shows_nothing_any_more(
    desk: Desk, office: Furnished, person: Person
) -> None:
    before, used = stored(desk), 0

    for view, key in list(controls(desk, person, office)):
        now = sign_in_again(desk, person.account)
        page = come(desk, now, office, view)
        signing_in.sign_out(desk, now.user)
        use(next(widget for widget in widgets(page) if key_of(widget) == key)).run()

        assert not page.exception, key
        assert texts(page) == "Sign in", key
        used += 1

    assert used >= 60
    assert without_log(stored(desk)) == without_log(before)


def without_log(kept: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """What tables keep, but for what tells of sessions."""
    return {table: found for table, found in kept.items() if table not in ("sessions", "audit")}


def said(page: AppTest) -> str:
    return "\n".join([texts(page), *(toast.value for toast in page.toast)])


def test_what_is_typed_into_a_table_after_that_is_refused_below_it(
    desk: Desk, office: Furnished, person: Person
) -> None:
    page, before = shown(desk, person.user, "estimate", estimate=office.estimate), stored(desk)
    be(desk, person, Role.VIEWER)

    page = type_into_lines(page, (0, "Quantity", "7"))

    assert not page.exception
    assert "You are a viewer here and cannot change anything here" in page.error[0].value
    assert stored(desk) == before


def test_a_job_of_another_organisation_is_let_go_without_a_word(desk: Desk, built: Built, person: Person) -> None:
    foreign = built.organisations[STRANGER.organisation].queued

    page = shown(desk, person.user, "jobs", dialog=("job", foreign))
    follow = AppTest.from_function(_follow, kwargs={"desk": desk, "user": person.user}, default_timeout=30)
    follow.session_state["own active jobs"] = [foreign]
    follow.run()

    assert not page.exception
    assert "dialog" not in page.session_state
    assert not follow.exception
    assert follow.session_state["own active jobs"] == []


def _follow(desk: "Desk", user: "User") -> None:
    from pages.watching import show_own_jobs

    show_own_jobs(desk, user)
