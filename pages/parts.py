"""Parts of a page that run by themselves: dialogs, and what looks again or is used without the rest of the page.

The page looks up in each run who is at it; a part that runs without the page must do so itself.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Literal

import streamlit as st

from estimate_core.domain.errors import SignedOut
from estimate_core.domain.people import User
from estimate_core.services.jobs import Desk
from pages.frame import close_dialog, opened_dialog
from pages.visitor import find_person

Width = Literal["small", "medium", "large"]
Show = partial[object]
"""What draws a part, with what it draws."""


def show_part(desk: Desk, user: User, show: Show, every: float | None = None) -> None:
    """Show a part that runs when something in it is used, and `every` so many seconds."""
    st.fragment(_looked_up(desk, user, show), run_every=every)()


def show_dialog(
    desk: Desk, user: User, title: str, show: Show, width: Width = "small", dismissible: bool = True
) -> None:
    """Show the dialog that is open over the page; dismissing it lets none be open from the next run on.

    What is done in it may close it or open another in its place: the whole page runs then, and shows what is open.
    """
    dialog = st.dialog(title, width=width, dismissible=dismissible, on_dismiss=close_dialog)
    shown = opened_dialog()
    dialog(_looked_up(desk, user, show, lambda: opened_dialog() == shown))()


def _looked_up(desk: Desk, user: User, show: Show, is_open: Callable[[], bool] = lambda: True) -> Callable[[], None]:
    """Shows the part to that person while it `is_open`; where nobody is at the page any more, or another, in role or
    organisation too, it has the whole page run. Else it would go on showing what it has at hand, in the middle of what
    the page showed.
    """
    is_shown = False

    # The library tells the parts of a place from each other by their functions' names.
    @wraps(show.func)
    def run() -> None:
        nonlocal is_shown
        # The first time it is drawn by a run of the page, which looked them up.
        if is_shown and not (is_open() and _is_here(desk, user)):
            st.rerun()
        is_shown = True
        try:
            show()
        except SignedOut:
            st.rerun()

    return run


def _is_here(desk: Desk, user: User) -> bool:
    now = find_person(desk, is_use=False)
    return now is not None and (now.id, now.role) == (user.id, user.role)
