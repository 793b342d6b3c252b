"""Draws the blocks of a schedule as people see them in Excel: colours, merges, alignment, numbers as formatted."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.styles import Alignment, Border, Font, PatternFill
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from estimate_core.domain.drawing import Column, Drawing, DrawnCell, DrawnRow, Look
from estimate_core.domain.formula_values import ExcelError, Value
from estimate_core.workbook.reading.book import AMOUNT, Block, Book, as_text
from estimate_core.workbook.reading.colours import Palette
from estimate_core.workbook.reports.number_format import shown_number

MAX_ROWS = 500
"""Of one block; a block with a rate far below its heading would else be drawn with a million empty rows."""
MAX_DRAWN = 20_000_000
"""Characters of all drawings of a schedule, each cell counted as 20 more; the blocks beyond have no drawing."""

_CELL, _FIRST_CUSTOM_FORMAT = 20, 164
_WIDTH = 8.43
_SIDES = ("left", "right", "top", "bottom")
_HORIZONTAL = {"centerContinuous": "center", "distributed": "justify", "fill": "left"}
_VERTICAL = {"center": "middle", "justify": "top", "distributed": "middle", "top": "top"}

_Area = tuple[int, int, int, int]
"""First row, first column, last row, last column."""


def draw_blocks(book: Book) -> dict[int, Drawing]:
    """Heading row -> how its block looks, up to MAX_DRAWN for all; the book stays as it is."""
    pencil = _Pencil(book)
    drawn: dict[int, tuple[tuple[DrawnRow, ...], int]] = {}
    for block in book.blocks:
        last = min(block.last, block.first + MAX_ROWS - 1)
        drawn[block.first] = (tuple(pencil.rows(block.first, last)), block.last - last)
        if pencil.spent > MAX_DRAWN:
            break
    columns, looks = tuple(_columns(pencil.ws)), tuple(pencil.looks)
    return {first: Drawing(columns, looks, rows, left_out) for first, (rows, left_out) in drawn.items()}


def _columns(ws: Any) -> Iterator[Column]:
    fallback = float(ws.sheet_format.defaultColWidth or _WIDTH)
    spans = [(dim.min or 0, dim.max or 0, dim) for dim in ws.column_dimensions.values()]
    for col in range(1, AMOUNT + 1):
        dim = next((dim for first, last, dim in spans if first <= col <= last), None)
        width = float(dim.width or fallback) if dim is not None else fallback
        yield Column(get_column_letter(col), min(width, 255.0), bool(dim is not None and dim.hidden))


class _Pencil:
    """Draws rows of `Master Datas`; `looks` grows as they are needed, `spent` counts what was drawn."""

    def __init__(self, book: Book) -> None:
        self.ws = book.contents.workbook[book.master]
        self.looks: dict[Look, int] = {Look(): 0}
        self.spent = 0
        self._book = book
        self._styles = _Styles(book.contents.workbook)
        self._cells: dict[int, dict[int, Any]] = {}
        for cell in book.contents.cells(book.master):
            if cell.column <= AMOUNT:
                self._cells.setdefault(cell.row, {})[cell.column] = cell
        self._merges = _merges_by_block(self.ws, book.blocks)

    def rows(self, first: int, last: int) -> Iterator[DrawnRow]:
        """The rows of a block from its heading row, empty ones too."""
        corners, covered = _clipped(self._merges.get(first, []), first, last)
        for row in range(first, last + 1):
            # Asking for the dimension of a row that has none would make it.
            dimension = self.ws.row_dimensions[row] if row in self.ws.row_dimensions else None
            places = sorted({*self._cells.get(row, ()), *(col for at, col in corners if at == row)})
            cells = [self._cell(row, col, corners.get((row, col))) for col in places if (row, col) not in covered]
            shown = tuple(cell for cell in cells if cell is not None)
            self.spent += _CELL + sum(_CELL + len(cell.text) + len(cell.formula) for cell in shown)
            yield DrawnRow(row, dimension and dimension.height, bool(dimension and dimension.hidden), shown)

    def _cell(self, row: int, col: int, area: _Area | None) -> DrawnCell | None:
        """A cell that shows something, or None."""
        cell = self._cells.get(row, {}).get(col)
        if cell is None:
            return None if area is None else DrawnCell(col, "", 0, *_spans(area))
        value = self._book.contents.value(self._book.master, row, col)
        look = self._styles.look(cell, value)
        text, formula = self._text(cell, value), _formula_text(cell)
        if not (text or formula or area or look.fill or look.bordered):
            return None
        return DrawnCell(col, text, self.looks.setdefault(look, len(self.looks)), *_spans(area), formula)

    def _text(self, cell: Any, value: Value) -> str:
        if isinstance(value, float) and not isinstance(value, bool):
            return shown_number(value, self._styles.number_format(cell), self._book.contents.workbook.epoch)
        return as_text(value)


class _Styles:
    """Looks and number formats of one workbook; a style that names what a damaged file lacks counts as plain."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._palette = Palette(workbook)
        self._known: dict[tuple[int, ...], Look] = {}

    def number_format(self, cell: Any) -> str:
        """The format's text, such as `0.00`."""
        number = cell._style.numFmtId if cell._style is not None else 0
        if number < _FIRST_CUSTOM_FORMAT:
            return str(BUILTIN_FORMATS.get(number, "General"))
        return str(_entry(self._workbook._number_formats, number - _FIRST_CUSTOM_FORMAT, "General"))

    def look(self, cell: Any, value: Value) -> Look:
        """The look of a cell that holds the value: numbers to the right, errors in the middle, unless it says else."""
        style = cell._style
        if style is None:
            return Look()  # a cell that is there for its comment alone
        key = (style.fontId, style.fillId, style.borderId, style.alignmentId)
        if key not in self._known:
            self._known[key] = self._made(*key)
        look = self._known[key]
        if not look.horizontal:
            look = look._replace(horizontal=_usual_alignment(value))
        run = _first_run(cell.value)
        return look._replace(colour=self._hex(run.font.color) or look.colour) if run is not None else look

    def _made(self, font_id: int, fill_id: int, border_id: int, alignment_id: int) -> Look:
        book = self._workbook
        font, fill = _entry(book._fonts, font_id, Font()), _entry(book._fills, fill_id, PatternFill())
        border = _entry(book._borders, border_id, Border())
        alignment = _entry(book._alignments, alignment_id, Alignment())
        horizontal = alignment.horizontal if alignment.horizontal not in (None, "general") else ""
        return Look(
            fill=self._hex(fill.fgColor) if getattr(fill, "fill_type", None) == "solid" else "",
            colour=self._hex(font.color),
            bold=bool(font.b),
            italic=bool(font.i),
            underlined=bool(font.u) and font.u != "none",
            struck=bool(font.strike),
            horizontal=_HORIZONTAL.get(horizontal, horizontal),
            vertical=_VERTICAL.get(alignment.vertical, "bottom"),
            wraps=bool(alignment.wrap_text),
            bordered=any(getattr(border, side) and getattr(border, side).style for side in _SIDES),
        )

    def _hex(self, colour: Any) -> str:
        rgb = self._palette.rgb(colour)
        return "" if rgb is None else "#" + "".join(f"{round(part * 255):02x}" for part in rgb)


