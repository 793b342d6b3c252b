"""What a page offers to whom: the domain says what a role may do, and what would be refused is not drawn."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from estimate_core.domain.errors import SignedOut
from estimate_core.domain.notice import Channel, needed_for
from estimate_core.domain.people import Action, User, may

VIEWER_LINE = "You are a viewer here: you can look and download."
P = ParamSpec("P")


def can_write(user: User) -> bool:
    """Whether the page offers this person what changes estimates, schedules and jobs."""
    return may(user, Action.WRITE)


def can_manage(user: User) -> bool:
    """Whether the page offers this person what holds for the whole organisation."""
    return may(user, Action.MANAGE)


def may_change(user: User, channel: Channel) -> bool:
    """Whether the page offers this person what changes a channel."""
    return may(user, needed_for(channel))


def show_viewer_line(user: User) -> None:
    """Where the controls would be, a quiet line for who only looks."""
    if not can_write(user):
        st.caption(VIEWER_LINE, width="content")


def part(show: Callable[P, None]) -> Callable[P, None]:
    """A part of a page that runs by itself: once its person is let in no more, the whole page runs and tells so.

    Else a sentence would stand in the middle of a page that still shows what it showed before.
    """

    @wraps(show)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            show(*args, **kwargs)
        except SignedOut:
            st.rerun()

    return run
