"""Tokens, by which programs ask in a person's name: those that work, when they were used, and those that ended."""

from functools import partial

import streamlit as st

from estimate_core.domain.people import Scope, User
from estimate_core.services import tokens
from estimate_core.services.jobs import Desk
from estimate_core.services.tokens import Token
from estimate_core.workbook.tables import table_of
from pages.frame import guarded, notify, open_form, show_refusal
from pages.roles import can_manage
from pages.team_frame import ask_first, is_without_accounts, show_row
from pages.team_token import MAKE, SCOPES, show_dialogs
from pages.words import escaped, local_time

_PLACE = "tokens"
_WHOSE = "whose tokens"
_MINE, _ALL = "Mine", "Everybody's"
_SHOWN = 200


def show_tokens(desk: Desk, user: User) -> None:
    """The whole tab."""
    if is_without_accounts(desk, "While it is so, programs need no token either."):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("With a token a program may do over HTTP what you may do here.", width="stretch")
        st.button(
            "Make a token", icon=":material/key:", key="make token", type="primary", on_click=open_form, args=(MAKE,)
        )
    show_refusal(_PLACE)
    found, is_all = _list(desk, user)
    alive = [token for token in found if token.is_alive(desk.now())]
    if not alive:
        st.info("No token works now. Make one for each program, so that each can be ended by itself.")
    else:
        with st.container(border=True, gap="xsmall"):
            for token in alive[:_SHOWN]:
                show_row(f"token_{token.id}", partial(_tell, token, is_all), partial(_offer, desk, user, token))
    _show_ended([token for token in found if token not in alive], is_all)
    show_dialogs(desk, user)


def _list(desk: Desk, user: User) -> tuple[list[Token], bool]:
    """The tokens to show, and whether they are everybody's, which only owners see."""
    if not can_manage(user):
        return tokens.list_own_tokens(desk, user), False
    whose = st.segmented_control("Whose tokens", (_MINE, _ALL), default=_MINE, required=True, key=_WHOSE)
    if whose == _ALL:
        return tokens.list_tokens(desk, user), True
    return tokens.list_own_tokens(desk, user), False


def _tell(token: Token, is_all: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"**{escaped(token.name)}**", width="content")
        st.badge(SCOPES[token.scope].lower(), color="orange" if token.scope is Scope.WRITE else "gray")
    whose = f"{token.person}  \u00b7  " if is_all else ""
    st.caption(escaped(f"{whose}{_used(token)}  \u00b7  works until {local_time(token.expires)}"))


def _offer(desk: Desk, user: User, token: Token) -> None:
    sentence = "Programs that use it are refused at once. This cannot be undone."
    act = partial(guarded(_PLACE, _revoke), desk, user, token)
    ask_first("Revoke", ":material/key_off:", sentence, f"revoke {token.id}", act)


def _used(token: Token) -> str:
    if token.used is None:
        return "not used yet"
    return f"used {local_time(token.used)} from {token.used_from or 'an unknown address'}"


def _revoke(desk: Desk, user: User, token: Token) -> None:
    tokens.revoke_token(desk, user, token.id)
    notify(f"The token {token.name} opens nothing any more.")


def _show_ended(ended: list[Token], is_all: bool) -> None:
    if not ended:
        return
    with st.expander("Tokens that ended"):
        names = ("Name", "Whose", "May", "Ended", "Last use")
        table = table_of(names, map(_ended_row, ended[:_SHOWN]))
        st.dataframe(
            table if is_all else table.drop(columns="Whose"),
            key="ended tokens",
            hide_index=True,
            row_height=32,
            alt="Tokens that ended, newest first",
        )


def _ended_row(token: Token) -> tuple[str, ...]:
    ended = f"revoked {local_time(token.revoked)}" if token.revoked else f"expired {local_time(token.expires)}"
    return token.name, token.person, SCOPES[token.scope].lower(), ended, _used(token)
