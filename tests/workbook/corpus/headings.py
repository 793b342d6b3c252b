"""Schedules whose headings are coloured in every way that counts, or nearly."""

import io

from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Color, Font, PatternFill
from openpyxl.utils import get_column_letter

from tests.workbook.corpus.case import MASTER, Expected, error, note, schedule, warning
from tests.workbook.packages import with_part
from tests.workbook.schedules import RED, YELLOW, block, saved, small_schedule

_WALL = Expected(5, "Wall")
_PALETTE = "".join(f'<rgbColor rgb="00{n:02X}{n:02X}{n:02X}"/>' for n in range(62))
_PALETTE += '<rgbColor rgb="00FFFF33"/><rgbColor rgb="00CC0000"/>'
_COLOURS = "dk1 lt1 dk2 lt2 accent1 accent2 accent3 accent4 accent5 accent6 hlink folHlink".split()


def theme(**colours: str) -> bytes:
    """An Office theme in which these colours are other ones."""
    office = "000000 FFFFFF 44546A E7E6E6 4472C4 ED7D31 A5A5A5 FFC000 5B9BD5 70AD47 0563C1 954F72".split()
    known = dict(zip(_COLOURS, office, strict=True)) | colours
    named = "".join(f'<a:{name}><a:srgbClr val="{rgb}"/></a:{name}>' for name, rgb in known.items())
    return (
        '<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="Office"><a:themeElements>'
        f'<a:clrScheme name="Office">{named}</a:clrScheme></a:themeElements></a:theme>'
    ).encode()


def coloured(*pairs: tuple[Color, Color], part: bytes = b"") -> bytes:
    """Blocks `Wall 0`, `Wall 1`... ten rows apart, each with its fill and text colour."""
    cells: dict[str, object] = {}
    for number in range(len(pairs)):
        cells |= block(5 + 10 * number, f"Wall {number}")
    places = [f"D{5 + 10 * number}" for number in range(len(pairs))]
    workbook = load_workbook(io.BytesIO(small_schedule(cells, places)))
    for place, (fill, font) in zip(places, pairs, strict=True):
        cell = workbook[MASTER][place]
        cell.fill, cell.font = PatternFill("solid", fgColor=fill), Font(color=font)
    if part:
        workbook.loaded_theme = part
    return saved(workbook)


def _rgb(*pairs: str) -> bytes:
    return coloured(*((Color(rgb=f"FF{fill}"), Color(rgb=f"FF{font}")) for fill, font in map(str.split, pairs)))


def _items(count: int) -> tuple[Expected, ...]:
    return tuple(Expected(5 + 10 * number, f"Wall {number}") for number in range(count))


@schedule(*(Expected(5 + 10 * n, f"Wall {n}") for n in range(10)))
def headings_in_each_of_the_columns_a_to_j() -> bytes:
    cells: dict[str, object] = {}
    places = []
    for number in range(10):
        row, place = 5 + 10 * number, f"{get_column_letter(number + 1)}{5 + 10 * number}"
        cells |= block(row, "")
        del cells[f"D{row}"]
        cells |= {f"D{row + 2}": f"Specification of wall {number}.", place: f"Wall {number}"}
        places.append(place)
    return small_schedule(cells, places)


@schedule(*_items(5))
def light_and_dark_yellows_and_reds() -> bytes:
    return _rgb("FFFF99 C00000", "FFEB9C 9C0006", "FFFFCC FF3300", "BF8F00 800000", "FFF2CC DC143C")


@schedule(*_items(2))
def indexed_colours() -> bytes:
    return coloured((Color(indexed=13), Color(indexed=10)), (Color(indexed=5), Color(indexed=2)))


@schedule(*_items(1))
def indexed_colours_of_the_workbook_itself() -> bytes:
    data = coloured((Color(indexed=62), Color(indexed=63)))
    own = f"<colors><indexedColors>{_PALETTE}</indexedColors></colors></styleSheet>".encode()
    return with_part(data, "xl/styles.xml", lambda xml: xml.replace(b"</styleSheet>", own))


@schedule(*_items(3))
def theme_colours_with_tint() -> bytes:
    return coloured(
        (Color(theme=7), Color(theme=5)),
        (Color(theme=7, tint=0.6), Color(theme=5, tint=-0.25)),
        (Color(theme=7, tint=-0.25), Color(theme=5, tint=0.1)),
        part=theme(accent2="C0504D", accent4="FFC000"),
    )


@schedule(_WALL, told=[note("yellow-not-red", "D15"), note("yellow-not-red", "D25")])
def black_and_theme_black_on_yellow() -> bytes:
    cells = block(5, "Wall") | {"D15": "Part B of the schedule", "D25": "Part C of the schedule"}
    workbook = load_workbook(io.BytesIO(small_schedule(cells, ["D5"])))
    for place, colour in (("D15", Color(rgb="FF000000")), ("D25", Color(theme=1))):
        workbook[MASTER][place].fill, workbook[MASTER][place].font = YELLOW, Font(color=colour)
    return saved(workbook)


@schedule(_WALL)
def highlighted_totals_and_sections_are_no_headings() -> bytes:
    cells = block(5, "Wall") | {"D13": "Labour"}
    workbook = load_workbook(io.BytesIO(small_schedule(cells, ["D5"])))
    for place in ("D8", "D11", "J11", "D13"):
        workbook[MASTER][place].fill = YELLOW
    workbook[MASTER]["D10"].font = RED
    return saved(workbook)


