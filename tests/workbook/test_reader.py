import io
import re
import zipfile
from decimal import Decimal
from xml.etree.ElementTree import fromstring

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Color, Font, PatternFill

from estimate_core.domain.errors import NotASchedule
from tests.workbook.packages import with_part
from tests.workbook.schedules import YELLOW, block, opened, poured, read, saved, small_schedule


def test_an_item_has_its_name_code_specification_group_unit_prefix_rate_and_components() -> None:
    data = small_schedule(block(5, "Brick wall"), ["D5"], [["  brick   WALL ", "Masonry", "Rebuilding", "Sq.m"]])

    item = read(data).schedule.items[0]

    assert (item.row, item.name, item.code) == (5, "Brick wall", "X-5")
    assert item.specification == "Specification of Brick wall, complete for finished item of work."
    assert (item.group, item.unit, item.prefix) == ("Masonry", "Sqm", "Rebuilding")
    assert item.rate == Decimal("220.0")
    mason = item.components[1]
    assert (mason.description, mason.quantity, mason.unit, mason.rate, mason.amount) == (
        "Mason",
        2.0,
        "day",
        100.0,
        200.0,
    )


def test_a_heading_may_stand_in_any_of_the_columns_a_to_j() -> None:
    cells = block(5, "In D") | {"A20": "In A", "D22": "Long words", "J23": 5} | {"J30": "In J", "J33": 7}

    items = read(small_schedule(cells, ["D5", "A20", "J30"])).schedule.items

    assert [(item.row, item.name) for item in items] == [(5, "In D"), (20, "In A"), (30, "In J")]


def test_a_heading_in_column_k_is_none() -> None:
    items = read(small_schedule(block(5, "In D") | {"K20": "In K"}, ["D5", "K20"])).schedule.items

    assert [item.name for item in items] == ["In D"]


@pytest.mark.parametrize(
    ("fill", "font", "is_heading"),
    [
        (Color(rgb="FFFFFF00"), Color(rgb="FFFF0000"), True),
        (Color(indexed=13), Color(indexed=10), True),
        (Color(indexed=5), Color(indexed=2), True),
        (Color(theme=7), Color(rgb="FFC00000"), True),
        (Color(rgb="FFFFFF99"), Color(rgb="FFFF0000"), True),
        (Color(rgb="FFFFC000"), Color(rgb="FFFF0000"), True),
        (Color(rgb="FFFFFF00"), Color(theme=1), False),
        (Color(rgb="FFFFFF00"), Color(rgb="FF0000FF"), False),
        (Color(rgb="FF92D050"), Color(rgb="FFFF0000"), False),
        (Color(theme=0), Color(rgb="FFFF0000"), False),
    ],
)
def test_yellow_and_red_are_judged_by_what_a_person_sees(fill: Color, font: Color, is_heading: bool) -> None:
    data = small_schedule(block(5, "Plain") | block(20, "Tried"), ["D5"], [["Plain", "Works", "", ""]])
    workbook = load_workbook(io.BytesIO(data))
    cell = workbook["Master Datas"]["D20"]
    cell.fill, cell.font = PatternFill("solid", fgColor=fill), Font(color=font)
    workbook.loaded_theme = THEME

    items = read(saved(workbook)).schedule.items

    assert [item.name for item in items] == (["Plain", "Tried"] if is_heading else ["Plain"])


THEME = (
    b'<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="Office"><a:themeElements>'
    b'<a:clrScheme name="Office"><a:dk1><a:sysClr val="windowText" lastClr="000000"/></a:dk1><a:lt1><a:sysClr '
    b'val="window" lastClr="FFFFFF"/></a:lt1><a:dk2><a:srgbClr val="44546A"/></a:dk2><a:lt2><a:srgbClr val="E7E6E6"/>'
    b'</a:lt2><a:accent1><a:srgbClr val="4472C4"/></a:accent1><a:accent2><a:srgbClr val="ED7D31"/></a:accent2>'
    b'<a:accent3><a:srgbClr val="A5A5A5"/></a:accent3><a:accent4><a:srgbClr val="FFC000"/></a:accent4><a:accent5>'
    b'<a:srgbClr val="5B9BD5"/></a:accent5><a:accent6><a:srgbClr val="70AD47"/></a:accent6><a:hlink><a:srgbClr '
    b'val="0563C1"/></a:hlink><a:folHlink><a:srgbClr val="954F72"/></a:folHlink></a:clrScheme></a:themeElements>'
    b"</a:theme>"
)


