"""The rows of blocks that reckon: quantity, rate and amount of each, and what formulas read."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from estimate_core.domain.formula_values import NotComputable, Value, Wrong, text_number
from estimate_core.domain.schedule import folded
from estimate_core.workbook.doctor.findings import quoted
from estimate_core.workbook.formula.calculator import Formula
from estimate_core.workbook.formula.references import Reference, UnreadableFormula, split_formula
from estimate_core.workbook.reading.book import (
    AMOUNT,
    PER,
    PER_UNIT,
    QUANTITY,
    RATE,
    TEXT,
    UNIT,
    Block,
    Book,
    SheetView,
)

FROZEN = "frozen"
"""Stands for the text of a formula that cannot be followed."""
_ENOUGH, _MOST = 5, 0.8
"""What so many rows of one label have, and so large a part of them, sets the rule."""
_LEADING = re.compile(r"\s*(?:per\s+)?([0-9][0-9,]*(?:\.[0-9]+)?)\s*[a-z%]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a block that has a quantity, a rate or an amount; numbers as floats, `formula` is that of column J.

    `expected` are the amounts that quantity x rate / per may mean; none where the row has no quantity or no rate.
    """

    block: Block
    row: int
    text: str
    quantity: float | None
    rate: float | None
    amount: Value
    formula: str
    expected: tuple[float, ...]

    @property
    def what(self) -> str:
        """The text of the row as sentences repeat it."""
        return quoted(self.text) if self.text.strip() else f"row {self.row}"

    @property
    def subject(self) -> str:
        """The same at the beginning of a sentence."""
        return self.what[0].upper() + self.what[1:]

    @property
    def label(self) -> str:
        """The text without its numbers, which rows of many blocks share."""
        return folded(re.sub(r"[0-9.%@]+", " ", self.text))


def read_lines(book: Book) -> list[Line]:
    """The rows of all blocks that reckon, in order."""
    return [line for block in book.blocks for line in _lines(book, block)]


def _lines(book: Book, block: Block) -> Iterator[Line]:
    sheet = book.sheet
    for row in range(block.first + 1, block.last + 1):
        if not sheet.rows.get(row, set()) & {QUANTITY, RATE, AMOUNT}:
            continue
        quantity, rate = number_in(sheet.value(row, QUANTITY)), number_in(sheet.value(row, RATE))
        expected = () if quantity is None or rate is None else tuple(_expected(sheet, row, quantity * rate))
        amount, formula = sheet.value(row, AMOUNT), _formula(book, row)
        yield Line(block, row, sheet.text(row, TEXT), quantity, rate, amount, formula, expected)


def _expected(sheet: SheetView, row: int, product: float) -> Iterator[float]:
    """The product by each per that the row gives; `1000 Nos` in column G or H is a per too, and % is by 100."""
    given = [number_in(sheet.value(row, PER))]
    given += [number_in(found[1]) for col in (PER, PER_UNIT) if (found := _LEADING.match(sheet.text(row, col)))]
    for per in [per for per in given if per] or [1.0]:
        yield product / per
        if "%" in (sheet.text(row, UNIT).strip(), sheet.text(row, PER_UNIT).strip()):
            yield product / per / 100


def _formula(book: Book, row: int) -> str:
    content = book.sheet.content(row, AMOUNT)
    if isinstance(content, Formula):
        return content.text
    return FROZEN if (book.master, row, AMOUNT) in book.contents.frozen else ""


def number_in(value: Value) -> float | None:
    """The number that a cell's value counts as in a product; None for empty cells, other texts and errors."""
    if isinstance(value, float):
        return value
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        return text_number(value)
    except (Wrong, NotComputable):
        return None


def references(text: str) -> list[Reference]:
    """The references of a formula; none where it cannot be read."""
    try:
        return [part for part in split_formula(text) if isinstance(part, Reference)]
    except UnreadableFormula:
        return []


def odd_ones(values: dict[int, float]) -> tuple[float, int, list[int]]:
    """(usual value, how often, rows that differ), by row; no rows where the values set no rule."""
    usual, count = Counter(values.values()).most_common(1)[0]
    sets_rule = len(values) >= _ENOUGH and _MOST * len(values) <= count < len(values)
    return usual, count, [row for row, value in values.items() if value != usual] if sets_rule else []
