"""An estimate as PDF, for people who only read: cover, table, charges, amount in words, signatures.

The figures are those of the price, as in the workbook. The same estimate gives the same bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import UNNAMED, Price
from estimate_core.domain.office import Cover, Office
from estimate_core.domain.progress import Progress
from estimate_core.paper.cover import cover_fields, cover_rows
from estimate_core.paper.grid import BOTTOM, LEFT, RIGHT, WIDTH, Page, draw, lay_out
from estimate_core.paper.pen import Look, Pen
from estimate_core.paper.table import TITLES, Table

MAX_PAGES = 5_000
_SMALL, _SMALL_RIGHT, _SMALL_CENTRE = Look(size=7.5), Look(size=7.5, align="right"), Look(size=7.5, align="centre")
_NUMBER_WIDTH = 30.0
_TITLE_WIDTH = 60.0
_WORDS = "\u20b9%@:ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Paper:
    """What is printed besides the price; `created` goes into the file's properties."""

    name: str
    schedule_title: str
    created: datetime
    cover: Cover = Cover(shown=False)
    office: Office = Office()

    @property
    def title(self) -> str:
        """The name of the work, or what stands for it."""
        return self.name.strip() or UNNAMED


def write_pdf(price: Price, paper: Paper, stream: BinaryIO, progress: Progress) -> None:
    """Write the PDF; `progress` gets percents and words.

    Raises BadInput where there are no lines, the charges have a problem, or it would be too many pages.
    """
    _check(price)
    progress(30, "Laying out the pages...")
    with Pen(_texts(price, paper)) as pen:
        pages = _laid_out(pen, price, paper)
        for number, page in enumerate(pages, 1):
            progress(40 + 45 * (number - 1) // len(pages), "Drawing the pages...")
            _draw(pen, paper, page, number, len(pages))
        progress(85, "Saving PDF file...")
        pen.save(paper.title, paper.created, stream)


def write_first_pages(price: Price, paper: Paper, stream: BinaryIO) -> None:
    """Write the first page of the table, as `write_pdf` would, and before it the cover where it is shown.

    Only these pages are drawn. Raises BadInput as `write_pdf` does.
    """
    _check(price)
    with Pen(_texts(price, paper)) as pen:
        pages = _laid_out(pen, price, paper)
        for number in sorted({0, len(_cover_pages(pen, price, paper))}):
            _draw(pen, paper, pages[number], number + 1, len(pages))
        pen.save(paper.title, paper.created, stream)


def _check(price: Price) -> None:
    if price.problem:
        raise BadInput(price.problem)
    if not price.lines:
        raise BadInput("No items selected. Add an item to the estimate, then generate.")


def _laid_out(pen: Pen, price: Price, paper: Paper) -> list[Page]:
    table = Table(pen, price)
    rows = [*table.opening(paper.title), *table.rows(paper.office.signatures)]
    pages = _cover_pages(pen, price, paper) + lay_out(rows, table.heading())
    if len(pages) > MAX_PAGES:
        raise BadInput(
            f"The PDF would have {len(pages):,} pages; {MAX_PAGES:,} are the most. Download the workbook instead, or "
            "make a second estimate for some of the lines."
        )
    return pages


def _cover_pages(pen: Pen, price: Price, paper: Paper) -> list[Page]:
    if not paper.cover.shown:
        return []
    fields = cover_fields(paper.title, price.grand_total, paper.schedule_title, paper.cover)
    return lay_out(list(cover_rows(pen, paper.office.department, fields)))


def _texts(price: Price, paper: Paper) -> Iterator[str]:
    """Every text that may be printed, so that the pen has the fonts."""
    yield from (_WORDS, *TITLES, paper.title, paper.schedule_title, paper.office.department, *paper.office.signatures)
    yield from (paper.cover.head_of_account, paper.cover.work_id, paper.cover.place)
    for line in price.lines:
        yield from (line.description, line.plural, line.singular)
    yield from (group.name for group in price.groups)
    yield from (row.charge.shown_label for row in price.charges)


def _draw(pen: Pen, paper: Paper, page: Page, number: int, count: int) -> None:
    pen.turn_page()
    draw(pen, page)
    y = BOTTOM + 4.0
    pen.line(LEFT, y, RIGHT, y)
    y += 0.8
    room = WIDTH - _NUMBER_WIDTH - _TITLE_WIDTH
    pen.write(LEFT, y, room, pen.shortened(paper.title, _SMALL, room - 3.0), _SMALL)
    title = pen.shortened(paper.schedule_title, _SMALL, _TITLE_WIDTH)
    pen.write(LEFT + room, y, _TITLE_WIDTH, title, _SMALL_CENTRE)
    pen.write(RIGHT - _NUMBER_WIDTH, y, _NUMBER_WIDTH, f"Page {number:,} of {count:,}", _SMALL_RIGHT)
