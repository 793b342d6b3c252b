"""What the estimate comes to, and the charges that it is made of."""

from functools import partial

import streamlit as st

from estimate_core.domain.charges import GRAND_TOTAL, MINUS, Charge, find_charge, is_lump, lump_sums
from estimate_core.domain.estimate import Price
from estimate_core.domain.money import grouped
from estimate_core.services import estimates
from estimate_core.workbook.tables import charge_value, charges_table, provisions_table, typed_provisions
from pages.frame import guarded, show_refusal, show_standing_refusals, typed_into
from pages.sheet import Sheet
from pages.words import escaped, shortened

_PLACE = "charges"
_STARTED = "provisions started from"
_LONGEST = 30


def show_totals(sheet: Sheet) -> None:
    """The totals, row by row, beside the charges that can be typed by who may."""
    if not sheet.can_write:
        show_refusal(_PLACE)
        show_rows(sheet.price)
        return
    rows, fields = st.columns([1, 1], gap="medium")
    with rows:
        show_rows(sheet.price)
    with fields:
        _show_fields(sheet)


def show_rows(price: Price) -> None:
    """The rows that take part with their amounts, or why they cannot be computed."""
    if price.problem:
        st.error(escaped(price.problem), icon=":material/error:")
    table = charges_table(price)
    labels = [escaped(label) for label in table["Charge"]]
    amounts = list(table["Amount"])
    if price.charges:
        labels[-1], amounts[-1] = f"**{labels[-1]}**", f"**{amounts[-1]}**"
    lines = [f"| {label} | {amount} |" for label, amount in zip(labels, amounts, strict=True)]
    with st.container(key="totals"):
        st.markdown("\n".join(["| Totals | Rupees |", "|---|---:|", *lines]))


def _show_fields(sheet: Sheet) -> None:
    show_refusal(_PLACE)
    charges = sheet.estimate.charges
    show_standing_refusals(sheet.key(f"charge {row.key}") for row in charges)
    with st.grid(3, min_column_width=90, gap="small"):
        for row in charges:
            if _is_quick(row) and (sheet.estimate.is_repair or not row.repair_only):
                _show_field(sheet, row, _label(row))
    total = find_charge(charges, GRAND_TOTAL)
    if total and any(row.kind == "balance" for row in charges):
        _show_field(sheet, total, "Grand total (empty: the sum)")
    _show_provisions(sheet)


def _is_quick(row: Charge) -> bool:
    return row.kind == "percent" or (row.kind == "fixed" and not is_lump(row))


def _label(row: Charge) -> str:
    return escaped(shortened(row.name, _LONGEST)) + (" %" if row.kind == "percent" else f" {MINUS}" * row.subtracts)


def _show_field(sheet: Sheet, row: Charge, label: str) -> None:
    name = sheet.key(f"charge {row.key}")
    store = partial(_store, sheet, row.key, name)
    st.text_input(label, charge_value(row), key=name, placeholder="off", on_change=typed_into, args=(name, store))


def _store(sheet: Sheet, key: str, name: str) -> None:
    text = st.session_state[name]
    if key == GRAND_TOTAL:
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
