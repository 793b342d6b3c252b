"""One sheet, bared of what a schedule does not need, made into a worksheet of openpyxl.

openpyxl's own reader is used but for its loop over the XML, which goes through a parser in Python: here the one in C
reads, since every part was refused that brings definitions of its own.
"""

import io
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import iterparse

from openpyxl.worksheet import _reader
from openpyxl.xml.constants import SHEET_MAIN_NS

from estimate_core.workbook.reading.intake import DAMAGED
from estimate_core.workbook.reading.sheet_part import AFTER, BEFORE

_base: Any = _reader
_ROW, _COLUMN, _FORMULA = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("row", "col", "f"))
_KINDS = {f"{{{SHEET_MAIN_NS}}}{name}": kind for name, kind in (BEFORE | AFTER).items() if kind is not None}
_ATTRIBUTES = {
    f"{{{SHEET_MAIN_NS}}}{name}": attribute
    for name, attribute in (
        ("sheetPr", "sheet_properties"),
        ("sheetFormatPr", "sheet_format"),
        ("printOptions", "print_options"),
        ("pageMargins", "page_margins"),
        ("pageSetup", "page_setup"),
    )
}


class BareSheet:
    """Reads a bared sheet into `ws`; `row` is the row that it is at."""

    def __init__(self, ws: Any, part: bytes, strings: list[Any]) -> None:
        self._reader: Any = _base.WorksheetReader(ws, io.BytesIO(part), strings, False, True)
        workbook = ws.parent
        self._reader.parser = _Parser(
            io.BytesIO(part),
            strings,
            epoch=workbook.epoch,
            date_formats=workbook._date_formats,
            timedelta_formats=workbook._timedelta_formats,
            rich_text=True,
        )
        self._styles = len(workbook._cell_styles)

    @property
    def row(self) -> int:
        """The number of the row that is read, or was read last."""
        return max(int(self._reader.parser.row_counter), 1)

    def read_cells(self) -> None:
        """The cells; raises what openpyxl raises."""
        self._reader.bind_cells()

    def read_rest(self) -> None:
        """Columns, rows and page set-up; a column or row of a style that is not there has none."""
        parser = self._reader.parser
        for key, known in (("style", parser.column_dimensions), ("s", parser.row_dimensions)):
            for attributes in known.values():
                if not 0 <= int(attributes.get(key, 0)) < self._styles:
                    del attributes[key]
        self._reader.bind_col_dimensions()
        self._reader.bind_row_dimensions()
        self._reader.bind_properties()


class _Parser(_base.WorkSheetParser):  # type: ignore[misc]
    """openpyxl's parser for what a bared sheet has."""

    def parse(self) -> Iterator[Any]:
        """Each row with its cells."""
        for _, element in iterparse(self.source):  # noqa: S314  as in `loading`
            tag = element.tag
            if tag == _ROW:
                row = self.parse_row(element)
                element.clear()
                yield row
            elif tag == _COLUMN:
                self.parse_column_dimensions(element)
            elif tag in _KINDS:
                setattr(self, _ATTRIBUTES[tag], _KINDS[tag].from_tree(element))

    def parse_formula(self, element: Any) -> Any:
        """A formula; a shared one that openpyxl cannot translate as it is written: only its own cell is lost then."""
        try:
            return super().parse_formula(element)
        except DAMAGED:
            return f"={element.findtext(_FORMULA) or ''}"
