"""The application and its workers as processes of their own on a home of their own, for the benchmarks that load them.

Everything is bound to this machine's own address.
"""

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx

from estimate_core.desk import Desk
from estimate_core.settings import Settings
from estimate_core.wiring import connect

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120.0
"""Seconds that a start may take on a busy machine."""
LIMITS = {"ESTIMATE_JOBS_PER_USER": "10000", "ESTIMATE_JOBS_PER_HOUR": "100000"}
"""A benchmark asks for more than any office would in an hour."""

Process = subprocess.Popen[bytes]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Site:
    """A home folder and what runs on it; the end of the `with` block ends what still runs."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _running: list[Process] = field(default_factory=list)
    _log: IO[bytes] | None = None

    def __enter__(self) -> "Site":
        self.home.mkdir(parents=True, exist_ok=True)
        self._log = (self.home / "benchmark.log").open("ab")
        return self

    def __exit__(self, *_: object) -> None:
        for process in list(self._running):
            self.kill(process)
        if self._log:
            self._log.close()

    @property
    def url(self) -> str:
        """Where the application answers."""
        return f"http://127.0.0.1:{self.port}"

    def desk(self) -> Desk:
        """A desk on the same home, with the doorbell that the workers hear."""
        return connect(Settings.from_environment(self._variables())).desk

    def start_app(self, worker: str) -> Process:
        """Start the application with its `embedded` or an `external` worker; returns once it answers."""
        command = ["-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={self.port}"]
        app = self._start(command, {"ESTIMATE_WORKER": worker})
        self._wait_for_answer(app)
        return app

    def start_worker(self) -> Process:
        """Start one worker without a keeper, to be killed; returns at once."""
        return self._start(["queue_worker.py", "--with-parent"], {"ESTIMATE_WORKER": "external"})

    def kill(self, process: Process) -> None:
        """End a process as a loss of power would."""
        process.kill()
        process.wait()
        if process.stdin:
            process.stdin.close()
        self._running.remove(process)

    def _start(self, arguments: list[str], variables: dict[str, str]) -> Process:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**self._variables(), **variables},
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
        )
        self._running.append(process)
        return process

    def _variables(self) -> dict[str, str]:
        return {**os.environ, **LIMITS, **self.environment, "ESTIMATE_HOME": str(self.home)}

    def _wait_for_answer(self, app: Process) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if app.poll() is not None:
                raise SystemExit(f"The application ended while it started; see {self.home / 'benchmark.log'}.")
            try:
                httpx.get(f"{self.url}/healthz", timeout=5, trust_env=False)
                return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise SystemExit("The application did not start in time.")
