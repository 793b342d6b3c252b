"""The database: how to connect, the tables and their migrations, transactions, and how times are spelled.

SQLite in WAL mode. A connection belongs to one thread and one use: open it, use it, close it.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from estimate_core.domain.errors import BadInput
from estimate_core.storage.files import NO_ROOM, NOT_WRITABLE, set_aside

__all__ = ["Database", "Row", "connected", "find_row", "migrate", "open_database", "read_time"]
__all__ += ["rows", "time_text", "writing"]

Row = dict[str, Any]
"""A row of a table by column name."""
Values = Sequence[object] | Mapping[str, object]
"""What stands for the `?` of a statement in order, or for its `:names`."""

BUSY_SECONDS = 30
"""How long a statement waits while another process writes."""
_COMPACT_BUSY_MS = 1_000
"""Compacting can wait for another day, so it does not wait for long."""
_WAL_TRIES = 50

migrations = Migrations("estimate_desk")


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
_TROUBLES = (
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
    is_damaged = type(error) is sqlite3.DatabaseError or "malformed" in str(error) or "disk I/O" in str(error)
    return told or (_DAMAGED.format(error=error) if is_damaged else None)


def prepare_database(path: Path) -> None:
    """Have a database of today's form at `path`; BadInput says what to do with one that cannot be used."""
    try:
        with connected(path) as db:
            migrate(db)
    except sqlite3.DatabaseError as error:
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
    return set_aside(path, ("-wal", "-shm"))


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


_FIRST_TABLES = (
    "CREATE TABLE organisations (id TEXT PRIMARY KEY, name TEXT NOT NULL)",
    """CREATE TABLE users (
        id TEXT PRIMARY KEY,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        name TEXT NOT NULL,
        open_estimate TEXT)""",
    """CREATE TABLE schedules (
        id TEXT PRIMARY KEY,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        category TEXT NOT NULL,
        edition TEXT NOT NULL,
        filename TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        items INTEGER NOT NULL,
        errors INTEGER NOT NULL,
        warnings INTEGER NOT NULL,
        notes INTEGER NOT NULL,
        is_sample INTEGER NOT NULL DEFAULT 0,
        created TEXT NOT NULL,
        created_by TEXT NOT NULL,
        retired TEXT,
        UNIQUE (organisation, content_hash))""",
    """CREATE TABLE estimates (
        id TEXT PRIMARY KEY,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        schedule TEXT NOT NULL REFERENCES schedules (id),
        name TEXT NOT NULL,
        work_type TEXT NOT NULL,
        amount TEXT NOT NULL,
        lines INTEGER NOT NULL,
        version INTEGER NOT NULL,
        newest_version INTEGER NOT NULL,
        created TEXT NOT NULL,
        changed TEXT NOT NULL,
        changed_by TEXT NOT NULL,
        deleted TEXT)""",
    "CREATE INDEX estimates_by_change ON estimates (organisation, changed)",
    """CREATE TABLE estimate_states (
        estimate TEXT NOT NULL REFERENCES estimates (id) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (estimate, version))""",
    """CREATE TABLE jobs (
        id TEXT PRIMARY KEY,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        user TEXT NOT NULL,
        type TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'queued',
        progress INTEGER NOT NULL DEFAULT 0,
        step TEXT NOT NULL DEFAULT '',
        steps TEXT NOT NULL DEFAULT '[]',
        work_name TEXT NOT NULL DEFAULT '',
        estimate TEXT NOT NULL,
        schedule TEXT NOT NULL,
        schedule_title TEXT NOT NULL DEFAULT '',
        lines INTEGER NOT NULL DEFAULT 0,
        snapshot TEXT NOT NULL DEFAULT '{}',
        result TEXT NOT NULL DEFAULT '{}',
        error_message TEXT NOT NULL DEFAULT '',
        error_log TEXT NOT NULL DEFAULT '',
        attempts INTEGER NOT NULL DEFAULT 0,
        worker TEXT,
        heartbeat TEXT,
        not_before TEXT,
        created TEXT NOT NULL,
        started TEXT,
        completed TEXT)""",
    "CREATE INDEX jobs_by_creation ON jobs (organisation, created)",
    "CREATE INDEX jobs_by_status ON jobs (status)",
    """CREATE TABLE outputs (
        id TEXT PRIMARY KEY,
        job TEXT NOT NULL REFERENCES jobs (id),
        organisation TEXT NOT NULL REFERENCES organisations (id),
        filename TEXT NOT NULL,
        file_type TEXT NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        downloads INTEGER NOT NULL DEFAULT 0,
        created TEXT NOT NULL)""",
    "CREATE INDEX outputs_by_job ON outputs (job)",
    "CREATE TABLE workers (id TEXT PRIMARY KEY, started TEXT NOT NULL, seen TEXT NOT NULL)",
)


