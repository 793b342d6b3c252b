"""Workbooks that are lists: texts that stay texts, a head that repeats, a page to print, the same bytes every time."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.properties import PageSetupProperties

from estimate_core.domain.text import one_line
from estimate_core.workbook.writing.archive import PROPERTIES, entry, properties
from estimate_core.workbook.writing.markup import NORMAL_SIZE, as_typed, number_text, text_height

Values = Mapping[str, float]
"""Cell -> the computed value of its formula."""

_FORMULA_CELL = re.compile(r'(<c r="([A-Z]+\d+)"[^>]*><f>[^<]*</f>)<v(?: ?/>|></v>)')
_TOP = Alignment(vertical="top", wrap_text=True)
_TOP_RIGHT = Alignment(horizontal="right", vertical="top", wrap_text=True)


def put_text(cell: Any, text: str) -> None:
    """Write a text as one line that is never a formula, not even once a person has edited the cell."""
    clean = one_line(text)
    cell.value = as_typed(clean) or None
    if clean:
        cell.data_type = "s"
    cell.quotePrefix = clean.startswith(("=", "+", "-", "@"))
    cell.alignment = _TOP


def put_number(cell: Any, value: float | str, number_format: str) -> None:
    """Write a number or a formula that gives one."""
    cell.value = value
    cell.number_format = number_format
    cell.alignment = Alignment(vertical="top")


def put_head(sheet: Any, titles: Sequence[str], widths: Sequence[float], numbers: str = "") -> None:
    """Write the first row: bold, frozen, repeated on each page; widths in characters, letters of number columns."""
    for column, (title, width) in enumerate(zip(titles, widths, strict=True), 1):
        cell = sheet.cell(1, column)
        put_text(cell, title)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="FFEDEDED")
        letter = get_column_letter(column)
        sheet.column_dimensions[letter].width = width
        if letter in numbers:
            cell.alignment = _TOP_RIGHT
    _fit_height(sheet, 1, titles, widths)
    sheet.freeze_panes, sheet.print_title_rows = "A2", "1:1"


def put_row(sheet: Any, row: int, texts: Sequence[str], widths: Sequence[float]) -> None:
    """Write the texts of a row from column A on, wrapped, and give the row the height that they need."""
    for column, text in enumerate(texts, 1):
        put_text(sheet.cell(row, column), text)
    _fit_height(sheet, row, texts, widths)


def set_up_page(sheet: Any) -> None:
    """A4 landscape, one page wide, with page numbers; a filter on what there is."""
    sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.oddFooter.center.text = "Page &P of &N"


def save(workbook: Workbook, title: str, created: datetime, values: Mapping[str, Values], stream: BinaryIO) -> None:
    """Save without the clock, each formula with its value; `values` go by the sheet's name."""
    saved = io.BytesIO()
    workbook.save(saved)
    parts = {f"xl/worksheets/sheet{n}.xml": values.get(name, {}) for n, name in enumerate(workbook.sheetnames, 1)}
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for path in source.namelist():
            text = source.read(path).decode("utf-8")
            if path == PROPERTIES:
                text = properties(title, created)
            target.writestr(entry(path), _with_values(text, parts[path]) if path in parts else text)


def _with_values(sheet: str, values: Values) -> str:
    """The sheet with the values that openpyxl leaves out, for viewers that do not compute."""

    def filled(found: re.Match[str]) -> str:
        value = values.get(found[2])
        return found[0] if value is None else f"{found[1]}<v>{number_text(value)}</v>"

    return _FORMULA_CELL.sub(filled, sheet)


def _fit_height(sheet: Any, row: int, texts: Sequence[str], widths: Sequence[float]) -> None:
    pairs = zip(texts, widths, strict=False)
    sheet.row_dimensions[row].height = max(text_height(text, width, NORMAL_SIZE) for text, width in pairs)
