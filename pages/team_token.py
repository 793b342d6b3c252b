"""Making a token: its name, what it allows and for how long; and its secret, shown once."""

from functools import partial

import streamlit as st

from estimate_core.domain.people import MAX_NAME, TOKEN_LONGEST, Scope, User
from estimate_core.services import tokens
from estimate_core.services.jobs import Desk
from pages.frame import close_dialog, dialog_about, guarded, open_dialog, show_refusal
from pages.parts import show_dialog
from pages.roles import can_write
from pages.team_frame import site_address

SCOPES = {Scope.READ: "Read", Scope.WRITE: "Read and write"}
MAKE, _SECRET = "make token dialog", "secret of a token"
_PLACE = "make token"
_NAME, _SCOPE, _DAYS = "token name", "token scope", "token days"
_USUAL_DAYS = 90
_EXAMPLE = 'curl -H "Authorization: Bearer {secret}" {site}/api/schedules'


def show_dialogs(desk: Desk, user: User) -> None:
    """The form, or then the secret, where one of them is open."""
    secret = dialog_about(_SECRET)
    if dialog_about(MAKE):
        show_dialog(desk, user, "Make a token", partial(_show_form, desk, user))
    elif isinstance(secret, str):
        # A press beside it would lose what is shown once.
        show_dialog(desk, user, "The new token", partial(_show_secret, desk, secret), dismissible=False)


def _show_form(desk: Desk, user: User) -> None:
    scopes = list(Scope) if can_write(user) else [Scope.READ]
    # A form, so that Enter sends it.
    with st.form("token form", border=False):
        st.text_input("Name", max_chars=MAX_NAME, placeholder="Export to the accounts section", key=_NAME)
        st.segmented_control("It may", scopes, default=Scope.READ, required=True, format_func=SCOPES.get, key=_SCOPE)
        st.number_input("Days that it works", 1, TOKEN_LONGEST.days, _USUAL_DAYS, key=_DAYS, width=220)
        show_refusal(_PLACE)
        make = guarded(_PLACE, _make)
        st.form_submit_button("Make it", type="primary", key="save token", on_click=make, args=(desk, user))


def _make(desk: Desk, user: User) -> None:
    name, scope, days = (st.session_state[key] for key in (_NAME, _SCOPE, _DAYS))
    _, secret = tokens.create_token(desk, user, name, scope, int(days))
    open_dialog(_SECRET, secret)


def _show_secret(desk: Desk, secret: str) -> None:
    st.text("Copy it into the program now. It is not shown again.")
    st.code(secret, language=None, wrap_lines=True)
    st.text("The program sends it with each request:")
    st.code(_EXAMPLE.format(secret=secret, site=site_address(desk)), language=None, wrap_lines=True)
    st.button("Done", type="primary", key="token copied", on_click=close_dialog)
