"""`clean` on the command line: it tells first, and does what it told."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from estimate_core.__main__ import main
from estimate_core.domain.people import LOCAL
from estimate_core.settings import Settings
from estimate_core.storage.database import writing
from estimate_core.storage.people import ensure_person
from estimate_core.wiring import connect


@pytest.fixture
def orphan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of no job in a home of its own."""
    monkeypatch.setenv("ESTIMATE_HOME", str(tmp_path))
    wires = connect(Settings(home=tmp_path))
    with wires.desk.open_db() as db, writing(db):
        ensure_person(db, LOCAL)
    path = wires.desk.files.folder / "local" / "outputs" / "orphan"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"left over")
    old = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    os.utime(path, (old, old))
    return path


def test_a_dry_run_tells_what_would_go(orphan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["clean", "--dry-run"])

    told = capsys.readouterr().out.splitlines()
    assert told == ["local  local/outputs/orphan  9 bytes  of no job", "1 file of 0.0 MB would go: 1 of no job."]
    assert status == 0
    assert orphan.exists()


def test_cleaning_tells_what_went(orphan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["clean"])

    told = capsys.readouterr().out.splitlines()
    assert told == ["1 file of 0.0 MB went: 1 of no job.", "The database was compacted."]
    assert status == 0
    assert not orphan.exists()


def test_an_unknown_organisation_is_told(orphan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["clean", "--organisation", "nobody"])

    assert status == 2
    assert "There is no organisation \u201cnobody\u201d" in capsys.readouterr().err
    assert orphan.exists()
