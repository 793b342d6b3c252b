"""Blocks drawn as their sheet shows them."""

import io
from dataclasses import asdict
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.colors import Color
from openpyxl.workbook.workbook import Workbook

from estimate_core.domain.drawing import Drawing, DrawnCell, Look
from estimate_core.workbook.output.mould import Mould, cut_mould
from estimate_core.workbook.reports import drawing as drawing_room
from estimate_core.workbook.reports.drawing import MAX_ROWS, draw_blocks
from estimate_core.workbook.stored import read_drawings, write_drawings
from tests.workbook.schedules import block, opened, read, saved, small_schedule

TWO = small_schedule(block(1, "Wall") | block(10, "Roof"), ["D1", "D10"])


def styled(**looks: dict[str, object]) -> Workbook:
    """The two blocks with looks by cell, such as `J5={"font": Font(b=True)}`."""
    workbook = load_workbook(io.BytesIO(TWO))
    for place, look in looks.items():
        for attribute, value in look.items():
            setattr(workbook["Master Datas"][place], attribute, value)
    return workbook


def drawn(workbook: Workbook | bytes) -> dict[int, Drawing]:
    """The drawings of a schedule."""
    return draw_blocks(read(workbook if isinstance(workbook, bytes) else saved(workbook)))


def cell_at(drawing: Drawing, row: int, column: int) -> DrawnCell | None:
    """The drawn cell at a place, or None where nothing is drawn."""
    found = next((drawn for drawn in drawing.rows if drawn.row == row), None)
    assert found is not None, f"row {row} is not drawn"
    return next((cell for cell in found.cells if cell.column == column), None)


def look_at(drawing: Drawing, row: int, column: int) -> Look:
    """The look of the drawn cell at a place."""
    cell = cell_at(drawing, row, column)
    assert cell is not None
    return drawing.looks[cell.look]


def test_each_block_is_drawn_from_its_heading_to_its_last_filled_row() -> None:
    drawings = drawn(TWO)

    assert list(drawings) == [1, 10]
    assert [row.row for row in drawings[10].rows] == list(range(10, 17))
    assert "".join(column.letter for column in drawings[10].columns) == "ABCDEFGHIJ"


def test_a_formula_is_drawn_with_its_value_under_the_number_format() -> None:
    cell = cell_at(drawn(styled(J5={"number_format": "#,##0.00"}))[1], 5, 10)

    assert cell is not None
    assert (cell.text, cell.formula) == ("200.00", "=E5*I5/G5")


def test_an_error_is_drawn_as_its_code_in_the_middle() -> None:
    drawing = drawn(small_schedule(block(1, "Wall", J5="=1/0"), ["D1"]))[1]

    cell = cell_at(drawing, 5, 10)
    assert cell is not None and cell.text == "#DIV/0!"
    assert look_at(drawing, 5, 10).horizontal == "center"


def test_numbers_stand_right_and_texts_left_unless_the_cell_says_else() -> None:
    drawing = drawn(styled(I5={"alignment": Alignment(horizontal="center")}))[1]

    assert [look_at(drawing, 5, column).horizontal for column in (4, 5, 9)] == ["left", "right", "center"]


def test_theme_colours_and_tints_are_resolved() -> None:
    fill = PatternFill("solid", fgColor=Color(theme=4, tint=0.4))

    look = look_at(drawn(styled(D5={"fill": fill, "font": Font(color=Color(indexed=12))}))[1], 5, 4)

    assert (look.fill, look.colour) == ("#95b3d7", "#0000ff")


def test_font_alignment_and_borders_are_drawn() -> None:
    font = Font(b=True, i=True, u="single", strike=True)
    box = Border(bottom=Side(style="thin"))

    look = look_at(
        drawn(styled(D5={"font": font, "border": box, "alignment": Alignment(wrap_text=True, vertical="top")}))[1], 5, 4
    )

    assert look == Look("", "", True, True, True, True, "left", "top", True, True)


def test_rich_text_keeps_its_words_and_the_colour_of_its_first_run() -> None:
    rich = CellRichText(TextBlock(InlineFont(color="FF0070C0"), "Blue"), " and plain")

    drawing = drawn(styled(D5={"value": rich}))[1]

    cell = cell_at(drawing, 5, 4)
    assert cell is not None and cell.text == "Blue and plain"
    assert look_at(drawing, 5, 4).colour == "#0070c0"


