"""Backups: whole while everything runs, believed in nothing when they are brought back, and then all or nothing."""

import errno
import json
import os
import shutil
import stat
import warnings
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

import pytest

from estimate_core.desk import Desk, open_desk
from estimate_core.domain.errors import BadInput, DeskError, SignedOut
from estimate_core.domain.job import Job, JobType, Status
from estimate_core.domain.people import LOCAL, Role, User
from estimate_core.services import cleaning, estimates, jobs, work
from estimate_core.services.backup import back_up
from estimate_core.services.doors import is_open
from estimate_core.services.downloads import FileState, list_files
from estimate_core.services.packing import Made
from estimate_core.services.recovery import recover_jobs
from estimate_core.services.restoring import check_archive, restore_backup
from estimate_core.services.schedules import ScheduleCard, list_schedules
from estimate_core.services.signing_in import find_visitor
from estimate_core.services.uploads import submit_upload, upload_findings
from estimate_core.settings import Settings
from estimate_core.storage import queue, snapshot
from estimate_core.storage.archive import MANIFEST
from estimate_core.storage.database import writing
from tests.conftest import CABLE, FAN, ROW_OF, UNPRICED, Clock, workbook_of
from tests.people import HERE, settle, sign_in_again

Contents = dict[str, bytes]
Submit = Callable[[], Job]


@pytest.fixture
def submit(desk: Desk, user: User, schedule: ScheduleCard) -> Submit:
    """A function that submits a job of a small estimate."""

    def submit() -> Job:
        opened = estimates.create_estimate(desk, user, schedule.id, "Wiring of the hall")
        estimates.add_item(desk, user, opened.id, ROW_OF[FAN.name])
        return jobs.submit_job(desk, user, opened.id, JobType.ESTIMATE)

    return submit


@pytest.fixture
def done(desk: Desk, submit: Submit) -> Job:
    """A job that made its file."""
    job = submit()
    work.run_next(desk, "here/1")
    return job


@pytest.fixture
def made(desk: Desk, done: Job, tmp_path: Path) -> Made:
    """A backup of a desk with a schedule and the file of a job."""
    return back_up(desk, tmp_path / "backup.zip")


def restored(made: Made, home: Path, clock: Clock) -> Desk:
    restore_backup(Settings(home=home), made.path, clock)
    return open_desk(Settings(home=home), lambda job: None, clock)


def read(path: Path) -> Contents:
    with ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def write(path: Path, contents: Contents) -> None:
    with ZipFile(path, "w") as file:
        for name, data in contents.items():
            file.writestr(name, data)


def alter(path: Path, change: Callable[[Contents], object]) -> None:
    """Write an archive anew with other contents."""
    contents = read(path)
    change(contents)
    write(path, contents)


