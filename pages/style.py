"""What the theme cannot say: a dense page, and one step at a time on a phone."""

from collections.abc import Callable

import streamlit as st

ACCENT, PRESSED = "#0f6e84", "#0b586a"
PHONE = "640px"
STEPS = ("Items", "Lines", "Totals", "Charges", "Cover")
"""What a phone shows one at a time."""
TABS = ("Lines", "Charges", "Cover")
"""What stands on the right of a wider screen; the totals stand below the lines."""
STEP, TAB = "step", "tab"

_DENSE = f"""<style>
.stMainBlockContainer {{ padding-left: 1.25rem; padding-right: 1.25rem; padding-bottom: 9rem; max-width: none; }}
[data-testid="stBottomBlockContainer"] {{
  padding: 0.5rem 1.25rem; max-width: none; border-top: 1px solid rgba(128, 145, 152, 0.35);
}}
.st-key-steps, .st-key-groups_phone {{ display: none; }}
/* The table's own toolbar would lie over the search box; where nothing hovers, over whatever is above any table. */
:is(.st-key-zone_items, .st-key-zone_schedule_items) [data-testid="stElementToolbar"] {{ display: none; }}
@media (hover: none) {{ [data-testid="stElementToolbar"] {{ display: none; }} }}
a.download {{
  display: inline-block; padding: 0.4rem 0.9rem; border-radius: 6px; white-space: nowrap;
  background: {ACCENT}; color: #ffffff !important; text-decoration: none !important;
}}
a.download:hover {{ background: {PRESSED}; }}
/* White on the dark theme's accent could not be read, nor could captions at the strength that they come with. */
button[kind^="primary"]:not(:disabled) {{ background: {ACCENT}; border-color: {ACCENT}; color: #ffffff; }}
button[kind^="primary"]:not(:disabled):is(:hover, :active) {{ background: {PRESSED}; border-color: {PRESSED}; }}
[data-testid="stCaptionContainer"] {{ opacity: 0.72 !important; }}
a.plain {{ color: inherit !important; }}
.bar {{
  padding: 0.35rem 0.8rem; border-radius: 6px; background: rgba(217, 146, 15, 0.16); font-size: 0.95rem;
}}
.bar a {{ color: inherit !important; font-weight: 600; }}
.st-key-who {{ position: fixed; top: 0.55rem; right: 3.2rem; width: auto !important; z-index: 999991; }}
.st-key-who button {{ max-width: min(24rem, 100vw - 7rem); }}
.st-key-who button :is(div, span, p) {{ min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
.st-key-totals table {{ width: 100%; }}
.st-key-totals :is(td, th) {{ padding: 0.1rem 0.6rem; font-variant-numeric: tabular-nums; }}
@media (max-width: {PHONE}) {{
  .st-key-tabs {{ display: none; }}
  .st-key-steps button {{ padding-left: 0.4rem; padding-right: 0.4rem; }}
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


def show_steps(on_turn: Callable[[], None]) -> None:
    """On a phone, tabs for the steps of an estimate; the zones of the other steps are hidden there."""
    st.session_state.setdefault(STEP, STEPS[0])
    with st.container(key="steps"):
        step = st.segmented_control(
            "Step",
            STEPS,
            required=True,
            key=STEP,
            label_visibility="collapsed",
            width="stretch",
            on_change=_turn,
            args=(STEP, on_turn),
        )
    hidden = ", ".join(f".st-key-zone_{name.lower()}" for name in STEPS if name != step)
    st.html(f"<style>@media (max-width: {PHONE}) {{ {hidden} {{ display: none; }} }}</style>")


def show_tabs(on_turn: Callable[[], None]) -> str:
    """What stands on the right: the lines with the totals, the charges, or the cover."""
    st.session_state.setdefault(TAB, part_shown())
    with st.container(key="tabs"):
        st.segmented_control(
            "Part of the estimate",
            TABS,
            required=True,
            key=TAB,
            label_visibility="collapsed",
            on_change=_turn,
            args=(TAB, on_turn),
        )
    return part_shown()


def part_shown() -> str:
    """Which of the tabs is shown."""
    return str(st.session_state.get(TAB, TABS[0]))


def _turn(turned: str, on_turn: Callable[[], None]) -> None:
    """Keep the tabs of both screens together, so that one that was made narrow shows the same part."""
    part, before = st.session_state[turned], st.session_state[TAB]
    if turned == TAB:
        st.session_state[STEP] = part
    elif part != STEPS[0]:
        st.session_state[TAB] = part if part in TABS else TABS[0]
    if turned == TAB or st.session_state[TAB] != before:
        on_turn()
