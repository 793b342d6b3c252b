"""Wiring: the one room that knows Huey, the environment and the clock.

Nothing runs on import. `wire` builds a desk and the queue behind its doorbell, for the application and for
the worker.
"""

import json
import logging
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

from huey import SqliteHuey, crontab
from huey.registry import Message
from huey.serializer import Serializer

from estimate_core.desk import SAMPLES, Desk, Settings, open_desk
from estimate_core.domain.errors import BadInput
from estimate_core.isolation import run_apart
from estimate_core.services import work
from estimate_core.services.schedules import load_samples
from estimate_core.services.uploads import submit_outdated

_log = logging.getLogger(__name__)

QUEUE = "estimate-desk"
MAX_DELAY = 0.2
"""Seconds between two looks into an empty queue, at most."""
STOP_SECONDS = 6.0
"""How long a worker that was asked to stop may finish its job; a longer one goes back into the queue."""
_LOOK_EVERY = 0.1
_CHECK_EVERY = 100
_WORKER = (sys.executable, str(Path(__file__).parents[1] / "queue_worker.py"), "--with-parent")
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0
_GRACE_SECONDS = STOP_SECONDS + 2
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@dataclass(frozen=True)
class Wires:
    """A desk, the queue that its doorbell rings, and the id of the worker that this process would be."""

    desk: Desk
    queue: SqliteHuey
    worker_id: str


class Stop:
    """Asks a worker to end. A bare flag: a signal handler must not take a lock that its thread may hold."""

    def __init__(self) -> None:
        self.asked = False

    def ask(self) -> None:
        """End soon."""
        self.asked = True


class PlainSerializer(Serializer):  # type: ignore[misc]
    """Messages as JSON instead of pickle: a task's name, its job id and when it is due."""

    def _serialize(self, message: Any) -> bytes:
        eta = message.eta.isoformat() if message.eta else None
        return json.dumps([message.id, message.name, list(message.args), eta]).encode()

    def _deserialize(self, data: bytes) -> Any:
        message_id, name, arguments, eta = json.loads(bytes(data))
        due = datetime.fromisoformat(eta) if eta else None
        return Message(id=message_id, name=name, args=tuple(arguments), eta=due)


def utc_now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def build_desk(environment: Mapping[str, str] = os.environ) -> Desk:
    """The desk of this environment: its home made, its database migrated. BadInput names a bad setting."""
    return wire(environment).desk


@cache
def shared_desk() -> Desk:
    """The one desk of this process, built when it is first asked for."""
    return build_desk()


def prepare(desk: Desk) -> None:
    """Have what a first visitor needs: the sample schedules; after an update, have all schedules read anew."""
    load_samples(desk, SAMPLES)
    submit_outdated(desk)


def wire(environment: Mapping[str, str] = os.environ) -> Wires:
    """The wires of this environment; BadInput names a bad setting."""
    return connect(Settings.from_environment(environment))


def connect(settings: Settings) -> Wires:
    """A desk whose doorbell is a Huey queue, with the tasks that its consumer runs."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        queue = _make_queue(settings.queue_path)
    except OSError as problem:
        raise BadInput(
            f"The folder {settings.home} cannot be used ({problem.strerror}). Make it writable, or set ESTIMATE_HOME "
            "to a folder that is."
        ) from problem
    worker_id = f"{machine()}{uuid4().hex}"

    def run_job(job_id: str) -> None:
        again = work.run_job(desk, job_id, worker_id)
        if again is not None:
            task.schedule((job_id,), eta=again)

    def recover() -> None:
        work.recover_jobs(desk)

    def ring(job_id: str) -> None:
        try:
            task(job_id)
        except Exception:
            # The job's row is committed: a bell that fails must not refuse the person. Recovery rings again.
            _log.exception("job %s: could not be rung", job_id)

    task = queue.task(name="run_job")(run_job)
    queue.periodic_task(crontab(), name="recover")(recover)
    desk = open_desk(settings, ring, utc_now, partial(run_apart, seconds=settings.read_seconds))
    return Wires(desk, queue, worker_id)


def _make_queue(path: Path) -> SqliteHuey:
    # Made before SQLite does: the file is its owner's alone, and so are the two that SQLite puts beside it.
    path.touch(mode=0o600)
    return SqliteHuey(QUEUE, filename=str(path), serializer=PlainSerializer(), results=False)


def machine() -> str:
    """What the ids of this machine's workers begin with."""
    return f"{platform.node() or 'here'}/"


def run_worker(wires: Wires, stop: Stop) -> None:
    """Run jobs until asked to stop. The caller holds the lock that makes this the machine's only worker."""
    desk = wires.desk
    work.take_back_jobs(desk, machine())
    work.recover_jobs(desk, ring_after=timedelta(0))
    consumer = wires.queue.create_consumer(max_delay=MAX_DELAY, shutdown_timeout=STOP_SECONDS)
    with _beating(wires):
        consumer.start()
        # After the start, which sets Huey's own: those drop the running job on Ctrl-C.
        _stop_on_signals(stop)
        _log.info("worker %s is ready", wires.worker_id)
        _watch(consumer, stop)
        consumer.stop(graceful=True)
    work.leave(desk, wires.worker_id)
    _log.info("worker %s ends", wires.worker_id)


def _watch(consumer: Any, stop: Stop) -> None:
    looks = 0
    while not stop.asked:
        time.sleep(_LOOK_EVERY)
        looks += 1
        if looks % _CHECK_EVERY == 0:
            consumer.check_worker_health()


def _stop_on_signals(stop: Stop) -> None:
    for name in _SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stop.ask())


@contextmanager
def _beating(wires: Wires) -> Iterator[None]:
    """Show that the worker lives, from a thread of its own, until the end of the block."""
    ended = Event()
    work.beat(wires.desk, wires.worker_id)
    thread = Thread(target=_beat, args=(wires, ended), name="beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _beat(wires: Wires, ended: Event) -> None:
    while not ended.wait(wires.desk.settings.heartbeat_seconds):
        try:
            work.beat(wires.desk, wires.worker_id)
        except Exception:
            _log.exception("worker %s: a beat could not be written", wires.worker_id)


class EmbeddedWorker:
    """The worker as a subprocess: started again when it dies, ended by closing its standard input."""

    def __init__(self, command: tuple[str, ...] = _WORKER) -> None:
        self._command = command
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="embedded worker", daemon=True)

    def start(self) -> None:
        """Start the worker and watch it."""
        self._thread.start()

    def stop(self) -> None:
        """End the worker; returns when it has ended."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        delay = _FIRST_DELAY
        while not self._stopping.is_set():
            looks = self._watch_one()
            # A worker that lived a minute had no trouble starting, so the next one may start at once.
            delay = _FIRST_DELAY if looks * _LOOK_EVERY > 60 else delay
            if not self._stopping.wait(delay):
                delay = min(delay * 2, _LONGEST_DELAY)

    def _watch_one(self) -> int:
        looks = 0
        with subprocess.Popen(self._command, stdin=subprocess.PIPE) as process:
            while process.poll() is None and not self._stopping.wait(_LOOK_EVERY):
                looks += 1
            if self._stopping.is_set():
                _end(process)
            else:
                _log.warning("the worker ended with code %s and is started again", process.returncode)
        return looks


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        _log.warning("the worker did not end in time; its job will be taken back")
        process.kill()
        process.wait()
