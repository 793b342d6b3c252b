"""The charges of an estimate as a table: which take part, on what, how much; and the profiles that they come from."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from estimate_core.domain.charge_rules import ADDED, DEDUCTED, ROUNDINGS, labels_of
from estimate_core.domain.charges import Profile
from estimate_core.services import charging
from estimate_core.workbook.tables import CHARGE_COLUMNS, NOT_ROUNDED, charge_cell, profile_table
from pages.frame import guarded, show_refusal
from pages.profiles import show_profiles
from pages.row_buttons import small_button
from pages.sheet import Sheet, renew_widgets
from pages.totals import show_rows
from pages.typed_cells import Cell, Grid, Shown, Value, begin_with, editor_key, store_cells

_PLACE = "charge rows"
_ROW = 30


def show_charges(sheet: Sheet) -> None:
    """The profile, its rows to edit, and what they come to."""
    show_profiles(sheet)
    if sheet.can_write:
        _show_table(sheet)
    else:
        _show_table_to_read(sheet)
    # Below the table, so that no row moves away from the hand.
    show_refusal(_PLACE)
    if sheet.can_write:
        _show_adding(sheet)
    show_rows(replace(sheet.price, groups=()))


def charges_grid(sheet: Sheet) -> Grid:
    """All rows of charges with what can be typed or chosen."""
    charges = sheet.estimate.charges
    return Grid(_PLACE, sheet, tuple(row.key for row in charges), _shown(charges), partial(_store_cells, sheet))


def _shown(charges: Profile) -> Shown:
    rows = {row.key: row for row in charges}
    return lambda key, column: charge_cell(rows[key], column) if key in rows else None


def _store_cells(sheet: Sheet, values: Mapping[Cell, Value]) -> tuple[Shown, Mapping[Cell, str]]:
    fields = {(key, CHARGE_COLUMNS[column]): value for (key, column), value in values.items()}
    opened, refused = sheet.edit(charging.set_charge_cells, fields)
    columns = {field: column for column, field in CHARGE_COLUMNS.items()}
    return _shown(opened.estimate.charges), {(key, columns[field]): told for (key, field), told in refused.items()}


def _show_table(sheet: Sheet) -> None:
    charges = sheet.estimate.charges
    grid = charges_grid(sheet)
    key = editor_key(grid)
    st.data_editor(
        begin_with(profile_table(charges), key),
        key=key,
        hide_index=True,
        num_rows="fixed",
        row_height=_ROW,
        height=_ROW * len(charges) + 34,
        disabled=["Kind"],
        column_config=_columns(sheet, grid.ids),
        on_change=_store,
        args=(grid, key),
        alt="Charges of the estimate",
    )


def _show_table_to_read(sheet: Sheet) -> None:
    charges = sheet.estimate.charges
    st.dataframe(
        profile_table(charges).drop(columns=["Up", "Down", "Remove"]),
        key=sheet.key("charges to read"),
        hide_index=True,
        row_height=_ROW,
        height=_ROW * len(charges) + 34,
        column_config=_columns_to_read(charges),
        alt="Charges of the estimate",
    )


def _store(grid: Grid, key: str) -> None:
    store_cells(grid, key, st.session_state[key]["edited_rows"])


def _columns_to_read(charges: Profile) -> dict[str, Any]:
    column = st.column_config
    labels = labels_of(charges)
    return {
        "On": column.CheckboxColumn(width=48),
        "Label": column.TextColumn(width=200, help="{p} stands for the percentage."),
        "Kind": column.TextColumn(width=62),
        "Value": column.TextColumn("% or Rs", width=80, alignment="right", help="Empty: the row is left out."),
        "On what": column.MultiselectColumn(
            width=150, options=list(labels), format_func=lambda key: labels.get(key, key), color="gray"
        ),
        "Sign": column.SelectboxColumn(width=74, options=[ADDED, DEDUCTED], required=True),
        "Rounded to": column.SelectboxColumn(width=92, options=[*ROUNDINGS, NOT_ROUNDED], required=True),
        "Repair": column.CheckboxColumn(width=64, help="In repair work only."),
    }


def _columns(sheet: Sheet, ids: tuple[str, ...]) -> dict[str, Any]:
    return _columns_to_read(sheet.estimate.charges) | {
        "Up": small_button(_PLACE, "charge up", ids, partial(_change, sheet, charging.move_charge, -1), "Move up"),
        "Down": small_button(_PLACE, "charge down", ids, partial(_change, sheet, charging.move_charge, 1), "Move down"),
        "Remove": small_button(_PLACE, "charge remove", ids, partial(_change, sheet, charging.remove_charge), "Remove"),
    }


def _change(sheet: Sheet, change: Callable[..., object], *more: Any) -> None:
    """A change of one row, whose key comes last."""
    *amounts, key = more
    sheet.edit(change, key, *amounts)


def _show_adding(sheet: Sheet) -> None:
    with st.container(horizontal=True, gap="small"):
        for kind, label in (("fixed", "Add a fixed row"), ("percent", "Add a percent row")):
            st.button(
                label,
                icon=":material/add:",
                key=f"add {kind}",
                on_click=guarded(_PLACE, _add),
                args=(sheet, kind),
            )


def _add(sheet: Sheet, kind: str) -> None:
    sheet.edit(charging.add_charge, kind)
    renew_widgets()
