"""Marks in the copy of a schedule: where each finding belongs, a comment and a border on its cell."""

import re
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import compress
from typing import Any, NamedTuple

from openpyxl.comments import Comment
from openpyxl.styles import Border, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import column_index_from_string, get_column_letter

from estimate_core.domain.finding import Finding, Severity
from estimate_core.workbook.formula.references import MAX_COLUMN, MAX_ROW, quote_sheet
from estimate_core.workbook.writing.archive import AUTHOR
from estimate_core.workbook.writing.markup import plain_text

MAX_MARKED = 5_000
MAX_COMMENT = 2_000
COLOURS: dict[Severity, str] = {"error": "FFC00000", "warning": "FFB45F06", "note": "FF1F5FA8"}

_MAX_COMMENTS_TEXT = 32_000
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_COMMENT_WIDTH, _COMMENT_LINE, _COMMENT_CHARACTERS, _COMMENT_HEIGHT = 330, 18, 48, 400
"""Width and height of a line in pixels, characters of a line, and the most that a comment's box is high."""


class Place(NamedTuple):
    """A cell of the copy; `is_cell` is False where the finding is about the whole sheet."""

    sheet: str
    row: int
    col: int
    is_cell: bool = True

    @property
    def location(self) -> str:
        """`'Master Datas'!J12`, as a link inside the workbook names it."""
        return f"{quote_sheet(self.sheet)}!{get_column_letter(self.col)}{self.row}"


@dataclass
class Marker:
    """Finds and marks cells of one workbook; `unmarked` counts the cells beyond MAX_MARKED."""

    workbook: Any
    unmarked: int = 0
    _sheets: dict[str, "_Sheet"] = field(default_factory=dict)

    def place_of(self, finding: Finding) -> Place | None:
        """Where a finding belongs: its cell, the corner of a merge over it, the row's first cell; None for no sheet."""
        if finding.sheet not in self.workbook.sheetnames:
            return None
        if finding.sheet not in self._sheets:
            self._sheets[finding.sheet] = _Sheet(self.workbook[finding.sheet])
        sheet = self._sheets[finding.sheet]
        at = _read_cell(finding.cell)
        if at is None and finding.row is not None and 1 <= finding.row <= MAX_ROW:
            at = (finding.row, sheet.first_used.get(finding.row, 1))
        if at is None:
            return Place(finding.sheet, 1, 1, is_cell=False)
        return Place(finding.sheet, *sheet.corner(*at))

    def mark(self, findings: Sequence[Finding], places: Sequence[Place | None]) -> None:
        """Mark the cell of each finding, the gravest findings first; those of one cell share its comment."""
        by_place: dict[Place, list[Finding]] = {}
        for finding, place in zip(findings, places, strict=True):
            if place is not None and place.is_cell:
                by_place.setdefault(place, []).append(finding)
        for place, found in list(by_place.items())[:MAX_MARKED]:
            sheet = self._sheets[place.sheet]
            sheet.frame(place, COLOURS[found[0].severity])
            _comment(sheet.ws.cell(place.row, place.col), found)
        self.unmarked = max(len(by_place) - MAX_MARKED, 0)


class _Sheet:
    """One sheet of the copy: its merges by cell, and the first used column of each row."""

    def __init__(self, ws: Any) -> None:
        self.ws = ws
        self.first_used: dict[int, int] = {}
        self._borders: dict[tuple[int, tuple[bool, ...], str], int] = {}
        for (row, col), cell in ws._cells.items():
            if cell.value is not None:
                self.first_used[row] = min(col, self.first_used.get(row, col))
        self._merges: dict[tuple[int, int], tuple[int, int, int, int]] = {}
        for area in ws.merged_cells.ranges:
            bounds = (area.min_row, area.min_col, area.max_row, area.max_col)
            for row in range(area.min_row, area.max_row + 1):
                for col in range(area.min_col, area.max_col + 1):
                    self._merges[row, col] = bounds

    def corner(self, row: int, col: int) -> tuple[int, int]:
        """The cell that shows what a merge over this one holds, or this one."""
        top, left, _, _ = self._merges.get((row, col), (row, col, row, col))
        return top, left

    def frame(self, place: Place, colour: str) -> None:
        """Draw a thick border round a cell, or round its merge."""
        at = (place.row, place.col)
        top, left, bottom, right = self._merges.get(at, (*at, *at))
        for row, col in _edge(top, left, bottom, right):
            sides = (row == top, row == bottom, col == left, col == right)
            cell = self.ws.cell(row, col)
            # A new cell has no style; its border is given by number, since few borders serve many cells.
            cell._style = StyleArray() if cell._style is None else copy(cell._style)
            cell._style.borderId = self._outlined(cell._style.borderId, sides, colour)

    def _outlined(self, number: int, sides: tuple[bool, ...], colour: str) -> int:
        """The number of the border that a cell has, with thick lines at these sides: top, bottom, left, right."""
        key = (number, sides, colour)
        if key not in self._borders:
            borders = self.ws.parent._borders
            # In a damaged file a style may name a border that is not there.
            border = copy(borders[number]) if 0 <= number < len(borders) else Border()
            for name in compress(("top", "bottom", "left", "right"), sides):
                setattr(border, name, Side(style="thick", color=colour))
            self._borders[key] = int(borders.add(border))
        return self._borders[key]


def _edge(top: int, left: int, bottom: int, right: int) -> Iterator[tuple[int, int]]:
    for row in range(top, bottom + 1):
        for col in range(left, right + 1) if row in (top, bottom) else sorted({left, right}):
            yield row, col


def _read_cell(cell: str) -> tuple[int, int] | None:
    """Row and column of a cell such as `J12`, None for what no sheet has."""
    found = _CELL.fullmatch(cell)
    if found is None:
        return None
    col, row = column_index_from_string(found[1]) if found[1] <= "ZZZ" else 0, int(found[2])
    return (row, col) if col <= MAX_COLUMN and row <= MAX_ROW else None


def _comment(cell: Any, findings: Sequence[Finding]) -> None:
    """Put the findings into the cell's comment, below the one that the schedule has there."""
    told = "\n\n".join(f"{finding.severity.capitalize()}: {finding.sentence} {finding.mend}" for finding in findings)
    own = plain_text(told.strip(), MAX_COMMENT)
    kept = cell.comment.text if cell.comment is not None else ""
    text = plain_text(f"{kept}\n\n", _MAX_COMMENTS_TEXT - MAX_COMMENT) + own if kept else own
    lines = sum(1 + len(line) // _COMMENT_CHARACTERS for line in text.split("\n"))
    cell.comment = Comment(text, AUTHOR, min((lines + 1) * _COMMENT_LINE, _COMMENT_HEIGHT), _COMMENT_WIDTH)
