"""Organisations, their people, and which estimate each has open."""

from estimate_core.domain.people import User
from estimate_core.storage.database import Database, find_row, rows


def ensure_person(db: Database, user: User) -> None:
    """Have rows for the person and the organisation; existing ones stay as they are."""
    db.execute("INSERT OR IGNORE INTO organisations (id, name) VALUES (?, ?)", (user.organisation, user.organisation))
    db.execute(
        "INSERT OR IGNORE INTO users (id, organisation, name) VALUES (?, ?, ?)",
        (user.id, user.organisation, user.name),
    )


def list_names(db: Database, organisation: str) -> dict[str, str]:
    """The names of the organisation's people by their ids."""
    found = rows(db, "SELECT id, name FROM users WHERE organisation = ?", (organisation,))
    return {row["id"]: row["name"] for row in found}


def set_open_estimate(db: Database, organisation: str, user_id: str, estimate_id: str) -> None:
    """Remember the estimate that a person has open."""
    db.execute(
        "UPDATE users SET open_estimate = ? WHERE organisation = ? AND id = ?",
        (estimate_id, organisation, user_id),
    )


def find_open_estimate(db: Database, organisation: str, user_id: str) -> str | None:
    """The id of the estimate that a person had open last, or None; it may be deleted by now."""
    row = find_row(db, "SELECT open_estimate FROM users WHERE organisation = ? AND id = ?", (organisation, user_id))
    return row["open_estimate"] if row else None


def find_name(db: Database, organisation: str, user_id: str) -> str | None:
    """The name of a person, or None."""
    row = find_row(db, "SELECT name FROM users WHERE organisation = ? AND id = ?", (organisation, user_id))
    return row["name"] if row else None
