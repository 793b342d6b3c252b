"""The package of a workbook, checked and trimmed before openpyxl sees it.

openpyxl makes an object of each cell, so a sheet coloured down to row 1,048,576, or merged over all of its columns,
would take gigabytes and minutes.
"""

import io
import re
import zipfile
import zlib
from xml.etree.ElementTree import ParseError

from openpyxl.utils import column_index_from_string
from openpyxl.utils.exceptions import InvalidFileException

from estimate_core.domain.errors import NotASchedule

MAX_UNPACKED = 300 * 1024 * 1024
LARGE_PART = 1024 * 1024
"""Sheets smaller than this are left as they are."""
MAX_CELLS = 2_000_000
MAX_MERGED = 300_000

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    ParseError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    RuntimeError,
)
"""What openpyxl was seen to raise on files that are damaged, or made by programs that do not keep to the standard."""


_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_MERGE = re.compile(rb"<mergeCell [^>]*ref=\"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})\"")
_HOLDS = (b"<v>", b"<v ", b"<f>", b"<f ", b"<is>", b"<is ")
_ROW_END, _DATA_END = b"</row>", b"</sheetData>"


def checked_package(data: bytes) -> bytes:
    """The package of an .xlsx or .xlsm, its large sheets without the rows below their last value.

    Raises NotASchedule with a sentence for anything else, and for what is too large to read.
    """
    _refuse_other_files(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            _refuse_other_packages(package)
            sheets = [entry for entry in package.infolist() if _SHEET.fullmatch(entry.filename)]
            trimmed = {}
            for entry in sheets:
                sheet = package.read(entry)
                _refuse_large_merges(sheet)
                if len(sheet) > LARGE_PART:
                    trimmed[entry.filename] = _without_stray_rows(sheet)
            return _replaced(package, trimmed) if trimmed else data
    except DAMAGED as problem:
        raise NotASchedule(
            "The file is not an Excel workbook, or it is damaged. Open it in Excel, save it again as .xlsx and upload "
            "that."
        ) from problem


def _replaced(package: zipfile.ZipFile, parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for entry in package.infolist():
            target.writestr(entry.filename, parts.get(entry.filename) or package.read(entry))
    return stream.getvalue()


def _refuse_other_files(data: bytes) -> None:
    if data.startswith(_OLE_MAGIC):
        raise NotASchedule(
            "The file is password-protected or in the old .xls format. Open it in Excel, remove the password, save it "
            "as .xlsx and upload that."
        )


def _refuse_other_packages(package: zipfile.ZipFile) -> None:
    names = package.namelist()
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise NotASchedule("The file is a zip archive, but no Excel workbook. Choose an .xlsx or .xlsm file.")
    unpacked = sum(entry.file_size for entry in package.infolist())
    if unpacked > MAX_UNPACKED:
        raise NotASchedule(
            f"The workbook unpacks to {unpacked // 2**20:,} MB; the limit is {MAX_UNPACKED // 2**20} MB. Delete unused "
            "sheets and stray formatted rows, and upload it again."
        )


def _refuse_large_merges(sheet: bytes) -> None:
    merged = 0
    for found in _MERGE.finditer(sheet):
        first_col, first_row, last_col, last_row = (part.decode() for part in found.groups())
        cols = column_index_from_string(last_col) - column_index_from_string(first_col) + 1
        merged += cols * (int(last_row) - int(first_row) + 1)
    if merged > MAX_MERGED:
        raise NotASchedule(
            f"A sheet of the workbook merges {merged:,} cells; the limit is {MAX_MERGED:,}. Undo the merges that "
            "reach over whole rows or columns, and upload it again."
        )


def _without_stray_rows(sheet: bytes) -> bytes:
    end = sheet.rfind(_DATA_END)
    last_value = max(sheet.rfind(mark, 0, end) for mark in _HOLDS) if end >= 0 else -1
    row_end = sheet.find(_ROW_END, last_value, end) if last_value >= 0 else -1
    kept = sheet[: row_end + len(_ROW_END)] + sheet[end:] if row_end >= 0 else sheet
    if kept.count(b"<c ") > MAX_CELLS:
        raise NotASchedule(
            f"A sheet of the workbook has more than {MAX_CELLS:,} cells. Delete the rows and columns that are only "
            "formatted, or split the schedule, and upload it again."
        )
    return kept
