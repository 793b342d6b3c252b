"""Sessions and tokens: by which a person is known again. Only hashes of their secrets are kept.

`find_standing` is the one place that tells who a session or a token stands for at this moment.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from estimate_core.domain.people import SESSION_LONGEST, Role, Scope, User
from estimate_core.storage.database import Database, find_row, read_time, rows, time_text


@dataclass(frozen=True)
class Session:
    """One browser in which somebody signed in; `user` is who they are in the organisation that it shows."""

    id: str
    account: str
    user: str | None
    way: str
    address: str
    browser: str
    created: datetime
    seen: datetime
    revoked: datetime | None

    def is_alive(self, now: datetime, idle: timedelta) -> bool:
        """Whether it was neither ended nor unused for `idle`, nor is too old."""
        return self.revoked is None and now < min(self.seen + idle, self.created + SESSION_LONGEST)


def insert_session(db: Database, session: Session, secret_hash: str) -> None:
    """Keep a new session."""
    db.execute(
        """INSERT INTO sessions (id, secret_hash, account, user, way, address, browser, created, seen)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            session.id,
            secret_hash,
            session.account,
            session.user,
            session.way,
            session.address,
            session.browser,
            time_text(session.created),
            time_text(session.seen),
        ),
    )


def find_session(db: Database, secret_hash: str) -> Session | None:
    """The session of that secret, ended or not, or None."""
    return next(iter(_sessions(db, "secret_hash = ?", (secret_hash,))), None)


def find_session_of(db: Database, account_id: str, session_id: str) -> Session | None:
    """A session of an account by its id, or None for absent and foreign ones alike."""
    return next(iter(_sessions(db, "account = ? AND id = ?", (account_id, session_id))), None)


def list_sessions(db: Database, account_id: str) -> list[Session]:
    """The sessions of an account that nobody ended, the one that was used last first."""
    return _sessions(db, "account = ? AND revoked IS NULL ORDER BY seen DESC, rowid DESC", (account_id,))


def touch_session(db: Database, session_id: str, at: datetime, address: str) -> None:
    """Tell that a session is in use, and from where."""
    db.execute("UPDATE sessions SET seen = ?, address = ? WHERE id = ?", (time_text(at), address, session_id))


def set_current(db: Database, session_id: str, user_id: str | None) -> None:
    """Have a session show another organisation: that of the user's id."""
    db.execute("UPDATE sessions SET user = ? WHERE id = ?", (user_id, session_id))


def end_sessions(db: Database, account_id: str, at: datetime, but: str = "", only: str = "") -> int:
    """End the sessions of an account, all but one or only one where it is said; gives how many that were."""
    sql = "UPDATE sessions SET revoked = ? WHERE account = ? AND revoked IS NULL AND id <> ? AND (? = '' OR id = ?)"
    return int(db.execute(sql, (time_text(at), account_id, but, only, only)).rowcount)


def delete_old_sessions(db: Database, before: datetime) -> None:
    """Forget sessions that were not used since a time."""
    db.execute("DELETE FROM sessions WHERE seen < ?", (time_text(before),))


def list_addresses(db: Database, account_id: str) -> list[str]:
    """The addresses that the account was signed in from before."""
    sql = "SELECT DISTINCT address FROM sessions WHERE account = ?"
    return [row["address"] for row in rows(db, sql, (account_id,))]


def find_standing(db: Database, user: User, now: datetime, idle: timedelta) -> User | None:
    """The person as the database knows them now, with their role of now; None where they have no way in any more.

    Their session or token must be alive, their account enabled, and they must still belong to the organisation.
    """
    standing = _by_token(db, user, now) if user.token else _by_session(db, user, now, idle)
    if standing is None:
        return None
    sql = """SELECT u.name, u.role FROM users u JOIN accounts a ON a.id = u.account
        WHERE u.id = ? AND u.organisation = ? AND u.account = ? AND u.removed IS NULL
            AND a.disabled IS NULL AND a.must_change = 0"""
    account, scope = standing
    row = find_row(db, sql, (user.id, user.organisation, account))
    if row is None:
        return None
    return User(
        user.id, row["name"], user.organisation, Role(row["role"]), user.session, user.token, scope, user.address
    )


def find_token(db: Database, secret_hash: str) -> User | None:
    """Who the token of that secret would stand for, which is to be asked of `find_standing`; or None."""
    sql = """SELECT t.id, t.organisation, t.user, t.scope, u.name, u.role FROM tokens t JOIN users u ON u.id = t.user
        WHERE t.secret_hash = ?"""
    row = find_row(db, sql, (secret_hash,))
    if row is None:
        return None
    return User(
        row["user"],
        row["name"],
        row["organisation"],
        Role(row["role"]),
        token=row["id"],
        scope=Scope(row["scope"]),
    )


def was_used(db: Database, token_id: str, since: datetime) -> bool:
    """Whether a token was used since a time."""
    return find_row(db, "SELECT 1 FROM tokens WHERE id = ? AND used > ?", (token_id, time_text(since))) is not None


def touch_token(db: Database, token_id: str, at: datetime, address: str) -> None:
    """Tell that a token was used, and from where."""
    db.execute("UPDATE tokens SET used = ?, used_from = ? WHERE id = ?", (time_text(at), address, token_id))


def _by_session(db: Database, user: User, now: datetime, idle: timedelta) -> tuple[str, None] | None:
    session = next(iter(_sessions(db, "id = ?", (user.session,))), None)
    return (session.account, None) if session and session.is_alive(now, idle) else None


def _by_token(db: Database, user: User, now: datetime) -> tuple[str, Scope] | None:
    sql = """SELECT u.account, t.scope, t.expires, t.revoked FROM tokens t JOIN users u ON u.id = t.user
        WHERE t.id = ? AND t.user = ? AND t.organisation = ?"""
    row = find_row(db, sql, (user.token, user.id, user.organisation))
    if row is None or row["revoked"] or now >= read_time(row["expires"]):
        return None
    return row["account"], Scope(row["scope"])


def _sessions(db: Database, condition: str, values: tuple[str, ...]) -> list[Session]:
    return [
        Session(
            id=row["id"],
            account=row["account"],
            user=row["user"],
            way=row["way"],
            address=row["address"],
            browser=row["browser"],
            created=read_time(row["created"]),
            seen=read_time(row["seen"]),
            revoked=read_time(row["revoked"]) if row["revoked"] else None,
        )
        for row in rows(db, f"SELECT * FROM sessions WHERE {condition}", values)
    ]
