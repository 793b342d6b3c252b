"""Rows of the audit log; the database itself refuses to change or delete them."""

from estimate_core.domain.audit import Entry
from estimate_core.storage.database import Database, time_text


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