def test_red_text_in_a_rich_text_heading_counts() -> None:
    data = small_schedule(block(5, "Plain") | {"J23": 5}, ["D5"])
    workbook = load_workbook(io.BytesIO(data), rich_text=True)
    cell = workbook["Master Datas"]["D20"]
    cell.value = CellRichText(TextBlock(InlineFont(color="FFFF0000", b=True), "Rich heading"))
    cell.fill = YELLOW

    items = read(saved(workbook)).schedule.items

    assert [item.name for item in items] == ["Plain", "Rich heading"]


def test_two_items_of_one_name_are_both_kept_and_told() -> None:
    data = small_schedule(block(5, "Same") | block(20, "Same", rate=50), ["D5", "D20"])

    schedule = read(data).schedule

    assert [(item.row, item.rate) for item in schedule.items] == [(5, Decimal("220.0")), (20, Decimal("110.0"))]
    assert any("2 blocks are called" in finding.sentence for finding in schedule.findings)


def test_a_last_block_without_a_rate_cannot_be_picked_and_is_told() -> None:
    schedule = read(small_schedule(block(5, "Good") | {"D20": "END"}, ["D5", "D20"])).schedule

    assert [item.rate for item in schedule.items] == [Decimal("220.0"), None]
    assert [(f.severity, f.row) for f in schedule.findings if "has no rate" in f.sentence] == [("error", 20)]


def test_the_specification_takes_the_lines_of_makes_along_and_stops_at_the_section_title() -> None:
    cells = block(5, "Pump") | {"D8": "Makes: Kirloskar, Crompton", "D10": "Labour"}

    item = read(small_schedule(cells, ["D5"])).schedule.items[0]

    assert item.specification.endswith("\nMakes: Kirloskar, Crompton")


def test_without_a_text_two_rows_down_the_first_long_text_is_the_specification() -> None:
    cells = block(5, "Pump")
    cells["D7"], cells["D8"] = None, "A long text that says at length what is to be supplied and fixed."

    item = read(small_schedule(cells, ["D5"])).schedule.items[0]

    assert item.specification.startswith("A long text")


def test_an_item_that_groups_does_not_list_goes_to_other_with_the_unit_of_its_rate_label() -> None:
    cells = block(5, "Pipe") | {"D11": "Rate for 1 Mtr"}

    schedule = read(small_schedule(cells, ["D5"], [["Another", "Works", "", "Nos"]])).schedule

    assert (schedule.items[0].group, schedule.items[0].unit) == ("Other", "Mtrs")


def test_groups_may_have_its_columns_in_any_order_below_a_title() -> None:
    data = small_schedule(block(5, "Pipe"), ["D5"])
    workbook = load_workbook(io.BytesIO(data))
    del workbook["Groups"]
    groups = workbook.create_sheet(" GROUPS ")
    for row in (["List of items"], [], ["unit", "PREFIX", "Group", "Item  name"], ["Mtr", "Re-", "Piping", "Pipe"]):
        groups.append(row)

    item = read(saved(workbook)).schedule.items[0]

    assert (item.group, item.prefix, item.unit) == ("Piping", "Re-", "Mtrs")


def test_numbers_kept_as_text_count_in_products() -> None:
    item = read(small_schedule(block(5, "Text", quantity="2", rate="100"), ["D5"])).schedule.items[0]

    assert item.rate == Decimal("220.0")


def test_a_text_that_starts_with_an_equals_sign_stays_a_text() -> None:
    cells = block(5, "=SUM(1)", quantity=3)
    data = small_schedule(cells, ["D5"])
    workbook = load_workbook(io.BytesIO(data))
    workbook["Master Datas"]["D5"].data_type = "s"
    workbook["Master Datas"]["D5"].quotePrefix = True

    assert read(saved(workbook)).schedule.items[0].name == "=SUM(1)"


