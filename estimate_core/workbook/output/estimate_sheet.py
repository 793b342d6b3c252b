"""The rows of the `Estimate` sheet: lines, charges, amount in words, signatures."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from estimate_core.domain.charges import ITEMS, ChargeAmount
from estimate_core.domain.estimate import Price, PricedLine
from estimate_core.domain.money import PAISE, in_words
from estimate_core.workbook.output.besides import Besides
from estimate_core.workbook.output.cells import CellWriter, shortened
from estimate_core.workbook.output.estimate_layout import Band, EstimateLayout, LineRows, Subtotal
from estimate_core.workbook.output.looks import ESTIMATE_WIDTHS, HEADING_ROW
from estimate_core.workbook.output.package import ESTIMATE, OUTPUT, Package
from estimate_core.workbook.output.signatures import SignatureRows
from estimate_core.workbook.writing.markup import number_text, whole_height

MAX_GROUP_NAME = 300
_COLUMNS = "ABCDEFGH"
_WIDTH = sum(ESTIMATE_WIDTHS.values())


@dataclass
class EstimateSheet:
    """Writes the sheet's rows; `rates` are for each line the rows of `Output` where its block begins and its rate is.

    None for `rates` writes them as plain numbers.
    """

    price: Price
    name: str
    package: Package
    rates: list[tuple[int, int]] | None
    signatures: tuple[str, ...] = ()
    besides: Besides = field(default_factory=Besides)

    def __post_init__(self) -> None:
        price, size = self.price, self.package.font_size
        self._cells = CellWriter(self.package.styles, size)
        heights = [whole_height(line.description, ESTIMATE_WIDTHS["D"], size) for line in price.lines]
        self.layout = EstimateLayout(heights, self._cells.line, price.groups, len(price.charges))
        self._signs = SignatureRows(self._cells, self.signatures, self.layout.words_row)
        self.last_row = self._signs.last_row
        self._amounts = {ITEMS: f"H{self.layout.items_row}"}
        for row, priced in enumerate(price.charges, self.layout.items_row + 1):
            self._amounts[priced.charge.key] = f"H{row}"

    @property
    def grand_total(self) -> str:
        """The cell with the grand total."""
        return f"{ESTIMATE}!{self._amounts['grand_total']}"

    def rows(self) -> Iterator[str]:
        """The `<row>` elements, in order; `besides` is filled meanwhile."""
        cells, work = self._cells, f"Name of the work : {self.name}"
        self.besides.merges += ["A1:H1", "A2:H2"]
        yield cells.row(1, cells.text("A", 1, "title", "ESTIMATE"), 24.0)
        yield cells.row(2, cells.text("A", 2, "work", work), cells.height(work, _WIDTH))
        yield self._heading()
        for entry in self.layout.entries:
            if isinstance(entry, LineRows):
                yield from self._line(entry)
            else:
                yield self._band(entry) if isinstance(entry, Band) else self._subtotal(entry)
        yield self._total(self.layout.items_row, "Total", self.price.items_total, self.layout.items_total())
        for row, priced in enumerate(self.price.charges, self.layout.items_row + 1):
            yield self._charge(row, priced)
        yield self._words()
        yield from self._signs.rows()
        self.besides.merges += self._signs.merges()

    def _heading(self) -> str:
        titles = ("Sl.No", "Quantity (Unit)", "", "Item Description", "Rate", "Per Unit", "", "Amount")
        cells = (self._cells.text(c, HEADING_ROW, "heading", t) for c, t in zip(_COLUMNS, titles, strict=True))
        self.besides.merges += [f"B{HEADING_ROW}:C{HEADING_ROW}", f"F{HEADING_ROW}:G{HEADING_ROW}"]
        return self._cells.row(HEADING_ROW, "".join(cells), 2 * self._cells.line)

    def _line(self, entry: LineRows) -> Iterator[str]:
        yield self._cells.row(entry.row, self._line_cells(entry, self.price.lines[entry.place]), entry.height)
        last = entry.row + entry.rows - 1
        for row in range(entry.row + 1, last + 1):
            yield self._cells.row(row, self._cells.blanks(_COLUMNS, row), entry.height)
        if last > entry.row:
            self.besides.merges += [f"{col}{entry.row}:{col}{last}" for col in _COLUMNS]

    def _line_cells(self, entry: LineRows, line: PricedLine) -> str:
        row, cells = entry.row, self._cells
        serial, formula = "serial", ""
        if self.rates is not None:
            start, rate_row = self.rates[entry.place]
            serial, formula = "serial_link", f"{OUTPUT}!J{rate_row}"
            self.besides.links.append((f"A{row}", f"{OUTPUT}!A{start}"))
        places = max(0, -int(line.line.quantity.as_tuple().exponent))
        written = (
            cells.number("A", row, serial, str(entry.place + 1)),
            cells.number("B", row, f"quantity{min(places, 4)}", str(line.line.quantity)),
            cells.text("C", row, "unit", line.plural),
            cells.text("D", row, "text", line.description),
            cells.number("E", row, "rate", number_text(float(line.rate)), formula),
            cells.number("F", row, "unit", "1"),
            cells.text("G", row, "unit", line.singular),
            cells.number("H", row, "amount", str(line.amount), f"ROUND(B{row}*E{row},2)"),
        )
        return "".join(written)

    def _band(self, band: Band) -> str:
        self.besides.merges.append(f"A{band.row}:H{band.row}")
        name = shortened(band.group.name, MAX_GROUP_NAME)
        return self._cells.row(
            band.row, self._cells.spread(_COLUMNS, band.row, "band", name), self._cells.height(name, _WIDTH)
        )

    def _subtotal(self, subtotal: Subtotal) -> str:
        label = f"Sub Total of {shortened(subtotal.group.name, MAX_GROUP_NAME)}"
        formula = f"SUM(H{subtotal.first}:H{subtotal.row - 1})"
        return self._total(subtotal.row, label, subtotal.group.amount, formula)

    def _total(self, row: int, label: str, amount: Decimal, formula: str) -> str:
        cells = self._cells
        written = (
            cells.blanks("ABC", row),
            cells.text("D", row, "total_label", label),
            cells.blanks("EFG", row),
            cells.number("H", row, "total", str(amount), formula),
        )
        return cells.row(row, "".join(written), cells.height(label, ESTIMATE_WIDTHS["D"]))

    def _charge(self, row: int, priced: ChargeAmount) -> str:
        cells, charge = self._cells, priced.charge
        label, amount = ("total_label", "total") if charge.kind == "sum" else ("label", "charge")
        percent = cells.blanks("E", row)
        if charge.kind == "percent":
            percent = cells.number("E", row, "percent", format((charge.value or Decimal(0)) / 100, "f"))
        written = (
            cells.blanks("ABC", row),
            self._label(row, priced, label),
            percent,
            cells.blanks("FG", row),
            cells.number("H", row, amount, str(priced.amount), self._formula(row, priced)),
        )
        return cells.row(row, "".join(written), cells.height(charge.shown_label, ESTIMATE_WIDTHS["D"]))

    def _label(self, row: int, priced: ChargeAmount, style: str) -> str:
        """A label follows the percentage in its cell, so that it stays true when a checker changes it."""
        charge = priced.charge
        if charge.kind != "percent" or "{p}" not in charge.label:
            return self._cells.text("D", row, style, charge.shown_label)
        texts = ('"' + part.replace('"', '""') + '"' for part in charge.label.split("{p}"))
        formula = f"&ROUND(E{row}*100,4)&".join(texts)
        return self._cells.worded("D", row, style, formula, charge.shown_label)

    def _formula(self, row: int, priced: ChargeAmount) -> str:
        charge = priced.charge
        base = self._base(charge.of)
        if charge.kind == "percent":
            return f"ROUND(({base})*E{row},{charge.places})"
        if charge.kind == "balance":
            return f"{self._amounts['grand_total']}-({base})"
        if charge.kind != "sum" or charge.value is not None:
            return ""
        return base if charge.places == PAISE else f"ROUND({base},{charge.places})"

    def _base(self, keys: tuple[str, ...]) -> str:
        signs = {row.charge.key: "-" if row.charge.subtracts else "+" for row in self.price.charges}
        terms = "".join(signs.get(key, "+") + self._amounts[key] for key in keys if key in self._amounts)
        return terms.removeprefix("+") or "0"

    def _words(self) -> str:
        words = f"Amount in words : {in_words(self.price.grand_total)}"
        row, cells = self.layout.words_row, self._cells
        self.besides.merges.append(f"A{row}:H{row}")
        return cells.row(row, cells.spread(_COLUMNS, row, "words", words), cells.height(words, _WIDTH))
