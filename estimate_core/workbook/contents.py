"""The contents of a workbook: cells by openpyxl, every formula computed, what the file itself holds beside it.

A formula that cannot be computed is frozen at the value that the file holds for it; where the file holds none,
the cell is unusable.
"""

import io
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula
from openpyxl.xml.functions import fromstring

from estimate_core.domain.errors import NotASchedule
from estimate_core.domain.finding import Finding, Severity
from estimate_core.domain.formula_values import ExcelError, Value
from estimate_core.workbook.formulas import Calculator, CannotCompute, Content, Formula, Grids
from estimate_core.workbook.intake import DAMAGED, checked_package

_to_excel: Any = to_excel
_ERRORS = {error.code: error for error in ExcelError}

Place = tuple[str, int, int]
"""(sheet, row, column), rows and columns from 1."""


@dataclass
class Contents:
    """A loaded workbook with its computed values; `frozen` and `unusable` give the reason by place."""

    workbook: Any
    grids: Grids
    stored: dict[Place, Value]
    frozen: dict[Place, str] = field(default_factory=dict)
    unusable: dict[Place, str] = field(default_factory=dict)
    _calculator: Calculator = field(init=False)

    def __post_init__(self) -> None:
        self._calculator = Calculator(self.grids)
        self._freeze_what_cannot_be_computed()

    def value(self, sheet: str, row: int, col: int) -> Value:
        """The value that a cell shows: computed, or as the file holds it where it cannot be computed."""
        return self._calculator.value(sheet, row, col)

    def cells(self, sheet: str) -> Iterable[Any]:
        """The openpyxl cells of a sheet that hold or show something, in no order."""
        return list(self.workbook[sheet]._cells.values())

    def unusable_in(self, sheet: str, first: int, last: int) -> str | None:
        """Why some formula of these rows has no value, or None where all have one."""
        for (name, row, _), reason in self.unusable.items():
            if name == sheet and first <= row <= last:
                return reason
        return None

    def _freeze_what_cannot_be_computed(self) -> None:
        waiting = [
            (sheet, row, col)
            for sheet, grid in self.grids.sheets.items()
            for (row, col), content in grid.items()
            if isinstance(content, Formula)
        ]
        while waiting:
            try:
                self._calculator.value(*waiting[-1])
                waiting.pop()
            except CannotCompute as problem:
                here = waiting[-1]
                place = problem.cell if problem.cell and self.stored.get(problem.cell) is not None else here
                stored = self.stored.get(place)
                if stored is None:
                    self.unusable[waiting.pop()] = problem.reason
                else:
                    self.frozen[place] = problem.reason
                    self._calculator.freeze(place, stored)
        for sheet, row, col in self.unusable:
            self.grids.sheets[sheet][row, col] = None

    def findings(self) -> Iterator[Finding]:
        """What was noticed about the formulas: frozen, unusable, and stored values that differ from computed ones."""
        for place, reason in self.frozen.items():
            sentence = f"The formula cannot be followed: {reason}. The value that the file holds is used."
            yield finding_at(
                "warning", "frozen-formula", place, sentence, "Replace the formula by one within the workbook."
            )
        for place, reason in self.unusable.items():
            sentence = f"The formula has no value: {reason}."
            yield finding_at(
                "error",
                "formula-without-value",
                place,
                sentence,
                "Open the workbook in Excel, mend the formula and save it.",
            )
        for place, stored in self.stored.items():
            sheet, row, col = place
            computed = self.value(*place)
            if isinstance(self.grids.sheets[sheet].get((row, col)), Formula) and _differ(stored, computed):
                sentence = f"The file holds {stored}, but the formula gives {computed}, which is used."
                yield finding_at(
                    "warning",
                    "stored-value-differs",
                    place,
                    sentence,
                    "Recalculate the workbook in Excel (F9) and save it.",
                )


def finding_at(severity: Severity, kind: str, place: Place, sentence: str, mend: str) -> Finding:
    """A finding about one cell."""
    sheet, row, col = place
    return Finding(severity, kind, sheet, row, f"{get_column_letter(col)}{row}", sentence, mend)


def _differ(stored: Value, computed: Value) -> bool:
    if isinstance(stored, float) and isinstance(computed, float):
        return abs(stored - computed) > max(0.005, 1e-9 * abs(stored))
    return stored != computed and not (stored in (None, "") and computed in (None, ""))


def read_contents(stream: BinaryIO) -> Contents:
    """The contents of an .xlsx or .xlsm stream; NotASchedule with a sentence where it is none or is damaged."""
    data = checked_package(stream.read())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells what it leaves out, which the output leaves out anyway
            workbook = load_workbook(io.BytesIO(data), rich_text=True, keep_links=False)
            stored = load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
        _drop_broken_theme(workbook)
    except DAMAGED as problem:
        raise NotASchedule(
            "The file could not be read as an Excel workbook; it seems to be damaged. Open it in Excel, save it "
            "again as .xlsx and upload that."
        ) from problem
    grids = Grids({ws.title: _grid(ws, workbook.epoch) for ws in workbook.worksheets}, _names(workbook))
    return Contents(workbook, grids, _stored_values(grids, stored))


def _drop_broken_theme(workbook: Any) -> None:
    """A theme that is not well-formed must not reach an output, which Excel would want to repair."""
    try:
        fromstring(workbook.loaded_theme or "<none/>")
    except (ParseError, ValueError, LookupError):
        workbook.loaded_theme = None


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
        return float(value)
    if isinstance(value, datetime | date | time | timedelta):
        return float(_to_excel(value, epoch=epoch))
    return unescape(str(value))


def _formula(value: Any) -> Formula:
    if isinstance(value, DataTableFormula):
        return Formula("TABLE()")
    if isinstance(value, ArrayFormula):
        text = str(value.text or "")
        single = ":" not in str(value.ref)
        return Formula(text.removeprefix("=") if single else f"ARRAY({text.removeprefix('=')})")
    return Formula(str(value).removeprefix("="))


def _stored_values(grids: Grids, stored: Any) -> dict[Place, Value]:
    values: dict[Place, Value] = {}
    for sheet, grid in grids.sheets.items():
        cells = stored[sheet]._cells
        for (row, col), content in grid.items():
            cell = cells.get((row, col))
            if isinstance(content, Formula) and cell is not None and cell.value is not None:
                value = _content(cell.value, cell.data_type, stored.epoch)
                if not isinstance(value, Formula | ExcelError):
                    values[sheet, row, col] = value
    return values


def _names(workbook: Any) -> dict[str, str]:
    names = {name.lower(): str(defined.value or "") for name, defined in workbook.defined_names.items()}
    for ws in workbook.worksheets:
        for name, defined in ws.defined_names.items():
            names[f"{ws.title.lower()}!{name.lower()}"] = str(defined.value or "")
    return names
