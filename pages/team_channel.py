"""Adding a channel: what it is called, where it leads, whom it tells of what; and its secret, shown once."""

import streamlit as st

from estimate_core.domain.notice import MAX_LABEL, TOLD, Event, Way
from estimate_core.domain.people import User
from estimate_core.services import channels
from estimate_core.services.channels import NewChannel
from estimate_core.services.jobs import Desk
from pages.frame import close_dialog, guarded, notify, open_dialog, show_refusal
from pages.roles import can_manage

ADD, SECRET = "add channel dialog", "secret of a channel"
ADDING = "add channel"
"""The place of what is refused in the form."""
_WAY, _LABEL, _ADDRESS, _FOR_ALL, _TOLD = "way", "channel label", "channel address", "for all", "channel events"
_WAYS = {Way.SERVICE: "E-mail, chat or phone", Way.WEBHOOK: "Webhook for a program"}
_WHOSE = {False: "My jobs", True: "All jobs of the organisation"}
_EVENTS = {Event.COMPLETED: "Completed", Event.FAILED: "Failed"}
_HINTS = {
    Way.SERVICE: "mailtos://name:password@gmail.com",
    Way.WEBHOOK: "https://example.org/estimates",
}
_HELP = {
    Way.SERVICE: "As apprise writes it: e-mail, Slack, Teams, Telegram, Discord, Google Chat, ntfy and more.",
    Way.WEBHOOK: "Each end of a job is posted there as JSON, signed with a secret that is shown once.",
}


def show_adding(desk: Desk, user: User) -> None:
    """The form; it stays as it was typed until the channel is added."""
    way = st.segmented_control("Way", list(Way), default=Way.SERVICE, required=True, format_func=_WAYS.get, key=_WAY)
    st.text_input("Name", max_chars=MAX_LABEL, placeholder="Rates section", key=_LABEL)
    st.text_input("Address", placeholder=_HINTS[way], help=_HELP[way], key=_ADDRESS)
    if can_manage(user):
        st.segmented_control("Tells of", [*_WHOSE], default=False, required=True, format_func=_WHOSE.get, key=_FOR_ALL)
    else:
        st.caption("Tells of your own jobs. Owners add channels for all jobs of the organisation.")
    st.pills("When they are", TOLD, default=TOLD, selection_mode="multi", format_func=_EVENTS.get, key=_TOLD)
    show_refusal(ADDING)
    st.button("Add", type="primary", key="save channel", on_click=guarded(ADDING, _add), args=(desk, user))


def _add(desk: Desk, user: User) -> None:
    # From the session and not from the run before: a name that was typed and not left yet is in it.
    way, label, address, events = (st.session_state[key] for key in (_WAY, _LABEL, _ADDRESS, _TOLD))
    for_all = st.session_state.get(_FOR_ALL, False)
    channel, secret = channels.add_channel(desk, user, NewChannel(way, label, address, tuple(events), for_all))
    if secret:
        open_dialog(SECRET, secret)
    else:
        close_dialog()
        notify(f"{channel.label} was added. A test shows whether it arrives.")


def show_secret(secret: str) -> None:
    """The secret of a webhook, this once."""
    st.text("Copy it into the program that receives. It is not shown again; a new one can be made at any time.")
    st.code(secret, language=None, wrap_lines=True)
    st.caption("X-Estimate-Signature is t=<seconds>,v1=<HMAC-SHA256 in hex of the seconds, a dot and the body>.")
    st.button("Done", type="primary", key="secret copied", on_click=close_dialog)
