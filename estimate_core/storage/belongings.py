"""What belongs to an organisation, told by the schema, so that a table that is added later is not forgotten.

A row belongs to the organisation that it names, or that the row names to which it refers.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from estimate_core.storage.database import Database, rows
from estimate_core.storage.snapshot import list_tables

SHARED = frozenset({"workers", "chores", "_sqlite_migrations", "accounts", "sessions", "tries"})
"""Tables whose rows are the desk's and no organisation's in particular: a person may belong to several."""
_SECRETS = {"channels": {"address", "secret"}}
"""Columns by table that lead to others or let somebody speak in another's name: they leave the desk with nobody."""
_SECRET_WORDS = ("secret", "password", "token")
"""What else the names of such columns say."""


@dataclass(frozen=True)
class Belonging:
    """A table with the condition, in SQL, that its rows are those of `:organisation`."""

    table: str
    condition: str


def list_belongings(db: Database) -> list[Belonging]:
    """The tables whose rows belong to organisations, those that are referred to first.

    ValueError for a table of which nothing tells whose its rows are: it is to name the organisation, or be SHARED.
    """
    left = [table for table in list_tables(db) if table not in SHARED]
    found: dict[str, str] = {}
    while left:
        told = {table: condition for table in left if (condition := _condition(db, table, found))}
        if not told:
            raise ValueError(f"nothing tells whose the rows of {', '.join(left)} are")
        found |= told
        left = [table for table in left if table not in told]
    return [Belonging(table, condition) for table, condition in found.items()]


def count_belonging(db: Database, belonging: Belonging, organisation: str) -> int:
    """How many rows of a table are an organisation's."""
    sql = f'SELECT count(*) AS number FROM "{belonging.table}" WHERE {belonging.condition}'
    return int(rows(db, sql, {"organisation": organisation})[0]["number"])


def write_rows(db: Database, belonging: Belonging, organisation: str) -> Iterator[bytes]:
    """The rows of a table that are an organisation's, as JSON by column, one a line; without what is secret."""
    columns = [column for column in _columns(db, belonging.table) if not _is_secret(belonging.table, column)]
    names = ", ".join(f'"{column}"' for column in columns)
    sql = f'SELECT {names} FROM "{belonging.table}" WHERE {belonging.condition} ORDER BY rowid'
    for row in db.execute(sql, {"organisation": organisation}):
        yield json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False).encode() + b"\n"


def delete_rows(db: Database, organisation: str) -> int:
    """Delete every row that is the organisation's, and tell how many these were; call it inside `writing`."""
    # A row goes after those that refer to it, and where these refer to each other, all go before it is looked at.
    db.execute("PRAGMA defer_foreign_keys = ON")
    gone = 0
    for belonging in reversed(list_belongings(db)):
        sql = f'DELETE FROM "{belonging.table}" WHERE {belonging.condition}'
        gone += db.execute(sql, {"organisation": organisation}).rowcount
    return gone


def _condition(db: Database, table: str, found: dict[str, str]) -> str:
    if table == "organisations":
        return "id = :organisation"
    if "organisation" in _columns(db, table):
        return "organisation = :organisation"
    for key in rows(db, f'PRAGMA foreign_key_list("{table}")'):
        if key["table"] in found:
            of_those = f'SELECT "{key["to"]}" FROM "{key["table"]}" WHERE {found[key["table"]]}'
            return f'"{key["from"]}" IN ({of_those})'
    return ""


def _columns(db: Database, table: str) -> list[str]:
    return [row["name"] for row in rows(db, f'PRAGMA table_info("{table}")')]


def _is_secret(table: str, column: str) -> bool:
    return column in _SECRETS.get(table, ()) or any(word in column.lower() for word in _SECRET_WORDS)
