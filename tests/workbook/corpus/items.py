"""Schedules about what an item is called, grouped, measured in and specified as."""

import io

from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from tests.workbook.corpus.case import GROUPS, MASTER, Expected, note, one, schedule, warning
from tests.workbook.schedules import block, saved, small_schedule

_WALL = Expected(5, "Wall")
_TWO = block(5, "Wall") | block(20, "Floor")


def _listed(
    *rows: list[object], at: int = 1, titles: tuple[str, ...] = ("Item Name", "Group", "Prefix", "Unit")
) -> bytes:
    """The block `Wall`, with `Groups` as given: titles in the row `at`, columns in that order."""
    workbook = load_workbook(io.BytesIO(one()))
    del workbook[GROUPS]
    groups = workbook.create_sheet(GROUPS)
    for place, row in enumerate([list(titles), *rows]):
        for col, value in enumerate(row, 2):
            groups.cell(at + place, col, value)
    return saved(workbook)


@schedule(Expected(5, "Wall", "220", "Masonry", "Sqm", "Rebuilding"), told=[warning("unit-contradicts-label", "J11")])
def a_unit_that_the_label_of_the_rate_contradicts() -> bytes:
    return small_schedule(block(5, "Wall"), ["D5"], [["wall", "Masonry", "Rebuilding", "Sq.m"]])


@schedule(Expected(5, "Wall", "220", "Masonry", "Sqm", "Rebuilding"))
def a_name_that_differs_in_case_and_spaces() -> bytes:
    return small_schedule(
        block(5, " Wall") | {"D11": "Rate for 1 sqm"}, ["D5"], [["  wALL ", "Masonry", " Rebuilding ", "Sq. M."]]
    )


@schedule(Expected(5, "Wall", unit="Cum"))
def groups_with_titles_in_row_20_and_its_columns_in_another_order() -> bytes:
    data = _listed(["Cu.M.", "Re-", "Works", "Wall"], at=20, titles=(" unit", "PREFIX", "group ", "Item  name"))
    workbook = load_workbook(io.BytesIO(data))
    workbook[MASTER]["D11"] = "Rate for 1 cum"
    workbook[GROUPS]["B1"] = "List of items"
    return saved(workbook)


@schedule(_WALL)
def groups_without_a_column_of_units_takes_the_label() -> bytes:
    return _listed(["Wall", "Works", "Re-"], titles=("Item Name", "Group", "Prefix"))


@schedule(Expected(5, "Wall", group="Piping", unit="Mtrs"))
def a_unit_by_default_for_the_group() -> bytes:
    data = load_workbook(io.BytesIO(_listed(["Wall", "Piping", "Re-", None])))
    data[MASTER]["D11"] = "Say"
    return saved(data)


@schedule(_WALL, told=[note("unit-assumed", "D5")])
def a_unit_where_nothing_says_one() -> bytes:
    data = load_workbook(io.BytesIO(_listed(["Wall", "Works", "Re-", " "])))
    data[MASTER]["D11"] = "Say"
    return saved(data)


@schedule(Expected(5, "Wall", unit="Gunta"), told=[warning("unknown-unit", "A2", GROUPS)])
def a_unit_that_is_not_known() -> bytes:
    return small_schedule(block(5, "Wall"), ["D5"], [["Wall", "Works", "Re-", "Gunta"]])


@schedule(Expected(5, "Wall", group="Other"), told=[warning("no-group", "A2", GROUPS)])
def a_row_of_groups_without_a_group() -> bytes:
    return small_schedule(block(5, "Wall"), ["D5"], [["Wall", "", "Re-", "Nos"]])


@schedule(_WALL, told=[warning("no-item-name", "A3", GROUPS)])
def a_row_of_groups_without_a_name() -> bytes:
    return small_schedule(block(5, "Wall"), ["D5"], [["Wall", "Works", "Re-", "Nos"], [None, "Works", None, None]])


@schedule(_WALL, told=[warning("no-block", "A3", GROUPS)])
def a_row_of_groups_without_a_block() -> bytes:
    return small_schedule(block(5, "Wall"), ["D5"], [["Wall", "Works", "Re-", "Nos"], ["Roof", "Works", "", "Nos"]])


@schedule(
    _WALL,
    Expected(20, "Floor", group="Other", prefix=""),
    told=[warning("not-in-groups", "D20"), warning("no-block", "A3", GROUPS)],
)
def a_name_that_groups_spells_otherwise() -> bytes:
    return small_schedule(_TWO, ["D5", "D20"], [["Wall", "Works", "Re-", "Nos"], ["Flooor", "Works", "", "Nos"]])


