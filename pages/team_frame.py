"""What several tabs of the Team page need: the site's address, rows, and what to say while nobody has an account."""

from collections.abc import Callable
from urllib.parse import urlsplit

import streamlit as st

from estimate_core.domain.people import Role
from estimate_core.services.binding import is_this_machine
from estimate_core.services.doors import is_open
from estimate_core.services.jobs import Desk

ROLES = {Role.OWNER: "Owner", Role.ESTIMATOR: "Estimator", Role.VIEWER: "Viewer"}
_NO_ACCOUNT = "No account exists yet, so nobody signs in here. {what} Make the first account; it owns what is here."
_FIRST = '<a class="download" href="/first-account" target="_self">Make the first account</a>'


def show_row(key: str, tell: Callable[[], object], offer: Callable[[], object]) -> None:
    """A row of a list: what it tells on the left; on the right, or below it on a phone, what can be done."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small", key=key
    ):
        with st.container(gap=None, width="content"):
            tell()
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            offer()


def ask_first(label: str, icon: str, sentence: str, key: str, act: Callable[[], None]) -> None:
    """A button for what cannot be undone: it says what comes of it, and does it only when asked once more."""
    with st.popover(label, icon=icon, type="tertiary"):
        st.text(sentence)
        st.button(label, key=key, type="primary", on_click=act)


def site_address(desk: Desk) -> str:
    """The address at which people reach the pages, without a slash at its end."""
    if desk.settings.url:
        return desk.settings.url
    here = urlsplit(st.context.url or "")
    return f"{here.scheme}://{here.netloc}" if here.netloc else ""


def opens_here_alone(desk: Desk) -> bool:
    """Whether that address leads nobody here but on this machine, since the host names none for others."""
    host = urlsplit(site_address(desk)).hostname or ""
    return not desk.settings.url and (host == "localhost" or is_this_machine(host))


def is_without_accounts(desk: Desk, what: str) -> bool:
    """Whether no account exists yet; says then `what` needs one, and how to make it."""
    if not is_open(desk):
        return False
    st.info(_NO_ACCOUNT.format(what=what), icon=":material/lock_open:")
    st.html(_FIRST)
    return True
