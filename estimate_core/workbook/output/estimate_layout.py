"""Which row of the `Estimate` sheet holds what: lines, groups with their subtotals, charges, amount in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from estimate_core.domain.estimate import GroupTotal
from estimate_core.workbook.output.looks import HEADING_ROW
from estimate_core.workbook.writing.markup import MAX_HEIGHT

_MAX_SUMMED = 250
"""A SUM takes 255 values."""


@dataclass(frozen=True)
class LineRows:
    """Where a line stands: from `row` on, `rows` rows of `height` points each, since no row is higher than 409."""

    row: int
    place: int
    height: float
    rows: int


@dataclass(frozen=True)
class Band:
    """The row with a group's name above its lines."""

    row: int
    group: GroupTotal


@dataclass(frozen=True)
class Subtotal:
    """The row below a group's lines, the first of which stands in the row `first`."""

    row: int
    group: GroupTotal
    first: int


Entry = LineRows | Band | Subtotal


class EstimateLayout:
    """The rows of an estimate: `entries` one under the other, then the items total, the charges, the words.

    `heights` are those that the lines need, in points, `line` that of one line of text.
    """

    def __init__(self, heights: Sequence[float], line: float, groups: Sequence[GroupTotal], charges: int) -> None:
        self._heights, self._line = heights, line
        self.first = self._next = HEADING_ROW + 1
        self.entries: list[Entry] = list(self._grouped(groups) if groups else self._lines(0, len(heights)))
        self.lines = [entry.row for entry in self.entries if isinstance(entry, LineRows)]
        self._subtotals = [entry.row for entry in self.entries if isinstance(entry, Subtotal)]
        self.items_row = self._next
        self.words_row = self.items_row + charges + 1

    def items_total(self) -> str:
        """The formula of the items total: the sum of the subtotals where there are groups."""
        if not self._subtotals or len(self._subtotals) > _MAX_SUMMED:
            return self.amounts()
        return f"SUM({','.join(f'H{row}' for row in self._subtotals)})"

    def amounts(self, sheet: str = "") -> str:
        """A formula that sums the amounts of lines alone: they have a serial; `sheet` is such as `Estimate!`."""
        amounts = self._column("H", sheet)
        return f'SUMIF({self._column("A", sheet)},">0",{amounts})' if self._subtotals else f"SUM({amounts})"

    def products(self, sheet: str) -> str:
        """A formula that sums quantity x rate of all lines, each rounded to paise."""
        return f"SUMPRODUCT(ROUND({self._column('B', sheet)}*{self._column('E', sheet)},2))"

    def _column(self, col: str, sheet: str) -> str:
        return f"{sheet}{col}{self.first}:{col}{self.items_row - 1}"

    def _grouped(self, groups: Sequence[GroupTotal]) -> Iterator[Entry]:
        done = 0
        for group in groups:
            yield Band(self._take(), group)
            first = self._next
            yield from self._lines(done, done + group.lines)
            yield Subtotal(self._take(), group, first)
            done += group.lines

    def _lines(self, first: int, end: int) -> Iterator[Entry]:
        for place in range(first, end):
            texts = ceil(self._heights[place] / self._line)
            rows = ceil(texts / (MAX_HEIGHT // self._line))
            # Whole lines of text in each row, so that none is cut in two where a page ends.
            yield LineRows(self._take(rows), place, ceil(texts / rows) * self._line, rows)

    def _take(self, rows: int = 1) -> int:
        row = self._next
        self._next += rows
        return row