def test_truncated_and_damaged_workbooks_are_refused() -> None:
    data = small_schedule(block(5, "Good"), ["D5"])

    for damaged in (data[: len(data) // 2], data[:-30]):
        with pytest.raises(NotASchedule):
            read(damaged)


def test_a_part_with_broken_xml_is_refused() -> None:
    data = small_schedule(block(5, "Good"), ["D5"])
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content[:-40] if name.endswith("sheet1.xml") else content)

    with pytest.raises(NotASchedule, match="seems to be damaged"):
        read(stream.getvalue())


@pytest.mark.parametrize("missing", ["Master Datas", "Groups"])
def test_a_missing_sheet_is_named(missing: str) -> None:
    workbook = load_workbook(io.BytesIO(small_schedule(block(5, "Good"), ["D5"])))
    workbook[missing].title = "Something else"

    with pytest.raises(NotASchedule, match=f"no sheet .{missing}"):
        read(saved(workbook))


def test_a_schedule_without_headings_says_what_a_heading_is() -> None:
    with pytest.raises(NotASchedule, match="yellow fill and red text"):
        read(small_schedule(block(5, "Plain"), [], [["Plain", "Works", "", ""]]))


def test_groups_without_its_titles_are_told() -> None:
    workbook = load_workbook(io.BytesIO(small_schedule(block(5, "Good"), ["D5"])))
    workbook["Groups"]["A1"] = "Name"

    with pytest.raises(NotASchedule, match="no header row with Item Name, Group and Prefix"):
        read(saved(workbook))


def test_an_empty_workbook_is_refused() -> None:
    with pytest.raises(NotASchedule):
        read(saved(Workbook()))


def test_a_circle_makes_the_item_unusable_and_is_told() -> None:
    cells = block(5, "Circle") | {"J9": "=J11"}

    schedule = read(small_schedule(cells, ["D5"])).schedule

    assert schedule.items[0].rate is None
    assert any("refers to itself" in finding.sentence for finding in schedule.findings)


def test_a_schedule_without_calculation_settings_can_be_moulded() -> None:
    data = with_part(
        small_schedule(block(5, "Good"), ["D5"]), "xl/workbook.xml", lambda xml: re.sub(rb"<calcPr[^>]*/>", b"", xml)
    )

    assert opened(poured(data, [5]))["Estimate"]["E4"].value == 220


@pytest.mark.parametrize(
    "theme", [b"<a:theme", b"\xff\xfe\x00broken", b"<?xml version='1.0' encoding='nonsense'?><a/>"]
)
def test_a_broken_theme_does_not_reach_the_output(theme: bytes) -> None:
    data = with_part(small_schedule(block(5, "Good"), ["D5"]), "xl/theme/theme1.xml", lambda xml: theme)

    package = zipfile.ZipFile(io.BytesIO(poured(data, [5])))

    assert fromstring(package.read("xl/theme/theme1.xml")).tag.endswith("theme")


def test_a_style_without_its_fill_is_no_heading() -> None:
    data = with_part(
        small_schedule(block(5, "Good") | block(20, "Lost"), ["D5", "D20"]),
        "xl/styles.xml",
        lambda xml: re.sub(rb'fillId="[2-9]"', b'fillId="77"', xml),
    )

    with pytest.raises(NotASchedule):
        read(data)


def test_rows_that_are_only_formatted_are_cut_off_before_they_are_read() -> None:
    stray = b"".join(b'<row r="%d"><c r="A%d" s="1"/><c r="B%d" s="1"/></row>' % (n, n, n) for n in range(30, 40_000))
    data = with_part(
        small_schedule(block(5, "Good"), ["D5"]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"</sheetData>", stray + b"</sheetData>"),
    )

    book = read(data)

    assert [item.name for item in book.schedule.items] == ["Good"]
    assert book.contents.workbook["Master Datas"].max_row == 11


def test_merges_over_whole_columns_are_refused_before_they_are_read() -> None:
    data = with_part(
        small_schedule(block(5, "Good"), ["D5"]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(
            b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="K1:XFD1048576"/></mergeCells>'
        ),
    )

    with pytest.raises(NotASchedule, match="merges 17,"):
        read(data)


def test_an_item_that_needs_a_cell_without_a_value_on_another_sheet_cannot_be_picked() -> None:
    cells = block(5, "Lead", I9="=Rates!B4+10") | block(20, "On it", I24="=J11")

    schedule = read(small_schedule(cells, ["D5", "D20"], sheets={"Rates": {"B4": "=[1]lead!B4"}})).schedule

    assert [item.rate for item in schedule.items] == [None, None]
    assert {finding.row for finding in schedule.findings if "cannot be computed" in finding.sentence} >= {11, 26}


def test_a_rate_that_adds_rounded_amounts_has_the_digits_that_excel_shows() -> None:
    item = read(small_schedule(block(5, "Sum", J11="=ROUND(3.11,2)+1"), ["D5"])).schedule.items[0]

    assert item.rate == Decimal("4.11")


def test_a_carriage_return_in_a_specification_is_read_as_one() -> None:
    data = small_schedule(block(5, "Return") | {"D7": "First line_x000D_\nSecond line"}, ["D5"])

    assert read(data).schedule.items[0].specification == "First line\r\nSecond line"
    assert opened(poured(data, [5]))["Estimate"]["D4"].value in (
        "First line\r\nSecond line",
        "First line\n\nSecond line",
    )
