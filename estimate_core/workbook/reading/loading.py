"""Opens a workbook: openpyxl's, the values that its file holds beside its formulas, its merges.

A schedule is read bare: its cells, styles, names and page set-up. Views, validations, conditional formats, comments,
drawings, tables and pivots are not opened, so no fault in one of them keeps a schedule out.
"""

import io
import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.etree.ElementTree import iterparse

from openpyxl.cell.rich_text import CellRichText
from openpyxl.reader import excel
from openpyxl.styles import stylesheet
from openpyxl.utils.datetime import from_ISO8601, to_excel
from openpyxl.utils.escape import unescape
from openpyxl.workbook.views import BookView
from openpyxl.worksheet.cell_range import CellRange, MultiCellRange
from openpyxl.xml.constants import ARC_STYLE, SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring

from estimate_core.domain.errors import NotASchedule
from estimate_core.domain.formula_values import Value
from estimate_core.workbook.formula.references import MAX_COLUMN, MAX_ROW
from estimate_core.workbook.reading.intake import DAMAGED, SAVE_AGAIN, Package, refusal
from estimate_core.workbook.reading.limits import MAX_MARKUP, MAX_TEXTS, Counts, refuse_above
from estimate_core.workbook.reading.mending import bare_styles, bare_workbook, mended_styles
from estimate_core.workbook.reading.sheet_part import SheetPart, read_sheet_part
from estimate_core.workbook.reading.sheet_reading import BareSheet

Place = tuple[str, int, int]
"""(sheet, row, column), rows and columns from 1."""

_TEXT = f"{{{SHEET_MAIN_NS}}}si"
_excel: Any = excel
_stylesheet: Any = stylesheet
_read_iso: Any = from_ISO8601
_to_serial: Any = to_excel


@dataclass
class Loaded:
    """A workbook as openpyxl gives it, and what its file holds as the value of each formula (errors left out).

    `is_mended` tells that some of its styles could not be read.
    """

    workbook: Any
    stored: dict[Place, Value] = field(default_factory=dict)
    is_mended: bool = False


def load(stream: BinaryIO, whole: bool = True) -> Loaded:
    """Open an .xlsx or .xlsm; NotASchedule with a sentence where it is none, is damaged, or is too large.

    With `whole` also what a schedule does not need, where it can be read.
    """
    data = stream.read()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells what it leaves out, which the output leaves out anyway
        if whole:
            try:
                return _WholeReader(Package(data)).loaded()
            except (*DAMAGED, NotASchedule):
                pass
        return _opened(Package(data))


def _opened(package: Package) -> Loaded:
    reader = _BareReader(package)
    try:
        return reader.loaded()
    except DAMAGED as problem:
        sentence = f"The file could not be read as an Excel workbook; {reader.at} seems to be damaged."
        raise refusal("damaged-file", sentence, SAVE_AGAIN, reader.sheet) from problem


class _Reader(excel.ExcelReader):
    """Reads a package in openpyxl's steps; `at` says what is being read, `sheet` which sheet."""

    def __init__(self, package: Package) -> None:
        self.archive: Any = package
        self.valid_files = package.namelist()
        self.read_only = self.keep_vba = self.data_only = self.keep_links = False
        self.rich_text = True
        self.shared_strings: list[Any] = []
        self.at, self.sheet = "it", ""
        self._package = package
        self._parts: list[tuple[str, SheetPart]] = []
        self._counts = Counts()
        self._is_mended = False

    def loaded(self) -> Loaded:
        """Read all; raises what openpyxl raises."""
        self.read_manifest()
        self.at = "its list of texts"
        self.read_strings()
        self.at = "its list of sheets"
        self.read_workbook()
        self.read_theme()
        self.at = "its list of styles"
        self._read_styles()
        self.at = "its list of sheets"
        self._read_sheet_parts()
        self.read_worksheets()
        self.parser.assign_names()
        loaded = Loaded(self.wb, is_mended=self._is_mended)
        self._add_merges_and_values(loaded)
        return loaded

    def read_strings(self) -> None:
        """The shared texts; one with faulty formats is read without them."""
        manifest: Any = self.package
        found = manifest.find(SHARED_STRINGS)
        if found is None:
            return
        part = self._package.part(found.PartName[1:])
        mend = "Split the schedule into several workbooks"
        refuse_above(MAX_MARKUP, part.count(b"<"), "The table of texts of the workbook has {found} tags", mend)
        for count, node in enumerate(_texts(part), 1):
            self.shared_strings.append(_shared_text(node))
            refuse_above(MAX_TEXTS, count, "The workbook has more than {most} different texts", mend)

    def read_theme(self) -> None:
        """The theme, where it is well-formed: a broken one in an output would be answered by Excel's repair prompt."""
        try:
            super().read_theme()
            fromstring(self.wb.loaded_theme or "<none/>")
        except DAMAGED:
            self.wb.loaded_theme = None

    def _read_styles(self) -> None:
        if ARC_STYLE in self.valid_files:
            _stylesheet.apply_stylesheet(self._package, self.wb)

    def _read_sheet_parts(self) -> None:
        """Look through all sheets before any is read, so that what is too large costs little."""
        for sheet, relation in self.parser.find_sheets():
            name = str(sheet.name)
            if "chartsheet" in relation.Type:
                continue
            self._enter(name)
            if relation.target not in self.valid_files or any(relation.target == path for path, _ in self._parts):
                raise ValueError(relation.target)
            part = read_sheet_part(self._package.part(relation.target), name)
            self._counts.add(name, part)
            self._parts.append((relation.target, part))
            self._package.replaced[relation.target] = self._form(part)

    def _form(self, part: SheetPart) -> bytes:
        """The sheet as openpyxl is to read it."""
        return part.bare

    def _enter(self, name: str) -> None:
        self.sheet, self.at = name, f"its sheet \u201c{name}\u201d"

    def _add_merges_and_values(self, loaded: Loaded) -> None:
        for ws, (_, part) in zip(self.wb.worksheets, self._parts, strict=True):
            self._enter(ws.title)
            self._counts.add_cells(ws)
            _merge(ws, part.merges)
            for (row, col), (kind, text) in part.stored.items():
                value = _value(kind, text, self.shared_strings)
                if value is not None:
                    loaded.stored[ws.title, row, col] = value


