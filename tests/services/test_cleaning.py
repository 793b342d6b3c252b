"""Cleaning: what it says is what it does, and never a file of an unfinished job."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, NoFile, OutOfOrder
from estimate_core.domain.job import Job, JobType
from estimate_core.domain.people import User
from estimate_core.services import cleaning, downloads, estimates, jobs, work
from estimate_core.services.cleaning import Reason, Waste
from estimate_core.services.schedules import ScheduleCard, list_schedules
from estimate_core.services.uploads import submit_upload
from estimate_core.storage.database import BUSY_SECONDS, compact
from estimate_core.storage.files import Files
from tests.conftest import FAN, ROW_OF, UNPRICED, Clock, workbook_of

WORKER = "here/1"


@pytest.fixture
def old(desk: Desk, user: User, schedule: ScheduleCard, clock: Clock) -> Job:
    """A job whose file is a year and a day old."""
    opened = estimates.create_estimate(desk, user, schedule.id, "Wiring of the hall")
    estimates.add_item(desk, user, opened.id, ROW_OF[FAN.name])
    job = jobs.submit_job(desk, user, opened.id, JobType.ESTIMATE)
    work.run_next(desk, WORKER)
    clock.move(366 * 86_400)
    return job


def everything(desk: Desk) -> list[Path]:
    return sorted(path for path in desk.files.folder.rglob("*") if path.is_file())


def put(desk: Desk, file_id: str, at: datetime) -> Path:
    """A file that nothing knows, last touched at a time."""
    path = desk.files.folder / file_id
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left over")
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def test_a_file_that_was_kept_long_enough_goes_and_its_job_stays(desk: Desk, user: User, old: Job) -> None:
    [output] = jobs.list_outputs(desk, user, old.id)
    planned = cleaning.plan(desk, user)

    done = cleaning.clean(desk, user)

    assert planned == [
        Waste("local", f"local/outputs/{output.id}", output.filename, output.size, Reason.OLD, output.id)
    ]
    assert (done.gone, done.kept, done.freed) == (tuple(planned), (), output.size)
    assert [job.id for job in jobs.list_jobs(desk, user)] == [old.id]
    with pytest.raises(NoFile, match="as old as your organisation keeps files"):
        downloads.open_output(desk, user, output.id)
    assert len(list_schedules(desk, user)) == 1
    assert cleaning.plan(desk, user) == []


def test_a_plan_changes_nothing(desk: Desk, user: User, old: Job, clock: Clock) -> None:
    put(desk, "local/outputs/orphan", clock.at - timedelta(days=1))
    before = everything(desk)

    planned = [cleaning.plan_all(desk) for _ in range(2)]

    assert planned[0] == planned[1]
    assert len(planned[0]) == 2
    assert everything(desk) == before


def test_another_organisation_is_left_alone(desk: Desk, user: User, stranger: User, old: Job, clock: Clock) -> None:
    orphan = put(desk, "elsewhere/outputs/orphan", clock.at - timedelta(days=1))

    nothing = cleaning.clean(desk, stranger)
    put(desk, "elsewhere/outputs/orphan", clock.at - timedelta(days=1))
    cleaning.clean(desk, user)

    assert [waste.name for waste in nothing.gone] == ["orphan"]
    assert orphan.exists()
    assert downloads.list_files(desk, user, old.id)[0].state.value == "removed"


def test_each_organisation_keeps_files_for_as_long_as_it_chose(
    desk: Desk, user: User, stranger: User, old: Job, clock: Clock
) -> None:
    cleaning.save_days(desk, user, 400)

    before = cleaning.plan(desk, user)
    clock.move(35 * 86_400)
    after = cleaning.plan(desk, user)

    assert (before, len(after)) == ([], 1)
    assert (cleaning.get_days(desk, user), cleaning.get_days(desk, stranger)) == (400, 365)


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_a_number_of_days_that_cannot_be_is_refused(desk: Desk, user: User, days: int) -> None:
    with pytest.raises(BadInput, match="1 to 36,500 days"):
        cleaning.save_days(desk, user, days)

    assert cleaning.get_days(desk, user) == 365


def test_what_nothing_knows_goes_after_an_hour(desk: Desk, user: User, schedule: ScheduleCard, clock: Clock) -> None:
    whole = everything(desk)
    old_one, young = clock.at - timedelta(minutes=61), clock.at - timedelta(minutes=59)
    put(desk, "local/outputs/orphan", old_one)
    put(desk, f"local/schedules/{'a' * 64}/original", old_one)
    put(desk, "local/outputs/half.1234.part", old_one)
    kept = [put(desk, "local/outputs/fresh", young), put(desk, "local/outputs/half.5678.part", young)]
    planned = cleaning.plan_all(desk)

    done = cleaning.clean_all(desk)

    assert sorted(waste.reason for waste in planned) == sorted([Reason.ORPHAN, Reason.CONTENT, Reason.HALF])
    assert done.gone == tuple(planned)
    assert everything(desk) == sorted([*whole, *kept])


def test_nothing_unknown_goes_while_a_job_is_unfinished(desk: Desk, user: User, old: Job, clock: Clock) -> None:
    orphan = put(desk, "local/outputs/orphan", clock.at - timedelta(days=1))
    jobs.submit_job(desk, user, old.estimate, JobType.ESTIMATE)

    done = cleaning.clean_all(desk)

    assert [waste.reason for waste in done.gone] == [Reason.OLD]
    assert orphan.exists()


def test_a_file_that_comes_to_be_known_meanwhile_stays(
    desk: Desk, user: User, old: Job, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphan = put(desk, "local/outputs/orphan", clock.at - timedelta(days=1))
    real = cleaning._is_known

    def known_now(db: object, waste: Waste) -> bool:
        columns = "job, organisation, filename, file_type, size, sha256, created"
        db.execute(f"INSERT INTO outputs (id, {columns}) SELECT 'orphan', {columns} FROM outputs")  # type: ignore[attr-defined]
        return real(db, waste)  # type: ignore[arg-type]

    monkeypatch.setattr(cleaning, "_is_known", known_now)

    done = cleaning.clean(desk, user)

    assert [waste.name for waste in done.kept] == ["orphan"]
    assert orphan.exists()


def test_a_refused_upload_is_kept_while_it_can_be_looked_at(desk: Desk, user: User, clock: Clock) -> None:
    submit_upload(desk, user, "hopeless.xlsx", workbook_of(UNPRICED), "Electrical", "2025-26")
    work.run_next(desk, WORKER)
    before = everything(desk)
    clock.move(7200)
    for path in before:
        os.utime(path, (clock.at.timestamp() - 5000,) * 2)

    done = cleaning.clean_all(desk)

    assert done.gone == ()
    assert everything(desk) == before


def test_a_file_that_will_not_go_is_told_and_tried_anew(
    desk: Desk, user: User, old: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(files: Files, file_id: str) -> None:
        raise OutOfOrder("The folder cannot be written.")

    with monkeypatch.context() as patch:
        patch.setattr(Files, "delete", refuse)
        first = cleaning.clean(desk, user)
    second = cleaning.clean(desk, user)

    assert (first.gone, len(first.kept)) == ((), 1)
    assert (len(second.gone), second.kept) == (1, ())


def test_what_will_not_go_midway_does_not_hold_up_the_rest(
    desk: Desk, user: User, schedule: ScheduleCard, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c", "a.1.part", "b.2.part", "c.3.part"):
        put(desk, f"local/outputs/{name}", clock.at - timedelta(hours=2))
    real = Path.unlink

    def stuck(path: Path, missing_ok: bool = False) -> None:
        if path.name in ("b", "b.2.part"):
            raise PermissionError(13, "open elsewhere")
        real(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", stuck)

    done = cleaning.clean_all(desk)

    left = [path.name for path in everything(desk) if path.parent.name == "outputs"]
    assert sorted(waste.name for waste in done.gone) == ["a", "a.1.part", "c", "c.3.part"]
    assert sorted(waste.name for waste in done.kept) == sorted(left) == ["b", "b.2.part"]


def test_a_database_in_use_is_not_compacted_and_waits_as_long_as_before(desk: Desk, user: User) -> None:
    cleaning.save_days(desk, user, 100)
    with desk.open_db() as reader, desk.open_db() as db:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM retentions").fetchall()
        cleaning.save_days(desk, user, 200)

        done = compact(db)

        assert not done
        assert db.execute("PRAGMA busy_timeout").fetchone()[0] == BUSY_SECONDS * 1000


def test_the_worker_cleans_once_a_day(desk: Desk, user: User, old: Job, clock: Clock) -> None:
    cleaning.clean_daily(desk)
    again = put(desk, "local/outputs/orphan", clock.at - timedelta(days=1))
    clock.move(86_000)
    cleaning.clean_daily(desk)
    early = again.exists()

    clock.move(1_000)
    cleaning.clean_daily(desk)

    assert downloads.list_files(desk, user, old.id)[0].state.value == "removed"
    assert (early, again.exists()) == (True, False)


def test_a_clock_that_was_set_back_does_not_put_cleaning_off(desk: Desk, user: User, old: Job, clock: Clock) -> None:
    cleaning.clean_daily(desk)
    clock.move(-86_400)
    orphan = put(desk, "local/outputs/orphan", clock.at - timedelta(days=1))

    cleaning.clean_daily(desk)

    assert not orphan.exists()


def test_an_organisation_that_is_not_there_is_told(desk: Desk) -> None:
    for act in (cleaning.plan_all, cleaning.clean_all):
        with pytest.raises(BadInput, match="no organisation .nobody"):
            act(desk, "nobody")


def test_the_room_of_deleted_rows_is_given_back_unless_a_job_runs(desk: Desk, user: User, old: Job) -> None:
    with desk.open_db() as db:
        db.execute("CREATE TABLE bulk (words TEXT)")
        db.execute("INSERT INTO bulk VALUES (?)", ["x" * 1_000_000])
        db.execute("DROP TABLE bulk")
    before = desk.settings.database_path.stat().st_size

    done = cleaning.clean_all(desk)

    assert done.compacted
    assert desk.settings.database_path.stat().st_size < before - 900_000
