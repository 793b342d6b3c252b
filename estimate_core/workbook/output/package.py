"""The empty package of a mould: saved once by openpyxl, with every sheet's frame and the styles that pouring uses.

openpyxl does all the packaging. Here the saved parts are taken apart at the places where rows, merges, links and
the few texts of one estimate go in.
"""

import io
import re
import zipfile
from collections import Counter
from copy import copy
from dataclasses import dataclass
from typing import Any

from openpyxl.packaging.core import DocumentProperties
from openpyxl.packaging.custom import CustomPropertyList
from openpyxl.styles import Font
from openpyxl.workbook.defined_name import DefinedNameDict
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties, WorksheetProperties

from estimate_core.workbook.formula.references import MAX_ROW
from estimate_core.workbook.output.looks import (
    CHECK_HEADING_ROW,
    CHECK_WIDTHS,
    COVER_WIDTHS,
    ESTIMATE_WIDTHS,
    HEADING_ROW,
    Look,
    group_cover_rupees,
    group_rupees,
    looks,
)

COVER, ESTIMATE, OUTPUT, CHECK = "Cover", "Estimate", "Output", "Check"
LAST_COLUMNS = {COVER: max(COVER_WIDTHS), ESTIMATE: max(ESTIMATE_WIDTHS), CHECK: max(CHECK_WIDTHS)}
"""The last column of each sheet that is all our own."""
NAME_MARK, TITLE_MARK = "@@name of work@@", "@@schedule@@"
LAST_ROW_MARK = 999_999
"""Stands in print areas for the last row of the sheet."""

_WIDEST_COLUMN = 255.0
_SERIAL_WIDTH = 9.5
"""What `Data 1234` needs in column A of `Output`, where the schedule has a short serial."""

_PARTS = re.compile(
    r"^(?P<head>.*?)<dimension[^>]*/>(?P<views>.*?)<sheetData>.*?</sheetData>(?P<between>.*?)"
    r"<mergeCells.*?</mergeCells>(?P<after>.*?)<hyperlinks.*?</hyperlinks>(?P<tail>.*)$",
    re.S,
)


@dataclass
class Frame:
    """A sheet without rows: its part's path, and the XML around dimension, rows, merges and links."""

    path: str
    head: str
    views: str
    between: str
    after: str
    tail: str


@dataclass
class Package:
    """All parts but the sheets as text by path; frames by the sheet's name.

    `styles` are style ids by use; `output_width` is the width of A..J of `Output` in characters, `font_size` in points.
    """

    files: dict[str, str]
    frames: dict[str, Frame]
    styles: dict[str, int]
    output_width: float
    font_size: float


def empty_package(workbook: Any, master: str, helpers: dict[str, str]) -> Package:
    """Make the empty package out of the schedule's workbook, whose sheets are used up by it.

    `helpers` gives for each sheet that comes along its name in the output and that in the schedule.
    """
    font = _common_font(workbook, workbook[master])
    sources = {OUTPUT: workbook[master]} | {name: workbook[source] for name, source in helpers.items()}
    _strip(workbook)
    sheets = {name: workbook.create_sheet(name) for name in (COVER, ESTIMATE, *sources, CHECK)}
    for name, source in sources.items():
        _copy_layout(source, sheets[name])
    workbook.active = 0
    _set_up_cover(sheets[COVER])
    _set_up_estimate(sheets[ESTIMATE])
    _set_up_output(sheets[OUTPUT])
    _set_up_check(sheets[CHECK])
    sample = sheets[ESTIMATE]
    styles = {use: _style_id(sample.cell(row, 1), look) for row, (use, look) in enumerate(looks(font).items(), 2)}
    for ws in sheets.values():
        ws.merge_cells("A1:B1")
        ws["A1"].hyperlink = Hyperlink(ref="A1", location="A1")
    width = sum(_width(sheets[OUTPUT], letter) for letter in "ABCDEFGHIJ")
    files, frames = _taken_apart(workbook, sheets)
    return Package(files, frames, styles, width, font[1])


def _strip(workbook: Any) -> None:
    """Leave nothing of the schedule in the workbook but its styles and theme."""
    workbook._sheets = []
    workbook.defined_names = DefinedNameDict()
    workbook.custom_doc_props = CustomPropertyList()
    workbook.properties = DocumentProperties()
    workbook.vba_archive = None
    workbook._external_links = []
    workbook._pivots = []
    workbook.security = None
    workbook.views = workbook.views[:1]
    for view in workbook.views:
        view.firstSheet = view.activeTab = 0
        view.visibility = "visible"
    workbook.calculation = CalcProperties(fullCalcOnLoad=True)


