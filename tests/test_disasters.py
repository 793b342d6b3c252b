"""What a person sees where disk, folder or database do not serve: a sentence, and nothing is lost."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from estimate_core import wiring
from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, OutOfOrder
from estimate_core.domain.job import Job, JobType, Status
from estimate_core.domain.people import User
from estimate_core.services import downloads, estimates, jobs, work
from estimate_core.services.downloads import FileState
from estimate_core.services.schedules import ScheduleCard, list_schedules
from estimate_core.services.troubles import trouble_of
from estimate_core.services.uploads import list_uploads, submit_upload
from estimate_core.settings import Settings
from estimate_core.storage import database, files, queue
from estimate_core.storage.database import writing
from pages import frame
from tests.conftest import FAN, ROW_OF, Clock, workbook_of

WORKER = "here/1"
ROOT = Path(__file__).parents[1]
Submit = Callable[[], Job]


@pytest.fixture
def submit(desk: Desk, user: User, schedule: ScheduleCard) -> Submit:
    """A function that submits a job of a small estimate."""

    def submit() -> Job:
        opened = estimates.create_estimate(desk, user, schedule.id, "Wiring of the hall")
        estimates.add_item(desk, user, opened.id, ROW_OF[FAN.name])
        return jobs.submit_job(desk, user, opened.id, JobType.ESTIMATE)

    return submit


def run_to_its_end(desk: Desk, clock: Clock) -> None:
    while again := work.run_next(desk, WORKER):
        clock.at = again


def outputs(desk: Desk) -> list[Path]:
    return [path for path in desk.files.folder.glob("*/outputs/*") if path.is_file()]


def fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)


def test_a_full_disk_fails_the_job_with_a_sentence_and_leaves_no_half_file(
    desk: Desk, user: User, submit: Submit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = submit()
    run_to_its_end(desk, clock)
    job = submit()

    with monkeypatch.context() as patch:
        fill_the_disk(patch)
        run_to_its_end(desk, clock)
    failed = jobs.get_job(desk, user, job.id)
    left = outputs(desk)
    jobs.retry_job(desk, user, job.id)
    run_to_its_end(desk, clock)

    assert (failed.status, failed.attempts, failed.error_message) == (Status.FAILED, 3, files.NO_ROOM)
    assert len(left) == 1
    for whole in (before, job):
        assert [made.state for made in downloads.list_files(desk, user, whole.id)] == [FileState.WHOLE]


def test_a_workbook_that_the_disk_has_no_room_for_is_refused_and_nothing_is_kept(
    desk: Desk, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        fill_the_disk(patch)
        with pytest.raises(OutOfOrder, match="There is no room left on the disk of the server"):
            submit_upload(desk, user, "small.xlsx", workbook_of(), "Electrical", "2025-26")

    assert (list_uploads(desk, user), list_schedules(desk, user)) == ([], [])
    assert [path for path in desk.files.folder.rglob("*") if path.is_file()] == []


def test_a_folder_that_cannot_be_used_fails_the_job_with_a_sentence(
    desk: Desk, user: User, submit: Submit, clock: Clock
) -> None:
    job = submit()
    (desk.files.folder / "local" / "outputs").write_text("in the way", encoding="utf-8")

    run_to_its_end(desk, clock)

    failed = jobs.get_job(desk, user, job.id)
    assert (failed.status, failed.attempts) == (Status.FAILED, 3)
    assert failed.error_message.startswith("The folder of Estimate Desk on the server cannot be written")


def test_a_folder_of_files_that_was_deleted_is_made_again(desk: Desk, user: User, submit: Submit, clock: Clock) -> None:
    lost = submit()
    run_to_its_end(desk, clock)
    shutil.rmtree(desk.files.folder / "local" / "outputs")

    job = submit()
    run_to_its_end(desk, clock)

    assert [made.state for made in downloads.list_files(desk, user, lost.id)] == [FileState.MISSING]
    assert [made.state for made in downloads.list_files(desk, user, job.id)] == [FileState.WHOLE]


def test_a_database_that_is_locked_keeps_a_job_waiting_and_loses_nothing(
    desk: Desk, user: User, submit: Submit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit()
    locked, in_vain = Event(), Event()
    handed_back = queue.hand_back

    def hold_the_lock() -> None:
        with desk.open_db() as db, writing(db):
            locked.set()
            assert in_vain.wait(30)

    def lock_and_pour(*_: object) -> None:
        holder.start()
        assert locked.wait(30)

    def hand_back(*arguments: object) -> bool:
        try:
            return handed_back(*arguments)  # type: ignore[arg-type]
        finally:
            in_vain.set()

    holder = Thread(target=hold_the_lock)
    with monkeypatch.context() as patch:
        patch.setattr(database, "BUSY_SECONDS", 0.05)
        patch.setattr(work, "OUTAGE_PAUSE", 0.01)
        patch.setattr(queue, "hand_back", hand_back)
        patch.setattr("estimate_core.services.making.pour", lock_and_pour)
        due = work.run_next(desk, WORKER)
        holder.join()
    waiting = jobs.get_job(desk, user, job.id)
    assert due
    clock.at = due
    run_to_its_end(desk, clock)

    done = jobs.get_job(desk, user, job.id)
    assert (waiting.status, waiting.error_message) == (Status.QUEUED, "")
    assert (done.status, len(outputs(desk))) == (Status.COMPLETED, 1)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (sqlite3.OperationalError("database is locked"), "Estimate Desk is busy at this moment"),
        (sqlite3.OperationalError("disk I/O error"), "it may be full, or failing"),
        (sqlite3.OperationalError("database or disk is full"), "There is no room left on the disk"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "cannot be written"),
        (sqlite3.OperationalError("unable to open database file"), "cannot be written"),
        (sqlite3.DatabaseError("database disk image is malformed"), "The database of Estimate Desk cannot be read"),
        (sqlite3.DatabaseError("file is not a database"), "The database of Estimate Desk cannot be read"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "There is no room left on the disk"),
        (PermissionError(errno.EACCES, "Permission denied"), "cannot be written"),
    ],
)
def test_a_page_tells_a_trouble_in_a_sentence_without_a_reference(
    error: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(frame.st, "error", lambda text, icon: shown.append(text))

    frame.show_fault(error)

    [text] = shown
    assert sentence in text.replace("\\", "")
    assert "reference" not in text


@pytest.mark.parametrize(
    "error",
    [
        ValueError("locked"),
        sqlite3.OperationalError("no such column: x"),
        sqlite3.IntegrityError("UNIQUE constraint failed"),
        OSError(errno.EBADF, "Bad file descriptor"),
    ],
)
def test_a_fault_of_the_program_is_no_trouble(error: Exception) -> None:
    assert trouble_of(error) is None


@pytest.mark.parametrize("content", [b"these are words, not a database" * 50, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_database_ends_the_start_with_a_sentence_and_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "app.db").write_bytes(content)
    environment = {**os.environ, "ESTIMATE_HOME": str(tmp_path)}

    ended = subprocess.run(
        [sys.executable, "queue_worker.py"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"The database {tmp_path / 'app.db'} cannot be used (")
    assert "put a backup in its place" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert (tmp_path / "app.db").read_bytes() == content


def test_a_damaged_queue_is_set_aside_and_its_jobs_wait_for_the_next_ring(tmp_path: Path) -> None:
    (tmp_path / "queue.db").write_bytes(b"these are words, not a queue" * 50)

    wires = wiring.connect(Settings(home=tmp_path))
    wires.desk.enqueue("a job")

    assert len(wires.queue) == 1
    assert [path.read_bytes()[:15] for path in tmp_path.glob("queue.db.damaged-*")] == [b"these are words"]
    wires.queue.storage.close()


def test_a_home_that_was_deleted_while_the_program_runs_is_told(desk: Desk, user: User) -> None:
    shutil.rmtree(desk.settings.home)

    with pytest.raises(sqlite3.OperationalError) as error:
        jobs.list_jobs(desk, user)

    assert "cannot be written" in str(trouble_of(error.value))


def test_a_setting_of_no_store_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="ESTIMATE_FILES_URL"):
        wiring.wire({"ESTIMATE_HOME": str(tmp_path), "ESTIMATE_FILES_URL": "ftp://office"})
