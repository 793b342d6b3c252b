"""The Team page: what holds for the whole organisation, a tab for each matter."""

import streamlit as st

from estimate_core.domain.people import User
from estimate_core.services.jobs import Desk
from pages.team_notifications import show_notifications
from pages.team_storage import show_storage

_TABS = {"Notifications": show_notifications, "Storage": show_storage}
"""What each tab shows, by its title, first to last."""


def render(desk: Desk, user: User) -> None:
    """The whole page."""
    st.header("Team")
    for tab, show in zip(st.tabs(list(_TABS), key="team"), _TABS.values(), strict=True):
        with tab:
            show(desk, user)