def alter_manifest(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    def within(contents: Contents) -> None:
        told = json.loads(contents[MANIFEST])
        change(told)
        contents[MANIFEST] = json.dumps(told).encode()

    alter(path, within)


def file_in(contents: Contents, words: str) -> str:
    """The name of the first entry with these words in it."""
    return next(name for name in contents if words in name)


def refusal_of(made: Made, clock: Clock, home: Path) -> str:
    """What checking and restoring say of an archive, both; neither leaves anything."""
    before = sorted(home.parent.iterdir())
    with pytest.raises(BadInput) as checked:
        check_archive(made.path)
    with pytest.raises(BadInput) as refused:
        restore_backup(Settings(home=home), made.path, clock)
    assert str(checked.value) == str(refused.value)
    assert sorted(home.parent.iterdir()) == before
    return str(refused.value)


def test_what_was_backed_up_is_there_again(desk: Desk, user: User, done: Job, tmp_path: Path, clock: Clock) -> None:
    made = back_up(desk, tmp_path / "backup.zip")

    again = restored(made, tmp_path / "restored", clock)

    assert check_archive(made.path) == made.manifest
    assert made.manifest.is_whole
    assert [file.state for file in list_files(again, user, done.id)] == [FileState.WHOLE]
    assert list_schedules(again, user) == list_schedules(desk, user)
    assert estimates.last_estimate(again, user) == estimates.last_estimate(desk, user)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps access rights elsewhere")
@pytest.mark.parametrize("is_there", [False, True])
def test_a_restored_home_is_its_owners_alone(made: Made, tmp_path: Path, clock: Clock, is_there: bool) -> None:
    home = tmp_path / "restored"
    if is_there:
        home.mkdir(mode=0o755)

    restore_backup(Settings(home=home), made.path, clock)

    assert [stat.S_IMODE(path.stat().st_mode) for path in (home, home / "files")] == [0o700, 0o700]


def test_the_key_is_in_no_backup_and_a_restored_desk_has_one_of_its_own(
    desk: Desk, made: Made, tmp_path: Path, clock: Clock
) -> None:
    contents = read(made.path)

    again = restored(made, tmp_path / "restored", clock)

    assert desk.settings.key_path.read_bytes() == desk.key
    assert not [name for name, data in contents.items() if "secret.key" in name or desk.key in data]
    assert len(again.key) == len(desk.key)
    assert again.key != desk.key


def test_a_restored_desk_has_its_people_and_stays_closed_to_everybody_until_they_sign_in(
    desk: Desk, tmp_path: Path, clock: Clock
) -> None:
    owner = settle(desk, "asha@example.org")

    there = restored(back_up(desk, tmp_path / "backup.zip"), tmp_path / "there", clock)

    assert not is_open(there)
    assert find_visitor(there, owner.ticket, HERE) is None
    with pytest.raises(SignedOut):
        list_schedules(there, LOCAL)
    assert sign_in_again(there, owner.account).user.role is Role.OWNER


def test_a_restored_desk_goes_on_working(made: Made, user: User, tmp_path: Path, clock: Clock) -> None:
    again = restored(made, tmp_path / "restored", clock)

    [card] = list_schedules(again, user)
    opened = estimates.create_estimate(again, user, card.id, "Wiring of the school")
    estimates.add_item(again, user, opened.id, ROW_OF[CABLE.name])
    job = jobs.submit_job(again, user, opened.id, JobType.OUTPUT)
    work.run_next(again, "there/1")

    assert jobs.get_job(again, user, job.id).status is Status.COMPLETED


def test_active_jobs_are_rung_again_and_complete(
    desk: Desk, user: User, submit: Submit, tmp_path: Path, clock: Clock
) -> None:
    running, waiting = submit(), submit()
    reading = submit_upload(desk, user, "b.xlsx", workbook_of(FAN), "Civil", "2026").job
    assert reading
    with desk.open_db() as db, writing(db):
        queue.claim_next(db, "here/1", clock.at)
    made = back_up(desk, tmp_path / "backup.zip")
    restore_backup(Settings(home=tmp_path / "restored"), made.path, clock)
    rung: list[str] = []
    again = open_desk(Settings(home=tmp_path / "restored"), rung.append, clock)

    clock.move(60)
    recover_jobs(again)
    for _ in range(3):
        work.run_next(again, "there/1")

    assert {running.id, waiting.id, reading.id} == set(rung)
    assert {jobs.get_job(again, user, job).status for job in rung} == {Status.COMPLETED}
    assert all(file.state is FileState.WHOLE for job in rung for file in list_files(again, user, job))
    assert jobs.get_job(desk, user, running.id).status is Status.RUNNING


def test_only_what_rows_stand_for_is_in_a_backup(
    desk: Desk, user: User, done: Job, tmp_path: Path, clock: Clock
) -> None:
    clock.move(366 * 86_400)
    cleaning.clean(desk, user)
    orphan = desk.files.folder / "local" / "outputs" / "orphan"
    orphan.write_bytes(b"left over")
    (desk.settings.home / "queue.db").write_bytes(b"a doorbell")

    made = back_up(desk, tmp_path / "backup.zip")

    assert made.manifest.is_whole
    assert sorted({name.split("/")[-1].split("-")[0] for name in made.manifest.entries}) == [
        "app.db",
        "drawings",
        "mould",
        "original",
        "schedule",
    ]


def test_findings_of_a_refused_upload_are_in_it(desk: Desk, user: User, tmp_path: Path, clock: Clock) -> None:
    job = submit_upload(desk, user, "bad.xlsx", workbook_of(UNPRICED), "Civil", "2026").job
    assert job
    work.run_next(desk, "here/1")

    again = restored(back_up(desk, tmp_path / "backup.zip"), tmp_path / "restored", clock)

    assert upload_findings(again, user, job.id) == upload_findings(desk, user, job.id)
    assert upload_findings(again, user, job.id)


def test_files_that_are_gone_or_damaged_are_told_and_the_rest_is_kept(
    desk: Desk, user: User, submit: Submit, tmp_path: Path, clock: Clock
) -> None:
    gone, damaged, whole = submit(), submit(), submit()
    for _ in range(3):
        work.run_next(desk, "here/1")
    path_of = {
        job.id: desk.files.folder / "local" / "outputs" / list_files(desk, user, job.id)[0].output.id
        for job in (gone, damaged, whole)
    }
    path_of[gone.id].unlink()
    path_of[damaged.id].write_bytes(b"changed")

    made = back_up(desk, tmp_path / "backup.zip")
    again = restored(made, tmp_path / "restored", clock)

    assert made.manifest.missing == (f"local/outputs/{path_of[gone.id].name}",)
    assert made.manifest.damaged == (f"local/outputs/{path_of[damaged.id].name}",)
    assert check_archive(made.path) == made.manifest
    states = [list_files(again, user, job.id)[0].state for job in (gone, damaged, whole)]
    assert states == [FileState.MISSING, FileState.DAMAGED, FileState.WHOLE]


def test_what_is_committed_meanwhile_is_not_waited_for(
    desk: Desk, user: User, submit: Submit, done: Job, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = snapshot.check_copy

    def check_and_submit(path: Path) -> None:
        checked(path)
        submit()
        work.run_next(desk, "here/1")

    monkeypatch.setattr(snapshot, "check_copy", check_and_submit)
    made = back_up(desk, tmp_path / "backup.zip")
    monkeypatch.undo()

    again = restored(made, tmp_path / "restored", clock)

    assert [job.id for job in jobs.list_jobs(again, user)] == [done.id]
    assert len(jobs.list_jobs(desk, user)) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_a_backup_is_its_owners_alone(made: Made) -> None:
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_replaced_by_force_only(desk: Desk, done: Job, tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    path.write_bytes(b"of yesterday")

    with pytest.raises(BadInput, match="is there already"):
        back_up(desk, path)
    before = path.read_bytes()
    made = back_up(desk, path, force=True)

    assert before == b"of yesterday"
    assert check_archive(path) == made.manifest


@pytest.mark.parametrize(
    ("name", "told"), [("nowhere/backup.zip", "There is no folder"), ("home", "is a folder. Give the name of a file")]
)
def test_a_place_that_cannot_be_is_told(desk: Desk, tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        back_up(desk, tmp_path / name, force=True)

    assert [path.name for path in tmp_path.iterdir()] == ["home"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_what_is_no_plain_file_is_not_replaced(desk: Desk, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(BadInput, match="is no plain file, so it is not replaced"):
        back_up(desk, pipe, force=True)

    assert pipe.is_fifo()


def test_without_room_nothing_is_left_of_a_backup(
    desk: Desk, done: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "backup.zip"
    path.write_bytes(b"of yesterday")
    fill_the_disk_after(monkeypatch, 2)

    with pytest.raises(BadInput, match=r"was not made: No space left on device\. Nothing is left of it"):
        back_up(desk, path, force=True)

    assert path.read_bytes() == b"of yesterday"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["backup.zip", "home"]


def test_a_damaged_database_is_not_backed_up_over_a_good_backup(desk: Desk, made: Made) -> None:
    before = made.path.read_bytes()
    break_database(desk.settings.database_path)

    with pytest.raises(DeskError, match=r"cannot be read \(database disk image is malformed\)"):
        back_up(desk, made.path, force=True)

    assert made.path.read_bytes() == before


def break_database(path: Path) -> None:
    """Write nonsense over pages of a database, but its first."""
    data = bytearray(path.read_bytes())
    data[8_192:] = b"\x5a" * (len(data) - 8_192)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"CREATE TABLE estimates", b"CREATE TABLE est\xd3mates"), (b"SQLite format 3", b"SQLite format 4")],
)
def test_a_database_that_was_damaged_before_it_was_packed_is_told(
    made: Made, clock: Clock, tmp_path: Path, old: bytes, new: bytes
) -> None:
    def damage(contents: Contents) -> None:
        contents["app.db"] = contents["app.db"].replace(old, new)
        told = json.loads(contents[MANIFEST])
        told["entries"]["app.db"]["sha256"] = sha256(contents["app.db"]).hexdigest()
        contents[MANIFEST] = json.dumps(told).encode()

    alter(made.path, damage)

    assert "The database app.db is damaged" in refusal_of(made, clock, tmp_path / "restored")


def fill_the_disk_after(monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
    """Have the disk full when a zip entry was begun so many times."""
    opened = ZipFile.open
    count = [0]

    def open_until_full(self: ZipFile, name: str, mode: str = "r", **options: Any) -> Any:
        count[0] += mode == "w"
        if count[0] > writes:
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(self, name, mode, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ZipFile, "open", open_until_full)


def test_a_truncated_archive_is_refused(made: Made, clock: Clock, tmp_path: Path) -> None:
    data = made.path.read_bytes()

    for size in (0, 10, len(data) // 2, len(data) - 10):
        made.path.write_bytes(data[:size])
        told = refusal_of(made, clock, tmp_path / "restored")
        assert "is damaged" in told


def test_each_flipped_byte_of_an_entry_is_found(made: Made, clock: Clock, tmp_path: Path) -> None:
    data = made.path.read_bytes()

    for place in range(100, len(data) - 100, len(data) // 20):
        made.path.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        told = refusal_of(made, clock, tmp_path / "restored")
        assert "damaged" in told


def test_a_missing_entry_is_told(made: Made, clock: Clock, tmp_path: Path) -> None:
    alter(made.path, lambda contents: contents.pop(file_in(contents, "outputs")))

    told = refusal_of(made, clock, tmp_path / "restored")

    assert "outputs" in told
    assert "is missing" in told


@pytest.mark.parametrize("name", ["files/local/outputs/extra", "../evil", "/etc/evil", "a\\b", "C:/evil", "files//x"])
def test_an_entry_more_is_told(made: Made, clock: Clock, tmp_path: Path, name: str) -> None:
    alter(made.path, lambda contents: contents.update({name: b"extra"}))

    told = refusal_of(made, clock, tmp_path / "restored")

    assert f"\u201c{name}\u201d does not belong in it" in told


@pytest.mark.parametrize("name", ["files/../../evil", "../evil", "/etc/evil", "files/a\\..\\b", "C:/evil", "files//x"])
def test_a_name_that_leads_elsewhere_is_refused(made: Made, clock: Clock, tmp_path: Path, name: str) -> None:
    entry = {"size": 5, "sha256": "0" * 64}
    alter_manifest(made.path, lambda told: told["entries"].update({name: entry}))
    alter(made.path, lambda contents: contents.update({name: b"extra"}))

    told = refusal_of(made, clock, tmp_path / "restored")

    assert "is no archive of Estimate Desk" in told


def test_other_bytes_are_told(made: Made, clock: Clock, tmp_path: Path) -> None:
    def swap(contents: Contents) -> None:
        name = file_in(contents, "outputs")
        contents[name] = contents[name][::-1]

    alter(made.path, swap)

    told = refusal_of(made, clock, tmp_path / "restored")

    assert "is not what it was" in told


def test_a_file_that_was_changed_together_with_its_manifest_is_told_by_the_rows(
    made: Made, clock: Clock, tmp_path: Path
) -> None:
    def leave_out(contents: Contents) -> None:
        name = file_in(contents, "outputs")
        del contents[name]
        told = json.loads(contents[MANIFEST])
        del told["entries"][name]
        contents[MANIFEST] = json.dumps(told).encode()

    alter(made.path, leave_out)

    told = refusal_of(made, clock, tmp_path / "restored")

    assert "of a row is not in it as it was made" in told


def test_a_link_is_refused(made: Made, clock: Clock, tmp_path: Path) -> None:
    contents = read(made.path)
    name = file_in(contents, "outputs")
    with ZipFile(made.path, "w") as file:
        for each, data in contents.items():
            info = ZipInfo(each)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16 if each == name else 0
            file.writestr(info, data)

    told = refusal_of(made, clock, tmp_path / "restored")

    assert "is not what it was" in told


def test_a_name_twice_is_refused(made: Made, clock: Clock, tmp_path: Path) -> None:
    contents = read(made.path)
    with warnings.catch_warnings(), ZipFile(made.path, "a") as file:
        warnings.simplefilter("ignore")
        file.writestr(file_in(contents, "outputs"), contents[file_in(contents, "outputs")])

    told = refusal_of(made, clock, tmp_path / "restored")

    assert "a name is in it twice" in told


def test_an_entry_beyond_its_size_is_not_unpacked(made: Made, clock: Clock, tmp_path: Path) -> None:
    alter(made.path, lambda contents: contents.update({file_in(contents, "outputs"): b"0" * 50_000_000}))

    told = refusal_of(made, clock, tmp_path / "restored")

    assert "is not what it was" in told


def test_more_than_the_disk_has_room_for_is_refused_at_once(
    made: Made, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))

    with pytest.raises(BadInput, match="The backup needs 1 MB and .* has room for 0 MB"):
        restore_backup(Settings(home=tmp_path / "restored"), made.path, clock)

    assert not (tmp_path / "restored").exists()


def test_a_disk_that_is_full_half_way_leaves_nothing(
    made: Made, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(tmp_path.iterdir())
    synced, count = os.fsync, [0]

    def full(handle: int) -> None:
        count[0] += 1
        if count[0] > 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        synced(handle)

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(Exception, match="no room left"):
        restore_backup(Settings(home=tmp_path / "restored"), made.path, clock)

    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("change", [{"format": 2}, {"migrations": ["first_tables", "of_tomorrow"]}])
def test_what_a_newer_program_made_is_refused(
    made: Made, clock: Clock, tmp_path: Path, change: dict[str, object]
) -> None:
    alter_manifest(made.path, lambda told: told.update(change))

    told = refusal_of(made, clock, tmp_path / "restored")

    assert "made by a newer Estimate Desk" in told
    assert "Update this one" in told


@pytest.mark.parametrize(
    "change",
    [
        {"program": "another"},
        {"format": "1"},
        {"kind": "picture"},
        {"entries": []},
        {"entries": {"app.db": {"size": -1, "sha256": ""}}},
        {"missing": "none"},
        {"counts": {"jobs": None}},
    ],
)
def test_a_manifest_that_is_none_is_refused(
    made: Made, clock: Clock, tmp_path: Path, change: dict[str, object]
) -> None:
    alter_manifest(made.path, lambda told: told.update(change))

    assert "is no archive of Estimate Desk" in refusal_of(made, clock, tmp_path / "restored")


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"[" * 100_000, b"null"])
def test_a_manifest_of_other_bytes_is_refused(made: Made, clock: Clock, tmp_path: Path, data: bytes) -> None:
    alter(made.path, lambda contents: contents.update({MANIFEST: data}))

    assert "is no archive of Estimate Desk" in refusal_of(made, clock, tmp_path / "restored")


def test_an_archive_without_manifest_or_database_is_refused(made: Made, clock: Clock, tmp_path: Path) -> None:
    whole = read(made.path)
    alter(made.path, lambda contents: contents.pop(MANIFEST))
    without_manifest = refusal_of(made, clock, tmp_path / "restored")
    write(made.path, whole)
    alter(made.path, lambda contents: contents.pop("app.db"))
    alter_manifest(made.path, lambda told: told["entries"].pop("app.db"))
    without_database = refusal_of(made, clock, tmp_path / "restored")

    assert "has no list of its contents" in without_manifest
    assert "has no database in it" in without_database


@pytest.mark.parametrize("name", ["files", "app.db", ".hidden"])
def test_a_home_that_holds_something_is_left_as_it_is(made: Made, clock: Clock, tmp_path: Path, name: str) -> None:
    home = tmp_path / "restored"
    home.mkdir()
    (home / name).write_bytes(b"mine")

    with pytest.raises(BadInput, match="is not empty, so nothing is restored into it"):
        restore_backup(Settings(home=home), made.path, clock)

    assert [(path.name, path.read_bytes()) for path in home.iterdir()] == [(name, b"mine")]


def test_an_empty_home_is_filled(made: Made, user: User, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "restored").mkdir()

    again = restored(made, tmp_path / "restored", clock)

    assert len(list_schedules(again, user)) == 1


def test_a_file_that_is_absent_is_told(made: Made, clock: Clock, tmp_path: Path) -> None:
    absent = replace(made, path=tmp_path / "absent.zip")

    assert "cannot be read: No such file or directory" in refusal_of(absent, clock, tmp_path / "restored")
