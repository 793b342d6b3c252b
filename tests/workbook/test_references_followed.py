"""Wherever blocks land, in any order, every copied formula gives the value that it gives in the schedule."""

import io
import random
import zipfile
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from xlsxwriter import Workbook as WritingWorkbook

from estimate_core.domain.estimate import Estimate, Line, WorkType, price
from estimate_core.workbook.output.mould import cut_mould
from tests.office import needs_office, recalculated
from tests.workbook.schedules import block, opened, order_of, poured, poured_order, read, small_schedule

SAMPLES = Path(__file__).parents[2] / "data" / "samples"

CELLS = (
    {"D1": "Schedule of tests", "I2": 0.25, "J2": "=I2*2"}
    | block(5, "Own rows", J10="=$J$9*10%", J11="=ROUND(SUM($J$9:J10),2)")
    | block(15, "Another block", I19="=J31")
    | block(25, "Two blocks on", I29="='Master Datas'!J11+'master datas'!$E$19")
    | block(35, "Rows before the first heading", J40="=J39*$J$2+I$2")
    | block(45, "Another sheet", I49="='Basic Rates'!C3", J50="=SUM('Basic Rates'!C:C)")
    | block(55, "A sheet that needs a sheet and a block", I59="=Leads!B2")
    | block(65, "Names", J70="=J69*overheads+lead_rate+half")
    | block(75, "Across blocks", J80="=SUM(I$9:I29)+SUM(K:K)+COUNT(9:9)", K79=3)
    | block(85, "Blank rows below", J90="=SUM(J92:J94)+J89")
    | block(100, "Looking up", J105='=VLOOKUP("Sand",\'Basic Rates\'!$A$1:$C$4,3,FALSE)&""', J106="=J105*2")
    | block(110, "Sheets named like ours", I114="=Output!A1+Estimate!A1")
    | block(120, "Quoted", I124="='Rate''s list'!B2")
)
HEADINGS = [f"D{row}" for row in (5, 15, 25, 35, 45, 55, 65, 75, 85, 100, 110, 120)]
SHEETS = {
    "Basic Rates": {"A1": "Cement", "C1": 5, "A2": "Sand", "C2": 7.5, "A3": "Steel", "C3": "=C1*C2+Deep!A1", "C4": 1},
    "Deep": {"A1": "=A2*2", "A2": 4},
    "Leads": {"B1": "='Master Datas'!J11", "B2": "=B1/2+SUM('Master Datas'!$J$19:$J$21)+'Master Datas'!$I$2+Deep!A1"},
    "Output": {"A1": 11},
    "Estimate": {"A1": 13},
    "Rate's list": {"B2": 17},
    "Not needed": {"A1": 1},
}
NAMES = {"overheads": "'Basic Rates'!$C$2", "lead_rate": "'Master Datas'!$J$21", "half": "0.5"}
DATA = small_schedule(CELLS, HEADINGS, sheets=SHEETS, names=NAMES)
ROWS = [int(place[1:]) for place in HEADINGS]


def test_every_item_of_the_reference_schedule_can_be_picked() -> None:
    schedule = read(DATA).schedule

    assert [item.name for item in schedule.items if item.rate is None] == []
    assert [finding for finding in schedule.findings if finding.severity == "error"] == []


@needs_office
@pytest.mark.parametrize("order", ["schedule's", "reversed", "shuffled", "few"])
def test_rates_survive_any_order_of_picking(order: str) -> None:
    rows = {"schedule's": ROWS, "reversed": ROWS[::-1], "few": [25, 55]}.get(order) or random.Random(7).sample(ROWS, 12)

    check_against_schedule(DATA, rows)


@needs_office
@pytest.mark.parametrize("row", ROWS)
def test_each_item_alone_brings_along_what_it_needs(row: int) -> None:
    check_against_schedule(DATA, [row])


@lru_cache(maxsize=8)
def original_values(data: bytes) -> Workbook:
    """The schedule as LibreOffice computes it."""
    return recalculated(data)


def check_against_schedule(data: bytes, rows: list[int]) -> None:
    """Stored values are what LibreOffice computes, and each line's block gives the values of the schedule's block."""
    result, original = poured(data, rows), original_values(data)["Master Datas"]
    stored, formulas, live = opened(result), opened(result, values=False), recalculated(result)
    for sheet in formulas:
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"):
            expected = live[sheet.title][cell.coordinate].value
            assert_same(stored[sheet.title][cell.coordinate].value, expected, f"{sheet.title}!{cell.coordinate}")
    for place, row in enumerate(rows, 4):
        start = int(formulas["Estimate"][f"A{place}"].hyperlink.location.removeprefix("Output!A"))
        for offset in range(7):
            for col in range(4, 12):
                expected = original.cell(row + offset, col).value
                assert_same(
                    live["Output"].cell(start + offset, col).value, expected, f"row {row + offset}, column {col}"
                )


