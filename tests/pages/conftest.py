"""Pages in a script of their own, as the shell runs them, without a browser."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from estimate_core.desk import Desk
from estimate_core.domain.people import Role, User
from estimate_core.services import estimates, people
from estimate_core.services.estimates import OpenEstimate
from estimate_core.services.schedules import ScheduleCard
from tests.conftest import CABLE, FAN, ROW_OF
from tests.members import let_in

Show = Callable[[str], AppTest]
SITE = "https://estimates.example.org"
OTHER = "asha@example.org"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The desk, with the address at which people reach it."""
    return replace(desk, settings=desk.settings.model_copy(update={"url": SITE}))


@pytest.fixture
def role() -> Role:
    """What somebody who signs in is, where a test does not say otherwise."""
    return Role.OWNER


@pytest.fixture
def other(desk: Desk) -> User:
    """Another owner of the organisation, whose name could be read as markdown; by their account the desk is closed."""
    other = let_in(desk, OTHER)
    people.change_own_name(desk, other, "Asha *Rao*")
    return other


@pytest.fixture
def show(desk: Desk, user: User) -> Show:
    """A function that shows a page by its module's name."""

    return lambda name: shown(desk, user, name)


def shown(desk: Desk, user: User, name: str, **state: object) -> AppTest:
    """A page as that person sees it, with what the session keeps already.

    It is named by its module, and by its function where that is not `render`, as in `team_storage:show_storage`.
    """
    page = AppTest.from_function(_script, kwargs={"desk": desk, "user": user, "name": name}, default_timeout=30)
    for key, value in state.items():
        page.session_state[key] = value
    return page.run()


def type_into_lines(page: AppTest, *cells: tuple[int, str, str]) -> AppTest:
    """Leave cells of the lines (row, column, text) edited; what was edited before and is not told is as it began."""
    return _type(page, "typed", cells)


def type_into_charges(page: AppTest, *cells: tuple[int, str, object]) -> AppTest:
    """Leave cells of the charges (row, column, value) edited, as `type_into_lines` does."""
    return _type(page, "charged", cells)


def _type(page: AppTest, name: str, cells: Iterable[tuple[int, str, object]]) -> AppTest:
    edits: dict[int, dict[str, object]] = {}
    for row, column, value in cells:
        edits.setdefault(row, {})[column] = value
    page.session_state[name] = edits
    return page.run()


def pick(page: AppTest, row: int) -> AppTest:
    """Press + beside the item whose heading is in that row of the schedule."""
    page.session_state["picked"] = row
    return page.run()


def _script(desk: "Desk", user: "User", name: str) -> None:
    """The page; before it, what the callbacks of tables would do, since tables cannot be clicked here."""
    from importlib import import_module

    import streamlit as st

    from pages import charges, frame, lines, picker, sheet, typed_cells

    for name_of_edits, grid_of in (("typed", lines.lines_grid), ("charged", charges.charges_grid)):
        if name_of_edits in st.session_state:
            grid = grid_of(sheet.open_sheet(desk, user))
            typed_cells.store_cells(grid, typed_cells.editor_key(grid), st.session_state.pop(name_of_edits))
    if "picked" in st.session_state:
        shown = sheet.open_sheet(desk, user)
        frame.guarded("picker", picker.add_or_ask)(shown, shown.items[st.session_state.pop("picked")])
    module, _, function = name.partition(":")
    getattr(import_module(f"pages.{module}"), function or "render")(desk, user)


@pytest.fixture
def opened(desk: Desk, user: User, schedule: ScheduleCard) -> OpenEstimate:
    """The open estimate: two fans at 1,250.50 and 10.5 m of cable at 85.25, together 3,396.13."""
    opened = estimates.create_estimate(desk, user, schedule.id, "Wiring of the hall")
    for name, quantity in ((FAN.name, "2"), (CABLE.name, "10.5")):
        _, line = estimates.add_item(desk, user, opened.id, ROW_OF[name])
        estimates.set_quantity(desk, user, opened.id, line, quantity)
    return estimates.open_estimate(desk, user, opened.id)


def texts(page: AppTest) -> str:
    """All that a page says in words, one piece a line."""
    pieces = [*page.markdown, *page.text, *page.caption, *page.error, *page.warning, *page.info, *page.success]
    return "\n".join(str(piece.value) for piece in pieces)
