"""How the desk is, for who looks after it: workers, the queue, and figures of what was done."""

from dataclasses import dataclass
from datetime import timedelta

from estimate_core.desk import Desk
from estimate_core.domain.job import JobType, Status
from estimate_core.services.jobs import WorkerHealth, worker_health
from estimate_core.storage import stats
from estimate_core.storage.stats import DURATIONS as DURATIONS
from estimate_core.storage.stats import Durations as Durations

VERSION = "0.1.0"
"""The version of Estimate Desk, as `pyproject.toml` has it."""


@dataclass(frozen=True)
class Health:
    """The workers and the queue; `oldest_wait` is how long the job has waited that waits longest, zero where none."""

    workers: WorkerHealth
    oldest_wait: timedelta


@dataclass(frozen=True)
class Figures:
    """What was done and is kept: jobs by type and state, how long they took, bytes of kept files."""

    jobs: dict[tuple[JobType, Status], int]
    durations: list[Durations]
    output_bytes: int


def look_at_health(desk: Desk) -> Health:
    """How the workers and the queue are now."""
    with desk.open_db() as db:
        oldest = stats.find_oldest_waiting(db)
    waits = max(timedelta(0), desk.now() - oldest) if oldest else timedelta(0)
    return Health(worker_health(desk), waits)


def count_up(desk: Desk) -> Figures:
    """The figures of the whole desk, from its rows."""
    with desk.open_db() as db:
        return Figures(stats.count_jobs(db), stats.list_durations(db), stats.sum_outputs(db))
