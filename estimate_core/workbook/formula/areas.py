"""The areas that formulas refer to: which cells they cover, which of these are formulas, and their values."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from estimate_core.domain.formula_values import LARGE, Area, NotComputable, Value
from estimate_core.workbook.formula.grids import CannotCompute, Cell, Formula, Grids
from estimate_core.workbook.formula.references import MAX_COLUMN, MAX_ROW, Reference

_MOST_KEPT = 5_000_000  # cells of large areas in all
_MOST_RUNNING = 8  # columns of running totals side by side


@dataclass(frozen=True, slots=True)
class Block:
    """The cells that a reference covers: its full size, and how much of it the sheet uses."""

    sheet: str
    row: int
    col: int
    height: int
    width: int
    used_height: int
    used_width: int

    @property
    def size(self) -> int:
        """The number of cells that the sheet uses of it."""
        return self.used_height * self.used_width


class Work:
    """Counts what computing takes, so that a workbook made to keep us busy is told instead."""

    def __init__(self, most: int) -> None:
        self._left = most

    def charge(self, cells: int) -> None:
        """Count cells that are read; raises NotComputable where they are more than `most` in all."""
        if cells > self._left:
            raise NotComputable("the formulas of the workbook read more cells in all than can be computed")
        self._left -= cells


class Areas:
    """Finds and reads the areas of grids; `known` gives the value of a cell that is computed."""

    def __init__(self, grids: Grids, known: Callable[[Cell], Value], work: Work) -> None:
        self._grids, self._known, self._work = grids, known, work
        self._spelling = {name.casefold(): name for name in grids.sheets}
        self._used: dict[str, tuple[int, int]] = {}
        self._formulas: dict[str, dict[int, list[int]]] = {}
        self._blocks: dict[tuple[str, str], Block] = {}
        self._areas: dict[Block, Area] = {}
        self._read_before: set[Block] = set()
        self._kept = 0
        self._running: dict[tuple[str, int, int, int], Area] = {}  # by corner and width, the last that was read

    def sheet(self, name: str) -> str:
        """A sheet's name as the grids spell it; raises CannotCompute where there is none."""
        spelt = self._spelling.get(name.casefold())
        if spelt is None:
            raise CannotCompute(f"it refers to the sheet {name}, which is not in the workbook")
        return spelt

    def block(self, ref: Reference, sheet: str) -> Block:
        """The cells of a reference in a formula of a sheet; raises CannotCompute."""
        block = self._blocks.get((ref.text, sheet))
        if block is None:
            block = self._blocks[ref.text, sheet] = self._find_block(ref, sheet)
        return block

    def charge(self, block: Block) -> None:
        """Count the formulas that a block needs; raises NotComputable where it all takes too long."""
        if block.size > LARGE:
            self._work.charge(sum(len(rows) for _, rows in self._waiting_for(block)))

    def formulas_in(self, block: Block) -> Iterator[Cell]:
        """The cells of a block that are formulas, but for those that were read already."""
        cells = self._grids.sheets[block.sheet]
        if block.height == block.width == 1:  # by far the most
            if isinstance(cells.get((block.row, block.col)), Formula):
                yield (block.sheet, block.row, block.col)
            return
        for col, rows in self._waiting_for(block):
            for row in rows:
                if isinstance(cells.get((row, col)), Formula):  # not frozen by now
                    yield (block.sheet, row, col)

    def read(self, block: Block) -> Area:
        """The values of a block whose formulas are computed; raises NotComputable where it all takes too long.

        A large area is kept once it is read again.
        """
        if block.size <= LARGE:
            return Area(self._rows(block, 0), block.height, block.width)
        area = self._areas.get(block)
        if area is None:
            area = self._read_large(block)
            if block in self._read_before and self._kept + block.size <= _MOST_KEPT:
                self._areas[block] = area
                self._kept += block.size
            self._read_before.add(block)
        return area

    def _read_large(self, block: Block) -> Area:
        before = self._rows_before(block)
        self._work.charge((block.used_height - len(before)) * block.used_width)
        area = Area(before + self._rows(block, len(before)), block.height, block.width)
        key = (block.sheet, block.row, block.col, block.width)
        self._running.pop(key, None)
        self._running[key] = area
        if len(self._running) > _MOST_RUNNING:
            del self._running[next(iter(self._running))]
        return area

    def _rows_before(self, block: Block) -> tuple[tuple[Value, ...], ...]:
        """The rows that the formula above read: each of a column of running totals reads one more than that."""
        area = self._running.get((block.sheet, block.row, block.col, block.width))
        return area.rows if area is not None and len(area.rows) <= block.used_height else ()

    def _waiting_for(self, block: Block) -> Iterator[tuple[int, list[int]]]:
        """The rows of formulas that may not be computed yet, by column."""
        if block in self._areas:
            return
        first, last = block.row + len(self._rows_before(block)), block.row + block.height - 1
        for col, rows in self._formula_rows(block.sheet).items():
            if block.col <= col < block.col + block.width:
                yield col, rows[bisect_left(rows, first) : bisect_right(rows, last)]

    def _find_block(self, ref: Reference, sheet: str) -> Block:
        if ref.is_external:
            raise CannotCompute(f"it refers to another workbook ({ref.text})")
        where = self.sheet(ref.sheet) if ref.sheet else sheet
        row, height = _span(ref.first_row, ref.last_row, MAX_ROW)
        col, width = _span(ref.first_col, ref.last_col, MAX_COLUMN)
        rows, cols = self._used_size(where)
        used_height, used_width = min(height, max(rows - row + 1, 0)), min(width, max(cols - col + 1, 0))
        return Block(where, row, col, height, width, used_height, used_width)

    def _used_size(self, sheet: str) -> tuple[int, int]:
        if sheet not in self._used:
            filled = [place for place, content in self._grids.sheets[sheet].items() if content is not None]
            rows, cols = (
                max((row for row, _ in filled), default=0),
                max((col for _, col in filled), default=0),
            )
            self._used[sheet] = (rows, cols)
        return self._used[sheet]

    def _formula_rows(self, sheet: str) -> dict[int, list[int]]:
        """The rows of a sheet's formulas in order, by column."""
        if sheet not in self._formulas:
            columns: dict[int, list[int]] = {}
            places = (place for place, content in self._grids.sheets[sheet].items() if isinstance(content, Formula))
            for row, col in sorted(places):
                columns.setdefault(col, []).append(row)
            self._formulas[sheet] = columns
        return self._formulas[sheet]

    def _rows(self, block: Block, first: int) -> tuple[tuple[Value, ...], ...]:
        """The values of a block from a row of it on, counted from 0."""
        places = range(block.col, block.col + block.used_width)
        return tuple(
            tuple([self._known((block.sheet, row, col)) for col in places])
            for row in range(block.row + first, block.row + block.used_height)
        )


def _span(first: int | None, last: int | None, most: int) -> tuple[int, int]:
    """Give where rows or columns begin and how many they are; none stands for all."""
    one, two = sorted((first or 1, last or most))
    return one, two - one + 1
