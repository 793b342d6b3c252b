"""Rows of the audit log; the database itself refuses to change or delete them."""

from datetime import datetime

from estimate_core.domain.audit import Entry
from estimate_core.storage.database import Database, find_row, time_text


def add_entry(db: Database, organisation: str, entry: Entry) -> None:
    """Add a line to the organisation's log; call it inside `writing`, with what it tells of."""
    db.execute(
        """INSERT INTO audit (organisation, at, user, name, deed, kind, object, label, way, address)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            organisation,
            time_text(entry.at),
            entry.user,
            entry.name,
            entry.deed,
            entry.kind,
            entry.object,
            entry.label,
            entry.way,
            entry.address,
        ),
    )


def has_like(db: Database, organisation: str, entry: Entry, since: datetime) -> bool:
    """Whether the log has the same since a time: by that person, through that door and from that address."""
    sql = """SELECT 1 FROM audit WHERE organisation = ? AND object = ? AND at > ? AND at <= ?
        AND user = ? AND deed = ? AND kind = ? AND way = ? AND address = ? LIMIT 1"""
    same = (entry.user, entry.deed, entry.kind, entry.way, entry.address)
    return find_row(db, sql, (organisation, entry.object, time_text(since), time_text(entry.at), *same)) is not None
