"""The real worker process: a job from the bell to the file, deaths, and clean ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from threading import Event

import pytest

from estimate_core import wiring
from estimate_core.desk import Desk
from estimate_core.domain.estimate import Estimate, Line
from estimate_core.domain.job import Job, JobType, Status
from estimate_core.domain.notice import TOLD, Way
from estimate_core.domain.people import LOCAL
from estimate_core.posting.postman import Postman
from estimate_core.services import estimates, jobs
from estimate_core.services.backup import back_up
from estimate_core.services.channels import NewChannel, add_channel
from estimate_core.services.comparing import submit_comparison
from estimate_core.services.downloads import FileState, list_files
from estimate_core.services.marking import submit_findings, submit_upload_findings
from estimate_core.services.restoring import check_archive, restore_backup
from estimate_core.services.schedules import list_schedules, upload_schedule
from estimate_core.services.uploads import list_uploads, submit_upload
from estimate_core.settings import Settings
from estimate_core.storage import estimates as rows
from estimate_core.storage.database import writing
from estimate_core.storage.people import ensure_person
from estimate_core.worker import bury_dead
from tests.conftest import CABLE, FAN, ROW_OF, UNPRICED, Block, workbook_of
from tests.receiver import receiving

SCRIPT = Path(__file__).parents[1] / "queue_worker.py"
PATIENCE = 60.0
MANY = 5_000
"""Lines of an estimate whose workbook takes a good part of a second, so that a kill finds it in the making."""

LARGE = 600
"""Items of such a schedule."""

Worker = subprocess.Popen[bytes]
Start = Callable[..., Worker]
needs_kill = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL and no SIGTERM to send")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    """The application's desk on a home that it shares with a worker."""
    wires = wiring.connect(Settings(home=home))
    with wires.desk.open_db() as db, writing(db):
        ensure_person(db, LOCAL)
    yield wires.desk
    wires.queue.storage.close()


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """A function that starts a worker and waits until it is ready; the end of the test ends it."""
    started: list[Worker] = []

    def start(*arguments: str, workers: int = 1, at: Path = home, **options: object) -> Worker:
        environment = {**os.environ, "ESTIMATE_HOME": str(at), "ESTIMATE_WORKERS": str(workers)}
        command = [sys.executable, str(SCRIPT), *arguments]
        worker = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, **options)  # type: ignore[call-overload]
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.kill()
        worker.wait()
        for stream in (worker.stdin, worker.stderr):
            if stream:
                stream.close()


def start_one(start: Start) -> Worker:
    """One worker without a keeper, to be killed."""
    return start("--with-parent", stdin=subprocess.PIPE)


