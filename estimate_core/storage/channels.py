"""Rows of channels: who is told and by which way. Addresses and secrets leave this room only to be sent to."""

from dataclasses import dataclass, field
from datetime import datetime

from estimate_core.domain.errors import NotFound
from estimate_core.domain.notice import Channel, Event, Way
from estimate_core.domain.people import User
from estimate_core.storage.database import Database, Row, find_row, read_time, rows, time_text

NO_CHANNEL = "This channel does not exist, or it was removed. Choose one from the list."
SEEN = "organisation = ? AND (user IS NULL OR user = ?)"
"""A person sees the channels of the organisation and their own."""
_GONE = """SELECT 1 FROM users u LEFT JOIN accounts a ON a.id = u.account
    WHERE u.id = channels.user AND (u.removed IS NOT NULL OR a.disabled IS NOT NULL)"""
"""Whoever has no way in any more is told nothing by a channel of their own."""


@dataclass(frozen=True)
class Target:
    """Where a channel leads: the whole address, and the secret that signs what is sent to a webhook."""

    way: Way
    address: str = field(repr=False)
    secret: str = field(repr=False)


def insert_channel(db: Database, channel: Channel, target: Target) -> None:
    """Write a new channel with where it leads."""
    sql = (
        "INSERT INTO channels "
        "(id, organisation, user, kind, label, address, shown, secret, events, created, created_by) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    whose = (channel.id, channel.organisation, channel.user, channel.way.value, channel.label)
    where = (target.address, channel.address, target.secret, " ".join(channel.events))
    db.execute(sql, [*whose, *where, time_text(channel.created), channel.created_by])


def list_channels(db: Database, organisation: str, user: User) -> list[Channel]:
    """The channels that a person sees, by label."""
    sql = f"SELECT * FROM channels WHERE {SEEN} AND removed IS NULL ORDER BY label COLLATE NOCASE, id"
    return [_channel(row) for row in rows(db, sql, [organisation, user.id])]


def get_channel(db: Database, organisation: str, user: User, channel_id: str) -> Channel:
    """A channel that a person sees; NotFound for absent, removed and foreign ones alike."""
    sql = f"SELECT * FROM channels WHERE {SEEN} AND id = ? AND removed IS NULL"
    row = find_row(db, sql, [organisation, user.id, channel_id])
    if row is None:
        raise NotFound(NO_CHANNEL)
    return _channel(row)


def count_channels(db: Database, organisation: str) -> int:
    """How many channels an organisation has, those of its people among them."""
    sql = "SELECT count(*) AS number FROM channels WHERE organisation = ? AND removed IS NULL"
    return int(rows(db, sql, [organisation])[0]["number"])


def find_told(db: Database, organisation: str, user_id: str, event: Event) -> list[str]:
    """The ids of the channels that want to be told of an event of a person's job."""
    sql = f"""SELECT id, events FROM channels WHERE {SEEN} AND removed IS NULL AND paused IS NULL
        AND NOT EXISTS ({_GONE}) ORDER BY rowid"""
    return [row["id"] for row in rows(db, sql, [organisation, user_id]) if event in row["events"].split()]


def get_target(db: Database, channel_id: str) -> Target:
    """Where a channel leads; for sending only."""
    row = find_row(db, "SELECT kind, address, secret FROM channels WHERE id = ?", [channel_id])
    if row is None:
        raise NotFound(NO_CHANNEL)
    return Target(Way(row["kind"]), row["address"], row["secret"])


def set_secret(db: Database, organisation: str, user: User, channel_id: str, secret: str) -> None:
    """Another secret for a channel that the person sees; what the one before signed is worth nothing any more."""
    db.execute(f"UPDATE channels SET secret = ? WHERE {SEEN} AND id = ?", [secret, organisation, user.id, channel_id])


def set_paused(db: Database, organisation: str, user: User, channel_id: str, since: datetime | None) -> None:
    """Pause a channel that the person sees from a time on, or have it tell again."""
    text = time_text(since) if since else None
    db.execute(f"UPDATE channels SET paused = ? WHERE {SEEN} AND id = ?", [text, organisation, user.id, channel_id])


def remove_channel(db: Database, organisation: str, user: User, channel_id: str, now: datetime) -> None:
    """Take a channel away that the person sees; its row stays for a while, so that it can be put back."""
    sql = f"UPDATE channels SET removed = ? WHERE {SEEN} AND id = ?"
    db.execute(sql, [time_text(now), organisation, user.id, channel_id])


def restore_channel(db: Database, organisation: str, user: User, channel_id: str) -> bool:
    """Put back a removed channel that the person saw; False where there is none."""
    sql = f"UPDATE channels SET removed = NULL WHERE {SEEN} AND id = ? AND removed IS NOT NULL"
    return bool(db.execute(sql, [organisation, user.id, channel_id]).rowcount == 1)


def delete_removed(db: Database, before: datetime) -> None:
    """Delete the channels that were removed before a time, with their addresses, secrets and deliveries."""
    db.execute("DELETE FROM channels WHERE removed < ?", [time_text(before)])


def _channel(row: Row) -> Channel:
    return Channel(
        id=row["id"],
        organisation=row["organisation"],
        user=row["user"],
        way=Way(row["kind"]),
        label=row["label"],
        address=row["shown"],
        events=tuple(Event(event) for event in row["events"].split()),
        paused=row["paused"] is not None,
        created=read_time(row["created"]),
        created_by=row["created_by"],
    )
