"""The desk: the settings, and what every use case is handed (database, files, the doorbell, the clock, isolation)."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal, Protocol, cast
from urllib.parse import urlsplit

from estimate_core.domain.errors import BadInput
from estimate_core.domain.notice import Answer, Letter, Way
from estimate_core.domain.progress import Progress
from estimate_core.logs import LogStyle
from estimate_core.storage.database import Database, connected, prepare_database, set_aside_damaged, writing
from estimate_core.storage.files import Files, Shelf, load_key, make_folder
from estimate_core.storage.objects import open_objects

WorkerMode = Literal["embedded", "external"]
DEFAULT_HOME = Path(__file__).parents[1] / "data" / "workspace"
SAMPLES = Path(__file__).parents[1] / "data" / "samples"
_NUMBERS = {
    "workers": (1, 32),
    "max_upload_mb": (1, 1_000),
    "read_seconds": (5, 3_600),
    "job_seconds": (10, 86_400),
    "jobs_per_user": (1, 10_000),
    "jobs_per_hour": (1, 100_000),
    "storage_mb": (10, 10_000_000),
    "keep_days": (1, 36_500),
    "session_days": (1, 365),
}
"""Settings that are whole numbers, each with the lowest and the highest that it may be."""


@dataclass(frozen=True)
class Settings:
    """What the host may set. `home` holds the databases and files; times are in seconds.

    `files_url` is a store for what jobs make, such as `s3://bucket/folder`; else that is in `home` too.

    `workers` processes run jobs. `read_seconds` is how long an uploaded workbook may take to be read, `job_seconds`
    how long any job may run. A person has at most `jobs_per_user` active jobs, an organisation makes `jobs_per_hour`
    and keeps files of `storage_mb`, each for `keep_days` where it did not choose another number. Who did nothing for
    `session_days` signs in again. `url` is the address
    at which people reach the pages, without a slash at its end; `notify_private` lets notices go into private networks.
    """

    home: Path = DEFAULT_HOME
    files_url: str = ""
    worker: WorkerMode = "embedded"
    log: LogStyle = "plain"
    workers: int = 1
    max_upload_mb: int = 25
    read_seconds: int = 120
    job_seconds: int = 900
    jobs_per_user: int = 20
    jobs_per_hour: int = 600
    storage_mb: int = 5_000
    keep_days: int = 365
    session_days: int = 14
    url: str = ""
    notify_private: bool = False
    heartbeat_seconds: float = 5.0
    stale_seconds: float = 30.0

    @property
    def database_path(self) -> Path:
        """The file of the application's database."""
        return self.home / "app.db"

    @property
    def queue_path(self) -> Path:
        """The file of the job queue."""
        return self.home / "queue.db"

    @property
    def key_path(self) -> Path:
        """The file of the key that tickets of sessions are signed with."""
        return self.home / "secret.key"

    @property
    def files_folder(self) -> Path:
        """The folder of schedules and outputs."""
        return self.home / "files"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Settings from variables named ESTIMATE_...; BadInput names the one that cannot be used."""
        home = environment.get("ESTIMATE_HOME", "").strip()
        numbers = {name: _read_number(environment, name, getattr(cls, name)) for name in _NUMBERS}
        return cls(
            home=Path(home) if home else DEFAULT_HOME,
            files_url=environment.get("ESTIMATE_FILES_URL", "").strip(),
            worker=cast(WorkerMode, _read_choice(environment, "ESTIMATE_WORKER", ("embedded", "external"))),
            log=cast(LogStyle, _read_choice(environment, "ESTIMATE_LOG", ("plain", "json"))),
            url=_read_url(environment.get("ESTIMATE_URL", "")),
            notify_private=_read_yes(environment, "ESTIMATE_NOTIFY_PRIVATE"),
            **numbers,
        )


def _read_choice(environment: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    text = environment.get(name, "")
    choice = text.strip().lower() or choices[0]
    if choice not in choices:
        raise BadInput(f"{name} is \u201c{text}\u201d. Set it to {' or '.join(choices)}.")
    return choice


def _read_url(text: str) -> str:
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise BadInput(
            f"ESTIMATE_URL is \u201c{text}\u201d. Set it to an address such as https://estimates.example.org."
        )
    return url


def _read_yes(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name, "").strip().lower()
    if text not in ("", "yes", "no"):
        raise BadInput(f"{name} is \u201c{environment[name]}\u201d. Set it to yes or no.")
    return text == "yes"


def _read_number(environment: Mapping[str, str], setting: str, default: int) -> int:
    name, (lowest, highest) = f"ESTIMATE_{setting.upper()}", _NUMBERS[setting]
    text = environment.get(name, "")
    if not text.strip():
        return default
    try:
        number = int(text)
    except ValueError:
        number = lowest - 1
    if not lowest <= number <= highest:
        raise BadInput(f"{name} is \u201c{text}\u201d. Set it to a whole number from {lowest} to {highest}.")
    return number


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
    that nobody vouches for, `post` sends notices. `key` signs what browsers keep.
    """

    settings: Settings
    open_db: Callable[[], AbstractContextManager[Database]]
    files: Files
    outputs: Shelf
    enqueue: Callable[[str], None]
    now: Callable[[], datetime]
    isolate: Isolate = run_here
    post: Post = NO_POST
    key: bytes = b""


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
    return Desk(settings, open_db, files, outputs, enqueue, now, isolate, post, _load_key(settings, open_db))


def _load_key(settings: Settings, open_db: Callable[[], AbstractContextManager[Database]]) -> bytes:
    # Nobody else writes meanwhile: of two processes that start together, one makes the key and the other reads it.
    with open_db() as db, writing(db):
        return load_key(settings.key_path)


def prepare_home(settings: Settings) -> None:
    """Have the home folder and a database of today's form in it; BadInput says what to do where that cannot be."""
    try:
        make_folder(settings.home)
    except OSError as problem:
        raise BadInput(
            f"The folder {settings.home} cannot be used ({problem.strerror}). Make it writable, or set ESTIMATE_HOME "
            "to a folder that is."
        ) from problem
    prepare_database(settings.database_path)
    if settings.queue_path.exists():
        # Only a doorbell: the jobs that it rang for are rung again.
        set_aside_damaged(settings.queue_path)