def wait_until(happened: Callable[[], bool]) -> float:
    """Wait for something, and give how many seconds that took."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < PATIENCE, "it did not happen"
        time.sleep(0.01)
    return time.monotonic() - began


def is_ready(desk: Desk) -> bool:
    return jobs.worker_health(desk).alive


def submit(desk: Desk, lines: int = 2) -> str:
    card = upload_schedule(desk, LOCAL, "small.xlsx", workbook_of(), "Electrical", "2025-26")
    opened = estimates.create_estimate(desk, LOCAL, card.id, "Wiring of the hall")
    places = [ROW_OF[name] for name in (FAN.name, CABLE.name)]
    chosen = tuple(Line(str(number), places[number % 2], Decimal(2)) for number in range(lines))
    change = rows.Change(Estimate("Wiring of the hall", lines=chosen), Decimal(0), desk.now(), LOCAL.id)
    with desk.open_db() as db, writing(db):
        rows.append_state(db, LOCAL.organisation, rows.get_estimate(db, LOCAL.organisation, opened.id), change)
    return jobs.submit_job(desk, LOCAL, opened.id, JobType.OUTPUT).id


def look(desk: Desk, job_id: str) -> Job:
    return jobs.get_job(desk, LOCAL, job_id)


def is_in_the_making(desk: Desk, job_id: str) -> bool:
    job = look(desk, job_id)
    assert not job.is_complete, "the job was too quick to be caught"
    return job.status is Status.RUNNING and job.progress >= 30


def hand_in(desk: Desk, *workbooks: bytes) -> list[str]:
    """The ids of the jobs that read these workbooks."""
    uploads = [submit_upload(desk, LOCAL, "rates.xlsx", data, "Electrical", "2025-26") for data in workbooks]
    return [upload.job.id for upload in uploads if upload.job]


def large_workbook() -> bytes:
    """A schedule that takes a second or two to be read."""
    return workbook_of(*(Block(f"Item {number}", "Fans", "Nos", 100 + number) for number in range(LARGE)))


def is_being_read(desk: Desk, job_id: str) -> bool:
    job = look(desk, job_id)
    assert not job.is_complete, "the job was too quick to be caught"
    return job.status is Status.RUNNING and job.progress >= 5


def published(desk: Desk) -> list[str]:
    return [path.name for path in desk.files.folder.glob("*/outputs/*")]


def test_a_job_goes_from_the_bell_to_the_file(desk: Desk, start: Start) -> None:
    start()
    wait_until(lambda: is_ready(desk))

    job_id = submit(desk)
    wait_until(lambda: look(desk, job_id).is_complete)

    [output] = jobs.list_outputs(desk, LOCAL, job_id)
    assert (look(desk, job_id).status, look(desk, job_id).attempts) == (Status.COMPLETED, 1)
    assert published(desk) == [output.id]


def test_the_end_of_a_job_is_told(desk: Desk, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESTIMATE_NOTIFY_PRIVATE", "yes")
    told = Event()
    with receiving() as receiver:
        receiver.before_answer = told.set
        new = NewChannel(Way.WEBHOOK, "Office", receiver.url, TOLD, for_all=True)
        add_channel(replace(desk, post=Postman(private=True)), LOCAL, new)
        start()
        job_id = submit(desk)

        assert told.wait(PATIENCE)

    [request] = receiver.requests
    assert json.loads(request.body)["job"]["id"] == job_id
    assert look(desk, job_id).status is Status.COMPLETED


def test_a_job_that_was_submitted_before_the_worker_started_is_run(desk: Desk, start: Start) -> None:
    job_id = submit(desk)

    start()

    wait_until(lambda: look(desk, job_id).is_complete)
    assert look(desk, job_id).status is Status.COMPLETED


@needs_kill
def test_a_job_whose_worker_is_killed_is_completed_once_by_the_next(desk: Desk, start: Start) -> None:
    worker = start_one(start)
    wait_until(lambda: is_ready(desk))
    job_id = submit(desk, MANY)
    wait_until(lambda: is_in_the_making(desk, job_id))

    worker.kill()
    worker.wait()
    assert look(desk, job_id).status is Status.RUNNING
    start_one(start)
    wait_until(lambda: look(desk, job_id).is_complete)

    job = look(desk, job_id)
    [output] = jobs.list_outputs(desk, LOCAL, job_id)
    whole = [name for name in published(desk) if not name.endswith(".part")]
    assert (job.status, job.attempts, job.error_message) == (Status.COMPLETED, 2, "")
    assert whole == [output.id]
    assert "attempt 1, at “Building Output sheet...”: the worker stopped" in job.error_log


@needs_kill
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_running_job_finish_and_ends_the_worker(
    desk: Desk, start: Start, number: signal.Signals
) -> None:
    worker = start()
    wait_until(lambda: is_ready(desk))
    job_id = submit(desk, MANY)
    wait_until(lambda: is_in_the_making(desk, job_id))

    worker.send_signal(number)

    assert worker.wait(PATIENCE) == 0
    job = look(desk, job_id)
    assert (job.status, job.attempts) == (Status.COMPLETED, 1)
    assert not is_ready(desk)


def test_an_upload_is_read_marked_and_compared(desk: Desk, start: Start) -> None:
    old = upload_schedule(desk, LOCAL, "old.xlsx", workbook_of(FAN, UNPRICED), "Electrical", "2024-25")
    start()

    [read] = hand_in(desk, workbook_of())
    wait_until(lambda: look(desk, read).is_complete)
    new = look(desk, read).result["schedule"]
    made = [submit_findings(desk, LOCAL, str(new)), submit_comparison(desk, LOCAL, old.id, str(new))]
    wait_until(lambda: all(look(desk, job.id).is_complete for job in made))

    assert [look(desk, job_id).status for job_id in (read, *(job.id for job in made))] == [Status.COMPLETED] * 3
    assert [card.title for card in list_schedules(desk, LOCAL)] == ["Electrical 2025-26", "Electrical 2024-25"]
    assert sorted(jobs.list_outputs(desk, LOCAL, job.id)[0].filename for job in made) == [
        "Comparison - Electrical 2024-25 and 2025-26.xlsx",
        "Findings - Electrical 2025-26.xlsx",
    ]


def test_a_refused_upload_is_told_and_its_findings_are_marked(desk: Desk, start: Start) -> None:
    start()
    hopeless, words = hand_in(desk, workbook_of(UNPRICED), b"these are words")
    wait_until(lambda: all(look(desk, job_id).is_complete for job_id in (hopeless, words)))

    marked = submit_upload_findings(desk, LOCAL, hopeless).id
    wait_until(lambda: look(desk, marked).is_complete)

    assert [look(desk, job_id).status for job_id in (hopeless, words, marked)] == [
        Status.FAILED,
        Status.FAILED,
        Status.COMPLETED,
    ]
    assert look(desk, hopeless).error_message.startswith("The workbook holds no item with a rate")
    assert "not an Excel workbook" in look(desk, words).error_message
    assert len(published(desk)) == 1


@needs_kill
def test_a_reading_whose_worker_is_killed_is_done_once_by_the_next(desk: Desk, start: Start) -> None:
    worker = start_one(start)
    [job_id] = hand_in(desk, large_workbook())
    wait_until(lambda: is_being_read(desk, job_id))

    worker.kill()
    worker.wait()
    assert list_schedules(desk, LOCAL) == []
    start_one(start)
    wait_until(lambda: look(desk, job_id).is_complete)

    job, [card] = look(desk, job_id), list_schedules(desk, LOCAL)
    assert (job.status, job.attempts, job.result["schedule"]) == (Status.COMPLETED, 2, card.id)
    assert card.items == LARGE


def test_a_reading_that_is_cancelled_stops_at_once_and_the_worker_goes_on(desk: Desk, start: Start) -> None:
    start()
    [job_id] = hand_in(desk, large_workbook())
    wait_until(lambda: is_being_read(desk, job_id))

    jobs.cancel_job(desk, LOCAL, job_id)
    wait_until(lambda: look(desk, job_id).is_complete)

    assert look(desk, job_id).status is Status.CANCELLED
    assert (list_schedules(desk, LOCAL), list_uploads(desk, LOCAL)) == ([], [])
    [after] = hand_in(desk, workbook_of())
    wait_until(lambda: look(desk, after).is_complete)
    assert look(desk, after).status is Status.COMPLETED


@needs_kill
def test_a_signal_to_the_whole_group_lets_the_reading_finish(desk: Desk, start: Start) -> None:
    worker = start(start_new_session=True)
    [job_id] = hand_in(desk, large_workbook())
    wait_until(lambda: is_being_read(desk, job_id))

    os.killpg(worker.pid, signal.SIGTERM)

    assert worker.wait(PATIENCE) == 0
    assert (look(desk, job_id).status, look(desk, job_id).attempts) == (Status.COMPLETED, 1)
    assert not is_ready(desk)


def test_the_end_of_the_parent_ends_the_worker(desk: Desk, start: Start) -> None:
    worker = start("--with-parent", stdin=subprocess.PIPE)
    wait_until(lambda: is_ready(desk))

    assert worker.stdin
    worker.stdin.close()

    assert worker.wait(PATIENCE) == 0
    assert not is_ready(desk)


@needs_kill
def test_a_parent_that_is_killed_takes_the_worker_along(desk: Desk, home: Path) -> None:
    code = (
        "import subprocess, sys\n"
        f"worker = subprocess.Popen([sys.executable, {str(SCRIPT)!r}, '--with-parent'], stdin=subprocess.PIPE)\n"
        "worker.wait()"
    )
    environment = {**os.environ, "ESTIMATE_HOME": str(home)}
    parent = subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.DEVNULL)
    wait_until(lambda: is_ready(desk))

    parent.kill()
    parent.wait()

    wait_until(lambda: not is_ready(desk))
    assert not is_ready(desk)


def living(desk: Desk) -> int:
    return jobs.worker_health(desk).workers


@needs_kill
def test_a_job_whose_worker_is_killed_is_taken_over_by_a_worker_beside_it(desk: Desk, start: Start) -> None:
    first = start_one(start)
    wait_until(lambda: living(desk) == 1)
    job_id = submit(desk, MANY)
    start_one(start)
    wait_until(lambda: living(desk) == 2)
    if look(desk, job_id).is_complete:
        job_id = submit(desk, MANY)
        wait_until(lambda: is_in_the_making(desk, job_id))

    first.kill()
    first.wait()
    wait_until(lambda: look(desk, job_id).is_complete and living(desk) == 1)

    [output] = jobs.list_outputs(desk, LOCAL, job_id)
    assert look(desk, job_id).status is Status.COMPLETED
    assert [name for name in published(desk) if not name.endswith(".part")].count(output.id) == 1


def test_several_workers_share_the_jobs_and_end_together(desk: Desk, start: Start) -> None:
    keeper = start(workers=2)
    beside = start()
    wait_until(lambda: living(desk) == 3)

    made = [submit(desk) for _ in range(20)]
    wait_until(lambda: all(look(desk, job_id).is_complete for job_id in made))
    for each in (keeper, beside):
        each.terminate()
        each.wait(PATIENCE)

    assert {(look(desk, job_id).status, look(desk, job_id).attempts) for job_id in made} == {(Status.COMPLETED, 1)}
    assert len(published(desk)) == 20
    assert living(desk) == 0
    assert list((desk.settings.home / "workers").iterdir()) == []


def test_a_job_that_hangs_is_ended_with_its_worker(desk: Desk, home: Path) -> None:
    code = (
        "import queue_worker, time\n"
        "from estimate_core.domain.job import JobType\n"
        "from estimate_core.services import work\n"
        "work.HANG_SECONDS = 0\n"
        "work._limit = lambda desk, job: 0\n"
        "work.MAKERS[JobType.OUTPUT] = lambda *_: time.sleep(600)\n"
        "queue_worker.main(['--with-parent'])\n"
    )
    job_id = submit(desk)

    worker = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=SCRIPT.parent,
        env={**os.environ, "ESTIMATE_HOME": str(home)},
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with worker:
        ended = worker.wait(PATIENCE)

    job = look(desk, job_id)
    assert (ended, job.status, job.attempts) == (wiring.HUNG, Status.FAILED, 1)
    assert "was not made within 0 seconds, so the job was ended" in job.error_message


def test_a_job_that_hangs_where_no_thread_can_run_ends_its_worker_and_goes_to_the_next(desk: Desk, home: Path) -> None:
    code = (
        "import queue_worker, re\n"
        "from estimate_core.domain.job import JobType\n"
        "from estimate_core.services import work\n"
        "work.longest_attempt = lambda settings: 1\n"
        "work.MAKERS[JobType.OUTPUT] = lambda *_: re.match('(a+)+$', 'a' * 60 + 'b')\n"
        "queue_worker.main(['--with-parent'])\n"
    )
    job_id = submit(desk)

    stuck = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=SCRIPT.parent,
        env={**os.environ, "ESTIMATE_HOME": str(home)},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with stuck:
        _, told = stuck.communicate(timeout=PATIENCE)
    bury_dead(wiring.wire({"ESTIMATE_HOME": str(home)}))

    job = look(desk, job_id)
    assert (stuck.returncode, job.status, job.attempts) == (1, Status.QUEUED, 1)
    assert b"most recent call first" in told
    assert "the worker stopped" in job.error_log


def test_a_worker_deletes_what_was_kept_long_enough(desk: Desk, start: Start) -> None:
    worker = start_one(start)
    done, young = submit(desk), submit(desk)
    wait_until(lambda: look(desk, done).is_complete and look(desk, young).is_complete)
    worker.kill()
    worker.wait()
    with desk.open_db() as db:
        db.execute("DELETE FROM chores")
        db.execute("UPDATE outputs SET created = '2020-01-01T00:00:00.000000+00:00' WHERE job = ?", [done])

    start_one(start)
    wait_until(lambda: list_files(desk, LOCAL, done)[0].state is FileState.REMOVED)

    [output] = jobs.list_outputs(desk, LOCAL, young)
    assert published(desk) == [output.id]


def test_a_bad_setting_is_told_in_a_sentence(home: Path) -> None:
    environment = {**os.environ, "ESTIMATE_HOME": str(home), "ESTIMATE_MAX_UPLOAD_MB": "lots"}

    ended = subprocess.run([sys.executable, str(SCRIPT)], env=environment, capture_output=True, text=True)

    assert ended.returncode == 2
    assert ended.stderr.startswith("ESTIMATE_MAX_UPLOAD_MB is")
    assert "Traceback" not in ended.stderr


def test_a_backup_of_a_busy_desk_is_whole_and_its_active_jobs_complete(
    desk: Desk, start: Start, tmp_path: Path
) -> None:
    start(workers=2)
    wait_until(lambda: is_ready(desk))
    asked = {submit(desk, MANY) for _ in range(8)}
    wait_until(lambda: sum(job.is_complete for job in jobs.list_jobs(desk, LOCAL)) >= 2)

    made = back_up(desk, tmp_path / "backup.zip")
    restore_backup(Settings(home=tmp_path / "restored"), made.path, wiring.utc_now)

    assert made.manifest.is_whole
    assert check_archive(made.path) == made.manifest
    wires = wiring.connect(Settings(home=tmp_path / "restored"))
    found = jobs.list_jobs(wires.desk, LOCAL)
    done = [job for job in found if job.is_complete]
    assert {job.id for job in found} == asked
    assert 2 <= len(done) < len(asked)
    assert {file.state for job in done for file in list_files(wires.desk, LOCAL, job.id)} == {FileState.WHOLE}

    start(at=tmp_path / "restored")
    wait_until(lambda: all(job.is_complete for job in jobs.list_jobs(wires.desk, LOCAL)))

    assert {look(wires.desk, job).status for job in asked} == {Status.COMPLETED}
    assert {list_files(wires.desk, LOCAL, job)[0].state for job in asked} == {FileState.WHOLE}
    wires.queue.storage.close()