def _entry(entries: Any, place: int, fallback: Any) -> Any:
    return entries[place] if 0 <= place < len(entries) else fallback


def _usual_alignment(value: Value) -> str:
    if isinstance(value, bool | ExcelError):
        return "center"
    return "right" if isinstance(value, float) else "left"


def _first_run(value: object) -> TextBlock | None:
    """The first run of a rich text, where it has a font of its own."""
    if not isinstance(value, CellRichText):
        return None
    run = next((run for run in value if str(run).strip()), None)
    return run if isinstance(run, TextBlock) and run.font is not None else None


def _formula_text(cell: Any) -> str:
    if cell.data_type != "f":
        return ""
    if isinstance(cell.value, ArrayFormula):
        return f"{{{cell.value.text or ''}}}"
    return "{=TABLE()}" if isinstance(cell.value, DataTableFormula) else str(cell.value)


def _merges_by_block(ws: Any, blocks: tuple[Block, ...]) -> dict[int, list[_Area]]:
    """Heading row -> the merges that touch its block in A to J, from the top."""
    firsts = [block.first for block in blocks]
    found: dict[int, list[_Area]] = {}
    for area in sorted((a.min_row, a.min_col, a.max_row, a.max_col) for a in ws.merged_cells.ranges):
        if area[1] > AMOUNT:
            continue
        for block in blocks[max(bisect_right(firsts, area[0]) - 1, 0) :]:
            if block.first > area[2]:
                break
            if block.last >= area[0]:
                found.setdefault(block.first, []).append(area)
    return found


def _clipped(areas: list[_Area], first: int, last: int) -> tuple[dict[tuple[int, int], _Area], set[tuple[int, int]]]:
    """The merges inside rows `first` to `last` by their corners, and the cells that they cover.

    Of merges that overlap, as damaged files have them, the first one counts.
    """
    corners: dict[tuple[int, int], _Area] = {}
    covered: set[tuple[int, int]] = set()
    for top, left, bottom, right in areas:
        area = (max(top, first), left, min(bottom, last), min(right, AMOUNT))
        cells = {(row, col) for row in range(area[0], area[2] + 1) for col in range(left, area[3] + 1)}
        if len(cells) > 1 and not cells & (covered | corners.keys()):
            corners[area[0], left] = area
            covered |= cells - {(area[0], left)}
    return corners, covered


def _spans(area: _Area | None) -> tuple[int, int]:
    """Columns and rows of a merge; 1 and 1 without one."""
    return (1, 1) if area is None else (area[3] - area[1] + 1, area[2] - area[0] + 1)
