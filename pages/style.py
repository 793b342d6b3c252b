"""What the theme cannot say: a dense page, and one step at a time on a phone."""

import streamlit as st

ACCENT = "#0f6e84"
PHONE = "640px"
STEPS = ("Items", "Lines", "Totals")
STEP = "step"

_DENSE = f"""<style>
.stMainBlockContainer {{ padding-left: 1.25rem; padding-right: 1.25rem; padding-bottom: 9rem; max-width: none; }}
[data-testid="stBottomBlockContainer"] {{
  padding: 0.5rem 1.25rem; max-width: none; border-top: 1px solid rgba(128, 145, 152, 0.35);
}}
.st-key-steps, .st-key-groups_phone {{ display: none; }}
/* The table's own toolbar would lie over the search box. */
.st-key-zone_items [data-testid="stElementToolbar"] {{ display: none; }}
a.download {{
  display: inline-block; padding: 0.4rem 0.9rem; border-radius: 6px; white-space: nowrap;
  background: {ACCENT}; color: #ffffff !important; text-decoration: none !important;
}}
a.download:hover {{ background: #0b586a; }}
.st-key-totals table {{ width: 100%; }}
.st-key-totals :is(td, th) {{ padding: 0.1rem 0.6rem; font-variant-numeric: tabular-nums; }}
@media (max-width: {PHONE}) {{
  .stMainBlockContainer, [data-testid="stBottomBlockContainer"] {{ padding-left: 0.6rem; padding-right: 0.6rem; }}
  .st-key-steps, .st-key-groups_phone {{ display: flex; }}
  .st-key-title_line {{ gap: 0.4rem !important; }}
  .st-key-groups_side, :is(.st-key-undo, .st-key-redo, .st-key-new) p {{ display: none; }}
  :has(> .st-key-name_of_work), :has(> .st-key-sums) {{ flex: 1 1 100% !important; }}
}}
</style>"""


def show_style() -> None:
    """The page's own style."""
    st.html(_DENSE)


def show_steps() -> None:
    """On a phone, tabs for the steps of an estimate; the zones of the other steps are hidden there."""
    with st.container(key="steps"):
        step = st.segmented_control(
            "Step", STEPS, default=STEPS[0], required=True, key=STEP, label_visibility="collapsed", width="stretch"
        )
    hidden = ", ".join(f".st-key-zone_{name.lower()}" for name in STEPS if name != step)
    st.html(f"<style>@media (max-width: {PHONE}) {{ {hidden} {{ display: none; }} }}</style>")
