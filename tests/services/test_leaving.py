"""When an organisation leaves: all that it has, nothing of another, and no table forgotten."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, NotNow, OutOfOrder
from estimate_core.domain.job import Job, JobType
from estimate_core.domain.notice import TOLD, Way
from estimate_core.domain.people import Role, Scope, User
from estimate_core.services import cleaning, estimates, jobs, leaving, work
from estimate_core.services.channels import NewChannel, add_channel
from estimate_core.services.downloads import FileState, list_files
from estimate_core.services.invitations import invite
from estimate_core.services.leaving import delete_organisation, export_organisation
from estimate_core.services.office import save_office
from estimate_core.services.profiles import save_profile
from estimate_core.services.restoring import check_archive, restore_backup
from estimate_core.services.schedules import upload_schedule
from estimate_core.services.tokens import create_token
from estimate_core.services.uploads import submit_upload
from estimate_core.storage.belongings import SHARED, Belonging, list_belongings
from estimate_core.storage.database import Database, rows, writing
from estimate_core.storage.queue import claim_next
from estimate_core.storage.snapshot import list_tables
from tests.conftest import FAN, ROW_OF, UNPRICED, Clock, workbook_of
from tests.members import let_in, sign_in_as
from tests.pigeon import Pigeon

Contents = dict[str, bytes]
ADDRESS = "https://example.org/t0k3n"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """A desk where two organisations have something in every table."""
    desk = replace(desk, post=Pigeon())
    furnish(desk, let_in(desk, "hall@example.org"), "Wiring of the hall")
    furnish(desk, let_in(desk, "mill@example.net", Role.OWNER, "elsewhere"), "Wiring of the mill")
    return desk


@pytest.fixture
def user(desk: Desk) -> User:
    """An owner of the organisation `local`."""
    return sign_in_as(desk, "hall@example.org")


@pytest.fixture
def stranger(desk: Desk) -> User:
    """An owner of the organisation `elsewhere`."""
    return sign_in_as(desk, "mill@example.net", "elsewhere")


def furnish(desk: Desk, user: User, name: str) -> str:
    """Have an organisation use all that there is; gives the secret of its channel."""
    _, secret = add_channel(desk, user, NewChannel(Way.WEBHOOK, f"Channel of {name}", ADDRESS, TOLD, for_all=True))
    save_office(desk, user, f"Department of {name}", ["Engineer"])
    cleaning.save_days(desk, user, 30)
    create_token(desk, user, f"Token of {name}", Scope.WRITE, 30)
    invite(desk, user, "new@example.org", Role.VIEWER)
    submit(desk, user, name)
    submit_upload(desk, user, f"{name}.xlsx", workbook_of(UNPRICED), "Civil", name)
    for _ in range(2):
        work.run_next(desk, "here/1")
    return secret


def submit(desk: Desk, user: User, name: str) -> Job:
    card = upload_schedule(desk, user, f"{name}.xlsx", workbook_of(), "Electrical", "2025-26")
    opened = estimates.create_estimate(desk, user, card.id, name)
    estimates.add_item(desk, user, opened.id, ROW_OF[FAN.name])
    save_profile(desk, user, opened.id, f"Profile of {name} {opened.id}")
    return jobs.submit_job(desk, user, opened.id, JobType.ESTIMATE)


def state_of(desk: Desk, organisation: str) -> tuple[dict[str, list[object]], dict[str, bytes]]:
    """All rows of an organisation by table, and all its files."""
    with desk.open_db() as db:
        found = {each.table: rows_of(db, each, organisation) for each in list_belongings(db)}
    folder = desk.files.folder / organisation
    return found, {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows_of(db: Database, belonging: Belonging, organisation: str) -> list[object]:
    sql = f"SELECT * FROM {belonging.table} WHERE {belonging.condition}"
    return list(rows(db, sql, {"organisation": organisation}))


def read(path: Path) -> Contents:
    with ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_each_table_belongs_to_organisations_or_is_shared(desk: Desk) -> None:
    with desk.open_db() as db:
        belonging = {each.table for each in list_belongings(db)}
        every = set(list_tables(db))

    assert belonging.isdisjoint(SHARED)
    assert belonging | SHARED == every


def test_a_table_that_says_nothing_of_whose_it_is_stops_both(desk: Desk, tmp_path: Path) -> None:
    with desk.open_db() as db:
        db.execute("CREATE TABLE forgotten (id TEXT PRIMARY KEY)")
    before = state_of_all_files(desk)

    with pytest.raises(ValueError, match="whose the rows of forgotten are"):
        export_organisation(desk, "local", tmp_path / "export.zip")

    assert state_of_all_files(desk) == before
    assert not (tmp_path / "export.zip").exists()


def state_of_all_files(desk: Desk) -> list[Path]:
    return sorted(path for path in desk.files.folder.rglob("*") if path.is_file())


def test_the_organisations_of_these_tests_have_something_in_every_table(desk: Desk) -> None:
    for organisation in ("local", "elsewhere"):
        found, files = state_of(desk, organisation)
        assert [table for table, some in found.items() if not some] == []
        assert files


def test_an_export_has_each_row_and_each_file(desk: Desk, tmp_path: Path) -> None:
    found, files = state_of(desk, "local")

    made = export_organisation(desk, "local", tmp_path / "export.zip")

    contents = read(made.path)
    assert made.manifest.counts == {table: len(some) for table, some in found.items()}
    assert {f"tables/{table}.jsonl": contents[f"tables/{table}.jsonl"].count(b"\n") for table in found} == {
        f"tables/{table}.jsonl": len(some) for table, some in found.items()
    }
    exported = sorted(data for name, data in contents.items() if name.startswith("files/"))
    assert exported == sorted(files.values())
    assert json.loads(contents["tables/organisations.jsonl"])["id"] == "local"
    assert check_archive(made.path) == made.manifest


def test_an_export_has_nothing_of_another_organisation(desk: Desk, tmp_path: Path) -> None:
    contents = read(export_organisation(desk, "local", tmp_path / "export.zip").path)

    tables = b"".join(data for name, data in contents.items() if not name.startswith("files/"))
    assert b"the hall" in tables
    for foreign in (b"the mill", b"elsewhere", b"example.net", b"Ravi"):
        assert foreign not in tables
    assert [name for name in contents if name.startswith("files/") and not name.startswith("files/local/")] == []


def test_an_export_has_no_secrets(desk: Desk, user: User, tmp_path: Path) -> None:
    secret = furnish(desk, user, "Wiring of the barn")
    with desk.open_db() as db:
        db.execute("CREATE TABLE keys (organisation TEXT REFERENCES organisations (id), label TEXT, api_token TEXT)")
        db.execute("INSERT INTO keys VALUES ('local', 'Tally', 'hush')")

    contents = read(export_organisation(desk, "local", tmp_path / "export.zip").path)

    tables = b"".join(data for name, data in contents.items() if name.startswith("tables/"))
    assert b"Channel of Wiring of the barn" in tables
    assert b"Tally" in tables
    for hidden in (secret.encode(), ADDRESS.encode(), b"t0k3n", b"hush"):
        assert hidden not in tables


def test_an_export_is_no_backup(desk: Desk, tmp_path: Path, clock: Clock) -> None:
    made = export_organisation(desk, "local", tmp_path / "export.zip")

    with pytest.raises(BadInput, match="is no backup but what one organisation has"):
        restore_backup(desk.settings.model_copy(update={"home": tmp_path / "restored"}), made.path, clock)

    assert not (tmp_path / "restored").exists()


def test_a_deleted_organisation_has_nothing_any_more_and_another_all(desk: Desk, user: User, stranger: User) -> None:
    found, files = state_of(desk, "local")
    others = state_of(desk, "elsewhere")

    left = delete_organisation(desk, "local")

    # One row more: the account of its owner, who belonged nowhere else.
    assert (left.rows, left.files) == (sum(len(some) for some in found.values()) + 1, len(files))
    assert state_of(desk, "local") == ({table: [] for table in found}, {})
    assert state_of(desk, "elsewhere") == others
    [job] = [job for job in jobs.list_jobs(desk, stranger) if job.type is JobType.ESTIMATE]
    assert [file.state for file in list_files(desk, stranger, job.id)] == [FileState.WHOLE]


def test_what_was_deleted_is_not_left_in_the_database_file(desk: Desk) -> None:
    before = desk.settings.database_path.read_bytes() + wal_of(desk)

    left = delete_organisation(desk, "local")

    assert b"Department of Wiring of the hall" in before
    assert left.compacted
    assert b"Department of Wiring of the hall" not in desk.settings.database_path.read_bytes() + wal_of(desk)


def wal_of(desk: Desk) -> bytes:
    path = desk.settings.database_path.with_name("app.db-wal")
    return path.read_bytes() if path.exists() else b""


@pytest.mark.parametrize("claims", [0, 1])
def test_an_organisation_whose_jobs_are_active_stays(desk: Desk, user: User, claims: int) -> None:
    submit(desk, user, "Wiring of the school")
    with desk.open_db() as db, writing(db):
        for _ in range(claims):
            claim_next(db, "here/1", desk.now())
    before = state_of(desk, "local")

    with pytest.raises(NotNow, match="wait or run, so nothing more is deleted"):
        delete_organisation(desk, "local")

    assert state_of(desk, "local") == before


def test_a_job_of_another_organisation_holds_nothing_up(desk: Desk, stranger: User) -> None:
    submit(desk, stranger, "Wiring of the school")

    delete_organisation(desk, "local")

    with desk.open_db() as db:
        assert [row["id"] for row in rows(db, "SELECT id FROM organisations")] == ["elsewhere"]


def test_a_job_that_is_asked_for_meanwhile_keeps_the_rows(
    desk: Desk, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, _ = state_of(desk, "local")
    submit_meanwhile(monkeypatch, lambda: submit(desk, user, "Wiring of the school"))

    with pytest.raises(NotNow):
        delete_organisation(desk, "local")

    after, _ = state_of(desk, "local")
    assert len(after["jobs"]) == len(before["jobs"]) + 1


def test_what_was_made_meanwhile_goes_too(desk: Desk, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def make() -> None:
        submit(desk, user, "Wiring of the school")
        work.run_next(desk, "here/1")

    submit_meanwhile(monkeypatch, make)

    delete_organisation(desk, "local")

    found, files = state_of(desk, "local")
    assert (sum(len(some) for some in found.values()), files) == (0, {})


def submit_meanwhile(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Have something done once, after the files went and before the rows do."""
    deleted, done = leaving._delete_local, []

    def delete_and_do(desk: Desk, organisation: str) -> int:
        number = deleted(desk, organisation)
        if not done:
            done.append(do())
        return number

    monkeypatch.setattr(leaving, "_delete_local", delete_and_do)


