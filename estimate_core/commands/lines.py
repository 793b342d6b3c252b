"""LINES.csv: the items of an estimate and their quantities, as programs write such files."""

import csv
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from estimate_core.commands.files import read_bytes
from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import MAX_LINES, Line
from estimate_core.domain.schedule import Schedule
from estimate_core.domain.written_lines import read_all, read_line

_COLUMNS = ("item", "quantity", "unit")

Row = tuple[int, list[str]]
"""The number of a line of LINES.csv and its fields."""


def read_lines(path: Path, schedule: Schedule) -> tuple[Line, ...]:
    """The lines of LINES.csv; BadInput tells of every line that cannot be used, up to 20."""
    (header_at, header), *rows = list(_rows(path)) or [(1, [])]
    columns = _columns(f"{path} line {header_at}", header)
    if not rows:
        raise BadInput(f"{path} has no lines below its header. Write an item and its quantity on each.")
    if len(rows) > MAX_LINES:
        raise BadInput(f"{path} line {rows[MAX_LINES][0]}: An estimate takes at most {MAX_LINES:,} lines. Make two.")
    written = ((f"{path} line {number}", fields) for number, fields in rows)
    return read_all(written, partial(_line, schedule, columns))


def _rows(path: Path) -> Iterator[Row]:
    """(line number, fields) of each record that is not blank; a record over several lines has its first's number."""
    reader = csv.reader(io.StringIO(_decoded(path, read_bytes(path)), newline=""), strict=True)
    number = 1
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                yield number, [field.strip() for field in fields]
            number = reader.line_num + 1
    except csv.Error as problem:
        raise BadInput(f"{path} line {number}: This is not CSV ({problem}). Check its quotation marks.") from problem


def _decoded(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        number = data.count(b"\n", 0, problem.start) + 1
        raise BadInput(f"{path} line {number}: The text is not UTF-8. Save the file as CSV UTF-8.") from problem


def _columns(place: str, header: list[str]) -> tuple[str, ...]:
    """The columns of LINES.csv in the order of its header."""
    columns = tuple(title.casefold() for title in header)
    for required in ("item", "quantity"):
        if required not in columns:
            raise BadInput(f"{place}: The header has no column {required}. Begin the file with item,quantity,unit.")
    unknown = [title for at, title in enumerate(columns) if title not in _COLUMNS or title in columns[:at]]
    if unknown:
        raise BadInput(
            f"{place}: The header has the column \u201c{unknown[0][:40]}\u201d, which is unknown or there twice. "
            "Keep item, quantity and unit."
        )
    return columns


def _line(schedule: Schedule, columns: tuple[str, ...], line_id: str, fields: list[str]) -> Line:
    if len(fields) > len(columns):
        raise BadInput(
            f"The line has {len(fields)} columns, and the header {len(columns)}. Put a text that holds a comma "
            "in quotation marks."
        )
    record = dict.fromkeys(_COLUMNS, "") | dict(zip(columns, fields, strict=False))
    return read_line(schedule, line_id, record["item"], record["quantity"], record["unit"])
