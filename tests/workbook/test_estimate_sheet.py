"""The `Estimate` sheet as it is printed and checked: groups, long texts, large amounts, signatures."""

from decimal import Decimal

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from estimate_core.domain.charges import with_value
from estimate_core.domain.estimate import Estimate, Line
from estimate_core.domain.office import Office
from estimate_core.domain.profiles import with_label
from estimate_core.workbook.output.looks import ESTIMATE_WIDTHS
from estimate_core.workbook.writing.markup import MAX_HEIGHT
from tests.office import needs_office, recalculated
from tests.workbook.schedules import block, estimated, opened, small_schedule

SCHEDULE = small_schedule(
    block(5, "Brick work") | block(15, "Plaster") | block(25, "Pipe", rate="33.333") | block(35, "Paint"),
    ["D5", "D15", "D25", "D35"],
    [["Brick work", "Walls", "", "Cum"], ["Plaster", "Walls", "", "Sqm"], ["Pipe", "Water", "", "Mtr"]],
)


def lines(*rows: int, quantity: str = "2") -> tuple[Line, ...]:
    return tuple(Line(str(place), row, Decimal(quantity)) for place, row in enumerate(rows))


def column(sheet: Worksheet, letter: str) -> dict[str, object]:
    """Label in D, or name of the group in A -> what the row has in the column."""
    rows = range(4, sheet.max_row + 1)
    return {
        str(label): sheet[f"{letter}{row}"].value
        for row in rows
        if (label := sheet[f"D{row}"].value or sheet[f"A{row}"].value)
    }


def test_lines_stand_under_their_group_with_a_live_subtotal_each() -> None:
    data = estimated(SCHEDULE, Estimate("Work", "original", lines(5, 25, 15, 35), grouped=True))

    formulas, values = opened(data, values=False)["Estimate"], opened(data)["Estimate"]

    assert [values[f"A{row}"].value for row in range(4, 15)] == [
        *("Walls", 1, 2, None),
        *("Water", 3, None),
        *("Other", 4, None),
        None,
    ]
    live, amounts = column(formulas, "H"), column(values, "H")
    assert live["Sub Total of Walls"] == "=SUM(H5:H6)"
    assert live["Total"] == "=SUM(H7,H10,H13)"
    assert (amounts["Sub Total of Walls"], amounts["Total"]) == (880, 880 + 146.66 + 440)
    assert {"A4:H4", "A8:H8", "A11:H11"} <= {str(area) for area in values.merged_cells.ranges}


def test_the_serial_of_a_grouped_line_leads_to_its_own_block() -> None:
    data = estimated(SCHEDULE, Estimate("Work", "original", lines(5, 25, 15), grouped=True))

    workbook = opened(data, values=False)

    estimate, output = workbook["Estimate"], workbook["Output"]
    starts = [estimate[f"A{row}"].hyperlink.location.removeprefix("Output!A") for row in (5, 6, 9)]
    assert [output[f"D{start}"].value for start in starts] == ["Brick work", "Plaster", "Pipe"]
    assert [output[f"A{start}"].value for start in starts] == ["Data 1", "Data 2", "Data 3"]


@needs_office
@pytest.mark.parametrize("groups", [250, 300])
def test_more_groups_than_a_sum_takes_are_summed_all_the_same(groups: int) -> None:
    rows = [5 + 8 * place for place in range(groups)]
    cells = {place: value for row in rows for place, value in block(row, f"Item {row}").items()}
    schedule = small_schedule(
        cells, [f"D{row}" for row in rows], [[f"Item {row}", f"Group {row}", "", ""] for row in rows]
    )
    data = estimated(schedule, Estimate("Work", "original", lines(*rows, quantity="1"), grouped=True), datas=False)

    live = column(recalculated(data)["Estimate"], "H")

    assert live["Total"] == 220 * groups == column(opened(data)["Estimate"], "H")["Total"]


def test_a_specification_higher_than_a_row_can_be_goes_over_several_rows() -> None:
    long = "Providing and laying in position " * 900
    schedule = small_schedule(block(5, "Long", D7=long) | block(15, "Short"), ["D5", "D15"])

    data = estimated(schedule, Estimate("Work", "original", lines(5, 15)))

    sheet = opened(data)["Estimate"]
    merge = next(area for area in sheet.merged_cells.ranges if str(area).startswith("D4:"))
    heights = [sheet.row_dimensions[row].height or 0 for row in range(4, merge.max_row + 1)]
    assert sheet["D4"].value == long.strip() or sheet["D4"].value == long
    assert all(height % 15 == 0 for height in heights)
    assert len(long) > 29_000 and len(heights) > 10 and max(heights) <= MAX_HEIGHT
    assert sum(heights) >= len(long) / (ESTIMATE_WIDTHS["D"] * 1.1) * 15
    assert (sheet[f"A{merge.max_row + 1}"].value, sheet[f"H{merge.max_row + 1}"].value) == (2, 440)
    assert column(opened(data, values=False)["Estimate"], "H")["Total"] == f"=SUM(H4:H{merge.max_row + 1})"


