"""The dialogs of the Estimate page; one is open at a time."""

import streamlit as st

from estimate_core.services import estimates, schedules
from pages.analysis import show_analysis
from pages.frame import close_dialog, dialog_about, guarded
from pages.picker import add, add_or_ask
from pages.progress import show_watched_job
from pages.sheet import Sheet, remember
from pages.style import STEP
from pages.words import escaped, shortened

_PLACE = "estimate"


def show_open_dialog(sheet: Sheet) -> None:
    """Show the dialog that is open, if any."""
    row, twice = dialog_about("item"), dialog_about("twice")
    line_id, schedule_id = dialog_about("line"), dialog_about("schedule")
    if isinstance(row, int) and row in sheet.items:
        st.dialog("Rate analysis", width="large", on_dismiss=close_dialog)(_show_item)(sheet, row)
    elif isinstance(twice, int) and twice in sheet.items:
        st.dialog("Already in the estimate", on_dismiss=close_dialog)(_show_twice)(sheet, twice)
    elif isinstance(line_id, str):
        st.dialog("Rate analysis", width="large", on_dismiss=close_dialog)(_show_line)(sheet, line_id)
    elif isinstance(schedule_id, str):
        st.dialog("Start a new estimate?", on_dismiss=close_dialog)(_show_schedule)(sheet, schedule_id)
    else:
        show_watched_job(sheet.desk, sheet.user)


def _show_item(sheet: Sheet, row: int) -> None:
    item = sheet.items[row]
    if item.rate is None:
        st.warning("This item has no rate in the schedule, so it cannot be added.", icon=":material/block:")
    elif st.button("Add to the estimate", icon=":material/add:", type="primary", key="add from analysis"):
        close_dialog()
        guarded(_PLACE, add_or_ask)(sheet, item)
        st.rerun()
    show_analysis(item)


def _show_line(sheet: Sheet, line_id: str) -> None:
    number = next((n for n, line in enumerate(sheet.price.lines, 1) if line.line.id == line_id), None)
    if number is None:
        st.info("This line is no longer in the estimate.")
        return
    line = sheet.price.lines[number - 1]
    quantity = format(line.line.quantity, "f")
    st.text(f"Line {number}  \u00b7  quantity {quantity} {line.plural}")
    show_analysis(line.item)


def _show_twice(sheet: Sheet, row: int) -> None:
    item = sheet.items[row]
    numbers = [n for n, line in enumerate(sheet.estimate.lines, 1) if line.row == row]
    first = numbers[0] if numbers else 1
    st.markdown(f"{escaped(shortened(item.name, 200))} is line {first} already.")
    with st.container(horizontal=True):
        if st.button("Add a second line", icon=":material/add:", type="primary", key="second line"):
            close_dialog()
            guarded(_PLACE, add)(sheet, item)
            st.rerun()
        if st.button(f"Go to line {first}", icon=":material/arrow_forward:", key="first line"):
            close_dialog()
            st.session_state[STEP] = "Lines"
            st.rerun()


def _show_schedule(sheet: Sheet, schedule_id: str) -> None:
    card = schedules.get_schedule_card(sheet.desk, sheet.user, schedule_id)
    st.markdown(
        f"The lines of this estimate belong to {escaped(sheet.card.title)}. "
        f"Choosing {escaped(card.title)} starts a new estimate; this one stays in Estimates."
    )
    with st.container(horizontal=True):
        if st.button("Start a new estimate", type="primary", key="start new"):
            close_dialog()
            remember(estimates.create_estimate(sheet.desk, sheet.user, schedule_id).id)
            st.rerun()
        if st.button("Keep this one", key="keep"):
            close_dialog()
            st.rerun()
