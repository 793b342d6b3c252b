"""Wiring: desks from settings, and a queue whose messages carry a job id and nothing else."""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any
from unittest.mock import Mock

import pytest

from estimate_core import wiring, worker
from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput
from estimate_core.domain.job import JobType, Status
from estimate_core.domain.people import LOCAL
from estimate_core.keeper import Stop
from estimate_core.services import estimates, jobs, making, work
from estimate_core.services.schedules import list_schedules, upload_schedule
from estimate_core.settings import Settings
from estimate_core.storage import library, queue
from estimate_core.storage.database import writing
from estimate_core.storage.people import ensure_person
from estimate_core.wiring import Wires
from estimate_core.worker import Chore
from tests import apart
from tests.conftest import FAN, ROW_OF, workbook_of
from tests.people import settle


@pytest.fixture
def own_signals() -> Iterator[None]:
    """The signal handlers of the tests are put back after a worker set its own."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def wires(tmp_path: Path) -> Iterator[Wires]:
    made = wiring.connect(Settings(home=tmp_path / "home"))
    with made.desk.open_db() as db, writing(db):
        ensure_person(db, LOCAL)
    yield made
    made.queue.storage.close()


def submit(wires: Wires) -> str:
    card = upload_schedule(wires.desk, LOCAL, "small.xlsx", workbook_of(), "Electrical", "2025-26")
    opened = estimates.create_estimate(wires.desk, LOCAL, card.id)
    estimates.add_item(wires.desk, LOCAL, opened.id, ROW_OF[FAN.name])
    return jobs.submit_job(wires.desk, LOCAL, opened.id, JobType.ESTIMATE).id


def run_next(wires: Wires) -> None:
    """What a consumer does with one message."""
    wires.queue.execute(wires.queue.dequeue())


def test_a_desk_is_built_from_the_environment(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"

    desk = wiring.build_desk({"ESTIMATE_HOME": str(home), "ESTIMATE_WORKER": "external"})

    assert (desk.settings.home, desk.settings.worker) == (home, "external")
    assert (home / "app.db").is_file()
    assert desk.now().tzinfo is UTC


def test_a_bad_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="ESTIMATE_WORKER"):
        wiring.build_desk({"ESTIMATE_HOME": str(tmp_path), "ESTIMATE_WORKER": "sometimes"})


def test_importing_does_no_work(tmp_path: Path) -> None:
    code = "import estimate_core.wiring, queue_worker, sys; assert not list(__import__('pathlib').Path('.').iterdir())"
    environment = {**os.environ, "ESTIMATE_HOME": str(tmp_path / "home"), "PYTHONPATH": str(Path.cwd())}

    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps access rights elsewhere")
def test_only_its_owner_reads_the_queue(wires: Wires) -> None:
    wires.desk.enqueue("a job")

    files = list(wires.desk.settings.home.glob("queue.db*"))

    assert files
    assert {file.stat().st_mode & 0o077 for file in files} == {0}


def test_a_message_carries_a_job_id_and_cannot_run_code(wires: Wires) -> None:
    wires.desk.enqueue("job-1")

    [data] = wires.queue.storage.enqueued_items()

    assert b'"job-1"' in bytes(data)
    with pytest.raises(ValueError, match="."):
        wires.queue.serializer.deserialize(pickle.dumps(print))


def test_a_rung_job_is_run_from_the_queue(wires: Wires) -> None:
    job_id = submit(wires)

    run_next(wires)

    job = jobs.get_job(wires.desk, LOCAL, job_id)
    assert job.status is Status.COMPLETED
    assert len(wires.queue) == 0


def test_a_job_with_a_fault_is_rung_again_when_it_is_due(wires: Wires, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = submit(wires)
    monkeypatch.setattr(making, "pour", lambda *_: 1 / 0)
    before = datetime.now(UTC)

    run_next(wires)
    run_next(wires)  # the new message is early, so it goes to the scheduler

    [task] = wires.queue.scheduled()
    wait = task.eta.replace(tzinfo=UTC) - before
    assert task.args == (job_id,)
    assert timedelta(seconds=2) <= wait < timedelta(seconds=4)
    assert wires.queue.read_schedule(task.eta)[0].args == (job_id,)


def test_a_queue_that_is_broken_does_not_refuse_the_person(
    wires: Wires, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(wires.queue.storage, "enqueue", broken)

    job_id = submit(wires)

    assert jobs.get_job(wires.desk, LOCAL, job_id).status is Status.QUEUED
    assert "could not be rung" in caplog.text


def test_the_samples_are_ready_for_a_first_visitor(wires: Wires) -> None:
    wiring.prepare(wires.desk)
    wiring.prepare(wires.desk)

    titles = [card.title for card in list_schedules(wires.desk, LOCAL)]

    assert titles == ["Electrical 2025-26", "Civil 2025-26"]


def test_a_desk_with_accounts_has_no_place_for_visitors_without_one(wires: Wires) -> None:
    settle(wires.desk, "asha@example.org", organisation="roads")

    wiring.prepare(wires.desk)

    with wires.desk.open_db() as db:
        assert library.list_schedules(db, LOCAL.organisation, False) == []


@pytest.mark.usefixtures("plain_main")
def test_after_an_update_schedules_are_read_anew_by_jobs(wires: Wires) -> None:
    wiring.prepare(wires.desk)
    with wires.desk.open_db() as db:
        db.execute("UPDATE schedules SET format = 0, items = 0")

    wiring.prepare(wires.desk)
    wiring.prepare(wires.desk)
    assert len(wires.queue) == 2
    run_next(wires)

    [waiting, done] = jobs.list_jobs(wires.desk, LOCAL)
    assert (done.type, done.status, waiting.status) == (JobType.READ, Status.COMPLETED, Status.QUEUED)
    assert sorted(card.items == 0 for card in list_schedules(wires.desk, LOCAL)) == [False, True]


@pytest.mark.usefixtures("plain_main")
def test_a_workbook_may_take_as_long_as_the_setting_says(tmp_path: Path) -> None:
    made = wiring.connect(Settings(home=tmp_path / "home").model_copy(update={"read_seconds": 1}))

    with pytest.raises(BadInput, match="within 1 seconds"):
        made.desk.isolate(partial(apart.sleeps, tmp_path / "note"), Mock())

    made.queue.storage.close()


def test_a_worker_beats_while_it_lives(wires: Wires) -> None:
    quick = replace(wires.desk, settings=wires.desk.settings.model_copy(update={"heartbeat_seconds": 0.01}))

    with worker._in_a_thread("beat", partial(worker._beat, replace(wires, desk=quick))):
        first = wait_for_beat(wires.desk)
        second = wait_for_beat(wires.desk, after=first)

    assert second > first
    assert jobs.worker_health(wires.desk).alive


def wait_for_beat(desk: Desk, after: datetime | None = None) -> datetime:
    deadline = datetime.now(UTC) + timedelta(seconds=5)
    while True:
        seen = jobs.worker_health(desk).last_seen
        if seen and seen != after:
            return seen
        assert datetime.now(UTC) < deadline, "no beat came"


def test_a_chore_that_goes_wrong_stops_neither_itself_nor_the_others(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    broken = Chore("broken", 0, lambda: done.append("broken") or 1 / 0)
    whole = Chore("whole", 3600, lambda: done.append("whole"))

    for _ in range(2):
        for chore in (broken, whole):
            chore.do_if_due()

    assert done == ["broken", "whole", "broken"]
    assert "the chore “broken” went wrong" in caplog.text


def test_a_dead_workers_job_is_rung_for_and_a_living_ones_is_left(wires: Wires) -> None:
    first, second = submit(wires), submit(wires)
    ids = {"dead": f"{wiring.machine()}dead", "alive": f"{wiring.machine()}alive"}
    with wires.desk.open_db() as db, writing(db):
        for worker_id in ids.values():
            queue.claim_next(db, worker_id, wires.desk.now())
    wires.queue.flush()

    with worker._lock_of(wires.desk.settings.home, ids["alive"]):
        worker.bury_dead(wires)

    states = [jobs.get_job(wires.desk, LOCAL, job_id).status for job_id in (first, second)]
    assert states == [Status.QUEUED, Status.RUNNING]
    assert len(wires.queue) == 1


def test_one_worker_looks_after_the_queue_and_the_next_one_takes_over(wires: Wires) -> None:
    first, second = Event(), Event()
    ended = {"first": Event(), "second": Event()}

    def looking(name: str, began: Event) -> Thread:
        own = replace(wires, worker_id=f"{wiring.machine()}{name}")

        def look_after() -> None:
            worker._look_after_queue(own, ended[name], lambda _: [Chore("seen", 0, began.set)])

        thread = Thread(target=look_after)
        thread.start()
        return thread

    threads = [looking("first", first)]
    assert first.wait(10)
    threads.append(looking("second", second))
    assert not second.wait(1.5)
    ended["first"].set()
    assert second.wait(10)
    ended["second"].set()
    for thread in threads:
        thread.join()


@pytest.mark.usefixtures("own_signals")
def test_a_job_too_long_for_the_end_of_its_worker_goes_back_into_the_queue(
    wires: Wires, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, go_on, given_up = Stop(), Event(), Event()

    def endless_pour(*_: object) -> None:
        stop.ask()
        go_on.wait(10)

    def spy(desk: Desk, *of: Any) -> None:
        discard(desk, *of)
        given_up.set()

    discard = work.discard_file
    monkeypatch.setattr(making, "pour", endless_pour)
    monkeypatch.setattr(worker, "STOP_SECONDS", 0.1)
    job_id = submit(wires)

    worker.run_worker(wires, stop)

    job = jobs.get_job(wires.desk, LOCAL, job_id)
    assert (job.status, job.attempts) == (Status.QUEUED, 1)
    monkeypatch.setattr(work, "discard_file", spy)
    go_on.set()
    assert given_up.wait(5), "the attempt that was taken away must clean up"
    assert jobs.get_job(wires.desk, LOCAL, job_id).status is Status.QUEUED
    assert jobs.list_outputs(wires.desk, LOCAL, job_id) == []
    assert not list(wires.desk.files.folder.glob("*/outputs/*"))


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    with pytest.raises(BadInput, match="cannot be used .* set ESTIMATE_HOME to a folder that is"):
        wiring.wire({"ESTIMATE_HOME": str(tmp_path / "file" / "home")})
