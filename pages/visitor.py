"""Who is at the desk, on every page: their menu, the bar of a desk that is open to all, what the signed-out see."""

import streamlit as st

from estimate_core.domain.people import LOCAL, User
from estimate_core.services import people, signing_in
from estimate_core.services.doors import is_open
from estimate_core.services.jobs import Desk
from estimate_core.services.people import Belonging
from pages.frame import guarded, show_refusal
from pages.style import show_style
from pages.words import escaped, shortened

_WHO = "who"
_PLACE = "who"
_BAR = """<div class="bar">No account exists yet: whoever reaches this address can see and change everything.
<a href="/first-account" target="_self">Make the first account</a></div>"""
_SIGNED_OUT = """<div class="bar">You are signed out. What was entered is kept.
<a href="" target="_self">Sign in</a></div>"""
"""Its link asks for the same address once more, so that whoever signs in goes on there."""


def find_person(desk: Desk, is_use: bool = True) -> User | None:
    """Who is at the page, as the database knows them at this moment; None where nobody is signed in.

    Where it `is_use` of the page, and no look that it takes by itself, the session lives on by it.
    """
    if is_open(desk):
        return LOCAL
    ticket = st.context.cookies.get(signing_in.COOKIE, "")
    visitor = signing_in.find_visitor(desk, ticket, signing_in.Caller(), is_use)
    return visitor.user if visitor and not visitor.must_change else None


def begin_anew(user: User) -> None:
    """Forget what the page keeps where it was kept for somebody else, or for another organisation."""
    who = (user.id, user.organisation)
    if st.session_state.get(_WHO, who) != who:
        st.session_state.clear()
        st.query_params.clear()
    st.session_state[_WHO] = who


def show_open_desk(desk: Desk) -> None:
    """The bar that says that nobody needs to sign in."""
    st.html(_BAR)


def show_signed_out() -> None:
    """All that is left of a page whose session ended while it was open."""
    st.session_state.clear()
    show_style()
    st.html(_SIGNED_OUT)


def show_who(desk: Desk, user: User) -> None:
    """The person's own menu, in the upper right corner: for which organisation they work, and the way out."""
    with st.container(key="who"), st.popover(escaped(shortened(user.name, 24)), icon=":material/account_circle:"):
        show_refusal(_PLACE)
        st.markdown(f"**{escaped(user.name)}**")
        for belonging in people.list_own_organisations(desk, user):
            _show_organisation(desk, user, belonging)
        st.button(
            "Sign out",
            icon=":material/logout:",
            key="sign out",
            on_click=guarded(_PLACE, signing_in.sign_out),
            args=(desk, user),
        )


def _show_organisation(desk: Desk, user: User, belonging: Belonging) -> None:
    name = f"{shortened(belonging.organisation.name, 40)}, {belonging.role}"
    if belonging.is_shown:
        st.caption(escaped(name))
        return
    st.button(
        escaped(name),
        icon=":material/swap_horiz:",
        key=f"work for {belonging.organisation.id}",
        help="Work for this organisation",
        on_click=guarded(_PLACE, people.switch_organisation),
        args=(desk, user, belonging.organisation.id),
    )
