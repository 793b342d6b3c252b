import io
import re
import zipfile
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from estimate_core.domain.charges import with_grand_total, with_lump_sums, with_value
from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import Estimate, Line, Price
from estimate_core.domain.profiles import with_rounding
from estimate_core.workbook.output.mould import cut_mould
from estimate_core.workbook.output.pour import Order, pour
from tests.workbook import schedules
from tests.workbook.schedules import YELLOW, block, opened, poured, read, saved, small_schedule

TWO = small_schedule(
    block(5, "First") | block(20, "Second", rate="33.333"),
    ["D5", "D20"],
    [["First", "Works", "Replacement of", "Nos"], ["Second", "Works", "", "Mtr"]],
)


def order_of(estimate: Estimate) -> Order:
    return schedules.order_of(estimate, read(TWO).schedule)


def pour_order(order: Order) -> bytes:
    return schedules.poured_order(cut_mould(read(TWO)), order)


def test_the_estimate_has_its_headings_and_a_row_for_each_line() -> None:
    sheet = opened(poured(TWO, [5, 20], quantity="2.500"))["Estimate"]

    assert sheet["A1"].value == "ESTIMATE"
    assert sheet["A2"].value == "Name of the work : Test work"
    assert [sheet.cell(3, col).value for col in (1, 2, 4, 5, 6, 8)] == [
        "Sl.No",
        "Quantity (Unit)",
        "Item Description",
        "Rate",
        "Per Unit",
        "Amount",
    ]
    assert [cell.value for cell in sheet[5]] == [
        2,
        2.5,
        "Mtrs",
        "Specification of Second, complete for finished item of work.",
        73.33,
        1,
        "Mtr",
        183.33,
    ]
    assert {"A1:H1", "A2:H2", "B3:C3", "F3:G3"} <= {str(area) for area in sheet.merged_cells.ranges}


def test_rates_are_links_to_output_and_serials_lead_to_their_blocks() -> None:
    workbook = opened(poured(TWO, [20, 5]), values=False)
    estimate, output = workbook["Estimate"], workbook["Output"]

    assert estimate["E4"].value == "=Output!J9"
    assert estimate["H4"].value == "=ROUND(B4*E4,2)"
    assert estimate["A5"].hyperlink.location == "Output!A11"
    assert (output["A3"].value, output["D3"].value) == ("Data 1", "Second")
    assert (output["A11"].value, output["D11"].value) == ("Data 2", "First")


def test_an_item_picked_twice_has_two_blocks() -> None:
    workbook = opened(poured(TWO, [5, 5]), values=False)

    assert [workbook["Estimate"][place].value for place in ("E4", "E5")] == ["=Output!J9", "=Output!J17"]
    assert workbook["Output"]["J17"].value == "=ROUND(SUM(J15:J16),2)"


def test_repair_work_puts_the_prefix_before_the_specification_in_both_sheets() -> None:
    workbook = opened(poured(TWO, [5, 20], "repair"))

    prefixed = "Replacement of Specification of First, complete for finished item of work."
    assert workbook["Estimate"]["D4"].value == prefixed
    assert workbook["Output"]["D5"].value == prefixed
    assert workbook["Output"]["D13"].value == "Specification of Second, complete for finished item of work."


def test_rich_text_is_not_flattened_and_takes_the_prefix() -> None:
    workbook = load_workbook(io.BytesIO(TWO), rich_text=True)
    rich = CellRichText("Plain & ", TextBlock(InlineFont(b=True), "bold <text>"))
    workbook["Master Datas"]["D7"] = rich
    data = saved(workbook)

    result = load_workbook(io.BytesIO(poured(data, [5], "repair")), rich_text=True)["Output"]["D5"].value

    assert str(result) == "Replacement of Plain & bold <text>"
    assert any(isinstance(run, TextBlock) and run.font.b for run in result)


def test_estimate_only_has_no_output_and_plain_rates() -> None:
    data = poured(TWO, [5], datas=False)
    workbook = opened(data, values=False)

    assert workbook.sheetnames == ["Estimate", "Check"]
    assert workbook["Estimate"]["E4"].value == 220
    assert workbook["Estimate"]["H4"].value == "=ROUND(B4*E4,2)"
    assert b"Output" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/workbook.xml")


