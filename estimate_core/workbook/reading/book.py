"""A schedule workbook as it was read: its cells' values, its blocks, the rows of `Groups`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from estimate_core.domain.formula_values import ExcelError, Value
from estimate_core.domain.schedule import Schedule
from estimate_core.workbook.formula.calculator import Content, Formula
from estimate_core.workbook.reading.contents import Contents

CODE, SERIAL, TEXT, QUANTITY, UNIT, PER, PER_UNIT, RATE, AMOUNT = range(2, 11)
"""Columns B to J."""


@dataclass(frozen=True)
class Block:
    """The rows of one rate analysis: `first` is its heading row, `last` its last row that holds something.

    `limit` is the row before the next heading: empty rows up to it may be named by the block's formulas.
    """

    first: int
    last: int
    limit: int
    heading_col: int
    specification_row: int | None
    rate_row: int | None


@dataclass(frozen=True)
class GroupRow:
    """A row of `Groups`: what it says of an item, as it is written; `col` is the column of the item's name."""

    row: int
    col: int
    name: str
    group: str
    prefix: str
    unit: str


class SheetView:
    """One sheet's cells as they read on screen; `ws` is openpyxl's, `rows` the columns of each row that holds any."""

    def __init__(self, contents: Contents, name: str) -> None:
        self.contents, self.name, self.ws = contents, name, contents.workbook[name]
        self.rows: dict[int, set[int]] = {}
        self._values: dict[tuple[int, int], Value] = {}
        for row, col in contents.grids.sheets[name]:
            self.rows.setdefault(row, set()).add(col)
            self._values[row, col] = contents.value(name, row, col)

    def value(self, row: int, col: int) -> Value:
        """The value that a cell shows."""
        return self._values.get((row, col))

    def text(self, row: int, col: int) -> str:
        """The value that a cell shows, as text."""
        return as_text(self._values.get((row, col)))

    def content(self, row: int, col: int) -> Content:
        """What a cell holds: a constant or a formula."""
        return self.contents.grids.sheets[self.name].get((row, col))

    def is_formula(self, row: int, col: int) -> bool:
        """True where a cell holds a formula, followed or not."""
        frozen = (self.name, row, col) in self.contents.frozen
        return frozen or isinstance(self.content(row, col), Formula)

    def cells(self) -> Iterable[Any]:
        """The openpyxl cells of the sheet that hold or show something, in no order."""
        return self.contents.cells(self.name)


@dataclass
class Book:
    """A schedule as read: the domain's view of it, what the mould is cut from and what the doctor examines.

    `groups` are the rows of `Groups` in order.
    """

    schedule: Schedule
    contents: Contents
    master: str
    blocks: tuple[Block, ...]
    sheet: SheetView
    groups_sheet: str
    groups: tuple[GroupRow, ...]


def as_text(value: Value) -> str:
    """A cell's value as text: whole numbers without decimals, empty as an empty text."""
    if value is None:
        return ""
    if isinstance(value, ExcelError):
        return value.code
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return format(value, ".15g")
    return value
