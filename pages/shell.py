"""The script that the application runs: who is at the desk, the navigation, and the frame around every page."""

from functools import partial

import streamlit as st

from estimate_core.domain.people import LOCAL
from estimate_core.wiring import shared_desk
from pages import estimate, jobs, saved, schedules, team
from pages.frame import PAGES, enter_page, show_notes
from pages.style import show_style
from pages.watching import TITLE, show_own_jobs

# A picture of our own: the icons of the library would be fetched from another host.
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0f6e84"/>'
    '<path d="M4 5h8M4 8h8M4 11h5" stroke="#fff" stroke-width="1.6" stroke-linecap="round"/></svg>'
)


def main() -> None:
    """Run the page that the person is on."""
    st.set_page_config(page_title=TITLE, page_icon=_ICON, layout="wide")
    desk, user = shared_desk(), LOCAL
    named = {
        "estimate": (estimate, "Estimate", ":material/calculate:"),
        "jobs": (jobs, "Jobs", ":material/manufacturing:"),
        "estimates": (saved, "Estimates", ":material/folder_open:"),
        "schedules": (schedules, "Schedules", ":material/menu_book:"),
        "team": (team, "Team", ":material/group:"),
    }
    st.session_state[PAGES] = {
        path: st.Page(
            partial(room.render, desk, user), title=title, icon=icon, url_path=path, default=path == "estimate"
        )
        for path, (room, title, icon) in named.items()
    }
    page = st.navigation(list(st.session_state[PAGES].values()), position="top")
    enter_page(page.url_path)
    show_style()
    show_notes()
    show_own_jobs(desk, user)
    page.run()


main()
