"""The sample schedules are what their script makes, and are clean enough to learn from."""

import io
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell import Cell
from openpyxl.workbook import Workbook

from estimate_core.workbook.reader import read_schedule
from tests.office import needs_office, recalculated

SAMPLES = Path(__file__).resolve().parent.parent / "data" / "samples"
BOOKS = ("electrical", "civil")
MORTARS = {"Cement mortar 1:3", "Cement mortar 1:4", "Cement mortar 1:5", "Cement mortar 1:6"}


def opened(book: str, *, values: bool = False) -> Workbook:
    """A sample, with its formulas or with the values that it stores."""
    return openpyxl.load_workbook(SAMPLES / f"{book}.xlsx", data_only=values)


def headings(book: str) -> list[str]:
    """The names of blocks, found by yellow fill and red text."""
    cells = (cell for row in opened(book)["Master Datas"].iter_rows(max_col=10) for cell in row)
    return [str(cell.value) for cell in cells if cell.value is not None and is_heading(cell)]


def is_heading(cell: Cell) -> bool:
    """Whether the cell is solid yellow with red text."""
    yellow = cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb == "FFFFFF00"
    return yellow and cell.font.color is not None and cell.font.color.rgb == "FFFF0000"


def grouped(book: str) -> list[list[object]]:
    """The rows of the sheet Groups below its titles."""
    return [list(row) for row in opened(book)["Groups"].iter_rows(min_row=2, max_col=4, values_only=True)]


def formulas(book: Workbook) -> Iterator[tuple[str, str]]:
    """Sheet and cell of each formula."""
    for sheet in book:
        for row in sheet.iter_rows():
            yield from ((sheet.title, cell.coordinate) for cell in row if cell.data_type == "f")


def test_making_the_samples_again_gives_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter", reason="XlsxWriter, which only makes the samples, is not installed")

    command = [sys.executable, str(SAMPLES / "make_samples.py"), "--to", str(tmp_path)]
    subprocess.run(command, check=True, timeout=60)

    for book in BOOKS:
        assert (tmp_path / f"{book}.xlsx").read_bytes() == (SAMPLES / f"{book}.xlsx").read_bytes(), book


def test_the_electrical_sample_has_41_blocks() -> None:
    names = headings("electrical")

    assert len(names) == len(set(names)) == 41


def test_the_civil_sample_has_41_blocks_and_one_for_each_mortar() -> None:
    names = headings("civil")

    assert len(names) == len(set(names)) == 41 + len(MORTARS)
    assert MORTARS < set(names)


@pytest.mark.parametrize("book", BOOKS)
def test_every_block_has_its_row_in_groups_and_every_row_its_block(book: str) -> None:
    rows = grouped(book)

    assert [row[0] for row in rows] == headings(book)
    assert all(row[1] and row[3] for row in rows)


@pytest.mark.parametrize("book", BOOKS)
def test_the_first_sheet_says_in_bold_that_this_is_demonstration_data(book: str) -> None:
    first = opened(book).worksheets[0]

    bold = " ".join(str(row[0].value) for row in first.iter_rows(max_col=1) if row[0].font.bold)

    assert first.title == "About"
    assert "DEMONSTRATION DATA" in bold
    assert "not any department's schedule" in bold


@pytest.mark.parametrize("book", BOOKS)
def test_nothing_is_noticed_about_it(book: str) -> None:
    schedule = read_schedule(io.BytesIO((SAMPLES / f"{book}.xlsx").read_bytes())).schedule

    assert schedule.findings == ()


@pytest.mark.parametrize("book", BOOKS)
def test_every_formula_has_a_stored_value(book: str) -> None:
    values = opened(book, values=True)

    places = list(formulas(opened(book)))

    assert len(places) > 500
    assert [place for place in places if not isinstance(values[place[0]][place[1]].value, int | float)] == []


def test_masonry_and_plaster_take_their_mortar_from_a_block_of_the_same_sheet() -> None:
    with_formulas, with_values = opened("civil")["Master Datas"], opened("civil", values=True)["Master Datas"]

    rows = [row for row in with_formulas.iter_rows(max_col=10) if row[2].value and row[3].value in MORTARS]

    assert len(rows) == 8
    for row in rows:
        rate = str(row[8].value).removeprefix("=")
        assert with_formulas[rate].value.startswith("=ROUND(")
        assert with_values[row[8].coordinate].value == with_values[rate].value


@needs_office
@pytest.mark.parametrize("book", BOOKS)
def test_libreoffice_computes_the_values_that_are_stored(book: str) -> None:
    stored, computed = opened(book, values=True), recalculated(SAMPLES / f"{book}.xlsx")

    differing = [
        f"{sheet}!{place}"
        for sheet, place in formulas(opened(book))
        if not math.isclose(stored[sheet][place].value, computed[sheet][place].value, rel_tol=1e-12)
    ]

    assert differing == []
