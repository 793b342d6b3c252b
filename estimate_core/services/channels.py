"""Channels as people meet them: add, test, pause, remove and put back, and the log of what each was sent."""

from dataclasses import dataclass
from secrets import token_hex
from uuid import uuid4

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.errors import BadInput, NotFound, NotNow
from estimate_core.domain.notice import (
    Answer,
    Channel,
    Delivery,
    Event,
    Notice,
    Way,
    clean_address,
    clean_events,
    clean_label,
    needed_for,
)
from estimate_core.domain.people import Action, User, refuse_unless_allowed
from estimate_core.services.auditing import record
from estimate_core.services.doors import allowed
from estimate_core.services.notifying import LEASE, send
from estimate_core.storage import channels, deliveries
from estimate_core.storage.channels import Target
from estimate_core.storage.database import Database, writing

MAX_CHANNELS = 50
_SECRET_BYTES = 32
_PAUSED = "The channel was paused before this could be sent."
_REMOVED = "The channel was removed before this could be sent."


@dataclass(frozen=True)
class NewChannel:
    """What a person types of a channel: for the whole organisation, or for themselves alone."""

    way: Way
    label: str
    address: str
    events: tuple[Event, ...]
    for_all: bool = False


@dataclass(frozen=True)
class ChannelCard:
    """A channel and what it was sent last, or None."""

    channel: Channel
    last: Delivery | None


@allowed(Action.READ)
def list_channels(desk: Desk, user: User) -> list[ChannelCard]:
    """The organisation's channels and the person's own, by name."""
    with desk.open_db() as db:
        last = deliveries.last_deliveries(db, user.organisation, user)
        found = channels.list_channels(db, user.organisation, user)
    return [ChannelCard(channel, last.get(channel.id)) for channel in found]


@allowed(Action.WRITE)
def add_channel(desk: Desk, user: User, new: NewChannel) -> tuple[Channel, str]:
    """Add a channel; gives it with the secret of a webhook, told this once (nothing for a service).

    BadInput where the name or the address cannot be used, or no event is chosen.
    """
    if new.for_all:
        refuse_unless_allowed(user, Action.MANAGE)
    label, address, events = clean_label(new.label), clean_address(new.address), clean_events(new.events)
    shown = desk.post.check(new.way, address)
    secret = token_hex(_SECRET_BYTES) if new.way is Way.WEBHOOK else ""
    whose = None if new.for_all else user.id
    channel = Channel(str(uuid4()), user.organisation, whose, new.way, label, shown, events, False, desk.now(), user.id)
    with desk.open_db() as db, writing(db):
        if channels.count_channels(db, user.organisation) >= MAX_CHANNELS:
            raise BadInput(f"There are {MAX_CHANNELS} channels already. Remove one that is not used any more.")
        channels.insert_channel(db, channel, Target(new.way, address, secret))
        _record(desk, db, user, Deed.CREATED, channel)
    return channel, secret


@allowed(Action.WRITE)
def renew_secret(desk: Desk, user: User, channel_id: str) -> str:
    """Another secret for a webhook, told this once; NotNow where the channel is a service, which has none."""
    secret = token_hex(_SECRET_BYTES)
    with desk.open_db() as db, writing(db):
        channel = _get_own(db, user, channel_id)
        if channel.way is not Way.WEBHOOK:
            raise NotNow("Only a webhook has a secret. Nothing was changed.")
        channels.set_secret(db, user.organisation, user, channel_id, secret)
        _record(desk, db, user, Deed.RENEWED, channel)
    return secret


@allowed(Action.WRITE)
def pause_channel(desk: Desk, user: User, channel_id: str) -> None:
    """Tell nothing by a channel until it is resumed; what waits for it is given up."""
    now = desk.now()
    with desk.open_db() as db, writing(db):
        channel = _get_own(db, user, channel_id)
        if channel.paused:
            return
        channels.set_paused(db, user.organisation, user, channel_id, now)
        deliveries.end_waiting(db, user.organisation, user, channel_id, _PAUSED, now)
        _record(desk, db, user, Deed.PAUSED, channel)


@allowed(Action.WRITE)
def resume_channel(desk: Desk, user: User, channel_id: str) -> None:
    """Have a paused channel tell again."""
    with desk.open_db() as db, writing(db):
        channel = _get_own(db, user, channel_id)
        if channel.paused:
            channels.set_paused(db, user.organisation, user, channel_id, None)
            _record(desk, db, user, Deed.RESUMED, channel)


@allowed(Action.WRITE)
def remove_channel(desk: Desk, user: User, channel_id: str) -> None:
    """Take a channel away; what waits for it is given up. It can be put back for an hour."""
    now = desk.now()
    with desk.open_db() as db, writing(db):
        channel = _get_own(db, user, channel_id)
        channels.remove_channel(db, user.organisation, user, channel_id, now)
        deliveries.end_waiting(db, user.organisation, user, channel_id, _REMOVED, now)
        _record(desk, db, user, Deed.REMOVED, channel)


@allowed(Action.WRITE)
def restore_channel(desk: Desk, user: User, channel_id: str) -> None:
    """Put back a channel that was just removed; NotFound where it is too late for that."""
    with desk.open_db() as db, writing(db):
        if not channels.restore_channel(db, user.organisation, user, channel_id):
            raise NotFound("This channel is gone for good. Add it again.")
        _record(desk, db, user, Deed.RESTORED, _get_own(db, user, channel_id))


@allowed(Action.WRITE)
def try_channel(desk: Desk, user: User, channel_id: str) -> Answer:
    """Send a test by a channel, at once and once; gives what was answered, which the log keeps too."""
    now = desk.now()
    with desk.open_db() as db, writing(db):
        channel = _get_own(db, user, channel_id)
        notice = Notice(Event.TEST, user.organisation, now)
        taken = deliveries.insert_delivery(db, str(uuid4()), channel_id, notice, now + LEASE)
        _record(desk, db, user, Deed.TESTED, channel)
    return send(desk, taken, retry=False)


@allowed(Action.READ)
def list_deliveries(desk: Desk, user: User, channel_id: str, limit: int = 50) -> list[Delivery]:
    """What a channel was sent, newest first; NotFound for absent and foreign channels alike."""
    with desk.open_db() as db:
        channels.get_channel(db, user.organisation, user, channel_id)
        return deliveries.list_deliveries(db, user.organisation, user, channel_id, limit)


def _record(desk: Desk, db: Database, user: User, deed: Deed, channel: Channel) -> None:
    """Tell the log by the name: addresses and secrets are nobody else's."""
    record(db, user, desk.now(), deed, Kind.CHANNEL, channel.id, channel.label)


def _get_own(db: Database, user: User, channel_id: str) -> Channel:
    """A channel that the person may change: their own, or the organisation's where they manage it."""
    channel = channels.get_channel(db, user.organisation, user, channel_id)
    refuse_unless_allowed(user, needed_for(channel))
    return channel
