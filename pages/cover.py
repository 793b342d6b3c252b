"""The cover of an estimate, and what the office says of itself on paper."""

from collections.abc import Callable, Iterable
from functools import partial

import streamlit as st

from estimate_core.domain.office import MAX_SIGNATURES, Office
from estimate_core.services import office
from pages.frame import guarded, show_refusal, show_standing_refusals, typed_into
from pages.roles import can_manage
from pages.sheet import Sheet

_PLACE = "cover"
_EMPTY = "\u2013"
_FIELDS = (("head_of_account", "Head of account"), ("work_id", "Work id"), ("place", "Place"))


def show_cover(sheet: Sheet) -> None:
    """What this estimate's cover says, then what holds for all estimates of the organisation."""
    show_refusal(_PLACE)
    if sheet.can_write:
        _show_fields(sheet)
    else:
        _show_fields_to_read(sheet)
    kept = office.get_office(sheet.desk, sheet.user)
    st.markdown("**The office** \u00b7 for all estimates of the organisation")
    if can_manage(sheet.user):
        _show_office(sheet, kept)
    else:
        _show_office_to_read(sheet, kept)


def _show_fields_to_read(sheet: Sheet) -> None:
    cover = sheet.estimate.cover
    st.text("Estimate + Datas begins with a cover." if cover.shown else "Estimate + Datas has no cover.")
    _show_texts([(label, vars(cover)[field]) for field, label in _FIELDS])


def _show_office_to_read(sheet: Sheet, kept: Office) -> None:
    blocks = [(f"Signature {number}", text) for number, text in enumerate(kept.signatures, 1)]
    _show_texts([("Department", kept.department), *blocks])
    if sheet.can_write:
        st.caption("Owners of your organisation change this on Team, Office.")


def _show_texts(fields: Iterable[tuple[str, str]]) -> None:
    with st.grid(3, min_column_width=150, gap="small"):
        for label, text in fields:
            with st.container(gap=None):
                st.caption(label)
                st.text(text or _EMPTY)


def _show_fields(sheet: Sheet) -> None:
    shown = sheet.key("cover shown")
    st.toggle(
        "A cover before the estimate, in Estimate + Datas",
        sheet.estimate.cover.shown,
        key=shown,
        on_change=guarded(_PLACE, _set_shown),
        args=(sheet, shown),
    )
    show_standing_refusals(sheet.key(f"cover {field}") for field, _ in _FIELDS)
    with st.grid(3, min_column_width=150, gap="small"):
        for field, label in _FIELDS:
            value = vars(sheet.estimate.cover)[field]
            _show_field(sheet.key(f"cover {field}"), label, value, partial(_set, sheet, field))
    st.caption("Empty fields are left out. Name of work, amount and schedule stand on the cover by themselves.")


def _show_field(key: str, label: str, value: str, store: Callable[[str], object]) -> None:
    st.text_input(label, value, key=key, on_change=typed_into, args=(key, lambda: store(st.session_state[key])))


def _set_shown(sheet: Sheet, key: str) -> None:
    _set(sheet, "shown", st.session_state[key])


def _set(sheet: Sheet, field: str, value: object) -> None:
    sheet.edit(partial(office.set_cover, **{field: value}))


def _show_office(sheet: Sheet, kept: Office) -> None:
    department = sheet.key("department")
    blocks = [sheet.key(f"signature {number}") for number in range(1, MAX_SIGNATURES + 1)]
    texts = [*kept.signatures, *("" for _ in blocks)]
    show_standing_refusals([department, *blocks])
    _show_field(department, "Department", kept.department, lambda _: _save_office(sheet, department, blocks))
    with st.grid(3, min_column_width=150, gap="small"):
        for number, key in enumerate(blocks, 1):
            st.text_area(
                f"Signature {number}",
                texts[number - 1],
                key=key,
                height=88,
                on_change=typed_into,
                args=(key, partial(_save_office, sheet, department, blocks)),
            )
    st.caption("Up to three lines each, such as Checked by, the designation and the office. Empty ones are left out.")


def _save_office(sheet: Sheet, department: str, blocks: list[str]) -> None:
    state = st.session_state
    office.save_office(sheet.desk, sheet.user, state[department], [state[key] for key in blocks])
