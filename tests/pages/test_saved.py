"""The Estimates page: open, rename, duplicate, delete with undo."""

from streamlit.testing.v1 import AppTest

from estimate_core.desk import Desk
from estimate_core.domain.people import User
from estimate_core.services import estimates
from estimate_core.services.estimates import OpenEstimate
from pages import saved
from tests.pages.conftest import Show, texts


def choose(desk: Desk, user: User, what: str) -> AppTest:
    """Choose from the menu of the first estimate, as a click in the table does."""
    script = AppTest.from_function(_choose, kwargs={"desk": desk, "user": user, "what": what}, default_timeout=30)
    return script.run()


def _choose(desk: "Desk", user: "User", what: str) -> None:
    import streamlit as st

    from estimate_core.services import estimates
    from pages import saved

    if "chosen" not in st.session_state:
        st.session_state["chosen"] = True
        saved.do(desk, user, estimates.list_estimates(desk, user)[0], what)
    if "go to estimate" not in st.session_state:
        saved.render(desk, user)


def test_without_estimates_the_page_leads_to_the_estimate(show: Show) -> None:
    page = show("saved")

    assert "No estimate is kept yet" in texts(page)
    assert page.button(key="to estimate")


def test_estimates_are_listed_with_amount_and_last_change(show: Show, opened: OpenEstimate) -> None:
    row = show("saved").dataframe[0].value.iloc[0]

    assert (row["Name of work"], row["Amount"], row["Lines"]) == ("Wiring of the hall", "4,091.13", "2")
    assert (row["Work"], row["Schedule"]) == ("Original", "Electrical 2025-26")
    assert row["Last change"].endswith("by local")


def test_a_deleted_estimate_comes_back_with_undo(desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = choose(desk, user, saved.DELETE)
    listed = estimates.list_estimates(desk, user)

    page.button(key="undo delete").click().run()

    assert listed == []
    assert [card.id for card in estimates.list_estimates(desk, user)] == [opened.id]
    assert "Deleted" not in texts(page)


def test_an_estimate_gets_another_name(desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = choose(desk, user, saved.RENAME)

    page.text_area[0].set_value("Wiring of *both* halls")
    page.button(key="rename").click().run()

    assert not page.exception
    assert estimates.list_estimates(desk, user)[0].name == "Wiring of *both* halls"


def test_a_name_that_is_too_long_is_told(desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = choose(desk, user, saved.RENAME)

    page.text_area[0].set_value("x" * 10_000)
    page.button(key="rename").click().run()

    assert "Shorten it" in page.error[0].value
    assert estimates.list_estimates(desk, user)[0].name == "Wiring of the hall"


def test_a_copy_is_made_and_opened(desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = choose(desk, user, saved.DUPLICATE)

    copied = next(card for card in estimates.list_estimates(desk, user) if card.id != opened.id)
    assert copied.name == "Copy of Wiring of the hall"
    assert page.session_state["go to estimate"] == copied.id
