"""Long lists a page at a time: which page of what was asked for is shown, and the buttons to the next ones."""

from collections.abc import Callable

import streamlit as st

Cursors = list[str | None]
"""Behind what the pages up to the shown one begin; the first one begins behind nothing."""


def cursors_of(what: str, asked: object) -> Cursors:
    """Those of the list of that name; where other things are asked for than before, it begins anew."""
    known, cursors = st.session_state.get(_place(what), (None, []))
    if known != asked:
        cursors = [None]
        turn_to(what, asked, cursors)
    return list(cursors)


def turn_to(what: str, asked: object, cursors: Cursors) -> None:
    """Have another page of the list shown from now on."""
    st.session_state[_place(what)] = (asked, cursors)


def show_pages(
    what: str, asked: object, behind: str | None, turn: Callable[[str, object, Cursors], None] = turn_to
) -> None:
    """The buttons to newer and older ones, where there is more than one page; the next one begins `behind`.

    `turn` is called as `turn_to` is, where turning takes more than that.
    """
    cursors = cursors_of(what, asked)
    if len(cursors) == 1 and behind is None:
        return
    st.button(
        "Newer",
        icon=":material/chevron_left:",
        key=f"newer {what}",
        disabled=len(cursors) == 1,
        on_click=turn,
        args=(what, asked, cursors[:-1]),
    )
    st.button(
        "Older",
        icon=":material/chevron_right:",
        icon_position="right",
        key=f"older {what}",
        disabled=behind is None,
        on_click=turn,
        args=(what, asked, [*cursors, behind]),
    )


def _place(what: str) -> str:
    return f"pages of {what}"