def _copy_layout(source: Any, target: Any) -> None:
    for letter, dimension in source.column_dimensions.items():
        target.column_dimensions[letter] = copy(dimension)
        target.column_dimensions[letter].worksheet = target
        target.column_dimensions[letter].width = min(dimension.width, _WIDEST_COLUMN)
    target.sheet_format = copy(source.sheet_format)
    target.page_margins = copy(source.page_margins)
    target.page_setup = copy(source.page_setup)
    target.page_setup.id = None
    target.print_options = copy(source.print_options)
    fit = source.sheet_properties.pageSetUpPr
    target.sheet_properties = WorksheetProperties(
        tabColor=source.sheet_properties.tabColor,
        pageSetUpPr=PageSetupProperties(fitToPage=bool(fit and fit.fitToPage)),
    )


def _set_up_cover(ws: Any) -> None:
    _set_up_table(ws, COVER_WIDTHS)
    ws.sheet_view.showGridLines = False
    ws.print_options.verticalCentered = True
    ws.page_setup.fitToHeight = 1
    ws.page_margins.bottom = ws.page_margins.top
    for part in (ws.oddFooter.left, ws.oddFooter.center, ws.oddFooter.right):
        part.text = None
    group_cover_rupees(ws, "B1:B99")


def _set_up_estimate(ws: Any) -> None:
    _set_up_table(ws, ESTIMATE_WIDTHS, HEADING_ROW)
    group_rupees(ws, f"E{HEADING_ROW + 1}:E{MAX_ROW} H{HEADING_ROW + 1}:H{MAX_ROW}")


def _set_up_check(ws: Any) -> None:
    _set_up_table(ws, CHECK_WIDTHS, CHECK_HEADING_ROW)
    group_rupees(ws, f"D1:E{MAX_ROW}")


def _set_up_table(ws: Any, widths: dict[str, float], heading_row: int = 0) -> None:
    """Column widths, the page with its print area, and the row that is repeated on each page."""
    for letter, width in widths.items():
        ws.column_dimensions[letter].width = width
    if heading_row:
        ws.freeze_panes = f"A{heading_row + 1}"
        ws.print_title_rows = f"{heading_row}:{heading_row}"
    ws.print_area = f"A1:{max(widths)}{LAST_ROW_MARK}"
    ws.print_options.horizontalCentered = True
    _set_up_page(ws)


def _set_up_output(ws: Any) -> None:
    ws.freeze_panes = "A3"
    ws.print_title_rows = "1:1"
    ws.column_dimensions["A"].width = max(_width(ws, "A"), _SERIAL_WIDTH)
    _set_up_page(ws)


def _set_up_page(ws: Any) -> None:
    ws.page_setup.orientation = "portrait"
    ws.page_setup.paperSize = 9  # A4
    ws.page_setup.fitToWidth, ws.page_setup.fitToHeight = 1, 0
    ws.page_setup.scale = None
    ws.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    ws.page_margins.left = ws.page_margins.right = 0.5
    ws.page_margins.top, ws.page_margins.bottom = 0.6, 0.8
    ws.oddFooter.left.text, ws.oddFooter.left.size = NAME_MARK, 8
    ws.oddFooter.center.text, ws.oddFooter.center.size = "Page &P of &N", 8
    ws.oddFooter.right.text, ws.oddFooter.right.size = TITLE_MARK, 8


def _common_font(workbook: Any, ws: Any) -> tuple[str, float]:
    """Name and size of the font that most text cells of a sheet have."""
    counts = Counter(cell._style.fontId for cell in ws._cells.values() if cell.value is not None)
    font = workbook._fonts[counts.most_common(1)[0][0]] if counts else Font()
    return font.name or "Calibri", min(max(float(font.sz or 11), 9.0), 12.0)


def _style_id(cell: Any, look: Look) -> int:
    for attribute, value in look.items():
        setattr(cell, attribute, value)
    return int(cell.style_id)


def _width(ws: Any, letter: str) -> float:
    return float(ws.column_dimensions[letter].width or 8.43) if letter in ws.column_dimensions else 8.43


def _taken_apart(workbook: Any, sheets: dict[str, Any]) -> tuple[dict[str, str], dict[str, Frame]]:
    stream = io.BytesIO()
    workbook.save(stream)
    with zipfile.ZipFile(stream) as archive:
        files = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
    frames = {}
    for number, name in enumerate(sheets, 1):
        path = f"xl/worksheets/sheet{number}.xml"
        found = _PARTS.match(files.pop(path))
        if found is None:
            raise AssertionError(f"openpyxl wrote {path} in another form than expected")
        frames[name] = Frame(path, **found.groupdict())
    return files, frames