_READING_AS_A_JOB = (
    "ALTER TABLE schedules ADD COLUMN groups INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE schedules ADD COLUMN format INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE jobs ADD COLUMN content_hash TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE jobs ADD COLUMN dismissed TEXT",
    "CREATE INDEX jobs_by_content ON jobs (organisation, content_hash) WHERE content_hash <> ''",
    "CREATE INDEX estimates_by_schedule ON estimates (schedule)",
)


_CHARGES_AND_OFFICE = (
    """CREATE TABLE profiles (
        id TEXT PRIMARY KEY,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        name TEXT NOT NULL,
        rows TEXT NOT NULL,
        changed TEXT NOT NULL,
        changed_by TEXT NOT NULL,
        UNIQUE (organisation, name))""",
    """CREATE TABLE offices (
        organisation TEXT PRIMARY KEY REFERENCES organisations (id),
        department TEXT NOT NULL,
        signatures TEXT NOT NULL,
        changed TEXT NOT NULL,
        changed_by TEXT NOT NULL)""",
)


_SURE_JOBS = (
    # Attempts that an error ended, and attempts whose worker died: each kind has a limit of its own.
    "ALTER TABLE jobs ADD COLUMN faults INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE jobs ADD COLUMN losses INTEGER NOT NULL DEFAULT 0",
    # When the running attempt began.
    "ALTER TABLE jobs ADD COLUMN claimed TEXT",
    # What a program calls a job, so that asking twice makes one.
    "ALTER TABLE jobs ADD COLUMN idempotency_key TEXT",
    "CREATE UNIQUE INDEX jobs_by_key ON jobs (organisation, user, idempotency_key) WHERE idempotency_key IS NOT NULL",
    # When the file was deleted because it was kept long enough; its row stays as history.
    "ALTER TABLE outputs ADD COLUMN removed TEXT",
    """CREATE TABLE turns (
        organisation TEXT PRIMARY KEY REFERENCES organisations (id),
        turn INTEGER NOT NULL)""",
    """CREATE TABLE retentions (
        organisation TEXT PRIMARY KEY REFERENCES organisations (id),
        days INTEGER NOT NULL,
        changed TEXT NOT NULL,
        changed_by TEXT NOT NULL)""",
    """CREATE TABLE channels (
        id TEXT PRIMARY KEY,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        user TEXT,
        kind TEXT NOT NULL,
        label TEXT NOT NULL,
        address TEXT NOT NULL,
        secret TEXT NOT NULL DEFAULT '',
        events TEXT NOT NULL,
        created TEXT NOT NULL,
        created_by TEXT NOT NULL)""",
    "CREATE INDEX channels_by_organisation ON channels (organisation)",
    """CREATE TABLE deliveries (
        id TEXT PRIMARY KEY,
        channel TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        job TEXT,
        event TEXT NOT NULL,
        body TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'waiting',
        attempts INTEGER NOT NULL DEFAULT 0,
        not_before TEXT,
        answer TEXT NOT NULL DEFAULT '',
        created TEXT NOT NULL,
        ended TEXT)""",
    "CREATE INDEX deliveries_by_status ON deliveries (status, not_before)",
    "CREATE INDEX deliveries_by_channel ON deliveries (channel, created)",
)


_CHANNELS_KEPT = (
    # What people are shown of an address, when a channel was paused, and when it was removed.
    "ALTER TABLE channels ADD COLUMN shown TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE channels ADD COLUMN paused TEXT",
    "ALTER TABLE channels ADD COLUMN removed TEXT",
)


_CHORES = ("CREATE TABLE chores (name TEXT PRIMARY KEY, done TEXT NOT NULL)",)


@migrations()
def first_tables(db: Database) -> None:
    """Organisations, people, schedules, estimates and their states, jobs, outputs, workers."""
    for statement in _FIRST_TABLES:
        db.execute(statement)


@migrations()
def reading_as_a_job(db: Database) -> None:
    """How many groups a schedule has and in which format it was read; which content a job reads, and its dismissal."""
    for statement in _READING_AS_A_JOB:
        db.execute(statement)


@migrations()
def charges_and_office(db: Database) -> None:
    """Named charge profiles of an organisation; what it says of itself on paper."""
    for statement in _CHARGES_AND_OFFICE:
        db.execute(statement)


@migrations()
def sure_jobs(db: Database) -> None:
    """Why attempts ended, whose turn it is, how long files are kept, who is told of a job's end and what they were."""
    for statement in _SURE_JOBS:
        db.execute(statement)


@migrations()
def channels_kept(db: Database) -> None:
    """The masked address of a channel; its pause and its removal, which can be undone."""
    for statement in _CHANNELS_KEPT:
        db.execute(statement)


@migrations()
def chores_done(db: Database) -> None:
    """When what is done once a day was done last."""
    for statement in _CHORES:
        db.execute(statement)
