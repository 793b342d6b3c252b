"""The Team page: what holds for the whole organisation, a tab for each matter."""

import streamlit as st

from estimate_core.domain.people import User
from estimate_core.services.jobs import Desk
from pages.team_audit import show_audit
from pages.team_notifications import show_notifications
from pages.team_office import show_office
from pages.team_people import show_people
from pages.team_sessions import show_account
from pages.team_storage import show_storage
from pages.team_tokens import show_tokens

_TABS = {
    "People": show_people,
    "Account": show_account,
    "Tokens": show_tokens,
    "Office": show_office,
    "Storage": show_storage,
    "Notifications": show_notifications,
    "Audit": show_audit,
}
"""What each tab shows, by its title, first to last."""


def render(desk: Desk, user: User) -> None:
    """The whole page."""
    st.header("Team")
    # Each turn of a tab runs the page, so that a session that has ended shows no other tab.
    tabs = st.tabs(list(_TABS), key="team", on_change="rerun")
    for tab, show in zip(tabs, _TABS.values(), strict=True):
        with tab:
            show(desk, user)
