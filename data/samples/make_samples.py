"""Makes the two sample schedules, electrical.xlsx and civil.xlsx, from the CSVs beside this file.

    python data/samples/make_samples.py            writes both beside this file
    python data/samples/make_samples.py --to DIR   writes them to another folder

`rate_analyses.csv` holds the components of 82 analyses, `basic_rates.csv` the price of each resource, and
`specifications.csv` names and specifications. Most figures are estimates, so both books say on their first
sheet that they are demonstration data. Rates are in rupees without GST. The same CSVs give the same bytes.
Needs XlsxWriter, which the product itself does not. `sample_analyses.py` reads the CSVs, `sample_blocks.py`
lays out rows and formulas, and this file writes them.
"""

import argparse
import io
import textwrap
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter
from sample_analyses import HERE, Book, number, read_books
from sample_blocks import AREA_ALLOWANCE, BASIC_RATES_ROW, EDITION, OVERHEADS, Cell, Formula, lay_blocks
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

CREATED = datetime(2025, 6, 1)
WARNING = "DEMONSTRATION DATA. This is not any department's schedule of rates."
COLUMNS = "ABCDEFGHIJ"
WIDTHS = (5, 12, 5, 60, 9, 7, 5, 7, 11, 13)
TITLES = "Sl. No.|Code|No.|Description|Quantity|Unit|Per|Unit|Rate (Rs)|Amount (Rs)".split("|")
LINE_HEIGHT = 15.0
LETTERS_A_LINE = 66  # a line of column D holds 68 to 80 in Calibri 11
Look = dict[str, object]
MONEY: Look = {"align": "right", "num_format": "0.00"}
CENTRED: Look = {"align": "center"}
COLUMN_LOOKS: dict[str, Look] = dict.fromkeys("ACFGH", CENTRED) | {
    "D": {"text_wrap": True},
    "E": {"align": "right"},
    "I": MONEY,
    "J": MONEY,
}
KIND_LOOKS: dict[str, Look] = {
    "heading": {"bold": True},
    "data": {"italic": True},
    "section": {"bold": True},
    "total": {"bold": True},
    "rate": {"bold": True, "bottom": 2},
}
HEADING_LOOK: Look = {"bg_color": "#FFFF00", "font_color": "#FF0000"}
TITLES_LOOK: Look = {"bold": True, "text_wrap": True, "align": "center", "bg_color": "#D9D9D9", "border": 1}
ABOUT_LOOKS: dict[str, Look] = {"*": {"bold": True, "font_size": 12}, "#": {"bold": True, "bottom": 1}}
ABOUT = """
* {title}
* Edition {edition}
* {warning}
* The rates are estimates. Do not use them for tenders, payments or any other real work.

# How this book is laid out
Master Datas has a block for each item, from its yellow heading to its rate in the last row.
A block has its specification, then labour, machinery and materials, then the additions.
{where} Every amount is a formula that can be followed.
Groups tells for each item its group, the words put before it in repair work, and its unit.

# How a rate is built
Area allowance on labour {area} %, and overheads and contractor's profit {overheads:.3f} %, both as examples.
Rates below 1000 rupees are rounded to 0.1, all others to the rupee. GST is not included.

# Where the figures come from
Quantities and rates were put together for demonstration. Many of them are plain estimates.
Some were scaled from, or compared with, published figures of other places and years. None was verified.
Names, codes and specifications were written for this sample. They belong to no published schedule.
"""
TYPED = "Rates of components are typed in the blocks."
REFERRED = (
    "Rates of components are taken from Basic Rates. Mortars have blocks of their own, at prime cost rounded "
    "to paise, and other blocks refer to them."
)


