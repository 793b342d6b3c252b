"""Rate analyses: what one unit of an item is made of, shown in a dialog beside the page."""

import streamlit as st

from estimate_core.domain.drawing import Drawing
from estimate_core.domain.money import grouped
from estimate_core.domain.schedule import Item
from estimate_core.domain.units import singular
from estimate_core.workbook.tables import analysis_table
from pages.block import block_html
from pages.words import counted, escaped, shortened


def show_analysis(item: Item, drawing: Drawing | None = None) -> None:
    """Name, code, specification, the rate; then the block as its sheet looks, or a table without a drawing."""
    st.markdown(f"**{escaped(shortened(item.name, 200))}**")
    rate = "no rate" if item.rate is None else f"{grouped(item.rate)} per {singular(item.unit)}"
    st.text("  ·  ".join(part for part in (item.code, item.group, rate) if part))
    if drawing is not None:
        _show_drawing(drawing)
        return
    if item.specification:
        st.text(shortened(item.specification, 2000))
    _show_table(item)


def _show_drawing(drawing: Drawing) -> None:
    formulas = st.toggle("Show formulas", key="show formulas", help="Shows the formulas in place of their values.")
    st.html(block_html(drawing, formulas, dark=st.context.theme.type == "dark"))
    if drawing.left_out:
        rows = counted(drawing.left_out, "more row of the block is", "more rows of the block are")
        st.caption(f"{rows} not shown. Open the schedule in Excel to see all.")


def _show_table(item: Item) -> None:
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
