"""A schedule is read although parts that it does not need are faulty; where it cannot be, the place is told."""

import gc
import re
from contextlib import suppress
from decimal import Decimal

import pytest

from estimate_core.domain.errors import NotASchedule
from estimate_core.workbook.formula import calculator as formulas
from estimate_core.workbook.reading.book import Book
from tests.workbook.packages import packed, parts_of, with_part, with_text
from tests.workbook.schedules import block, opened, poured, read, small_schedule

MASTER, STYLES, WORKBOOK = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"
GOOD = small_schedule(block(5, "Good"), ["D5"])
RELATIONS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
FAULTY = {
    "validation": '<dataValidations><dataValidation type="odd" sqref="x"/></dataValidations>',
    "conditional format": '<conditionalFormatting sqref="zz"><cfRule type="odd"/></conditionalFormatting>',
    "link over all cells": f'<hyperlinks><hyperlink {RELATIONS} ref="A1:XFD1048576" r:id="rId99"/></hyperlinks>',
    "filter": '<autoFilter ref="odd"/>',
    "header": "<headerFooter><oddHeader>&amp;X</oddHeader></headerFooter>",
    "table": f'<tableParts {RELATIONS}><tablePart r:id="rId77"/></tableParts>',
    "protection": '<sheetProtection algorithmName="x" spinCount="x"/>',
    "page set-up": '<pageSetup paperSize="odd"/>',
    "drawing": f'<drawing {RELATIONS} r:id="rId78"/>',
    "merge": '<mergeCells><mergeCell ref="odd"/><mergeCell ref="D5:E5"/><mergeCell ref="E5:F5"/></mergeCells>',
}


def good_item(book: Book) -> bool:
    """Whether the one item of the good schedule is there with its rate."""
    return [(item.name, item.rate) for item in book.schedule.items] == [("Good", Decimal(220))]