class Looks:
    """Cell formats of a book, each made once."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.made: dict[str, Format] = {}

    def get(self, look: Look) -> Format:
        """A format in the book's font; what is not told stays as in a new cell."""
        full = {"font_name": "Calibri", "font_size": 11, "valign": "top"} | look
        key = repr(sorted(full.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format(full)
        return self.made[key]


def write_cell(sheet: Worksheet, place: str, cell: Cell | None, look: Format) -> None:
    """Writes text as text, and formulas with their value."""
    if cell is None or cell == "":
        sheet.write_blank(place, None, look)
    elif isinstance(cell, Formula):
        sheet.write_formula(place, cell.text, look, cell.value)
    elif isinstance(cell, str):
        sheet.write_string(place, cell, look)
    else:
        sheet.write_number(place, cell, look)


def height_of(text: str, letters: int = LETTERS_A_LINE) -> float:
    """The row height in points that shows a wrapped text whole."""
    return LINE_HEIGHT * max(1, len(textwrap.wrap(text, letters)))


def set_page(sheet: Worksheet, widths: Iterable[float]) -> None:
    """Column widths, and A4 upright, one page wide."""
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.6, right=0.4, top=0.6, bottom=0.75)
    sheet.set_footer("&L&A&CPage &P of &N&RDemonstration data")


def write_titles(sheet: Worksheet, looks: Looks, row: int, titles: Sequence[str], above: str = "") -> None:
    """Column titles in a row that stays in sight and on each page, and what stands above them."""
    if above:
        sheet.write_string("A1", above, looks.get({"bold": True, "font_size": 14}))
        sheet.set_row(0, 21)
        sheet.write_string("A2", f"{WARNING} See the sheet About.", looks.get({"bold": True}))
    for column, title in zip(COLUMNS, titles, strict=False):
        sheet.write_string(f"{column}{row}", title, looks.get(TITLES_LOOK))
    sheet.freeze_panes(row, 0)
    sheet.repeat_rows(row - 1)


def write_table(sheet: Worksheet, looks: Looks, first_row: int, rows: Iterable[Sequence[Cell]]) -> None:
    """Bordered rows, numbers with two decimals."""
    for row, cells in enumerate(rows, first_row):
        for column, cell in zip(COLUMNS, cells, strict=False):
            look: Look = {"border": 1}
            if not isinstance(cell, str):
                look |= MONEY
            write_cell(sheet, f"{column}{row}", cell, looks.get(look))


def write_about(sheet: Worksheet, looks: Looks, book: Book) -> None:
    """The first sheet, which says what this book is and what it is not."""
    set_page(sheet, (100,))
    sheet.hide_gridlines(2)
    text = ABOUT.strip().format(
        title=title_of(book),
        edition=EDITION,
        warning=WARNING,
        where=REFERRED if book.resources else TYPED,
        area=AREA_ALLOWANCE,
        overheads=OVERHEADS * 100,
    )
    for row, line in enumerate(text.splitlines()):
        look: Look = {"text_wrap": True} | ABOUT_LOOKS.get(line[:1], {})
        sheet.set_row(row, height_of(line, 104) + 3)
        write_cell(sheet, f"A{row + 1}", line.lstrip("*# "), looks.get(look))


def title_of(book: Book) -> str:
    """The title of the schedule."""
    return f"Sample schedule of rates: {book.trade} works"


def write_masters(sheet: Worksheet, looks: Looks, book: Book) -> None:
    """The sheet of the blocks."""
    set_page(sheet, WIDTHS)
    write_titles(sheet, looks, 3, TITLES, f"{book.trade} works: rate analyses, edition {EDITION}")
    for block in lay_blocks(book):
        for place, (kind, cells) in enumerate(block.rows, block.first_row):
            sheet.set_row(place - 1, height_of(str(cells["D"])))
            for column in COLUMNS:
                look = {"border": 1} | COLUMN_LOOKS.get(column, {}) | KIND_LOOKS.get(kind, {})
                if kind == "heading" and column == "D":
                    look |= HEADING_LOOK
                write_cell(sheet, f"{column}{place}", cells.get(column), looks.get(look))


def write_groups(sheet: Worksheet, looks: Looks, book: Book) -> None:
    """The sheet that tells group, repair prefix and unit of each item."""
    set_page(sheet, (52, 22, 20, 8))
    write_titles(sheet, looks, 1, ("Item Name", "Group", "Prefix", "Unit"))
    write_table(sheet, looks, 2, ((item.name, item.group, item.prefix, item.unit) for item in book.analyses))


def write_basic_rates(sheet: Worksheet, looks: Looks, book: Book) -> None:
    """The sheet that the blocks take their rates from."""
    set_page(sheet, (9, 54, 13, 9, 12))
    titles = ("Code", "Resource", "Type", "Unit", "Rate (Rs)")
    write_titles(sheet, looks, BASIC_RATES_ROW - 1, titles, f"Basic rates, edition {EDITION}, without GST")
    rows: list[list[Cell]] = [
        [row["code"], row["resource"], row["type"].capitalize(), row["unit"], number(row["rate_inr_ex_gst"])]
        for row in book.resources
    ]
    write_table(sheet, looks, BASIC_RATES_ROW, rows)


def write_book(book: Book) -> bytes:
    """The whole workbook."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True})
    subject = f"Schedule edition {EDITION}"
    properties = {"title": title_of(book), "subject": subject, "comments": WARNING, "created": CREATED}
    workbook.set_properties(properties)
    looks = Looks(workbook)
    write_about(workbook.add_worksheet("About"), looks, book)
    write_groups(workbook.add_worksheet("Groups"), looks, book)
    if book.resources:
        write_basic_rates(workbook.add_worksheet("Basic Rates"), looks, book)
    write_masters(workbook.add_worksheet("Master Datas"), looks, book)
    workbook.close()
    return stored(stream.getvalue())


def stored(data: bytes) -> bytes:
    """The same zip without compression, clock or system, which differ from machine to machine."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 0
            new.writestr(entry, old.read(name))
    return stream.getvalue()


def make_all(folder: Path) -> None:
    """Writes both samples into a folder, which must be there."""
    for book in read_books():
        (folder / f"{book.stem}.xlsx").write_bytes(write_book(book))


def main() -> None:
    """Reads the command line and makes the samples."""
    parser = argparse.ArgumentParser(description="Makes the sample schedules.")
    parser.add_argument("--to", type=Path, default=HERE, help="folder to write to, if not beside this file")
    make_all(parser.parse_args().to)


if __name__ == "__main__":
    main()
