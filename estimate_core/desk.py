"""The desk: what every use case is handed (settings, database, files, the doorbell, the clock, isolation, the key)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from estimate_core.domain.errors import BadInput
from estimate_core.domain.notice import Answer, Letter, Way
from estimate_core.domain.progress import Progress
from estimate_core.settings import Settings
from estimate_core.storage.database import COMPANIONS, Database, connected, prepare_database, set_aside_damaged
from estimate_core.storage.files import Files, Shelf, make_own_folder, make_private, make_private_folder
from estimate_core.storage.keys import load_key
from estimate_core.storage.objects import open_objects

SAMPLES = Path(__file__).parents[1] / "data" / "samples"


class Watch(Protocol):
    """How a job tells how far it is and asks whether it is still wanted; both raise where it is not."""

    def __call__(self, percent: int, words: str, /) -> None:
        """Tell percents (0-100, never falling) and the words of the step."""

    def check(self) -> None:
        """Only ask."""


Task = Callable[[Progress], dict[str, object]]
"""Work on a file that nobody vouches for. Another process may be given it: a module's function with plain arguments,
whose result JSON can hold."""
Isolate = Callable[[Task, Watch], dict[str, object]]
"""Runs a task where it can harm nothing and be ended at any time; gives its result or raises what it refused."""


def run_here(task: Task, watch: Watch) -> dict[str, object]:
    """Run a task in this process, where nothing can end it."""
    return task(watch)


class Post(Protocol):
    """How notices leave this machine."""

    def check(self, way: Way, address: str, /) -> str:
        """The address as it may be shown; BadInput where it cannot be used."""

    def send(self, letter: Letter, /) -> Answer:
        """Send a letter once and tell what was answered; a failure is an answer too."""


class NoPost:
    """Post where nothing may leave the machine."""

    def check(self, way: Way, address: str, /) -> str:
        """BadInput for every address."""
        raise BadInput("Nothing is sent from here, so there is no use for an address.")

    def send(self, letter: Letter, /) -> Answer:
        """Refuse every letter."""
        return Answer(False, "Nothing is sent from here.")


NO_POST = NoPost()


@dataclass(frozen=True)
class Desk:
    """What use cases work with.

    `open_db` gives a connection that closes at the end of its `with` block, `files` holds schedules, `outputs` what
    jobs make. `enqueue` rings the worker with a job id, `now` tells the time in UTC, `isolate` runs what touches a file
    that nobody vouches for, `post` sends notices. `key` signs what browsers hand back: 32 bytes, never shown.
    """

    settings: Settings
    open_db: Callable[[], AbstractContextManager[Database]]
    files: Files
    outputs: Shelf
    enqueue: Callable[[str], None]
    now: Callable[[], datetime]
    isolate: Isolate = run_here
    post: Post = NO_POST
    key: bytes = field(default=b"", repr=False)


def open_desk(
    settings: Settings,
    enqueue: Callable[[str], None],
    now: Callable[[], datetime],
    isolate: Isolate = run_here,
    post: Post = NO_POST,
) -> Desk:
    """A desk at `settings.home`, its folder made and its database migrated; BadInput where that cannot be."""
    prepare_home(settings)
    open_db, files = partial(connected, settings.database_path), Files(settings.files_folder)
    outputs = open_objects(settings.files_url) if settings.files_url else files
    with open_db() as db:
        key = load_key(settings.key_path, db)
    return Desk(settings, open_db, files, outputs, enqueue, now, isolate, post, key)


def prepare_home(settings: Settings) -> None:
    """Have the home folder and a database of today's form in it; BadInput says what to do where that cannot be.

    A home that was there before may be shared with others: there what holds contents is closed to them.
    """
    _prepare_folder(make_own_folder, settings.home)
    _prepare_folder(make_private_folder, settings.files_folder)
    prepare_database(settings.database_path)
    if settings.queue_path.exists():
        make_private(settings.queue_path, COMPANIONS)
        # Only a doorbell: the jobs that it rang for are rung again.
        set_aside_damaged(settings.queue_path)


def _prepare_folder(make: Callable[[Path], None], folder: Path) -> None:
    try:
        make(folder)
    except OSError as problem:
        raise BadInput(
            f"The folder {folder} cannot be used ({problem.strerror}). Make it writable, or set ESTIMATE_HOME to a "
            "folder that is."
        ) from problem
