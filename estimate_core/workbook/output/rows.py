"""Rows of a sheet as text, cut where row numbers and the estimate's own texts go."""

from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from openpyxl.cell.rich_text import CellRichText
from openpyxl.utils import get_column_letter

from estimate_core.domain.formula_values import ExcelError, Value
from estimate_core.workbook.formula.calculator import Formula
from estimate_core.workbook.formula.references import MAX_FORMULA
from estimate_core.workbook.reading.book import Block, as_text
from estimate_core.workbook.reading.contents import Contents
from estimate_core.workbook.writing.markup import (
    NORMAL_SIZE,
    height_attribute,
    run_xml,
    stored_value,
    text_cell,
    text_height,
    text_xml,
    type_attribute,
)

OWN = 0
"""The key of the rows that a template itself occupies; other keys are heading rows of blocks."""
SERIAL = -1
"""The slot of the cell that says `Data n`; a slot s below it stands for variant -2 - s."""

SPECIFICATION_COL = 4

_ROW_DIGITS = 7
_WIDEST = 256
_BROKEN = "it gives #REF!"

Part = str | tuple[int, int]


class Unmovable(Exception):
    """A formula that cannot be copied alive; `reason` is a clause for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Cut:
    """Collects the parts of a template for rows `first` to `last` of a sheet.

    `own_block` is the heading row of the block whose rows move; None for a sheet whose rows stay where they are.
    """

    def __init__(self, sheet: str, first: int, last: int, own_block: int | None) -> None:
        self.sheet, self.first, self.last, self.own_block = sheet, first, last, own_block
        self.slots: list[int] = []
        self.variants: list[tuple[str, str]] = []
        self.serial = ("", "", "")
        self.needs: set[int] = set()
        self.sheets: set[str] = set()
        self.merges: list[tuple[str, int, str, int]] = []
        self.notes: list[tuple[str, int, str]] = []
        self.lowest_own_row = last
        self.last_col = 1
        self._texts: list[list[str]] = [[]]
        self._known: dict[tuple[int, int], int] = {}

    def add(self, *parts: Part) -> None:
        """Append texts and targets."""
        for part in parts:
            if isinstance(part, str):
                self._texts[-1].append(part)
            else:
                self._slot(self._known.setdefault(part, len(self._known)))

    @property
    def targets(self) -> list[tuple[int, int]]:
        """The (block key, row offset) pairs that slots stand for."""
        return list(self._known)

    def add_row_number(self, row: int) -> None:
        """Append the number that a row of the sheet will have."""
        self.add(str(row) if self.own_block is None else (OWN, row - self.own_block))

    def add_serial(self) -> None:
        """Append the rest of the cell that says `Data n`."""
        self._slot(SERIAL)

    def add_variant(self, original: str, repair: str) -> None:
        """Append a text that differs between original and repair work."""
        if original == repair:
            self.add(original)
            return
        self.variants.append((original, repair))
        self._slot(SERIAL - len(self.variants))

    def _slot(self, slot: int) -> None:
        self.slots.append(slot)
        self._texts.append([])

    def parts(self) -> list[str]:
        """The texts, with an empty place between any two for the slot."""
        texts = ["".join(pieces) for pieces in self._texts]
        parts = [""] * (2 * len(texts) - 1)
        parts[0::2] = texts
        return parts


class RowWriter:
    """Writes rows of one schedule into cuts; `formula` gives a formula's parts for the cut that it lands in."""

    def __init__(self, contents: Contents, formula: Callable[[Cut, str], list[Part]]) -> None:
        self._contents = contents
        self._formula = formula
        self._by_row: dict[str, dict[int, list[Any]]] = {}
        self._widths: dict[str, _Widths] = {}

    def write(self, cut: Cut, block: Block | None = None, prefix: str = "") -> None:
        """Write the rows of a cut, of a sheet as they are.

        A block gets `Data n` in column A of its heading row, and in repair the prefix before its specification.
        """
        ws = self._contents.workbook[cut.sheet]
        rows = self._rows(cut.sheet)
        for row in range(cut.first, cut.last + 1):
            if row not in rows and row not in ws.row_dimensions:
                continue
            cells = rows.get(row, [])
            prefixed = prefix if block is not None and row == block.specification_row else ""
            cut.add('<row r="')
            cut.add_row_number(row)
            cut.add('"')
            self._row_attributes(cut, ws, row, cells, prefixed)
            cut.add(">")
            if block is not None and row == block.first:
                cells = self._heading_row(cut, block, cells)
            cut.last_col = max([cut.last_col, *(cell.column for cell in cells)])
            for cell in cells:
                self._cell(cut, cell, prefixed if cell.column == SPECIFICATION_COL else "")
            cut.add("</row>")
        self._merges(cut, ws)

    def _rows(self, sheet: str) -> dict[int, list[Any]]:
        if sheet not in self._by_row:
            rows: dict[int, list[Any]] = {}
            for cell in self._contents.cells(sheet):
                rows.setdefault(cell.row, []).append(cell)
            for cells in rows.values():
                cells.sort(key=lambda cell: cell.column)
            self._by_row[sheet] = rows
        return self._by_row[sheet]

    def _row_attributes(self, cut: Cut, ws: Any, row: int, cells: list[Any], prefix: str) -> None:
        dimension = ws.row_dimensions[row] if row in ws.row_dimensions else None
        own = dimension.height if dimension is not None else None
        plain, repaired = (self._needed_height(ws, cells, text) for text in ("", prefix))
        if own is None:
            cut.add_variant(height_attribute(plain), height_attribute(repaired))
        else:
            grown = max(own, repaired) if plain and repaired and repaired > plain else own
            cut.add_variant(f'{height_attribute(own)} customHeight="1"', f'{height_attribute(grown)} customHeight="1"')
        if dimension is not None and dimension.hidden:
            cut.add(' hidden="1"')

    def _needed_height(self, ws: Any, cells: list[Any], prefix: str) -> float | None:
        """The height in points that wrapped text needs, None where one line is enough."""
        needed: float | None = None
        for cell in cells:
            text = self._contents.value(ws.title, cell.row, cell.column)
            if not isinstance(text, str) or not (cell.alignment.wrap_text or "\n" in text):
                continue
            text = f"{prefix} {text}" if prefix and cell.column == SPECIFICATION_COL else text
            height = text_height(text, self._widths_of(ws).of(cell), float(cell.font.sz or NORMAL_SIZE))
            needed = max(needed or 0.0, height)
        return needed

    def _widths_of(self, ws: Any) -> "_Widths":
        if ws.title not in self._widths:
            self._widths[ws.title] = _Widths(ws)
        return self._widths[ws.title]

    def _heading_row(self, cut: Cut, block: Block, cells: list[Any]) -> list[Any]:
        """Write column A of a heading row, and give the cells that remain."""
        first = cells[0] if cells and cells[0].column == 1 else None
        style = f' s="{first.style_id}"' if first is not None and first.has_style else ""
        value = self._contents.value(cut.sheet, block.first, 1)
        heading = f" {text_xml(as_text(value))}" if block.heading_col == 1 else ""
        written = ' t="inlineStr"><is><t xml:space="preserve">'
        cut.serial = (f'"{style}{written}', f"{heading}</t></is></c>", f'"{style}{_constant(value)}')
        cut.add('<c r="A')
        cut.add_row_number(block.first)
        cut.add_serial()
        return cells[1:] if first is not None else cells

    def _cell(self, cut: Cut, cell: Any, prefix: str) -> None:
        place = (cut.sheet, cell.row, cell.column)
        content = self._contents.grids.sheets[cut.sheet].get((cell.row, cell.column))
        value = self._contents.value(*place)
        cut.add(f'<c r="{get_column_letter(cell.column)}')
        cut.add_row_number(cell.row)
        cut.add(f'" s="{cell.style_id}"' if cell.has_style else '"')
        reason = self._contents.frozen.get(place) or (_BROKEN if value is ExcelError.REF else None)
        parts: list[Part] = []
        if isinstance(content, Formula) and reason is None:
            try:
                parts = self._formula_parts(cut, content, prefix)
            except Unmovable as problem:
                reason = problem.reason
        if reason is not None:
            self._note(cut, cell, reason)
        if parts:
            cut.add(f"{type_attribute(value, of_formula=True)}><f>", *parts, f"</f>{stored_value(value)}</c>")
        elif isinstance(value, str):
            self._text(cut, cell.value, value, prefix)
        elif value is ExcelError.REF:
            cut.add(_constant(None))
        else:
            with_prefix = f"{prefix} {as_text(value)}" if prefix and value is not None else value
            cut.add_variant(_constant(value), _constant(with_prefix))

    def _formula_parts(self, cut: Cut, content: Formula, prefix: str) -> list[Part]:
        if prefix:
            raise Unmovable("a prefix stands before its text in repair work")
        parts = self._formula(cut, content.text)
        if sum(len(part) if isinstance(part, str) else _ROW_DIGITS for part in parts) > MAX_FORMULA:
            raise Unmovable("it would be longer than Excel allows")
        return [escape(part) if isinstance(part, str) else part for part in parts]

    def _text(self, cut: Cut, raw: object, text: str, prefix: str) -> None:
        cut.add(' t="inlineStr"><is>')
        lead = f"{text_xml(prefix)} " if prefix else ""
        if isinstance(raw, CellRichText):
            cut.add_variant("", f'<r><t xml:space="preserve">{lead}</t></r>' if lead else "")
            cut.add(*(run_xml(run) for run in raw))
        else:
            cut.add('<t xml:space="preserve">')
            cut.add_variant("", lead)
            cut.add(f"{text_xml(text)}</t>")
        cut.add("</is></c>")

    def _note(self, cut: Cut, cell: Any, reason: str) -> None:
        offset = cell.row - (cut.own_block or 0)
        text = (
            f"The schedule has a formula here that cannot be followed: {reason}. Its value in the schedule stands here."
        )
        cut.notes.append((get_column_letter(cell.column), offset, text))

    def _merges(self, cut: Cut, ws: Any) -> None:
        base = cut.own_block or 0
        for area in ws.merged_cells.ranges:
            if area.size["rows"] * area.size["columns"] > 1 and cut.first <= area.min_row and area.max_row <= cut.last:
                first, last = get_column_letter(area.min_col), get_column_letter(area.max_col)
                cut.merges.append((first, area.min_row - base, last, area.max_row - base))
        cut.merges.sort(key=lambda merge: (merge[1], merge[0]))


class _Widths:
    """Column widths in characters of one sheet, merges taken in."""

    def __init__(self, ws: Any) -> None:
        self._fallback = float(ws.sheet_format.defaultColWidth or 8.43)
        self._spans = [
            (dimension.min or 0, dimension.max or 0, float(dimension.width))
            for dimension in ws.column_dimensions.values()
            if dimension.width
        ]
        self._merged = {(area.min_row, area.min_col): area.max_col for area in ws.merged_cells.ranges}

    def of(self, cell: Any) -> float:
        """The width of a cell with the columns that it is merged over."""
        last = min(self._merged.get((cell.row, cell.column), cell.column), cell.column + _WIDEST)
        return sum(self._column(col) for col in range(cell.column, last + 1))

    def _column(self, col: int) -> float:
        return next((width for first, last, width in self._spans if first <= col <= last), self._fallback)


def _constant(value: Value) -> str:
    """The rest of a cell that holds a value and no formula."""
    if value is None:
        return "/>"
    if isinstance(value, str):
        return text_cell(value)
    return f"{type_attribute(value)}>{stored_value(value)}</c>"
