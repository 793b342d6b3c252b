"""Cells that look nearly like headings: an item that is not found there is missing without a word."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from openpyxl.cell.rich_text import CellRichText

from estimate_core.domain.finding import Finding, Severity
from estimate_core.domain.schedule import folded
from estimate_core.workbook.doctor.findings import finding_at, quoted, rows_text, runs
from estimate_core.workbook.reading.blocks import covered_cells
from estimate_core.workbook.reading.book import AMOUNT, QUANTITY, TEXT, Block, GroupRow, SheetView
from estimate_core.workbook.reading.colours import Palette, is_filled

_COLOUR = "Give the cell a solid yellow fill and red text if an item begins here."


@dataclass
class _Look:
    """What is known while cells are looked at."""

    sheet: SheetView
    palette: Palette
    covered: dict[tuple[int, int], Any]
    """The merge that hides each place."""
    awaited: set[str]
    """Folded names that `Groups` lists and no heading has."""
    texts: Counter[str]
    """How often each text is coloured."""


def examine_headings(sheet: SheetView, blocks: tuple[Block, ...], groups: tuple[GroupRow, ...]) -> Iterator[Finding]:
    """Near misses of headings on the sheet, at most one a row."""
    found = {block.first for block in blocks}
    names = {folded(sheet.text(block.first, block.heading_col)) for block in blocks}
    awaited = {folded(row.name) for row in groups if row.name} - names
    palette = Palette(sheet.contents.workbook)
    coloured = [cell for cell in sheet.cells() if cell.row not in found and any(palette.looks(cell))]
    texts = Counter(folded(str(cell.value)) for cell in coloured if cell.value is not None)
    look = _Look(sheet, palette, covered_cells(sheet.ws), awaited, texts)
    told: dict[int, Finding] = {}
    empty: set[int] = set()
    for cell in sorted(coloured, key=lambda cell: (cell.row, cell.column)):
        if cell.row in told:
            continue
        yellow, red = look.palette.looks(cell)
        if yellow and red and not is_filled(cell) and (cell.row, cell.column) not in look.covered:
            empty.update([cell.row] if cell.column <= AMOUNT else [])
        elif finding := _miss(look, cell, yellow, red):
            told[cell.row] = finding
    yield from told.values()
    yield from (_empty(sheet, first, last) for first, last in runs(empty - told.keys()))


def _miss(look: _Look, cell: Any, yellow: bool, red: bool) -> Finding | None:
    place = (look.sheet.name, cell.row, cell.column)
    if (cell.row, cell.column) in look.covered:
        return _under_merge(look, cell) if yellow and red else None
    if not isinstance(cell.value, str | CellRichText) or cell.data_type == "f" or not is_filled(cell):
        return None
    text = quoted(str(cell.value))
    if yellow and red:  # beyond column J, else it were a heading
        sentence = f"{text} is coloured like a heading, but stands in column {cell.column_letter}, beyond J."
        return finding_at("warning", "heading-beyond-j", place, sentence, "Move the heading into column D.")
    if cell.column > AMOUNT:
        return None
    likely = _is_likely_heading(look, cell)
    severity: Severity = "warning" if likely else "note"
    if yellow and (likely or _is_like_a_title(look, cell)):
        sentence = f"{text} has yellow fill, but its text is not red, so no item begins here."
        return finding_at(severity, "yellow-not-red", place, sentence, _COLOUR)
    if likely:
        sentence = f"{text} has red text, but no solid yellow fill, so no item begins here."
        return finding_at(severity, "red-not-yellow", place, sentence, _COLOUR)
    return None


def _is_likely_heading(look: _Look, cell: Any) -> bool:
    """Whether more than colour says so: `Groups` lists the name, or a `Data n` stands below."""
    below = look.sheet.text(cell.row + 1, TEXT).strip().casefold()
    return folded(str(cell.value)) in look.awaited or (below.startswith("data") and len(below) < 12)


def _is_like_a_title(look: _Look, cell: Any) -> bool:
    """Whether a cell stands alone in its row and says what no other says: people highlight totals and sections too."""
    row, text = look.sheet.rows.get(cell.row, set()), folded(str(cell.value))
    return look.texts[text] == 1 and not row & set(range(QUANTITY, AMOUNT + 1))


def _under_merge(look: _Look, cell: Any) -> Finding | None:
    ws = look.sheet.ws
    area = look.covered[cell.row, cell.column]
    corner = ws._cells.get((area.min_row, area.min_col))
    if corner is None or not is_filled(corner) or look.palette.is_heading(corner):
        return None
    sentence = (
        f"{quoted(str(corner.value))} is coloured like a heading only in a cell that the merge {area.coord} hides, "
        "so no item begins here."
    )
    mend = "Colour the whole merged cell: solid yellow fill and red text."
    place = (look.sheet.name, corner.row, corner.column)
    return finding_at("warning", "heading-under-merge", place, sentence, mend)


def _empty(sheet: SheetView, first: int, last: int) -> Finding:
    sentence = f"{rows_text(first, last)} coloured like a heading, but empty, so no item begins there."
    mend = "Type the item's name there, or clear the colours."
    return Finding("warning", "empty-heading", sheet.name, first, "", sentence, mend)
