"""The cover of an estimate: one page with the office, the work, the amount, and what belongs to its papers."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from estimate_core.domain.money import in_words
from estimate_core.domain.office import Cover, Office
from estimate_core.workbook.output.besides import Besides
from estimate_core.workbook.output.cells import CellWriter
from estimate_core.workbook.output.looks import (
    COVER_AMOUNT_SIZE,
    COVER_DEPARTMENT_SIZE,
    COVER_NAME_SIZES,
    COVER_WIDTHS,
)
from estimate_core.workbook.output.package import Package

_PAGE_HEIGHT = 700.0
"""Points that the rows share on a page of A4."""
_LEAST_GAP = 12.0
_PADDING = 6.0
_NAME_LENGTHS = (200, 600)
"""Up to how many characters a name of work is shown large, and smaller."""
_MIDDLE = COVER_WIDTHS["B"] + COVER_WIDTHS["C"]


@dataclass(frozen=True)
class _Line:
    """A row of the cover: a text over the whole width, or with a value beside it; without either, the amount."""

    style: str
    height: float
    text: str = ""
    value: str = ""


class CoverSheet:
    """Writes the cover's rows; `grand_total` is the cell of `Estimate` with that amount."""

    def __init__(
        self, office: Office, cover: Cover, name: str, title: str, amount: Decimal, grand_total: str, package: Package
    ) -> None:
        self._cells = CellWriter(package.styles, package.font_size)
        self._office, self._name, self._amount, self._grand_total = office, name, amount, grand_total
        self._details = [
            (label, text)
            for label, text in (
                ("Schedule of rates", title),
                ("Head of account", cover.head_of_account),
                ("Work ID", cover.work_id),
                ("Place", cover.place),
            )
            if text
        ]
        self._parts = [*self._texts()]
        self.last_row = sum(map(len, self._parts)) + len(self._parts) + 1
        self.besides = Besides()

    def rows(self) -> Iterator[str]:
        """The `<row>` elements, in order; the room that texts leave on the page is shared by the gaps."""
        room = _PAGE_HEIGHT - sum(line.height for part in self._parts for line in part)
        gap = round(max(room / (len(self._parts) + 1), _LEAST_GAP), 1)
        yield self._edge(1, "top", gap)
        row = 2
        for part in self._parts:
            for line in part:
                yield self._row(row, self._content(row, line), line.height)
                row += 1
            yield self._row(row, "", gap) if part is not self._parts[-1] else self._edge(row, "bottom", gap)
            row += 1

    def _texts(self) -> Iterator[list[_Line]]:
        """What stands together, each part apart from the next."""
        size = self._cells.size
        if self._office.department:
            yield [self._text("cover_department", self._office.department, COVER_DEPARTMENT_SIZE)]
        yield [_Line("cover_title", 44.0, "ESTIMATE")]
        name = list(COVER_NAME_SIZES)[sum(len(self._name) > most for most in _NAME_LENGTHS)]
        caption = self._text("cover_caption", "Name of the work", size)
        yield [caption, self._text(name, self._name, COVER_NAME_SIZES[name])]
        yield [
            self._text("cover_caption", "Estimate amount", size),
            _Line("cover_amount", 1.8 * COVER_AMOUNT_SIZE),
            self._text("cover_words", f"({in_words(self._amount)})", size + 1),
        ]
        if self._details:
            yield [
                _Line("cover_label", self._cells.height(text, COVER_WIDTHS["C"]) + _PADDING, label, text)
                for label, text in self._details
            ]

    def _text(self, style: str, text: str, size: float) -> _Line:
        return _Line(style, self._cells.height(text, _MIDDLE, size) + _PADDING, text)

    def _content(self, row: int, line: _Line) -> str:
        cells = self._cells
        if line.value:
            return cells.text("B", row, line.style, line.text) + cells.text("C", row, "cover_value", line.value)
        self.besides.merges.append(f"B{row}:C{row}")
        if line.text:
            return cells.spread("BC", row, line.style, line.text)
        amount = cells.number("B", row, line.style, str(self._amount), self._grand_total)
        return amount + cells.blanks("C", row, line.style)

    def _row(self, row: int, content: str, height: float) -> str:
        left, right = self._cells.blanks("A", row, "cover_left"), self._cells.blanks("D", row, "cover_right")
        return self._cells.row(row, left + content + right, height)

    def _edge(self, row: int, side: str, height: float) -> str:
        ends = (("A", f"cover_{side}_left"), ("BC", f"cover_{side}"), ("D", f"cover_{side}_right"))
        return self._cells.row(row, "".join(self._cells.blanks(cols, row, style) for cols, style in ends), height)
