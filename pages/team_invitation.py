"""Inviting a person: the form, the link that is shown once, and the invitations that are open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import streamlit as st

from estimate_core.domain.people import MAX_EMAIL, Role, User
from estimate_core.services import invitations
from estimate_core.services.invitations import Invitation
from estimate_core.services.jobs import Desk
from pages.frame import close_dialog, dialog_about, guarded, notify, open_dialog, show_refusal
from pages.parts import show_dialog
from pages.team_frame import ROLES, ask_first, opens_here_alone, show_row, site_address
from pages.words import escaped, local_time

INVITE, _LINK = "invite dialog", "link of an invitation"
_PLACE, _LISTED = "invite", "invitations"
_EMAIL, _ROLE = "invited email", "invited role"
_HERE_ALONE = (
    "This link opens on this machine alone. Come to the desk by an address that others reach and invite from there, or "
    "ask whoever hosts the desk to set ESTIMATE\\_URL to that address."
)


@dataclass(frozen=True)
class _Link:
    """What is shown of an invitation this once."""

    email: str
    expires: datetime
    address: str


def show_dialogs(desk: Desk, user: User) -> None:
    """The form, or then the link, where one of them is open."""
    link = dialog_about(_LINK)
    if dialog_about(INVITE):
        show_dialog(desk, user, "Invite a person", partial(_show_form, desk, user))
    elif isinstance(link, _Link):
        # A press beside it would lose what is shown once.
        show_dialog(desk, user, "The link of the invitation", partial(_show_link, desk, link), dismissible=False)


def _show_form(desk: Desk, user: User) -> None:
    # A form, so that Enter sends it.
    with st.form("invite form", border=False):
        st.text_input("E-mail address", max_chars=MAX_EMAIL, placeholder="name@example.org", key=_EMAIL)
        st.selectbox("Role", list(Role), index=1, format_func=ROLES.get, key=_ROLE)
        show_refusal(_PLACE)
        invite = guarded(_PLACE, _invite)
        st.form_submit_button("Invite", type="primary", key="make invitation", on_click=invite, args=(desk, user))
    st.caption("Nothing is sent from here: you get a link, and send it to the person yourself.")


def _invite(desk: Desk, user: User) -> None:
    invitation, secret = invitations.invite(desk, user, st.session_state[_EMAIL], st.session_state[_ROLE])
    address = f"{site_address(desk)}/invitation/{secret}"
    open_dialog(_LINK, _Link(invitation.email, invitation.expires, address))


def _show_link(desk: Desk, link: _Link) -> None:
    st.text(f"Send this link to {link.email}. It works once, until {local_time(link.expires)}, for whoever opens it.")
    st.code(link.address, language=None, wrap_lines=True)
    if opens_here_alone(desk):
        st.warning(_HERE_ALONE, icon=":material/link_off:")
    st.caption("It is not shown again. Inviting the same person again makes another link; this one ends then.")
    st.button("Done", type="primary", key="link copied", on_click=close_dialog)


def show_invitations(desk: Desk, user: User, names: Mapping[str, str]) -> None:
    """The invitations that can still be accepted; `names` are those of people by their ids."""
    found = invitations.list_invitations(desk, user)
    show_refusal(_LISTED)
    if not found:
        return
    st.markdown("**Open invitations**")
    with st.container(border=True, gap="xsmall"):
        for one in found:
            by = names.get(one.created_by, "somebody who belongs here no more")
            show_row(f"invitation_{one.id}", partial(_tell, one, by), partial(_offer, desk, user, one))


def _tell(invitation: Invitation, by: str) -> None:
    st.text(invitation.email)
    until = local_time(invitation.expires)
    st.caption(escaped(f"{ROLES[invitation.role]}  \u00b7  until {until}  \u00b7  invited by {by}"))


def _offer(desk: Desk, user: User, invitation: Invitation) -> None:
    act = partial(guarded(_LISTED, _withdraw), desk, user, invitation.id, invitation.email)
    ask_first("Withdraw", ":material/close:", "Its link opens nothing from then on.", f"withdraw {invitation.id}", act)


def _withdraw(desk: Desk, user: User, invitation_id: str, email: str) -> None:
    invitations.withdraw_invitation(desk, user, invitation_id)
    notify(f"The invitation of {email} opens nothing any more.")
