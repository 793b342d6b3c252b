"""Computes the formulas of a workbook's sheets, cell by cell on demand, with Excel's meaning."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from openpyxl.utils.cell import get_column_letter

from estimate_core.domain.formula_values import Area, Argument, ExcelError, NotComputable, Value, scalar
from estimate_core.workbook.formula_program import Program, compile_formula, run_program
from estimate_core.workbook.references import (
    MAX_COLUMN,
    MAX_ROW,
    Reference,
    UnreadableFormula,
    quote_sheet,
)


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell's formula, without the leading `=`."""

    text: str


Content = float | str | bool | None | ExcelError | Formula
Cell = tuple[str, int, int]  # sheet as it is spelt in Grids, row, column; 1-based


@dataclass
class Grids:
    """The cells that a calculator reads, and the defined names, lower-cased, with their text without `=`.

    A name that belongs to one sheet stands under f"{sheet.lower()}!{name.lower()}".
    """

    sheets: dict[str, dict[tuple[int, int], Content]]
    names: dict[str, str] = field(default_factory=dict)


class CannotCompute(Exception):
    """A cell that cannot be computed; `reason` is a clause for a person: `it refers to itself ...`.

    `cell` is where it began: another cell where the fault lies in one that was needed.
    """

    def __init__(self, reason: str, cell: Cell | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cell = cell


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: str
    cell: Cell  # where it began


@dataclass(frozen=True, slots=True)
class _Block:
    """The cells that a reference covers: its full size, and how much of it the sheet uses."""

    sheet: str
    row: int
    col: int
    height: int
    width: int
    used_height: int
    used_width: int


@dataclass(frozen=True, slots=True)
class _Begun:
    """A formula that waits for the cells that it needs."""

    program: Program
    needs: list[Cell]


_MAX_NAMES = 20  # how many defined names may stand for one another in a row
_MOST_KEPT = 5_000_000  # cells of such areas in all
_LARGE = 64  # areas of more cells are kept, because the next formula may read them again


class Calculator:
    """Computes cells of grids that do not change; every cell is computed once."""

    def __init__(self, grids: Grids) -> None:
        self._grids = grids
        self._spelling = {name.casefold(): name for name in grids.sheets}
        self._names = {name.lower(): text for name, text in grids.names.items()}
        self._used: dict[str, tuple[int, int]] = {}
        self._results: dict[Cell, Value | _Failure] = {}
        self._blocks_by_text: dict[tuple[str, str], _Block] = {}
        self._areas: dict[_Block, Area] = {}
        self._read_before: set[_Block] = set()
        self._kept = 0
        self._name_values: dict[tuple[str, str], Argument] = {}

    def value(self, sheet: str, row: int, col: int) -> Value:
        """Give a cell's value, an error value too; raises CannotCompute."""
        cell = (self._sheet(sheet), row, col)
        content = self._content(cell)
        if not isinstance(content, Formula):
            return content
        if cell not in self._results:
            self._compute(cell)
        result = self._results[cell]
        if isinstance(result, _Failure):
            raise CannotCompute(_reason(cell, result), result.cell)
        return result

    def freeze(self, values: Mapping[Cell, Value]) -> None:
        """Give cells that cannot be computed their values; what failed because of them can be tried again."""
        for (sheet, row, col), value in values.items():
            self._grids.sheets[sheet][row, col] = value
        self._results = {at: known for at, known in self._results.items() if not isinstance(known, _Failure)}

    # --- cells --------------------------------------------------------------------------------------------

    def _sheet(self, name: str) -> str:
        spelt = self._spelling.get(name.casefold())
        if spelt is None:
            raise CannotCompute(f"it refers to the sheet {name}, which is not in the workbook")
        return spelt

    def _content(self, cell: Cell) -> Content:
        content = self._grids.sheets[cell[0]].get((cell[1], cell[2]))
        if type(content) is int:
            return float(content)
        if type(content) is float and not math.isfinite(content):  # a file may hold 1E400
            return ExcelError.NUM
        return content

    def _compute(self, start: Cell) -> None:
        """Compute a cell after all that it needs, with a stack of our own: chains may be very long."""
        waiting, path = [start], dict[Cell, _Begun]()  # path: in order, each needs the next
        while waiting:
            cell = waiting[-1]
            if cell in self._results:
                path.pop(waiting.pop(), None)
            elif cell in path:
                self._finish(cell, path[cell])
            else:
                self._begin(cell, path, waiting)

    def _begin(self, cell: Cell, path: dict[Cell, _Begun], waiting: list[Cell]) -> None:
        content = self._content(cell)
        assert isinstance(content, Formula)  # only formulas wait
        try:
            program = compile_formula(content.text)
            needs = list(self._needs(program, cell[0]))
        except (CannotCompute, NotComputable, UnreadableFormula) as error:
            self._results[cell] = _Failure(error.reason, cell)
            return
        path[cell] = _Begun(program, needs)
        circle = next((need for need in needs if need in path), None)
        if circle is not None:
            members = list(path)
            self._fail_circle(members[members.index(circle) :])
            return
        waiting.extend(need for need in needs if need not in self._results)

    def _needs(self, program: Program, sheet: str) -> Iterator[Cell]:
        for block in self._blocks(program, sheet, _MAX_NAMES, set()):
            if block.used_height * block.used_width > _LARGE and block in self._areas:
                continue
            cells = self._grids.sheets[block.sheet]
            if block.height == block.width == 1:  # by far the most
                if isinstance(cells.get((block.row, block.col)), Formula):
                    yield (block.sheet, block.row, block.col)
                continue
            for row in range(block.row, block.row + block.used_height):
                for col in range(block.col, block.col + block.used_width):
                    if isinstance(cells.get((row, col)), Formula):
                        yield (block.sheet, row, col)

    def _fail_circle(self, circle: list[Cell]) -> None:
        count = len(circle)
        for at, cell in enumerate(circle):
            names = [describe(circle[(at + step) % count]) for step in range(min(count, 4))]
            way = " -> ".join([*names, *(["..."] if count > 4 else []), names[0]])
            self._results[cell] = _Failure(f"it refers to itself through {way}", cell)

    def _finish(self, cell: Cell, begun: _Begun) -> None:
        """Run a cell's program; all that it needs is computed, or has failed."""
        results = (self._results[need] for need in begun.needs)
        failure = next((result for result in results if isinstance(result, _Failure)), None)
        if failure is not None:
            self._results[cell] = failure
            return
        try:
            value = scalar(run_program(begun.program, lambda ref: self._fetch(ref, cell[0], _MAX_NAMES)))
            self._results[cell] = 0.0 if value is None else value
        except (CannotCompute, NotComputable) as error:
            self._results[cell] = _Failure(error.reason, cell)

    # --- references ---------------------------------------------------------------------------------------

    def _blocks(self, program: Program, sheet: str, names: int, seen: set[str]) -> Iterator[_Block]:
        for ref in program.references:
            if ref.kind != "name":
                yield self._block(ref, sheet)
            elif ref.text not in seen:
                yield from self._blocks(self._named(ref, sheet, names), sheet, names - 1, seen)
                seen.add(ref.text)  # names that use one another twice would take for ever otherwise

    def _named(self, ref: Reference, sheet: str, names: int) -> Program:
        """Find and compile the text of a defined name, the sheet's own before the workbook's."""
        if ref.is_external:
            raise CannotCompute(f"it refers to another workbook ({ref.text})")
        name = (ref.name or "").lower()
        scope = self._sheet(ref.sheet) if ref.sheet else sheet
        text = self._names.get(f"{scope.lower()}!{name}", self._names.get(name))
        if text is None:
            raise CannotCompute(f"it uses the name {ref.name}, which is not in the workbook")
        if not names:
            raise CannotCompute(f"it uses the name {ref.name}, which stands for too many other names")
        program = compile_formula(text.removeprefix("="))
        if not all(one.is_absolute for one in program.references):
            raise CannotCompute(f"it uses the name {ref.name}, which means another cell in each place")
        return program

    def _block(self, ref: Reference, sheet: str) -> _Block:
        block = self._blocks_by_text.get((ref.text, sheet))
        if block is None:
            block = self._blocks_by_text[ref.text, sheet] = self._find_block(ref, sheet)
        return block

    def _find_block(self, ref: Reference, sheet: str) -> _Block:
        if ref.is_external:
            raise CannotCompute(f"it refers to another workbook ({ref.text})")
        where = self._sheet(ref.sheet) if ref.sheet else sheet
        row, height = _span(ref.first_row, ref.last_row, MAX_ROW)
        col, width = _span(ref.first_col, ref.last_col, MAX_COLUMN)
        rows, cols = self._used_size(where)
        used_height, used_width = min(height, max(rows - row + 1, 0)), min(width, max(cols - col + 1, 0))
        return _Block(where, row, col, height, width, used_height, used_width)

    def _used_size(self, sheet: str) -> tuple[int, int]:
        if sheet not in self._used:
            filled = [place for place, content in self._grids.sheets[sheet].items() if content is not None]
            rows, cols = (
                max((row for row, _ in filled), default=0),
                max((col for _, col in filled), default=0),
            )
            self._used[sheet] = (rows, cols)
        return self._used[sheet]

    def _fetch(self, ref: Reference, sheet: str, names: int) -> Argument:
        if ref.kind == "name":
            key = (ref.text, sheet)
            if key not in self._name_values:
                program = self._named(ref, sheet, names)
                self._name_values[key] = run_program(program, lambda inner: self._fetch(inner, sheet, names - 1))
            return self._name_values[key]
        block = self._block(ref, sheet)
        if block.height == block.width == 1:
            return Area(((self._known((block.sheet, block.row, block.col)),),), 1, 1)
        if block.used_height * block.used_width <= _LARGE:
            return self._read_area(block)
        return self._areas.get(block) or self._read_large(block)

    def _read_large(self, block: _Block) -> Area:
        """Read a large area, and keep it once it is read again; running totals read each of theirs only once."""
        area, size = self._read_area(block), block.used_height * block.used_width
        if block in self._read_before and self._kept + size <= _MOST_KEPT:
            self._areas[block] = area
            self._kept += size
        self._read_before.add(block)
        return area

    def _read_area(self, block: _Block) -> Area:
        rows = tuple(self._read_row(block, row) for row in range(block.used_height))
        return Area(rows, block.height, block.width)

    def _read_row(self, block: _Block, row: int) -> tuple[Value, ...]:
        places = range(block.col, block.col + block.used_width)
        return tuple(self._known((block.sheet, block.row + row, col)) for col in places)

    def _known(self, cell: Cell) -> Value:
        content = self._content(cell)
        if not isinstance(content, Formula):
            return content
        result = self._results[cell]
        assert not isinstance(result, _Failure)  # looked at before
        return result


def describe(cell: Cell) -> str:
    """Name a cell for a person: `'Master Datas'!J5`."""
    return f"{quote_sheet(cell[0])}!{get_column_letter(cell[2])}{cell[1]}"


def _reason(cell: Cell, failure: _Failure) -> str:
    if failure.cell == cell:
        return failure.reason
    return f"it needs {describe(failure.cell)}, which cannot be computed: {failure.reason}"


def _span(first: int | None, last: int | None, most: int) -> tuple[int, int]:
    """Give where rows or columns begin and how many they are; none stands for all."""
    one, two = sorted((first or 1, last or most))
    return one, two - one + 1
