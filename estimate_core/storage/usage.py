"""What people and organisations use: active jobs, jobs of the last hour, the bytes of kept files."""

from datetime import datetime

from estimate_core.storage.database import Database, find_row, read_time, rows, time_text


def count_active(db: Database, organisation: str, user_id: str) -> int:
    """How many jobs of a person are queued or running."""
    sql = "SELECT count(*) AS n FROM jobs WHERE organisation = ? AND user = ? AND status IN ('queued', 'running')"
    return int(rows(db, sql, (organisation, user_id))[0]["n"])


def find_oldest_but(db: Database, organisation: str, since: datetime, count: int) -> datetime | None:
    """When the organisation made the job that has `count` - 1 younger ones since a time; None where it has fewer."""
    sql = """SELECT created FROM jobs WHERE organisation = ? AND created > ?
        ORDER BY created DESC LIMIT 1 OFFSET ?"""
    row = find_row(db, sql, (organisation, time_text(since), count - 1))
    return read_time(row["created"]) if row else None


def count_files(db: Database, organisation: str) -> tuple[int, int]:
    """How many files of jobs the organisation keeps, and their bytes."""
    sql = (
        "SELECT count(*) AS n, coalesce(sum(size), 0) AS bytes FROM outputs WHERE organisation = ? AND removed IS NULL"
    )
    row = rows(db, sql, (organisation,))[0]
    return row["n"], row["bytes"]
