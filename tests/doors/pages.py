"""The pages as the shell shows them to whoever comes, in each state that a browser could have kept."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from estimate_core import wiring
from estimate_core.domain.people import User
from estimate_core.storage.database import Database
from pages import team
from pages.sheet import OPEN
from tests.doors.settled import Place
from tests.doors.things import Things
from tests.doors.visitors import Visitor
from tests.pages.test_viewer import VIEWS, View

SHELL = Path(__file__).parents[2] / "pages" / "shell.py"
PATIENCE = 60.0


@dataclass(frozen=True)
class Way:
    """How a page is come to: its name, and what the browser's session keeps from before."""

    page: str
    state: Callable[[Things], Mapping[str, object]] = lambda its: {}


def page_names() -> list[str]:
    """The last parts of the pages' addresses; read rather than imported, since the shell would run."""
    for node in ast.parse(SHELL.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_ROOMS":
            assert isinstance(node.value, ast.Dict)
            return [ast.literal_eval(key) for key in node.value.keys if key]
    raise AssertionError("the shell does not name its pages any more where this test looks for them")


def _way_of(view: View) -> Way:
    """How to come to what is tried elsewhere as a page of its own: to a tab of Team by its function."""
    module, _, function = view.page.partition(":")
    if not function:
        return Way({"saved": "estimates"}.get(module, module), view.state)
    turned = {"team": next(title for title, show in team._TABS.items() if show.__name__ == function)}
    return Way("team", lambda its: {**view.state(its), **turned})


def _way_to_tab(title: str) -> Way:
    return Way("team", lambda its: {"team": title})


WAYS = (
    {name: Way(name) for name in page_names()}
    | {f"team, {title}": _way_to_tab(title) for title in team._TABS}
    | {f"{view.page}, {name}": _way_of(view) for name, view in VIEWS.items()}
)
"""To each page, to each tab of Team, and to each state in which a page is tried elsewhere."""


@dataclass(frozen=True)
class Door:
    """Where people come to the pages of a desk: what is set here stands in the place of their browser."""

    place: Place
    patch: pytest.MonkeyPatch

    def come(self, visitor: Visitor, way: Way, things: Things, open_estimate: str = "") -> AppTest:
        """Have a visitor look at a page, with what a browser kept that looked at these things."""
        cookies = dict([visitor.headers["cookie"].split("=", 1)] if "cookie" in visitor.headers else [])
        self.patch.setattr(type(st.context), "cookies", property(lambda context: cookies))
        self.patch.setattr(wiring, "shared_desk", lambda: self.place.desk)
        page = AppTest.from_file(SHELL, default_timeout=PATIENCE)
        page._page_hash = calc_hash(way.page)
        for key, value in way.state(things).items():
            page.session_state[key] = value
        if open_estimate:
            page.query_params[OPEN] = open_estimate
        return page.run()


def all_shown(page: AppTest) -> str:
    """All that a browser is sent of a page: not only what is read on it."""
    return "\n".join(_sent(page._tree))


def _sent(node: object) -> list[str]:
    below = getattr(node, "children", {}).values()
    return [str(getattr(node, "proto", "")), *(sent for child in below for sent in _sent(child))]


def _revoke(db: Database, user: User, now: str) -> None:
    db.execute("UPDATE sessions SET revoked = ? WHERE id = ?", (now, user.session))


def _leave_unused(db: Database, user: User, now: str) -> None:
    db.execute("UPDATE sessions SET seen = '2001-01-01T00:00:00.000000+00:00' WHERE id = ?", (user.session,))


def _disable(db: Database, user: User, now: str) -> None:
    db.execute("UPDATE accounts SET disabled = ? WHERE id = (SELECT account FROM users WHERE id = ?)", (now, user.id))


def _take_out(db: Database, user: User, now: str) -> None:
    db.execute("UPDATE users SET removed = ? WHERE id = ?", (now, user.id))


def _have_changed(db: Database, user: User, now: str) -> None:
    db.execute("UPDATE accounts SET must_change = 1 WHERE id = (SELECT account FROM users WHERE id = ?)", (user.id,))


ENDINGS = {
    "revoked": _revoke,
    "unused for too long": _leave_unused,
    "disabled": _disable,
    "taken out": _take_out,
    "must change the password": _have_changed,
}
"""What ends a visit while a page is open."""
