"""Picking items: search as you type, groups with counts, a table whose button adds."""

from functools import partial

import streamlit as st

from estimate_core.domain.estimate import Line
from estimate_core.domain.schedule import Item, search_items
from estimate_core.domain.units import plural
from estimate_core.services import estimates
from estimate_core.workbook.tables import group_counts, items_table
from pages.frame import guarded, open_dialog, show_refusal
from pages.parts import show_part
from pages.quick_add import AskedLine, show_quick_add
from pages.sheet import Sheet
from pages.words import escaped, shortened

ALL = "All"
_GROUP = "group"
_ASKED = "line whose quantity is asked"
_PLACE = "picker"
_SEARCH = "Search items, codes, specifications"


def found_items(items: tuple[Item, ...], words: str, group: str = ALL) -> list[Item]:
    """Items of the group whose name, code or specification hold all words; those with all in the name first."""
    return search_items((item for item in items if group in (ALL, item.group)), words)


def show_picker(sheet: Sheet) -> None:
    """The left side of the Estimate page; typing in the search runs this side alone."""
    show_part(sheet.desk, sheet.user, partial(_picker, sheet))


def _picker(sheet: Sheet) -> None:
    words = _show_quick_add(sheet) if sheet.can_write else show_search("search items")
    side, table = st.columns([1, 3], gap="small")
    with side:
        group = _show_groups(sheet)
    with table:
        _show_items(sheet, found_items(sheet.schedule.items, words, group))
        show_refusal(_PLACE)


def show_search(key: str) -> str:
    """A box that searches items while one types, and does no more; gives the words."""
    words = st.text_input(
        "Search", type="search", live="200ms", key=key, label_visibility="collapsed", placeholder=_SEARCH
    )
    return words or ""


def _show_quick_add(sheet: Sheet) -> str:
    entered, typed = partial(_entered, sheet), partial(_typed, sheet)
    return show_quick_add(_SEARCH, _asked_line(sheet), on_enter=entered, on_type=typed)


def ask_quantity(line: Line) -> None:
    """Have the quantity of a line asked for beside the search, with the cursor in it."""
    st.session_state[_ASKED] = (line.id, line.quantity)


def _asked_line(sheet: Sheet) -> AskedLine | None:
    """The line that is asked about, while its quantity is the one it had then."""
    asked = st.session_state.get(_ASKED)
    line = next((line for line in sheet.estimate.lines if (line.id, line.quantity) == asked), None)
    if line is None or line.row not in sheet.items:
        return None
    item = sheet.items[line.row]
    return AskedLine(line.id, f"Line {sheet.numbers[line.id]:,}", item.name, plural(line.unit or item.unit))


def _entered(sheet: Sheet, words: str) -> None:
    group = st.session_state.get(_GROUP, ALL)
    hits = found_items(sheet.schedule.items, words, group)
    if hits:
        guarded(_PLACE, add_or_ask)(sheet, hits[0])
        st.rerun()


def _typed(sheet: Sheet, line_id: str, text: str) -> None:
    """Store the quantity; one that is refused is asked for again."""
    guarded(_PLACE, _set_quantity)(sheet, line_id, text)
    st.rerun()


def _set_quantity(sheet: Sheet, line_id: str, text: str) -> None:
    if text.strip():
        sheet.edit(estimates.set_quantity, line_id, text)
    st.session_state.pop(_ASKED, None)


def _show_groups(sheet: Sheet) -> str:
    """The groups beside the table, or in a list above it on a phone; both show the same choice."""
    counts = {ALL: len(sheet.schedule.items), **group_counts(sheet.schedule.items)}
    group = st.session_state.get(_GROUP, ALL)
    group = group if group in counts else ALL
    for place, choose in (("side", st.radio), ("phone", st.selectbox)):
        key = f"group {place}"
        st.session_state[key] = group
        with st.container(key=f"groups_{place}"):
            choose(
                "Group",
                list(counts),
                key=key,
                format_func=lambda name: f"{escaped(shortened(name, 40))}  {counts[name]}",
                label_visibility="collapsed",
                on_change=_choose_group,
                args=(key,),
            )
    return group


def _choose_group(key: str) -> None:
    st.session_state[_GROUP] = st.session_state[key]


def _show_items(sheet: Sheet, items: list[Item]) -> None:
    if not items:
        st.info("No item matches. Use fewer words, or choose All groups.", icon=":material/search_off:")
        return
    table = items_table(items)
    st.dataframe(
        table if sheet.can_write else table.drop(columns="Add"),
        hide_index=True,
        row_height=30,
        height=min(30 * len(items) + 34, 480),
        key="items",
        column_config={
            "Item": st.column_config.ButtonColumn(
                width=205,
                type="tertiary",
                alignment="left",
                key="item clicked",
                on_click=_look_at,
                args=(items,),
            ),
            "Unit": st.column_config.TextColumn(width=42),
            "Rate": st.column_config.TextColumn(width=76, alignment="right"),
            "Add": st.column_config.ButtonColumn(
                "",
                width=40,
                pinned=True,
                key="add clicked",
                on_click=guarded(_PLACE, _add_clicked),
                args=(sheet, items),
            ),
        },
        alt="Items of the schedule",
    )


def _look_at(items: list[Item]) -> None:
    open_dialog("item", items[st.session_state["item clicked"]["row"]].row)
    st.rerun()


def _add_clicked(sheet: Sheet, items: list[Item]) -> None:
    add_or_ask(sheet, items[st.session_state["add clicked"]["row"]])
    st.rerun()


def add_or_ask(sheet: Sheet, item: Item) -> None:
    """Add an item; one that the estimate has already is asked about first."""
    if any(line.row == item.row for line in sheet.estimate.lines):
        open_dialog("twice", item.row)
    else:
        add(sheet, item)


def add(sheet: Sheet, item: Item) -> None:
    """Add an item as the last line and ask for its quantity."""
    opened, _ = sheet.edit(estimates.add_item, item.row)
    ask_quantity(opened.estimate.lines[-1])
