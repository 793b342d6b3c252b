"""Accounts, and the rows of people that they have in organisations."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from estimate_core.domain.people import Account, Organisation, Role, User
from estimate_core.storage.database import Database, Row, find_row, read_time, rows, time_text


@dataclass(frozen=True)
class Member:
    """A person of an organisation with their account: `user` is their id there, `account` whom they sign in as."""

    user: str
    name: str
    organisation: Organisation
    role: Role
    account: Account


def has_accounts(db: Database) -> bool:
    """Whether any account exists, be it disabled: from then on every door needs a session."""
    return find_row(db, "SELECT 1 FROM accounts LIMIT 1") is not None


def insert_account(db: Database, account: Account, password: str | None) -> None:
    """Keep a new account; `password` is a hash. An IntegrityError where the e-mail address has one already."""
    db.execute(
        "INSERT INTO accounts (id, email, name, password, must_change, created, proven) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            account.id,
            account.email,
            account.name,
            password,
            account.must_change,
            time_text(account.created),
            account.proven,
        ),
    )


def find_account(db: Database, email: str) -> Account | None:
    """The account of that e-mail address, or None."""
    row = find_row(db, "SELECT * FROM accounts WHERE email = ?", (email,))
    return account_of(row) if row else None


def get_account(db: Database, account_id: str) -> Account:
    """The account of that id, which must exist."""
    return account_of(rows(db, "SELECT * FROM accounts WHERE id = ?", (account_id,))[0])


def find_account_of(db: Database, user: User) -> Account | None:
    """The account that a person of an organisation signs in with, or None while the desk is open."""
    sql = "SELECT a.* FROM accounts a JOIN users u ON u.account = a.id WHERE u.organisation = ? AND u.id = ?"
    row = find_row(db, sql, (user.organisation, user.id))
    return account_of(row) if row else None


def find_password(db: Database, account_id: str) -> str | None:
    """The hash of an account's password, or None where it has none."""
    row = find_row(db, "SELECT password FROM accounts WHERE id = ?", (account_id,))
    return row["password"] if row else None


def set_password(db: Database, account_id: str, password: str, must_change: bool = False) -> None:
    """Put another hash in the place of a password's."""
    db.execute("UPDATE accounts SET password = ?, must_change = ? WHERE id = ?", (password, must_change, account_id))


def forget_password(db: Database, account_id: str) -> None:
    """Leave an account without a password."""
    db.execute("UPDATE accounts SET password = NULL, must_change = 0 WHERE id = ?", (account_id,))


def set_proven(db: Database, account_id: str) -> None:
    """Tell that somebody vouched for the e-mail address of an account."""
    db.execute("UPDATE accounts SET proven = 1 WHERE id = ?", (account_id,))


def set_name(db: Database, account_id: str, name: str) -> None:
    """Another name of a person, in all organisations."""
    db.execute("UPDATE accounts SET name = ? WHERE id = ?", (name, account_id))
    db.execute("UPDATE users SET name = ? WHERE account = ?", (name, account_id))


def set_disabled(db: Database, account_id: str, at: datetime | None) -> None:
    """Let an account sign in no more, or again."""
    db.execute("UPDATE accounts SET disabled = ? WHERE id = ?", (time_text(at) if at else None, account_id))


def insert_organisation(db: Database, organisation: Organisation) -> None:
    """Keep a new organisation."""
    db.execute("INSERT INTO organisations (id, name) VALUES (?, ?)", (organisation.id, organisation.name))


def rename_organisation(db: Database, organisation: Organisation) -> None:
    """Another name of an organisation."""
    db.execute("UPDATE organisations SET name = ? WHERE id = ?", (organisation.name, organisation.id))


def set_leaving(db: Database, organisation: str, at: datetime) -> None:
    """Tell that an organisation is being deleted, without which its audit log cannot be."""
    db.execute("UPDATE organisations SET leaving = ? WHERE id = ?", (time_text(at), organisation))


def list_organisations(db: Database) -> list[Organisation]:
    """All organisations by name; for whoever hosts the desk."""
    return [Organisation(row["id"], row["name"]) for row in rows(db, "SELECT * FROM organisations ORDER BY name, id")]


