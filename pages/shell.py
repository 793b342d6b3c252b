"""The script that the application runs: who is at the desk, the navigation, and the frame around every page."""

from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from estimate_core.domain.people import User
from estimate_core.services.doors import let_in
from estimate_core.services.jobs import Desk
from estimate_core.wiring import shared_desk
from pages import estimate, jobs, saved, schedules, team
from pages.frame import PAGES, enter_page, show_notes
from pages.style import show_style
from pages.visitor import begin_anew, find_person, show_nobody, show_open_desk, show_who
from pages.watching import TITLE, show_own_jobs

# A picture of our own: the icons of the library would be fetched from another host.
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0f6e84"/>'
    '<path d="M4 5h8M4 8h8M4 11h5" stroke="#fff" stroke-width="1.6" stroke-linecap="round"/></svg>'
)


# What each page is drawn by, by the last part of its address. (A text below it would be shown as part of the page.)
_ROOMS = {
    "estimate": (estimate.render, "Estimate", ":material/calculate:"),
    "jobs": (jobs.render, "Jobs", ":material/manufacturing:"),
    "estimates": (saved.render, "Estimates", ":material/folder_open:"),
    "schedules": (schedules.render, "Schedules", ":material/menu_book:"),
    "team": (team.render, "Team", ":material/group:"),
}


def main() -> None:
    """Run the page that the person is on; who is signed in is looked up anew in every run."""
    st.set_page_config(page_title=TITLE, page_icon=_ICON, layout="wide")
    desk = shared_desk()
    user = find_person(desk)
    if user is None:
        # Under every address, so that none is told from another, and reloading leads to the one that was asked for.
        st.navigation(list(_pages(partial(show_nobody, desk)).values()), position="hidden").run()
        return
    with let_in(desk, user):
        begin_anew(desk, user)
        _show(desk, user)


def _show(desk: Desk, user: User) -> None:
    st.session_state[PAGES] = _pages(None, desk, user)
    page = st.navigation(list(st.session_state[PAGES].values()), position="top")
    enter_page(page.url_path)
    show_style()
    show_notes()
    if user.is_signed_in:
        show_who(desk, user)
    else:
        show_open_desk(desk)
    show_own_jobs(desk, user)
    page.run()


def _pages(instead: Callable[[], None] | None, *known: object) -> dict[str, StreamlitPage]:
    """The pages by their paths, each drawn with what is known, or the same `instead` of each."""
    return {
        path: st.Page(
            instead or partial(render, *known), title=title, icon=icon, url_path=path, default=path == "estimate"
        )
        for path, (render, title, icon) in _ROOMS.items()
    }


main()
