"""Schedules that programs and people save in odd ways, all of which must be read."""

import io
import re

import xlsxwriter
from openpyxl import load_workbook
from openpyxl.chart import BarChart
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation

from tests.workbook.corpus.case import (
    GROUPS,
    MASTER,
    Expected,
    note,
    one,
    schedule,
    warning,
    with_stored,
)
from tests.workbook.packages import packed, parts_of, with_part
from tests.workbook.schedules import block, saved, small_schedule

_WALL = Expected(5, "Wall")
_SHEET = "xl/worksheets/sheet1.xml"
_MANY = 375
"""Blocks of eight rows: 3,000 rows."""


@schedule(_WALL)
def a_plain_schedule_without_stored_values() -> bytes:
    return one()


@schedule(_WALL)
def a_plain_schedule_with_stored_values() -> bytes:
    return with_stored(one(), {"J9": 200, "J10": 20, "J11": 220})


@schedule(_WALL, told=[note("faulty-styles", "", "")])
def a_font_of_a_family_that_excel_does_not_know() -> bytes:
    family = b'<color rgb="FFFF0000" /><family val="34"/>'
    return with_part(one(), "xl/styles.xml", lambda part: part.replace(b'<color rgb="FFFF0000" />', family))


@schedule(_WALL)
def a_schedule_by_another_program_with_shared_strings() -> bytes:
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True})
    master, groups = workbook.add_worksheet(MASTER), workbook.add_worksheet(GROUPS)
    heading = workbook.add_format({"bg_color": "#FFFF00", "font_color": "#FF0000", "border": 1})
    values = {"J9": 200, "J10": 20, "J11": 220}
    for place, value in block(5, "Wall").items():
        if place in values:
            master.write_formula(place, str(value), None, values[place])
        else:
            master.write(place, value, heading if place == "D5" else None)
    groups.write_row("A1", ["Item Name", "Group", "Prefix", "Unit"])
    groups.write_row("A2", ["Wall", "Works", "Re-", "Nos"])
    workbook.close()
    return stream.getvalue()


