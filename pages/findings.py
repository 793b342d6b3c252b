"""What was noticed about a workbook: filters, a table, and a copy of the workbook in which each place is marked."""

from collections import Counter
from collections.abc import Callable, Sequence

import streamlit as st

from estimate_core.domain.finding import Finding, kind_words
from estimate_core.domain.schedule import folded
from estimate_core.workbook.tables import findings_table, place_of
from pages.frame import guarded, show_refusal

_ALL = "all"
_EVERY_KIND = "Every kind"
_SEVERITIES = ("error", "warning", "note")


def show_findings(
    findings: Sequence[Finding],
    key: str,
    mark: Callable[[], object] | None = None,
    look_at: Callable[[Finding], object] | None = None,
) -> None:
    """Filters and table; `mark` asks for the marked copy, `look_at` opens the block that a finding is about."""
    if not findings:
        st.success("Nothing was noticed: every block was read as it should be.", icon=":material/check_circle:")
        return
    shown = _filtered(findings, key)
    if shown:
        _show_table(shown, key, look_at)
    else:
        st.info("No finding matches. Choose All, or another kind.", icon=":material/filter_alt:")
    show_refusal(f"findings {key}")
    if mark:
        _show_mark(key, mark)


def _show_mark(key: str, mark: Callable[[], object]) -> None:
    st.button(
        "Make a copy with the places marked",
        icon=":material/edit_note:",
        key=f"mark {key}",
        help="A workbook with a list of the findings, each with a link to its cell in a copy of the schedule.",
        on_click=guarded(f"findings {key}", mark),
    )


def _filtered(findings: Sequence[Finding], key: str) -> list[Finding]:
    counts = Counter(finding.severity for finding in findings)
    kinds = Counter(finding.kind for finding in findings)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        severity = st.segmented_control(
            "Severity",
            [_ALL, *(severity for severity in _SEVERITIES if counts[severity])],
            default=_ALL,
            required=True,
            format_func=lambda one: f"{one.capitalize()} {counts.get(one, len(findings)):,}",
            key=f"severity {key}",
            label_visibility="collapsed",
        )
        kind = st.selectbox(
            "Kind",
            [_EVERY_KIND, *sorted(kinds, key=kind_words)],
            format_func=lambda one: f"{kind_words(one)} ({kinds[one]:,})" if one in kinds else one,
            key=f"kind {key}",
            width=260,
            label_visibility="collapsed",
        )
        words = st.text_input(
            "Search", key=f"words {key}", width=220, placeholder="Search findings", label_visibility="collapsed"
        )
    return [
        finding
        for finding in findings
        if severity in (_ALL, finding.severity)
        and kind in (_EVERY_KIND, finding.kind)
        and all(word in folded(f"{finding.sentence} {place_of(finding)}") for word in folded(words or "").split())
    ]


def _show_table(shown: list[Finding], key: str, look_at: Callable[[Finding], object] | None) -> None:
    column = st.column_config

    def clicked() -> None:
        if look_at:
            look_at(shown[st.session_state[f"finding clicked {key}"]["row"]])

    where = column.ButtonColumn(
        width=150, type="tertiary", alignment="left", key=f"finding clicked {key}", on_click=clicked
    )
    table = findings_table(shown)
    st.dataframe(
        table,
        key=f"findings table {key}",
        hide_index=True,
        row_height=58,
        height=min(58 * len(shown) + 36, 460),
        column_config={
            "Severity": column.MultiselectColumn(width=90, options=list(_SEVERITIES), color=["red", "orange", "gray"]),
            "Where": where if look_at else column.TextColumn(width=150),
            "What was noticed": column.TextColumn(width=430),
            "How to mend it": column.TextColumn(width=300),
        },
        alt="Findings of the reader",
    )
