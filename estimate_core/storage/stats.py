"""Figures of the whole desk for who looks after it: counts and times, without names of anybody or anything."""

from dataclasses import dataclass
from datetime import datetime

from estimate_core.domain.job import JobType, Status
from estimate_core.storage.database import Database, find_row, read_time, rows

DURATIONS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds of the classes of durations, in seconds; the last class has none."""


@dataclass(frozen=True)
class Durations:
    """How long completed jobs of a type took: how many up to each bound of `DURATIONS` and in all, and their sum."""

    type: JobType
    up_to: tuple[int, ...]
    count: int
    seconds: float


def count_jobs(db: Database) -> dict[tuple[JobType, Status], int]:
    """How many jobs there are of each type in each state."""
    counted = rows(db, "SELECT type, status, count(*) AS n FROM jobs GROUP BY type, status")
    return {(JobType(row["type"]), Status(row["status"])): row["n"] for row in counted}


def list_durations(db: Database) -> list[Durations]:
    """How long the completed jobs of each type took, from the beginning of their last attempt."""
    span = "(julianday(completed) - julianday(coalesce(claimed, started))) * 86400"
    classes = ", ".join(f"sum(span <= {bound}) AS c{number}" for number, bound in enumerate(DURATIONS))
    sql = f"""WITH spans AS (SELECT type, max(0, {span}) AS span FROM jobs WHERE status = 'completed')
        SELECT type, count(*) AS n, sum(span) AS seconds, {classes} FROM spans GROUP BY type"""
    return [
        Durations(
            JobType(row["type"]),
            tuple(row[f"c{number}"] for number in range(len(DURATIONS))),
            row["n"],
            row["seconds"],
        )
        for row in rows(db, sql)
    ]


def find_oldest_waiting(db: Database) -> datetime | None:
    """When the queued job was made that waits longest, or None."""
    row = find_row(db, "SELECT min(created) AS created FROM jobs WHERE status = 'queued'")
    return read_time(row["created"]) if row and row["created"] else None


def sum_outputs(db: Database) -> int:
    """The bytes of all kept files of jobs."""
    return int(rows(db, "SELECT coalesce(sum(size), 0) AS bytes FROM outputs WHERE removed IS NULL")[0]["bytes"])
