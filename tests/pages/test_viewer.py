"""What a role is offered: each page, in each of its states, as a viewer sees it, and as who may do more does."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Widget

from estimate_core.desk import Desk, open_desk
from estimate_core.domain.notice import Way
from estimate_core.domain.people import LOCAL, Role, User
from estimate_core.services import channels, estimates
from estimate_core.settings import Settings
from estimate_core.storage.database import rows, writing
from estimate_core.storage.people import ensure_person
from pages.roles import VIEWER_LINE
from tests.conftest import COLLEAGUE, FAN, ROW_OF, UNPRICED, Clock, reach_of
from tests.furnished import ADDRESS, Built, Furnished, build_home, fixtures_of
from tests.pages.conftest import shown, texts
from tests.people import settle

OWNER, ESTIMATOR, VIEWER = (replace(LOCAL, role=role) for role in Role)

READING = (
    *("step", "tab", "group ", "search ", "preview", "show formulas", "open ", "log ", "to "),
    *("severity ", "kind", "words ", "compare ", "turned ", "compared", "whose", "state"),
    *("column Item", "column Work", "column Where", "column Name of work"),
)
"""With what the keys of controls begin that only look at something."""


@dataclass(frozen=True)
class View:
    """A page in a state, and what it offers besides looking: to who works on estimates, and to owners alone.

    Controls are told by what their keys begin with.
    """

    page: str
    offers: tuple[str, ...] = ()
    to_owners: tuple[str, ...] = ()
    state: Callable[[Furnished], Mapping[str, object]] = lambda office: {}


def _estimate(*offers: str, to_owners: tuple[str, ...] = (), **state: object) -> View:
    """The Estimate page with the furnished estimate open."""
    return View("estimate", offers, to_owners, lambda office: {"estimate": office.estimate, **state})


def _job(kind: str, *offers: str) -> View:
    return View("jobs", offers, (), lambda office: {"dialog": ("job", getattr(office, kind))})


def _schedule(kind: str, *offers: str) -> View:
    return View("schedules", offers, (), lambda office: {"schedule": getattr(office, kind)})


_TITLE = ("name ", "work ", "schedule ", "undo", "redo", "new", "quick add", "column Add")
_MAKES = ("make pdf", "make estimate", "make output")
_LINES = ("editor lines", "column Up", "column Remove", "grouped ", "clear", "charge ", "provisions ")
_CHARGES = ("editor charge rows", "column Down", "column Remove", "add fixed", "add percent")
_PROFILES = ("profile ", "profile name ", "save profile", "new profile name ", "rename profile", "delete profile")
_COVER = ("cover shown ", "cover head_of_account ", "cover place ")
_UPLOAD = ("file ", "category ", "edition ", "FormSubmitter:upload", "dismiss ")
_CARDS = ("retire ", "restore ", "mark ", "make comparison")
_NOTIFICATIONS = "team_notifications:show_notifications"
_CHANNEL = ("test ", "pause ", "secret ", "remove ")

VIEWS = {
    "lines": _estimate(*_TITLE, *_LINES, *_MAKES),
    "charges": _estimate(*_TITLE, *_CHARGES, *_PROFILES, *_MAKES, tab="Charges"),
    "cover": _estimate(*_TITLE, *_COVER, *_MAKES, to_owners=("department ", "signature 6 "), tab="Cover"),
    "item": _estimate("add from analysis", dialog=("item", ROW_OF[FAN.name])),
    "item without a rate": _estimate(dialog=("item", ROW_OF[UNPRICED.name])),
    "item that is there": _estimate("second line", "first line", dialog=("twice", ROW_OF[FAN.name])),
    "line": View("estimate", state=lambda office: {"estimate": office.estimate, "dialog": ("line", office.line)}),
    "another schedule": View(
        "estimate",
        ("start new", "keep"),
        state=lambda office: {"estimate": office.estimate, "dialog": ("schedule", office.edition)},
    ),
    "preview": _estimate("from preview ", dialog=("preview", True)),
    "no lines": View(
        "estimate", ("name ", "column Add", *_MAKES), state=lambda office: {"estimate": office.empty_estimate}
    ),
    "estimates": View("saved", ("column Do",)),
    "renaming": View("saved", ("new name ", "rename"), state=lambda office: {"dialog": ("rename", office.estimate)}),
    "deleted": View("saved", ("undo delete",), state=lambda of: {"deleted estimate": (of.deleted_estimate, "Work")}),
    "schedule": _schedule("schedule", "start", *_UPLOAD, *_CARDS),
    "retired schedule": _schedule("retired_schedule", "restore "),
    "jobs": View("jobs"),
    "queued job": _job("queued", "cancel "),
    "failed job": _job("failed", "retry "),
    "complete job": _job("complete"),
    "refused job": _job("refused"),
    "team": View(_NOTIFICATIONS, ("add channel", *_CHANNEL)),
    "storage": View("team_storage:show_storage", (), ("days kept", "save days")),
    "new channel": View(
        _NOTIFICATIONS,
        ("channel label", "save channel"),
        ("for all",),
        lambda office: {"dialog": ("add channel dialog", True)},
    ),
    "log": View(_NOTIFICATIONS, state=lambda office: {"dialog": ("log of a channel", office.channel)}),
    "removed channel": View(
        _NOTIFICATIONS, ("undo remove",), state=lambda office: {"removed channel": (office.removed_channel, "Channel")}
    ),
}
EVERY = [pytest.param(view, id=name) for name, view in VIEWS.items()]


built, desk, office = fixtures_of(build_home)


@pytest.fixture
def see(desk: Desk, office: Furnished) -> Callable[[View, User], AppTest]:
    """A function that shows a view to a person."""
    return lambda view, user: shown(desk, user, view.page, **view.state(office))


See = Callable[[View, User], AppTest]


def widgets(page: AppTest) -> Iterator[Widget]:
    """What can be pressed, chosen or typed into by itself, and is not greyed."""
    for element in page._tree:
        if isinstance(element, Widget) and not getattr(element, "disabled", False):
            yield element


def key_of(widget: Any) -> str:
    return str(widget.key or widget.label)


def offered(page: AppTest) -> list[str]:
    """The keys of all that can be used on a page: its widgets, tables to type into, columns of buttons by name."""
    keys = [key_of(widget) for widget in widgets(page)]
    keys += ["quick add" for _ in page.get("bidi_component")]
    for table in page.get("dataframe"):
        keys += [str(table.key)] * bool(table.proto.editing_mode)
        keys += _buttons(table)
    return keys


def _buttons(table: Any) -> Iterator[str]:
    for name, column in json.loads(table.proto.columns or "{}").items():
        kind = column.get("type_config", {}).get("type")
        if kind == "button" and name in table.value.columns:
            yield f"column {name}"


def missing(page: AppTest, wanted: tuple[str, ...]) -> list[str]:
    there = offered(page)
    return [one for one in wanted if not any(key.startswith(one) for key in there)]


@pytest.mark.parametrize("view", EVERY)
def test_an_owner_is_offered_everything(see: See, view: View) -> None:
    page = see(view, OWNER)

    assert not page.exception
    assert missing(page, (*view.offers, *view.to_owners)) == []
    assert VIEWER_LINE not in texts(page)


@pytest.mark.parametrize("view", EVERY)
def test_an_estimator_is_offered_all_but_what_owners_do(see: See, view: View) -> None:
    page = see(view, ESTIMATOR)

    assert not page.exception
    assert missing(page, view.offers) == []
    assert missing(page, view.to_owners) == list(view.to_owners)
    assert VIEWER_LINE not in texts(page)


@pytest.mark.parametrize("view", EVERY)
def test_a_viewer_is_offered_nothing_but_looking_and_is_told_why(see: See, view: View) -> None:
    page = see(view, VIEWER)

    assert not page.exception
    assert [key for key in offered(page) if not key.startswith(READING)] == []
    assert texts(page).count(VIEWER_LINE) == (0 if view is VIEWS["storage"] else 1)


def test_whatever_a_viewer_uses_is_taken_and_changes_nothing(
    see: See, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(st, "switch_page", lambda page: None)
    before = stored(desk)
    used: set[str] = set()

    for view in VIEWS.values():
        for key in map(key_of, widgets(see(view, VIEWER))):
            if key not in used:
                used.add(key)
                page = see(view, VIEWER)
                page.session_state["pages"] = dict.fromkeys(("jobs", "estimates", "schedules", "estimate"))
                use(next(widget for widget in widgets(page) if key_of(widget) == key)).run()
                assert not page.exception, key
                assert "You are a viewer here and" not in texts(page) + " ".join(toast.value for toast in page.toast), (
                    key
                )

    assert len(used) >= 20
    assert stored(desk) == before


def use(widget: Any) -> Any:
    """Press it, type into it, or choose another of its choices."""
    if widget.type == "button":
        return widget.click()
    if widget.type == "toggle":
        return widget.set_value(not widget.value)
    if widget.type == "selectbox":
        return widget.select_index(0 if widget.index else len(widget.options) - 1)
    if widget.type == "number_input":
        return widget.increment()
    if widget.type == "file_uploader":
        return widget.set_value(("small.xlsx", b"", "application/octet-stream"))
    return widget.set_value(widget.options[-1] if hasattr(widget, "options") else "fan")


def stored(desk: Desk) -> dict[str, list[tuple[object, ...]]]:
    """All that the database keeps, but for what tells which estimate each person has open."""
    with desk.open_db() as db:
        tables = [row["name"] for row in rows(db, "SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: [tuple(row) for row in rows(db, f"SELECT * FROM {table}")] for table in tables if table != "users"
        }


def test_a_viewer_without_an_open_estimate_is_led_to_those_of_the_organisation(desk: Desk) -> None:
    viewer = known(desk, replace(COLLEAGUE, role=Role.VIEWER))

    page = shown(desk, viewer, "estimate")

    assert not page.exception
    assert "No estimate is open" in texts(page)
    assert page.button(key="to estimates")
    assert "Grand total" not in texts(page)
    assert [key for key in offered(page) if not key.startswith((*READING, "schedule "))] == []


def test_a_viewer_without_an_open_estimate_chooses_whose_items_to_look_at(desk: Desk, office: Furnished) -> None:
    viewer = known(desk, replace(COLLEAGUE, role=Role.VIEWER))
    page, before = shown(desk, viewer, "estimate"), stored(desk)

    page.selectbox(key="schedule - 0").set_value(office.edition).run()

    assert not page.exception
    assert len(page.dataframe[0].value) == 3
    assert stored(desk) == before


def known(desk: Desk, user: User) -> User:
    with desk.open_db() as db, writing(db):
        ensure_person(db, user)
    return user


EMPTY = {
    "estimate": "There is no schedule of rates yet. Ask an estimator",
    "saved": "No estimate is kept yet. What the estimators of your organisation make is listed here",
    "schedules": "There is no schedule yet. Ask an estimator",
    "jobs": "No workbook has been made yet. What your organisation makes is listed here to download.",
    _NOTIFICATIONS: "Nobody is told yet when a job ends.",
}


@pytest.mark.parametrize(("name", "sentence"), EMPTY.items())
def test_where_nothing_is_there_a_viewer_is_not_asked_to_make_it(
    tmp_path: Path, clock: Clock, name: str, sentence: str
) -> None:
    desk = open_desk(Settings(home=tmp_path / "empty"), lambda job_id: None, clock)

    page = shown(desk, known(desk, VIEWER), name)

    assert not page.exception
    assert sentence in texts(page)
    assert [key for key in offered(page) if not key.startswith(READING)] == []


def test_where_there_are_items_alone_a_viewer_looks_at_them(desk: Desk) -> None:
    for card in estimates.list_estimates(desk, OWNER):
        estimates.delete_estimate(desk, OWNER, card.id)

    page = shown(desk, VIEWER, "estimate")

    assert "What the estimators of your organisation make can be read here." in texts(page)
    assert len(page.dataframe) == 1
    assert not page.button(key="to jobs").disabled


def test_a_viewer_reads_lines_charges_and_cover(see: See, desk: Desk) -> None:
    lines, charges, cover = (see(VIEWS[name], VIEWER) for name in ("lines", "charges", "cover"))

    assert list(lines.dataframe[1].value["Amount"]) == ["2,501.00"]
    assert "| **Grand Total** |" in texts(lines)
    assert "Work of local" in texts(lines)
    assert charges.dataframe[1].value.loc["gst"]["Value"] == "18"
    assert "Charges of local" in texts(charges)
    assert {"Department of local", "Engineer"} <= {text.value for text in cover.text}


def test_a_viewer_downloads_what_was_made(see: See, office: Furnished) -> None:
    page = see(VIEWS["complete job"], VIEWER)

    assert any(f'href="/api/outputs/{office.output}/download"' in html.value for html in page.get("html"))


@pytest.mark.parametrize(("user", "again"), [(ESTIMATOR, True), (VIEWER, False)])
def test_a_lost_file_is_made_again_by_who_may(see: See, desk: Desk, office: Furnished, user: User, again: bool) -> None:
    reach_of(desk, OWNER, office.output).unlink()

    page = see(VIEWS["complete job"], user)

    assert "no longer where it was kept" in texts(page).replace("\\", "")
    assert any(key.startswith("again ") for key in offered(page)) is again


def test_an_estimator_changes_their_own_channel_and_leaves_the_office_its_own(see: See, office: Furnished) -> None:
    page = see(VIEWS["team"], ESTIMATOR)

    changing = [key for key in offered(page) if key.startswith(_CHANNEL)]
    assert changing == [f"{act}{office.own_channel}" for act in _CHANNEL]
    assert "Owners of your organisation change this channel." in texts(page)


def test_an_estimator_adds_a_channel_for_their_own_jobs(see: See, desk: Desk) -> None:
    page = see(VIEWS["new channel"], ESTIMATOR)
    page.segmented_control(key="way").set_value(Way.WEBHOOK)
    page.text_input(key="channel label").set_value("Mine")
    page.text_input(key="channel address").set_value(ADDRESS)

    page.button(key="save channel").click().run()

    assert not page.exception
    assert "Mine" in [card.channel.label for card in channels.list_channels(desk, ESTIMATOR) if card.channel.user]


def test_on_team_a_viewer_cares_for_their_own_account_alone(desk: Desk) -> None:
    viewer, owner = settle(desk, "meena@example.org", Role.VIEWER), settle(desk, "asha@example.org", Role.OWNER)

    page, owners = (shown(desk, person.user, "team") for person in (viewer, owner))

    assert not page.exception
    own = ("own name", "save own name", "make token", "log ")
    assert [key for key in offered(page) if not key.startswith(own)] == []
    assert missing(page, own) == []
    assert missing(owners, (*own, "invite", "save organisation", "save office", "save days", "who did")) == []


def test_the_address_of_a_foreign_estimate_leads_a_viewer_to_none(desk: Desk, built: Built) -> None:
    viewer = known(desk, replace(COLLEAGUE, role=Role.VIEWER))
    foreign = built.organisations["elsewhere"].estimate

    page = shown(desk, viewer, "estimate", estimate=foreign)

    assert not page.exception
    assert "No estimate is open" in texts(page)
    assert "of elsewhere" not in texts(page)
