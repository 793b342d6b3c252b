"""Rate analyses: what one unit of an item is made of, shown in a dialog beside the page."""

import streamlit as st

from estimate_core.domain.money import grouped
from estimate_core.domain.schedule import Item
from estimate_core.domain.units import singular
from estimate_core.workbook.tables import analysis_table
from pages.words import escaped, shortened


def show_analysis(item: Item) -> None:
    """Name, code, specification, the rows of the analysis and the rate."""
    st.markdown(f"**{escaped(shortened(item.name, 200))}**")
    rate = "no rate" if item.rate is None else f"{grouped(item.rate)} per {singular(item.unit)}"
    st.text("  ·  ".join(part for part in (item.code, item.group, rate) if part))
    if item.specification:
        st.text(shortened(item.specification, 2000))
    right = {name: st.column_config.TextColumn(alignment="right") for name in ("Quantity", "Rate", "Amount")}
    st.dataframe(
        analysis_table(item),
        hide_index=True,
        row_height=30,
        height="content",
        column_config={
            "S.No.": st.column_config.TextColumn(width=45),
            "Description": st.column_config.TextColumn(width=260),
            **right,
        },
        alt="Rate analysis",
    )
