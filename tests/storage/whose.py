"""In whose name storage is asked, and what organisations have there: rows by their ids and by what else finds them."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from estimate_core.desk import Desk
from estimate_core.domain.audit import AuditFilter, Entry
from estimate_core.domain.job import Status
from estimate_core.domain.people import Account, Organisation, User
from estimate_core.services import uploads as uploading
from estimate_core.services.estimates import open_estimate
from estimate_core.storage import accounts, belongings, estimates, invitations, jobs, library, outputs, uploads
from estimate_core.storage.audit import entries_behind
from estimate_core.storage.database import Database, connected, time_text, writing
from estimate_core.storage.estimates import SavedEstimate
from estimate_core.storage.queue import claim_next
from estimate_core.storage.sessions import touch_token
from estimate_core.storage.snapshot import copy_database, list_tables
from tests.conftest import CABLE, LIGHT_POINT, Clock, workbook_of
from tests.furnished import WORKER, Staffed, build_staffed_home, open_copy

NEWCOMERS = "newcomers"
"""The id of an organisation without anything, not even people."""
KEY = "order-1"
"""What a program calls a job, in both organisations."""
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NOW = Clock().at


@dataclass(frozen=True)
class Asker:
    """In whose name storage is asked: the organisation, the id of the person there, and the account they sign in by."""

    organisation: str
    person: str
    account: Account


@dataclass(frozen=True)
class Rows:
    """What an organisation has, as storage is asked for it.

    `keyed` is called KEY by a program of `person`, the owner, whose `session` and `token` these are. `reading_hash` is
    the content that a queued job is to read, `refused_hash` one that was refused; `guest` is who is invited.
    """

    person: str
    removed_person: str
    session: str
    token: str
    invitation: str
    guest: str
    schedule: str
    edition: str
    retired_schedule: str
    content_hash: str
    refused_hash: str
    reading_hash: str
    estimate: str
    deleted_estimate: str
    saved: SavedEstimate
    profile: str
    complete: str
    output: str
    failed: str
    refused: str
    running: str
    keyed: str
    channel: str
    own_channel: str
    removed_channel: str
    entry: Entry


@dataclass(frozen=True)
class Furnished:
    """The database at `path`, what each of its organisations has, and its owner; the `newcomer` has an account only."""

    path: Path
    rows: dict[str, Rows]
    owners: dict[str, Asker]
    newcomer: Asker


def furnish(folder: Path) -> Furnished:
    """Furnish a database in an empty folder; the organisations in it are about to leave, so that all of it may go."""
    built = build_staffed_home(folder / "built")
    desk = open_copy(built, folder, Clock())
    newcomer = Account(str(uuid4()), "newcomer@example.org", "Newcomer", False, False, None, NOW)
    reading = {name: _have_more(desk, staffed) for name, staffed in built.organisations.items()}
    with desk.open_db() as db, writing(db):
        accounts.insert_organisation(db, Organisation(NEWCOMERS, "Newcomers"))
        accounts.insert_account(db, newcomer, None)
        _run_oldest(db, built.organisations.values())
        for staffed in built.organisations.values():
            touch_token(db, staffed.token, NOW, "")
        db.execute("UPDATE accounts SET proven = 0, password = email")
        db.execute("UPDATE organisations SET leaving = ?", (time_text(LONG_AGO),))
        rows = {name: _rows_of(db, staffed, reading[name]) for name, staffed in built.organisations.items()}
        owners = {name: _owner(db, staffed.user) for name, staffed in built.organisations.items()}
    return Furnished(desk.settings.database_path, rows, owners, Asker(NEWCOMERS, str(uuid4()), newcomer))


def write_empty(furnished: Furnished, path: Path) -> Path:
    """The same database in another file, with its organisations and the newcomer's account only."""
    with _copied(furnished, path) as db:
        for table in set(list_tables(db)) - {"organisations", "accounts", "_sqlite_migrations"}:
            db.execute(f"DELETE FROM {table}")
        db.execute("DELETE FROM accounts WHERE id <> ?", (furnished.newcomer.account.id,))
    return path


def write_without(furnished: Furnished, organisation: str, path: Path) -> Path:
    """The same database in another file, from which one organisation with its people has gone."""
    with _copied(furnished, path) as db:
        belongings.delete_rows(db, organisation)
        accounts.delete_homeless(db)
    return path


@contextmanager
def _copied(furnished: Furnished, path: Path) -> Iterator[Database]:
    with connected(furnished.path) as db:
        copy_database(db, path)
    with connected(path) as copy:
        copy.execute("PRAGMA foreign_keys = OFF")
        with writing(copy):
            yield copy


def _have_more(desk: Desk, staffed: Staffed) -> str:
    """A queued job that reads, whose id it gives, one that is keyed, an old output, and an estimate that is open."""
    open_estimate(desk, staffed.user, staffed.estimate)
    named = ("More.xlsx", workbook_of(LIGHT_POINT, CABLE), f"More {staffed.mark}", "2024-25")
    reading = uploading.submit_upload(desk, staffed.user, *named).job
    assert reading is not None
    with desk.open_db() as db, writing(db):
        failed = jobs.get_job(db, staffed.organisation, staffed.failed)
        jobs.insert_job(db, replace(failed, id=str(uuid4()), status=Status.QUEUED), "{}", "Rates", key=KEY)
        output = outputs.get_output(db, staffed.organisation, staffed.output)
        outputs.insert_output(db, replace(output, id=str(uuid4()), created=LONG_AGO), "")
    return reading.id


def _run_oldest(db: Database, every: Collection[Staffed]) -> None:
    for _ in every:
        claim_next(db, WORKER, NOW)
    assert {jobs.get_job(db, one.organisation, one.queued).status for one in every} == {Status.RUNNING}


def _owner(db: Database, user: User) -> Asker:
    account = accounts.find_account_of(db, user)
    assert account is not None
    return Asker(user.organisation, user.id, account)


def _rows_of(db: Database, staffed: Staffed, reading: str) -> Rows:
    own, person = staffed.organisation, staffed.user.id
    keyed = jobs.find_by_key(db, own, person, KEY)
    guest = invitations.find_invitation(db, own, staffed.invitation, NOW)
    assert keyed is not None and guest is not None
    known = {field.name: getattr(staffed, field.name, None) for field in fields(Rows)}
    found = {
        "person": person,
        "session": staffed.user.session,
        "guest": guest.email,
        "content_hash": library.get_schedule(db, own, staffed.schedule)["content_hash"],
        "refused_hash": uploads.get_read(db, own, staffed.refused).content_hash,
        "reading_hash": uploads.get_read(db, own, reading).content_hash,
        "saved": estimates.get_estimate(db, own, staffed.estimate),
        "running": staffed.queued,
        "keyed": keyed[0].id,
        "entry": next(entry for entry in entries_behind(db, own, AuditFilter(), 1000) if entry.user == person),
    }
    return Rows(**(known | found))
