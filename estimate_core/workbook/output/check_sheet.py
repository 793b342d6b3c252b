"""The `Check` sheet: what a checker would compare by hand, compared by formulas that show 0.00 while all agree."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from estimate_core.domain.estimate import PricedLine
from estimate_core.workbook.output.besides import Besides
from estimate_core.workbook.output.cells import CellWriter, shortened
from estimate_core.workbook.output.estimate_sheet import EstimateSheet
from estimate_core.workbook.output.looks import CHECK_HEADING_ROW, CHECK_WIDTHS
from estimate_core.workbook.output.package import ESTIMATE
from estimate_core.workbook.writing.markup import number_text

MAX_ITEM_NAME = 300
NO_DIFFERENCE = "All differences are 0.00"
_COLUMNS = "ABCDEF"
_FACTS_ROW, _SUMS_ROW = 4, 9
_VALUE_WIDTH = sum(CHECK_WIDTHS[col] for col in "CDEF")


@dataclass
class Facts:
    """What the sheet tells of the workbook and its schedule.

    `formulas` counts those of the other sheets, `frozen` the values that stand for a formula that cannot be followed,
    `supporting` has for each supporting block its heading row in the schedule and its first row in `Output`.
    """

    title: str
    schedule_hash: str
    formulas: int = 0
    frozen: int = 0
    supporting: dict[int, int] = field(default_factory=dict)


class CheckSheet:
    """Writes the sheet's rows, which read those of an `Estimate` sheet."""

    def __init__(self, estimate: EstimateSheet, facts: Facts) -> None:
        self._estimate, self._facts = estimate, facts
        self._cells = CellWriter(estimate.package.styles, estimate.package.font_size)
        self._first = CHECK_HEADING_ROW + 1
        self._last_line = CHECK_HEADING_ROW + len(estimate.price.lines)
        self.last_row = self._last_line + len(facts.supporting)
        self._formulas = facts.formulas  # which goes on counting while this sheet is written
        told = [f"{cols[0]}{row}:{cols[1]}{row}" for row in range(_FACTS_ROW, _SUMS_ROW) for cols in ("AB", "CF")]
        sums = [f"A{row}:C{row}" for row in range(_SUMS_ROW, CHECK_HEADING_ROW)]
        self.besides = Besides(["A1:F1", "A2:F2", "A3:F3", *told, *sums])

    def rows(self) -> Iterator[str]:
        """The `<row>` elements, in order."""
        work = f"Name of the work : {self._estimate.name}"
        yield self._cells.row(1, self._cells.text("A", 1, "title", "CHECK"), 24.0)
        yield self._cells.row(2, self._cells.text("A", 2, "work", work), self._height(work, sum(CHECK_WIDTHS.values())))
        yield self._verdict(3)
        yield from self._told()
        yield from self._sums()
        yield self._heading(
            CHECK_HEADING_ROW,
            ("Sl.No", "Item", "Row in the schedule", "Rate in the schedule", "Rate in the workbook", "Difference"),
        )
        pairs = zip(self._estimate.price.lines, self._estimate.layout.lines, strict=True)
        for place, (line, row) in enumerate(pairs):
            yield self._line(place, line, row)
        for row, (source, start) in enumerate(self._facts.supporting.items(), self._last_line + 1):
            yield self._supporting(row, source, start)

    def _verdict(self, row: int) -> str:
        sums = f"F{_SUMS_ROW + 1}:F{CHECK_HEADING_ROW - 1}"
        count = f"SUMPRODUCT(--({sums}<>0))+SUMPRODUCT(--(F{self._first}:F{self._last_line}<>0))"
        formula = f'IF({count}=0,"{NO_DIFFERENCE}",{count}&IF({count}=1," difference"," differences"))'
        cells = self._cells.worded("A", row, "verdict", formula, NO_DIFFERENCE)
        return self._cells.row(row, cells + self._cells.blanks("BCDEF", row, "verdict"), 2 * self._cells.line)

    def _told(self) -> Iterator[str]:
        facts = self._facts
        told: tuple[tuple[str, int | str], ...] = (
            ("Schedule of rates", facts.title),
            ("Content of the schedule (SHA-256)", facts.schedule_hash),
            ("Formulas in the other sheets", self._formulas),
            ("Supporting datas, which picked ones refer to", len(facts.supporting)),
            ("Values in place of formulas that could not be followed", facts.frozen),
        )
        for row, (label, value) in enumerate(told, _FACTS_ROW):
            cells = self._cells.spread("AB", row, "text", label)
            if isinstance(value, int):
                cells += self._cells.number("C", row, "count", str(value)) + self._cells.blanks("DEF", row)
            else:
                cells += self._cells.spread("CDEF", row, "text", value)
            yield self._cells.row(row, cells, self._height(str(value), _VALUE_WIDTH))

    def _sums(self) -> Iterator[str]:
        layout, price, sheet = self._estimate.layout, self._estimate.price, f"{ESTIMATE}!"
        yield self._heading(_SUMS_ROW, ("Sum", "", "", "By the program", "In the workbook", "Difference"))
        sums = (
            ("Amounts of the lines, added", price.items_total, layout.amounts(sheet)),
            ("Quantity x rate of the lines, each rounded to paise, added", price.items_total, layout.products(sheet)),
            ("Total of the estimate", price.items_total, f"{sheet}H{layout.items_row}"),
            ("Grand total", price.grand_total, self._estimate.grand_total),
        )
        for row, (label, program, formula) in enumerate(sums, _SUMS_ROW + 1):
            cells = (
                self._cells.spread("ABC", row, "text", label),
                self._cells.number("D", row, "amount", str(program)),
                self._cells.number("E", row, "amount", str(program), formula),
                self._difference(row, 2),
            )
            yield self._cells.row(row, "".join(cells))

    def _line(self, place: int, line: PricedLine, estimate_row: int) -> str:
        row, cells, name = self._first + place, self._cells, shortened(line.item.name, MAX_ITEM_NAME)
        rate = number_text(float(line.rate))
        written = (
            cells.number("A", row, "serial", str(place + 1)),
            cells.text("B", row, "text", name),
            cells.number("C", row, "serial", str(line.item.row)),
            cells.number("D", row, "rate", rate),
            cells.number("E", row, "rate", rate, f"{ESTIMATE}!E{estimate_row}"),
            self._difference(row, 4),
        )
        return cells.row(row, "".join(written), self._height(name, CHECK_WIDTHS["B"]))

    def _difference(self, row: int, places: int) -> str:
        return self._cells.number("F", row, "difference", "0", f"ROUND(E{row}-D{row},{places})")

    def _supporting(self, row: int, source: int, start: int) -> str:
        cells = (
            self._cells.blanks("A", row),
            self._cells.text("B", row, "text", f"Supporting data in row {start} of Output"),
            self._cells.number("C", row, "serial", str(source)),
            self._cells.blanks("DEF", row),
        )
        return self._cells.row(row, "".join(cells))

    def _heading(self, row: int, titles: tuple[str, ...]) -> str:
        cells = (self._cells.text(col, row, "heading", title) for col, title in zip(_COLUMNS, titles, strict=True))
        return self._cells.row(row, "".join(cells), 2 * self._cells.line)

    def _height(self, text: str, width: float) -> float:
        return self._cells.height(text, width)
