"""The Schedules page: schedules of rates; upload one, look into one, compare it with another edition."""

from functools import partial

import streamlit as st

from estimate_core.domain.finding import Finding
from estimate_core.domain.people import User
from estimate_core.domain.schedule import Item, Schedule, find_item_around
from estimate_core.services import estimates, marking, schedules
from estimate_core.services.jobs import Desk
from estimate_core.services.schedules import ScheduleCard
from estimate_core.workbook.tables import group_counts, library_table
from pages import sheet
from pages.analysis import show_analysis
from pages.compare import show_compare
from pages.findings import show_findings
from pages.frame import PAGES, dialog_about, guarded, notify, open_dialog, show_refusal
from pages.parts import show_dialog, show_part
from pages.picker import ALL, found_items, show_search
from pages.progress import OPEN_SCHEDULE, show_watched_job, watch_from_part
from pages.roles import can_write
from pages.uploads import show_upload_form, show_uploads
from pages.words import counted, escaped, local_time, shortened

_PLACE, _START = "schedules", "start an estimate"
_NOTHING = "There is no schedule yet. Upload a workbook with the sheets Master Datas and Groups."
_NOTHING_TO_READ = "There is no schedule yet. Ask an estimator of your organisation to upload one."


def render(desk: Desk, user: User) -> None:
    """The whole page."""
    st.header("Schedules of rates")
    cards = schedules.list_schedules(desk, user)
    retired = schedules.list_schedules(desk, user, retired=True)
    show_upload_form(desk, user, expanded=not cards)
    show_uploads(desk, user)
    show_refusal(_PLACE)
    if not cards and not retired:
        st.info(_NOTHING if can_write(user) else _NOTHING_TO_READ)
    wanted = st.session_state.get(OPEN_SCHEDULE)
    opened = next((card for card in cards + retired if card.id == wanted), next(iter(cards), None))
    _show_cards(desk, user, cards, opened)
    _show_retired(desk, user, retired, opened)
    if opened:
        _show_schedule(desk, user, opened, schedules.load_schedule(desk, user, opened.id))
    show_watched_job(desk, user)


def _show_cards(desk: Desk, user: User, cards: list[ScheduleCard], opened: ScheduleCard | None) -> None:
    with st.grid("auto", min_column_width=300, gap="small"):
        for card in cards:
            with st.container(border=True, key=f"card_{card.id}", gap="xsmall"):
                _show_card(card)
                with st.container(horizontal=True):
                    _show_open(card, card == opened)
                    if can_write(user):
                        _show_retire(desk, user, card)


def _show_retire(desk: Desk, user: User, card: ScheduleCard) -> None:
    st.button(
        "Retire",
        icon=":material/archive:",
        key=f"retire {card.id}",
        type="tertiary",
        help="It is not offered for new estimates any more. Estimates that use it keep working.",
        on_click=guarded(_PLACE, _retire),
        args=(desk, user, card),
    )


def _show_card(card: ScheduleCard) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escaped(card.title)}**", width="content")
        if card.is_sample:
            st.badge("demonstration data", color="gray")
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        groups = counted(card.groups, "group", "groups")
        st.text(f"{counted(card.items, 'item', 'items')} in {groups}", width="content")
        counts = ((card.errors, "error", "red"), (card.warnings, "warning", "orange"), (card.notes, "note", "gray"))
        for number, one, colour in counts:
            if number:
                st.badge(counted(number, one, f"{one}s"), color=colour)
        if not (card.errors or card.warnings or card.notes):
            st.badge("no findings", color="green")
    used = f"used by {counted(card.used_by, 'estimate', 'estimates')}" if card.used_by else "not used yet"
    when = f"{local_time(card.created)} by {card.created_by}"
    st.caption(escaped(f"{shortened(card.filename, 60)}, {when}, {used}"))


def _show_open(card: ScheduleCard, is_open: bool) -> None:
    st.button(
        "Shown below" if is_open else "Open",
        key=f"open {card.id}",
        disabled=is_open,
        on_click=_open,
        args=(card.id,),
    )


def _open(schedule_id: str) -> None:
    st.session_state[OPEN_SCHEDULE] = schedule_id


def _retire(desk: Desk, user: User, card: ScheduleCard) -> None:
    schedules.retire_schedule(desk, user, card.id)
    notify(f"{card.title} is not offered any more. It stands under Retired editions.")


