"""Two organisations that have one of each thing, their people, and what hands do at the forms by which these come in.

Asha owns the first organisation, Ravi the second; Meera is an estimator of both, and begins in the first.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from estimate_core.desk import Desk, open_desk
from estimate_core.domain.people import LOCAL, Role
from estimate_core.services.passwords import hash_password
from estimate_core.settings import Settings
from estimate_core.storage import accounts
from estimate_core.storage.database import writing
from pages.watching import IDLE_POLL
from tests.browser.hands import settle
from tests.conftest import STRANGER
from tests.furnished import Built, Furnished, build_home
from tests.people import Person
from tests.people import settle as settle_at_desk

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

_LOOKS, _LOOK_EVERY = 80, 100
"""How often, and each how many milliseconds, a click is given until it is made once more."""
PASSWORD = "seven slow green kettles"
ROOMS = {"": "Estimate", "jobs": "Jobs", "estimates": "Estimates", "schedules": "Schedules of rates", "team": "Team"}
"""The last part of each page's address, and what only the page that is drawn there says."""
_ONLY_SIGNED_OUT = r"""() => {
  const app = document.querySelector('[data-testid=stApp]')
  return app && /^(Skip to main content\s+)?You are signed out\.[^\n]*Sign in$/.test(app.innerText.trim())
}"""
_LOOK_NEVER = f"""
const every = window.setInterval
window.setInterval = (act, pause, ...more) => pause === {1000 * IDLE_POLL} ? 0 : every(act, pause, ...more)
"""


@dataclass(frozen=True)
class Town:
    """The two organisations in their folder, and the people with their accounts."""

    home: Path
    here: Furnished
    there: Furnished
    asha: Person
    ravi: Person
    meera: Person


def found_town(home: Path) -> Town:
    """Furnish two organisations in an empty folder, then have people with accounts there."""
    built: Built = build_home(home)
    desk = open_desk(Settings(home=home), lambda job_id: None, lambda: datetime.now(UTC))
    here, there = (built.organisations[one.organisation] for one in (LOCAL, STRANGER))
    asha = settle_at_desk(desk, "asha@example.org", Role.OWNER, LOCAL.organisation)
    meera = settle_at_desk(desk, "meera@example.org", Role.ESTIMATOR, LOCAL.organisation)
    settle_at_desk(desk, "meera@example.org", Role.ESTIMATOR, STRANGER.organisation)
    ravi = settle_at_desk(desk, "ravi@example.org", Role.OWNER, STRANGER.organisation)
    give_password(desk, asha)
    return Town(home, here, there, asha, ravi, meera)


def give_password(desk: Desk, person: Person) -> None:
    """Let a person sign in by `PASSWORD`."""
    with desk.open_db() as db, writing(db):
        accounts.set_password(db, person.account.id, hash_password(PASSWORD))


def names_in(town: Town, *shown: str) -> list[str]:
    """Which names of works, schedules, items and people are in these texts, and what each workbook begins with."""
    names = (town.here.mark, town.there.mark, "Light point", "Asha", "Ravi", "Meera", "PK\3\4")
    return [name for name in names if name in "".join(shown)]


def everything(home: Path) -> list[str]:
    """All that the database holds, statement by statement."""
    with closing(sqlite3.connect(home / "app.db")) as db:
        return list(db.iterdump())


def listen(page: "Page") -> list[str]:
    """What the page receives by websocket, from the next address that it goes to on."""
    received: list[str] = []

    def hear(data: bytes | str) -> None:
        received.append(data.decode("utf-8", "replace") if isinstance(data, bytes) else data)

    page.on("websocket", lambda socket: socket.on("framereceived", hear))
    return received


def look_never(page: "Page") -> None:
    """Have the page, from its next address on, not look by itself who is there, so that only hands make it do so."""
    page.add_init_script(_LOOK_NEVER)


def wait_for_room(page: "Page", path: str) -> None:
    """Wait until a page is drawn, by what no other one says."""
    if path:
        page.get_by_role("heading", name=ROOMS[path], exact=True).wait_for()
    else:
        page.get_by_placeholder("Search items, codes, specifications").wait_for()
    settle(page)


def fill(page: "Page", **typed: str) -> None:
    """Type into the fields of a form by their names, and send it by the keyboard."""
    for name, text in typed.items():
        page.locator(f"#{name}").fill(text)
    page.keyboard.press("Enter")


def sign_in(page: "Page", email: str, password: str = PASSWORD) -> None:
    """Fill in the form that the page shows."""
    page.get_by_role("heading", name="Sign in").wait_for()
    fill(page, email=email, password=password)


def own_menu(page: "Page", name: str) -> "Locator":
    """The menu of the person, which stands on every page."""
    return page.locator(".st-key-who").get_by_role("button", name=name)


def sign_out(page: "Page", name: str) -> None:
    """Sign out by the menu; waits until nothing but that is told."""
    own_menu(page, name).click()
    page.get_by_role("button", name="Sign out").click()
    wait_until_signed_out(page)


def wait_until_signed_out(page: "Page") -> None:
    """Wait until all that the page shows is that one is signed out."""
    page.wait_for_function(_ONLY_SIGNED_OUT)


def click_until_signed_out(page: "Page", click: Callable[["Page"], None]) -> None:
    """Click, and once more where a table that was only just drawn let the click pass: to a browser it is a picture."""
    click(page)
    for _ in range(_LOOKS):
        if page.evaluate(_ONLY_SIGNED_OUT):
            return
        page.wait_for_timeout(_LOOK_EVERY)
    click(page)
    wait_until_signed_out(page)


def invite(page: "Page", email: str) -> str:
    """Invite somebody on Team as an estimator; gives the link."""
    page.get_by_role("button", name="Invite", exact=True).click()
    page.get_by_label("E-mail address").fill(email)
    page.keyboard.press("Tab")
    settle(page)
    page.get_by_role("dialog").get_by_role("button", name="Invite").click()
    return page.get_by_role("dialog").get_by_test_id("stCode").inner_text().strip()
