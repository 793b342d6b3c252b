"""`backup`, `verify`, `restore`, `export-organisation` and `delete-organisation` on the command line."""

import io
from pathlib import Path

import pytest

from estimate_core.__main__ import main
from estimate_core.desk import Desk
from estimate_core.domain.people import LOCAL, Organisation
from estimate_core.services.schedules import list_schedules, upload_schedule
from estimate_core.settings import Settings
from estimate_core.storage import accounts
from estimate_core.storage.database import writing
from estimate_core.storage.people import ensure_person
from estimate_core.wiring import connect
from tests.conftest import workbook_of

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk with a schedule, in the home of this environment."""
    monkeypatch.setenv("ESTIMATE_HOME", str(tmp_path / "home"))
    wires = connect(Settings(home=tmp_path / "home"))
    with wires.desk.open_db() as db, writing(db):
        ensure_person(db, LOCAL)
    upload_schedule(wires.desk, LOCAL, "small.xlsx", workbook_of(), "Electrical", "2025-26")
    wires.queue.storage.close()
    return wires.desk


@pytest.fixture
def named(desk: Desk) -> Desk:
    """That desk, whose organisation has a name by now."""
    with desk.open_db() as db, writing(db):
        accounts.rename_organisation(db, Organisation("local", "Roads and Buildings"))
    return desk


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "archive.zip"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_backup_is_made_verified_and_restored(desk: Desk, archive: Path, tmp_path: Path, capsys: Captured) -> None:
    home = tmp_path / "again"

    statuses = [main(["backup", str(archive)]), main(["verify", str(archive)])]
    statuses.append(main(["restore", str(archive), "--home", str(home)]))

    told = capsys.readouterr().out.splitlines()
    assert statuses == [0, 0, 0]
    assert f"{archive}: {archive.stat().st_size:,} bytes, SHA-256" in told[0]
    assert told[2] == f"{archive} is as it was made."
    assert told[4] == f"{archive} was restored to {home}."
    assert "4 files" in told[1]
    assert told[1] == told[3] == told[5]
    wires = connect(Settings(home=home))
    assert list_schedules(wires.desk, LOCAL) == list_schedules(desk, LOCAL)
    wires.queue.storage.close()


def test_files_that_are_gone_are_told_and_end_with_1(desk: Desk, archive: Path, capsys: Captured) -> None:
    [original] = desk.files.folder.rglob("original")
    original.unlink()

    statuses = [main(["backup", str(archive)]), main(["verify", str(archive)])]

    told = capsys.readouterr().out
    assert statuses == [1, 1]
    assert told.count(f"{original.relative_to(desk.files.folder).as_posix()} was missing when this was made.") == 2


def test_a_home_that_is_none_is_not_made_and_not_backed_up(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("ESTIMATE_HOME", str(tmp_path / "mistyped"))

    statuses = [
        main(["backup", str(archive)]),
        main(["export-organisation", "local", str(archive)]),
        main(["delete-organisation", "local", "--yes"]),
    ]

    assert statuses == [2, 2, 2]
    assert capsys.readouterr().err.count("There is no Estimate Desk in the folder") == 3
    assert names(tmp_path) == []


def test_a_refusal_is_a_sentence_and_leaves_everything(
    desk: Desk, archive: Path, tmp_path: Path, capsys: Captured
) -> None:
    archive.write_bytes(b"no archive")

    statuses = [
        main(["backup", str(archive)]),
        main(["verify", str(archive)]),
        main(["restore", str(archive), "--home", str(tmp_path / "again")]),
        main(["restore", str(archive)]),
    ]

    told = capsys.readouterr()
    assert statuses == [2, 2, 2, 2]
    assert told.out == ""
    assert len(told.err.splitlines()) == 4
    assert archive.read_bytes() == b"no archive"
    assert names(tmp_path) == ["archive.zip", "home"]


@pytest.mark.parametrize("asked", ["local", "Roads and Buildings", " roads AND  buildings "])
def test_an_organisation_is_exported_by_its_name_or_its_id(
    named: Desk, archive: Path, capsys: Captured, asked: str
) -> None:
    status = main(["export-organisation", asked, str(archive)])

    told = capsys.readouterr().out
    assert status == 0
    assert "It holds what \u201cRoads and Buildings\u201d (local) has." in told
    assert "4 files" in told
    assert main(["verify", str(archive)]) == 0


def test_an_unknown_organisation_is_told_before_anything_is_asked(desk: Desk, archive: Path, capsys: Captured) -> None:
    statuses = [main(["export-organisation", "nobody", str(archive)]), main(["delete-organisation", "nobody"])]

    told = capsys.readouterr()
    assert statuses == [2, 2]
    assert told.err.count("\u201cnobody\u201d. Those of this desk are: \u201clocal\u201d (local).") == 2
    assert told.out == ""
    assert not archive.exists()


def test_of_two_organisations_of_one_name_none_goes(named: Desk, archive: Path, capsys: Captured) -> None:
    with named.open_db() as db, writing(db):
        accounts.insert_organisation(db, Organisation("other", "Roads and Buildings"))

    asked = "Roads and buildings"
    statuses = [main(["export-organisation", asked, str(archive)]), main(["delete-organisation", asked, "--yes"])]

    assert statuses == [2, 2]
    assert capsys.readouterr().err.count("Give the id of one: local, other.") == 2
    assert len(list_schedules(named, LOCAL)) == 1
    assert not archive.exists()


@pytest.mark.parametrize("typed", ["", "\n", "yes\n", "LOCAL\n", "Roads and Buildings\n"])
@pytest.mark.parametrize("asked", ["local", "Roads and Buildings"])
def test_an_organisation_whose_id_was_not_typed_stays(
    named: Desk, monkeypatch: pytest.MonkeyPatch, capsys: Captured, asked: str, typed: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    status = main(["delete-organisation", asked])

    told = capsys.readouterr()
    assert status == 2
    assert told.out.startswith("All that \u201cRoads and Buildings\u201d (local) has is deleted")
    assert "The id of \u201cRoads and Buildings\u201d (local) was not typed, so nothing was deleted." in told.err
    assert len(list_schedules(named, LOCAL)) == 1


@pytest.mark.parametrize(("options", "typed"), [([], "local\n"), (["--yes"], "")])
@pytest.mark.parametrize("asked", ["local", "Roads and Buildings"])
def test_an_organisation_is_deleted_once_its_id_was_typed(
    named: Desk, monkeypatch: pytest.MonkeyPatch, capsys: Captured, asked: str, options: list[str], typed: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    status = main(["delete-organisation", asked, *options])

    assert status == 0
    assert "4 rows and 4 files of \u201cRoads and Buildings\u201d (local) were deleted." in capsys.readouterr().out
    assert list(named.files.folder.rglob("*")) == []
    assert list_schedules(named, LOCAL) == []