def _show_retired(desk: Desk, user: User, retired: list[ScheduleCard], opened: ScheduleCard | None) -> None:
    if not retired:
        return
    with st.expander(f"Retired editions ({len(retired):,})", icon=":material/archive:"):
        for card in retired:
            with st.container(horizontal=True, vertical_alignment="center", key=f"retired_{card.id}"):
                st.text(f"{card.title}, {counted(card.items, 'item', 'items')}", width="stretch")
                _show_open(card, card == opened)
                if can_write(user):
                    st.button(
                        "Offer again",
                        icon=":material/unarchive:",
                        key=f"restore {card.id}",
                        on_click=guarded(_PLACE, schedules.restore_schedule),
                        args=(desk, user, card.id),
                    )


def _show_schedule(desk: Desk, user: User, card: ScheduleCard, schedule: Schedule) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(escaped(card.title), width="content")
        if card.retired:
            st.badge("retired", color="gray")
        if can_write(user):
            _show_start(desk, user, card)
    show_refusal(_START)
    items, findings, comparison = st.tabs(
        [f"Items ({len(schedule.items):,})", f"Findings ({len(schedule.findings):,})", "Compare"],
        key=f"tabs_{card.id}",
    )
    with items:
        show_part(desk, user, partial(_show_items, schedule, card.id))
    with findings:
        mark = partial(_mark, desk, user, card.id) if can_write(user) else None
        look = partial(_look_at_finding, schedule)
        show_part(desk, user, partial(show_findings, schedule.findings, card.id, mark, look))
    with comparison:
        show_part(desk, user, partial(show_compare, desk, user, card))
    row = dialog_about("analysis")
    item = next((item for item in schedule.items if item.row == row), None)
    if item:
        drawing = schedules.find_drawing(desk, user, card.id, item.row)
        show_dialog(desk, user, "Rate analysis", partial(show_analysis, item, drawing), width="large")


def _show_start(desk: Desk, user: User, card: ScheduleCard) -> None:
    if st.button("Start an estimate", icon=":material/calculate:", key="start", disabled=bool(card.retired)):
        guarded(_START, _start)(desk, user, card.id)


def _start(desk: Desk, user: User, schedule_id: str) -> None:
    sheet.remember(estimates.create_estimate(desk, user, schedule_id).id)
    st.switch_page(st.session_state[PAGES]["estimate"], query_params={sheet.OPEN: st.session_state[sheet.OPEN]})


def _mark(desk: Desk, user: User, schedule_id: str) -> None:
    watch_from_part(marking.submit_findings(desk, user, schedule_id).id)


def _show_items(schedule: Schedule, schedule_id: str) -> None:
    counts = {ALL: len(schedule.items), **group_counts(schedule.items)}
    search, groups = st.columns([3, 1])
    with search:
        words = show_search("search schedule")
    with groups:
        group = st.selectbox(
            "Group",
            list(counts),
            format_func=lambda name: f"{shortened(name, 40)} ({counts[name]:,})",
            # A key of its own: else the browser goes on showing the count of the schedule before.
            key=f"group of {schedule_id}",
            label_visibility="collapsed",
        )
    items = found_items(schedule.items, words, group if group in counts else ALL)
    if items:
        with st.container(key="zone_schedule_items"):
            _show_items_table(items)
    else:
        st.info("No item matches. Use fewer words, or choose All.", icon=":material/search_off:")


def _show_items_table(items: list[Item]) -> None:
    column = st.column_config
    st.dataframe(
        library_table(items),
        key="schedule items",
        hide_index=True,
        row_height=30,
        height=min(30 * len(items) + 34, 420),
        column_config={
            "Item": column.ButtonColumn(
                width=300,
                type="tertiary",
                alignment="left",
                key="schedule item clicked",
                on_click=_look_at,
                args=(items,),
            ),
            "Rate": column.TextColumn(alignment="right"),
        },
        alt="Items of the schedule",
    )


def _look_at(items: list[Item]) -> None:
    _open_analysis(items[st.session_state["schedule item clicked"]["row"]].row)


def _look_at_finding(schedule: Schedule, finding: Finding) -> None:
    """Open the block that a finding stands in."""
    item = find_item_around(schedule, finding)
    if item:
        _open_analysis(item.row)
    else:
        notify("This finding is about no rate analysis. The marked copy shows the place.")
        st.rerun()


def _open_analysis(row: int) -> None:
    open_dialog("analysis", row)
    st.rerun()
