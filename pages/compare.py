"""Two editions of a schedule compared: what rose and fell, what is new, gone or renamed."""

import streamlit as st

from estimate_core.domain.comparison import Comparison
from estimate_core.domain.people import User
from estimate_core.services import comparing, schedules
from estimate_core.services.jobs import Desk
from estimate_core.services.schedules import ScheduleCard
from estimate_core.workbook.tables import changes_table, distribution_table, library_table
from pages.frame import guarded, show_refusal
from pages.progress import watch_from_part
from pages.roles import can_write
from pages.style import ACCENT
from pages.words import escaped

_PLACE = "compare"
_CHANGED, _RENAMED, _NEW, _GONE, _UNCOMPARED = "Rate changes", "Renamed", "New", "Gone", "Not comparable"


def show_compare(desk: Desk, user: User, card: ScheduleCard) -> None:
    """Choose another schedule, see the two compared."""
    others = {other.id: other for other in _others(desk, user, card)}
    if not others:
        st.info(
            "There is no other schedule to compare this one with. Upload the edition before or after it.",
            icon=":material/compare_arrows:",
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        other = st.selectbox(
            "Compare with",
            list(others),
            format_func=lambda one: others[one].title,
            key=f"compare {card.id}",
            width=300,
        )
        ids = _in_order(card, others[other])
        if st.toggle("The other way round", key=f"turned {card.id}"):
            ids = ids[::-1]
    old, new = (escaped((card if one == card.id else others[one]).title) for one in ids)
    st.markdown(f"What became of **{old}** in **{new}**:")
    _show_comparison(desk, user, ids, comparing.compare_schedules(desk, user, *ids))


def _others(desk: Desk, user: User, card: ScheduleCard) -> list[ScheduleCard]:
    """The other schedules, those of the same category first, retired ones last."""
    offered = schedules.list_schedules(desk, user) + schedules.list_schedules(desk, user, retired=True)
    rest = [other for other in offered if other.id != card.id]
    return sorted(rest, key=lambda other: other.category.casefold() != card.category.casefold())


def _in_order(card: ScheduleCard, other: ScheduleCard) -> tuple[str, str]:
    """The ids, the older edition first."""
    older, newer = sorted((card, other), key=lambda one: (one.edition, one.created))
    return older.id, newer.id


def _show_comparison(desk: Desk, user: User, ids: tuple[str, ...], comparison: Comparison) -> None:
    counts = {
        _CHANGED: len(comparison.changed),
        _RENAMED: len(comparison.renamed),
        _NEW: len(comparison.new),
        _GONE: len(comparison.gone),
        _UNCOMPARED: len(comparison.not_comparable),
    }
    what = st.segmented_control(
        "What",
        list(counts),
        default=_CHANGED,
        required=True,
        format_func=lambda one: f"{one} {counts[one]:,}",
        key="compared",
        label_visibility="collapsed",
    )
    st.caption(f"{comparison.unchanged:,} items have the rate that they had.")
    _show_part(comparison, str(what))
    show_refusal(_PLACE)
    if can_write(user):
        _show_make(desk, user, ids)


def _show_make(desk: Desk, user: User, ids: tuple[str, ...]) -> None:
    st.button(
        "Make a workbook of the comparison",
        icon=":material/table_view:",
        key="make comparison",
        on_click=guarded(_PLACE, lambda: watch_from_part(comparing.submit_comparison(desk, user, *ids).id)),
    )


def _show_part(comparison: Comparison, what: str) -> None:
    pairs = {_CHANGED: comparison.changed, _RENAMED: comparison.renamed, _UNCOMPARED: comparison.not_comparable}
    if what in pairs:
        if what == _CHANGED and comparison.changed:
            _show_chart(comparison)
        _show_table(changes_table(pairs[what]) if pairs[what] else None, what)
    else:
        items = comparison.new if what == _NEW else comparison.gone
        _show_table(library_table(items) if items else None, what)


def _show_chart(comparison: Comparison) -> None:
    st.bar_chart(
        distribution_table(comparison),
        x="Change of rate",
        y="Items",
        x_label="",
        y_label="Items",
        color=ACCENT,
        horizontal=True,
        sort=False,
        height=240,
        width=620,
    )


def _show_table(table: object, what: str) -> None:
    if table is None:
        st.info(f"{what}: none.", icon=":material/check_circle:")
        return
    right = st.column_config.TextColumn(alignment="right")
    st.dataframe(
        table,
        key=f"compared {what}",
        hide_index=True,
        row_height=30,
        height="auto",
        column_config={
            "Item": st.column_config.TextColumn(width=320),
            "Rate before": right,
            "Rate now": right,
            "Change": right,
            "Percent": right,
            "Rate": right,
        },
        alt=f"{what} of the comparison",
    )
