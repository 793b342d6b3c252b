"""A person's own account: their name and password, their organisations, and where they are signed in."""

from functools import partial

import streamlit as st

from estimate_core.domain.people import MAX_NAME, User
from estimate_core.services import own_sessions, people
from estimate_core.services.jobs import Desk
from estimate_core.services.own_sessions import OwnSession
from estimate_core.services.people import Belonging
from pages.frame import guarded, note, noted, notify, show_refusal
from pages.team_frame import ROLES, ask_first, is_without_accounts, show_row
from pages.words import counted, escaped, local_time

_PLACE = "account"
_NAME = "own name"
_PASSWORD = '<a class="plain" href="/new-password" target="_self">Change the password</a>'


def show_account(desk: Desk, user: User) -> None:
    """The whole tab."""
    if is_without_accounts(desk, "With an account you have a name, a password and sessions of your own."):
        return
    show_refusal(_PLACE)
    if noted(_PLACE):
        st.success(escaped(noted(_PLACE)), icon=":material/check_circle:")
    _show_name(desk, user)
    _show_organisations(desk, user)
    _show_sessions(desk, user)


def _show_name(desk: Desk, user: User) -> None:
    email = next((one.email for one in people.list_people(desk, user) if one.id == user.id), "")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Your name", user.name, max_chars=MAX_NAME, key=_NAME, width=320)
        st.button("Save", key="save own name", on_click=guarded(_PLACE, _rename), args=(desk, user))
    st.text(f"You sign in as {email}. Here you are {user.role.with_article}.")
    st.html(_PASSWORD)


def _rename(desk: Desk, user: User) -> None:
    # From the session and not from the run before: what was typed and not left yet is in it.
    name = people.change_own_name(desk, user, st.session_state[_NAME])
    note(_PLACE, f"You are called {name} from now on.")


def _show_organisations(desk: Desk, user: User) -> None:
    found = people.list_own_organisations(desk, user)
    if len(found) < 2:
        return
    st.markdown("**Your organisations**")
    with st.container(border=True, gap="xsmall"):
        for one in found:
            named = f"**{escaped(one.organisation.name)}** \u00b7 {ROLES[one.role].lower()}"
            tell = partial(st.markdown, named, width="content")
            show_row(f"belonging_{one.organisation.id}", tell, partial(_offer_switch, desk, user, one))


def _offer_switch(desk: Desk, user: User, one: Belonging) -> None:
    if one.is_shown:
        st.badge("you are here", color="blue")
        return
    st.button(
        "Go there",
        icon=":material/swap_horiz:",
        key=f"switch {one.organisation.id}",
        type="tertiary",
        on_click=guarded(_PLACE, people.switch_organisation),
        args=(desk, user, one.organisation.id),
    )


def _show_sessions(desk: Desk, user: User) -> None:
    found = own_sessions.list_own_sessions(desk, user)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Where you are signed in**", width="stretch")
        if len(found) > 1:
            sentence = "All browsers but this one are asked to sign in again."
            act = partial(guarded(_PLACE, _end_others), desk, user)
            ask_first("Sign out everywhere else", ":material/logout:", sentence, "end others", act)
    with st.container(border=True, gap="xsmall"):
        for one in found:
            show_row(f"session_{one.id}", partial(_tell_session, one), partial(_offer_end, desk, user, one))
    st.caption(
        f"A session ends when it is not used for {counted(desk.settings.session_days, 'day', 'days')}. One that you "
        "do not know: end it, then change the password."
    )


def _tell_session(one: OwnSession) -> None:
    st.markdown(f"**{escaped(one.browser)}**", width="content")
    where = one.address or "an unknown address"
    st.caption(escaped(f"from {where}  \u00b7  since {local_time(one.since)}  \u00b7  used {local_time(one.used)}"))


def _offer_end(desk: Desk, user: User, one: OwnSession) -> None:
    if one.is_this:
        st.badge("this browser", color="blue")
        return
    st.button(
        "End",
        icon=":material/logout:",
        key=f"end {one.id}",
        type="tertiary",
        on_click=guarded(_PLACE, _end),
        args=(desk, user, one),
    )


def _end(desk: Desk, user: User, one: OwnSession) -> None:
    own_sessions.end_session(desk, user, one.id)
    notify(f"{one.browser} is signed out at its next click.")


def _end_others(desk: Desk, user: User) -> None:
    ended = own_sessions.end_other_sessions(desk, user)
    note(_PLACE, f"{counted(ended, 'other browser is', 'other browsers are')} signed out.")