def test_charges_stand_below_the_lines_with_percentages_in_their_own_cells() -> None:
    charges = with_value(Estimate().charges, "tp", Decimal("4.5"))
    charges = with_value(charges, "deduction", Decimal(64))
    charges = with_lump_sums(charges, [("name board", Decimal(150)), ("=1+1", Decimal("250.50"))])
    estimate = Estimate("Work", "repair", (Line("a", 5, Decimal(14)),), charges)
    order = order_of(estimate)
    data = pour_order(order)

    values, formulas = opened(data)["Estimate"], opened(data, values=False)["Estimate"]

    rows = {values.cell(row, 4).value: row for row in range(5, 20) if values.cell(row, 8).value}
    amounts = {label: values.cell(row, 8).value for label, row in rows.items()}
    assert amounts == {
        "Total": 3080,
        "Deduct Old Material Cost (-)": 64,
        "ECV": 3016,
        "Add Excess T.P. @ 4.5 %": 136,
        "Add LC @ 1 %": 30,
        "Add QC @ 1 %": 30,
        "Add NAC @ 0.1 %": 3,
        "Sub Total": 3215,
        "Add GST @ 18 %": 579,
        "L.S. Provision towards name board": 150,
        "L.S. Provision towards =1+1": 250.5,
        "Grand Total": 4194.5,
    }
    assert order.price.grand_total == Decimal("4194.50")
    ecv, lc = rows["ECV"], rows["Add LC @ 1 %"]
    assert formulas.cell(ecv, 8).value == f"=H{ecv - 2}-H{ecv - 1}"
    assert (formulas.cell(lc, 5).value, formulas.cell(lc, 8).value) == (0.01, f"=ROUND((H{ecv})*E{lc},0)")


def test_a_sum_that_is_rounded_is_rounded_by_its_formula() -> None:
    charges = with_rounding(Estimate().charges, "grand_total", "10 rupees")
    order = order_of(Estimate("Work", "original", (Line("a", 5, Decimal(14)),), charges))
    data = pour_order(order)

    values, formulas = opened(data)["Estimate"], opened(data, values=False)["Estimate"]

    row = next(row for row in range(5, 20) if values.cell(row, 4).value == "Grand Total")
    assert values.cell(row, 8).value == order.price.grand_total == 3710
    assert formulas.cell(row, 8).value == f"=ROUND(H{row - 2}+H{row - 1},-1)"


def test_a_typed_grand_total_leaves_the_balance_to_unforeseen_items() -> None:
    charges = with_grand_total(Estimate().charges, Decimal(5000))
    data = pour_order(order_of(Estimate("Work", "original", (Line("a", 5, Decimal(14)),), charges)))

    sheet = opened(data)["Estimate"]

    rows = {sheet.cell(row, 4).value: sheet.cell(row, 8).value for row in range(5, 20)}
    assert rows["Grand Total"] == 5000
    assert rows["L.S. Provision towards unforeseen items"] == 5000 - rows["Sub Total"] - rows["Add GST @ 18 %"]


def test_the_amount_stands_in_words_above_the_signatures() -> None:
    sheet = opened(poured(TWO, [5]))["Estimate"]

    texts = [cell.value for row in sheet.iter_rows(min_row=13) for cell in row if cell.value]
    assert texts == [
        "Amount in words : Rupees Two Hundred Sixty Four Only",
        "Prepared by",
        "Checked by",
        "Approved by",
    ]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", 'a & b <c> "d"', "_x0041_", "कार्य 😀 పని", "x" * 2000])
def test_what_a_person_typed_is_a_text_and_never_a_formula(name: str) -> None:
    data = pour_order(order_of(Estimate(name, "original", (Line("a", 5, Decimal(1), name[:20]),))))

    workbook = opened(data, values=False)

    assert workbook["Estimate"]["A2"].value == f"Name of the work : {name.replace('_x0041_', '_x005F_x0041_')}"
    assert workbook["Output"]["A1"].value == workbook["Estimate"]["A2"].value
    assert {workbook["Estimate"][place].data_type for place in ("A2", "C4", "G4")} == {"s"}


def test_a_text_cell_of_the_schedule_that_starts_with_an_equals_sign_stays_a_text() -> None:
    workbook = load_workbook(io.BytesIO(TWO))
    workbook["Master Datas"]["D7"] = "=1+1 and more text, which is a long specification"
    workbook["Master Datas"]["D7"].data_type = "s"

    result = opened(poured(saved(workbook), [5]), values=False)

    assert (result["Output"]["D5"].data_type, result["Estimate"]["D4"].data_type) == ("s", "s")


def test_typed_decimals_are_kept_and_shown() -> None:
    sheet = opened(poured(TWO, [5], quantity="3.000"))["Estimate"]

    assert (sheet["B4"].value, sheet["B4"].number_format) == (3, "0.000")


