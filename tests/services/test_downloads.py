"""Files of jobs: handed out whole, told when they are not, made again on demand."""

from pathlib import Path

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import NoFile, NotFound, NotNow
from estimate_core.domain.job import Job, JobType, Output, Status
from estimate_core.domain.people import User
from estimate_core.services import downloads, estimates, jobs, work
from estimate_core.services.downloads import FileState
from estimate_core.services.schedules import ScheduleCard
from estimate_core.services.uploads import submit_upload
from tests.conftest import FAN, ROW_OF, reach_of, workbook_of

WORKER = "here/1"


@pytest.fixture
def job(desk: Desk, user: User, schedule: ScheduleCard) -> Job:
    """A completed job."""
    opened = estimates.create_estimate(desk, user, schedule.id, "Wiring of the hall")
    _, line = estimates.add_item(desk, user, opened.id, ROW_OF[FAN.name])
    estimates.set_quantity(desk, user, opened.id, line, "2")
    made = jobs.submit_job(desk, user, opened.id, JobType.ESTIMATE)
    work.run_next(desk, WORKER)
    return jobs.get_job(desk, user, made.id)


@pytest.fixture
def output(desk: Desk, user: User, job: Job) -> Output:
    """Its file."""
    [made] = jobs.list_outputs(desk, user, job.id)
    return made


@pytest.fixture
def path(desk: Desk, output: Output) -> Path:
    """Where that lies."""
    return desk.files.path(f"{output.organisation}/outputs/{output.id}")


def counted(desk: Desk, user: User, output: Output) -> int:
    return jobs.list_outputs(desk, user, output.job)[0].downloads


def test_a_whole_file_is_handed_out_and_the_download_counted(
    desk: Desk, user: User, output: Output, path: Path
) -> None:
    download = downloads.open_output(desk, user, output.id)
    downloads.open_output(desk, user, output.id, begins=False)

    assert (download.output, download.reach) == (output, path)
    assert path.stat().st_size == output.size
    assert counted(desk, user, output) == 1


def test_a_stranger_cannot_open_a_file_or_list_it_or_have_it_made_again(
    desk: Desk, user: User, stranger: User, output: Output
) -> None:
    for attempt in (
        lambda: downloads.open_output(desk, stranger, output.id),
        lambda: downloads.list_files(desk, stranger, output.job),
        lambda: downloads.make_again(desk, stranger, output.job),
    ):
        with pytest.raises(NotFound):
            attempt()

    assert counted(desk, user, output) == 0
    assert len(jobs.list_jobs(desk, user)) == 1


def remove(desk: Desk, path: Path) -> None:
    path.unlink()
    with desk.open_db() as db:
        db.execute("UPDATE outputs SET removed = created")


@pytest.mark.parametrize(
    ("harm", "state"),
    [
        (lambda desk, path: path.unlink(), FileState.MISSING),
        (lambda desk, path: path.write_bytes(b""), FileState.DAMAGED),
        (lambda desk, path: path.write_bytes(path.read_bytes()[:-1] + b"x"), FileState.DAMAGED),
        (remove, FileState.REMOVED),
    ],
)
def test_a_file_that_is_not_whole_is_told_and_made_again_as_it_was(
    desk: Desk, user: User, job: Job, output: Output, path: Path, harm: object, state: FileState
) -> None:
    before = path.read_bytes()
    estimates.clear_lines(desk, user, job.estimate)
    harm(desk, path)  # type: ignore[operator]
    with pytest.raises(NoFile, match="[Mm]ake it again") as refusal:
        downloads.open_output(desk, user, output.id)

    again = downloads.make_again(desk, user, job.id)
    work.run_next(desk, WORKER)

    [made] = downloads.list_files(desk, user, again.id)
    assert str(refusal.value) == downloads.SENTENCES[state]
    assert [file.state for file in downloads.list_files(desk, user, job.id)] == [state]
    assert counted(desk, user, output) == 0
    assert (made.state, made.output.filename) == (FileState.WHOLE, output.filename)
    assert again.id != job.id
    # The bytes differ by the time that the workbook tells, and by nothing else.
    assert abs(len(reach_of(desk, user, made.output.id).read_bytes()) - len(before)) < 10


def test_a_job_is_made_again_once_it_has_ended(desk: Desk, user: User, job: Job, rung: list[str]) -> None:
    queued = downloads.make_again(desk, user, job.id)
    with pytest.raises(NotNow, match="This job is queued"):
        downloads.make_again(desk, user, queued.id)
    jobs.cancel_job(desk, user, queued.id)

    again = downloads.make_again(desk, user, queued.id)

    assert rung[-1] == again.id
    assert (again.status, again.type, again.work_name, again.lines) == (Status.QUEUED, job.type, job.work_name, 1)
    assert len(jobs.list_jobs(desk, user)) == 3


def test_a_reading_is_not_made_again(desk: Desk, user: User) -> None:
    upload = submit_upload(desk, user, "small.xlsx", workbook_of(FAN), "Electrical", "2026-27").job
    assert upload
    jobs.cancel_job(desk, user, upload.id)

    with pytest.raises(NotNow, match="Upload the workbook once more"):
        downloads.make_again(desk, user, upload.id)

    assert len(jobs.list_jobs(desk, user)) == 1
