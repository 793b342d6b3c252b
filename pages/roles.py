"""What a page offers to whom: the domain says what a role may do, and what would be refused is not drawn."""

import streamlit as st

from estimate_core.domain.notice import Channel, needed_for
from estimate_core.domain.people import Action, User, may

VIEWER_LINE = "You are a viewer here: you can look and download."


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
