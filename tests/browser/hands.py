"""What hands do on the Estimate page. Tables are canvases: they are clicked by place and read by their hidden cells."""

from decimal import Decimal
from typing import TYPE_CHECKING

try:
    from playwright.sync_api import TimeoutError
except ImportError:
    TimeoutError = OSError  # nothing here runs without a browser

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

HEADER, ROW = 32, 30
NUMBER, ITEM, QUANTITY, UNIT, RATE, AMOUNT = range(6)
_SETTLED = """() => {
  const app = document.querySelector('[data-testid=stApp]')
  return app && app.getAttribute('data-test-script-state') === 'notRunning'
}"""
_FOCUSED = """id => {
  let element = document.activeElement
  while (element && element.shadowRoot) element = element.shadowRoot.activeElement
  return element && element.id === id
}"""


def settle(page: "Page") -> None:
    """Wait until the page's script has run."""
    page.wait_for_function(_SETTLED)


def lines_table(page: "Page") -> "Locator":
    """The editable table of lines."""
    return page.locator(".st-key-zone_lines").get_by_test_id("stDataFrame").first


def items_table(page: "Page") -> "Locator":
    """The table of items to pick from."""
    return page.locator(".st-key-zone_items").get_by_test_id("stDataFrame").first


def click_row(page: "Page", table: "Locator", row: int, x: int) -> None:
    """Click into a row of a table, `x` pixels from its left edge (negative: from its right one)."""
    table.locator("canvas").first.wait_for()
    box = table.bounding_box()
    assert box
    left = box["x"] + x if x >= 0 else box["x"] + box["width"] + x
    page.mouse.click(left, box["y"] + HEADER + ROW * row + ROW / 2)


def cell(table: "Locator", column: int, row: int) -> "Locator":
    """A cell as screen readers find it."""
    return table.get_by_test_id(f"glide-cell-{column}-{row}")


def wait_for_lines(page: "Page", number: int, patience: float = 20_000) -> None:
    """Wait until the heading counts that many lines and the table shows the last of them."""
    page.get_by_text(f"Lines ({number:,})").wait_for(timeout=patience)
    if number:
        cell(lines_table(page), NUMBER, number - 1).wait_for(state="attached")
    settle(page)


def press_plus(page: "Page", row: int, lines: int) -> None:
    """Press + beside an item; waits until the estimate has `lines` lines. A busy browser may miss a click."""
    for attempt in range(3):
        click_row(page, items_table(page), row, 20)
        try:
            return wait_for_lines(page, lines, patience=5_000)
        except TimeoutError:
            if attempt == 2:
                raise


def add_first_hit(page: "Page", words: str, lines: int) -> None:
    """Search and press Enter; waits until the estimate has `lines` lines and asks for the quantity."""
    search = page.get_by_placeholder("Search items")
    search.click()
    search.fill("")
    search.press_sequentially(words, delay=25)
    search.press("Enter")
    wait_for_lines(page, lines)
    page.wait_for_function(_FOCUSED, arg="quantity")


def answer_quantity(page: "Page", text: str) -> None:
    """Type the quantity that is asked for; waits until the search has the cursor again."""
    page.keyboard.type(text, delay=25)
    page.keyboard.press("Enter")
    page.wait_for_function(_FOCUSED, arg="words")


def type_quantity(page: "Page", row: int, text: str) -> None:
    """Type into the quantity of a row at human speed and leave the cell with Enter."""
    choose_quantity(page, row)
    page.keyboard.type(text, delay=35)
    page.keyboard.press("Enter")
    page.wait_for_timeout(80)


def choose_quantity(page: "Page", row: int) -> None:
    """Click into a row, go to its quantity, and look that the cell is chosen, as a person does before typing."""
    table = lines_table(page)
    for column in (NUMBER, ITEM, QUANTITY):
        if column == NUMBER:
            click_row(page, table, row, 18)
        else:
            page.keyboard.press("ArrowRight")
        cell(table, column, row).and_(page.locator("[aria-selected=true]")).wait_for(state="attached")


def totals_on_screen(page: "Page") -> dict[str, Decimal]:
    """The rows of the totals: label and rupees."""
    rows = page.locator(".st-key-totals tbody tr").all()
    pairs = [row.locator("td").all_inner_texts() for row in rows]
    return {label.strip(): Decimal(amount.replace(",", "")) for label, amount in pairs}
