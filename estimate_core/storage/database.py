"""The database: how to connect, transactions, troubles, and how times are spelled. Its tables are in `migrations`.

SQLite in WAL mode. A connection belongs to one thread and one use: open it, use it, close it.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from estimate_core.domain.errors import BadInput
from estimate_core.storage.files import NO_ROOM, NOT_WRITABLE, make_private, set_aside
from estimate_core.storage.migrations import migrations

__all__ = ["Database", "Row", "connected", "find_row", "migrate", "open_database", "read_time", "reading"]
__all__ += ["rows", "time_text", "writing"]

Row = dict[str, Any]
"""A row of a table by column name."""
Values = Sequence[object] | Mapping[str, object]
"""What stands for the `?` of a statement in order, or for its `:names`."""

COMPANIONS = ("-wal", "-shm")
"""What SQLite puts beside a database, with the rights that the database has."""
BUSY_SECONDS = 30
"""How long a statement waits while another process writes."""
_COMPACT_BUSY_MS = 1_000
"""Compacting can wait for another day, so it does not wait for long."""
_WAL_TRIES = 50


def open_database(path: Path) -> Database:
    """A connection to the database at `path`, made if absent in an existing folder; the caller closes it."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        _switch_to_wal(connection)
    except BaseException:
        connection.close()
        raise
    return Database(connection, execute_plugins=False)


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Set WAL once per file; two processes that start together must both come through.

    The switch fails at once with "database is locked" while another connection is at it: it does not heed
    the busy timeout. BEGIN IMMEDIATE does, so it serves as the wait between two tries.
    """
    for tries_left in reversed(range(_WAL_TRIES)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if not tries_left:
                raise
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")


_BUSY = (
    "Estimate Desk is busy at this moment, so this was not saved. Try again; if it happens again, tell whoever looks "
    "after it."
)
_DAMAGED = (
    "The database of Estimate Desk cannot be read ({error}). Tell whoever looks after it: it is to be looked at, "
    "or put back from a backup."
)
_DISK = (
    "The disk of the server cannot be read or written at this moment: it may be full, or failing. What was saved "
    "before is not touched by this. Ask whoever looks after Estimate Desk to look at the disk, then try again."
)
_TROUBLES = (
    ("disk I/O", _DISK),
    ("is full", NO_ROOM),
    ("readonly", NOT_WRITABLE),
    ("unable to open", NOT_WRITABLE),
    ("locked", _BUSY),
)


def find_trouble(error: BaseException) -> str | None:
    """What to say where the database does not serve; None for errors of the program's own."""
    if not isinstance(error, sqlite3.DatabaseError) or isinstance(error, sqlite3.IntegrityError):
        return None
    told = next((sentence for words, sentence in _TROUBLES if words in str(error)), "")
    is_damaged = type(error) is sqlite3.DatabaseError or "malformed" in str(error)
    return told or (_DAMAGED.format(error=error) if is_damaged else None)


def prepare_database(path: Path) -> None:
    """Have a database of today's form at `path`, its owner's alone; BadInput says what to do where that cannot be."""
    try:
        make_private(path, COMPANIONS)
        with connected(path) as db:
            migrate(db)
    except (sqlite3.DatabaseError, OSError) as error:
        raise BadInput(
            f"The database {path} cannot be used ({error}). It is left as it is. Stop what else may use it, or put a "
            "backup in its place, or move it away to begin anew, then start again."
        ) from error


def set_aside_damaged(path: Path) -> Path | None:
    """Rename a file that is no whole database, so that a new one takes its place; gives its new name, else None."""
    try:
        with connected(path) as db:
            if db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok":
                return None
    except sqlite3.OperationalError:
        # Locked, or not to be opened: nothing that a new file would mend.
        return None
    except sqlite3.DatabaseError:
        pass
    return set_aside(path, COMPANIONS)


@contextmanager
def connected(path: Path) -> Iterator[Database]:
    """A connection that is closed at the end of the block."""
    db = open_database(path)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def writing(db: Database) -> Iterator[Database]:
    """A transaction that holds the write lock from its start, committed at the end, rolled back on any error.

    BEGIN alone takes the lock at the first write; a read-modify-write then fails with "database is locked"
    as soon as another connection wrote in between.
    """
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield db
        db.conn.execute("COMMIT")
    except BaseException:
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK")
        raise


@contextmanager
def reading(db: Database) -> Iterator[Database]:
    """A transaction that sees the database as it is at its first look, whatever others write meanwhile."""
    db.conn.execute("BEGIN")
    try:
        yield db
    finally:
        db.conn.execute("ROLLBACK")


def migrate(db: Database) -> None:
    """Apply the migrations that this database has not seen; safe when two processes start together."""
    with writing(db):
        migrations.apply(db)


def compact(db: Database) -> bool:
    """Give back the room that deleted rows took; False where the database is in use or its disk full: no harm."""
    db.execute(f"PRAGMA busy_timeout = {_COMPACT_BUSY_MS}")
    try:
        if db.execute("PRAGMA freelist_count").fetchone()[0]:
            db.execute("VACUUM")
        is_busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.OperationalError:
        return False
    finally:
        db.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    return not is_busy


def rows(db: Database, sql: str, values: Values = ()) -> list[Row]:
    """All rows of a query."""
    cursor = db.execute(sql, dict(values) if isinstance(values, Mapping) else tuple(values))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def find_row(db: Database, sql: str, values: Values = ()) -> Row | None:
    """The first row of a query, or None."""
    return next(iter(rows(db, sql, values)), None)


def time_text(moment: datetime) -> str:
    """ISO-8601 in UTC, always with microseconds, so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def read_time(text: str) -> datetime:
    """The UTC time that `time_text` spelled."""
    return datetime.fromisoformat(text)
