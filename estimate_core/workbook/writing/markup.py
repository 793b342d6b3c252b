"""Values and texts as the XML of a sheet, and the room that text takes in a cell."""

import re
from functools import lru_cache
from math import ceil
from textwrap import wrap
from typing import Any
from xml.sax.saxutils import escape

from openpyxl.cell.rich_text import TextBlock
from openpyxl.xml.functions import tostring

from estimate_core.domain.formula_values import ExcelError, Value

RUPEES = r"[<99999.995]#,##0.00;[<9999999.995]##\,##\,##0.00;##\,##\,##\,##0.00"
"""Lakh and crore grouping that Excel and LibreOffice both show right, up to 100 crore and down to minus 1 lakh."""

MAX_HEIGHT = 409.0
NORMAL_SIZE = 11.0
_TEXT_PER_DIGIT = 1.1
_ESCAPE_LIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_XML_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text_height(text: str, width: float, size: float) -> float:
    """The height in points that wrapped text takes in a column `width` characters wide, no more than a row can have.

    The font has `size` points.
    """
    return min(whole_height(text, width, size), MAX_HEIGHT)


@lru_cache(maxsize=20_000)
def whole_height(text: str, width: float, size: float) -> float:
    """The height in points that wrapped text takes, be it more than a row can have.

    Column widths count digits of the workbook's 11-point font; in running text more characters than digits fit.
    """
    per_line = max(int(width * _TEXT_PER_DIGIT * NORMAL_SIZE / size), 1)
    lines = sum(max(1, len(wrap(line, per_line))) for line in text.split("\n"))
    return lines * line_height(size)


def line_height(size: float) -> float:
    """The height in points of one line in a font of `size` points, as Excel sets it."""
    return float(ceil(size * 1.34))


def number_text(value: float) -> str:
    """A number as a stored value: shortest text that gives the same double."""
    return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def height_attribute(points: float | None) -> str:
    """The height of a row as its attribute; no attribute where the row adjusts itself."""
    return "" if points is None else f' ht="{min(points, MAX_HEIGHT):g}"'


def type_attribute(value: Value, of_formula: bool = False) -> str:
    """The attribute that tells the type of a stored value."""
    if isinstance(value, bool):
        return ' t="b"'
    if isinstance(value, ExcelError):
        return ' t="e"'
    return ' t="str"' if isinstance(value, str) and of_formula else ""


def stored_value(value: Value) -> str:
    """The `<v>` element of a value, nothing for an empty one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return f"<v>{int(value)}</v>"
    if isinstance(value, ExcelError):
        return f"<v>{value.code}</v>"
    return f"<v>{number_text(value) if isinstance(value, float) else text_xml(value)}</v>"


def text_xml(text: str) -> str:
    """A text as XML that is read back as the same text.

    A bare CR would come back as a line feed, and `_x0041_` as an A.
    """
    return escape(_XML_FORBIDDEN.sub("", as_typed(text)), {"\r": "&#13;"})


def as_typed(text: str) -> str:
    """Text as readers of workbooks give it back, although it looks like an escape: `_x0041_` would become an A."""
    return _ESCAPE_LIKE.sub("_x005F_", text)


def text_cell(text: str) -> str:
    """The rest of a cell that holds a text, after its reference and style."""
    return f' t="inlineStr"><is><t xml:space="preserve">{text_xml(text)}</t></is></c>'


def allowed(text: str) -> str:
    """The text without the characters that XML forbids."""
    return _XML_FORBIDDEN.sub("", text)


def plain_text(text: str, length: int) -> str:
    """A text for openpyxl to write, at most `length` characters: it is read back as the same text, lines by LF."""
    lines = allowed(text).replace("\r\n", "\n").replace("\r", "\n")
    return as_typed(lines if len(lines) <= length else lines[: length - 1] + "\u2026")


def run_xml(run: str | TextBlock) -> str:
    """A run of a rich text, its escapes as the file has them."""
    if isinstance(run, TextBlock):
        return xml_text(run.to_tree())
    return f'<r><t xml:space="preserve">{escape(allowed(run))}</t></r>'


def xml_text(tree: Any) -> str:
    """An element of openpyxl as text."""
    data: Any = tostring(tree)
    return bytes(data).decode("utf-8")
