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


SHOWN: dict[str, Callable[[Line, Item], str]] = {
    "Quantity": lambda line, item: quantity_text(line),
    "Unit": lambda line, item: plural(line.unit or item.unit),
}
"""What can be typed, and the text that the table shows for it."""
_REFUSED = "\0refused"
"""Stands for what was stored where nothing was, since no cell ever shows it."""


def editor_key(sheet: Sheet) -> str:
    """The editor's key: another one once lines came, went or moved, or a typed cell was changed elsewhere."""
    key = _key(sheet)
    shown = {line.line.id: line for line in sheet.price.lines}
    if any(_shown(shown[line], column) != typed.stored for (line, column), typed in _of(key)):
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
    texts = {
        cell: text
        for cell, text in _texts(sheet, typed, edits).items()
        if cell not in typed or typed[cell].text != text
    }
    stored = _store(sheet, lines, texts)
    for cell, text in texts.items():
        began = typed[cell].began if cell in typed else _shown(lines[cell[0]], cell[1])
        typed[cell] = Typed(began, text, stored[cell])
    st.session_state[_STATE] = (key, typed)


def _texts(sheet: Sheet, typed: dict[Cell, Typed], edits: Edits) -> dict[Cell, str]:
    """The text of every cell that is or was typed into; one that the editor tells no more is as it began."""
    ids = [line.id for line in sheet.estimate.lines]
    told = {(ids[row], column): text or "" for row, cells in edits.items() for column, text in cells.items()}
    return {cell: kept.began for cell, kept in typed.items()} | told


def _shown(line: PricedLine, column: str) -> str:
    return SHOWN[column](line.line, line.item)


def _store(sheet: Sheet, lines: Mapping[str, PricedLine], texts: Mapping[Cell, str]) -> dict[Cell, str]:
    """Store cells, all in one step; gives the text that each shows then, or one that no cell has where refused."""
    try:
        typed = {(line, column.lower()): text for (line, column), text in texts.items()}
        opened, refused = sheet.edit(estimates.set_cells, typed)
    except DeskError as refusal:
        refuse("lines", str(refusal))
        return dict.fromkeys(texts, _REFUSED)
    if refused:
        more = f" ({len(refused) - 1} more were not taken either.)" if len(refused) > 1 else ""
        refuse("lines", next(iter(refused.values())) + more)
    now = {line.id: line for line in opened.estimate.lines}
    return {
        (line, column): _REFUSED
        if (line, column.lower()) in refused
        else SHOWN[column](now.get(line, lines[line].line), lines[line].item)
        for line, column in texts
    }