def assert_same(value: object, expected: object, where: str) -> None:
    assert not str(value).startswith("#"), where
    if isinstance(value, int | float) and isinstance(expected, int | float):
        assert abs(value - expected) < 0.005, (where, value, expected)
    else:
        assert (value or None) == (expected or None), where


def test_a_block_that_others_need_comes_along_once_below_a_band() -> None:
    output = opened(poured(DATA, [15, 25]), values=False)["Output"]
    column_a = {cell.value: cell.row for cell in output["A"] if cell.value}

    band = column_a["Supporting datas"]
    names = [output.cell(row, 4).value for row in range(band, output.max_row + 1)]
    assert names.count("Own rows") == 1
    assert "Another block" not in names


def test_only_the_sheets_that_are_needed_come_along_under_names_of_their_own() -> None:
    names = opened(poured(DATA, [45, 110])).sheetnames

    assert names == ["Estimate", "Output", "Basic Rates", "Deep", "Estimate (2)", "Output (2)", "Check"]


def test_rows_before_the_first_heading_come_along_as_a_sheet_of_those_rows() -> None:
    sheet = opened(poured(DATA, [35]))["Master Datas"]

    assert (sheet.max_row, sheet["J2"].value) == (2, 0.5)


def test_a_reference_across_blocks_brings_the_whole_sheet_along() -> None:
    sheet = opened(poured(DATA, [75]))["Master Datas"]

    assert (sheet["D5"].value, sheet["D120"].value) == ("Own rows", "Quoted")


def test_no_defined_name_is_left_but_those_of_printing() -> None:
    workbook = load_workbook(io.BytesIO(poured(DATA, [65])))

    assert dict(workbook.defined_names) == {}


def with_external(stored: float | None) -> bytes:
    """A schedule whose item refers to another workbook, with or without the value that it last had."""
    stream = io.BytesIO()
    workbook = WritingWorkbook(stream)
    master, groups = workbook.add_worksheet("Master Datas"), workbook.add_worksheet("Groups")
    heading = workbook.add_format({"bg_color": "#FFFF00", "font_color": "#FF0000"})
    master.write("D5", "Lead", heading)
    master.write("D7", "Carting of earth with all leads and lifts, complete.")
    master.write_formula("I9", "=[1]lead!B4", value=stored if stored is not None else "")
    master.write_formula("J9", "=2*I9", value=80.5)
    master.write_formula("J10", "=ROUND(J9*1.1,2)", value=88.55)
    for col, title in enumerate(("Item Name", "Group", "Prefix")):
        groups.write(0, col, title)
    workbook.close()
    return stream.getvalue()


def test_a_reference_to_another_workbook_is_frozen_at_its_last_value_with_a_comment() -> None:
    book = read(with_external(40.25))

    output = opened(poured(with_external(40.25), [5]), values=False)["Output"]

    assert book.schedule.items[0].rate == Decimal("88.55")
    assert [f.cell for f in book.schedule.findings if f.kind == "external-link"] == ["I9"]
    assert (output["I7"].value, output["J7"].value) == (40.25, "=2*I7")
    assert "another workbook" in output["I7"].comment.text


def test_a_reference_to_another_workbook_without_a_value_makes_the_item_unusable() -> None:
    schedule = read(with_external(None)).schedule

    assert schedule.items[0].rate is None
    assert any(f.severity == "error" and "another workbook" in f.sentence for f in schedule.findings)


@needs_office
def test_a_workbook_with_a_frozen_value_opens_in_libreoffice() -> None:
    result = recalculated(poured(with_external(40.25), [5], quantity="2"))

    assert result["Estimate"]["H4"].value == 177.1


