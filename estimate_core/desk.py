"""The desk: the settings, and what every use case is handed (database, files, the doorbell, the clock)."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal, cast

from estimate_core.domain.errors import BadInput
from estimate_core.storage.database import Database, connected, migrate
from estimate_core.storage.files import Files, make_folder

WorkerMode = Literal["embedded", "external"]
DEFAULT_HOME = Path(__file__).parents[1] / "data" / "workspace"
SAMPLES = Path(__file__).parents[1] / "data" / "samples"
_MAX_UPLOAD_LIMIT_MB = 1_000


@dataclass(frozen=True)
class Settings:
    """What the host may set. `home` holds the databases and files; times are in seconds."""

    home: Path = DEFAULT_HOME
    worker: WorkerMode = "embedded"
    max_upload_mb: int = 25
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
    def files_folder(self) -> Path:
        """The folder of schedules and outputs."""
        return self.home / "files"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Settings from variables named ESTIMATE_...; BadInput names the one that cannot be used."""
        home = environment.get("ESTIMATE_HOME", "").strip()
        return cls(
            home=Path(home) if home else DEFAULT_HOME,
            worker=_read_worker(environment.get("ESTIMATE_WORKER", "")),
            max_upload_mb=_read_megabytes(environment.get("ESTIMATE_MAX_UPLOAD_MB", "")),
        )


def _read_worker(text: str) -> WorkerMode:
    mode = text.strip().lower() or "embedded"
    if mode not in ("embedded", "external"):
        raise BadInput(f"ESTIMATE_WORKER is \u201c{text}\u201d. Set it to embedded or external.")
    return cast(WorkerMode, mode)


def _read_megabytes(text: str) -> int:
    if not text.strip():
        return Settings.max_upload_mb
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= _MAX_UPLOAD_LIMIT_MB:
        raise BadInput(
            f"ESTIMATE_MAX_UPLOAD_MB is \u201c{text}\u201d. Set it to a whole number from 1 to {_MAX_UPLOAD_LIMIT_MB}."
        )
    return number


@dataclass(frozen=True)
class Desk:
    """What use cases work with.

    `open_db` gives a connection that closes at the end of its `with` block, `enqueue` rings the worker with
    a job id, `now` tells the time in UTC.
    """

    settings: Settings
    open_db: Callable[[], AbstractContextManager[Database]]
    files: Files
    enqueue: Callable[[str], None]
    now: Callable[[], datetime]


def open_desk(settings: Settings, enqueue: Callable[[str], None], now: Callable[[], datetime]) -> Desk:
    """A desk at `settings.home`, its folder made and its database migrated."""
    make_folder(settings.home)
    with connected(settings.database_path) as db:
        migrate(db)
    return Desk(settings, partial(connected, settings.database_path), Files(settings.files_folder), enqueue, now)