@schedule(_WALL)
def a_workbook_with_macros() -> bytes:
    kind = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    binary = b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
    data = with_part(one(), "[Content_Types].xml", lambda xml: xml.replace(plain, kind).replace(b"</Types>", binary))
    return packed(parts_of(data), {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 no macros"})


@schedule(_WALL)
def sheets_with_stray_spaces_and_another_case() -> bytes:
    workbook = load_workbook(io.BytesIO(one()))
    workbook[MASTER].title, workbook[GROUPS].title = "  MASTER  datas ", " groups"
    return saved(workbook)


@schedule(_WALL, told=[warning("sheet-twice", "", "master datas ")])
def a_second_sheet_of_nearly_the_same_name() -> bytes:
    workbook = load_workbook(io.BytesIO(one()))
    workbook.create_sheet("master datas ")["A1"] = "Copy of last year"
    return saved(workbook)


@schedule(*(Expected(5 + 8 * n, f"Item {n}") for n in range(_MANY)))
def a_schedule_of_3000_rows() -> bytes:
    cells: dict[str, object] = {}
    for number in range(_MANY):
        cells |= block(5 + 8 * number, f"Item {number}")
    return small_schedule(cells, [f"D{5 + 8 * number}" for number in range(_MANY)])


@schedule(_WALL)
def stray_formatted_rows_far_below() -> bytes:
    stray = b"".join(b'<row r="%d"><c r="A%d" s="0"/><c r="J%d" s="0"/></row>' % (n, n, n) for n in range(1000, 1400))
    stray += b'<row r="1048576" s="1" customFormat="1"/>'
    return with_part(one(), _SHEET, lambda xml: xml.replace(b"</sheetData>", stray + b"</sheetData>"))


@schedule(_WALL)
def a_sheet_saved_scrolled_far_down_with_a_filter_and_panes() -> bytes:
    workbook = load_workbook(io.BytesIO(one()))
    sheet = workbook[MASTER]
    sheet.freeze_panes, sheet.auto_filter.ref = "A5", "A4:J11"
    sheet.sheet_view.topLeftCell = "A40000"
    sheet.sheet_view.selection[0].sqref = "J40001"
    return saved(workbook)


@schedule(*(Expected(5 + 15 * n, name) for n, name in enumerate(("Wall", "Floor"))))
def shared_formulas() -> bytes:
    cells = block(5, "Wall") | block(20, "Floor", quantity=2)

    def share(xml: bytes) -> bytes:
        first = b'<f t="shared" ref="J9:J24" si="0">E9*I9/G9</f>'
        xml = xml.replace(b"<f>E9*I9/G9</f>", first).replace(b"<f>E24*I24/G24</f>", b'<f t="shared" si="0"/>')
        assert xml.count(b'si="0"') == 2
        return xml

    return with_part(small_schedule(cells, ["D5", "D20"]), _SHEET, share)


@schedule(_WALL)
def an_array_formula_in_one_cell() -> bytes:
    array = b'<f t="array" ref="J9">SUM(E9*I9/G9)</f>'
    return with_part(one(), _SHEET, lambda xml: xml.replace(b"<f>E9*I9/G9</f>", array))


@schedule(_WALL, told=[note("number-as-text", "E9")])
def numbers_kept_as_text() -> bytes:
    return one(E9="2", G9="1", I9="100")


@schedule(Expected(5, "Wall", "0.27"))
def formulas_in_quantity_and_rate() -> bytes:
    return one(E9="=0.067*2", I9="=1.81+0.001*2", J11="=ROUND(J9+J10,2)")


@schedule(_WALL, told=[warning("hidden-rows", "A9"), warning("hidden-rows", "A11")])
def hidden_rows() -> bytes:
    workbook = load_workbook(io.BytesIO(one()))
    workbook[MASTER].row_dimensions[1].hidden = True
    workbook[MASTER].row_dimensions[9].hidden = True
    return with_part(saved(workbook), _SHEET, lambda xml: xml.replace(b'<row r="11"', b'<row r="11" ht="0"'))


@schedule(_WALL, told=[warning("hidden-columns", "G1"), note("hidden-columns", "A1")])
def hidden_columns() -> bytes:
    workbook = load_workbook(io.BytesIO(one()))
    for column in ("A", "G", "H", "M"):
        workbook[MASTER].column_dimensions[column].hidden = True
    return saved(workbook)


@schedule(_WALL, told=[warning("hidden-under-merge", "I9")])
def a_number_under_a_merge() -> bytes:
    data = one(I9=100, J9="=E9*I9/G9", K9=5)
    merge = b'</sheetData><mergeCells><mergeCell ref="I9:I10"/><mergeCell ref="C9:D9"/></mergeCells>'

    def change(xml: bytes) -> bytes:
        xml = re.sub(rb'(<row r="10".*?)(<c r="J10")', rb'\1<c r="I10"><v>7</v></c>\2', xml, flags=re.DOTALL)
        return xml.replace(b"</sheetData>", merge)

    return with_part(data, _SHEET, change)


@schedule(_WALL)
def a_block_that_begins_in_row_1_and_one_text_below() -> bytes:
    cells = block(5, "Wall") | {"D1": "Schedule of rates", "A2": 1, "J2": 3, "D12": "Note"}
    return small_schedule(cells, ["D5"])


@schedule(Expected(1, "Wall"), Expected(8, "Floor"))
def blocks_from_row_1_without_empty_rows_between() -> bytes:
    return small_schedule(block(1, "Wall") | block(8, "Floor"), ["D1", "D8"])


@schedule(_WALL)
def other_sheets_that_no_item_needs() -> bytes:
    workbook = load_workbook(io.BytesIO(one()))
    workbook.create_sheet("Estimate")["A1"] = "=1/3"
    workbook.create_sheet("Output", 0)["A1"] = "Old"
    workbook.create_chartsheet("Chart").add_chart(BarChart())
    workbook.create_sheet("Hidden").sheet_state = "veryHidden"
    return saved(workbook)


@schedule(_WALL)
def comments_links_validations_and_formats_that_depend() -> bytes:
    workbook = load_workbook(io.BytesIO(one()))
    sheet = workbook[MASTER]
    sheet["I9"].comment = Comment("See the circular", "Engineer")
    sheet["B5"].hyperlink = "https://example.org/"
    sheet.add_data_validation(DataValidation("whole", sqref="E9", formula1="0"))
    sheet.conditional_formatting.add("J9:J11", CellIsRule("lessThan", ["0"], font=Font(color="FFFF0000")))
    sheet.protection.sheet = True
    return saved(workbook)
