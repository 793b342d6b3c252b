"""Prices to print, and what a PDF says when it is read back."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pypdfium2

from estimate_core.domain.estimate import Estimate, Line, Price, price
from estimate_core.domain.progress import no_progress
from estimate_core.domain.schedule import Item, Schedule
from estimate_core.paper.estimate_pdf import Paper, write_pdf

PAPER = Paper("Wiring of the hall", "Electrical 2025-26", datetime(2026, 4, 1, 9, 30, tzinfo=UTC))
RATE, AMOUNT = (136, 155.5), (174.5, 200)
"""Where columns stand, in millimetres from the left edge of the paper."""
_POINTS = 72 / 25.4


def item(row: int, specification: str, rate: str = "134.50", group: str = "Points", unit: str = "Nos") -> Item:
    """An item to be picked by its row."""
    return Item(row, f"Item {row}", "", specification, group, unit, "", Decimal(rate), ())


def priced(items: Sequence[Item], quantities: Sequence[str] = (), estimate: Estimate | None = None) -> Price:
    """The price of an estimate of these items in order; quantities repeat, and are 2.5 where none are given."""
    given = list(quantities) or ["2.5"]
    lines = tuple(Line(str(n), one.row, Decimal(given[n % len(given)])) for n, one in enumerate(items))
    distinct = tuple({one.row: one for one in items}.values())
    return price(replace(estimate or Estimate(), lines=lines), Schedule(distinct, ()))


def printed(price: Price, paper: Paper = PAPER) -> bytes:
    """The PDF."""
    stream = io.BytesIO()
    write_pdf(price, paper, stream, no_progress)
    return stream.getvalue()


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    return column_of(pdf, (0, 210))


def text_of(pdf: bytes) -> str:
    """All that the PDF says, in one line."""
    return " ".join(" ".join(pages_of(pdf)).split())


def column_of(pdf: bytes, edges: tuple[float, float]) -> list[str]:
    """The text of each page between two distances from the left edge of the paper.

    Where a letter of Telugu or Hindi is drawn by two signs, the library reads a control character for the second.
    """
    left, right = (edge * _POINTS for edge in edges)
    with pypdfium2.PdfDocument(pdf) as document:
        texts = [page.get_textpage().get_text_bounded(left=left, right=right) for page in document]
    return ["".join(c for c in text if c.isprintable() or c.isspace()) for text in texts]


def figures_of(pdf: bytes, edges: tuple[float, float]) -> list[str]:
    """The figures of a column from the first page to the last, without heads and footers."""
    lines = [line.strip() for text in column_of(pdf, edges) for line in text.splitlines()]
    return [line for line in lines if line.replace(",", "").replace(".", "").removeprefix("-").isdigit()]