def test_a_merge_is_one_cell_and_ends_with_the_drawing() -> None:
    workbook = styled()
    workbook["Master Datas"].merge_cells("D3:L4")

    drawing = drawn(workbook)[1]

    cell = cell_at(drawing, 3, 4)
    assert cell is not None and (cell.columns, cell.rows) == (7, 2)
    assert cell_at(drawing, 4, 4) is None


def test_a_merge_over_two_blocks_is_drawn_in_both() -> None:
    workbook = styled()
    workbook["Master Datas"].merge_cells("B6:C12")

    drawings = drawn(workbook)

    upper, lower = cell_at(drawings[1], 6, 2), cell_at(drawings[10], 10, 2)
    assert upper is not None and (upper.columns, upper.rows) == (2, 2)
    assert lower is not None and (lower.columns, lower.rows) == (2, 3)


def test_of_merges_that_overlap_the_first_is_drawn() -> None:
    workbook = styled()
    sheet = workbook["Master Datas"]
    sheet.merge_cells("A3:B4")
    sheet.merge_cells("B4:C5")

    drawing = drawn(workbook)[1]

    first = cell_at(drawing, 3, 1)
    assert first is not None and (first.columns, first.rows) == (2, 2)
    assert cell_at(drawing, 4, 2) is None


def test_widths_heights_and_what_is_hidden_are_kept() -> None:
    workbook = styled()
    sheet = workbook["Master Datas"]
    sheet.column_dimensions["D"].width, sheet.column_dimensions["C"].hidden = 50, True
    sheet.row_dimensions[3].height, sheet.row_dimensions[5].hidden = 42, True

    drawing = drawn(workbook)[1]

    assert drawing.columns[3].width == 50
    assert [column.letter for column in drawing.columns if column.hidden] == ["C"]
    assert [(row.row, row.height) for row in drawing.rows if row.height] == [(3, 42.0)]
    assert [row.row for row in drawing.rows if row.hidden] == [5]


def test_a_comment_on_an_empty_cell_draws_nothing() -> None:
    drawing = drawn(styled(K2={"comment": Comment("Checked", "Asha")}, H2={"comment": Comment("Checked", "Asha")}))[1]

    assert cell_at(drawing, 2, 8) is None


def test_a_block_far_too_long_is_cut_and_says_by_how_much() -> None:
    drawing = drawn(small_schedule(block(1, "Wall", J2000=5), ["D1"]))[1]

    assert len(drawing.rows) == MAX_ROWS
    assert drawing.left_out == 2000 - MAX_ROWS


def test_blocks_beyond_the_limit_of_all_have_no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing_room, "MAX_DRAWN", 10)

    assert list(drawn(TWO)) == [1]


def timeless(mould: Mould) -> dict[str, Any]:
    """A mould without the second at which it was cut."""
    told = asdict(mould)
    del told["package"]["files"]["docProps/core.xml"]
    return told


def test_drawing_leaves_the_book_as_it_is() -> None:
    plain, used = read(TWO), read(TWO)

    draw_blocks(used)

    assert timeless(cut_mould(used)) == timeless(cut_mould(plain))


def test_drawings_are_read_as_they_were_written() -> None:
    workbook = styled(D5={"value": '\u0c2e\u0c47\u0c38\u0c4d\u0c24\u0c4d\u0c30\u0c3f "\U0001f9f1"'})
    workbook["Master Datas"].merge_cells("A3:B4")
    drawings = drawn(workbook)
    stream = io.BytesIO()

    write_drawings(drawings, stream)

    assert read_drawings(io.BytesIO(stream.getvalue())) == drawings


def test_a_schedule_without_drawings_is_stored_too() -> None:
    stream = io.BytesIO()

    write_drawings({}, stream)

    assert read_drawings(io.BytesIO(stream.getvalue())) == {}


def test_the_drawn_values_are_those_that_the_workbook_holds() -> None:
    drawing = drawn(TWO)[1]
    formulas = opened(TWO, values=False)["Master Datas"]

    drawn_formulas = {
        (row.row, cell.column): cell.formula for row in drawing.rows for cell in row.cells if cell.formula
    }

    assert drawn_formulas == {(row, 10): formulas.cell(row, 10).value for row in (5, 6, 7)}
