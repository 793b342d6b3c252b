"""Tries to sign in that did not succeed, or not yet."""

from datetime import datetime

from estimate_core.storage.database import Database, read_time, rows, time_text


def list_tries(db: Database, whose: str, since: datetime, until: datetime) -> list[datetime]:
    """The times of somebody's tries after one time and until another, oldest first."""
    sql = "SELECT at FROM tries WHERE whose = ? AND at > ? AND at <= ? ORDER BY at"
    return [read_time(row["at"]) for row in rows(db, sql, (whose, time_text(since), time_text(until)))]


def insert_try(db: Database, try_id: str, whose: str, at: datetime) -> None:
    """Count a try."""
    db.execute("INSERT INTO tries (id, whose, at) VALUES (?, ?, ?)", (try_id, whose, time_text(at)))


def forgive_tries(db: Database, try_id: str, whose: str) -> None:
    """Count somebody's tries, and that one try of whoever it was, no more: it succeeded."""
    db.execute("DELETE FROM tries WHERE id = ? OR whose = ?", (try_id, whose))


def delete_other_tries(db: Database, since: datetime, until: datetime) -> None:
    """Forget the tries that `list_tries` does not tell: old ones, and those under a clock that ran ahead."""
    db.execute("DELETE FROM tries WHERE at <= ? OR at > ?", (time_text(since), time_text(until)))