@pytest.mark.parametrize("fault", FAULTY)
def test_a_faulty_part_that_a_schedule_does_not_need_keeps_nobody_out(fault: str) -> None:
    data = with_text(GOOD, MASTER, "</sheetData>", "</sheetData>" + FAULTY[fault])

    assert good_item(read(data))
    assert opened(poured(data, [5]))["Estimate"]["E4"].value == 220


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<sheetView ", '<sheetView view="odd" '),
        ("<sheetFormatPr ", '<sheetFormatPr outlineLevelRow="" '),
        ("<sheetData>", '<cols><col min="1" max="99999999" width="9"/></cols><sheetData>'),
        ("<sheetData>", '<cols><col min="1" max="3" width="9" style="77"/></cols><sheetData>'),
        ('<row r="9"', '<row r="9" s="77" customFormat="1"'),
    ],
)
def test_odd_views_columns_and_rows_are_read_over(old: str, new: str) -> None:
    data = with_text(GOOD, MASTER, old, new)

    assert good_item(read(data))
    assert opened(poured(data, [5]))["Estimate"]["E4"].value == 220


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<color rgb="FFFF0000" />', '<color rgb="FFFF0000" /><family val="34"/>'),
        ('<color rgb="FFFF0000" />', '<sz val="large"/><color rgb="FFFF0000" />'),
        ("builtinId=", "biltinId="),
        ('name="Normal" xfId="0"', 'name="Normal" xfId="9"'),
        ("<tableStyles", '<dxfs><dxf><font><sz val="x"/></font></dxf></dxfs><tableStyles'),
        ('<numFmts count="0" />', '<numFmts><numFmt numFmtId="x" formatCode="0"/></numFmts>'),
        ('xfId="0" /></cellXfs>', 'xfId="zz"><alignment horizontal="odd"/></xf></cellXfs>'),
        ('<fgColor rgb="FFFFFF00" />', '<fgColor rgb="FFFFFF00" /><bgColor rgb="odd"/>'),
    ],
)
def test_headings_keep_their_colours_where_styles_are_faulty(
    old: str, new: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = with_text(GOOD, STYLES, old, new)

    assert good_item(read(data))
    assert opened(poured(data, [5]))["Estimate"]["E4"].value == 220
    assert capsys.readouterr().out == ""


def test_styles_that_could_not_be_read_are_told_and_good_ones_are_not() -> None:
    faulty = with_text(GOOD, STYLES, '<color rgb="FFFF0000" />', '<color rgb="FFFF0000" /><family val="34"/>')

    told = [[finding.kind for finding in read(data).schedule.findings] for data in (faulty, GOOD)]

    assert told == [["faulty-styles"], []]


@pytest.mark.parametrize("element", ["cellStyles", "cellStyleXfs"])
def test_styles_without_names_are_read(element: str, capsys: pytest.CaptureFixture[str]) -> None:
    pattern = f"<{element}.*?</{element}>".encode()
    data = with_part(GOOD, STYLES, lambda part: re.sub(pattern, b"", part))

    assert good_item(read(data))
    assert capsys.readouterr().out == ""


def test_faulty_names_and_workbook_settings_are_read_over() -> None:
    names = (
        '<definedNames><definedName name="_xlnm.Print_Titles" localSheetId="0">odd!$Q</definedName>'
        '<definedName comment="no name">A1</definedName><definedName name="Ten">10</definedName></definedNames>'
    )
    data = small_schedule(block(5, "Good", I9="=Ten*10"), ["D5"])
    data = with_text(data, WORKBOOK, "<definedNames />", names)
    data = with_text(data, WORKBOOK, 'activeTab="0"', 'activeTab="odd"')

    assert good_item(read(data))


CELLS = {
    "text as a number": 't="n"><v>two</v>',
    "not a number": 't="n"><v>NaN</v>',
    "text without an entry": 't="s"><v>999</v>',
    "style without an entry": 's="999"><v>2</v>',
    "word as truth": 't="b"><v>maybe</v>',
}


@pytest.mark.parametrize("fault", CELLS)
def test_a_cell_that_cannot_be_read_is_told_by_sheet_and_row(fault: str) -> None:
    data = with_text(GOOD, MASTER, '<c r="E9" t="n"><v>2</v>', f'<c r="E9" {CELLS[fault]}')

    with pytest.raises(NotASchedule, match="its sheet .Master Datas., in or below row 9, seems to be damaged"):
        read(data)


@pytest.mark.parametrize("place", ["A1048577", "AAAA1", "XFE9", "9", "A", "$A$1", "A0", "A-1"])
def test_a_cell_beyond_the_sheet_is_refused(place: str) -> None:
    data = with_text(GOOD, MASTER, 'r="E9"', f'r="{place}"')

    with pytest.raises(NotASchedule, match="its sheet .Master Datas.*damaged"):
        read(data)


@pytest.mark.parametrize("number", ["1E400", "-1E400", "9" * 400])
def test_a_number_that_is_too_large_makes_its_item_unusable_only(number: str) -> None:
    book = read(with_text(GOOD, MASTER, '<c r="E9" t="n"><v>2</v>', f'<c r="E9" t="n"><v>{number}</v>'))

    assert [(item.name, item.rate) for item in book.schedule.items] == [("Good", None)]


def test_a_shared_formula_that_cannot_be_translated_costs_its_item_only() -> None:
    both = small_schedule(block(5, "Good") | block(20, "Odd"), ["D5", "D20"])

    book = read(with_text(both, MASTER, "<f>J24*10%</f>", '<f t="shared" si="0" ref="J25">J24#"</f>'))

    assert [item.rate for item in book.schedule.items] == [Decimal(220), None]


def test_formulas_that_read_more_cells_than_can_be_computed_cost_their_items_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = small_schedule(block(5, "Good", J11="=J9+J10") | block(20, "Greedy", J26="=SUM(A1:J19)"), ["D5", "D20"])
    monkeypatch.setattr(formulas, "_MOST_READ", 100)

    schedule = read(both).schedule

    assert [item.rate for item in schedule.items] == [Decimal(220), None]
    assert any("read more cells in all than can be computed" in finding.sentence for finding in schedule.findings)


def test_a_stored_value_that_cannot_be_read_counts_as_none() -> None:
    pattern = rb"(<f>E9\*I9/G9</f>)<v ?/?>(</v>)?"
    data = with_part(GOOD, MASTER, lambda part: re.sub(pattern, rb"\1<v>many</v>", part))

    assert b"<v>many</v>" in parts_of(data)[MASTER]
    assert good_item(read(data))


def test_two_sheets_of_one_name_are_refused() -> None:
    data = with_text(GOOD, WORKBOOK, 'name="Groups"', 'name="Master Datas"')

    with pytest.raises(NotASchedule, match="two sheets that are called .Master Datas"):
        read(data)


def test_a_sheet_whose_part_is_missing_is_told() -> None:
    parts = parts_of(small_schedule(block(5, "Good"), ["D5"], sheets={"Rates": {"A1": 1}}))
    del parts["xl/worksheets/sheet3.xml"]

    with pytest.raises(NotASchedule, match="its sheet .Rates. seems to be damaged"):
        read(packed(parts))


def test_elements_within_elements_without_end_are_refused() -> None:
    deep = "<a>" * 100_000 + "</a>" * 100_000

    with pytest.raises(NotASchedule, match="its sheet .Master Datas. seems to be damaged"):
        read(with_text(GOOD, MASTER, "<sheetData>", deep + "<sheetData>"))


@pytest.mark.parametrize("text", ["a_x0000_b", "_xD800_", "\u0c24\u0c46\u0c32", "\u05d0\u05d1", "\U0001f3d7"])
def test_any_text_is_read_and_poured(text: str) -> None:
    data = with_text(GOOD, MASTER, "<t>Specification of Good", f"<t>{text} of Good")

    assert len(read(data).schedule.items) == 1
    shown = opened(poured(data, [5]))["Estimate"]["D4"].value
    assert str(shown).endswith("of Good, complete for finished item of work.")


@pytest.mark.parametrize("data", [GOOD, b""])
def test_the_garbage_collector_is_on_again_after_a_schedule_was_read_or_refused(data: bytes) -> None:
    with suppress(NotASchedule):
        read(data)

    assert gc.isenabled()
