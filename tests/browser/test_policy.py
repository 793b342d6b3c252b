"""The pages work under the policy that browsers are told, and nothing on them is against it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from estimate_core.desk import SAMPLES
from tests.browser.conftest import DESKTOP, PHONE, Office, needs_browser
from tests.browser.hands import (
    QUANTITY,
    add_first_hit,
    answer_quantity,
    cell,
    click_row,
    items_table,
    lines_table,
    settle,
    type_quantity,
    wait_for_lines,
)
from tests.browser.test_walk import PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

pytestmark = needs_browser

_TELL = """document.addEventListener("securitypolicyviolation", event =>
  console.log("against the policy:", event.effectiveDirective, event.blockedURI, event.sample))"""
# Streamlit's reader of messages tries for a quick way to multiply, and takes a slower one where it is refused.
_EXPECTED = "against the policy: script-src wasm-eval"

Watched = Callable[..., "Page"]


@pytest.fixture
def troubles() -> list[str]:
    """What browsers found to be against the policy, and errors of scripts, as they happen."""
    return []


@pytest.fixture
def watched(browser: "Browser", troubles: list[str]) -> Iterator[Watched]:
    """A function that opens a window of that size, light or dark, whose troubles are collected."""
    contexts = []

    def note(message: "ConsoleMessage") -> None:
        if "against the policy" in message.text and not message.text.startswith(_EXPECTED):
            troubles.append(message.text)

    def watched(size: tuple[int, int] = DESKTOP, dark: bool = False) -> "Page":
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        context.add_init_script(_TELL)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", note)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        return page

    yield watched
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("size", "dark"), [(DESKTOP, False), (PHONE, True)], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_on_a_page_is_against_the_policy(
    office: Office, watched: Watched, troubles: list[str], path: str, size: tuple[int, int], dark: bool
) -> None:
    page = watched(size, dark)

    page.goto(f"{office.url}/{path}?estimate={office.new_estimate()}")
    page.get_by_test_id("stMainBlockContainer").wait_for()
    settle(page)
    page.evaluate("document.fonts.ready.then(() => true)")

    assert troubles == []


@pytest.mark.parametrize("path", ["first-account", "sign-in", "api/docs"])
def test_nothing_on_a_page_of_our_own_is_against_its_stricter_policy(
    office: Office, watched: Watched, troubles: list[str], path: str
) -> None:
    page = watched()

    page.goto(f"{office.url}/{path}")

    font = page.get_by_role("heading", level=1).evaluate("title => getComputedStyle(title).fontFamily")
    assert font.startswith("system-ui")
    assert troubles == []


def test_nothing_in_a_tab_of_team_is_against_the_policy(office: Office, watched: Watched, troubles: list[str]) -> None:
    page = watched()
    page.goto(f"{office.url}/team")
    page.get_by_test_id("stMainBlockContainer").wait_for()
    settle(page)

    for tab in page.get_by_role("tab").all():
        tab.click()
        settle(page)

    assert troubles == []


def test_an_estimate_is_made_under_the_policy(office: Office, watched: Watched, troubles: list[str]) -> None:
    page = watched()
    page.goto(f"{office.url}/?estimate={office.new_estimate()}")
    wait_for_lines(page, 0)

    add_first_hit(page, "led batten", 1)
    answer_quantity(page, "16")
    type_quantity(page, 0, "77.5")
    cell(lines_table(page), QUANTITY, 0).filter(has_text="77.5").wait_for(state="attached")
    click_row(page, items_table(page), 0, 90)
    page.get_by_role("region", name="Rate analysis as its sheet shows it").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Preview").click()
    picture = page.get_by_role("img", name="First page of the estimate")
    picture.wait_for()

    assert picture.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 600
    assert picture.evaluate("picture => getComputedStyle(picture).maxWidth") != "none"
    assert troubles == []


def test_a_workbook_is_chosen_for_upload_under_the_policy(
    office: Office, watched: Watched, troubles: list[str]
) -> None:
    page = watched()
    page.goto(f"{office.url}/schedules")
    settle(page)
    page.get_by_text("Upload a schedule").click()

    sample = next(Path(SAMPLES).glob("*.xlsx"))
    with page.expect_response(lambda response: "/_stcore/upload_file/" in response.url) as sent:
        page.locator("input[type=file]").set_input_files(sample)

    assert sent.value.status == 204
    assert troubles == []


def test_a_script_of_others_does_not_run_on_a_page(office: Office, watched: Watched, troubles: list[str]) -> None:
    page = watched()
    page.goto(office.url)
    settle(page)

    # As part of the page itself, which a script that the driver of the browser runs is not.
    page.evaluate("""() => {
      const script = document.createElement("script")
      script.textContent = "document.title = 'taken over'"
      document.body.append(script)
    }""")

    assert page.title() != "taken over"
    assert any("script-src-elem inline" in trouble for trouble in troubles)


def test_no_other_page_may_frame_a_page(office: Office, watched: Watched, tmp_path: Path) -> None:
    page = watched()
    frame = tmp_path / "frame.html"
    frame.write_text(f'<iframe src="{office.url}"></iframe>')

    page.goto(frame.as_uri())
    page.frames[1].wait_for_load_state()

    assert page.frames[1].url.startswith("chrome-error:")


@pytest.mark.parametrize(
    "path", ["media/x", "component/x", "app/static/x", "_stcore/metrics", "_stcore/agent/openapi.json", "auth/login"]
)
def test_doors_of_the_library_that_nobody_needs_are_closed(office: Office, path: str) -> None:
    answer = httpx.get(f"{office.url}/{path}", trust_env=False)

    assert answer.status_code == 404
    assert answer.json()["error"].startswith("There is no such address here.")


def test_what_the_library_tells_to_anyone_tells_of_nobody(office: Office) -> None:
    health = httpx.get(f"{office.url}/_stcore/health", trust_env=False)
    told = httpx.get(f"{office.url}/_stcore/host-config", trust_env=False).json()

    assert health.text == "ok"
    assert told.pop("allowedOrigins") == []
    assert not any(told.values())


def test_an_upload_needs_the_token_of_the_page(office: Office) -> None:
    answer = httpx.put(
        f"{office.url}/_stcore/upload_file/session/file", files={"file": ("x.xlsx", b"x")}, trust_env=False
    )

    assert answer.status_code == 403
