"""Rows of cells with text, and how they fall on pages. Lengths are millimetres."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from estimate_core.paper.pen import PAGE_HEIGHT, PAGE_WIDTH, Look, Pen

LEFT, RIGHT, TOP = 12.0, PAGE_WIDTH - 10.0, 12.0
WIDTH = RIGHT - LEFT
BOTTOM = PAGE_HEIGHT - 17.0
"""Where the rows end; the footer stands below."""
_ROOM = BOTTOM - TOP
_PAD = 0.8
_SIDE = 1.0
_LEAST_LINES = 4
_MOST_MOVED = 60.0
"""Height up to which a row goes to the next page as a whole instead of being broken."""


@dataclass(frozen=True)
class Cell:
    """Lines of printable text between `x` and `x + width`."""

    x: float
    width: float
    lines: tuple[str, ...]
    look: Look


@dataclass(frozen=True)
class Row:
    """Cells beside each other; `above` is free space, `ruled` rows have borders.

    A row that `keeps` does not part from the next one: a group's name from its first line, the grand total from the
    signatures. `headed` rows stand below the table's heading, which every page repeats for them.
    """

    cells: tuple[Cell, ...]
    ruled: bool = True
    keeps: bool = False
    headed: bool = True
    above: float = 0.0

    @cached_property
    def height(self) -> float:
        """From the end of the row before to its own end."""
        return self.above + 2 * _PAD + max(len(cell.lines) * cell.look.leading for cell in self.cells)

    @cached_property
    def least(self) -> float:
        """The height that it wants on the page where it begins."""
        some = self.above + 2 * _PAD + _LEAST_LINES * max(cell.look.leading for cell in self.cells)
        return self.height if self.height <= _MOST_MOVED else some


Page = list[Row]


def cell(pen: Pen, x: float, width: float, text: str, look: Look) -> Cell:
    """A cell with a text of any length."""
    return Cell(x, width, pen.broken(text, look, width - 2 * _SIDE), look)


def line_cell(pen: Pen, x: float, width: float, text: str, look: Look) -> Cell:
    """A cell with a text that is never broken, such as a number: where it is wide, it is written smaller."""
    return Cell(x, width, (pen.printable(text),), look)


def lay_out(rows: Sequence[Row], heading: Row | None = None) -> list[Page]:
    """The rows on pages, long ones broken, with the heading above the headed rows of each page."""
    laying = _Laying(heading)
    for at, row in enumerate(rows):
        laying.take(row, _needed(rows, at))
    return laying.pages


def _needed(rows: Sequence[Row], at: int) -> float:
    """The height that a row and those that it keeps want to find on one page."""
    needed = 0.0
    while rows[at].keeps and at + 1 < len(rows):
        needed += rows[at].height
        at += 1
    return needed + rows[at].least


class _Laying:
    def __init__(self, heading: Row | None) -> None:
        self.pages: list[Page] = [[]]
        self._heading = heading
        self._left = _ROOM
        self._is_headed = False

    def take(self, row: Row, needed: float) -> None:
        heading = self._missing_heading(row)
        if self.pages[-1] and needed + (heading.height if heading else 0.0) > self._left:
            self._turn()
        self._write_heading(row)
        piece, rest = _broken(row, self._left)
        self._place(piece)
        while rest:
            self._turn()
            self._write_heading(rest)
            piece, rest = _broken(rest, self._left)
            self._place(piece)

    def _missing_heading(self, row: Row) -> Row | None:
        return self._heading if row.headed and not self._is_headed else None

    def _write_heading(self, row: Row) -> None:
        if heading := self._missing_heading(row):
            self._place(heading)
            self._is_headed = True

    def _place(self, row: Row) -> None:
        self.pages[-1].append(row)
        self._left -= row.height

    def _turn(self) -> None:
        self.pages.append([])
        self._left, self._is_headed = _ROOM, False


def _broken(row: Row, room: float) -> tuple[Row, Row | None]:
    """The part of a row that fits into `room`, at least a line of it, and the rest."""
    if row.height <= room:
        return row, None
    within = room - row.above - 2 * _PAD
    fits = [max(1, int(within / cell.look.leading)) for cell in row.cells]
    first = tuple(replace(cell, lines=cell.lines[:n]) for cell, n in zip(row.cells, fits, strict=True))
    rest = tuple(replace(cell, lines=cell.lines[n:]) for cell, n in zip(row.cells, fits, strict=True))
    if not any(cell.lines for cell in rest):
        return row, None
    return replace(row, cells=first), replace(row, cells=rest, above=0.0)


def draw(pen: Pen, page: Page) -> None:
    """Write the rows of a page, from its top."""
    y, was_ruled = TOP, False
    for row in page:
        bottom = y + row.height
        y += row.above
        for one in row.cells:
            for number, line in enumerate(one.lines):
                top = y + _PAD + number * one.look.leading
                pen.write(one.x + _SIDE, top, one.width - 2 * _SIDE, line, one.look)
        if row.ruled:
            _rule(pen, row, y, bottom, was_ruled)
        y, was_ruled = bottom, row.ruled


def _rule(pen: Pen, row: Row, top: float, bottom: float, below_another: bool) -> None:
    if not below_another:
        pen.line(LEFT, top, RIGHT, top)
    pen.line(LEFT, bottom, RIGHT, bottom)
    for x in (*(one.x for one in row.cells), RIGHT):
        pen.line(x, top, x, bottom)
