"""The roster: every account with where it belongs, for whoever hosts the desk."""

from dataclasses import dataclass
from datetime import datetime

from estimate_core.domain.people import Account, Organisation, Role
from estimate_core.storage.accounts import account_of
from estimate_core.storage.database import Database, Row, read_time, rows


@dataclass(frozen=True)
class Listed:
    """An account in one organisation: `seen` is when its person, or a program with their token, used that one last.

    Who belongs to no organisation any more is listed without one, seen last in any.
    """

    account: Account
    organisation: Organisation | None
    role: Role | None
    seen: datetime | None


_LISTED = """SELECT a.*, u.role, o.id AS organisation, o.name AS organisation_name,
        CASE WHEN u.id IS NULL THEN (SELECT MAX(seen) FROM users WHERE account = a.id) ELSE u.seen END AS seen
    FROM accounts a
    LEFT JOIN users u ON u.account = a.id AND u.removed IS NULL
    LEFT JOIN organisations o ON o.id = u.organisation
    ORDER BY o.name IS NULL, o.name, o.id, a.email"""


def list_roster(db: Database) -> list[Listed]:
    """Every account once for each organisation that it belongs to, by organisation and e-mail address."""
    return [_listed(row) for row in rows(db, _LISTED)]


def _listed(row: Row) -> Listed:
    organisation = row["organisation"]
    return Listed(
        account=account_of(row),
        organisation=Organisation(organisation, row["organisation_name"]) if organisation else None,
        role=Role(row["role"]) if organisation else None,
        seen=read_time(row["seen"]) if row["seen"] else None,
    )
