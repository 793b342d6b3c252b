"""Rows of deliveries, the outbox: written with the job's end, taken one by one, kept for a while as a log.

A delivery that was taken stays `waiting`, but is due again only after a while: a process that dies with it
loses nothing, and whoever takes it later sends it once more under the same id.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from estimate_core.domain.job import JobType
from estimate_core.domain.notice import Delivery, Event, Notice, NoticeFile, State
from estimate_core.domain.people import User
from estimate_core.storage.channels import SEEN
from estimate_core.storage.database import Database, Row, find_row, read_time, rows, time_text

_COLUMNS = "id, channel, event, status, attempts, not_before, answer, created, ended, body"
_SEEN = f"channel IN (SELECT id FROM channels WHERE {SEEN})"


@dataclass(frozen=True)
class Taken:
    """A delivery that is being sent in its nth try; worth nothing once another took it."""

    id: str
    channel: str
    tries: int


def insert_delivery(
    db: Database, delivery_id: str, channel_id: str, notice: Notice, until: datetime | None = None
) -> Taken:
    """Have a notice wait to be sent by a channel; with `until`, it is the caller's first try till then."""
    sql = (
        "INSERT INTO deliveries (id, channel, organisation, job, event, body, created, attempts, not_before) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    about = (notice.organisation, notice.job or None, notice.event.value, notice_to_json(notice))
    taken = Taken(delivery_id, channel_id, 1 if until else 0)
    times = (time_text(notice.created), taken.tries, time_text(until) if until else None)
    db.execute(sql, [delivery_id, channel_id, *about, *times])
    return taken


def find_due(db: Database, now: datetime, far: datetime) -> Taken | None:
    """The delivery that is due the longest, as it stands; one due later than `far` is due too, its clock was wrong."""
    sql = """SELECT id, channel, attempts FROM deliveries
        WHERE status = 'waiting' AND (not_before IS NULL OR not_before <= ? OR not_before > ?)
        ORDER BY coalesce(not_before, created), rowid LIMIT 1"""
    row = find_row(db, sql, [time_text(now), time_text(far)])
    return None if row is None else Taken(row["id"], row["channel"], row["attempts"])


def take(db: Database, seen: Taken, until: datetime) -> Taken | None:
    """One try more at a delivery, nobody else's until then; None where another took or ended it meanwhile."""
    sql = (
        "UPDATE deliveries SET attempts = attempts + 1, not_before = ? "
        "WHERE id = ? AND status = 'waiting' AND attempts = ?"
    )
    if not _changed(db, sql, [time_text(until), seen.id, seen.tries]):
        return None
    return Taken(seen.id, seen.channel, seen.tries + 1)


def get_notice(db: Database, delivery_id: str) -> Notice:
    """What a delivery tells."""
    return notice_from_json(rows(db, "SELECT body FROM deliveries WHERE id = ?", [delivery_id])[0]["body"])


def end(db: Database, taken: Taken, state: State, answer: str, now: datetime) -> bool:
    """Waiting -> sent or failed; False where another took or ended it meanwhile."""
    sql = (
        "UPDATE deliveries SET status = ?, answer = ?, ended = ?, not_before = NULL "
        "WHERE id = ? AND status = 'waiting' AND attempts = ?"
    )
    return _changed(db, sql, [state.value, answer, time_text(now), taken.id, taken.tries])


def rest(db: Database, taken: Taken, answer: str, until: datetime) -> bool:
    """Have a delivery tried again later, and what else waits for its channel not before; False as for `end`."""
    sql = "UPDATE deliveries SET not_before = ?, answer = ? WHERE id = ? AND status = 'waiting' AND attempts = ?"
    if not _changed(db, sql, [time_text(until), answer, taken.id, taken.tries]):
        return False
    others = (
        "UPDATE deliveries SET not_before = :until WHERE channel = :channel AND status = 'waiting' "
        "AND coalesce(not_before, '') < :until"
    )
    db.execute(others, {"until": time_text(until), "channel": taken.channel})
    return True


def end_waiting(db: Database, organisation: str, user: User, channel_id: str, answer: str, now: datetime) -> None:
    """Fail all that waits for a channel that the person sees."""
    sql = f"""UPDATE deliveries SET status = 'failed', answer = ?, ended = ?, not_before = NULL
        WHERE {_SEEN} AND channel = ? AND status = 'waiting'"""
    db.execute(sql, [answer, time_text(now), organisation, user.id, channel_id])


def list_deliveries(db: Database, organisation: str, user: User, channel_id: str, limit: int) -> list[Delivery]:
    """The newest deliveries of a channel that the person sees, newest first."""
    sql = f"""SELECT {_COLUMNS} FROM deliveries WHERE {_SEEN} AND channel = ?
        ORDER BY created DESC, rowid DESC LIMIT ?"""
    return [_delivery(row) for row in rows(db, sql, [organisation, user.id, channel_id, limit])]


def last_deliveries(db: Database, organisation: str, user: User) -> dict[str, Delivery]:
    """The newest delivery of each channel that the person sees, by the channel's id."""
    sql = f"""SELECT {_COLUMNS} FROM (SELECT *, row_number() OVER (
            PARTITION BY channel ORDER BY created DESC, rowid DESC) AS place
        FROM deliveries WHERE {_SEEN}) WHERE place = 1"""
    return {row["channel"]: _delivery(row) for row in rows(db, sql, [organisation, user.id])}


def fail_old(db: Database, before: datetime, answer: str, now: datetime) -> None:
    """Fail what waits since before a time: nobody wants to be told of it any more."""
    sql = (
        "UPDATE deliveries SET status = 'failed', answer = ?, ended = ?, not_before = NULL "
        "WHERE status = 'waiting' AND created < ?"
    )
    db.execute(sql, [answer, time_text(now), time_text(before)])


def trim(db: Database, before: datetime, keep: int) -> None:
    """Delete ended deliveries of before a time, and all but the newest `keep` of each channel."""
    sql = """DELETE FROM deliveries WHERE status <> 'waiting' AND (created < ? OR id IN (
        SELECT id FROM (SELECT id, row_number() OVER (
            PARTITION BY channel ORDER BY created DESC, rowid DESC) AS place FROM deliveries) WHERE place > ?))"""
    db.execute(sql, [time_text(before), keep])


def notice_to_json(notice: Notice) -> str:
    """A notice as JSON text, decimals and times as text."""
    state: dict[str, Any] = {
        **vars(notice),
        "created": time_text(notice.created),
        "grand_total": None if notice.grand_total is None else str(notice.grand_total),
        "files": [vars(file) for file in notice.files],
    }
    return json.dumps(state, ensure_ascii=False, separators=(",", ":"))


def notice_from_json(text: str) -> Notice:
    """The notice that `notice_to_json` spelled."""
    state = json.loads(text)
    total = state["grand_total"]
    spelled = {
        "event": Event(state["event"]),
        "created": read_time(state["created"]),
        "type": JobType(state["type"]) if state["type"] else None,
        "grand_total": None if total is None else Decimal(total),
        "files": tuple(NoticeFile(**file) for file in state["files"]),
    }
    return Notice(**(state | spelled))


def _changed(db: Database, sql: str, values: list[object]) -> bool:
    return bool(db.execute(sql, values).rowcount == 1)


def _delivery(row: Row) -> Delivery:
    return Delivery(
        id=row["id"],
        channel=row["channel"],
        event=Event(row["event"]),
        work_name=json.loads(row["body"])["work_name"],
        state=State(row["status"]),
        tries=row["attempts"],
        next_try=read_time(row["not_before"]) if row["not_before"] else None,
        answer=row["answer"],
        created=read_time(row["created"]),
        ended=read_time(row["ended"]) if row["ended"] else None,
    )
