"""A block of a schedule as its sheet shows it: plain data for a page to draw and for a file to keep."""

from dataclasses import dataclass
from typing import NamedTuple


class Column(NamedTuple):
    """A column of the sheet; its width counts characters, as Excel does."""

    letter: str
    width: float
    hidden: bool


class Look(NamedTuple):
    """How a cell looks; colours are like `#ffff00`, or empty where the sheet sets none.

    `horizontal` is left, center, right or justify; `vertical` is top, middle or bottom.
    """

    fill: str = ""
    colour: str = ""
    bold: bool = False
    italic: bool = False
    underlined: bool = False
    struck: bool = False
    horizontal: str = "left"
    vertical: str = "bottom"
    wraps: bool = False
    bordered: bool = False


class DrawnCell(NamedTuple):
    """A cell that shows something: `column` counts from 1, `look` is a place in the drawing's looks.

    `columns` and `rows` are what a merge spans; `formula` begins with `=`, or is empty.
    """

    column: int
    text: str
    look: int
    columns: int = 1
    rows: int = 1
    formula: str = ""


class DrawnRow(NamedTuple):
    """A row by its number in the sheet; the height is in points, None where the row adjusts itself."""

    row: int
    height: float | None
    hidden: bool
    cells: tuple[DrawnCell, ...]


@dataclass(frozen=True)
class Drawing:
    """Columns A to J of one block; `left_out` rows below are not drawn. A schedule's blocks share columns and looks."""

    columns: tuple[Column, ...]
    looks: tuple[Look, ...]
    rows: tuple[DrawnRow, ...]
    left_out: int = 0
