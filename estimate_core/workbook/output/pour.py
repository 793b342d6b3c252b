"""The pour: from a mould and a priced estimate to a finished workbook, as a stream of text.

The same order gives the same bytes: no clock and no random id goes into the file.
"""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from openpyxl.utils import get_column_letter

from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import UNNAMED, Price, WorkType
from estimate_core.domain.office import Cover, Office
from estimate_core.workbook.output.besides import Besides, footer_text, hyperlinks, merge_cells
from estimate_core.workbook.output.check_sheet import CheckSheet, Facts
from estimate_core.workbook.output.cover_sheet import CoverSheet
from estimate_core.workbook.output.estimate_sheet import EstimateSheet
from estimate_core.workbook.output.mould import Mould, sheet_name
from estimate_core.workbook.output.notes import note_parts
from estimate_core.workbook.output.output_sheet import OutputLayout, OutputSheet, filled, lay_out, place
from estimate_core.workbook.output.package import (
    CHECK,
    COVER,
    ESTIMATE,
    LAST_COLUMNS,
    LAST_ROW_MARK,
    NAME_MARK,
    OUTPUT,
    TITLE_MARK,
    Package,
)
from estimate_core.workbook.output.parts import add_notes, without_sheets
from estimate_core.workbook.writing.archive import PROPERTIES, entry, properties
from estimate_core.workbook.writing.markup import allowed

CELL_LIMIT = 32_767
"""Characters that a cell of Excel holds."""

_PIECE = 1 << 15

Progress = Callable[[int, str], None]


@dataclass(frozen=True)
class Order:
    """What is to be poured: the priced estimate, whether with `Output`, and what the file tells about itself.

    `cover.shown` puts a cover before the estimate; `office` gives its department and the signature blocks;
    `schedule_hash` is the content hash of the schedule's file.
    """

    price: Price
    name: str
    work_type: WorkType
    with_datas: bool
    schedule_title: str
    created: datetime
    cover: Cover = Cover(shown=False)
    office: Office = Office()
    schedule_hash: str = ""


def pour(mould: Mould, order: Order, stream: BinaryIO, progress: Progress) -> None:
    """Write the workbook of an order; `progress` gets percents and words as the work is done.

    Raises BadInput where nothing was picked or a text is longer than a cell holds; the stream is then unfinished.
    """
    _check(order)
    pouring = _Pouring(mould, order, stream, progress)
    if order.with_datas:
        pouring.with_datas()
    else:
        pouring.estimate_only()


class OwnSheet(Protocol):
    """A sheet that is all our own; `besides` is full once the rows are written."""

    last_row: int
    besides: Besides

    def rows(self) -> Iterator[str]:
        """The `<row>` elements, in order."""


def _check(order: Order) -> None:
    if not order.price.lines:
        raise BadInput("No items selected")
    if order.price.problem:
        raise BadInput(order.price.problem)
    for line in order.price.lines:
        if len(line.description) > CELL_LIMIT:
            raise BadInput(
                f"The specification of \u201c{line.item.name}\u201d has {len(line.description):,} characters; a "
                f"cell of Excel holds {CELL_LIMIT:,}. Shorten it in the schedule."
            )


def _dimension(last_col: int, last_row: int) -> str:
    return f"A1:{get_column_letter(last_col)}{last_row}"


def _joined(rows: Iterator[str]) -> Iterator[str]:
    """Rows in pieces of some size: compressing each row by itself takes longer, and all of them take memory."""
    piece: list[str] = []
    size = 0
    for row in rows:
        piece.append(row)
        size += len(row)
        if size >= _PIECE:
            yield "".join(piece)
            piece, size = [], 0
    yield "".join(piece)


