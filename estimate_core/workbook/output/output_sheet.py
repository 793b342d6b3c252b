"""The rows of the `Output` sheet: the picked blocks one under the other, then the blocks that they need."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import PricedLine
from estimate_core.workbook.formula.references import MAX_ROW
from estimate_core.workbook.output.besides import Besides
from estimate_core.workbook.output.cells import CellWriter
from estimate_core.workbook.output.mould import PREAMBLE, Mould, Template, sheet_name
from estimate_core.workbook.output.notes import Note
from estimate_core.workbook.output.rows import OWN

_FIRST_BLOCK_ROW = 3
_GAP = 1
_COLUMNS = "ABCDEFGHIJ"


@dataclass
class OutputLayout:
    """Which blocks stand where in `Output`: first rows of the lines' blocks and of the supporting ones."""

    lines: list[int]
    supporting: dict[int, int]
    starts: dict[int, int]
    sheets: list[str]
    band_row: int
    last_row: int
    last_col: int


def lay_out(mould: Mould, picked: list[int]) -> OutputLayout:
    """Give each block its rows: the lines in their order, then what they need, in the schedule's order.

    `picked` are the heading rows of the lines' blocks; BadInput where a sheet has not rows enough.
    """
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
    last_col = max(len(_COLUMNS), *(mould.blocks[block].last_col for block in blocks))
    return OutputLayout(lines, supporting, starts | supporting, sheets, band_row, last_row, last_col)


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


def filled(template: Template, base: int, starts: dict[int, int], serial: str, repair: bool) -> str:
    """A template's rows with its first row at `base`; slots below zero count from the end of `values`."""
    values = [str((base if key == OWN else starts[key]) + offset) for key, offset in template.targets]
    values += [variant[repair] for variant in reversed(template.variants)]
    values.append(serial)
    parts = template.parts.copy()
    parts[1::2] = map(values.__getitem__, template.slots)
    return "".join(parts)


def place(template: Template, base: int, beside: Besides) -> None:
    """Add the merges and notes of a template to those of its sheet."""
    for first, top, last, bottom in template.merges:
        beside.merges.append(f"{first}{base + top}:{last}{base + bottom}")
    beside.notes += [Note(f"{col}{base + offset}", text) for col, offset, text in template.notes]


class OutputSheet:
    """Writes the rows of `Output`; `besides` is filled with merges and notes meanwhile."""

    def __init__(self, mould: Mould, layout: OutputLayout, lines: tuple[PricedLine, ...], repair: bool) -> None:
        self._mould, self._layout, self._lines, self._repair = mould, layout, lines, repair
        self._cells = CellWriter(mould.package.styles, mould.package.font_size)
        self.besides = Besides()

    def rows(self, name: str, poured: Callable[[int], None]) -> Iterator[str]:
        """The rows as text, one piece a block; `poured` is told how many lines are done."""
        title = f"Name of the work : {name}"
        yield self._band(1, "work", title, self._cells.height(title, self._mould.package.output_width))
        for done, (start, line) in enumerate(zip(self._layout.lines, self._lines, strict=True), 1):
            template = self._mould.blocks[line.item.row]
            before, after, _ = template.serial
            yield self._block(template, start, f"{before}Data {done}{after}", self._repair)
            poured(done)
        if self._layout.supporting:
            yield self._band(self._layout.band_row, "band", "Supporting datas", self._cells.line)
        for row, start in self._layout.supporting.items():
            template = self._mould.blocks[row]
            yield self._block(template, start, template.serial[2], False)

    def _block(self, template: Template, start: int, serial: str, repair: bool) -> str:
        place(template, start, self.besides)
        return filled(template, start, self._layout.starts, serial, repair)

    def _band(self, row: int, style: str, text: str, height: float) -> str:
        self.besides.merges.append(f"A{row}:J{row}")
        return self._cells.row(row, self._cells.spread(_COLUMNS, row, style, text), height)
