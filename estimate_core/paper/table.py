"""The rows of the estimate's table, in the columns of the workbook's `Estimate` sheet."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from estimate_core.domain.charges import ChargeAmount, percent_text
from estimate_core.domain.estimate import Price, PricedLine
from estimate_core.domain.money import grouped, in_words
from estimate_core.paper.grid import LEFT, RIGHT, WIDTH, Cell, Row, cell, line_cell
from estimate_core.paper.pen import Look, Pen

TITLES = ("Sl.No", "Quantity (Unit)", "Item Description", "Rate", "Per Unit", "Amount")

_SHARES = (6.5, 11.0, 7.5, 56.0, 13.0, 4.5, 7.5, 17.0)
"""Widths of columns A to H, as in the sheet."""
_EDGES = [LEFT + WIDTH * sum(_SHARES[:n]) / sum(_SHARES) for n in range(9)]
_TEXT, _STRONG = Look(), Look(bold=True)
_NUMBER, _TOTAL = Look(align="right"), Look(bold=True, align="right")
_CENTRE, _HEAD = Look(align="centre"), Look(bold=True, align="centre")
_TO_SIGN = 14.0
_SIGNED = Look(size=9.5, align="centre")


class Table:
    """Makes the rows of one priced estimate."""

    def __init__(self, pen: Pen, price: Price) -> None:
        self._pen, self._price = pen, price

    def opening(self, name: str) -> list[Row]:
        """The title and the name of the work."""
        title = self._across("ESTIMATE", Look(size=14, bold=True, align="centre"))
        work = self._across(f"Name of the work : {name}", Look(size=10.5, bold=True))
        return [Row((part,), ruled=False, keeps=True, headed=False) for part in (title, work)]

    def heading(self) -> Row:
        """The columns' heads."""
        spans = zip(TITLES, pairwise((0, 1, 3, 4, 5, 7, 8)), strict=True)
        return Row(tuple(self._number(first, title, _HEAD, last) for title, (first, last) in spans))

    def rows(self, signatures: Iterable[str]) -> Iterator[Row]:
        """Lines by their groups, charges, amount in words and the signature blocks."""
        numbered = enumerate(self._price.lines, 1)
        for group in self._price.groups:
            yield Row((self._across(group.name, _STRONG),), keeps=True)
            for place in range(1, group.lines + 1):
                yield replace(self._line(*next(numbered)), keeps=place == group.lines)
            yield self._sum(f"Sub Total of {group.name}", "", group.amount, _TOTAL)
        for number, line in numbered:
            yield self._line(number, line)
        # What is signed stands together.
        yield replace(self._sum("Total", "", self._price.items_total, _TOTAL), keeps=True)
        for charge in self._price.charges:
            yield replace(self._charge(charge), keeps=True)
        yield from self._closing(tuple(signatures))

    def _line(self, number: int, line: PricedLine) -> Row:
        cells = (
            self._number(0, str(number), _CENTRE),
            self._number(1, format(line.line.quantity, "f"), _NUMBER),
            self._number(2, line.plural, _CENTRE),
            self._cell(3, 4, line.description, _TEXT),
            self._number(4, grouped(line.rate), _NUMBER),
            self._number(5, "1", _CENTRE),
            self._number(6, line.singular, _CENTRE),
            self._number(7, grouped(line.amount), _NUMBER),
        )
        return Row(cells)

    def _charge(self, row: ChargeAmount) -> Row:
        charge = row.charge
        percent = f"{percent_text(charge.value or Decimal(0))} %" if charge.kind == "percent" else ""
        return self._sum(charge.shown_label, percent, row.amount, _TOTAL if charge.kind == "sum" else _NUMBER)

    def _sum(self, label: str, percent: str, amount: Decimal, look: Look) -> Row:
        cells = (
            self._cell(0, 3, "", look),
            self._cell(3, 4, label, look),
            self._number(4, percent, _NUMBER),
            self._cell(5, 7, "", look),
            self._number(7, grouped(amount), look),
        )
        return Row(cells)

    def _closing(self, signatures: tuple[str, ...]) -> Iterator[Row]:
        words = self._across(f"Amount in words : {in_words(self._price.grand_total)}", _STRONG)
        yield Row((words,), headed=False, keeps=bool(signatures))
        if signatures:
            width = WIDTH / len(signatures)
            blocks = (cell(self._pen, LEFT + n * width, width, text, _SIGNED) for n, text in enumerate(signatures))
            yield Row(tuple(blocks), ruled=False, headed=False, above=_TO_SIGN)

    def _across(self, text: str, look: Look) -> Cell:
        return cell(self._pen, LEFT, RIGHT - LEFT, text, look)

    def _cell(self, first: int, last: int, text: str, look: Look) -> Cell:
        return cell(self._pen, _EDGES[first], _EDGES[last] - _EDGES[first], text, look)

    def _number(self, column: int, text: str, look: Look, after: int = 0) -> Cell:
        """A cell from a column to before another one, by default the next."""
        edge = _EDGES[after or column + 1]
        return line_cell(self._pen, _EDGES[column], edge - _EDGES[column], text, look)
