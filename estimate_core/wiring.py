"""Wiring: the one room that knows Huey, the environment and the clock.

Nothing runs on import. `wire` builds a desk and the queue behind its doorbell, for the application and for
the worker.
"""

import faulthandler
import json
import logging
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from huey import SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer

from estimate_core.desk import SAMPLES, Desk, open_desk
from estimate_core.domain.errors import BadInput
from estimate_core.isolation import run_apart
from estimate_core.posting.postman import Postman
from estimate_core.services import work
from estimate_core.services.doors import is_open
from estimate_core.services.schedules import load_samples
from estimate_core.services.uploads import submit_outdated
from estimate_core.settings import Settings

_log = logging.getLogger(__name__)

QUEUE = "estimate-desk"
HUNG = 4
"""How a worker ends whose job hung; its keeper starts another."""


@dataclass(frozen=True)
class Wires:
    """A desk, the queue that its doorbell rings, and the id of the worker that this process would be."""

    desk: Desk
    queue: SqliteHuey
    worker_id: str


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


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this environment, with nothing made; BadInput names a bad one."""
    return Settings.from_environment(environment)


def build_existing_desk(environment: Mapping[str, str] = os.environ) -> Desk:
    """The desk of a home that is there; BadInput where there is none, so that a wrong name is not taken for it."""
    settings = read_settings(environment)
    if not settings.database_path.is_file():
        raise BadInput(
            f"There is no Estimate Desk in the folder {settings.home}. Set ESTIMATE_HOME to the folder of the one that "
            "you mean."
        )
    return connect(settings).desk


@cache
def shared_desk() -> Desk:
    """The one desk of this process, built when it is first asked for."""
    return build_desk()


def prepare(desk: Desk) -> None:
    """Have what a first visitor needs: the sample schedules; after an update, have all schedules read anew.

    Once there are accounts, the organisation of visitors without one is not made any more.
    """
    if is_open(desk):
        load_samples(desk, SAMPLES)
    submit_outdated(desk)


def wire(environment: Mapping[str, str] = os.environ) -> Wires:
    """The wires of this environment; BadInput names a bad setting."""
    return connect(Settings.from_environment(environment))


def connect(settings: Settings) -> Wires:
    """A desk whose doorbell is a Huey queue, with the tasks that its consumer runs."""
    # The process id is for people who look for it: the rest makes the id unique.
    worker_id = f"{machine()}{os.getpid()}-{uuid4().hex}"

    def run_job(job_id: str) -> None:
        # The bell only says that there is work: which job is next, the queue knows.
        with _ended_where_stuck(work.longest_attempt(settings)):
            again = work.run_next(desk, worker_id, _end_process)
        if again is not None:
            task.schedule((job_id,), eta=again)

    def ring(job_id: str) -> None:
        try:
            task(job_id)
        except Exception:
            # The job's row is committed: a bell that fails must not refuse the person. Recovery rings again.
            _log.exception("job %s: could not be rung", job_id)

    isolate, post = partial(run_apart, seconds=settings.read_seconds), Postman(settings.notify_private)
    desk = open_desk(settings, ring, utc_now, isolate, post)
    queue = _make_queue(settings.queue_path)
    task = queue.task(name="run_job")(run_job)
    return Wires(desk, queue, worker_id)


def _end_process() -> None:
    # Nothing less ends a thread that hangs; what others see of this worker ends with it.
    os._exit(HUNG)


@contextmanager
def _ended_where_stuck(seconds: float) -> Iterator[None]:
    """End this process where the block takes longer, with the places of its threads on standard error.

    No thread of Python's can: what hangs inside a library may keep them all from running.
    """
    if sys.__stderr__ is None:
        # A Windows process without a console has nowhere to write the places to, and cannot be watched so.
        yield
        return
    faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _make_queue(path: Path) -> SqliteHuey:
    # Made before SQLite does: the file is its owner's alone, and so are the two that SQLite puts beside it.
    path.touch(mode=0o600)
    return SqliteHuey(QUEUE, filename=str(path), serializer=PlainSerializer(), results=False)


def machine() -> str:
    """What the ids of this machine's workers begin with."""
    return f"{platform.node() or 'here'}/"