def test_a_file_that_will_not_go_keeps_the_rows_and_another_try_ends_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _ = state_of(desk, "local")
    monkeypatch.setattr(shutil, "rmtree", lambda folder, ignore_errors: None)
    with pytest.raises(OutOfOrder, match="would not go, so its rows stay too"):
        delete_organisation(desk, "local")
    kept, _ = state_of(desk, "local")
    monkeypatch.undo()

    delete_organisation(desk, "local")

    assert kept == found
    assert state_of(desk, "local") == ({table: [] for table in found}, {})


@pytest.mark.parametrize("organisation", ["nobody", "", "..", "local/outputs", "LOCAL", "' OR 1=1 --"])
def test_an_unknown_organisation_is_told(desk: Desk, tmp_path: Path, organisation: str) -> None:
    before = (state_of(desk, "local"), state_of(desk, "elsewhere"))

    with pytest.raises(BadInput, match=r"There is no organisation .*Those of this desk are: .*\(elsewhere\), .*l\)"):
        export_organisation(desk, organisation, tmp_path / "export.zip")
    with pytest.raises(BadInput, match="There is no organisation"):
        delete_organisation(desk, organisation)

    assert (state_of(desk, "local"), state_of(desk, "elsewhere")) == before
    assert not (tmp_path / "export.zip").exists()
