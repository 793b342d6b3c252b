"""Opening a desk: its folder, its databases, its key."""

import errno
import os
import stat
from pathlib import Path
from unittest.mock import Mock

import pytest

from estimate_core.desk import open_desk, prepare_home
from estimate_core.domain.errors import BadInput
from estimate_core.settings import Settings
from estimate_core.storage.database import rows
from estimate_core.wiring import connect, utc_now


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
        made = {path.name: mode_of(path) for path in tmp_path.iterdir()}
        for path in tmp_path.iterdir():
            path.chmod(0o664)

        prepare_home(settings)
        again = {path.name: mode_of(path) for path in tmp_path.iterdir() if path.name in made}

    wires.queue.storage.close()
    assert {"app.db", "app.db-wal", "app.db-shm", "queue.db", "queue.db-wal", "secret.key"} <= set(made)
    assert set(made.values()) == {0o600}
    assert {mode for name, mode in again.items() if name != "secret.key"} == {0o600}
    assert mode_of(tmp_path) == 0o755


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