def test_the_same_order_gives_the_same_bytes() -> None:
    assert poured(TWO, [5, 20], "repair") == poured(TWO, [5, 20], "repair")


def test_nothing_in_the_file_tells_the_time_but_the_job() -> None:
    package = zipfile.ZipFile(io.BytesIO(poured(TWO, [5])))

    assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert b"2026-04-01T09:30:00Z" in package.read("docProps/core.xml")


def test_the_page_is_set_up_for_printing() -> None:
    sheet = opened(poured(TWO, [5, 20]))["Estimate"]

    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "portrait")
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.print_area == f"'Estimate'!$A$1:$H${sheet.max_row}"
    assert sheet.oddFooter.center.text == "Page &P of &N"
    assert (sheet.oddFooter.left.text, sheet.oddFooter.right.text) == ("Test work", "Test 2025-26")


def test_an_ampersand_in_the_name_is_no_code_of_the_footer() -> None:
    data = pour_order(order_of(Estimate("Roads & Bridges &D", "original", (Line("a", 5, Decimal(1)),))))

    assert b"&amp;&amp;D" in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet2.xml")


def test_nothing_picked_is_refused() -> None:
    with pytest.raises(BadInput, match="No items selected"):
        pour_order(order_of(Estimate("Work")))


def test_charges_that_cannot_be_computed_are_refused_with_their_sentence() -> None:
    charges = with_grand_total(Estimate().charges, Decimal(1))
    estimate = Estimate("Work", "original", (Line("a", 5, Decimal(14)),), charges)

    with pytest.raises(BadInput, match="less than the items and charges"):
        pour_order(order_of(estimate))


def test_a_specification_longer_than_a_cell_is_refused() -> None:
    workbook = load_workbook(io.BytesIO(TWO))
    workbook["Master Datas"]["D7"] = "x" * 32_760
    data = saved(workbook)

    assert len(opened(poured(data, [5]))["Estimate"]["D4"].value) == 32_760
    with pytest.raises(BadInput, match="a cell of Excel holds 32,767"):
        poured(data, [5], "repair")


@pytest.mark.parametrize("lines", [1, 3, 250])
def test_progress_rises_with_the_work_and_tells_at_least_every_fifth(lines: int) -> None:
    told: list[tuple[int, str]] = []
    book = read(TWO)
    estimate = Estimate("Work", "original", tuple(Line(str(n), 5) for n in range(lines)))

    order = order_of(estimate)
    pour(cut_mould(book), order, io.BytesIO(), lambda percent, words: told.append((percent, words)))

    building = [percent for percent, words in told if words == "Building Output sheet..."]
    assert len(building) >= min(lines, 5)
    assert building == sorted(set(building)) and 30 <= building[0] and building[-1] == 70
    assert [step for step in told if step[1] != "Building Output sheet..."] == [
        (70, "Building Estimate sheet..."),
        (85, "Saving Excel file..."),
    ]


def test_a_schedule_saved_scrolled_and_coloured_to_the_last_row_gives_a_clean_workbook() -> None:
    workbook = load_workbook(io.BytesIO(TWO))
    sheet = workbook["Master Datas"]
    sheet.sheet_view.topLeftCell = "A900"
    sheet["A1048576"].fill = YELLOW
    sheet.auto_filter.ref = "A4:J30"
    workbook.active = 1

    data = poured(saved(workbook), [20])

    result = opened(data)
    assert result.active is not None and result.active.title == "Estimate"
    assert result["Output"].max_row == 9
    assert not result["Output"].auto_filter.ref
    assert result["Output"].sheet_view.topLeftCell is None


def test_every_row_and_cell_keeps_its_reference() -> None:
    package = zipfile.ZipFile(io.BytesIO(poured(TWO, [5, 20])))

    for sheet in ("sheet2", "sheet3"):
        text = package.read(f"xl/worksheets/{sheet}.xml").decode()
        assert len(re.findall("<row ", text)) == len(re.findall('<row r="', text)) > 5
        assert len(re.findall("<c ", text)) == len(re.findall('<c r="', text)) > 20


def test_a_price_is_poured_as_it_is() -> None:
    order = order_of(Estimate("Work", "original", (Line("a", 20, Decimal("1.005")),)))

    sheet = opened(pour_order(order))["Estimate"]

    assert isinstance(order.price, Price)
    assert Decimal(repr(sheet["H4"].value)) == order.price.items_total