def test_amounts_beyond_two_conditions_of_a_format_are_grouped_by_rules() -> None:
    sheet = opened(estimated(SCHEDULE, Estimate("Work", "original", lines(5))))["Estimate"]

    rules = [rule for cells in sheet.conditional_formatting for rule in cells.rules]
    shown = {rule.formula[0]: rule.dxf.numFmt.formatCode.split(";")[0] for rule in rules}
    assert {str(cells.sqref) for cells in sheet.conditional_formatting} == {"E4:E1048576 H4:H1048576"}
    assert shown["-99999.995"] == r'"-"##\,##\,##0.00'
    assert shown["999999999.995"] == r"##\,##\,##\,##\,##0.00"


def test_a_number_too_wide_for_its_column_is_shown_smaller() -> None:
    sheet = opened(estimated(SCHEDULE, Estimate("Work", "original", lines(5, quantity="99999999.1234"))))["Estimate"]

    assert all(sheet[cell].alignment.shrink_to_fit for cell in ("B4", "E4", "H4", "H5"))


@pytest.mark.parametrize(
    ("signatures", "cells"),
    [
        ((), []),
        (("One",), ["E"]),
        (("One", "Two"), ["A", "E"]),
        (("One", "Two\nExecutive Engineer", "Three"), ["A", "D", "E"]),
        (("One", "Two", "Three", "Four"), ["A", "E", "A", "E"]),
        (("One", "Two", "Three", "Four", "Five"), ["A", "D", "E", "A", "E"]),
        (("One", "Two", "Three", "Four", "Five", "Six"), ["A", "D", "E", "A", "D", "E"]),
    ],
)
def test_signature_blocks_are_spread_over_the_width_with_room_to_sign(
    signatures: tuple[str, ...], cells: list[str]
) -> None:
    estimate = Estimate("Work", "original", lines(5))

    sheet = opened(estimated(SCHEDULE, estimate, office=Office(signatures=signatures)))["Estimate"]

    above = next(row for row in range(4, 30) if str(sheet[f"A{row}"].value).startswith("Amount in words"))
    below = [cell for row in sheet.iter_rows(min_row=above + 1) for cell in row if cell.value]
    assert [cell.value for cell in below] == list(signatures)
    assert [cell.column_letter for cell in below] == cells
    assert all(sheet.row_dimensions[cell.row].height >= 60 for cell in below)
    assert sheet.print_area == f"'Estimate'!$A$1:$H${below[-1].row if below else above}"


def test_a_label_with_quotes_follows_its_percentage() -> None:
    charges = with_label(Estimate().charges, "lc", 'Add "LC" @ {p} % of the ECV')
    data = estimated(SCHEDULE, Estimate("Work", "original", lines(5), charges))

    formulas, values = opened(data, values=False)["Estimate"], opened(data)["Estimate"]

    row = next(row for row in range(4, 20) if str(values[f"D{row}"].value).startswith('Add "LC"'))
    assert values[f"D{row}"].value == 'Add "LC" @ 1 % of the ECV'
    assert formulas[f"D{row}"].value == f'="Add ""LC"" @ "&ROUND(E{row}*100,4)&" % of the ECV"'


def test_a_deduction_larger_than_the_items_is_shown_with_its_minus() -> None:
    charges = with_value(Estimate().charges, "deduction", Decimal(2_000_000))
    data = estimated(SCHEDULE, Estimate("Work", "repair", lines(5), charges))

    amounts = column(opened(data)["Estimate"], "H")

    assert amounts["ECV"] == 440 - 2_000_000
    assert "Minus" in next(str(cell.value) for cell in opened(data)["Estimate"]["A"] if "words" in str(cell.value))


def test_each_page_repeats_the_headings_and_tells_which_it_is() -> None:
    workbook = opened(estimated(SCHEDULE, Estimate("Work", "original", lines(5))), values=False)

    for name, heading in (("Estimate", "$3:$3"), ("Output", "$1:$1"), ("Check", "$14:$14")):
        sheet = workbook[name]
        assert sheet.print_title_rows == heading
        assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (9, 1, 0)
        assert sheet.oddFooter.center.text == "Page &P of &N"
        assert (sheet.oddFooter.left.text, sheet.oddFooter.right.text) == ("Work", "Test 2025-26")
