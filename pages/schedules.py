"""The Schedules page: schedules of rates; upload one, look into one."""

import streamlit as st

from estimate_core.domain.errors import BadInput
from estimate_core.domain.people import User
from estimate_core.domain.schedule import Item, Schedule
from estimate_core.services import schedules
from estimate_core.services.jobs import Desk
from estimate_core.services.schedules import ScheduleCard
from estimate_core.workbook.tables import findings_table, items_table
from pages.analysis import show_analysis
from pages.frame import close_dialog, dialog_about, guarded, notify, open_dialog, show_refusal
from pages.picker import found_items
from pages.progress import OPEN_SCHEDULE
from pages.words import counted, escaped, local_time, shortened

_PLACE = "schedules"


def render(desk: Desk, user: User) -> None:
    """The whole page."""
    st.header("Schedules of rates")
    cards = schedules.list_schedules(desk, user)
    _show_upload(desk, user, expanded=not cards)
    if not cards:
        st.info("There is no schedule yet. Upload a workbook with the sheets Master Datas and Groups.")
        return
    wanted = st.session_state.get(OPEN_SCHEDULE)
    opened = next((card for card in cards if card.id == wanted), cards[0])
    _show_cards(cards, opened)
    _show_schedule(opened, schedules.load_schedule(desk, user, opened.id))


def _show_upload(desk: Desk, user: User, expanded: bool) -> None:
    with st.expander("Upload a schedule", icon=":material/upload_file:", expanded=expanded):
        show_refusal(_PLACE)
        edition = st.session_state.get("upload edition", 0)
        with st.form("upload", border=False, enter_to_submit=False):
            st.file_uploader(
                "Workbook with the sheets Master Datas and Groups (.xlsx or .xlsm)",
                type=["xlsx", "xlsm", "xls"],
                max_upload_size=desk.settings.max_upload_mb,
                key=f"file {edition}",
            )
            first, second = st.columns(2)
            first.text_input("Category", placeholder="Electrical", key=f"category {edition}")
            second.text_input("Edition", placeholder="2025-26", key=f"edition {edition}")
            st.form_submit_button(
                "Upload", type="primary", on_click=guarded(_PLACE, _upload), args=(desk, user, edition)
            )


def _upload(desk: Desk, user: User, edition: int) -> None:
    state = st.session_state
    file = state[f"file {edition}"]
    if file is None:
        raise BadInput(f"Choose a workbook first, of {desk.settings.max_upload_mb} MB at most, then press Upload.")
    before = {card.id for card in schedules.list_schedules(desk, user)}
    typed = (state[f"category {edition}"], state[f"edition {edition}"])
    card = schedules.upload_schedule(desk, user, file.name, file.getvalue(), *typed)
    state[OPEN_SCHEDULE] = card.id
    state["upload edition"] = edition + 1
    if card.id in before:
        notify(f"This workbook was here already, as {card.title}. Nothing was changed.")
    else:
        notify(f"{card.title} is here: {counted(card.items, 'item', 'items')}.")


def _show_cards(cards: list[ScheduleCard], opened: ScheduleCard) -> None:
    with st.grid("auto", min_column_width=260):
        for card in cards:
            with st.container(border=True, key=f"card_{card.id}"):
                _show_card(card, card.id == opened.id)


def _show_card(card: ScheduleCard, is_open: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escaped(card.title)}**", width="content")
        if card.is_sample:
            st.badge("demonstration data", color="gray")
    found = [
        counted(number, one, f"{one}s")
        for number, one in ((card.errors, "error"), (card.warnings, "warning"), (card.notes, "note"))
        if number
    ]
    st.text(f"{counted(card.items, 'item', 'items')}  \u00b7  {', '.join(found) or 'no findings'}")
    st.caption(escaped(f"{shortened(card.filename, 60)}, {local_time(card.created)} by {card.created_by}"))
    st.button(
        "Shown below" if is_open else "Open",
        key=f"open {card.id}",
        disabled=is_open,
        on_click=_open,
        args=(card.id,),
    )


def _open(schedule_id: str) -> None:
    st.session_state[OPEN_SCHEDULE] = schedule_id


def _show_schedule(card: ScheduleCard, schedule: Schedule) -> None:
    st.subheader(escaped(card.title))
    items, findings = st.tabs(
        [f"Items ({len(schedule.items):,})", f"Findings ({len(schedule.findings):,})"], key=f"tabs_{card.id}"
    )
    with items:
        st.fragment(_show_items)(schedule)
    with findings:
        _show_findings(schedule)
    row = dialog_about("analysis")
    item = next((item for item in schedule.items if item.row == row), None)
    if item:
        st.dialog("Rate analysis", width="large", on_dismiss=close_dialog)(show_analysis)(item)


def _show_items(schedule: Schedule) -> None:
    words = st.text_input(
        "Search",
        type="search",
        live="200ms",
        key="search schedule",
        label_visibility="collapsed",
        placeholder="Search items, codes, specifications",
    )
    items = found_items(schedule.items, words or "")
    if not items:
        st.info("No item matches. Use fewer words.", icon=":material/search_off:")
        return
    table = items_table(items).drop(columns="Add")
    table.insert(0, "Code", [item.code for item in items])
    table.insert(2, "Group", [item.group for item in items])
    st.dataframe(
        table,
        key="schedule items",
        hide_index=True,
        row_height=30,
        height=min(30 * len(items) + 34, 420),
        column_config={
            "Item": st.column_config.ButtonColumn(
                width=300,
                type="tertiary",
                alignment="left",
                key="schedule item clicked",
                on_click=_look_at,
                args=(items,),
            ),
            "Rate": st.column_config.TextColumn(alignment="right"),
        },
        alt="Items of the schedule",
    )


def _look_at(items: list[Item]) -> None:
    open_dialog("analysis", items[st.session_state["schedule item clicked"]["row"]].row)
    st.rerun()


def _show_findings(schedule: Schedule) -> None:
    if not schedule.findings:
        st.success("Nothing was noticed: every block was read as it should be.", icon=":material/check_circle:")
        return
    st.dataframe(
        findings_table(schedule.findings),
        hide_index=True,
        row_height=32,
        column_config={"What was noticed": st.column_config.TextColumn(width=420)},
        alt="Findings of the reader",
    )
