"""The dialogs of the Estimate page; one is open at a time."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from estimate_core.domain.drawing import Drawing
from estimate_core.domain.money import grouped
from estimate_core.domain.schedule import Item
from estimate_core.services import schedules
from estimate_core.workbook.tables import quantity_text
from pages.actions import PREVIEW
from pages.analysis import show_analysis
from pages.frame import close_dialog, dialog_about, guarded
from pages.parts import show_dialog
from pages.picker import add, add_or_ask, ask_quantity
from pages.preview import show_preview
from pages.progress import show_watched_job
from pages.sheet import Sheet, start_estimate
from pages.words import escaped, shortened

_PLACE = "estimate"


def show_open_dialog(sheet: Sheet) -> None:
    """Show the dialog that is open, if any."""
    row, twice = dialog_about("item"), dialog_about("twice")
    line_id, schedule_id = dialog_about("line"), dialog_about("schedule")
    show = partial(show_dialog, sheet.desk, sheet.user)
    if isinstance(row, int) and row in sheet.items:
        show("Rate analysis", partial(_show_item, sheet, row), width="large")
    elif isinstance(twice, int) and twice in sheet.items and sheet.can_write:
        show("Already in the estimate", partial(_show_twice, sheet, twice))
    elif isinstance(line_id, str):
        show("Rate analysis", partial(_show_line, sheet, line_id), width="large")
    elif isinstance(schedule_id, str) and sheet.can_write:
        show("Start a new estimate?", partial(_show_schedule, sheet, schedule_id))
    elif dialog_about(PREVIEW):
        show("Preview", partial(show_preview, sheet), width="large")
    else:
        show_watched_job(sheet.desk, sheet.user)


def _show_item(sheet: Sheet, row: int) -> None:
    item = sheet.items[row]
    if item.rate is None:
        st.warning("This item has no rate in the schedule, so it cannot be added.", icon=":material/block:")
    elif sheet.can_write:
        _show_choice("Add to the estimate", "add from analysis", partial(add_or_ask, sheet, item), ":material/add:")
    show_analysis(item, _drawing(sheet, item))


def _show_choice(label: str, key: str, act: Callable[[], object], icon: str | None = None, main: bool = True) -> None:
    """A button that closes the dialog and does something on the page."""

    def choose() -> None:
        close_dialog()
        guarded(_PLACE, act)()
        st.rerun()

    st.button(label, key=key, icon=icon, type="primary" if main else "secondary", on_click=choose)


def _show_line(sheet: Sheet, line_id: str) -> None:
    line = next((line for line in sheet.price.lines if line.line.id == line_id), None)
    if line is None:
        st.info("This line is no longer in the estimate.")
        return
    number = f"Line {sheet.numbers[line_id]:,}"
    st.text(f"{number}  \u00b7  {quantity_text(line.line)} {line.plural}  \u00b7  {grouped(line.amount)}")
    show_analysis(line.item, _drawing(sheet, line.item))


def _drawing(sheet: Sheet, item: Item) -> Drawing | None:
    return schedules.find_drawing(sheet.desk, sheet.user, sheet.card.id, item.row)


def _show_twice(sheet: Sheet, row: int) -> None:
    item = sheet.items[row]
    same = [line for line in sheet.estimate.lines if line.row == row]
    if not same:
        st.info("This item is no longer in the estimate.")
        return
    line = min(same, key=lambda line: sheet.numbers[line.id])
    number = sheet.numbers[line.id]
    st.markdown(f"{escaped(shortened(item.name, 200))} is line {number:,} already.")
    with st.container(horizontal=True):
        _show_choice("Add a second line", "second line", partial(add, sheet, item), ":material/add:")
        _show_choice(f"Go to line {number:,}", "first line", partial(ask_quantity, line), main=False)


def _show_schedule(sheet: Sheet, schedule_id: str) -> None:
    card = schedules.get_schedule_card(sheet.desk, sheet.user, schedule_id)
    st.markdown(
        f"The lines of this estimate belong to {escaped(sheet.card.title)}. "
        f"Choosing {escaped(card.title)} starts a new estimate; this one stays in Estimates."
    )
    with st.container(horizontal=True):
        _show_choice("Start a new estimate", "start new", partial(start_estimate, sheet, schedule_id))
        _show_choice("Keep this one", "keep", close_dialog, main=False)
