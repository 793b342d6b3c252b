"""Rows of the audit log; the database itself refuses to change or delete them."""

from datetime import datetime

from estimate_core.domain.audit import AuditFilter, Deed, Entry, Kind
from estimate_core.storage.database import Database, Row, find_row, read_time, rows, time_text


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


def entries_behind(
    db: Database, organisation: str, wanted: AuditFilter, limit: int, after: int | None = None
) -> list[Entry]:
    """The newest lines, or the next older ones than that of the number `after`, newest first."""
    sql = """SELECT * FROM audit WHERE organisation = :organisation AND (:after IS NULL OR id < :after)
            AND (:person IS NULL OR user = :person OR (user IS NULL AND name = :person))
            AND (:kind IS NULL OR kind = :kind) AND (:deed IS NULL OR deed = :deed)
            AND (:since IS NULL OR at >= :since) AND (:until IS NULL OR at < :until)
            AND (:text = '' OR instr(lower(label || char(10) || object || char(10) || name || char(10) || address),
                lower(:text)))
        ORDER BY id DESC LIMIT :limit"""
    times = {name: time_text(at) if at else None for name, at in (("since", wanted.since), ("until", wanted.until))}
    asked = vars(wanted) | times | {"organisation": organisation, "limit": limit, "after": after}
    return [_entry(row) for row in rows(db, sql, asked)]


def count_up_to(db: Database, organisation: str, number: int) -> int:
    """How many lines of the organisation there are up to one: that one's place, which says nothing of others' logs."""
    sql = "SELECT count(*) AS place FROM audit WHERE organisation = ? AND id <= ?"
    return int(rows(db, sql, (organisation, number))[0]["place"])


def find_number(db: Database, organisation: str, place: int) -> int | None:
    """The number of the organisation's line at a place, 1 for its oldest, or None."""
    sql = "SELECT id FROM audit WHERE organisation = ? ORDER BY id LIMIT 1 OFFSET ?"
    row = find_row(db, sql, (organisation, place - 1)) if place > 0 else None
    return row["id"] if row else None


def _entry(row: Row) -> Entry:
    return Entry(
        at=read_time(row["at"]),
        user=row["user"],
        name=row["name"],
        deed=Deed(row["deed"]),
        kind=Kind(row["kind"]),
        object=row["object"],
        label=row["label"],
        way=row["way"],
        address=row["address"],
        number=row["id"],
    )
