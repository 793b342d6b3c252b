"""Rows of the files that jobs made."""

from dataclasses import dataclass
from datetime import datetime

from estimate_core.domain.errors import NotFound
from estimate_core.domain.job import Output
from estimate_core.storage.database import Database, Row, find_row, read_time, rows, time_text

_NO_OUTPUT = "This file does not exist. Open the list of jobs and choose one from it."


@dataclass(frozen=True)
class Kept:
    """A file, the SHA-256 that its bytes must have, and when it was deleted in time, if it was."""

    output: Output
    sha256: str
    removed: datetime | None


def insert_output(db: Database, output: Output, sha256: str) -> None:
    """Write the row of a published file."""
    sql = (
        "INSERT INTO outputs (id, job, organisation, filename, file_type, size, sha256, downloads, created) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)"
    )
    row = (output.id, output.job, output.organisation, output.filename, output.file_type, output.size)
    db.execute(sql, [*row, sha256, time_text(output.created)])


def get_output(db: Database, organisation: str, output_id: str) -> Output:
    """A file of the organisation; NotFound for absent and foreign ones alike."""
    return get_kept(db, organisation, output_id).output


def get_kept(db: Database, organisation: str, output_id: str) -> Kept:
    """A file with what its bytes must be; NotFound for absent and foreign ones alike."""
    row = find_row(db, "SELECT * FROM outputs WHERE id = ? AND organisation = ?", [output_id, organisation])
    if row is None:
        raise NotFound(_NO_OUTPUT)
    return kept_of_row(row)


def list_kept(db: Database, organisation: str, job_id: str) -> list[Kept]:
    """The files of a job with what their bytes must be, oldest first."""
    sql = "SELECT * FROM outputs WHERE job = ? AND organisation = ? ORDER BY created, rowid"
    return [kept_of_row(row) for row in rows(db, sql, [job_id, organisation])]


def list_all_kept(db: Database, organisation: str) -> list[Kept]:
    """The files of all jobs of an organisation that were not deleted in time, oldest first."""
    sql = "SELECT * FROM outputs WHERE organisation = ? AND removed IS NULL ORDER BY created, rowid"
    return [kept_of_row(row) for row in rows(db, sql, [organisation])]


def list_outputs(db: Database, organisation: str, job_id: str) -> list[Output]:
    """The files of a job, oldest first."""
    return [kept.output for kept in list_kept(db, organisation, job_id)]


def count_download(db: Database, organisation: str, output_id: str) -> None:
    """Count one download more."""
    sql = "UPDATE outputs SET downloads = downloads + 1 WHERE id = ? AND organisation = ?"
    db.execute(sql, [output_id, organisation])


def output_of_row(row: Row) -> Output:
    """The file of a row of `outputs`."""
    return Output(
        id=row["id"],
        job=row["job"],
        organisation=row["organisation"],
        filename=row["filename"],
        file_type=row["file_type"],
        size=row["size"],
        downloads=row["downloads"],
        created=read_time(row["created"]),
    )


def kept_of_row(row: Row) -> Kept:
    """The file of a row of `outputs`, and what is known of its content."""
    return Kept(output_of_row(row), row["sha256"], read_time(row["removed"]) if row["removed"] else None)
