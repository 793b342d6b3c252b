"""The `Check` sheet: live differences that are 0.00, and facts about the workbook and its schedule."""

import io
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from estimate_core.domain.estimate import Estimate, Line
from tests.office import needs_office, recalculated
from tests.workbook.schedules import block, estimated, opened, saved, small_schedule
from tests.workbook.test_references_followed import with_external

SCHEDULE = small_schedule(
    block(5, "First") | block(20, "Second", I24="=J11") | block(35, "Third", rate="33.3333"),
    ["D5", "D20", "D35"],
)
HASH = "ab" * 32


def lines(*rows: int) -> tuple[Line, ...]:
    return tuple(Line(str(place), row, Decimal("1.25")) for place, row in enumerate(rows))


def facts(sheet: Worksheet) -> dict[str, object]:
    """What the sheet tells of the workbook, by its label."""
    return {str(sheet[f"A{row}"].value): sheet[f"C{row}"].value for row in range(4, 9)}


def formulas_in(data: bytes) -> int:
    """The formulas of all sheets but the check's own."""
    sheets = [sheet for sheet in opened(data, values=False).worksheets if sheet.title != "Check"]
    return sum(cell.data_type == "f" for sheet in sheets for row in sheet.iter_rows() for cell in row)


def test_each_line_has_its_rate_in_the_schedule_and_in_the_workbook() -> None:
    data = estimated(SCHEDULE, Estimate("Work", "original", lines(35, 5)))

    formulas, values = opened(data, values=False)["Check"], opened(data)["Check"]

    assert [cell.value for cell in values[15]] == [1, "Third", 35, 73.33, 73.33, 0]
    assert [cell.value for cell in formulas[16]] == [2, "First", 5, 220, "=Estimate!E5", "=ROUND(E16-D16,4)"]


def test_the_sums_are_told_three_ways_and_the_grand_total_by_formula() -> None:
    data = estimated(SCHEDULE, Estimate("Work", "original", lines(35, 5)))

    formulas, values = opened(data, values=False)["Check"], opened(data)["Check"]

    assert [formulas[f"E{row}"].value for row in range(10, 14)] == [
        "=SUM(Estimate!H4:H5)",
        "=SUMPRODUCT(ROUND(Estimate!B4:B5*Estimate!E4:E5,2))",
        "=Estimate!H6",
        "=Estimate!H13",
    ]
    assert [values[f"D{row}"].value for row in range(10, 14)] == [366.66, 366.66, 366.66, 441.66]
    assert [values[f"E{row}"].value for row in range(10, 14)] == [values[f"D{row}"].value for row in range(10, 14)]
    assert [values[f"F{row}"].value for row in range(10, 14)] == [0, 0, 0, 0]


def test_the_schedule_is_told_with_its_hash_and_the_blocks_with_their_rows() -> None:
    data = estimated(SCHEDULE, Estimate("Work", "original", lines(20)), schedule_hash=HASH)

    sheet = opened(data)["Check"]

    assert [cell.value for cell in sheet[16]] == [None, "Supporting data in row 12 of Output", 5, None, None, None]
    assert opened(data)["Output"]["D12"].value == "First"
    assert facts(sheet) == {
        "Schedule of rates": "Test 2025-26",
        "Content of the schedule (SHA-256)": HASH,
        "Formulas in the other sheets": formulas_in(data),
        "Supporting datas, which picked ones refer to": 1,
        "Values in place of formulas that could not be followed": 0,
    }


def test_values_that_were_frozen_are_counted() -> None:
    sheet = opened(estimated(with_external(40.25), Estimate("Work", "original", lines(5))))["Check"]

    assert facts(sheet)["Values in place of formulas that could not be followed"] == 1


@needs_office
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("datas", [True, False])
def test_all_differences_are_nothing_when_every_formula_is_computed(grouped: bool, datas: bool) -> None:
    data = estimated(SCHEDULE, Estimate("Work", "original", lines(35, 20, 5), grouped=grouped), datas)

    sheet = recalculated(data)["Check"]

    assert sheet["A3"].value == "All differences are 0.00" == opened(data)["Check"]["A3"].value
    assert {sheet[f"F{row}"].value for row in (*range(10, 14), *range(15, 18))} == {0}


@needs_office
@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [("Output!I7", 101, "5 differences"), ("Estimate!H4", 1, "3 differences"), ("Estimate!E7", 5, "1 difference")],
)
def test_a_changed_cell_is_told_on_top(cell: str, value: float, said: str) -> None:
    workbook = load_workbook(io.BytesIO(estimated(SCHEDULE, Estimate("Work", "original", lines(5)))))
    sheet, place = cell.split("!")
    workbook[sheet][place] = value

    result = recalculated(saved(workbook))["Check"]

    assert result["A3"].value == said


def test_an_estimate_alone_is_checked_by_its_own_rates() -> None:
    data = estimated(SCHEDULE, Estimate("Work", "original", lines(20, 5)), datas=False)

    workbook = opened(data, values=False)

    assert workbook.sheetnames == ["Estimate", "Check"]
    assert workbook["Check"]["E15"].value == "=Estimate!E4"
    assert facts(opened(data)["Check"])["Formulas in the other sheets"] == formulas_in(data)
    assert opened(data)["Check"].max_row == 16


def test_the_sheet_is_the_last_one_also_behind_sheets_that_came_along() -> None:
    schedule = small_schedule(
        block(5, "First", I9="=Check!A1+Cover!A1"), ["D5"], sheets={"Check": {"A1": 5}, "Cover": {"A1": 6}}
    )

    workbook = opened(estimated(schedule, Estimate("Work", "original", lines(5))))

    assert workbook.sheetnames == ["Estimate", "Output", "Check (2)", "Cover (2)", "Check"]
    assert (workbook["Check (2)"]["A1"].value, workbook["Check"]["A1"].value) == (5, "CHECK")
