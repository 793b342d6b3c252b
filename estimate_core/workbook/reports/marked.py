"""The copy of a schedule in which each finding is listed, links to its cell, and is marked there."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any, BinaryIO

from openpyxl.packaging.custom import CustomPropertyList
from openpyxl.utils import get_column_letter
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.protection import SheetProtection

from estimate_core.domain.errors import NotASchedule
from estimate_core.domain.finding import Finding
from estimate_core.domain.formula_values import Value
from estimate_core.workbook.formula.references import Reference, UnreadableFormula, split_formula
from estimate_core.workbook.reading.intake import DAMAGED
from estimate_core.workbook.reading.loading import Place as Address
from estimate_core.workbook.reading.loading import load
from estimate_core.workbook.reports.findings_sheet import add_findings_sheet
from estimate_core.workbook.reports.listing import save
from estimate_core.workbook.reports.marks import COLOURS, Marker
from estimate_core.workbook.writing.markup import allowed

_RANK = {severity: place for place, severity in enumerate(COLOURS)}


def write_marked(
    original: BinaryIO, findings: Sequence[Finding], title: str, created: datetime, stream: BinaryIO
) -> None:
    """Write a copy of the schedule with a sheet of findings; the same inputs give the same bytes.

    Raises NotASchedule with a sentence, and writes nothing, where the schedule cannot be opened or copied.
    """
    loaded = load(original)
    workbook = loaded.workbook
    name = " ".join(allowed(title).split())
    _leave_out(workbook)
    ranked = sorted(findings, key=lambda finding: _RANK[finding.severity])
    marker = Marker(workbook)
    places = [marker.place_of(finding) for finding in ranked]
    marker.mark(ranked, places)
    for sheet in {place.sheet for place in places if place is not None}:
        workbook[sheet].sheet_state = "visible"  # a link to a hidden sheet leads nowhere
    add_findings_sheet(workbook, name, ranked, places, marker.unmarked)
    _show_first_sheet(workbook)
    stream.write(_packaged(workbook, f"Findings in {name}", created, loaded.stored))


def _leave_out(workbook: Any) -> None:
    """Leave out what reaches beyond the workbook, protects it, or cannot be copied whole."""
    for sheet in workbook.chartsheets:
        workbook.remove(sheet)
    workbook.custom_doc_props = CustomPropertyList()
    workbook.security, workbook.template, workbook._pivots = None, False, []
    _drop_names(workbook.defined_names)
    for ws in workbook.worksheets:
        ws.protection = SheetProtection()
        ws._charts, ws._images, ws._pivots = [], [], []
        _drop_names(ws.defined_names)
        for name in [name for name, table in ws.tables.items() if table.tableType not in (None, "worksheet")]:
            del ws.tables[name]  # it is filled from a connection, which does not come along
        for cell in ws._cells.values():
            if cell.data_type == "f":
                _show_if_external(cell)


def _drop_names(names: Any) -> None:
    for name, defined in list(names.items()):
        text = str(defined.value or "")
        if "#REF!" in text or _reaches_out(text):
            del names[name]  # Excel answers a name that points nowhere with its repair prompt


def _show_if_external(cell: Any) -> None:
    """A formula that needs another workbook becomes its own text: without the link, Excel would repair the file."""
    formula = cell.value.text if isinstance(cell.value, ArrayFormula) else cell.value
    if isinstance(formula, str) and _reaches_out(formula.removeprefix("=")):
        cell.value = formula
        cell.data_type = "s"


def _reaches_out(formula: str) -> bool:
    """Whether a formula names another workbook, or another program (`|`)."""
    if "[" not in formula and "|" not in formula:
        return False
    try:
        return any(isinstance(part, Reference) and part.is_external for part in split_formula(formula))
    except UnreadableFormula:
        return "!" in formula


def _show_first_sheet(workbook: Any) -> None:
    for ws in workbook.worksheets:
        for view in ws.views.sheetView:
            view.tabSelected = False  # sheets selected together would all take what is typed into one
    workbook.views = workbook.views[:1]
    for view in workbook.views:
        view.firstSheet, view.visibility = 0, "visible"
    workbook.active = 0
    workbook.active.sheet_view.tabSelected = True
    workbook.calculation = workbook.calculation or CalcProperties()  # not every program writes them
    workbook.calculation.fullCalcOnLoad = True


def _packaged(workbook: Any, title: str, created: datetime, stored: dict[Address, Value]) -> bytes:
    """The workbook as bytes, formulas with the numbers that the schedule holds for them."""
    values: dict[str, dict[str, float]] = {}
    for (sheet, row, col), value in stored.items():
        if isinstance(value, float):
            values.setdefault(sheet, {})[f"{get_column_letter(col)}{row}"] = value
    packed = io.BytesIO()
    try:
        save(workbook, title, created, values, packed)
    except DAMAGED as problem:
        raise NotASchedule(
            "No copy of the workbook could be made; it seems to be damaged. Open it in Excel, save it again as .xlsx "
            "and upload that."
        ) from problem
    return packed.getvalue()
