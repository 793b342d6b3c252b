"""The lines of an estimate in an editable table; each edit is stored at once, by the line's id."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from estimate_core.domain.estimate import Line
from estimate_core.domain.schedule import Item
from estimate_core.domain.units import MAX_LENGTH, plural
from estimate_core.services import estimates, office
from estimate_core.workbook.tables import lines_table, quantity_text
from pages.frame import guarded, note, noted, open_dialog, show_refusal
from pages.row_buttons import button_column, small_button
from pages.sheet import Sheet, remember, renew_widgets
from pages.typed_cells import Cell, Grid, Shown, begin_with, editor_key, store_cells
from pages.words import counted, escaped

_PLACE = "lines"
_ROW = 30
_TALLEST = 8


def show_lines(sheet: Sheet) -> None:
    """The lines with what can be done to all of them, or how to start where there are none."""
    _show_heading(sheet)
    if not sheet.estimate.lines:
        _show_start(sheet)
    elif not sheet.price.lines:
        _show_unpriced(sheet)
    elif sheet.can_write:
        _show_table(sheet)
    else:
        _show_table_to_read(sheet)
    # Below the table, so that no row moves away from the hand.
    show_refusal(_PLACE)


def _show_heading(sheet: Sheet) -> None:
    lines = sheet.estimate.lines
    without = len([line for line in lines if not line.quantity])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**Lines ({len(lines):,})**", width="content")
        if without:
            st.caption(f"{without:,} without a quantity", width="content")
        if sheet.can_write:
            _show_tools(sheet)


def _show_tools(sheet: Sheet) -> None:
    """What is done to all lines, and the way back from what was removed."""
    if sheet.estimate.lines:
        _show_grouping(sheet)
        clear = guarded(_PLACE, _clear)
        icon = ":material/delete_sweep:"
        st.button("Clear all", icon=icon, type="tertiary", key="clear", on_click=clear, args=(sheet,))
    if noted(_PLACE):
        st.caption(escaped(noted(_PLACE)), width="content")
        st.button("Bring back", type="tertiary", key="bring back", on_click=guarded(_PLACE, _undo), args=(sheet,))


def _show_grouping(sheet: Sheet) -> None:
    key = sheet.key("grouped")
    st.toggle(
        "Group lines, with subtotals",
        sheet.estimate.grouped,
        key=key,
        on_change=guarded(_PLACE, _group),
        args=(sheet, key),
    )


def _group(sheet: Sheet, key: str) -> None:
    sheet.edit(office.set_grouped, st.session_state[key])


def _clear(sheet: Sheet) -> None:
    number = len(sheet.estimate.lines)
    sheet.edit(estimates.clear_lines)
    note(_PLACE, f"{counted(number, 'line', 'lines')} removed.")


def _undo(sheet: Sheet) -> None:
    sheet.edit(estimates.undo)
    renew_widgets()


def _show_unpriced(sheet: Sheet) -> None:
    """Lines that lost their items, from a schedule that reads differently now: they can only be removed."""
    st.error(escaped(sheet.price.problem), icon=":material/error:")
    if not sheet.can_write:
        return
    lost = [line.id for line in sheet.estimate.lines if not sheet.has_rate(line)]
    st.button(
        f"Remove {counted(len(lost), 'such line', 'such lines')}",
        key="remove lost",
        on_click=guarded(_PLACE, sheet.edit),
        args=(estimates.remove_lines, lost),
    )


def _show_table(sheet: Sheet) -> None:
    grid = lines_grid(sheet)
    key = editor_key(grid)
    st.data_editor(
        begin_with(lines_table(sheet.price.lines), key),
        key=key,
        hide_index=True,
        num_rows="fixed",
        row_height=_ROW,
        height=_ROW * min(len(grid.ids), _TALLEST) + 34,
        disabled=["#", "Rate", "Amount"],
        column_config=_columns(sheet, grid.ids),
        on_change=_store,
        args=(grid, key),
        alt="Lines of the estimate",
    )


def _show_table_to_read(sheet: Sheet) -> None:
    lines = sheet.price.lines
    st.dataframe(
        lines_table(lines).drop(columns=["Up", "Down", "Remove"]),
        key=sheet.key("lines to read"),
        hide_index=True,
        row_height=_ROW,
        height=_ROW * min(len(lines), _TALLEST) + 34,
        column_config=_columns_to_read(tuple(line.line.id for line in lines)),
        alt="Lines of the estimate",
    )


def _show_start(sheet: Sheet) -> None:
    with st.container(border=True):
        st.markdown("**No lines yet**")
        if not sheet.can_write:
            return
        st.text("Search on the left, press + beside an item, then type its quantity here.")
        if not sheet.opened or not sheet.opened.can_undo:
            st.button(
                "Open a sample estimate",
                icon=":material/description:",
                on_click=guarded(_PLACE, _open_sample),
                args=(sheet,),
            )


def _open_sample(sheet: Sheet) -> None:
    remember(estimates.create_sample_estimate(sheet.desk, sheet.user, sheet.card.id).id)


def _columns_to_read(ids: tuple[str, ...]) -> dict[str, Any]:
    column = st.column_config
    return {
        "#": column.TextColumn(width=36, alignment="right"),
        "Item": button_column(_PLACE, "line item", ids, partial(open_dialog, "line"), width=230, alignment="left"),
        "Quantity": column.TextColumn(width=80, alignment="right"),
        "Unit": column.TextColumn(width=56, max_chars=MAX_LENGTH),
        "Rate": column.TextColumn(width=80, alignment="right"),
        "Amount": column.TextColumn(width=100, alignment="right"),
    }


def _columns(sheet: Sheet, ids: tuple[str, ...]) -> dict[str, Any]:
    return _columns_to_read(ids) | {
        "Up": small_button(_PLACE, "line up", ids, partial(_move, sheet, -1), "Move up"),
        "Down": small_button(_PLACE, "line down", ids, partial(_move, sheet, 1), "Move down"),
        "Remove": small_button(_PLACE, "line remove", ids, partial(_remove, sheet), "Remove"),
    }


def _move(sheet: Sheet, by: int, line_id: str) -> None:
    sheet.edit(estimates.move_line, line_id, by)


def _remove(sheet: Sheet, line_id: str) -> None:
    sheet.edit(estimates.remove_lines, [line_id])
    note(_PLACE, "Line removed.")


def _store(grid: Grid, key: str) -> None:
    store_cells(grid, key, st.session_state[key]["edited_rows"])


_SHOWN: dict[str, Callable[[Line, Item], str]] = {
    "Quantity": lambda line, item: quantity_text(line),
    "Unit": lambda line, item: plural(line.unit or item.unit),
}
"""What can be typed, and the text that the table shows for it."""


def lines_grid(sheet: Sheet) -> Grid:
    """The quantities and units of the lines, as they are printed."""
    lines = {line.line.id: line.line for line in sheet.price.lines}
    return Grid(_PLACE, sheet, tuple(lines), _shown(sheet, lines), partial(_store_texts, sheet, lines))


def _shown(sheet: Sheet, lines: Mapping[str, Line]) -> Shown:
    return lambda line_id, column: _SHOWN[column](lines[line_id], sheet.items[lines[line_id].row])


def _store_texts(
    sheet: Sheet, lines: Mapping[str, Line], texts: Mapping[Cell, str]
) -> tuple[Shown, Mapping[Cell, str]]:
    """Store cells; a line that another page removed meanwhile is shown as it was."""
    typed = {(line, column.lower()): text for (line, column), text in texts.items()}
    opened, refused = sheet.edit(estimates.set_cells, typed)
    now = {**lines, **{line.id: line for line in opened.estimate.lines}}
    return _shown(sheet, now), {(line, field.capitalize()): told for (line, field), told in refused.items()}
