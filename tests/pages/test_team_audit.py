"""The tab Audit of the Team page: who did what, filtered and page by page."""

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.people import User
from estimate_core.services import auditing
from estimate_core.storage.database import writing
from tests.furnished import Staffed, build_staffed_home, fixtures_of
from tests.pages.conftest import shown, texts

COLUMNS = ["When", "Who", "Did", "To what", "Called", "Through", "From"]


built, desk, it = fixtures_of(build_staffed_home)


@pytest.fixture
def user(it: Staffed) -> User:
    return it.user


@pytest.fixture
def long(desk: Desk, user: User) -> None:
    """A log with 250 lines more."""
    with desk.open_db() as db, writing(db):
        for number in range(250):
            auditing.record(db, user, desk.now(), Deed.CHANGED, Kind.ESTIMATE, "long", f"line {number}")


def open_tab(desk: Desk, user: User) -> AppTest:
    return shown(desk, user, "team_audit:show_audit")


def called(page: AppTest) -> list[str]:
    """What the lines that are shown are about."""
    return [name for frame in page.dataframe if list(frame.value) == COLUMNS for name in frame.value["Called"]]


def link(page: AppTest) -> str:
    [found] = [html.proto.body for html in page.get("html") if "/api/audit.csv" in html.proto.body]
    return found


def test_who_did_what_is_listed_newest_first(desk: Desk, it: Staffed) -> None:
    page = open_tab(desk, it.user)

    assert called(page)[0] == "Token of local, write"
    assert "Department of local" in called(page)
    assert not [name for name in called(page) if "elsewhere" in name]
    assert "kept for ever" in texts(page)
    assert 'href="/api/audit.csv?"' in link(page)


def test_filters_narrow_the_list_and_the_file(desk: Desk, it: Staffed) -> None:
    page = open_tab(desk, it.user)

    page.selectbox(key="who did").set_value("local")
    page.selectbox(key="what was done").set_value("created")
    page.selectbox(key="done to").set_value("channel")
    page.date_input(key="done since").set_value(date(2026, 3, 31))
    page.date_input(key="done until").set_value(date(2026, 4, 2))
    page.text_input(key="audit words").set_value(" paused & ").run()
    nothing = texts(page)
    page.text_input(key="audit words").set_value(" paused ").run()

    assert "Nothing of the kind was done. Choose other filters." in nothing
    assert called(page) == ["paused channel of local"]
    assert (
        "/api/audit.csv?person=local&amp;deed=created&amp;kind=channel&amp;since=2026-03-31&amp;until=2026-04-02"
        "&amp;q=paused" in link(page)
    )


def test_older_lines_are_a_page_away_and_other_filters_begin_anew(desk: Desk, user: User, long: None) -> None:
    page = open_tab(desk, user)
    first = called(page)

    page.button(key="older lines").click().run()
    second = called(page)
    page.button(key="newer lines").click().run()
    again = called(page)
    page.button(key="older lines").click().run()
    page.text_input(key="audit words").set_value("line 7").run()

    assert (first[0], first[-1], second[0], second[-1]) == ("line 249", "line 150", "line 149", "line 50")
    assert again == first
    assert called(page)[0] == "line 79"


def test_a_short_log_has_no_pages(desk: Desk, user: User) -> None:
    page = open_tab(desk, user)
    page.text_input(key="audit words").set_value("Department").run()

    assert called(page) == ["Department of local"]
    assert not [button for button in page.button if button.key in ("older lines", "newer lines")]


@pytest.mark.parametrize("role", ["estimator", "viewer"])
def test_who_is_no_owner_is_told_whom_to_ask(desk: Desk, it: Staffed, role: str) -> None:
    page = open_tab(desk, getattr(it, role))

    assert "Owners can look up here who did what." in texts(page)
    assert called(page) == []
