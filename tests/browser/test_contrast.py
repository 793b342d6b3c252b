"""Every text can be read in both themes: it stands out from what is behind it by 4.5 to 1, as WCAG 2.2 AA asks."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Office, OpenPage, needs_browser
from tests.browser.hands import settle
from tests.browser.town import ROOMS, Town, wait_for_room
from tests.people import Person

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = needs_browser
themes = pytest.mark.parametrize("theme", ["light", "dark"])

# Colours of layers over each other become one, by their own strength and that of what they stand in.
_PALE = r"""() => {
  const numbers = colour => (colour.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number)
  const strength = colour => colour.length > 3 ? colour[3] : 1
  const over = (colour, below) => below.map((under, i) => colour[i] * strength(colour) + under * (1 - strength(colour)))
  const linear = value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  const light = colour => {
    const [red, green, blue] = colour.map(value => linear(value / 255))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches
  const pale = []
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement
    const range = document.createRange()
    range.selectNodeContents(texts.currentNode)
    const place = range.getBoundingClientRect()
    const isSeen = element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && place.width > 1
    const isText = !element.closest('style, script, :disabled, [data-testid=stIconMaterial]')
    if (!texts.currentNode.textContent.trim() || !isSeen || !isText) continue
    let behind = isDark ? [18, 18, 18] : [255, 255, 255], opacity = 1
    const around = []
    for (let each = element; each; each = each.parentElement) around.unshift(getComputedStyle(each))
    for (const style of around) {
      behind = over(numbers(style.backgroundColor), behind)
      opacity *= style.opacity
    }
    const own = numbers(getComputedStyle(element).color)
    const text = over([...own.slice(0, 3), strength(own) * opacity], behind)
    const [less, more] = [light(text), light(behind)].sort((a, b) => a - b)
    const contrast = (more + 0.05) / (less + 0.05)
    if (contrast < 4.5) pale.push(`${contrast.toFixed(2)}: ${texts.currentNode.textContent.trim().slice(0, 40)}`)
  }
  return pale
}"""


def pale_texts(page: "Page") -> list[str]:
    """The texts that a page goes on showing too weakly, each after its contrast."""
    from playwright.sync_api import TimeoutError as StaysPale

    settle(page)
    try:
        # Texts are weak for a moment while they are drawn, and drawn anew.
        # A function: words that are looked at again and again would be refused, as the pages let no text be run.
        page.wait_for_function(f"() => ({_PALE})().length === 0", timeout=10_000)
    except StaysPale:
        return list(page.evaluate(_PALE))
    return []


def in_theme(page: "Page", theme: str, url: str) -> "Page":
    """The page as it is shown to who asks for light or dark pages."""
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    page.goto(url)
    return page


@themes
@pytest.mark.parametrize("path", [path for path in ROOMS if path != "team"])
def test_no_text_of_a_page_is_too_pale(
    closed_office: Office, town: Town, asha: Person, open_page: OpenPage, path: str, theme: str
) -> None:
    page = open_page(f"{closed_office.url}/sign-in?next=/healthz", ticket=asha.ticket)

    in_theme(page, theme, f"{closed_office.url}/{path}?estimate={town.here.estimate}")
    wait_for_room(page, path)

    assert pale_texts(page) == []


@themes
def test_no_text_of_a_tab_of_team_is_too_pale(
    closed_office: Office, town: Town, asha: Person, open_page: OpenPage, theme: str
) -> None:
    page = open_page(f"{closed_office.url}/sign-in?next=/healthz", ticket=asha.ticket)
    in_theme(page, theme, f"{closed_office.url}/team")
    wait_for_room(page, "team")
    pale = {}

    for tab in page.get_by_role("tab").all():
        tab.click()
        pale[tab.inner_text()] = pale_texts(page)

    assert {tab: texts for tab, texts in pale.items() if texts} == {}


@themes
def test_no_text_of_the_form_to_sign_in_is_too_pale(
    closed_office: Office, town: Town, open_page: OpenPage, theme: str
) -> None:
    page = in_theme(open_page(f"{closed_office.url}/healthz"), theme, f"{closed_office.url}/sign-in")
    page.get_by_role("heading", name="Sign in").wait_for()

    assert page.evaluate(_PALE) == []
