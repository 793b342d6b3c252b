"""Computes the formulas of a workbook's sheets, cell by cell on demand, with Excel's meaning."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from estimate_core.domain.formula_values import Area, Argument, ExcelError, NotComputable, Value, scalar
from estimate_core.workbook.formula.areas import Areas, Block, Work
from estimate_core.workbook.formula.grids import CannotCompute, Cell, Content, Formula, Grids, describe
from estimate_core.workbook.formula.program import compile_formula
from estimate_core.workbook.formula.references import SHORT_FORMULA, Reference, UnreadableFormula
from estimate_core.workbook.formula.steps import Program, run_program

__all__ = ["Calculator", "CannotCompute", "Cell", "Content", "Formula", "Grids"]


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: str
    cell: Cell  # where it began


@dataclass(slots=True)
class _Begun:
    """A formula that waits for `need`, which is one of the formulas that it needs; `needs` has the next."""

    program: Program
    needs: Iterator[Cell]
    need: Cell | None = None


_MOST_READ = 40_000_000  # cells that formulas may look at in areas, as often as they do; some seconds
_MAX_NAMES = 20  # how many defined names may stand for one another in a row
_LONG_WORK = 20  # reading a character of a long formula takes as long as this many cells
_LONG_TEXT = 1000


class Calculator:
    """Computes cells of grids that do not change; every cell is computed once."""

    def __init__(self, grids: Grids) -> None:
        self._grids = grids
        self._names = {name.lower(): text for name, text in grids.names.items()}
        self._values: dict[Cell, Value] = {}
        self._failures: dict[Cell, _Failure] = {}
        self._name_values: dict[tuple[str, str], Argument] = {}
        self._work = Work(_MOST_READ)
        self._areas = Areas(grids, self._known, self._work)

    def value(self, sheet: str, row: int, col: int) -> Value:
        """Give a cell's value, an error value too; raises CannotCompute."""
        cell = (self._areas.sheet(sheet), row, col)
        content = self._content(cell)
        if not isinstance(content, Formula):
            return content
        if not self._is_decided(cell):
            self._compute(cell)
        failure = self._failures.get(cell)
        if failure is not None:
            raise CannotCompute(_reason(cell, failure), failure.cell)
        return self._values[cell]

    def freeze(self, values: Mapping[Cell, Value]) -> None:
        """Give cells that cannot be computed their values; what failed because of them can be tried again."""
        for (sheet, row, col), value in values.items():
            self._grids.sheets[sheet][row, col] = value
        self._failures.clear()

    # --- cells --------------------------------------------------------------------------------------------

    def _content(self, cell: Cell) -> Content:
        content = self._grids.sheets[cell[0]].get((cell[1], cell[2]))
        if type(content) is int:
            return float(content)
        if type(content) is float and not math.isfinite(content):  # a file may hold 1E400
            return ExcelError.NUM
        return content

    def _known(self, cell: Cell) -> Value:
        """The value of a cell that is constant or computed."""
        content = self._content(cell)
        return self._values[cell] if isinstance(content, Formula) else content

    def _is_decided(self, cell: Cell) -> bool:
        return cell in self._values or cell in self._failures

    def _compute(self, start: Cell) -> None:
        """Compute a cell after all that it needs, with a path of our own: chains may be very long."""
        path = dict[Cell, _Begun]()  # in order: each cell needs the next
        self._begin(start, path)
        while path:
            cell = next(reversed(path))
            need = self._next_need(cell, path[cell])
            if need is None:
                del path[cell]
            elif need in path:
                self._fail_circle(need, path)
            else:
                self._begin(need, path)

    def _begin(self, cell: Cell, path: dict[Cell, _Begun]) -> None:
        content = self._content(cell)
        assert isinstance(content, Formula)  # only formulas wait
        try:
            if len(content.text) > SHORT_FORMULA:
                self._work.charge(_LONG_WORK * len(content.text))
            program = compile_formula(content.text)
            blocks = list(self._blocks(program, cell[0], _MAX_NAMES, set()))
            for block in blocks:
                self._areas.charge(block)
        except (CannotCompute, NotComputable, UnreadableFormula) as error:
            self._failures[cell] = _Failure(error.reason, cell)
            return
        path[cell] = _Begun(program, self._needs(blocks))

    def _needs(self, blocks: list[Block]) -> Iterator[Cell]:
        for block in blocks:
            yield from self._areas.formulas_in(block)

    def _next_need(self, cell: Cell, begun: _Begun) -> Cell | None:
        """The next cell that must be computed before this one; None once this one is decided."""
        while not self._is_decided(cell):
            if begun.need is not None and not self._is_decided(begun.need):
                return begun.need
            failure = self._failures.get(begun.need) if begun.need is not None else None
            if failure is not None:
                self._failures[cell] = failure
                break
            begun.need = next(begun.needs, None)
            if begun.need is None:
                self._finish(cell, begun.program)
        return None

    def _fail_circle(self, need: Cell, path: dict[Cell, _Begun]) -> None:
        """Fail the cells at the end of the path from the one that is needed again."""
        circle: list[Cell] = []
        for cell in reversed(path):
            circle.append(cell)
            if cell == need:
                break
        circle.reverse()
        count = len(circle)
        for at, cell in enumerate(circle):
            names = [describe(circle[(at + step) % count]) for step in range(min(count, 4))]
            way = " -> ".join([*names, *(["..."] if count > 4 else []), names[0]])
            self._failures[cell] = _Failure(f"it refers to itself through {way}", cell)

    def _finish(self, cell: Cell, program: Program) -> None:
        """Run a cell's program; all that it needs is computed."""
        try:
            result = run_program(program, lambda ref: self._fetch(ref, cell[0], _MAX_NAMES), self._work.charge)
            value = scalar(result)
            if isinstance(value, str) and len(value) > _LONG_TEXT:
                self._work.charge(len(value))
            self._values[cell] = 0.0 if value is None else value
        except (CannotCompute, NotComputable) as error:
            self._failures[cell] = _Failure(error.reason, cell)

    # --- references ---------------------------------------------------------------------------------------

    def _blocks(self, program: Program, sheet: str, names: int, seen: set[str]) -> Iterator[Block]:
        for ref in program.references:
            if ref.kind != "name":
                yield self._areas.block(ref, sheet)
            elif ref.text not in seen:
                yield from self._blocks(self._named(ref, sheet, names), sheet, names - 1, seen)
                seen.add(ref.text)  # names that use one another twice would take for ever otherwise

    def _named(self, ref: Reference, sheet: str, names: int) -> Program:
        """Find and compile the text of a defined name, the sheet's own before the workbook's."""
        if ref.is_external:
            raise CannotCompute(f"it refers to another workbook ({ref.text})")
        name = (ref.name or "").lower()
        scope = self._areas.sheet(ref.sheet) if ref.sheet else sheet
        text = self._names.get(f"{scope.lower()}!{name}", self._names.get(name))
        if text is None:
            raise CannotCompute(f"it uses the name {ref.name}, which is not in the workbook")
        if not names:
            raise CannotCompute(f"it uses the name {ref.name}, which stands for too many other names")
        program = compile_formula(text.removeprefix("="))
        if not all(one.is_absolute for one in program.references):
            raise CannotCompute(f"it uses the name {ref.name}, which means another cell in each place")
        return program

    def _fetch(self, ref: Reference, sheet: str, names: int) -> Argument:
        if ref.kind == "name":
            key = (ref.text, sheet)
            if key not in self._name_values:
                program = self._named(ref, sheet, names)
                self._name_values[key] = run_program(
                    program, lambda inner: self._fetch(inner, sheet, names - 1), self._work.charge
                )
            return self._name_values[key]
        block = self._areas.block(ref, sheet)
        if block.height == block.width == 1:
            return Area(((self._known((block.sheet, block.row, block.col)),),), 1, 1)
        return self._areas.read(block)


def _reason(cell: Cell, failure: _Failure) -> str:
    if failure.cell == cell:
        return failure.reason
    return f"it needs {describe(failure.cell)}, which cannot be computed: {failure.reason}"
