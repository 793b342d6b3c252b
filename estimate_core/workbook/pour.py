"""The pour: from a mould and a priced estimate to a finished workbook, as a stream of text.

The same order gives the same bytes: no clock and no random id goes into the file.
"""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import UNNAMED, Price, WorkType
from estimate_core.domain.office import Cover, Office
from estimate_core.workbook.archive import PROPERTIES, entry, properties
from estimate_core.workbook.estimate_sheet import EstimateSheet
from estimate_core.workbook.markup import allowed, line_height, text_cell, text_height
from estimate_core.workbook.mould import PREAMBLE, Mould, Template, sheet_name
from estimate_core.workbook.notes import Note, note_parts
from estimate_core.workbook.package import (
    ESTIMATE,
    LAST_ROW_MARK,
    NAME_MARK,
    OUTPUT,
    TITLE_MARK,
    Frame,
    Package,
)
from estimate_core.workbook.parts import add_notes, without_sheets
from estimate_core.workbook.references import MAX_ROW
from estimate_core.workbook.rows import OWN

CELL_LIMIT = 32_767
"""Characters that a cell of Excel holds."""

Progress = Callable[[int, str], None]

_FIRST_BLOCK_ROW = 3
_GAP = 1
_SHOWN_IN_FOOTER = 90


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


@dataclass
class _Layout:
    """Which blocks stand where in `Output`: first rows of the lines' blocks and of the supporting ones."""

    lines: list[int]
    supporting: dict[int, int]
    starts: dict[int, int]
    sheets: list[str]
    band_row: int
    last_row: int


@dataclass
class _Sheet:
    """What one sheet has beside its rows."""

    merges: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


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


class _Pouring:
    def __init__(self, mould: Mould, order: Order, stream: BinaryIO, progress: Progress) -> None:
        self.mould, self.order, self.progress = mould, order, progress
        self.package: Package = mould.package
        self.repair = order.work_type == "repair"
        self.name = allowed(order.name) or UNNAMED
        self.files = dict(mould.package.files)
        self.archive = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6)

    def with_datas(self) -> None:
        layout = _lay_out(self.mould, [line.item.row for line in self.order.price.lines])
        with self.archive:
            beside = _Sheet()
            rows = self._output_rows(layout, beside)
            self._write_sheet(self.package.frames[OUTPUT], f"A1:J{layout.last_row}", rows, beside)
            self.progress(70, "Building Estimate sheet...")
            templates = self.mould.blocks
            rates = [
                (start, start + templates[line.item.row].rate_row)
                for start, line in zip(layout.lines, self.order.price.lines, strict=True)
            ]
            last_row = self._estimate_sheet(rates)
            for key in layout.sheets:
                beside = _Sheet()
                rows = self._helper_rows(key, layout, beside)
                self._write_sheet(self.package.frames[sheet_name(key)], "", rows, beside)
            self.progress(85, "Saving Excel file...")
            kept = {ESTIMATE, OUTPUT, *map(sheet_name, layout.sheets)}
            self._remaining_parts(kept, last_row)

    def estimate_only(self) -> None:
        with self.archive:
            self.progress(30, "Building estimate workbook...")
            last_row = self._estimate_sheet(None)
            self.progress(80, "Saving Excel file...")
            self._remaining_parts({ESTIMATE}, last_row)

    def _estimate_sheet(self, rates: list[tuple[int, int]] | None) -> int:
        sheet = EstimateSheet(self.order.price, self.name, self.package, rates)
        beside = _Sheet(sheet.merges(), sheet.links())
        frame = self.package.frames[ESTIMATE]
        self._write_sheet(frame, f"A1:H{sheet.last_row}", sheet.rows(), beside)
        return sheet.last_row

    def _write_sheet(self, frame: Frame, dimension: str, rows: Iterable[str], beside: _Sheet) -> None:
        """Stream a sheet; `beside` is filled by then, since it is used after the last row."""
        with self.archive.open(entry(frame.path), "w") as part:
            measured = f'<dimension ref="{dimension}"/>' if dimension else ""
            part.write((self._marked(frame.head + measured + frame.views) + "<sheetData>").encode())
            for row in rows:
                part.write(row.encode())
            part.write(("</sheetData>" + self._marked(frame.between)).encode())
            part.write(_merge_cells(beside.merges).encode())
            part.write((frame.after + _hyperlinks(beside.links)).encode())
            tail = self._marked(frame.tail)
            if beside.notes:
                tail = add_notes(self.files, frame.path, tail, note_parts(beside.notes))
            part.write(tail.encode())

    def _marked(self, xml: str) -> str:
        """The frame's text with what this estimate says in the footer; `&` is doubled there, 255 characters hold."""
        name, title = (_footer_text(text) for text in (self.name, allowed(self.order.schedule_title)))
        return xml.replace(NAME_MARK, name).replace(TITLE_MARK, title)

    def _output_rows(self, layout: _Layout, beside: _Sheet) -> Iterator[str]:
        styles, lines = self.package.styles, self.order.price.lines
        title = f"Name of the work : {self.name}"
        height = text_height(title, self.package.output_width, self.package.font_size)
        yield _band(1, title, styles["work"], height)
        beside.merges.append("A1:J1")
        told = 0
        for done, (start, line) in enumerate(zip(layout.lines, lines, strict=True), 1):
            template = self.mould.blocks[line.item.row]
            before, after, _ = template.serial
            yield _filled(template, start, layout.starts, f"{before}Data {done}{after}", self.repair)
            _place(template, start, beside)
            percent = 30 + 40 * done // len(lines)
            if done == 1 or percent >= told + 4 or done == len(lines):
                told = percent
                self.progress(percent, "Building Output sheet...")
        if layout.supporting:
            yield _band(layout.band_row, "Supporting datas", styles["band"], line_height(self.package.font_size))
            beside.merges.append(f"A{layout.band_row}:J{layout.band_row}")
        for block, start in layout.supporting.items():
            template = self.mould.blocks[block]
            yield _filled(template, start, layout.starts, template.serial[2], False)
            _place(template, start, beside)

    def _helper_rows(self, key: str, layout: _Layout, beside: _Sheet) -> Iterator[str]:
        template = self.mould.sheets[key]
        yield _filled(template, 0, layout.starts, "", False)
        _place(template, 0, beside)

    def _remaining_parts(self, kept: set[str], last_row: int) -> None:
        dropped = [frame for key, frame in self.package.frames.items() if key not in kept]
        without_sheets(self.files, dropped)
        self.files[PROPERTIES] = properties(self.name, self.order.created)
        workbook = self.files["xl/workbook.xml"]
        self.files["xl/workbook.xml"] = workbook.replace(f"$H${LAST_ROW_MARK}", f"$H${last_row}")
        for path, text in self.files.items():
            with self.archive.open(entry(path), "w") as part:
                part.write(text.encode())


