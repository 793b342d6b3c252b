"""The worker: a process that runs one job after the other, and one of them that looks after the queue.

A worker holds a lock of its own for as long as it lives. The system lets go of it however the worker ends, so that
any other worker of this machine sees a death at once, whatever the clock says.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

from filelock import FileLock, Timeout

from estimate_core.keeper import STOP_SECONDS, Stop
from estimate_core.services import cleaning, notifying, recovery
from estimate_core.wiring import Wires, machine

_log = logging.getLogger(__name__)

MAX_DELAY = 0.2
"""Seconds between two looks into an empty queue, at most."""
CHORE_SECONDS = 1.0
"""Seconds between two looks whether something is to be done for the queue."""
_LOOK_EVERY = 0.1
_CHECK_EVERY = 100
_LOCK_PATIENCE = 10
_PATIENCE = 1.0
"""Seconds that the end of a worker waits for what it sends and cleans; another sends it again, and cleans the rest."""


@dataclass
class Chore:
    """Something that one worker does for all, each `every` seconds."""

    name: str
    every: float
    do: Callable[[], object]
    due: float = field(default_factory=time.monotonic)

    def do_if_due(self) -> None:
        """Do it, if its time has come; an error is logged and does not stop the others."""
        if time.monotonic() < self.due:
            return
        try:
            self.do()
        except Exception:
            _log.exception("the chore \u201c%s\u201d went wrong", self.name)
        self.due = time.monotonic() + self.every


def chores(wires: Wires) -> list[Chore]:
    """What the worker that looks after the queue does, and how often."""
    desk = wires.desk
    return [
        Chore("dead workers", 2, partial(bury_dead, wires)),
        Chore("recovery", 5, lambda: recovery.recover_jobs(desk, len(wires.queue), machine())),
        Chore("tidying", 60, partial(recovery.tidy, desk)),
        Chore("old notices", 600, partial(notifying.tidy_deliveries, desk)),
    ]


def run_worker(wires: Wires, stop: Stop) -> None:
    """Run jobs until asked to stop, one at a time; of all workers of a home, one looks after the queue too."""
    with _lock_of(wires.desk.settings.home, wires.worker_id):
        bury_dead(wires)
        consumer = wires.queue.create_consumer(
            max_delay=MAX_DELAY, shutdown_timeout=STOP_SECONDS, periodic=False, workers=1, worker_type="thread"
        )
        with _in_a_thread("beat", partial(_beat, wires)), _in_a_thread("chores", partial(_look_after_queue, wires)):
            consumer.start()
            # After the start, which sets Huey's own: those drop the running job on Ctrl-C.
            stop.on_signals()
            _log.info("worker %s is ready", wires.worker_id)
            _watch(consumer, stop)
            consumer.stop(graceful=True)
        recovery.leave(wires.desk, wires.worker_id)
    _lock_path(wires.desk.settings.home, wires.worker_id).unlink(missing_ok=True)
    _log.info("worker %s ends", wires.worker_id)


def bury_dead(wires: Wires) -> None:
    """Take back the jobs of the workers of this machine that live no more."""
    for worker_id in recovery.known_workers(wires.desk, machine()):
        if worker_id != wires.worker_id and not _is_alive(wires.desk.settings.home, worker_id):
            recovery.bury(wires.desk, worker_id)


def _watch(consumer: Any, stop: Stop) -> None:
    looks = 0
    while not stop.asked:
        time.sleep(_LOOK_EVERY)
        looks += 1
        if looks % _CHECK_EVERY == 0:
            consumer.check_worker_health()


@contextmanager
def _in_a_thread(name: str, work: Callable[[Event], None], patience: float | None = None) -> Iterator[None]:
    """Have something done beside the block until its end, which is waited for, `patience` seconds at most."""
    ended = Event()
    thread = Thread(target=work, args=(ended,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(patience)


def _beat(wires: Wires, ended: Event) -> None:
    """Show that the worker lives."""
    while True:
        try:
            recovery.beat(wires.desk, wires.worker_id)
        except Exception:
            _log.exception("worker %s: a beat could not be written", wires.worker_id)
        if ended.wait(wires.desk.settings.heartbeat_seconds):
            return


def _look_after_queue(wires: Wires, ended: Event, chores: Callable[[Wires], list[Chore]] = chores) -> None:
    """Do the chores while no other worker does; where one does, wait until it is gone."""
    lock, told = FileLock(wires.desk.settings.home / "scheduler.lock"), False
    while not ended.is_set():
        try:
            with (
                lock.acquire(timeout=0),
                _in_a_thread("post", partial(_post_notices, wires), _PATIENCE),
                _in_a_thread("cleaning", partial(_clean, wires), _PATIENCE),
            ):
                _log.info("worker %s looks after the queue", wires.worker_id)
                _do_chores(chores(wires), ended)
        except Timeout:
            if not told:
                _log.info("another worker looks after the queue; worker %s only runs jobs", wires.worker_id)
            told = True
            ended.wait(CHORE_SECONDS)
        except OSError:
            _log.exception("the lock of the queue cannot be used")
            ended.wait(CHORE_SECONDS)


def _post_notices(wires: Wires, ended: Event) -> None:
    """Send what is to be told. Beside the chores, since a receiver that does not answer is waited for."""
    _do_chores([Chore("notices", 1, partial(notifying.deliver_due, wires.desk, ended.is_set))], ended)


def _clean(wires: Wires, ended: Event) -> None:
    # Beside the chores, since thousands of files in a store elsewhere take their time, and dead workers do not wait.
    _do_chores([Chore("cleaning", 600, partial(cleaning.clean_daily, wires.desk))], ended)


def _do_chores(all_of_them: list[Chore], ended: Event) -> None:
    while not ended.is_set():
        for chore in all_of_them:
            chore.do_if_due()
        ended.wait(CHORE_SECONDS)


def _lock_path(home: Path, worker_id: str) -> Path:
    return home / "workers" / f"{worker_id.rpartition('/')[2]}.lock"


def _lock_of(home: Path, worker_id: str) -> FileLock:
    path = _lock_path(home, worker_id)
    path.parent.mkdir(exist_ok=True)
    return FileLock(path, timeout=_LOCK_PATIENCE)


def _is_alive(home: Path, worker_id: str) -> bool:
    """Whether a worker of this machine holds its lock."""
    path = _lock_path(home, worker_id)
    try:
        with FileLock(path, timeout=0):
            pass
    except Timeout:
        return True
    path.unlink(missing_ok=True)
    return False
