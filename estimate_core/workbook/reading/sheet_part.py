"""The part of one sheet, looked through once: how much it holds, what a schedule needs of it, the values it keeps.

openpyxl reads a sheet without its merges, because it empties the cells that a merge covers, though Excel reckons with
what stands there. The rows below the last value, which are only formatted, are left out: there may be a million.
"""

import re
from copy import copy
from dataclasses import dataclass, field
from typing import Any
from xml.parsers.expat import ParserCreate

from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries
from openpyxl.worksheet.dimensions import SheetFormatProperties
from openpyxl.worksheet.page import PageMargins, PrintOptions, PrintPageSetup
from openpyxl.worksheet.properties import WorksheetProperties
from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring

from estimate_core.workbook.reading.intake import DAMAGED, refusal

MAX_ELEMENTS = 6_000_000
MAX_IN_CELL = 200_000
"""Elements of one cell, which has a run for each change of its font."""
MAX_DEPTH = 200

_LARGE = 1024 * 1024
"""Bytes of a part; the stray rows of smaller ones are left as they are."""
_HOLDS = (b"<v>", b"<v ", b"<f>", b"<f ", b"<is>", b"<is ")
_ROW_END, _DATA_END = b"</row>", b"</sheetData>"
_ROOT, _CELL, _ROW, _VALUE, _FORMULA, _INLINE, _MERGE = (
    f"{SHEET_MAIN_NS} {name}" for name in ("worksheet", "c", "row", "v", "f", "is", "mergeCell")
)
_MERGED = re.compile(r"[A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7}")
_EXPANDED = re.compile(r"[^:\s]+:[^:\s]+")
BEFORE: dict[str, Any] = {"sheetPr": WorksheetProperties, "sheetFormatPr": SheetFormatProperties, "cols": None}
AFTER: dict[str, Any] = {"printOptions": PrintOptions, "pageMargins": PageMargins, "pageSetup": PrintPageSetup}


@dataclass
class SheetPart:
    """A sheet's part: `bare` with what a schedule needs, `whole` with all but merges and stray rows.

    `stored` are the type and text of the value beside each formula, by (row, column); `cells` and `rows` are counted
    down to the last value, `formulas` in all; `translated` are the characters that its shared formulas come to.
    """

    bare: bytes
    whole: bytes
    stored: dict[tuple[int, int], tuple[str, str]]
    merges: list[str]
    cells: int
    rows: int
    formulas: int
    translated: int
    has_area_links: bool

    @property
    def merged(self) -> int:
        """The number of cells that its merges cover."""
        return sum(_size(ref) for ref in self.merges)


def read_sheet_part(part: bytes, name: str) -> SheetPart:
    """Look through the part of the sheet called `name`; NotASchedule where it has more elements than can be read.

    Raises what expat raises where it is not well-formed, and ValueError where it is no sheet.
    """
    is_large = len(part) > _LARGE
    if is_large:
        part = _without_stray_rows(part)
    scan = _Scan(name)
    scan.parser.Parse(part, True)
    cut = _Cut(part, scan, is_large)
    return SheetPart(
        bare=cut.bare(),
        whole=cut.whole(),
        stored=scan.stored,
        merges=[ref for ref in scan.merges if _MERGED.fullmatch(ref)],
        cells=scan.kept_cells,
        rows=scan.kept_rows,
        formulas=scan.formulas,
        translated=scan.translated,
        has_area_links=scan.has_area_links,
    )


def _size(ref: str) -> int:
    bounds: tuple[Any, ...] = range_boundaries(ref)
    first_col, first_row, last_col, last_row = bounds
    return int((last_col - first_col + 1) * (last_row - first_row + 1))


def _without_stray_rows(part: bytes) -> bytes:
    """A quick cut for the usual spelling: a million formatted rows would be looked through one by one."""
    if b"<!" in part:
        return part
    end = part.rfind(_DATA_END)
    last_value = max(part.rfind(mark, 0, end) for mark in _HOLDS) if end >= 0 else -1
    row_end = part.find(_ROW_END, last_value, end) if last_value >= 0 else -1
    return part[: row_end + len(_ROW_END)] + part[end:] if row_end >= 0 else part


@dataclass
class _Child:
    """Where a child of the root stands: from its start to the next one's, and where its end tag begins."""

    name: str
    start: int
    end_tag: int = 0
    end: int = 0


