"""The rows of the `Estimate` sheet: lines, charges, amount in words, signatures."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from xml.sax.saxutils import escape

from estimate_core.domain.charges import ITEMS, ChargeAmount
from estimate_core.domain.estimate import Price, PricedLine
from estimate_core.domain.money import PAISE, in_words
from estimate_core.workbook.markup import line_height, number_text, text_cell, text_height, text_xml
from estimate_core.workbook.package import ESTIMATE_WIDTHS, HEADING_ROW, OUTPUT, Package

SIGNATURES = ("Prepared by", "Checked by", "Approved by")


@dataclass
class EstimateSheet:
    """Writes the sheet's rows; `rate_rows` are the rows of `Output` with each line's rate, None for plain numbers."""

    price: Price
    name: str
    package: Package
    rate_rows: list[tuple[int, int]] | None

    def __post_init__(self) -> None:
        self.styles, self.size = self.package.styles, self.package.font_size
        self.line = line_height(self.size)
        self.first = HEADING_ROW + 1
        self.items_row = self.first + len(self.price.lines)
        self.words_row = self.items_row + len(self.price.charges) + 1
        self.last_row = self.words_row + 4
        self._cells = {ITEMS: f"H{self.items_row}"}
        for place, row in enumerate(self.price.charges, 1):
            self._cells[row.charge.key] = f"H{self.items_row + place}"

    def rows(self) -> Iterator[str]:
        """The `<row>` elements, in order."""
        yield self._row(1, self._text("A", 1, "title", "ESTIMATE"), 24.0)
        work = f"Name of the work : {self.name}"
        yield self._row(2, self._text("A", 2, "work", work), self._height(work, sum(ESTIMATE_WIDTHS.values())))
        yield self._heading()
        for place, line in enumerate(self.price.lines):
            yield self._line(place, line)
        yield self._items_total()
        for place, row in enumerate(self.price.charges, 1):
            yield self._charge(self.items_row + place, row)
        yield from self._closing()

    def merges(self) -> list[str]:
        """The ranges that are merged."""
        after = [f"A{self.words_row}:H{self.words_row}", f"A{self.last_row}:C{self.last_row}"]
        heading = [f"B{HEADING_ROW}:C{HEADING_ROW}", f"F{HEADING_ROW}:G{HEADING_ROW}"]
        return ["A1:H1", "A2:H2", *heading, *after, f"E{self.last_row}:H{self.last_row}"]

    def links(self) -> list[tuple[str, str]]:
        """(cell, place) of each serial's link to its block."""
        if self.rate_rows is None:
            return []
        return [(f"A{self.first + n}", f"{OUTPUT}!A{start}") for n, (start, _) in enumerate(self.rate_rows)]

    def _heading(self) -> str:
        titles = ("Sl.No", "Quantity (Unit)", "", "Item Description", "Rate", "Per Unit", "", "Amount")
        cells = (self._text(c, HEADING_ROW, "heading", t) for c, t in zip("ABCDEFGH", titles, strict=True))
        return self._row(HEADING_ROW, "".join(cells), 2 * self.line)

    def _line(self, place: int, line: PricedLine) -> str:
        row = self.first + place
        rate = number_text(float(line.rate))
        linked = self.rate_rows is not None
        formula = f"{OUTPUT}!J{self.rate_rows[place][1]}" if self.rate_rows is not None else None
        quantity = line.line.quantity
        places = max(0, -int(quantity.as_tuple().exponent))
        cells = (
            self._number("A", row, "serial_link" if linked else "serial", str(place + 1)),
            self._number("B", row, f"quantity{min(places, 4)}", str(quantity)),
            self._text("C", row, "unit", line.plural),
            self._text("D", row, "text", line.description),
            self._number("E", row, "rate", rate, formula),
            self._number("F", row, "unit", "1"),
            self._text("G", row, "unit", line.singular),
            self._number("H", row, "amount", str(line.amount), f"ROUND(B{row}*E{row},2)"),
        )
        return self._row(row, "".join(cells), self._height(line.description, ESTIMATE_WIDTHS["D"]))

    def _items_total(self) -> str:
        row = self.items_row
        formula = f"SUM(H{self.first}:H{row - 1})"
        label = self._text("D", row, "total_label", "Total")
        amount = self._number("H", row, "total", str(self.price.items_total), formula)
        return self._row(row, self._blanks("ABC", row) + label + self._blanks("EFG", row) + amount)

    def _charge(self, row: int, priced: ChargeAmount) -> str:
        charge = priced.charge
        total = charge.kind == "sum"
        amount = self._number("H", row, "total" if total else "charge", str(priced.amount), self._formula(row, priced))
        percent = self._blanks("E", row)
        if charge.kind == "percent":
            percent = self._number("E", row, "percent", format((charge.value or Decimal(0)) / 100, "f"))
        label = self._label(row, priced, "total_label" if total else "label")
        height = self._height(charge.shown_label, ESTIMATE_WIDTHS["D"])
        return self._row(row, self._blanks("ABC", row) + label + percent + self._blanks("FG", row) + amount, height)

    def _label(self, row: int, priced: ChargeAmount, style: str) -> str:
        """A label follows the percentage in its cell, so that it stays true when a checker changes it."""
        charge = priced.charge
        if charge.kind != "percent" or "{p}" not in charge.label:
            return self._text("D", row, style, charge.shown_label)
        before, _, after = (part.replace('"', '""') for part in charge.label.partition("{p}"))
        formula = f'"{before}"&ROUND(E{row}*100,4)&"{after}"'
        shown = text_xml(charge.shown_label)
        return f'<c r="D{row}" s="{self.styles[style]}" t="str"><f>{escape(formula)}</f><v>{shown}</v></c>'

    def _formula(self, row: int, priced: ChargeAmount) -> str | None:
        charge = priced.charge
        base = self._base(charge.of)
        if charge.kind == "percent":
            return f"ROUND(({base})*E{row},{charge.places})"
        if charge.kind == "balance":
            return f"{self._cells['grand_total']}-({base})"
        if charge.kind != "sum" or charge.value is not None:
            return None
        return base if charge.places == PAISE else f"ROUND({base},{charge.places})"

    def _base(self, keys: tuple[str, ...]) -> str:
        signs = {row.charge.key: "-" if row.charge.subtracts else "+" for row in self.price.charges}
        terms = "".join(signs.get(key, "+") + self._cells[key] for key in keys if key in self._cells)
        return terms.removeprefix("+") or "0"

    def _closing(self) -> Iterator[str]:
        words = f"Amount in words : {in_words(self.price.grand_total)}"
        height = self._height(words, sum(ESTIMATE_WIDTHS.values()))
        cells = self._text("A", self.words_row, "words", words) + self._blanks("BCDEFGH", self.words_row)
        yield self._row(self.words_row, cells, height)
        last = self.last_row
        signs = (self._text(c, last, "signature", text) for c, text in zip("ADE", SIGNATURES, strict=True))
        yield self._row(last, "".join(signs), 3 * self.line)

    def _height(self, text: str, width: float) -> float:
        return text_height(text, width, self.size)

    def _row(self, row: int, cells: str, height: float | None = None) -> str:
        return f'<row r="{row}" ht="{height or self.line:g}" customHeight="1">{cells}</row>'

    def _text(self, col: str, row: int, style: str, text: str) -> str:
        return f'<c r="{col}{row}" s="{self.styles[style]}"{text_cell(text)}'

    def _number(self, col: str, row: int, style: str, value: str, formula: str | None = None) -> str:
        written = f"<f>{formula}</f>" if formula else ""
        return f'<c r="{col}{row}" s="{self.styles[style]}">{written}<v>{value}</v></c>'

    def _blanks(self, cols: str, row: int) -> str:
        return "".join(f'<c r="{col}{row}" s="{self.styles["blank"]}"/>' for col in cols)