class _Pouring:
    def __init__(self, mould: Mould, order: Order, stream: BinaryIO, progress: Progress) -> None:
        self.mould, self.order, self.progress = mould, order, progress
        self.package: Package = mould.package
        self.name = allowed(order.name) or UNNAMED
        self.title = allowed(order.schedule_title)
        self.facts = Facts(self.title, order.schedule_hash)
        self.last_rows: dict[str, int] = {}
        self.files = dict(mould.package.files)
        self.archive = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6)

    def with_datas(self) -> None:
        layout = lay_out(self.mould, [line.item.row for line in self.order.price.lines])
        self.facts.supporting = layout.supporting
        with self.archive:
            self._output_sheet(layout)
            self.progress(70, "Building Estimate sheet...")
            rates = [
                (start, start + self.mould.blocks[line.item.row].rate_row)
                for start, line in zip(layout.lines, self.order.price.lines, strict=True)
            ]
            estimate = self._estimate_sheet(rates)
            for key in layout.sheets:
                self._helper_sheet(key, layout)
            self._cover_and_check(estimate)
            self.progress(85, "Saving Excel file...")
            self._remaining_parts({OUTPUT, *map(sheet_name, layout.sheets)})

    def estimate_only(self) -> None:
        with self.archive:
            self.progress(30, "Building estimate workbook...")
            self._cover_and_check(self._estimate_sheet(None))
            self.progress(80, "Saving Excel file...")
            self._remaining_parts(set())

    def _output_sheet(self, layout: OutputLayout) -> None:
        lines, told = self.order.price.lines, 0

        def poured(done: int) -> None:
            nonlocal told
            percent = 30 + 40 * done // len(lines)
            if done == 1 or percent >= told + 4 or done == len(lines):
                told = percent
                self.progress(percent, "Building Output sheet...")

        sheet = OutputSheet(self.mould, layout, lines, self.order.work_type == "repair")
        self._write_sheet(
            OUTPUT, _dimension(layout.last_col, layout.last_row), sheet.rows(self.name, poured), sheet.besides
        )

    def _helper_sheet(self, key: str, layout: OutputLayout) -> None:
        template, besides = self.mould.sheets[key], Besides()
        place(template, 0, besides)
        dimension = _dimension(template.last_col, template.height)
        self._write_sheet(sheet_name(key), dimension, iter([filled(template, 0, layout.starts, "", False)]), besides)

    def _estimate_sheet(self, rates: list[tuple[int, int]] | None) -> EstimateSheet:
        sheet = EstimateSheet(self.order.price, self.name, self.package, rates, self.order.office.signatures)
        self._write_own(ESTIMATE, sheet)
        return sheet

    def _cover_and_check(self, estimate: EstimateSheet) -> None:
        """The sheets that read the estimate; what counts for the check is known when the others are written."""
        order, amount = self.order, self.order.price.grand_total
        if order.cover.shown:
            cell = estimate.grand_total
            self._write_own(
                COVER, CoverSheet(order.office, order.cover, self.name, self.title, amount, cell, self.package)
            )
        self._write_own(CHECK, CheckSheet(estimate, self.facts))

    def _write_own(self, name: str, sheet: OwnSheet) -> None:
        self.last_rows[name] = sheet.last_row
        dimension = f"A1:{LAST_COLUMNS[name]}{sheet.last_row}"
        self._write_sheet(name, dimension, sheet.rows(), sheet.besides)

    def _write_sheet(self, name: str, dimension: str, rows: Iterator[str], besides: Besides) -> None:
        """Stream a sheet; `besides` is filled by then, since it is used after the last row."""
        frame = self.package.frames[name]
        with self.archive.open(entry(frame.path), "w") as part:
            measured = f'<dimension ref="{dimension}"/>'
            part.write((self._marked(frame.head + measured + frame.views) + "<sheetData>").encode())
            for piece in _joined(rows):
                self.facts.formulas += piece.count("<f>")
                part.write(piece.encode())
            part.write(("</sheetData>" + self._marked(frame.between)).encode())
            part.write((merge_cells(besides.merges) + frame.after + hyperlinks(besides.links)).encode())
            tail = self._marked(frame.tail)
            if besides.notes:
                self.facts.frozen += len(besides.notes)
                tail = add_notes(self.files, frame.path, tail, note_parts(besides.notes))
            part.write(tail.encode())

    def _marked(self, xml: str) -> str:
        """The frame's text with what this estimate says in the footer; `&` is doubled there, 255 characters hold."""
        return xml.replace(NAME_MARK, footer_text(self.name)).replace(TITLE_MARK, footer_text(self.title))

    def _remaining_parts(self, kept: set[str]) -> None:
        dropped = [frame for key, frame in self.package.frames.items() if key not in kept | self.last_rows.keys()]
        without_sheets(self.files, dropped)
        self.files[PROPERTIES] = properties(self.name, self.order.created)
        for name, last_row in self.last_rows.items():
            area = f"'{name}'!$A$1:${LAST_COLUMNS[name]}$"
            workbook = self.files["xl/workbook.xml"]
            self.files["xl/workbook.xml"] = workbook.replace(f"{area}{LAST_ROW_MARK}", f"{area}{last_row}")
        for path, text in self.files.items():
            with self.archive.open(entry(path), "w") as part:
                part.write(text.encode())
