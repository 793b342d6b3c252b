"""Who is told when a job ends, and by which way: the channels, what each was sent last, and what can be done."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from estimate_core.domain.notice import TRIES, Channel, Delivery, Event, State, Way
from estimate_core.domain.people import User
from estimate_core.services import channels
from estimate_core.services.channels import ChannelCard
from estimate_core.services.jobs import Desk
from estimate_core.workbook.tables import table_of
from pages.frame import (
    dialog_about,
    guarded,
    note,
    noted,
    notify,
    open_dialog,
    open_form,
    refuse,
    show_refusal,
)
from pages.parts import show_dialog
from pages.roles import can_write, may_change, show_viewer_line
from pages.team_channel import ADD, ADDING, SECRET, show_adding, show_secret
from pages.words import clock_time, counted, escaped, local_time, shortened

_PLACE = "channels"
_LOG = "log of a channel"
_REMOVED = "removed channel"
_WAYS = {Way.WEBHOOK: "webhook", Way.SERVICE: "service"}
_EVENTS = {Event.COMPLETED: "completed", Event.FAILED: "failed", Event.TEST: "test"}
_COLOURS = {State.WAITING: "orange", State.SENT: "green", State.FAILED: "red"}


def show_notifications(desk: Desk, user: User) -> None:
    """The whole tab."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Told when a job ends: people by e-mail or chat, programs by a webhook.", width="stretch")
        if can_write(user):
            icon = ":material/add_alert:"
            st.button("Add a channel", icon=icon, key="add channel", type="primary", on_click=open_form, args=(ADD,))
    show_viewer_line(user)
    show_refusal(_PLACE)
    if can_write(user):
        _show_removed(desk, user)
    else:
        show_refusal(ADDING)
    cards = channels.list_channels(desk, user)
    if not cards:
        add = " Add a channel; the page need not stay open then." if can_write(user) else ""
        st.info(f"Nobody is told yet when a job ends.{add}")
    with st.grid("auto", min_column_width=340, gap="small"):
        for card in cards:
            with st.container(border=True, key=f"channel_{card.channel.id}", gap="xsmall"):
                changes = may_change(user, card.channel)
                _show_card(card, changes)
                _show_buttons(desk, user, card.channel, changes)
    _show_dialogs(desk, user, cards)


def _show_card(card: ChannelCard, changes: bool) -> None:
    channel = card.channel
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"**{escaped(channel.label)}**", width="content")
        st.badge("all jobs" if channel.user is None else "my jobs", color="blue")
        st.badge(_WAYS[channel.way], color="gray")
        if channel.paused:
            st.badge("paused", color="orange")
    st.text(channel.address)
    events = " and ".join(_EVENTS[event] for event in channel.events)
    st.caption(f"Tells of jobs that are {events}.")
    if card.last:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.badge(str(card.last.state), color=_COLOURS[card.last.state])
            st.caption(escaped(f"{local_time(card.last.created)}, {_what(card.last)}"), width="content")
        if card.last.state is not State.SENT and card.last.answer:
            st.caption(escaped(card.last.answer))
    else:
        st.caption("Nothing was sent yet." + (" A test shows whether it arrives." if changes else ""))


def _what(delivery: Delivery) -> str:
    if delivery.event is Event.TEST:
        return "test"
    return f"{_EVENTS[delivery.event]}: {shortened(delivery.work_name, 60)}"


def _show_buttons(desk: Desk, user: User, channel: Channel, changes: bool) -> None:
    place = f"channel {channel.id}"
    with st.container(horizontal=True, gap="xsmall"):
        tested = changes and st.button("Test", icon=":material/send:", key=f"test {channel.id}")
        _show_button("Log", "list", f"log {channel.id}", open_form, _LOG, channel.id)
        if changes:
            _show_changes(desk, user, channel, place)
    if can_write(user) and not changes:
        st.caption("Owners of your organisation change this channel.")
    if tested:
        _test(desk, user, channel.id, place)
    if noted(place):
        st.success(escaped(noted(place)), icon=":material/check:")
    show_refusal(place)


