"""Named charge profiles of an organisation: their rows are JSON, with decimals as text."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from estimate_core.domain.charge_rules import read_profile
from estimate_core.domain.charges import Charge, Profile
from estimate_core.domain.errors import NotFound
from estimate_core.domain.estimate import Line
from estimate_core.domain.profiles import NamedProfile
from estimate_core.storage.database import Database, Row, find_row, rows, time_text

ABSENT = "There is no such charge profile. It may have been deleted; choose another one from the list."


@dataclass(frozen=True)
class ProfileChange:
    """What is kept of a profile: its name and rows, when it was changed and by whom (user id)."""

    name: str
    rows: Profile
    at: datetime
    by: str


def list_profiles(db: Database, organisation: str) -> list[NamedProfile]:
    """The organisation's profiles by name; BadInput where the rows of one are no profile."""
    found = rows(db, "SELECT * FROM profiles WHERE organisation = ? ORDER BY name, id", (organisation,))
    return [_profile(row) for row in found]


def get_profile(db: Database, organisation: str, profile_id: str) -> NamedProfile:
    """One profile; NotFound for absent and foreign ones alike."""
    row = find_row(db, "SELECT * FROM profiles WHERE organisation = ? AND id = ?", (organisation, profile_id))
    if row is None:
        raise NotFound(ABSENT)
    return _profile(row)


def insert_profile(db: Database, organisation: str, profile_id: str, change: ProfileChange) -> None:
    """Insert a new profile, whose name the organisation has not yet."""
    row = _columns(change) | {"id": profile_id, "organisation": organisation}
    names, places = ", ".join(row), ", ".join("?" * len(row))
    db.execute(f"INSERT INTO profiles ({names}) VALUES ({places})", tuple(row.values()))


def update_profile(db: Database, organisation: str, profile_id: str, change: ProfileChange) -> None:
    """Another name or other rows for a profile; NotFound for absent and foreign ones."""
    columns = _columns(change)
    names = ", ".join(f"{name} = ?" for name in columns)
    sql = f"UPDATE profiles SET {names} WHERE organisation = ? AND id = ?"
    if not db.execute(sql, (*columns.values(), organisation, profile_id)).rowcount:
        raise NotFound(ABSENT)


def delete_profile(db: Database, organisation: str, profile_id: str) -> None:
    """Delete a profile; NotFound for absent and foreign ones."""
    sql = "DELETE FROM profiles WHERE organisation = ? AND id = ?"
    if not db.execute(sql, (organisation, profile_id)).rowcount:
        raise NotFound(ABSENT)


def plain_row(record: Line | Charge) -> dict[str, Any]:
    """A charge row or a line in JSON's types, exactly: decimals as text."""
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in vars(record).items()}


def _columns(change: ProfileChange) -> Row:
    return {
        "name": change.name,
        "rows": _rows_text(change.rows),
        "changed": time_text(change.at),
        "changed_by": change.by,
    }


def _rows_text(charges: Iterable[Charge]) -> str:
    return json.dumps([plain_row(row) for row in charges], ensure_ascii=False, separators=(",", ":"))


def _profile(row: Row) -> NamedProfile:
    return NamedProfile(row["id"], row["name"], read_profile(json.loads(row["rows"])))
