"""Quotas: how much one person or organisation may ask of the server, so that the others get their share.

The host sets them. What makes a job checks them in the transaction that writes it, so that many who ask at once do
not pass together.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from estimate_core.desk import Desk
from estimate_core.domain.errors import QuotaReached
from estimate_core.domain.people import Action, User
from estimate_core.services.doors import allowed
from estimate_core.storage import usage
from estimate_core.storage.database import Database
from estimate_core.storage.files import schedules_folder
from estimate_core.storage.usage import KindUse

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_MB = 1_000_000
_ACTIVE = (
    "{count} of your jobs are waiting or running, which is as many as one person may have. Wait until one of them has "
    "ended, or cancel one on Jobs."
)
_HOURLY = (
    "Your organisation asked for {count} jobs within an hour, which is as many as it may. Ask again in {minutes}, or "
    "have whoever hosts Estimate Desk raise ESTIMATE_JOBS_PER_HOUR."
)
_STORAGE = (
    "Your organisation keeps {used} MB of files and may keep {limit} MB. Delete old files on Team, Storage, or have "
    "whoever hosts Estimate Desk raise ESTIMATE_STORAGE_MB."
)


@dataclass(frozen=True)
class StorageUse:
    """What an organisation keeps, in bytes: the files of its jobs by kind, its schedules, and its limit."""

    kinds: tuple[KindUse, ...]
    schedules: int
    limit: int

    @property
    def outputs(self) -> int:
        """The files of its jobs."""
        return sum(kind.size for kind in self.kinds)

    @property
    def used(self) -> int:
        """All that is kept."""
        return self.outputs + self.schedules


@dataclass(frozen=True)
class JobUse:
    """How many jobs a person has active and their organisation asked for within the hour, each with its limit."""

    active: int
    active_limit: int
    hour: int
    hour_limit: int


def check_submission(desk: Desk, db: Database, organisation: str, user_id: str, more: int = 0) -> None:
    """Raise QuotaReached where a person or an organisation may not ask for one job more, or keep `more` bytes.

    Call inside `writing`.
    """
    check_active(desk, db, organisation, user_id)
    _check_hour(desk, db, organisation)
    check_storage(desk, db, organisation, more)


def check_active(desk: Desk, db: Database, organisation: str, user_id: str) -> None:
    """Raise QuotaReached where a person has as many active jobs as may be; call inside `writing`."""
    active = usage.count_active(db, organisation, user_id)
    if active >= desk.settings.jobs_per_user:
        raise QuotaReached(_ACTIVE.format(count=active))


def check_storage(desk: Desk, db: Database, organisation: str, more: int = 0) -> None:
    """Raise QuotaReached where an organisation would keep more than it may with so many bytes more."""
    used = usage.sum_files(db, organisation) + _schedules_size(desk, organisation)
    if used + more > desk.settings.storage_mb * _MB:
        raise QuotaReached(_STORAGE.format(used=ceil(used / _MB), limit=desk.settings.storage_mb))


@allowed(Action.READ)
def storage_use(desk: Desk, user: User) -> StorageUse:
    """What the person's organisation keeps, and may keep."""
    with desk.open_db() as db:
        kinds = tuple(usage.list_kinds(db, user.organisation))
    return StorageUse(kinds, _schedules_size(desk, user.organisation), desk.settings.storage_mb * _MB)


@allowed(Action.READ)
def job_use(desk: Desk, user: User) -> JobUse:
    """What the person and their organisation use of the jobs that they may have."""
    with desk.open_db() as db:
        active = usage.count_active(db, user.organisation, user.id)
        hour = usage.count_asked(db, user.organisation, desk.now() - _HOUR)
    return JobUse(active, desk.settings.jobs_per_user, hour, desk.settings.jobs_per_hour)


def _check_hour(desk: Desk, db: Database, organisation: str) -> None:
    limit, now = desk.settings.jobs_per_hour, desk.now()
    oldest = usage.find_oldest_but(db, organisation, now - _HOUR, limit)
    if oldest:
        # A clock that was set back must not make anybody wait for longer than the hour.
        wait = min(_HOUR, oldest + _HOUR - now)
        minutes = ceil(wait / _MINUTE)
        told = "a minute" if minutes == 1 else f"{minutes} minutes"
        raise QuotaReached(_HOURLY.format(count=limit, minutes=told), ceil(wait.total_seconds()))


def _schedules_size(desk: Desk, organisation: str) -> int:
    return desk.files.size_below(schedules_folder(organisation))
