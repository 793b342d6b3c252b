"""Estimates and their states: every edit is a new state, so that undo and redo only move the version.

A state is JSON with decimals as text, and holds the charge rows in full: later changes of a profile leave
it alone.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from estimate_core.domain.charge_rules import read_rows
from estimate_core.domain.charges import default_profile
from estimate_core.domain.errors import NotFound
from estimate_core.domain.estimate import Estimate, Line
from estimate_core.domain.office import Cover
from estimate_core.storage.database import Database, Row, find_row, read_time, rows, time_text
from estimate_core.storage.library import get_schedule
from estimate_core.storage.profiles import plain_row

ABSENT = "There is no such estimate. It may have been deleted; choose another one from the list."
MAX_STATES = 100


@dataclass(frozen=True)
class SavedEstimate:
    """An estimate as it stands: `estimate` is the state of `version`, between the oldest and newest kept."""

    id: str
    schedule: str
    estimate: Estimate
    version: int
    oldest_version: int
    newest_version: int
    changed: datetime


@dataclass(frozen=True)
class Change:
    """What an edit leaves: the estimate, what it comes to in rupees, when and by whom (user id)."""

    estimate: Estimate
    amount: Decimal
    at: datetime
    by: str


def insert_estimate(db: Database, organisation: str, estimate_id: str, schedule_id: str, change: Change) -> None:
    """Insert a new estimate with its first state; NotFound for an absent or foreign schedule."""
    get_schedule(db, organisation, schedule_id)
    row = _shown(change) | {
        "id": estimate_id,
        "organisation": organisation,
        "schedule": schedule_id,
        "version": 1,
        "newest_version": 1,
        "created": time_text(change.at),
    }
    names, places = ", ".join(row), ", ".join("?" * len(row))
    db.execute(f"INSERT INTO estimates ({names}) VALUES ({places})", tuple(row.values()))
    _insert_state(db, estimate_id, 1, change.estimate)


def get_estimate(db: Database, organisation: str, estimate_id: str) -> SavedEstimate:
    """The estimate as it stands; NotFound for absent, foreign and deleted ones."""
    row = find_row(
        db,
        """SELECT estimates.*, state,
            (SELECT min(version) FROM estimate_states WHERE estimate = estimates.id) AS oldest_version
        FROM estimates JOIN estimate_states
            ON estimate_states.estimate = estimates.id AND estimate_states.version = estimates.version
        WHERE organisation = ? AND id = ? AND deleted IS NULL""",
        (organisation, estimate_id),
    )
    if row is None:
        raise NotFound(ABSENT)
    return SavedEstimate(
        id=row["id"],
        schedule=row["schedule"],
        estimate=estimate_from_json(json.loads(row["state"])),
        version=row["version"],
        oldest_version=row["oldest_version"],
        newest_version=row["newest_version"],
        changed=read_time(row["changed"]),
    )


def list_estimates(db: Database, organisation: str) -> list[Row]:
    """Rows of the estimates not deleted, last changed first, with `category`, `edition` and `changer`."""
    return rows(
        db,
        """SELECT estimates.*, schedules.category, schedules.edition,
            coalesce(users.name, changed_by) AS changer
        FROM estimates JOIN schedules ON schedules.id = estimates.schedule
            LEFT JOIN users ON users.id = changed_by AND users.organisation = estimates.organisation
        WHERE estimates.organisation = ? AND deleted IS NULL
        ORDER BY changed DESC, estimates.rowid DESC""",
        (organisation,),
    )


def append_state(db: Database, organisation: str, saved: SavedEstimate, change: Change) -> None:
    """Make the change the newest state: states that could be redone go, and the oldest beyond 100.

    NotFound for absent and foreign ones.
    """
    version = saved.version + 1
    _update(db, organisation, saved.id, _shown(change) | {"version": version, "newest_version": version})
    db.execute("DELETE FROM estimate_states WHERE estimate = ? AND version > ?", (saved.id, saved.version))
    db.execute("DELETE FROM estimate_states WHERE estimate = ? AND version <= ?", (saved.id, version - MAX_STATES))
    _insert_state(db, saved.id, version, change.estimate)


def get_state(db: Database, organisation: str, estimate_id: str, version: int) -> Estimate:
    """The estimate as it was in a version; NotFound where that is not kept, absent or foreign."""
    row = find_row(
        db,
        """SELECT state FROM estimate_states JOIN estimates ON estimates.id = estimate_states.estimate
        WHERE organisation = ? AND estimate = ? AND estimate_states.version = ?""",
        (organisation, estimate_id, version),
    )
    if row is None:
        raise NotFound(ABSENT)
    return estimate_from_json(json.loads(row["state"]))


def show_version(db: Database, organisation: str, estimate_id: str, version: int, change: Change) -> None:
    """Go to a kept version (undo, redo), whose state `change` shows; NotFound for absent and foreign ones."""
    _update(db, organisation, estimate_id, _shown(change) | {"version": version})


def set_schedule(db: Database, organisation: str, saved: SavedEstimate, schedule_id: str, change: Change) -> None:
    """Put the estimate on another schedule and forget its other states: their lines mean the old rows.

    NotFound where either is absent or foreign.
    """
    get_schedule(db, organisation, schedule_id)
    shown = _shown(change) | {"schedule": schedule_id, "newest_version": saved.version}
    _update(db, organisation, saved.id, shown)
    db.execute("DELETE FROM estimate_states WHERE estimate = ? AND version <> ?", (saved.id, saved.version))


def set_deleted(db: Database, organisation: str, estimate_id: str, deleted: datetime | None) -> str | None:
    """Delete softly at that time, or bring back with None; gives its name, or None where it was so before.

    NotFound for absent and foreign ones.
    """
    sql = "SELECT name, deleted FROM estimates WHERE organisation = ? AND id = ?"
    found = find_row(db, sql, (organisation, estimate_id))
    if found is None:
        raise NotFound(ABSENT)
    if bool(found["deleted"]) == bool(deleted):
        return None
    _update(db, organisation, estimate_id, {"deleted": time_text(deleted) if deleted else None})
    return str(found["name"])


def _update(db: Database, organisation: str, estimate_id: str, values: Row) -> None:
    """Change an estimate's row, before anything of its states, which name no organisation themselves."""
    names = ", ".join(f"{name} = ?" for name in values)
    sql = f"UPDATE estimates SET {names} WHERE organisation = ? AND id = ?"
    if not db.execute(sql, (*values.values(), organisation, estimate_id)).rowcount:
        raise NotFound(ABSENT)


