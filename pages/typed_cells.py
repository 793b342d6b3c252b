"""What was typed into a table, cell by cell, while the table that it was typed into stays as it was.

An editor that is sent a new table drops the edits that it finds there, and under load one with them that is on its
way. So a cell keeps what it began with, the editor keeps showing what was typed over it, and only what follows from
it (the amounts) changes. Where rows come or go, or a cell changes elsewhere, the editor is made anew.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from estimate_core.domain.errors import DeskError
from pages.frame import forget_refusal, refuse
from pages.sheet import Sheet, renew_widgets

_STATE = "typed cells"
Cell = tuple[str, str]
"""A row's id and a column."""
Value = Any
"""What a cell holds: a text, a tick, or a list of texts; None where it was emptied."""
Edits = Mapping[int, Mapping[str, Value]]
"""What the editor tells: values by row and column, for all cells that differ from the table it was given."""
Shown = Callable[[str, str], Value]
"""What the table shows for a row's id and a column, from what is stored."""


@dataclass(frozen=True)
class Grid:
    """A table that is typed into: the ids of its rows in order, what it shows, and how cells are stored.

    `store` gives what the table shows then and the sentence for each refused cell; `name` is the place of refusals.
    """

    name: str
    sheet: Sheet
    ids: tuple[str, ...]
    shown: Shown
    store: Callable[[Mapping[Cell, Value]], tuple[Shown, Mapping[Cell, str]]]


@dataclass(frozen=True)
class Typed:
    """A cell that was typed into: what it began with, what was typed, and what was stored for it."""

    began: Value
    value: Value
    stored: Value


_REFUSED = "\0refused"
"""Stands for what was stored where nothing was, since no cell ever shows it."""


def editor_key(grid: Grid) -> str:
    """The editor's key: another one once rows came, went or moved, or a typed cell was changed elsewhere."""
    key = _key(grid)
    if any(grid.shown(*cell) != typed.stored for cell, typed in _of(key)):
        renew_widgets()
        key = _key(grid)
    return key


def _key(grid: Grid) -> str:
    return grid.sheet.key(f"editor {grid.name} {hash(grid.ids):x}")


def _of(key: str) -> Iterator[tuple[Cell, Typed]]:
    return iter(_typed(key).items())


def _typed(key: str) -> dict[Cell, Typed]:
    """The cells typed into under that key; those of earlier keys are forgotten."""
    kept_key, cells = st.session_state.get(_STATE, ("", {}))
    return cells if kept_key == key else {}


def begin_with(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """The table with what each cell that was typed into under that key began with."""
    for (row, column), typed in _of(key):
        table.at[row, column] = typed.began
    return table


def store_cells(grid: Grid, key: str, edits: Edits) -> None:
    """Store what differs from what was typed before; a refused value leaves the stored one and is told.

    `grid` is the one that the editor was shown with.
    """
    forget_refusal()
    typed = dict(_typed(key))
    values = {
        cell: value
        for cell, value in _values(grid, typed, edits).items()
        if cell not in typed or typed[cell].value != value
    }
    stored = _store(grid, values)
    for cell, value in values.items():
        began = typed[cell].began if cell in typed else grid.shown(*cell)
        typed[cell] = Typed(began, value, stored[cell])
    st.session_state[_STATE] = (key, typed)


def _values(grid: Grid, typed: dict[Cell, Typed], edits: Edits) -> dict[Cell, Value]:
    """The value of every cell that is or was typed into; one that the editor tells no more is as it began."""
    told = {
        (grid.ids[row], column): "" if value is None else value
        for row, cells in edits.items()
        for column, value in cells.items()
    }
    return {cell: kept.began for cell, kept in typed.items()} | told


def _store(grid: Grid, values: Mapping[Cell, Value]) -> dict[Cell, Value]:
    """Store cells, all in one step; gives what each shows then, or what no cell has where it was refused."""
    try:
        shown, refused = grid.store(values)
    except DeskError as refusal:
        refuse(grid.name, str(refusal))
        return dict.fromkeys(values, _REFUSED)
    if refused:
        more = f" ({len(refused) - 1} more were not taken either.)" if len(refused) > 1 else ""
        refuse(grid.name, next(iter(refused.values())) + more)
    return {cell: _REFUSED if cell in refused else shown(*cell) for cell in values}
