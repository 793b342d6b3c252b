"""The Estimate page: pick items, type quantities, see the totals, download the workbook."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from estimate_core.domain.estimate import UNNAMED
from estimate_core.domain.people import User
from estimate_core.services import estimates, schedules
from estimate_core.services.jobs import Desk
from pages import dialogs
from pages.actions import show_actions
from pages.charges import show_charges
from pages.cover import show_cover
from pages.frame import (
    guarded,
    open_dialog,
    show_refusal,
    show_standing_refusals,
    show_way,
    typed_into,
)
from pages.lines import show_lines
from pages.picker import show_picker
from pages.roles import can_write
from pages.sheet import Sheet, open_sheet, renew_widgets, start_estimate
from pages.style import part_shown, show_steps, show_tabs
from pages.totals import show_totals
from pages.words import escaped, saved_text, shortened

_PLACE = "estimate"
_LEFT = {"Lines": 0.86, "Charges": 0.5, "Cover": 0.86}
_LEFT_TO_READ = _LEFT | {"Charges": 0.58}
"""How wide the items are beside each part; the table of charges needs the room, its buttons more of it."""


def render(desk: Desk, user: User) -> None:
    """The whole page."""
    sheet = open_sheet(desk, user)
    if sheet is None:
        _show_no_schedule(user)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="title_line"):
        show = _show_title if sheet.can_write else _show_title_to_read
        show(sheet)
    show_standing_refusals([sheet.key("name")])
    show_refusal(_PLACE)
    # An editor that was out of sight has forgotten what was typed, so it must begin with what is stored.
    if sheet.has_estimate:
        show_steps(renew_widgets)
    width = _LEFT if sheet.can_write else _LEFT_TO_READ
    left, right = st.columns([width[part_shown()], 1], gap="medium")
    with left, st.container(key="zone_items"):
        show_picker(sheet)
    with right:
        if sheet.has_estimate:
            _show_part(sheet, show_tabs(renew_widgets))
        else:
            _show_nothing_open(sheet)
    with st.bottom:
        show_actions(sheet)
    dialogs.show_open_dialog(sheet)


def _show_part(sheet: Sheet, part: str) -> None:
    shown = {"Lines": (show_lines, show_totals), "Charges": (show_charges,), "Cover": (show_cover,)}
    for show in shown[part]:
        with st.container(key=show.__name__.replace("show", "zone")):
            show(sheet)


def _show_nothing_open(sheet: Sheet) -> None:
    """What stands in place of an estimate for who can only read one."""
    with st.container(border=True):
        if estimates.list_estimates(sheet.desk, sheet.user):
            st.markdown("**No estimate is open**")
            st.text("Choose one of your organisation's estimates below; its lines, charges and cover are shown here.")
        else:
            st.markdown("**No estimate is kept yet**")
            st.text("What the estimators of your organisation make can be read here. Until then, look at the items.")


def _show_no_schedule(user: User) -> None:
    if not can_write(user):
        st.info("There is no schedule of rates yet. Ask an estimator of your organisation to upload one.")
        return
    st.info("There is no schedule of rates yet. Upload one, then pick items from it.", icon=":material/menu_book:")
    show_way("schedules", "Upload a schedule", ":material/upload_file:")


def _show_title(sheet: Sheet) -> None:
    """The name of work, the schedule and the type of work to be typed and chosen; undo, redo, new."""
    name = sheet.key("name")
    with st.container(key="name_of_work"):
        st.text_input(
            "Name of work",
            sheet.estimate.name,
            key=name,
            placeholder="Name of work",
            label_visibility="collapsed",
            on_change=typed_into,
            args=(name, partial(_rename, sheet, name)),
        )
    _show_schedule(sheet)
    _show_work_type(sheet)
    _show_saved(sheet)
    _show_history(sheet)


def _show_title_to_read(sheet: Sheet) -> None:
    """The same as text; where nothing is open, the schedule whose items are looked at can be chosen."""
    if not sheet.opened:
        _show_schedule(sheet)
        return
    with st.container(key="name_of_work"):
        st.markdown(f"**{escaped(shortened(sheet.estimate.name or UNNAMED, 300))}**")
    st.text(sheet.card.title, width="content")
    _show_sample(sheet)
    st.text(sheet.estimate.work_type.capitalize(), width="content")
    _show_saved(sheet)


def _show_work_type(sheet: Sheet) -> None:
    work = sheet.key("work")
    st.segmented_control(
        "Type of work",
        ["original", "repair"],
        default=sheet.estimate.work_type,
        required=True,
        format_func=str.capitalize,
        key=work,
        label_visibility="collapsed",
        on_change=guarded(_PLACE, _set_work_type),
        args=(sheet, work),
    )


def _show_saved(sheet: Sheet) -> None:
    if sheet.opened:
        st.caption(saved_text(sheet.opened.changed, sheet.desk.now()), width="content")


def _show_history(sheet: Sheet) -> None:
    opened = sheet.opened
    can_undo, can_redo = bool(opened and opened.can_undo), bool(opened and opened.can_redo)
    for label, icon, can, act in (
        ("Undo", ":material/undo:", can_undo, estimates.undo),
        ("Redo", ":material/redo:", can_redo, estimates.redo),
    ):
        st.button(
            label, icon=icon, disabled=not can, key=label.lower(), on_click=guarded(_PLACE, _step), args=(sheet, act)
        )
    st.button(
        "New estimate",
        icon=":material/add:",
        key="new",
        disabled=opened is None,
        on_click=guarded(_PLACE, start_estimate),
        args=(sheet, sheet.card.id),
    )


def _step(sheet: Sheet, act: Callable[..., object]) -> None:
    sheet.edit(act)
    renew_widgets()


def _rename(sheet: Sheet, key: str) -> None:
    sheet.edit(estimates.rename_estimate, st.session_state[key])


def _set_work_type(sheet: Sheet, key: str) -> None:
    if sheet.estimate.work_type != st.session_state[key]:
        estimates.set_work(sheet.desk, sheet.user, sheet.ensured_id(), work_type=st.session_state[key])


def _show_schedule(sheet: Sheet) -> None:
    cards = {card.id: card for card in schedules.list_schedules(sheet.desk, sheet.user)}
    cards.setdefault(sheet.card.id, sheet.card)
    key = sheet.key("schedule")
    st.selectbox(
        "Schedule of rates",
        list(cards),
        index=list(cards).index(sheet.card.id),
        format_func=lambda card_id: cards[card_id].title,
        key=key,
        width=200,
        label_visibility="collapsed",
        on_change=guarded(_PLACE, _choose_schedule),
        args=(sheet, key),
    )
    _show_sample(sheet)


def _show_sample(sheet: Sheet) -> None:
    if sheet.card.is_sample:
        st.badge("demonstration data", color="gray")


def _choose_schedule(sheet: Sheet, key: str) -> None:
    wanted = st.session_state[key]
    if sheet.estimate.lines:
        open_dialog("schedule", wanted)
        renew_widgets()
    elif sheet.opened:
        sheet.edit(estimates.change_schedule, wanted)
    else:
        st.session_state["blank schedule"] = wanted
