"""Small schedules made in memory, one row of cells at a time."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName

from estimate_core.domain.estimate import Estimate, Line, WorkType, price
from estimate_core.domain.schedule import Schedule
from estimate_core.workbook.output.mould import Mould, cut_mould
from estimate_core.workbook.output.pour import Order, pour
from estimate_core.workbook.reader import read_schedule
from estimate_core.workbook.reading.book import Book
from tests.workbook.validity import faults

YELLOW = PatternFill("solid", fgColor="FFFFFF00")
RED = Font(color="FFFF0000", bold=True)
CREATED = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)

Cells = Mapping[str, object]


def small_schedule(
    cells: Cells,
    headings: Sequence[str],
    groups: Sequence[Sequence[object]] = (),
    sheets: Mapping[str, Cells] | None = None,
    names: Mapping[str, str] | None = None,
) -> bytes:
    """A schedule with these cells of `Master Datas`, headings coloured, as bytes of an xlsx without stored values."""
    workbook = Workbook()
    master = workbook.active
    assert master is not None
    master.title = "Master Datas"
    for place, value in cells.items():
        master[place] = value
    for place in headings:
        master[place].fill, master[place].font = YELLOW, RED
    listed = workbook.create_sheet("Groups")
    listed.append(["Item Name", "Group", "Prefix", "Unit"])
    for row in groups or [[master[place].value, "Works", "Re-", "Nos"] for place in headings]:
        listed.append(list(row))
    for name, content in (sheets or {}).items():
        sheet = workbook.create_sheet(name)
        for place, value in content.items():
            sheet[place] = value
    for name, text in (names or {}).items():
        workbook.defined_names[name] = DefinedName(name, attr_text=text)
    return saved(workbook)


def saved(workbook: Workbook) -> bytes:
    """The workbook as bytes."""
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def block(row: int, name: str, quantity: object = 2, rate: object = 100, **more: object) -> dict[str, object]:
    """A block of eight rows from its heading row: one component, a total with overheads, the rounded rate."""
    r = row
    return {
        f"A{r}": 1,
        f"B{r}": f"X-{row}",
        f"D{r}": name,
        f"D{r + 1}": "Data 1",
        f"D{r + 2}": f"Specification of {name}, complete for finished item of work.",
        f"D{r + 3}": "Labour",
        f"D{r + 4}": "Mason",
        f"E{r + 4}": quantity,
        f"F{r + 4}": "day",
        f"G{r + 4}": 1,
        f"I{r + 4}": rate,
        f"J{r + 4}": f"=E{r + 4}*I{r + 4}/G{r + 4}",
        f"D{r + 5}": "Overheads @ 10 %",
        f"J{r + 5}": f"=J{r + 4}*10%",
        f"D{r + 6}": "Rate for 1 No",
        f"J{r + 6}": f"=ROUND(SUM(J{r + 4}:J{r + 5}),2)",
    } | more


def read(data: bytes) -> Book:
    """The schedule in these bytes."""
    return read_schedule(io.BytesIO(data))


def poured(
    data: bytes, rows: Sequence[int], work_type: WorkType = "original", quantity: str = "1", datas: bool = True
) -> bytes:
    """The workbook of an estimate with a line for each heading row."""
    lines = tuple(Line(str(place), row, Decimal(quantity)) for place, row in enumerate(rows))
    return estimated(data, Estimate("Test work", work_type, lines), datas)


def estimated(data: bytes, estimate: Estimate, datas: bool = True, **more: object) -> bytes:
    """The workbook of an estimate; `more` are fields of its order, such as the cover that is to be shown."""
    book = read(data)
    return poured_order(cut_mould(book), order_of(estimate, book.schedule, datas, **more))


def order_of(estimate: Estimate, schedule: Schedule, datas: bool = True, **more: Any) -> Order:
    """The order of an estimate's workbook, its other fields as in `more`."""
    return Order(price(estimate, schedule), estimate.name, estimate.work_type, datas, "Test 2025-26", CREATED, **more)


def poured_order(mould: Mould, order: Order) -> bytes:
    """The workbook of an order, which is valid."""
    stream = io.BytesIO()
    pour(mould, order, stream, lambda percent, words: None)
    assert faults(stream.getvalue()) == []
    return stream.getvalue()


def opened(data: bytes, values: bool = True) -> Workbook:
    """The workbook in these bytes, with stored values or with formulas."""
    return load_workbook(io.BytesIO(data), data_only=values)
