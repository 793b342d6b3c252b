"""Where the rate analyses of `Master Datas` stand: headings, blocks, specifications, rates.

The rules are those of the workbook contract: a heading is a non-empty cell of A..J with solid yellow fill and red
text, a block reaches to the row before the next heading, the rate is the last number in column J.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from estimate_core.domain.formula_values import NotComputable, Value, Wrong, text_number
from estimate_core.domain.money import MAX_AMOUNT
from estimate_core.workbook.formula.calculator import Formula
from estimate_core.workbook.reading.book import AMOUNT, QUANTITY, RATE, TEXT, Block, SheetView, as_text
from estimate_core.workbook.reading.colours import Palette
from estimate_core.workbook.reading.intake import refusal

MAX_HEADINGS = 20_000
LONG_TEXT = 40
"""Characters from which a text may be a specification."""


@dataclass(frozen=True)
class Rate:
    """The rate of a block in rupees, or why there is none: the kind of finding, a clause about the item, the row."""

    value: Decimal | None
    kind: str = ""
    problem: str = ""
    row: int | None = None


def covered_cells(ws: Any) -> dict[tuple[int, int], Any]:
    """The merge that hides each place, which is all of it but its first cell."""
    return {
        place: area for area in ws.merged_cells.ranges for place in area.cells if place != (area.min_row, area.min_col)
    }


def find_blocks(sheet: SheetView) -> tuple[Block, ...]:
    """The blocks of the sheet in order; NotASchedule where there are too many."""
    headings = _headings(sheet)
    if len(headings) > MAX_HEADINGS:
        sentence = f"The schedule has {len(headings):,} headings; the limit is {MAX_HEADINGS:,}."
        mend = "Split it into several workbooks."
        raise refusal("too-large", sentence, mend, sheet.name)
    following = [row for row, _ in headings[1:]] + [max(sheet.rows, default=0) + 1]
    return tuple(_block(sheet, *heading, row - 1) for heading, row in zip(headings, following, strict=False))


def _headings(sheet: SheetView) -> list[tuple[int, int]]:
    """(row, column) of each heading, in order; where several cells of a row qualify, D or the longest text."""
    palette = Palette(sheet.contents.workbook)
    covered = covered_cells(sheet.ws)
    found: dict[int, list[Any]] = {}
    for cell in sheet.cells():
        if cell.column <= AMOUNT and (cell.row, cell.column) not in covered and palette.is_heading(cell):
            found.setdefault(cell.row, []).append(cell)
    return [(row, _heading_column(cells)) for row, cells in sorted(found.items())]


def _heading_column(cells: list[Any]) -> int:
    best = max(cells, key=lambda cell: (cell.column == TEXT, len(str(cell.value))))
    return int(best.column)


def _block(sheet: SheetView, first: int, col: int, limit: int) -> Block:
    last = next((row for row in range(limit, first, -1) if _is_filled(sheet, row)), first)
    rate_row = next((row for row in range(last, first, -1) if _is_rate(sheet, row)), None)
    return Block(first, last, limit, col, _specification_row(sheet, first, last), rate_row)


def _is_filled(sheet: SheetView, row: int) -> bool:
    return any(sheet.text(row, col).strip() for col in sheet.rows.get(row, ()))


def _is_rate(sheet: SheetView, row: int) -> bool:
    content = sheet.content(row, AMOUNT)
    if isinstance(content, Formula):
        return not isinstance(sheet.value(row, AMOUNT), str | None)
    return isinstance(content, float)


def _specification_row(sheet: SheetView, first: int, last: int) -> int | None:
    if first + 2 <= last and sheet.text(first + 2, TEXT).strip():
        return first + 2
    for row in range(first + 1, last + 1):
        if len(sheet.text(row, TEXT).strip()) >= LONG_TEXT:
            return row
        if is_component(sheet, row):
            break
    return None


def is_component(sheet: SheetView, row: int) -> bool:
    """True for a row that has a quantity, a rate or an amount."""
    return any(sheet.value(row, col) is not None for col in (QUANTITY, RATE, AMOUNT))


def specification(sheet: SheetView, block: Block) -> str:
    """The specification with the lines of makes and notes that follow it; empty where the block has none."""
    return "\n".join(_specification_lines(sheet, block))


def _specification_lines(sheet: SheetView, block: Block) -> Iterator[str]:
    if block.specification_row is None:
        return
    yield sheet.text(block.specification_row, TEXT).strip()
    for row in range(block.specification_row + 1, block.last + 1):
        text = sheet.text(row, TEXT).strip()
        if is_component(sheet, row) or not _continues_specification(text):
            return
        yield text


def _continues_specification(text: str) -> bool:
    """`Makes: ...`, `Note: ...` and long sentences go on with the specification; `Labour` is a section title."""
    head, colon, tail = text.partition(":")
    return len(text) >= 60 or bool(colon and tail.strip() and len(head) <= 20)


def rate_of(sheet: SheetView, block: Block) -> Rate:
    """The rate of a block: the last number of its column J, which must be one that can be relied on."""
    if (unusable := sheet.contents.unusable_in(sheet.name, block.first, block.last)) is not None:
        return Rate(None, "cannot-be-computed", f"cannot be computed: {unusable}")
    row = block.rate_row
    below = range(block.last, row or block.first, -1)
    written = next((each for each in below if looks_like_number(sheet.value(each, AMOUNT))), None)
    if written is not None:
        text = sheet.text(written, AMOUNT).strip()
        return Rate(None, "rate-is-text", f"has the rate {text} written as text, which no formula counts", written)
    if row is None:
        return Rate(None, "no-rate", "has no rate: column J of its block holds no number")
    value = sheet.value(row, AMOUNT)
    if not isinstance(value, float):
        return Rate(None, "rate-is-no-number", f"has the rate {as_text(value)}, which is not a number")
    if is_typed_date(sheet, row, AMOUNT):
        return Rate(None, "rate-is-a-date", "has a date in place of its rate")
    if value < 0:
        return Rate(None, "negative-rate", f"has the rate {value:g}, which is negative")
    if value >= MAX_AMOUNT:
        return Rate(None, "rate-too-large", f"has the rate {value:g}, which is too large for an estimate")
    return Rate(Decimal(f"{value:.15g}"))


def looks_like_number(value: Value) -> bool:
    """True for a text that a person reads as a number, such as `134`, `12.5%` or `1,250.00`."""
    if not isinstance(value, str) or not value.strip():
        return False
    try:
        text_number(value)
    except NotComputable:
        return True  # a date, a time or money
    except Wrong:
        return False
    return True


def is_typed_date(sheet: SheetView, row: int, col: int) -> bool:
    """True for a constant that shows as a date, such as what Excel makes of `2-1` typed as a number."""
    cell = sheet.ws._cells.get((row, col))
    return cell is not None and cell.data_type == "d"
