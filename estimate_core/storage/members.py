"""What is told of people besides their accounts: when they were seen last, and those who were taken out."""

from datetime import datetime

from estimate_core.domain.people import Account, Role
from estimate_core.storage.accounts import account_of
from estimate_core.storage.database import Database, find_row, read_time, rows, time_text


def list_last_seen(db: Database, organisation: str) -> dict[str, datetime]:
    """When people of an organisation used it last, by their ids; without those who never did."""
    sql = "SELECT id, seen FROM users WHERE organisation = ? AND seen IS NOT NULL"
    return {row["id"]: read_time(row["seen"]) for row in rows(db, sql, (organisation,))}


def set_seen(db: Database, organisation: str, user_id: str, at: datetime) -> None:
    """Tell that a person, or a program with their token, uses an organisation.

    Kept with the person, since sessions end, and show another organisation later.
    """
    db.execute("UPDATE users SET seen = ? WHERE organisation = ? AND id = ?", (time_text(at), organisation, user_id))


def find_removed(db: Database, organisation: str, user_id: str) -> tuple[Account, Role] | None:
    """The account and role of a person who was taken out; None for who was not, absent and foreign ones alike."""
    sql = """SELECT u.role, a.* FROM users u JOIN accounts a ON a.id = u.account
        WHERE u.organisation = ? AND u.id = ? AND u.removed IS NOT NULL"""
    row = find_row(db, sql, (organisation, user_id))
    return (account_of(row), Role(row["role"])) if row else None


def get_organisation_name(db: Database, organisation: str) -> str:
    """The name of an organisation, which must exist."""
    return str(rows(db, "SELECT name FROM organisations WHERE id = ?", (organisation,))[0]["name"])


def show_no_more(db: Database, user_id: str) -> None:
    """Have no session show the organisation any more in which a person has that id."""
    db.execute("UPDATE sessions SET user = NULL WHERE user = ?", (user_id,))
