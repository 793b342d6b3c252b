"""Opening a desk: its folder, its databases, its key."""

import errno
import os
import stat
from pathlib import Path
from unittest.mock import Mock

import pytest

from estimate_core.desk import open_desk, prepare_home
from estimate_core.domain.errors import BadInput, SignedOut
from estimate_core.domain.people import LOCAL
from estimate_core.services.accounts import NewPerson, create_first_account
from estimate_core.services.estimates import list_estimates
from estimate_core.services.listing import JobFilter, page_of_jobs
from estimate_core.services.signing_in import Caller, find_visitor
from estimate_core.settings import Settings
from estimate_core.storage.database import connected, rows, writing
from estimate_core.storage.migrations import migrations
from estimate_core.wiring import connect, utc_now

OF_BEFORE = (
    "INSERT INTO organisations (id, name) VALUES ('local', 'local')",
    "INSERT INTO users (id, organisation, name) VALUES ('local', 'local', 'local')",
    """INSERT INTO schedules (id, organisation, category, edition, filename, content_hash, items, errors, warnings,
        notes, created, created_by) VALUES ('s', 'local', 'Civil', '2025', 'x', 'aa', 3, 0, 0, 0, '2026-04-01T09:30:00',
        'local')""",
    """INSERT INTO estimates (id, organisation, schedule, name, work_type, amount, lines, version, newest_version,
        created, changed, changed_by) VALUES ('e', 'local', 's', 'Canal', 'original', '0', 0, 1, 1,
        '2026-04-01T09:30:00+00:00', '2026-04-01T09:30:00+00:00', 'local')""",
    """INSERT INTO jobs (id, organisation, user, type, status, work_name, estimate, schedule, created) VALUES
        ('j', 'local', 'local', 'generate_output_excel', 'completed', 'Canal', 'e', 's', '2026-04-01T09:30+00:00')""",
)


def test_a_desk_opens_in_a_new_folder_and_again_in_the_same(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "new" / "home")

    for _ in range(2):
        desk = open_desk(settings, print, utc_now)

    with desk.open_db() as db:
        assert rows(db, "SELECT * FROM jobs") == []


def test_a_desk_has_one_key_for_as_long_as_its_home(tmp_path: Path) -> None:
    first, again = (open_desk(Settings(home=tmp_path), print, utc_now) for _ in range(2))
    other = open_desk(Settings(home=tmp_path / "other"), print, utc_now)

    assert len(first.key) == 32
    assert first.key == again.key == (tmp_path / "secret.key").read_bytes()
    assert first.key != other.key
    assert repr(first.key) not in repr(first)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps access rights elsewhere")
def test_databases_and_key_are_their_owners_alone_also_where_they_were_not(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    wires = connect(settings)
    wires.desk.enqueue("a job")
    with wires.desk.open_db() as db:
        # A connection that is open keeps what SQLite puts beside the database.
        rows(db, "SELECT * FROM jobs")
        tmp_path.chmod(0o755)
        made = {path.name: mode_of(path) for path in tmp_path.iterdir() if path.is_file()}
        for name in made:
            (tmp_path / name).chmod(0o664)

        prepare_home(settings)
        again = {path.name: mode_of(path) for path in tmp_path.iterdir() if path.name in made}

    wires.queue.storage.close()
    assert {"app.db", "app.db-wal", "app.db-shm", "queue.db", "queue.db-wal", "secret.key"} <= set(made)
    assert set(made.values()) == {0o600}
    assert {mode for name, mode in again.items() if name != "secret.key"} == {0o600}
    assert mode_of(tmp_path) == 0o755


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps access rights elsewhere")
def test_what_files_hold_is_closed_to_other_users_of_the_machine_from_the_first_start_on(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "new" / "home")

    prepare_home(settings)

    assert (mode_of(settings.home), mode_of(settings.files_folder)) == (0o700, 0o700)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps access rights elsewhere")
def test_the_folder_of_files_is_closed_by_each_start_and_a_home_that_was_there_is_left(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    tmp_path.chmod(0o755)
    settings.files_folder.mkdir(mode=0o755)
    kept = settings.files_folder / "local"
    kept.mkdir()

    prepare_home(settings)

    assert (mode_of(tmp_path), mode_of(settings.files_folder)) == (0o755, 0o700)
    assert kept.is_dir()


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps access rights elsewhere")
def test_a_folder_of_files_of_another_owner_serves_and_whoever_hosts_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(home=tmp_path)
    prepare_home(settings)
    settings.files_folder.chmod(0o755)
    monkeypatch.setattr(Path, "chmod", Mock(side_effect=PermissionError(errno.EPERM, "Operation not permitted")))

    prepare_home(settings)

    assert f"{settings.files_folder} may be read by others, and that could not be changed" in caplog.text


def test_a_file_where_the_folder_of_files_belongs_is_told(tmp_path: Path) -> None:
    (tmp_path / "files").write_bytes(b"no folder")

    with pytest.raises(BadInput, match="The folder .*files cannot be used .*set ESTIMATE_HOME"):
        prepare_home(Settings(home=tmp_path))

    assert (tmp_path / "files").read_bytes() == b"no folder"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = PermissionError(errno.EACCES, "Permission denied")
    monkeypatch.setattr("estimate_core.storage.files.os.open", Mock(side_effect=refused))

    with pytest.raises(BadInput, match="The database .*app.db cannot be used .*Permission denied"):
        prepare_home(Settings(home=tmp_path))


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps access rights elsewhere")
def test_a_database_of_another_owner_serves_and_whoever_hosts_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(home=tmp_path)
    prepare_home(settings)
    settings.database_path.chmod(0o660)
    monkeypatch.setattr(Path, "chmod", Mock(side_effect=PermissionError(errno.EPERM, "Operation not permitted")))

    prepare_home(settings)

    assert "app.db may be read by others, and that could not be changed" in caplog.text


def test_a_home_of_before_there_were_accounts_belongs_to_whoever_makes_the_first(tmp_path: Path) -> None:
    with connected(tmp_path / "app.db") as db, writing(db):
        migrations.apply(db, stop_before="people_and_doors")
        for statement in OF_BEFORE:
            db.execute(statement)
    desk = open_desk(Settings(home=tmp_path), print, utc_now)
    person = NewPerson("Asha", "asha@example.org", "bricks under monsoon")

    ticket = create_first_account(desk, "PWD Guntur", person, Caller())

    visitor = find_visitor(desk, ticket, Caller())
    assert visitor and visitor.user
    [estimate] = list_estimates(desk, visitor.user)
    [job] = page_of_jobs(desk, visitor.user, JobFilter(user=visitor.user.id), 10).entries
    assert (estimate.name, estimate.changed_by, job.work_name) == ("Canal", "Asha", "Canal")
    with pytest.raises(SignedOut):
        list_estimates(desk, LOCAL)