@needs_office
@pytest.mark.parametrize("work_type", ["original", "repair"])
@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("sample", ["electrical", "civil"])
def test_all_items_of_the_samples_keep_their_rates(sample: str, shuffled: bool, work_type: WorkType) -> None:
    data = (SAMPLES / f"{sample}.xlsx").read_bytes()
    book = read(data)
    items = list(book.schedule.items)
    random.Random(11).shuffle(items) if shuffled else None
    lines = tuple(Line(str(n), item.row, Decimal(n * 37 % 500) + Decimal("0.125")) for n, item in enumerate(items))
    estimate = Estimate("All items", work_type, lines)
    priced = price(estimate, book.schedule)
    result = poured_order(cut_mould(book), order_of(estimate, book.schedule))

    live, stored = recalculated(result), opened(result)

    original = original_values(data)["Master Datas"]
    for place, item in enumerate(items, 4):
        block_of_item = next(b for b in book.blocks if b.first == item.row)
        assert_same(
            live["Estimate"].cell(place, 5).value, original.cell(block_of_item.rate_row or 0, 10).value, item.name
        )
    for sheet in stored:
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
            assert_same(cell.value, live[sheet.title][cell.coordinate].value, f"{sheet.title}!{cell.coordinate}")
    totals = [row[7].value for row in live["Estimate"].iter_rows() if row[3].value == "Grand Total"]
    assert [Decimal(str(round(total, 2))) for total in totals] == [priced.grand_total.normalize()]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("a name for a constant expression", {"J10": "=J9*overhead"}),
        ("the serial in column A", {"J10": "=J9*A5/100"}),
        ("a serial counted on from another block", {"A25": "=A5+1", "J30": "=J29*A25"}),
        ("a range from column A", {"J10": "=SUM(A5:B9)+COUNT(A5:J8)"}),
        ("a specification by formula", {"D7": "=Texts!A1"}),
        ("a formula on the specification", {"K10": '="See "&D7', "J10": '=IF(D7="Other",1,2)'}),
    ],
)
@pytest.mark.parametrize("work_type", ["original", "repair"])
@needs_office
def test_what_the_output_says_otherwise_changes_no_value(
    name: str, cells: dict[str, object], work_type: WorkType
) -> None:
    content = block(5, "First") | block(25, "Second") | cells
    texts = {"Texts": {"A1": "Specification by formula, complete for finished item of work."}}
    data = small_schedule(content, ["D5", "D25"], sheets=texts, names={"overhead": "0.1+0.04"})

    result = poured(data, [25, 5], work_type)

    stored, live = opened(result), recalculated(result)
    expected = {item.name: item.rate for item in read(data).schedule.items}
    assert [live["Estimate"][place].value for place in ("E4", "E5")] == [
        pytest.approx(float(expected[item] or 0)) for item in ("Second", "First")
    ]
    for cell in (cell for sheet in stored for row in sheet.iter_rows() for cell in row if cell.value is not None):
        assert_same(cell.value, live[cell.parent.title][cell.coordinate].value, cell.coordinate)


def test_a_specification_by_formula_takes_the_prefix_too() -> None:
    texts = {"Texts": {"A1": "Specification by formula, complete for finished item of work."}}
    data = small_schedule(block(5, "First") | {"D7": "=Texts!A1"}, ["D5"], sheets=texts)

    output = opened(poured(data, [5], "repair"), values=False)["Output"]

    assert output["D5"].value == "Re- Specification by formula, complete for finished item of work."


@pytest.mark.parametrize(("work_type", "shown"), [("original", 100), ("repair", "Re- 100")])
def test_a_specification_that_is_a_number_takes_the_prefix_too(work_type: WorkType, shown: object) -> None:
    data = small_schedule(block(5, "First") | {"D7": "=I9*1"}, ["D5"])

    output = opened(poured(data, [5], work_type))["Output"]

    assert output["D5"].value == shown


def test_a_broken_reference_never_reaches_an_output() -> None:
    data = small_schedule(block(5, "First") | {"K9": "#REF!", "K10": "=INDEX(A1:A2,9)"}, ["D5"])
    book = read(data)

    package = zipfile.ZipFile(io.BytesIO(poured(data, [5])))

    assert book.schedule.items[0].rate is not None
    assert not any(b"#REF!</v>" in package.read(name) for name in package.namelist() if "worksheets/sheet" in name)


def test_a_supporting_block_keeps_what_column_a_says() -> None:
    data = small_schedule(block(5, "First", A5=7) | block(25, "Second", I29="=J11"), ["D5", "D25"])

    output = opened(poured(data, [25]))["Output"]

    assert [cell.value for cell in output["A"] if cell.value is not None] == [
        "Name of the work : Test work",
        "Data 1",
        "Supporting datas",
        7,
    ]