def _insert_state(db: Database, estimate_id: str, version: int, estimate: Estimate) -> None:
    db.execute(
        "INSERT INTO estimate_states (estimate, version, state) VALUES (?, ?, ?)",
        (estimate_id, version, estimate_text(estimate)),
    )


def _shown(change: Change) -> Row:
    """The columns of the list, which follow from the state."""
    return {
        "name": change.estimate.name,
        "work_type": change.estimate.work_type,
        "amount": str(change.amount),
        "lines": len(change.estimate.lines),
        "changed": time_text(change.at),
        "changed_by": change.by,
    }


def estimate_text(estimate: Estimate) -> str:
    """The state's JSON text; it differs where a person sees a difference, as between 3 and 3.000."""
    return json.dumps(estimate_to_json(estimate), ensure_ascii=False, separators=(",", ":"))


def estimate_to_json(estimate: Estimate) -> dict[str, Any]:
    """The estimate in JSON's types, exactly: decimals as text."""
    return {
        "name": estimate.name,
        "work_type": estimate.work_type,
        "lines": [plain_row(line) for line in estimate.lines],
        "charges": [plain_row(row) for row in estimate.charges],
        "grouped": estimate.grouped,
        "cover": vars(estimate.cover),
        "profile": estimate.profile,
    }


def estimate_from_json(state: Mapping[str, Any]) -> Estimate:
    """The estimate of such a state; missing keys take their defaults and unknown ones are passed over.

    Raises BadInput where its charges are no rows.
    """
    charges = state.get("charges")
    return Estimate(
        name=state.get("name", ""),
        work_type="repair" if state.get("work_type") == "repair" else "original",
        lines=tuple(Line(**_known(Line, line)) for line in state.get("lines", ())),
        charges=default_profile() if charges is None else read_rows(charges),
        grouped=bool(state.get("grouped", False)),
        cover=Cover(**_known(Cover, state.get("cover", {}))),
        profile=state.get("profile", ""),
    )


def _known(kind: type[Line] | type[Cover], values: Mapping[str, Any]) -> dict[str, Any]:
    known = {field.name: values[field.name] for field in fields(kind) if field.name in values}
    if "quantity" in known:
        known["quantity"] = Decimal(known["quantity"])
    return known