@schedule(
    _WALL,
    told=[warning("yellow-not-red", "D15"), warning("no-block", "A3", "Groups")],
)
def a_listed_name_in_black_on_yellow() -> bytes:
    groups = [["Wall", "Works", "Re-", "Nos"], ["Floor", "Works", "", "Sqm"]]
    data = small_schedule(block(5, "Wall") | {"D15": "Floor"}, ["D5"], groups)
    workbook = load_workbook(io.BytesIO(data))
    workbook[MASTER]["D15"].fill = YELLOW
    return saved(workbook)


@schedule(_WALL, told=[warning("red-not-yellow", "D15"), warning("data-within-block", "D16")])
def red_text_without_fill_above_data_n() -> bytes:
    workbook = load_workbook(io.BytesIO(small_schedule(block(5, "Wall") | {"D15": "Floor", "D16": "Data 2"}, ["D5"])))
    workbook[MASTER]["D15"].font = RED
    return saved(workbook)


@schedule(_WALL, told=[warning("red-not-yellow", "D15"), warning("data-within-block", "D16")])
def red_text_on_a_fill_that_is_not_solid() -> bytes:
    workbook = load_workbook(io.BytesIO(small_schedule(block(5, "Wall") | {"D15": "Floor", "D16": "Data 2"}, ["D5"])))
    cell = workbook[MASTER]["D15"]
    cell.font, cell.fill = RED, PatternFill("lightGrid", fgColor="FFFFFF00", bgColor="FFFFFFFF")
    return saved(workbook)


@schedule(_WALL, told=[warning("heading-beyond-j", "K15")])
def a_heading_in_column_k() -> bytes:
    return small_schedule(block(5, "Wall") | {"K15": "Floor"}, ["D5", "K15"], [["Wall", "Works", "Re-", "Nos"]])


@schedule(_WALL, told=[warning("empty-heading", "row 15")])
def coloured_cells_without_a_name() -> bytes:
    return small_schedule(
        block(5, "Wall") | {"D17": "Nothing"}, ["D5", "D15", "E15"], [["Wall", "Works", "Re-", "Nos"]]
    )


@schedule(_WALL, told=[warning("heading-under-merge", "C15")])
def colours_only_under_a_merge() -> bytes:
    data = small_schedule(block(5, "Wall") | {"C15": "Floor"}, ["D5", "D15"], [["Wall", "Works", "Re-", "Nos"]])
    workbook = load_workbook(io.BytesIO(data))
    workbook[MASTER].merge_cells("C15:E15")
    workbook[MASTER]["D15"].fill, workbook[MASTER]["D15"].font = YELLOW, RED
    return saved(workbook)


@schedule(_WALL)
def a_heading_merged_over_columns_and_rows() -> bytes:
    workbook = load_workbook(io.BytesIO(small_schedule(block(5, "Wall"), ["D5"])))
    workbook[MASTER].merge_cells("D5:J5")
    return saved(workbook)


@schedule(_WALL)
def a_heading_merged_from_column_a_with_a_specification_merged_to_j() -> bytes:
    cells = block(5, "")
    del cells["D5"], cells["B5"]
    cells |= {"A5": "Wall", "D7": "Specification of a wall."}
    workbook = load_workbook(io.BytesIO(small_schedule(cells, ["A5"])))
    workbook[MASTER].merge_cells("A5:J5")
    workbook[MASTER].merge_cells("D7:J7")
    return saved(workbook)


@schedule(_WALL)
def a_rich_text_heading_with_a_red_run() -> bytes:
    workbook = load_workbook(io.BytesIO(small_schedule(block(5, "Wall"), ["D5"])))
    cell = workbook[MASTER]["D5"]
    cell.font = Font()
    cell.value = CellRichText(TextBlock(InlineFont(color="FFFF0000", b=True), "Wa"), "ll")
    return saved(workbook)


@schedule(_WALL)
def several_coloured_cells_in_the_heading_row() -> bytes:
    return small_schedule(block(5, "Wall"), ["D5", "A5", "B5"], [["Wall", "Works", "Re-", "Nos"]])


@schedule(_WALL, told=[note("nothing-below-heading", "D20")])
def an_end_mark_that_groups_does_not_list() -> bytes:
    return small_schedule(block(5, "Wall") | {"D20": "END"}, ["D5", "D20"], [["Wall", "Works", "Re-", "Nos"]])


@schedule(_WALL, Expected(20, "END", None), told=[error("no-rate", "J20"), note("no-specification", "D20")])
def an_end_mark_that_groups_lists() -> bytes:
    return small_schedule(block(5, "Wall") | {"D20": "END"}, ["D5", "D20"])


@schedule(
    Expected(5, "Wall", "330"),
    told=[warning("data-within-block", "D16"), warning("no-block", "A3", "Groups")],
)
def a_heading_without_any_colour() -> bytes:
    groups = [["Wall", "Works", "Re-", "Nos"], ["Floor", "Works", "", "Nos"]]
    return small_schedule(block(5, "Wall") | block(15, "Floor", quantity=3), ["D5"], groups)
