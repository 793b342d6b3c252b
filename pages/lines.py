"""The lines of an estimate in an editable table; each edit is stored at once, by the line's id."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from estimate_core.domain.units import MAX_LENGTH
from estimate_core.services import estimates
from estimate_core.workbook.tables import lines_table
from pages.frame import guarded, note, noted, open_dialog, show_refusal
from pages.sheet import Sheet, remember, renew_widgets
from pages.typed_cells import began_with, editor_key, store_cells
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
    else:
        _show_table(sheet)
    # Below the table, so that no row moves away from the hand.
    show_refusal(_PLACE)


def _show_heading(sheet: Sheet) -> None:
    lines = sheet.estimate.lines
    without = len([line for line in lines if not line.quantity])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**Lines ({len(lines):,})**", width="content")
        if without:
            st.caption(f"{without:,} without a quantity", width="content")
        if lines:
            st.button(
                "Clear all",
                icon=":material/delete_sweep:",
                type="tertiary",
                key="clear",
                on_click=guarded(_PLACE, _clear),
                args=(sheet,),
            )
        if noted(_PLACE):
            st.caption(escaped(noted(_PLACE)), width="content")
            st.button("Bring back", type="tertiary", key="bring back", on_click=guarded(_PLACE, _undo), args=(sheet,))


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
    lost = [line.id for line in sheet.estimate.lines if not sheet.has_rate(line)]
    st.button(
        f"Remove {counted(len(lost), 'such line', 'such lines')}",
        key="remove lost",
        on_click=guarded(_PLACE, sheet.edit),
        args=(estimates.remove_lines, lost),
    )


def _show_table(sheet: Sheet) -> None:
    ids = tuple(line.id for line in sheet.estimate.lines)
    key = editor_key(sheet)
    table = lines_table(sheet.price.lines)
    for (line_id, column), text in began_with(key).items():
        table.at[line_id, column] = text
    st.data_editor(
        table,
        key=key,
        hide_index=True,
        num_rows="fixed",
        row_height=_ROW,
        height=_ROW * min(len(ids), _TALLEST) + 34,
        disabled=["#", "Rate", "Amount"],
        column_config=_columns(sheet, ids),
        on_change=_store,
        args=(sheet, key),
        alt="Lines of the estimate",
    )


def _show_start(sheet: Sheet) -> None:
    with st.container(border=True):
        st.markdown("**No lines yet**")
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


def _columns(sheet: Sheet, ids: tuple[str, ...]) -> dict[str, Any]:
    column = st.column_config

    def button(name: str, act: Callable[..., None], hint: str) -> Any:
        key = f"line {name}"
        return column.ButtonColumn(
            "", width=30, type="tertiary", key=key, help=hint, on_click=act, args=(sheet, ids, key)
        )

    return {
        "#": column.TextColumn(width=36, alignment="right"),
        "Item": column.ButtonColumn(
            width=230,
            type="tertiary",
            alignment="left",
            key="line item",
            on_click=_look_at,
            args=(sheet, ids, "line item"),
        ),
        "Quantity": column.TextColumn(width=80, alignment="right"),
        "Unit": column.TextColumn(width=56, max_chars=MAX_LENGTH),
        "Rate": column.TextColumn(width=80, alignment="right"),
        "Amount": column.TextColumn(width=100, alignment="right"),
        "Up": button("up", guarded(_PLACE, _up), "Move up"),
        "Down": button("down", guarded(_PLACE, _down), "Move down"),
        "Remove": button("remove", guarded(_PLACE, _remove), "Remove"),
    }


def _clicked(ids: tuple[str, ...], key: str) -> str:
    row: int = st.session_state[key]["row"]
    return ids[row]


def _look_at(sheet: Sheet, ids: tuple[str, ...], key: str) -> None:
    open_dialog("line", _clicked(ids, key))


def _up(sheet: Sheet, ids: tuple[str, ...], key: str) -> None:
    sheet.edit(estimates.move_line, _clicked(ids, key), -1)


def _down(sheet: Sheet, ids: tuple[str, ...], key: str) -> None:
    sheet.edit(estimates.move_line, _clicked(ids, key), 1)


def _remove(sheet: Sheet, ids: tuple[str, ...], key: str) -> None:
    sheet.edit(estimates.remove_lines, [_clicked(ids, key)])
    note(_PLACE, "Line removed.")


def _store(sheet: Sheet, key: str) -> None:
    store_cells(sheet, key, st.session_state[key]["edited_rows"])