def _show_changes(desk: Desk, user: User, channel: Channel, place: str) -> None:
    paused = ("Resume", "play_arrow") if channel.paused else ("Pause", "pause")
    turn = channels.resume_channel if channel.paused else channels.pause_channel
    _show_button(*paused, f"pause {channel.id}", guarded(place, turn), desk, user, channel.id)
    if channel.way is Way.WEBHOOK:
        _show_button("New secret", "key", f"secret {channel.id}", guarded(place, _renew), desk, user, channel.id)
    _show_button("Remove", "delete", f"remove {channel.id}", guarded(_PLACE, _remove), desk, user, channel)


def _show_button(label: str, icon: str, key: str, act: Callable[..., object], *args: object) -> None:
    st.button(label, icon=f":material/{icon}:", key=key, type="tertiary", on_click=act, args=args)


def _test(desk: Desk, user: User, channel_id: str, place: str) -> None:
    """Send a test while a person waits for it; the whole page is shown anew, since its log grew."""
    with st.spinner("Sending a test. This takes up to ten seconds."):
        guarded(place, _send_test)(desk, user, channel_id, place)
    st.rerun()


def _send_test(desk: Desk, user: User, channel_id: str, place: str) -> None:
    answer = channels.try_channel(desk, user, channel_id)
    if answer.sent:
        note(place, f"The test was taken. Answer: {answer.words}")
    else:
        refuse(place, f"The test was not taken. Answer: {answer.words}")


def _renew(desk: Desk, user: User, channel_id: str) -> None:
    open_dialog(SECRET, channels.renew_secret(desk, user, channel_id))


def _remove(desk: Desk, user: User, channel: Channel) -> None:
    channels.remove_channel(desk, user, channel.id)
    st.session_state[_REMOVED] = (channel.id, channel.label)


def _show_removed(desk: Desk, user: User) -> None:
    if _REMOVED not in st.session_state:
        return
    channel_id, label = st.session_state[_REMOVED]
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.text(f"Removed: {label}", width="stretch")
        st.button(
            "Undo",
            icon=":material/undo:",
            key="undo remove",
            on_click=guarded(_PLACE, _restore),
            args=(desk, user, channel_id),
        )


def _restore(desk: Desk, user: User, channel_id: str) -> None:
    st.session_state.pop(_REMOVED, None)
    channels.restore_channel(desk, user, channel_id)
    notify("The channel tells again.")


def _show_dialogs(desk: Desk, user: User, cards: list[ChannelCard]) -> None:
    if dialog_about(ADD) and can_write(user):
        show_dialog(desk, user, "Add a channel", partial(show_adding, desk, user))
    secret = dialog_about(SECRET)
    if secret:
        show_dialog(desk, user, "The secret of this webhook", partial(show_secret, str(secret)))
    logged = next((card.channel for card in cards if card.channel.id == dialog_about(_LOG)), None)
    if logged:
        show_dialog(desk, user, "Log", partial(_show_log, desk, user, logged), width="large")


def _show_log(desk: Desk, user: User, channel: Channel) -> None:
    st.text(f"{channel.label}  {channel.address}")
    told = channels.list_deliveries(desk, user, channel.id)
    if not told:
        st.info("Nothing was sent yet. A test shows whether it arrives.")
        return
    table = table_of(("When", "What", "Tries", "Answer"), map(_row, told))
    table.insert(1, "State", [[str(delivery.state)] for delivery in told])
    column = st.column_config
    states = column.MultiselectColumn(width=80, options=[str(state) for state in _COLOURS], color=[*_COLOURS.values()])
    st.dataframe(
        table,
        key="deliveries",
        hide_index=True,
        row_height=32,
        column_config={
            "When": column.TextColumn(width=130),
            "State": states,
            "What": column.TextColumn(width=200),
            "Tries": column.TextColumn(width=110),
            "Answer": column.TextColumn(width=300),
        },
        alt="What this channel was sent, newest first",
    )


def _row(delivery: Delivery) -> tuple[str, ...]:
    tries = counted(delivery.tries, "try", "tries")
    if delivery.next_try:
        tries = f"{delivery.tries} of {TRIES}, next {clock_time(delivery.next_try, seconds=True)}"
    return local_time(delivery.created), _what(delivery), tries, delivery.answer
