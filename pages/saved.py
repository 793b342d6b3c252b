"""The Estimates page: the organisation's estimates; open, rename, duplicate, delete with undo."""

from functools import partial

import streamlit as st

from estimate_core.domain.estimate import UNNAMED
from estimate_core.domain.money import grouped
from estimate_core.domain.people import User
from estimate_core.services import estimates
from estimate_core.services.estimates import EstimateCard
from estimate_core.services.jobs import Desk
from estimate_core.workbook.tables import table_of
from pages.frame import PAGES, close_dialog, dialog_about, guarded, open_dialog, show_refusal, show_way
from pages.parts import show_dialog
from pages.roles import can_write, show_viewer_line
from pages.sheet import OPEN
from pages.words import local_time, shortened

_PLACE, _RENAMING = "estimates", "rename"
_GO = "go to estimate"
_DELETED = "deleted estimate"
RENAME, DUPLICATE, DELETE = ":material/edit: Rename", ":material/content_copy: Duplicate", ":material/delete: Delete"


def render(desk: Desk, user: User) -> None:
    """The whole page."""
    if _GO in st.session_state:
        st.switch_page(st.session_state[PAGES]["estimate"], query_params={OPEN: st.session_state.pop(_GO)})
    st.header("Estimates")
    show_viewer_line(user)
    show_refusal(_PLACE)
    if can_write(user):
        _show_deleted(desk, user)
    cards = estimates.list_estimates(desk, user)
    if cards:
        _show_table(desk, user, cards)
    else:
        _show_empty(user)
    if can_write(user):
        _show_renaming(desk, user, cards)
    else:
        show_refusal(_RENAMING)


def _show_empty(user: User) -> None:
    if not can_write(user):
        st.info("No estimate is kept yet. What the estimators of your organisation make is listed here to read.")
        return
    st.info("No estimate is kept yet. Pick items on Estimate; what you type there is kept here by itself.")
    show_way("estimate", "Go to Estimate", ":material/calculate:")


def _show_table(desk: Desk, user: User, cards: list[EstimateCard]) -> None:
    column = st.column_config
    table = table_of(("Name of work", "Amount", "Work", "Lines", "Schedule", "Last change"), map(_row, cards))
    if can_write(user):
        table.insert(1, "Do", [[RENAME, DUPLICATE, DELETE] for _ in cards])
    st.dataframe(
        table,
        key="estimates",
        hide_index=True,
        row_height=32,
        height="content",
        column_config={
            "Name of work": column.ButtonColumn(
                width=190, type="tertiary", alignment="left", key="open clicked", on_click=_open, args=(cards,)
            ),
            "Do": column.ButtonColumn(
                "", width=50, key="do clicked", on_click=guarded(_PLACE, _do), args=(desk, user, cards)
            ),
            "Amount": column.TextColumn(width=120, alignment="right"),
            "Lines": column.TextColumn(width=60, alignment="right"),
        },
        alt="Estimates, last changed first",
    )


def _row(card: EstimateCard) -> tuple[str, ...]:
    return (
        shortened(card.name or UNNAMED, 120),
        grouped(card.amount),
        card.work_type.capitalize(),
        f"{card.lines:,}",
        card.schedule_title,
        f"{local_time(card.changed)} by {card.changed_by}",
    )


def _open(cards: list[EstimateCard]) -> None:
    go_to_estimate(cards[st.session_state["open clicked"]["row"]].id)


def go_to_estimate(estimate_id: str) -> None:
    """Have the next run of this page go to Estimate with that estimate open."""
    st.session_state[OPEN] = st.session_state[_GO] = estimate_id


def _do(desk: Desk, user: User, cards: list[EstimateCard]) -> None:
    click = st.session_state["do clicked"]
    do(desk, user, cards[click["row"]], click["label"])


def do(desk: Desk, user: User, card: EstimateCard, what: str) -> None:
    """What was chosen from the menu of an estimate."""
    if what == RENAME:
        open_dialog("rename", card.id)
    elif what == DUPLICATE:
        go_to_estimate(estimates.duplicate_estimate(desk, user, card.id).id)
    else:
        estimates.delete_estimate(desk, user, card.id)
        st.session_state[_DELETED] = (card.id, card.name or UNNAMED)


def _show_deleted(desk: Desk, user: User) -> None:
    if _DELETED not in st.session_state:
        return
    estimate_id, name = st.session_state[_DELETED]
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.text(f"Deleted: {shortened(name, 120)}", width="stretch")
        st.button(
            "Undo",
            icon=":material/undo:",
            key="undo delete",
            on_click=guarded(_PLACE, _restore),
            args=(desk, user, estimate_id),
        )


def _restore(desk: Desk, user: User, estimate_id: str) -> None:
    estimates.restore_estimate(desk, user, estimate_id)
    st.session_state.pop(_DELETED, None)


def _show_renaming(desk: Desk, user: User, cards: list[EstimateCard]) -> None:
    wanted = dialog_about("rename")
    card = next((card for card in cards if card.id == wanted), None)
    if card:
        show_dialog(desk, user, "Rename", partial(_show_rename, desk, user, card))


def _show_rename(desk: Desk, user: User, card: EstimateCard) -> None:
    show_refusal(_RENAMING)
    key = f"new name {card.id}"
    st.text_area("Name of work", card.name, key=key)
    st.button(
        "Rename", type="primary", key="rename", on_click=guarded(_RENAMING, _rename), args=(desk, user, card.id, key)
    )


def _rename(desk: Desk, user: User, estimate_id: str, key: str) -> None:
    estimates.rename_estimate(desk, user, estimate_id, st.session_state[key])
    close_dialog()
