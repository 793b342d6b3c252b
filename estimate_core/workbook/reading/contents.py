"""The contents of a workbook: cells by openpyxl, every formula computed, what the file itself holds beside it.

A formula that cannot be computed is frozen at the value that the file holds for it; where the file holds none,
the cell is unusable.
"""

import gc
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, BinaryIO

from openpyxl.utils.datetime import to_excel
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from estimate_core.domain.formula_values import ExcelError, Value
from estimate_core.domain.progress import Progress, no_progress
from estimate_core.workbook.formula.calculator import Calculator, CannotCompute, Content, Formula, Grids
from estimate_core.workbook.reading.loading import Place, load

_to_excel: Any = to_excel
_ERRORS = {error.code: error for error in ExcelError}


@dataclass(frozen=True)
class Unusable:
    """Why a formula has no value: a clause for a person, and the place where it began."""

    reason: str
    root: Place


@dataclass
class Contents:
    """A loaded workbook with its computed values; `frozen` and `unusable` give the reason by place.

    `is_mended` tells that some of its styles could not be read.
    """

    workbook: Any
    grids: Grids
    stored: dict[Place, Value]
    frozen: dict[Place, str] = field(default_factory=dict)
    unusable: dict[Place, Unusable] = field(default_factory=dict)
    is_mended: bool = False
    _calculator: Calculator = field(init=False)

    def __post_init__(self) -> None:
        self._calculator = Calculator(self.grids)
        self._freeze_what_cannot_be_computed()

    def value(self, sheet: str, row: int, col: int) -> Value:
        """The value that a cell shows: computed, or as the file holds it where it cannot be computed."""
        content = self.grids.sheets[sheet].get((row, col))
        return self._calculator.value(sheet, row, col) if isinstance(content, Formula) else content

    def cells(self, sheet: str) -> Iterable[Any]:
        """The openpyxl cells of a sheet that hold or show something, in no order."""
        return list(self.workbook[sheet]._cells.values())

    def unusable_in(self, sheet: str, first: int, last: int) -> str | None:
        """Why some formula of these rows has no value, or None where all have one."""
        rows = self._unusable_rows.get(sheet, {})
        return next((rows[row] for row in range(first, last + 1) if row in rows), None) if rows else None

    @cached_property
    def _unusable_rows(self) -> dict[str, dict[int, str]]:
        rows: dict[str, dict[int, str]] = {}
        for (sheet, row, _), unusable in self.unusable.items():
            rows.setdefault(sheet, {}).setdefault(row, unusable.reason)
        return rows

    def _freeze_what_cannot_be_computed(self) -> None:
        waiting = [
            (sheet, row, col)
            for sheet, grid in self.grids.sheets.items()
            for (row, col), content in grid.items()
            if isinstance(content, Formula)
        ]
        while waiting:
            waiting = self._freeze_failures(waiting)
        for sheet, row, col in self.unusable:
            self.grids.sheets[sheet][row, col] = None

    def _freeze_failures(self, waiting: list[Place]) -> list[Place]:
        """Freeze, all at once, where the failures of these formulas began; gives those that are to be tried again."""
        frozen: dict[Place, str] = {}
        failed: dict[Place, Unusable] = {}
        for here in waiting:
            try:
                self._calculator.value(*here)
            except CannotCompute as problem:
                root = problem.cell or here
                place = root if self.stored.get(root) is not None else here
                if self.stored.get(place) is not None and (place == here or place not in frozen):
                    frozen[place] = problem.reason  # its own words, not those of a cell that needs it
                if place != here or place not in frozen:
                    failed[here] = Unusable(problem.reason, root)
        if not frozen:
            self.unusable = failed
            return []
        self._calculator.freeze({place: self.stored[place] for place in frozen})
        self.frozen |= frozen
        return [place for place in failed if place not in frozen]


def read_contents(stream: BinaryIO, progress: Progress = no_progress) -> Contents:
    """The contents of an .xlsx or .xlsm stream; NotASchedule with a sentence where it is none or is damaged."""
    progress(5, "Opening the workbook...")
    loaded = load(stream, whole=False)
    progress(50, "Computing the formulas...")
    workbook = loaded.workbook
    grids = Grids({ws.title: _grid(ws, workbook.epoch) for ws in workbook.worksheets}, _names(workbook))
    return Contents(workbook, grids, loaded.stored, is_mended=loaded.is_mended)


@contextmanager
def collecting_later() -> Iterator[None]:
    """Keep the garbage collector from looking, again and again, through all the objects that are made to stay.

    It takes a third of the time otherwise, and finds nothing; of several readings at once the first turns it on again.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _grid(ws: Any, epoch: datetime) -> dict[tuple[int, int], Content]:
    return {
        place: content
        for place, cell in ws._cells.items()
        if (content := _content(cell.value, cell.data_type, epoch)) is not None
    }


def _content(value: Any, data_type: str, epoch: datetime) -> Content:
    if value is None:
        return None
    if data_type == "f":
        return _formula(value)
    if data_type == "e":
        return _ERRORS.get(str(value), ExcelError.VALUE)
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime | date | time | timedelta):
        return float(_to_excel(value, epoch=epoch))
    return unescape(str(value))


def _number(value: int | float) -> float | ExcelError:
    try:
        number = float(value)
    except OverflowError:  # a file may hold a whole number of 400 digits, or 1E400
        return ExcelError.NUM
    return number if math.isfinite(number) else ExcelError.NUM


def _formula(value: Any) -> Formula:
    if isinstance(value, DataTableFormula):
        return Formula("TABLE()")
    if isinstance(value, ArrayFormula):
        text = str(value.text or "")
        single = ":" not in str(value.ref)
        return Formula(text.removeprefix("=") if single else f"ARRAY({text.removeprefix('=')})")
    return Formula(str(value).removeprefix("="))


def _names(workbook: Any) -> dict[str, str]:
    names = {name.lower(): str(defined.value or "") for name, defined in workbook.defined_names.items()}
    for ws in workbook.worksheets:
        for name, defined in ws.defined_names.items():
            names[f"{ws.title.lower()}!{name.lower()}"] = str(defined.value or "")
    return names
