"""The sheet `Findings` in the copy of a schedule: each finding in a row, linked to its cell."""

from collections import Counter
from collections.abc import Sequence
from copy import copy
from typing import Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.hyperlink import Hyperlink

from estimate_core.domain.finding import Finding
from estimate_core.workbook.reports.listing import set_up_page
from estimate_core.workbook.reports.marks import COLOURS, MAX_MARKED, Place
from estimate_core.workbook.writing.markup import plain_text, text_height

NAME = "Findings"
MAX_LISTED = 20_000
HEADER_ROW = 5
HEADINGS = ("No.", "Severity", "Sheet", "Cell", "What was noticed", "How to mend it")
WIDTHS = (7.0, 11.0, 20.0, 10.0, 66.0, 60.0)

_MAX_TEXT = 32_767
_SIZE = 10.0
_INTRODUCTION = (
    "This is a copy for looking. Each finding is listed here, links to its cell, and is marked there with a border and "
    "a comment. Mend the original workbook and upload it again. Pictures, charts, macros and links to other workbooks "
    "are left out of the copy; the original has them still."
)
_LINE = Side(style="thin", color="FF999999")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_TOP = Alignment(horizontal="left", vertical="top", wrap_text=True)


def add_findings_sheet(
    workbook: Any, title: str, findings: Sequence[Finding], places: Sequence[Place | None], unmarked: int
) -> None:
    """Add the sheet as the first one; findings and places go together, the gravest first."""
    ws = workbook.create_sheet(NAME, 0)
    for letter, width in zip("ABCDEF", WIDTHS, strict=True):
        ws.column_dimensions[letter].width = width
    listed = min(len(findings), MAX_LISTED)
    _write_top(ws, title, findings, _limits(len(findings), unmarked))
    _write_rows(ws, findings[:listed], places[:listed])
    ws.freeze_panes = f"A{HEADER_ROW + 1}"
    ws.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    set_up_page(ws)
    ws.auto_filter.ref = f"A{HEADER_ROW}:F{HEADER_ROW + listed}"


def _limits(found: int, unmarked: int) -> str:
    """What is left out of the list and of the marks, in words."""
    sentences: list[str] = []
    if found > MAX_LISTED:
        sentences.append(f"Only the first {MAX_LISTED:,} of {found:,} findings are listed.")
    if unmarked:
        sentences.append(f"Only the first {MAX_MARKED:,} cells are marked; {unmarked:,} more have findings.")
    if sentences:
        sentences.append("Mend these first, and upload the workbook again to see the others.")
    return " ".join(sentences)


def _write_top(ws: Any, title: str, findings: Sequence[Finding], limits: str) -> None:
    texts = (f"Findings in {title}" if title else NAME, _INTRODUCTION, _counts(findings), limits)
    for row, text in enumerate(texts, 1):
        ws.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(WIDTHS))
        cell = _say(ws, row, 1, text)
        cell.font = Font(sz=14, b=True) if row == 1 else Font(sz=_SIZE, b=row > 2)
        cell.alignment = _TOP
        ws.row_dimensions[row].height = text_height(text, sum(WIDTHS), 14 if row == 1 else _SIZE)
    for col, text in enumerate(HEADINGS, 1):
        cell = _say(ws, HEADER_ROW, col, text)
        cell.font, cell.border, cell.alignment = Font(sz=_SIZE, b=True), _BOX, _TOP
        cell.fill = PatternFill("solid", fgColor="FFEDEDED")


def _counts(findings: Sequence[Finding]) -> str:
    if not findings:
        return "Nothing was noticed."
    counts = Counter(finding.severity for finding in findings)
    words = [f"{n:,} {kind if n == 1 else kind + 's'}" for kind in COLOURS if (n := counts[kind])]
    return ", ".join(words)


def _write_rows(ws: Any, findings: Sequence[Finding], places: Sequence[Place | None]) -> None:
    styles = _styles(ws)
    for number, (finding, place) in enumerate(zip(findings, places, strict=True), 1):
        row = HEADER_ROW + number
        where = finding.cell or (f"row {finding.row}" if finding.row else "")
        texts = (finding.severity, finding.sheet, where, finding.sentence, finding.mend)
        ws.cell(row, 1, number)._style = styles["text"]
        for col, text in enumerate(texts, 2):
            _say(ws, row, col, text, styles[finding.severity if col == 2 else "text"])
        if place is not None:
            linked = ws.cell(row, 4 if where else 3)
            linked.hyperlink = Hyperlink(ref=linked.coordinate, location=place.location)
            linked._style = styles["link"]
        heights = (text_height(text, width, _SIZE) for text, width in zip(texts, WIDTHS[1:], strict=True))
        ws.row_dimensions[row].height = max(heights)


def _styles(ws: Any) -> dict[str, Any]:
    """Styles by use, made once: setting fonts and borders cell by cell takes most of the time of a long list."""
    fonts = {"text": Font(sz=_SIZE), "link": Font(sz=_SIZE, u="single", color="FF0563C1")}
    for severity, colour in COLOURS.items():
        fonts[severity] = Font(sz=_SIZE, b=True, color=colour)
    styles = {}
    for use, font in fonts.items():
        cell = ws.cell(HEADER_ROW + 1, 1)
        cell.font, cell.border, cell.alignment = font, _BOX, _TOP
        styles[use] = cell._style
        del ws._cells[HEADER_ROW + 1, 1]
    return styles


def _say(ws: Any, row: int, col: int, text: str, style: Any = None) -> Any:
    """A cell with a text, which stays a text even if it begins with `=`, and after a person has edited it."""
    cell = ws.cell(row, col, plain_text(text, _MAX_TEXT) or None)
    if style is not None:
        cell._style = style
    if text:
        cell.data_type = "s"
    if text.startswith(("=", "+", "-", "@")):
        cell._style = copy(cell._style)
        cell.quotePrefix = True
    return cell