def put_member(db: Database, user_id: str, account: Account, organisation: str, role: Role) -> str:
    """Have the account belong to an organisation in that role; gives the id that the person has there.

    `user_id` is that of a new row, or of one without an account; who belonged before gets the earlier row again.
    An IntegrityError where it is another's, of this organisation or of another.
    """
    sql = "SELECT id FROM users WHERE account = ? AND organisation = ?"
    earlier = find_row(db, sql, (account.id, organisation))
    known = earlier["id"] if earlier else user_id
    values = {"id": known, "organisation": organisation, "name": account.name, "account": account.id, "role": role}
    renewed = """UPDATE users SET name = :name, account = :account, role = :role, removed = NULL
        WHERE id = :id AND organisation = :organisation AND (account IS NULL OR account = :account)"""
    if not db.execute(renewed, values).rowcount:
        db.execute(
            """INSERT INTO users (id, organisation, name, account, role)
            VALUES (:id, :organisation, :name, :account, :role)""",
            values,
        )
    return str(known)


def set_role(db: Database, organisation: str, user_id: str, role: Role) -> None:
    """Another role of a person in an organisation."""
    db.execute("UPDATE users SET role = ? WHERE organisation = ? AND id = ?", (role, organisation, user_id))


def remove_member(db: Database, organisation: str, user_id: str, at: datetime) -> None:
    """Take a person out of an organisation; the row stays, since jobs and estimates name it."""
    db.execute("UPDATE users SET removed = ? WHERE organisation = ? AND id = ?", (time_text(at), organisation, user_id))


_MEMBERS = """SELECT u.id AS user, u.role, u.organisation, o.name AS organisation_name, a.*
    FROM users u JOIN accounts a ON a.id = u.account JOIN organisations o ON o.id = u.organisation
    WHERE u.removed IS NULL AND """


def list_members(db: Database, organisation: str) -> list[Member]:
    """The people who belong to an organisation, by name."""
    return _members(rows(db, _MEMBERS + "u.organisation = ? ORDER BY a.name, a.email", (organisation,)))


def list_all_members(db: Database) -> list[Member]:
    """Everybody of every organisation; for whoever hosts the desk."""
    return _members(rows(db, _MEMBERS + "1 ORDER BY o.name, a.email"))


def find_member(db: Database, organisation: str, user_id: str) -> Member | None:
    """A person who belongs to an organisation, or None for absent and foreign ones alike."""
    return next(iter(_members(rows(db, _MEMBERS + "u.organisation = ? AND u.id = ?", (organisation, user_id)))), None)


def list_memberships(db: Database, account_id: str) -> list[Member]:
    """The organisations that an account belongs to, by name."""
    return _members(rows(db, _MEMBERS + "a.id = ? ORDER BY o.name, u.id", (account_id,)))


def count_owners(db: Database, organisation: str) -> int:
    """How many of an organisation's owners can sign in."""
    return len(rows(db, _MEMBERS + "u.organisation = ? AND u.role = 'owner' AND a.disabled IS NULL", (organisation,)))


def delete_homeless(db: Database) -> int:
    """Delete accounts that belong to no organisation and gives their number; the last ones stay.

    Without any account the desk would be open to everybody again.
    """
    homeless = "id NOT IN (SELECT account FROM users WHERE account IS NOT NULL)"
    if not rows(db, f"SELECT 1 FROM accounts WHERE NOT {homeless} LIMIT 1"):
        return 0
    return int(db.execute(f"DELETE FROM accounts WHERE {homeless}").rowcount)


def account_of(row: Row) -> Account:
    """The account of a row of accounts."""
    return Account(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        has_password=row["password"] is not None,
        must_change=bool(row["must_change"]),
        disabled=read_time(row["disabled"]) if row["disabled"] else None,
        created=read_time(row["created"]),
        proven=bool(row["proven"]),
    )


def _members(found: Iterable[Row]) -> list[Member]:
    return [
        Member(
            user=row["user"],
            name=row["name"],
            organisation=Organisation(row["organisation"], row["organisation_name"]),
            role=Role(row["role"]),
            account=account_of(row),
        )
        for row in found
    ]


def user_of(member: Member) -> User:
    """The user that a member is, who has not come by any door yet."""
    return User(member.user, member.name, member.organisation.id, member.role)
