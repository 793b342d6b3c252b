"""Rows of invitations: who may join an organisation, and as what. Only hashes of their secrets are kept."""

from dataclasses import dataclass
from datetime import datetime

from estimate_core.domain.people import Role
from estimate_core.storage.database import Database, Row, find_row, read_time, rows, time_text


@dataclass(frozen=True)
class Invitation:
    """An offer to join an organisation, to whoever has the address; `created_by` is the id of the owner who made it."""

    id: str
    organisation: str
    email: str
    role: Role
    created: datetime
    created_by: str
    expires: datetime


_OPEN = "accepted IS NULL AND revoked IS NULL AND expires > ?"
# Whoever ends an ownership withdraws what was invited to; should that be forgotten, nobody joins by it all the same.
_IS_BY_OWNER = """EXISTS (SELECT 1 FROM users u JOIN accounts a ON a.id = u.account
    WHERE u.id = i.created_by AND u.organisation = i.organisation AND u.role = 'owner' AND u.removed IS NULL
    AND a.disabled IS NULL)"""


def insert_invitation(db: Database, organisation: str, invitation: Invitation, secret_hash: str) -> None:
    """Keep a new invitation."""
    db.execute(
        """INSERT INTO invitations (id, organisation, email, role, secret_hash, created, created_by, expires)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            invitation.id,
            organisation,
            invitation.email,
            invitation.role,
            secret_hash,
            time_text(invitation.created),
            invitation.created_by,
            time_text(invitation.expires),
        ),
    )


def list_invitations(db: Database, organisation: str, now: datetime) -> list[Invitation]:
    """An organisation's invitations that can still be accepted, by address."""
    sql = f"SELECT * FROM invitations i WHERE organisation = ? AND {_OPEN} AND {_IS_BY_OWNER} ORDER BY email, id"
    return [_invitation(row) for row in rows(db, sql, (organisation, time_text(now)))]


def find_invitation(db: Database, organisation: str, invitation_id: str, now: datetime) -> Invitation | None:
    """An invitation that can still be accepted, or None for ended, absent and foreign ones alike."""
    sql = f"SELECT * FROM invitations i WHERE organisation = ? AND id = ? AND {_OPEN} AND {_IS_BY_OWNER}"
    row = find_row(db, sql, (organisation, invitation_id, time_text(now)))
    return _invitation(row) if row else None


def find_by_secret(db: Database, secret_hash: str, now: datetime) -> tuple[Invitation, str] | None:
    """The invitation of that secret that can still be accepted, with its organisation's name, or None."""
    sql = f"""SELECT i.*, o.name FROM invitations i JOIN organisations o ON o.id = i.organisation
        WHERE i.secret_hash = ? AND o.leaving IS NULL AND {_OPEN} AND {_IS_BY_OWNER}"""
    row = find_row(db, sql, (secret_hash, time_text(now)))
    return (_invitation(row), row["name"]) if row else None


def set_accepted(db: Database, invitation_id: str, at: datetime) -> None:
    """Tell that an invitation was accepted, so that it cannot be again."""
    db.execute("UPDATE invitations SET accepted = ? WHERE id = ?", (time_text(at), invitation_id))


def withdraw(db: Database, organisation: str, at: datetime, column: str, value: str) -> int:
    """End the open invitations whose `id`, `email` or `created_by` is the value; gives how many that were."""
    if column not in ("id", "email", "created_by"):
        raise ValueError(f"invitations are not withdrawn by {column}")
    sql = f"UPDATE invitations SET revoked = ? WHERE organisation = ? AND {column} = ? AND {_OPEN}"
    return int(db.execute(sql, (time_text(at), organisation, value, time_text(at))).rowcount)


def _invitation(row: Row) -> Invitation:
    return Invitation(
        id=row["id"],
        organisation=row["organisation"],
        email=row["email"],
        role=Role(row["role"]),
        created=read_time(row["created"]),
        created_by=row["created_by"],
        expires=read_time(row["expires"]),
    )
