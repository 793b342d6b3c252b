"""What was typed into the table of lines, cell by cell, while the table that it was typed into stays as it was.

An editor that is sent a new table drops the edits that it finds there, and under load one with them that is on its
way. So a cell keeps the text it began with, the editor keeps showing what was typed over it, and only what follows
from it (the amounts) changes. Where lines come or go, or a cell changes elsewhere, the editor is made anew.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import streamlit as st

from estimate_core.domain.errors import DeskError
from estimate_core.domain.estimate import Line, PricedLine
from estimate_core.domain.schedule import Item
from estimate_core.domain.units import plural
from estimate_core.services import estimates
from estimate_core.services.estimates import OpenEstimate
from estimate_core.workbook.tables import quantity_text
from pages.frame import forget_refusal, refuse
from pages.sheet import Sheet, renew_widgets

_STATE = "typed cells"
Cell = tuple[str, str]
"""A line's id and a column."""
Edits = Mapping[int, Mapping[str, str | None]]
"""What the editor tells: text by row and column, for all cells that differ from the table it was given."""


@dataclass(frozen=True)
class Typed:
    """A cell that was typed into: the text it began with, the text typed, and the text that was stored for it."""

    began: str
    text: str
    stored: str


CELLS: dict[str, tuple[Callable[..., OpenEstimate], Callable[[Line, Item], str]]] = {
    "Quantity": (estimates.set_quantity, lambda line, item: quantity_text(line)),
    "Unit": (estimates.set_unit, lambda line, item: plural(line.unit or item.unit)),
}
"""What can be typed: the use case that stores it, and the text that the table shows for it."""


def editor_key(sheet: Sheet) -> str:
    """The editor's key: another one once lines came, went or moved, or a typed cell was changed elsewhere."""
    key = _key(sheet)
    shown = {line.line.id: line for line in sheet.price.lines}
    if any(CELLS[column][1](shown[line].line, shown[line].item) != typed.stored for (line, column), typed in _of(key)):
        renew_widgets()
        key = _key(sheet)
    return key


def _key(sheet: Sheet) -> str:
    return sheet.key(f"editor {hash(tuple(line.id for line in sheet.estimate.lines)):x}")


def _of(key: str) -> Iterator[tuple[Cell, Typed]]:
    return iter(_typed(key).items())


def _typed(key: str) -> dict[Cell, Typed]:
    """The cells typed into under that key; those of earlier keys are forgotten."""
    kept_key, cells = st.session_state.get(_STATE, ("", {}))
    return cells if kept_key == key else {}


def began_with(key: str) -> dict[Cell, str]:
    """The text that each cell that was typed into began with."""
    return {cell: typed.began for cell, typed in _of(key)}


def store_cells(sheet: Sheet, key: str, edits: Edits) -> None:
    """Store what differs from what was typed before; a refused text leaves the stored value and is told.

    `sheet` is the one that the editor was shown with.
    """
    forget_refusal()
    typed = dict(_typed(key))
    lines = {line.line.id: line for line in sheet.price.lines}
    for cell, text in _texts(sheet, typed, edits).items():
        before = typed.get(cell)
        if before is None or before.text != text:
            began = before.began if before else _shown(lines[cell[0]], cell[1])
            typed[cell] = Typed(began, text, _store(sheet, lines[cell[0]], cell[1], text))
    st.session_state[_STATE] = (key, typed)


def _texts(sheet: Sheet, typed: dict[Cell, Typed], edits: Edits) -> dict[Cell, str]:
    """The text of every cell that is or was typed into; one that the editor tells no more is as it began."""
    ids = [line.id for line in sheet.estimate.lines]
    told = {(ids[row], column): text or "" for row, cells in edits.items() for column, text in cells.items()}
    return {cell: kept.began for cell, kept in typed.items()} | told


def _shown(line: PricedLine, column: str) -> str:
    return CELLS[column][1](line.line, line.item)


def _store(sheet: Sheet, line: PricedLine, column: str, text: str) -> str:
    """Store one cell; gives the text that stands for it then, or one that no cell has where it was refused."""
    change, shown = CELLS[column]
    try:
        opened = sheet.edit(change, line.line.id, text)
    except DeskError as refusal:
        refuse("lines", str(refusal))
        return "\0refused"
    stored = next((x for x in opened.estimate.lines if x.id == line.line.id), line.line)
    return shown(stored, line.item)