@dataclass
class _Scan:
    """Counts, places and stored values of one sheet, collected by expat's calls."""

    sheet: str
    children: list[_Child] = field(default_factory=list)
    root_end: int = 0
    stored: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    merges: list[str] = field(default_factory=list)
    kept_cells: int = 0
    kept_rows: int = 0
    kept_end: int = 0
    formulas: int = 0
    translated: int = 0
    has_area_links: bool = False

    def __post_init__(self) -> None:
        self._depth = self._elements = self._begun = self._cells = self._rows = 0
        self._row = self._col = 0
        self._at: str | None = None
        self._holds = self._ends_kept = self._is_formula = False
        self._type = "n"
        self._text: list[str] = []
        self._formula: list[str] = []
        self._shared: str | None = None
        self._lengths: dict[str, int] = {}
        self.parser = ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if name == _CELL:
            self._cells += 1
            self._begin_cell(attributes)
        elif name == _VALUE:
            self._holds = True
            if self._is_formula:
                self.parser.CharacterDataHandler = self._text.append
        elif name == _FORMULA:
            self._holds = self._is_formula = True
            self.formulas += 1
            if attributes.get("t") == "shared":
                self._shared = attributes.get("si", "")
                self.parser.CharacterDataHandler = self._formula.append
        elif name == _ROW:
            self._begin_row(attributes)
        elif name == _INLINE:
            self._holds = True
        elif self._depth == 2:
            self._begin_child(name)
        elif self._depth < 2 and name != _ROOT:
            raise ValueError(f"{name} is no worksheet")
        else:
            self._begin_other(name, attributes)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        at = attributes.get("r")
        if at is None:
            self._col = self._place()[1] + 1
        self._at, self._begun = at, self._elements
        self._type = attributes.get("t", "n")
        self._is_formula = False
        if self._text:
            self._text = []

    def _place(self) -> tuple[int, int]:
        return coordinate_to_tuple(self._at) if self._at else (self._row, self._col)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._end_kept()
        if self._elements > MAX_ELEMENTS:
            self._refuse_more(f"{self._elements:,} pieces or more", MAX_ELEMENTS)
        self._rows += 1
        self._row = int(float(attributes.get("r", self._row + 1)))
        self._at, self._col, self._holds = None, 0, False

    def _begin_child(self, name: str) -> None:
        here = self.parser.CurrentByteIndex
        self._end_kept()
        self._end_child(here)
        self.children.append(_Child(name.rpartition(" ")[2], here))

    def _begin_other(self, name: str, attributes: dict[str, str]) -> None:
        if name == _MERGE:
            self.merges.append(attributes.get("ref", ""))
        elif self._depth > MAX_DEPTH:
            raise ValueError("elements within elements without end")
        elif self._elements > MAX_ELEMENTS:
            self._refuse_more(f"{self._elements:,} pieces or more", MAX_ELEMENTS)
        elif _EXPANDED.search(attributes.get("ref", "")) or len(attributes.get("sqref", "")) > _LARGE:
            self.has_area_links = self.has_area_links or name.endswith((" hyperlink", " dataValidation"))

    def _refuse_more(self, what: str, most: int) -> None:
        sentence = f"The sheet \u201c{self.sheet}\u201d has {what}; at most {most:,} are read."
        mend = "Delete the rows and columns that are only formatted, and upload it again."
        raise refusal("too-large", sentence, mend, self.sheet)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name == _CELL:
            if self._elements - self._begun > MAX_IN_CELL:
                self._refuse_more(f"a cell with {self._elements - self._begun:,} pieces", MAX_IN_CELL)
            if self._text:
                self.stored[self._place()] = (self._type, "".join(self._text))
        elif name == _VALUE:
            self.parser.CharacterDataHandler = None
        elif name == _FORMULA:
            if self._shared is not None:
                self._end_shared(self._shared)
        elif name == _ROW:
            if self._holds:
                self.kept_cells, self.kept_rows, self._ends_kept = self._cells, self._rows, True
        elif self._depth == 1:
            self._end_kept()
            self.children[-1].end_tag = self.parser.CurrentByteIndex
        elif self._depth == 0:
            self.root_end = self.parser.CurrentByteIndex
            self._end_child(self.root_end)

    def _end_shared(self, index: str) -> None:
        self.parser.CharacterDataHandler = None
        if self._formula:
            self._lengths.setdefault(index, sum(map(len, self._formula)))
        self.translated += self._lengths.get(index, 0)
        self._shared, self._formula = None, []

    def _end_kept(self) -> None:
        if self._ends_kept:
            self.kept_end, self._ends_kept = self.parser.CurrentByteIndex, False

    def _end_child(self, here: int) -> None:
        if self.children:
            self.children[-1].end = here


class _Cut:
    """Cuts out of a sheet's part what openpyxl is to read."""

    def __init__(self, part: bytes, scan: _Scan, without_stray_rows: bool) -> None:
        self._part, self._scan, self._is_trimmed = part, scan, without_stray_rows
        self._first = {child.name: child for child in reversed(scan.children)}

    def whole(self) -> bytes:
        """All but merges and the rows below the last value."""
        if not self._scan.children:
            return self._part
        kept = [self._slice(child) for child in self._scan.children if child.name != "mergeCells"]
        return self._head() + b"".join(kept) + self._part[self._scan.root_end :]

    def bare(self) -> bytes:
        """The cells and rows, and of what is about them what can be read."""
        if not self._scan.children:
            return self._part
        rows = self._slice(self._first["sheetData"]) if "sheetData" in self._first else b""
        before, after = (b"".join(self._readable(kinds)) for kinds in (BEFORE, AFTER))
        return self._head() + before + rows + after + self._part[self._scan.root_end :]

    def _head(self) -> bytes:
        return self._part[: self._scan.children[0].start]

    def _slice(self, child: _Child) -> bytes:
        if child.name != "sheetData" or not self._is_trimmed or child.end_tag == child.start:
            return self._part[child.start : child.end]
        kept_end = self._scan.kept_end or self._part.index(b">", child.start) + 1
        return self._part[child.start : kept_end] + self._part[child.end_tag : child.end]

    def _readable(self, kinds: dict[str, Any]) -> list[bytes]:
        return [
            piece
            for name, kind in kinds.items()
            if name in self._first and self._can_be_read(piece := self._slice(self._first[name]), kind)
        ]

    def _can_be_read(self, piece: bytes, kind: Any) -> bool:
        try:
            node = fromstring(self._head() + piece + self._part[self._scan.root_end :])[0]
            if kind is not None:
                copy(kind.from_tree(node))  # the mould copies it, which some odd values do not bear
            return kind is not None or all(map(_is_column, node))
        except DAMAGED:
            return False


def _is_column(node: Any) -> bool:
    """Whether a `col` says which columns it is about, and how wide they are."""
    first, last = int(node.get("min", 0)), int(node.get("max", 0))
    return 1 <= first <= last <= 16_384 and float(node.get("width", 1)) >= 0
