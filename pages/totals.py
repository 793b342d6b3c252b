"""What the estimate comes to, and the charges that it is made of."""

from functools import partial

import streamlit as st

from estimate_core.domain.charges import Charge, find_charge, lump_sums, percent_text
from estimate_core.domain.money import grouped
from estimate_core.services import estimates
from estimate_core.workbook.tables import charges_table, provisions_table, typed_provisions
from pages.frame import guarded, show_refusal, show_standing_refusals, typed_into
from pages.sheet import Sheet
from pages.words import escaped

_PLACE = "charges"
_STARTED = "provisions started from"
_FIELDS = (
    ("tp", "Excess T.P. %"),
    ("lc", "LC %"),
    ("qc", "QC %"),
    ("nac", "NAC %"),
    ("gst", "GST %"),
    ("deduction", "Old material (-)"),
)


def show_totals(sheet: Sheet) -> None:
    """The totals, row by row, beside the charges that can be typed."""
    rows, fields = st.columns([1, 1], gap="medium")
    with rows:
        _show_rows(sheet)
    with fields:
        _show_fields(sheet)


def _show_rows(sheet: Sheet) -> None:
    if sheet.price.problem:
        st.error(escaped(sheet.price.problem), icon=":material/error:")
    table = charges_table(sheet.price)
    labels = [escaped(label) for label in table["Charge"]]
    amounts = list(table["Amount"])
    if sheet.price.charges:
        labels[-1], amounts[-1] = f"**{labels[-1]}**", f"**{amounts[-1]}**"
    lines = [f"| {label} | {amount} |" for label, amount in zip(labels, amounts, strict=True)]
    with st.container(key="totals"):
        st.markdown("\n".join(["| Totals | Rupees |", "|---|---:|", *lines]))


def _show_fields(sheet: Sheet) -> None:
    show_refusal(_PLACE)
    show_standing_refusals(sheet.key(f"charge {key}") for key, _ in (*_FIELDS, ("grand_total", "")))
    charges = sheet.estimate.charges
    offered = [(key, label) for key, label in _FIELDS if key != "deduction" or sheet.estimate.is_repair]
    with st.grid(3, min_column_width=90, gap="small"):
        for key, label in offered:
            _show_field(sheet, key, label, _typed(find_charge(charges, key)))
    total = find_charge(charges, "grand_total")
    _show_field(sheet, "grand_total", "Grand total (empty: the sum)", _typed(total))
    _show_provisions(sheet)


def _typed(charge: Charge | None) -> str:
    if charge is None or charge.value is None:
        return ""
    return percent_text(charge.value) if charge.kind == "percent" else format(charge.value, "f")


def _show_field(sheet: Sheet, key: str, label: str, value: str) -> None:
    name = sheet.key(f"charge {key}")
    store = partial(_store, sheet, key, name)
    st.text_input(label, value, key=name, placeholder="off", on_change=typed_into, args=(name, store))


def _store(sheet: Sheet, key: str, name: str) -> None:
    text = st.session_state[name]
    if key == "grand_total":
        sheet.edit(estimates.set_grand_total, text)
    else:
        sheet.edit(estimates.set_charge, key, text)


def _show_provisions(sheet: Sheet) -> None:
    """The lump sums to edit. The table they start from stays as it is while they are typed, or typing is lost."""
    provisions = lump_sums(sheet.estimate.charges)
    key = sheet.key("provisions")
    if st.session_state.get(_STARTED, ("",))[0] != key:
        st.session_state[_STARTED] = (key, provisions_table(provisions), [])
    _, start, stored = st.session_state[_STARTED]
    title = f"Lump-sum provisions ({len(provisions)})" if provisions else "Lump-sum provisions"
    with st.expander(title, key="provisions"):
        edited = st.data_editor(
            start,
            key=key,
            num_rows="dynamic",
            hide_index=True,
            row_height=30,
            column_config={
                "Towards": st.column_config.TextColumn(max_chars=200),
                "Rupees": st.column_config.TextColumn(width=90, alignment="right"),
            },
            alt="Lump-sum provisions",
        )
    typed = typed_provisions(edited)
    if typed != (stored or typed_provisions(start)):
        st.session_state[_STARTED] = (key, start, typed)
        guarded(_PLACE, sheet.edit)(estimates.set_lump_sums, typed)
        st.rerun()


def grand_total_text(sheet: Sheet) -> str:
    """The grand total in lakh grouping, a dash where the charges cannot be computed."""
    return "\u2013" if sheet.price.problem else grouped(sheet.price.grand_total)