def _lay_out(mould: Mould, picked: list[int]) -> _Layout:
    """Give each block its rows: the lines in their order, then what they need, in the schedule's order."""
    blocks, sheets = _needed(mould, picked)
    row = _FIRST_BLOCK_ROW
    lines, starts = [], dict[int, int]()
    for block in picked:
        lines.append(row)
        starts.setdefault(block, row)
        row += mould.blocks[block].height + _GAP
    band_row, supporting = row, dict[int, int]()
    row += 1
    for block in sorted(blocks - starts.keys()):
        supporting[block] = row
        row += mould.blocks[block].height + _GAP
    last_row = row - _GAP - 1 if supporting else band_row - _GAP - 1
    if last_row > MAX_ROW:
        raise BadInput(
            f"The picked blocks take {last_row:,} rows and a sheet holds {MAX_ROW:,}. Take some lines out, or "
            "shorten the longest blocks in the schedule."
        )
    return _Layout(lines, supporting, starts | supporting, sheets, band_row, last_row)


def _needed(mould: Mould, picked: list[int]) -> tuple[set[int], list[str]]:
    """The blocks and sheets that picked blocks refer to, and those that these refer to, and so on."""
    blocks, sheets = set(picked), set[str]()
    waiting: list[Template] = [mould.blocks[block] for block in blocks]
    while waiting:
        template = waiting.pop()
        new_blocks = set(template.needs) - blocks
        new_sheets = set(template.sheets) - sheets
        blocks |= new_blocks
        sheets |= new_sheets
        waiting += [mould.blocks[block] for block in new_blocks]
        waiting += [mould.sheets[sheet] for sheet in new_sheets]
    whole = {sheet for sheet in sheets if not (sheet.endswith(PREAMBLE) and sheet_name(sheet) in sheets)}
    return blocks, sorted(whole)


def _filled(template: Template, base: int, starts: dict[int, int], serial: str, repair: bool) -> str:
    """A template's rows with its first row at `base`; slots below zero count from the end of `values`."""
    values = [str((base if key == OWN else starts[key]) + offset) for key, offset in template.targets]
    values += [variant[repair] for variant in reversed(template.variants)]
    values.append(serial)
    parts = template.parts.copy()
    parts[1::2] = map(values.__getitem__, template.slots)
    return "".join(parts)


def _place(template: Template, base: int, beside: _Sheet) -> None:
    for first, top, last, bottom in template.merges:
        beside.merges.append(f"{first}{base + top}:{last}{base + bottom}")
    beside.notes += [Note(f"{col}{base + offset}", text) for col, offset, text in template.notes]


def _band(row: int, text: str, style: int, height: float) -> str:
    first = f'<c r="A{row}" s="{style}"{text_cell(text)}'
    rest = "".join(f'<c r="{col}{row}" s="{style}"/>' for col in "BCDEFGHIJ")
    return f'<row r="{row}" ht="{height:g}" customHeight="1">{first}{rest}</row>'


def _merge_cells(merges: list[str]) -> str:
    cells = "".join(f'<mergeCell ref="{merge}"/>' for merge in merges)
    return f'<mergeCells count="{len(merges)}">{cells}</mergeCells>' if merges else ""


def _hyperlinks(links: list[tuple[str, str]]) -> str:
    each = "".join(f'<hyperlink ref="{cell}" location={quoteattr(place)}/>' for cell, place in links)
    return f"<hyperlinks>{each}</hyperlinks>" if links else ""


def _footer_text(text: str) -> str:
    """A text for the footer, which holds 255 characters (UTF-16, `&` doubled) in all."""
    shown = text.replace("&", "&&")
    if _utf16_length(shown) > _SHOWN_IN_FOOTER:
        while _utf16_length(text.replace("&", "&&")) >= _SHOWN_IN_FOOTER:
            text = text[:-1]
        shown = text.replace("&", "&&") + "\u2026"
    return escape(shown)


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
