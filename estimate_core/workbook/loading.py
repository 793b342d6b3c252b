"""Opens a checked package: openpyxl's workbook, the values that the file holds beside its formulas, its merges.

openpyxl empties the cells that a merge covers, though Excel reckons with what stands there; so it is shown sheets
without merges, and they are put back afterwards. The stored values are read beside it, which takes a fraction of a
second reading of the whole workbook.
"""

import io
import re
import warnings
import zipfile
from dataclasses import dataclass
from typing import IO, Any, BinaryIO
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError, ParserCreate

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.datetime import from_ISO8601, to_excel
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.cell_range import CellRange, MultiCellRange
from openpyxl.xml.functions import fromstring

from estimate_core.domain.errors import NotASchedule
from estimate_core.domain.formula_values import Value
from estimate_core.workbook.intake import DAMAGED, checked_package

Place = tuple[str, int, int]
"""(sheet, row, column), rows and columns from 1."""

_MERGES = re.compile(rb"<mergeCells\b[^>]*>(.*?)</mergeCells>", re.DOTALL)
_MERGE = re.compile(rb"<mergeCell\b[^>]*?\bref=[\"']([A-Z]+[0-9]+:[A-Z]+[0-9]+)[\"']")
_read_iso: Any = from_ISO8601
_to_serial: Any = to_excel


@dataclass
class Loaded:
    """A workbook as openpyxl gives it, and what its file holds as the value of each formula (errors left out)."""

    workbook: Any
    stored: dict[Place, Value]


def load(stream: BinaryIO) -> Loaded:
    """Open an .xlsx or .xlsm; NotASchedule with a sentence where it is none or is damaged."""
    data = checked_package(stream.read())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells what it leaves out, which the output leaves out anyway
            return _opened(data)
    except (*DAMAGED, ExpatError) as problem:
        raise NotASchedule(
            "The file could not be read as an Excel workbook; it seems to be damaged. Open it in Excel, save it "
            "again as .xlsx and upload that."
        ) from problem


class _WithoutMerges(zipfile.ZipFile):
    """A package whose sheets are read without their merges, which are kept in `merges` by part."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.merges: dict[str, list[str]] = {}

    def open(self, name: Any, mode: Any = "r", *arguments: Any, **options: Any) -> IO[bytes]:
        """A part for reading; a sheet without its merges."""
        path = name if isinstance(name, str) else name.filename
        stream = super().open(name, mode, *arguments, **options)
        if "/worksheets/" not in path or path.endswith(".rels"):
            return stream
        with stream:
            return io.BytesIO(self._without_merges(path, stream.read()))

    def _without_merges(self, path: str, sheet: bytes) -> bytes:
        found = _MERGES.search(sheet)
        if found is None:
            return sheet
        self.merges[path] = [ref.decode() for ref in _MERGE.findall(found[1])]
        return sheet[: found.start()] + sheet[found.end() :]


def _opened(data: bytes) -> Loaded:
    reader = ExcelReader(io.BytesIO(data), keep_links=False, rich_text=True)
    with _WithoutMerges(data) as package:
        reader.archive = package
        reader.read()
    workbook = reader.wb
    stored: dict[Place, Value] = {}
    parts = set(package.namelist())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for sheet, relation in reader.parser.find_sheets():
            if relation.target not in parts or sheet.name not in workbook or "chartsheet" in relation.Type:
                continue
            _merge(workbook[sheet.name], package.merges.get(relation.target, []))
            with archive.open(relation.target) as part:
                found = _StoredValues(reader.shared_strings).read(part)
            stored |= {(sheet.name, *at): value for at, value in found.items()}
    _drop_broken_theme(workbook)
    return Loaded(workbook, stored)


def _merge(ws: Any, refs: list[str]) -> None:
    if refs:
        ws.merged_cells = MultiCellRange([CellRange(ref) for ref in refs])


def _drop_broken_theme(workbook: Any) -> None:
    """A theme that is not well-formed must not reach an output, which Excel would want to repair."""
    try:
        fromstring(workbook.loaded_theme or "<none/>")
    except (ParseError, ValueError, LookupError):
        workbook.loaded_theme = None


class _StoredValues:
    """Collects the value that a sheet's part holds for each formula; a cell without an address follows the last.

    The part has been read by openpyxl, which refuses what XML can do harm with.
    """

    def __init__(self, strings: list[Any]) -> None:
        self.found: dict[tuple[int, int], Value] = {}
        self._strings = strings
        self._row = self._col = 0
        self._type, self._text, self._is_formula = "n", "", False
        self._parser = ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def read(self, part: IO[bytes]) -> dict[tuple[int, int], Value]:
        """The values by (row, column)."""
        self._parser.ParseFile(part)
        return self.found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            at = attributes.get("r")
            self._row, self._col = coordinate_to_tuple(at) if at else (self._row, self._col + 1)
            self._type, self._text, self._is_formula = attributes.get("t", "n"), "", False
        elif local == "f":
            self._is_formula = True
        elif local == "v" and self._is_formula:
            self._parser.CharacterDataHandler = self._data
        elif local == "row":
            self._row, self._col = int(float(attributes.get("r", self._row + 1))), 0

    def _data(self, text: str) -> None:
        self._text += text

    def _end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local == "v":
            self._parser.CharacterDataHandler = None
        elif local == "c" and self._text:
            value = _value(self._type, self._text, self._strings)
            if value is not None:
                self.found[self._row, self._col] = value


def _value(kind: str, text: str, strings: list[Any]) -> Value:
    if kind == "n":
        return float(text)
    if kind == "b":
        return bool(int(text))
    if kind == "e":
        return None
    if kind == "d":
        return float(_to_serial(_read_iso(text)))
    return unescape(str(strings[int(text)]) if kind == "s" else text)
