"""Parts of a page that run by themselves: they show nothing to whom the page was not drawn for."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import NotFound, SignedOut
from estimate_core.domain.people import LOCAL, Role, User
from pages import frame, parts
from tests.conftest import STRANGER

Run = Callable[[], None]


class WholeRun(Exception):
    """The whole page was asked to run."""


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What parts showed."""

    def rerun() -> None:
        raise WholeRun

    monkeypatch.setattr(parts.st, "rerun", rerun)
    return []


def drawn(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, show: "partial[object]", found: Callable[[], User | None]
) -> Run:
    """How a part of LOCAL's page runs again; `found` is who is at the page then."""
    made: list[Run] = []
    monkeypatch.setattr(parts.st, "fragment", lambda run, run_every: made.append(run) or run)
    parts.show_part(desk, LOCAL, show)
    monkeypatch.setattr(parts, "find_person", lambda desk, is_use: found())
    return made[0]


@pytest.mark.parametrize(
    "found",
    [None, STRANGER, replace(LOCAL, role=Role.VIEWER)],
    ids=["signed out", "in another organisation", "in another role"],
)
def test_a_part_has_the_whole_page_run_where_another_is_there_by_then(
    desk: Desk, shown: list[str], monkeypatch: pytest.MonkeyPatch, found: User | None
) -> None:
    run = drawn(desk, monkeypatch, partial(shown.append, "work"), lambda: found)

    with pytest.raises(WholeRun):
        run()

    assert shown == ["work"]


def test_a_part_goes_on_for_whom_the_page_was_drawn(
    desk: Desk, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = drawn(desk, monkeypatch, partial(shown.append, "work"), lambda: replace(LOCAL, address="192.0.2.7"))

    run()

    assert shown == ["work", "work"]


def test_a_part_that_is_refused_as_signed_out_has_the_whole_page_run(
    desk: Desk, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WholeRun):
        drawn(desk, monkeypatch, partial(refuse, SignedOut("Sign in.")), lambda: LOCAL)


def test_a_part_that_is_refused_anything_else_tells_it(
    desk: Desk, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFound):
        drawn(desk, monkeypatch, partial(refuse, NotFound("It is gone.")), lambda: LOCAL)


def open_another() -> None:
    frame.open_dialog("log", 2)


def open_about_another() -> None:
    frame.open_dialog("form", 2)


@pytest.mark.parametrize("act", [frame.close_dialog, open_another, open_about_another])
def test_a_dialog_that_was_closed_or_gave_way_has_the_whole_page_run(
    desk: Desk, shown: list[str], monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]
) -> None:
    run = drawn_dialog(desk, monkeypatch, partial(shown.append, "form"))
    run()

    act()

    with pytest.raises(WholeRun):
        run()
    assert shown == ["form", "form"]


def drawn_dialog(desk: Desk, monkeypatch: pytest.MonkeyPatch, show: "partial[object]") -> Run:
    """How a dialog of LOCAL's page, who stays there, runs again."""
    made: list[Run] = []
    monkeypatch.setattr(frame.st, "session_state", {})
    monkeypatch.setattr(parts.st, "dialog", lambda title, **more: lambda run: made.append(run) or run)
    monkeypatch.setattr(parts, "find_person", lambda desk, is_use: LOCAL)
    frame.open_dialog("form", 1)
    parts.show_dialog(desk, LOCAL, "Form", show)
    return made[0]


def refuse(refusal: Exception) -> None:
    raise refusal