class _BareReader(_Reader):
    """Reads what a schedule needs."""

    def read_workbook(self) -> None:
        """The workbook's sheets and names."""
        path = _excel._find_workbook_part(self.package).PartName[1:]
        self._package.replaced[path] = bare_workbook(self._package.read(path))
        super().read_workbook()
        self.wb.views = [BookView()]

    def _read_styles(self) -> None:
        if ARC_STYLE not in self.valid_files:
            return
        self._package.replaced[ARC_STYLE] = bare = bare_styles(self._package.read(ARC_STYLE))
        try:
            super()._read_styles()
        except DAMAGED:
            self._is_mended = True
            self._read_mended_styles(bare)

    def _read_mended_styles(self, bare: bytes) -> None:
        first, last = mended_styles(bare)
        self._package.replaced[ARC_STYLE] = first
        try:
            super()._read_styles()
        except DAMAGED:
            self._package.replaced[ARC_STYLE] = last
            super()._read_styles()

    def read_worksheets(self) -> None:
        """The cells of each sheet, its columns, rows and page set-up."""
        for sheet, relation in self.parser.find_sheets():
            if "chartsheet" in relation.Type:
                self.wb.create_chartsheet(sheet.name)
                continue
            self._enter(str(sheet.name))
            ws = self.wb.create_sheet(sheet.name)
            if ws.title != sheet.name:
                sentence = f"The workbook has two sheets that are called \u201c{sheet.name}\u201d."
                raise refusal("damaged-file", sentence, SAVE_AGAIN, str(sheet.name))
            bare = BareSheet(ws, self._package.replaced[relation.target], self.shared_strings)
            try:
                bare.read_cells()
            except DAMAGED:
                self.at += f", in or below row {bare.row},"
                raise
            bare.read_rest()
            ws.sheet_state = sheet.state


class _WholeReader(_Reader):
    """Reads all that openpyxl can read but charts that fill a sheet."""

    def _form(self, part: SheetPart) -> bytes:
        if part.has_area_links:
            raise ValueError("openpyxl makes a cell of each place that a link covers")
        return part.whole

    def read_chartsheet(self, sheet: Any, rel: Any) -> None:
        """A chart's sheet keeps its place only."""
        self.wb.create_chartsheet(sheet.name)


def _texts(part: bytes) -> Iterator[Any]:
    """The entries of the table of texts, by the parser in C: parts with definitions of their own were refused."""
    for _, node in iterparse(io.BytesIO(part)):  # noqa: S314  definitions of a file's own were refused before
        if node.tag == _TEXT:
            yield node
            node.clear()


def _shared_text(node: Any) -> Any:
    try:
        text = CellRichText.from_tree(node)
    except DAMAGED:
        return "".join(part.text or "" for part in node.iter(f"{{{SHEET_MAIN_NS}}}t"))
    if not text:
        return ""
    return text[0] if len(text) == 1 and isinstance(text[0], str) else text


def _merge(ws: Any, refs: list[str]) -> None:
    """Put merges back; of those that overlap, which Excel would want to repair, the first."""
    ranges: list[CellRange] = []
    covered: set[tuple[int, int]] = set()
    for ref in refs:
        area = CellRange(ref)
        cells = set(area.cells)
        if area.max_row <= MAX_ROW and area.max_col <= MAX_COLUMN and covered.isdisjoint(cells):
            covered |= cells
            ranges.append(area)
    if ranges:
        ws.merged_cells = MultiCellRange(ranges)


def _value(kind: str, text: str, strings: list[Any]) -> Value:
    """The value that a file holds beside a formula; None for an error and for what cannot be read."""
    try:
        if kind == "n":
            return number if math.isfinite(number := float(text)) else None
        if kind == "b":
            return bool(int(text))
        if kind == "e":
            return None
        if kind == "d":
            return float(_to_serial(_read_iso(text)))
        return unescape(str(strings[int(text)]) if kind == "s" else text)
    except DAMAGED:
        return None
