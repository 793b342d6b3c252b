"""Schedules whose formulas cannot be followed, or contradict what the file holds."""

import re

from openpyxl.worksheet.formula import DataTableFormula

from tests.workbook.corpus.case import Expected, error, note, one, schedule, warning, with_stored
from tests.workbook.packages import with_part
from tests.workbook.schedules import block, small_schedule

_WALL = Expected(5, "Wall")
_NONE = Expected(5, "Wall", None)
_SHEET = "xl/worksheets/sheet1.xml"


@schedule(_WALL, told=[warning("external-link", "I9")], steady=False)
def a_link_into_another_workbook_with_its_value() -> bytes:
    return with_stored(one(I9="=[1]lead!B4"), {"I9": 100})


@schedule(Expected(5, "Wall", "330"), told=[warning("external-link", "J11")], steady=False)
def a_rate_from_another_workbook_with_its_value() -> bytes:
    return with_stored(one(J11="='C:\\rates\\[lead 2025.xlsx]Sheet 1'!$B$4+J9"), {"J11": 330})


@schedule(_NONE, told=[error("external-link", "I9"), error("cannot-be-computed", "J11")], steady=False)
def a_link_into_another_workbook_without_a_value() -> bytes:
    return one(I9="=[1]lead!B4")


@schedule(
    _NONE,
    Expected(20, "Floor", None),
    Expected(35, "Roof"),
    told=[
        error("external-link", "B4", "Rates"),
        error("cannot-be-computed", "J11"),
        error("cannot-be-computed", "J26"),
    ],
    steady=False,
)
def a_link_without_a_value_on_a_sheet_that_items_need() -> bytes:
    cells = block(5, "Wall", I9="=Rates!B4") | block(20, "Floor", I24="=J11") | block(35, "Roof")
    return small_schedule(cells, ["D5", "D20", "D35"], sheets={"Rates": {"B4": "=[1]lead!B4"}})


@schedule(_WALL, told=[note("external-link", "B4", "Summary")], steady=False)
def a_link_on_a_sheet_that_no_item_needs() -> bytes:
    return small_schedule(block(5, "Wall"), ["D5"], sheets={"Summary": {"B4": "=[1]lead!B4", "B5": 1}})


@schedule(
    _WALL, told=[note("circular-reference", "B4", "Summary"), note("circular-reference", "B5", "Summary")], steady=False
)
def a_circle_on_a_sheet_that_no_item_needs() -> bytes:
    return small_schedule(block(5, "Wall"), ["D5"], sheets={"Summary": {"B4": "=B5", "B5": "=B4"}})


@schedule(
    _NONE,
    told=[
        error("circular-reference", "J9"),
        error("circular-reference", "J10"),
        error("cannot-be-computed", "J11"),
    ],
    steady=False,
)
def a_circle_without_values() -> bytes:
    return one(J9="=J10*2", J10="=J9*10%")


@schedule(_WALL, told=[warning("circular-reference", "J9"), warning("circular-reference", "J10")], steady=False)
def a_circle_with_values() -> bytes:
    return with_stored(one(J9="=J10*10", J10="=J9*10%"), {"J9": 200, "J10": 20})


@schedule(_NONE, told=[error("circular-reference", "J11"), error("cannot-be-computed", "J11")], steady=False)
def a_rate_that_adds_itself() -> bytes:
    return one(J11="=SUM(J9:J11)")


@schedule(_NONE, told=[error("broken-reference", "J9"), error("cannot-be-computed", "J11")], steady=False)
def a_reference_to_what_was_deleted() -> bytes:
    return one(J9="=E9*#REF!/G9")


@schedule(_NONE, told=[error("sheet-not-there", "I9"), error("cannot-be-computed", "J11")], steady=False)
def a_helper_sheet_that_is_missing() -> bytes:
    return one(I9="=Lead!B4")


@schedule(_WALL, told=[warning("sheet-not-there", "I9")], steady=False)
def a_helper_sheet_that_is_missing_with_its_value() -> bytes:
    return with_stored(one(I9="=Lead!B4"), {"I9": 100})


@schedule(_NONE, told=[error("name-not-there", "I9"), error("cannot-be-computed", "J11")], steady=False)
def a_name_that_is_not_defined() -> bytes:
    return one(I9="=MasonRate")


@schedule(_WALL, told=[warning("broken-reference", "I9")], steady=False)
def a_name_of_a_deleted_sheet_with_its_value() -> bytes:
    return with_stored(one(I9="=#REF!B4"), {"I9": 100})


@schedule(_WALL, told=[warning("formula-not-followed", "I9")], steady=False)
def a_function_that_is_not_computed_with_its_value() -> bytes:
    return with_stored(one(I9='=INDIRECT("G"&9)*100'), {"I9": 100})


@schedule(_NONE, told=[error("formula-not-followed", "I9"), error("cannot-be-computed", "J11")], steady=False)
def a_function_that_is_not_computed_without_a_value() -> bytes:
    return one(I9="=MYRATE(E9)")


@schedule(_NONE, told=[error("formula-not-followed", "I9"), error("cannot-be-computed", "J11")], steady=False)
def a_data_table() -> bytes:
    return one(I9=DataTableFormula(ref="I9:I9", dt2D=False, r1="G9", ca=False))


@schedule(Expected(5, "Wall", "220"), told=[warning("stored-value-differs", "J11")])
def a_stored_rate_that_the_formula_contradicts() -> bytes:
    return with_stored(one(), {"J9": 200, "J10": 20, "J11": 210})


@schedule(Expected(5, "Wall", "0.9"), told=[warning("stored-value-differs", "I9")])
def a_small_stored_value_that_the_formula_contradicts() -> bytes:
    return with_stored(one(I9="=0.41", J11="=ROUND(J9+J10,1)"), {"I9": 0.414, "J9": 0.82})


@schedule(_WALL, told=[warning("stored-value-differs", "J9")])
def a_stored_text_where_the_formula_gives_a_number() -> bytes:
    return with_stored(one(), {"J9": "n.a."})


@schedule(_WALL)
def a_stored_value_that_is_off_by_the_last_digits() -> bytes:
    return with_stored(one(), {"J9": 200.00000000000003, "J10": 20, "J11": 220})


@schedule(_WALL, told=[note("stored-value-differs", "B5", "Summary")])
def a_stored_value_that_differs_on_a_sheet_that_no_item_needs() -> bytes:
    data = small_schedule(block(5, "Wall"), ["D5"], sheets={"Summary": {"B4": 2, "B5": "=B4*2"}})
    return with_stored(data, {"B5": 5}, sheet=3)


@schedule(_WALL)
def a_stored_error_that_is_gone() -> bytes:
    return with_part(
        one(),
        _SHEET,
        lambda xml: re.sub(rb'<c r="J9"><f>(.*?)</f><v ?/>', rb'<c r="J9" t="e"><f>\1</f><v>#N/A</v>', xml),
    )
