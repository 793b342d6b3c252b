"""The keeper: worker processes that are started again when they die, and end when their keeper does."""

import logging
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

_log = logging.getLogger(__name__)

STOP_SECONDS = 6.0
"""How long a worker that was asked to stop may finish its job; a longer one goes back into the queue."""
REFUSED = 2
"""How a worker ends that cannot work with its settings: starting it again would not help."""
_WORKER = (sys.executable, str(Path(__file__).parents[1] / "queue_worker.py"), "--with-parent")
_LOOK_EVERY = 0.1
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0
_GRACE_SECONDS = STOP_SECONDS + 2
_WELL_SECONDS = 60
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Stop:
    """Asks a worker to end. A bare flag: a signal handler must not take a lock that its thread may hold."""

    def __init__(self) -> None:
        self.asked = False

    def ask(self) -> None:
        """End soon."""
        self.asked = True

    def on_signals(self) -> None:
        """Ask where the system or a person asks."""
        for name in _SIGNALS:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda *_: self.ask())


class Keeper:
    """Worker processes: each is started again when it dies, and ended by closing its standard input.

    The system closes that too where the keeper itself is killed.
    """

    def __init__(self, workers: int, command: tuple[str, ...] = _WORKER) -> None:
        self._command = command
        self._stopping = Event()
        self._refused = Event()
        self._threads = [
            Thread(target=self._keep, name=f"keeper {number}", daemon=True) for number in range(1, workers + 1)
        ]

    @property
    def is_refused(self) -> bool:
        """True once a worker said that it cannot work with its settings."""
        return self._refused.is_set()

    def start(self) -> None:
        """Start the workers and watch them."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the workers; returns when they have ended."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _keep(self) -> None:
        delay = _FIRST_DELAY
        while not self._stopping.is_set():
            looks = self._watch_one()
            # A worker that lived a minute had no trouble starting, so the next one may start at once.
            delay = _FIRST_DELAY if looks * _LOOK_EVERY > _WELL_SECONDS else delay
            if not self._stopping.wait(delay):
                delay = min(delay * 2, _LONGEST_DELAY)

    def _watch_one(self) -> int:
        looks = 0
        with subprocess.Popen(self._command, stdin=subprocess.PIPE) as process:  # noqa: S603  this program itself
            while process.poll() is None and not self._stopping.wait(_LOOK_EVERY):
                looks += 1
            if self._stopping.is_set():
                _end(process)
            else:
                _log.warning("a worker ended with code %s and is started again", process.returncode)
        if process.returncode == REFUSED:
            self._refused.set()
        return looks


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        _log.warning("a worker did not end in time; its job will be taken back")
        process.kill()
        process.wait()
