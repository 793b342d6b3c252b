"""Rows of tokens, by which programs ask in their persons' names. Only hashes of their secrets are kept."""

from dataclasses import dataclass
from datetime import datetime

from estimate_core.domain.people import Scope
from estimate_core.storage.database import Database, Row, find_row, read_time, rows, time_text


@dataclass(frozen=True)
class Token:
    """A token without its secret: whose it is, what it allows, until when, and when and from where it was used last."""

    id: str
    user: str
    person: str
    name: str
    scope: Scope
    created: datetime
    expires: datetime
    used: datetime | None = None
    used_from: str = ""
    revoked: datetime | None = None

    def is_alive(self, now: datetime) -> bool:
        """Whether it was not revoked and has not expired; whether its person still belongs is asked elsewhere."""
        return self.revoked is None and now < self.expires


_TOKENS = "SELECT t.*, u.name AS person FROM tokens t JOIN users u ON u.id = t.user WHERE t.organisation = ?"


def insert_token(db: Database, organisation: str, token: Token, secret_hash: str) -> None:
    """Keep a new token."""
    db.execute(
        """INSERT INTO tokens (id, organisation, user, name, scope, secret_hash, created, expires)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            token.id,
            organisation,
            token.user,
            token.name,
            token.scope,
            secret_hash,
            time_text(token.created),
            time_text(token.expires),
        ),
    )


def list_tokens(db: Database, organisation: str) -> list[Token]:
    """All tokens of an organisation, those that ended too, newest first."""
    return [_token(row) for row in rows(db, f"{_TOKENS} ORDER BY t.created DESC, t.rowid DESC", (organisation,))]


def list_tokens_of(db: Database, organisation: str, user_id: str) -> list[Token]:
    """A person's tokens, those that ended too, newest first."""
    sql = f"{_TOKENS} AND t.user = ? ORDER BY t.created DESC, t.rowid DESC"
    return [_token(row) for row in rows(db, sql, (organisation, user_id))]


def find_token(db: Database, organisation: str, token_id: str) -> Token | None:
    """A token of an organisation by its id, or None for absent and foreign ones alike."""
    row = find_row(db, f"{_TOKENS} AND t.id = ?", (organisation, token_id))
    return _token(row) if row else None


def revoke_token(db: Database, organisation: str, token_id: str, at: datetime) -> None:
    """Have a token open nothing any more."""
    sql = "UPDATE tokens SET revoked = ? WHERE organisation = ? AND id = ? AND revoked IS NULL"
    db.execute(sql, (time_text(at), organisation, token_id))


def revoke_tokens_of(db: Database, organisation: str, user_id: str, at: datetime) -> None:
    """Have no token of a person open anything any more."""
    sql = "UPDATE tokens SET revoked = ? WHERE organisation = ? AND user = ? AND revoked IS NULL"
    db.execute(sql, (time_text(at), organisation, user_id))


def _token(row: Row) -> Token:
    return Token(
        id=row["id"],
        user=row["user"],
        person=row["person"],
        name=row["name"],
        scope=Scope(row["scope"]),
        created=read_time(row["created"]),
        expires=read_time(row["expires"]),
        used=read_time(row["used"]) if row["used"] else None,
        used_from=row["used_from"],
        revoked=read_time(row["revoked"]) if row["revoked"] else None,
    )
