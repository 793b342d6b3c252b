"""Copies of the database: made while it is in use, and looked at before they take its place."""

import sqlite3
from contextlib import closing
from pathlib import Path

from estimate_core.domain.errors import BadInput
from estimate_core.storage.database import Database, connected, rows
from estimate_core.storage.migrations import migrations

_DAMAGED = (
    "The database {path} is damaged ({reason}), so it cannot be relied on. Have whoever looks after Estimate Desk look "
    "at it, or put back an earlier backup."
)
_NEWER = (
    "The database in this archive was made by a newer Estimate Desk (it has seen \u201c{name}\u201d). Update this one, "
    "then try again."
)


def copy_database(db: Database, path: Path) -> None:
    """Write the database as it is at this moment to a new file; others go on reading and writing it meanwhile."""
    target = sqlite3.connect(path)
    try:
        # In one step: what is committed meanwhile waits beside the database and is not in the copy.
        db.conn.backup(target)
    finally:
        target.close()


def check_copy(path: Path) -> None:
    """Raise BadInput where a copy is no whole database, or was made by a newer program."""
    try:
        with connected(path) as db:
            reason = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
            seen = list_migrations(db)
    except sqlite3.DatabaseError as error:
        raise BadInput(_DAMAGED.format(path=path.name, reason=error)) from error
    except UnicodeDecodeError as error:
        # SQLite tells of a damaged schema in the words of the schema, and these need be no text any more.
        raise BadInput(_DAMAGED.format(path=path.name, reason="its tables are not legible")) from error
    if reason != "ok":
        raise BadInput(_DAMAGED.format(path=path.name, reason=reason))
    refuse_newer(seen)


def refuse_newer(seen: tuple[str, ...]) -> None:
    """Raise BadInput for migrations that this program does not have."""
    with closing(Database(memory=True)) as empty:
        known = {migration.name for migration in migrations.pending(empty)}
    for name in seen:
        if name not in known:
            raise BadInput(_NEWER.format(name=name))


def list_migrations(db: Database) -> tuple[str, ...]:
    """The names of the migrations that a database has seen, in their order."""
    return tuple(migration.name for migration in migrations.applied(db))


def count_rows(db: Database) -> dict[str, int]:
    """How many rows each table has."""
    return {table: count_of(db, table) for table in list_tables(db)}


def count_of(db: Database, table: str) -> int:
    """How many rows a table has."""
    return int(rows(db, f'SELECT count(*) AS number FROM "{table}"')[0]["number"])


def list_tables(db: Database) -> list[str]:
    """The names of all tables but SQLite's own."""
    sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    return [row["name"] for row in rows(db, sql)]
