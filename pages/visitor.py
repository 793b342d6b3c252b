"""Who is at the desk, on every page: their menu, the bar of a desk that is open to all, what the signed-out see."""

import streamlit as st

from estimate_core.domain.people import LOCAL, User
from estimate_core.services import people, signing_in
from estimate_core.services.doors import is_open
from estimate_core.services.jobs import Desk
from estimate_core.services.people import Belonging
from pages.frame import guarded, notify, show_refusal
from pages.style import show_style
from pages.words import escaped, shortened

_WHO = "who"
_PLACE = "who"
_BAR = """<div class="bar">No account exists yet: whoever reaches this address can see and change everything.
<a href="/first-account" target="_self">Make the first account</a></div>"""
_SIGNED_OUT = """<div class="bar">You are signed out. If you changed something just now, it was not kept.
<a href="" target="_self">Sign in</a></div>"""
"""Its link asks for the same address once more, so that whoever signs in goes on there."""
_HOMELESS = """<div class="bar">You do not belong to this organisation any more. If you changed something just now, it
was not kept. Ask an owner to invite you again, or <a href="/sign-in" target="_self">sign in as another</a>.</div>"""
_ARRIVED = "You work for {name} now."
_TAKEN_OUT = "You do not belong any more to the organisation that was shown."


def find_person(desk: Desk, is_use: bool = True) -> User | None:
    """Who is at the page, as the database knows them at this moment; None where nobody is signed in.

    Where it `is_use` of the page, and no look that it takes by itself, the session lives on by it.
    """
    if is_open(desk):
        return LOCAL
    visitor = _find_visitor(desk, is_use)
    return visitor.user if visitor and not visitor.must_change else None


def _find_visitor(desk: Desk, is_use: bool) -> signing_in.Visitor | None:
    ticket = st.context.cookies.get(signing_in.COOKIE, "")
    return signing_in.find_visitor(desk, ticket, signing_in.Caller(), is_use)


def begin_anew(desk: Desk, user: User) -> None:
    """Forget what the page keeps where it was kept for somebody else, or for another organisation, and say so."""
    who = (user.id, user.organisation)
    before = st.session_state.get(_WHO, who)
    if before != who:
        st.session_state.clear()
        st.query_params.clear()
        notify(_arrival(desk, user, before))
    st.session_state[_WHO] = who


def _arrival(desk: Desk, user: User, before: tuple[str, str]) -> str:
    """For which organisation the page works from now on, and why, where the person did not choose it."""
    own = {one.organisation.id: one.organisation.name for one in people.list_own_organisations(desk, user)}
    here = _ARRIVED.format(name=own.get(user.organisation, ""))
    return here if before[1] in own else f"{_TAKEN_OUT} {here}"


def show_open_desk(desk: Desk) -> None:
    """The bar that says that nobody needs to sign in."""
    st.html(_BAR)


def show_nobody(desk: Desk) -> None:
    """All that is left of a page whose session ended while it was open, or whose person was taken out."""
    st.session_state.clear()
    show_style()
    visitor = _find_visitor(desk, is_use=False)
    st.html(_HOMELESS if visitor and not visitor.must_change else _SIGNED_OUT)


def show_who(desk: Desk, user: User) -> None:
    """The person's own menu, in the upper right corner: for which organisation they work, and the way out."""
    own = people.list_own_organisations(desk, user)
    with st.container(key="who"), st.popover(escaped(_menu_name(user, own)), icon=":material/account_circle:"):
        show_refusal(_PLACE)
        st.markdown(f"**{escaped(user.name)}**")
        for belonging in own:
            _show_organisation(desk, user, belonging)
        st.button(
            "Sign out",
            icon=":material/logout:",
            key="sign out",
            on_click=guarded(_PLACE, signing_in.sign_out),
            args=(desk, user),
        )


def _menu_name(user: User, own: list[Belonging]) -> str:
    """Who it is; where they belong to several organisations, first for which one they work."""
    name = shortened(user.name, 24)
    here = next((one.organisation.name for one in own if one.is_shown), "")
    # First, since a phone cuts the end.
    return f"{shortened(here, 28)} \u00b7 {name}" if len(own) > 1 else name


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
