"""Rows that are formatted and hold nothing, often down to row 1,048,576, cut off before openpyxl sees them.

openpyxl makes an object of each cell, so a sheet coloured to its end would take gigabytes and minutes.
"""

import io
import re
import zipfile

from estimate_core.domain.errors import NotASchedule

LARGE_PART = 1024 * 1024
"""Sheets smaller than this are left as they are."""
MAX_CELLS = 2_000_000

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_HOLDS = (b"<v>", b"<v ", b"<f>", b"<f ", b"<is>", b"<is ")
_ROW_END, _DATA_END = b"</row>", b"</sheetData>"


def without_stray_rows(data: bytes) -> bytes:
    """The package with the rows below the last value of each large sheet taken out; the same bytes if none is large.

    Raises NotASchedule where more than two million cells remain.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        large = {entry.filename for entry in package.infolist() if is_large_sheet(entry)}
        if not large:
            return data
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            for entry in package.infolist():
                part = package.read(entry)
                target.writestr(entry.filename, _cut(part) if entry.filename in large else part)
    return stream.getvalue()


def is_large_sheet(entry: zipfile.ZipInfo) -> bool:
    """Whether a part is a sheet that is worth looking at."""
    return entry.file_size > LARGE_PART and _SHEET.fullmatch(entry.filename) is not None


def _cut(sheet: bytes) -> bytes:
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