@schedule(_WALL, told=[note("listed-twice", "A3", GROUPS)])
def a_name_that_groups_lists_twice_alike() -> bytes:
    return small_schedule(block(5, "Wall"), ["D5"], [["Wall", "Works", "Re-", "Nos"]] * 2)


@schedule(_WALL, told=[warning("listed-twice", "A3", GROUPS)])
def a_name_that_groups_lists_twice_differently() -> bytes:
    rows = [["Wall", "Works", "Re-", "Nos"], ["WALL", "Masonry", "", "Nos"]]
    return small_schedule(block(5, "Wall"), ["D5"], rows)


@schedule(
    Expected(5, "Wall", "8111"),
    Expected(20, "wall", "10334", "Masonry", prefix=""),
    Expected(35, "Wall", "10334", "Masonry", prefix=""),
    told=[warning("duplicate-name", "D20"), warning("duplicate-name", "D35")],
)
def blocks_of_one_name_with_different_rates() -> bytes:
    cells = block(5, "Wall", J11=8111) | block(20, "wall ", J26=10334) | block(35, "Wall", J41=10334)
    rows = [["Wall", "Works", "Re-", "Nos"], ["Wall", "Masonry", "", "Nos"]]
    return small_schedule(cells, ["D5", "D20", "D35"], rows)


@schedule(
    Expected(5, "\u0c17\u0c4b\u0c21 \u0c28\u0c3f\u0c30\u0c4d\u0c2e\u0c3e\u0c23\u0c02"),
    Expected(20, "\u0926\u0940\u0935\u093e\u0930 \u0915\u093e \u0928\u093f\u0930\u094d\u092e\u093e\u0923"),
    Expected(35, "\U0001f9f1 wall \u0639\u0645\u0644"),
    Expected(50, "=SUM(1) <&> 'wall'"),
)
def names_in_telugu_hindi_arabic_emoji_and_signs() -> bytes:
    names = (
        "\u0c17\u0c4b\u0c21 \u0c28\u0c3f\u0c30\u0c4d\u0c2e\u0c3e\u0c23\u0c02",
        "\u0926\u0940\u0935\u093e\u0930 \u0915\u093e \u0928\u093f\u0930\u094d\u092e\u093e\u0923",
        "\U0001f9f1 wall \u0639\u0645\u0644",
        "'wall'",
    )
    rows = (5, 20, 35, 50)
    cells: dict[str, object] = {}
    for row, name in zip(rows, names, strict=True):
        cells |= block(row, name)
    workbook = load_workbook(io.BytesIO(small_schedule(cells, [f"D{row}" for row in rows])))
    for cell in (workbook[MASTER]["D50"], workbook[GROUPS]["A5"]):
        cell.value, cell.data_type = "=SUM(1) <&> 'wall'", "s"
    return saved(workbook)


@schedule(Expected(5, "Wall\r\nof brick", specification="First line\r\nsecond line"))
def carriage_returns_in_names_and_texts() -> bytes:
    cells = {"D5": "Wall_x000D_\nof brick", "D7": "First line_x000D_\nsecond line", "D9": "Ma_x000D_son"}
    return one(cells)


@schedule(
    Expected(
        5,
        "Wall",
        specification="Specification of Wall, complete for finished item of work.\nMakes: Kirloskar, Crompton",
    )
)
def a_specification_with_makes_and_notes() -> bytes:
    return one(D8="Makes: Kirloskar, Crompton", D10="Overheads @ 10 %")


@schedule(Expected(5, "Wall", specification="Brick work in cement mortar 1:6, complete"))
def a_specification_as_rich_text() -> bytes:
    workbook = load_workbook(io.BytesIO(one()))
    workbook[MASTER]["D7"].value = CellRichText(
        "Brick work in ", TextBlock(InlineFont(b=True), "cement mortar"), " 1:6, complete"
    )
    return saved(workbook)


@schedule(Expected(5, "Wall", specification="A long text that says at length what is to be supplied and fixed."))
def a_specification_that_is_the_first_long_text() -> bytes:
    return one({"D7": None, "D8": "A long text that says at length what is to be supplied and fixed."})


@schedule(Expected(5, "Wall", specification=""), told=[note("no-specification", "D5")])
def an_item_without_a_specification() -> bytes:
    return one({"D7": None})


@schedule(Expected(5, "Wall", specification="Labour"), told=[warning("specification-doubtful", "D7")])
def a_specification_where_data_n_belongs() -> bytes:
    return one(
        {"D6": "Brick work in cement mortar 1:6, complete for finished item of work.", "D7": "Labour", "D8": None}
    )


@schedule(Expected(5, "Wall", prefix=""))
def an_item_without_a_prefix() -> bytes:
    return small_schedule(block(5, "Wall"), ["D5"], [["Wall", "Works", None, "No."]])
