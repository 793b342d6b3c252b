"""What people and organisations use: active jobs, jobs of the last hour, the bytes of kept files.

Schedules that are read anew after an update were asked for by nobody, so they count for nobody.
"""

from dataclasses import dataclass
from datetime import datetime

from estimate_core.domain.job import JobType
from estimate_core.storage.database import Database, find_row, read_time, rows, time_text

_ASKED = f"""NOT (type = '{JobType.READ}' AND EXISTS (
    SELECT 1 FROM schedules WHERE schedules.id = jobs.schedule AND schedules.created < jobs.created))"""


@dataclass(frozen=True)
class KindUse:
    """The files that jobs of one type made and that are kept: how many, and their bytes."""

    type: JobType
    files: int
    size: int


def count_active(db: Database, organisation: str, user_id: str) -> int:
    """How many jobs of a person are queued or running."""
    sql = f"""SELECT count(*) AS n FROM jobs WHERE organisation = ? AND user = ? AND status IN ('queued', 'running')
        AND {_ASKED}"""
    return int(rows(db, sql, (organisation, user_id))[0]["n"])


def count_asked(db: Database, organisation: str, since: datetime) -> int:
    """How many jobs an organisation asked for since a time."""
    sql = f"SELECT count(*) AS n FROM jobs WHERE organisation = ? AND created > ? AND {_ASKED}"
    return int(rows(db, sql, (organisation, time_text(since)))[0]["n"])


def find_oldest_but(db: Database, organisation: str, since: datetime, count: int) -> datetime | None:
    """When the organisation made the job that has `count` - 1 younger ones since a time; None where it has fewer."""
    sql = f"""SELECT created FROM jobs WHERE organisation = ? AND created > ? AND {_ASKED}
        ORDER BY created DESC LIMIT 1 OFFSET ?"""
    row = find_row(db, sql, (organisation, time_text(since), count - 1))
    return read_time(row["created"]) if row else None


def sum_files(db: Database, organisation: str) -> int:
    """The bytes of the files that the organisation keeps."""
    sql = "SELECT coalesce(sum(size), 0) AS size FROM outputs WHERE organisation = ? AND removed IS NULL"
    return int(rows(db, sql, (organisation,))[0]["size"])


def list_kinds(db: Database, organisation: str) -> list[KindUse]:
    """The files that the organisation keeps, by the type of job that made them, largest first."""
    sql = """SELECT type, count(*) AS files, sum(size) AS size FROM outputs JOIN jobs ON jobs.id = outputs.job
        WHERE outputs.organisation = ? AND removed IS NULL GROUP BY type ORDER BY sum(size) DESC"""
    return [KindUse(JobType(row["type"]), row["files"], row["size"]) for row in rows(db, sql, (organisation,))]
