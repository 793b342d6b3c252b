"""Quotas: what the host allows is what people get, also when they ask at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import QuotaReached
from estimate_core.domain.job import JobType, Status
from estimate_core.domain.people import User
from estimate_core.services import downloads, estimates, jobs, work
from estimate_core.services.comparing import submit_comparison
from estimate_core.services.quotas import JobUse, job_use, storage_use
from estimate_core.services.schedules import ScheduleCard, upload_schedule
from estimate_core.services.uploads import list_uploads, submit_outdated, submit_upload
from estimate_core.storage.usage import KindUse
from tests.conftest import FAN, ROW_OF, Clock, workbook_of

WORKER = "here/1"
Limited = Callable[..., Desk]


@pytest.fixture
def limited(desk: Desk) -> Limited:
    """A function that gives the desk with other limits."""

    def limited(**limits: int) -> Desk:
        return replace(desk, settings=desk.settings.model_copy(update=limits))

    return limited


@pytest.fixture
def estimate_id(desk: Desk, user: User, schedule: ScheduleCard) -> str:
    opened = estimates.create_estimate(desk, user, schedule.id, "Wiring of the hall")
    estimates.add_item(desk, user, opened.id, ROW_OF[FAN.name])
    return opened.id


def submit(desk: Desk, user: User, estimate_id: str) -> str:
    return jobs.submit_job(desk, user, estimate_id, JobType.ESTIMATE).id


def test_a_person_has_as_many_active_jobs_as_the_host_allows(
    limited: Limited, user: User, colleague: User, estimate_id: str
) -> None:
    desk = limited(jobs_per_user=2)
    first, _ = (submit(desk, user, estimate_id) for _ in range(2))

    with pytest.raises(QuotaReached, match="2 of your jobs are waiting or running") as refusal:
        submit(desk, user, estimate_id)
    submit(desk, colleague, estimate_id)
    jobs.cancel_job(desk, user, first)
    submit(desk, user, estimate_id)

    assert "cancel one on Jobs" in str(refusal.value)
    assert len(jobs.list_jobs(desk, user)) == 4


def test_many_who_ask_at_once_do_not_pass_together(limited: Limited, user: User, estimate_id: str) -> None:
    desk = limited(jobs_per_user=5)

    def ask(_: int) -> bool:
        try:
            submit(desk, user, estimate_id)
        except QuotaReached:
            return False
        return True

    with ThreadPoolExecutor(20) as people:
        passed = list(people.map(ask, range(20)))

    assert passed.count(True) == 5
    assert len(jobs.list_jobs(desk, user)) == 5


def test_an_organisation_makes_as_many_jobs_in_an_hour_as_the_host_allows(
    limited: Limited, user: User, colleague: User, stranger: User, estimate_id: str, clock: Clock
) -> None:
    desk = limited(jobs_per_hour=2)
    submit(desk, user, estimate_id)
    clock.move(1200)
    submit(desk, colleague, estimate_id)
    clock.move(600)

    with pytest.raises(QuotaReached, match="2 jobs within an hour.*Ask again in 30 minutes") as refusal:
        submit(desk, user, estimate_id)
    submit_upload(desk, stranger, "small.xlsx", workbook_of(), "Electrical", "2025-26")
    clock.move(1800)
    submit(desk, user, estimate_id)

    assert refusal.value.seconds == 1800
    assert len(jobs.list_jobs(desk, user)) == 3


@pytest.mark.parametrize("limit", ["jobs_per_user", "jobs_per_hour"])
def test_reading_schedules_anew_after_an_update_takes_nobodys_share(
    limited: Limited, user: User, estimate_id: str, limit: str
) -> None:
    desk = limited(**{limit: 1})
    with desk.open_db() as db:
        db.execute("UPDATE schedules SET format = 0, created = '2020-01-01T00:00:00.000000+00:00'")
    submit_outdated(desk)

    submit(desk, user, estimate_id)
    with pytest.raises(QuotaReached):
        submit(desk, user, estimate_id)

    assert [job.type for job in jobs.list_jobs(desk, user)] == [JobType.ESTIMATE, JobType.READ]


def test_a_clock_that_was_set_back_makes_nobody_wait_for_longer_than_an_hour(
    limited: Limited, user: User, estimate_id: str, clock: Clock
) -> None:
    desk = limited(jobs_per_hour=1)
    submit(desk, user, estimate_id)
    clock.move(-86_400)

    with pytest.raises(QuotaReached, match="Ask again in 60 minutes"):
        submit(desk, user, estimate_id)


def test_an_organisation_keeps_as_much_as_the_host_allows(
    limited: Limited, user: User, stranger: User, estimate_id: str
) -> None:
    desk = limited(storage_mb=10)
    with desk.open_db() as db:
        job = submit(desk, user, estimate_id)
        work.run_next(desk, WORKER)
        db.execute("UPDATE outputs SET size = 10000000")

    with pytest.raises(QuotaReached, match="keeps 11 MB of files and may keep 10 MB"):
        submit(desk, user, estimate_id)
    with pytest.raises(QuotaReached):
        submit_upload(desk, user, "new.xlsx", workbook_of(FAN), "Electrical", "2026-27")

    assert len(jobs.list_jobs(desk, user)) == 1
    assert list_uploads(desk, user) == []
    assert len(list((desk.files.folder / "local" / "schedules").iterdir())) == 1
    assert storage_use(desk, stranger).used == 0
    assert jobs.get_job(desk, user, job).status is Status.COMPLETED


def test_what_is_used_is_told_in_bytes(desk: Desk, user: User, estimate_id: str) -> None:
    job = submit(desk, user, estimate_id)
    work.run_next(desk, WORKER)

    use = storage_use(desk, user)

    [output] = jobs.list_outputs(desk, user, job)
    on_disk = sum(path.stat().st_size for path in desk.files.folder.rglob("*") if path.is_file())
    assert use.kinds == (KindUse(JobType.ESTIMATE, 1, output.size),)
    assert use.limit == 5_000_000_000
    assert use.used == on_disk


def test_each_way_to_a_job_heeds_the_limit(
    limited: Limited, user: User, estimate_id: str, schedule: ScheduleCard
) -> None:
    desk = limited(jobs_per_user=1)
    other = upload_schedule(desk, user, "other.xlsx", workbook_of(FAN), "Electrical", "2026-27")
    cancelled = submit(desk, user, estimate_id)
    jobs.cancel_job(desk, user, cancelled)
    submit(desk, user, estimate_id)

    for way in (
        lambda: jobs.submit_job(desk, user, estimate_id, JobType.PDF),
        lambda: submit_comparison(desk, user, schedule.id, other.id),
        lambda: submit_upload(desk, user, "new.xlsx", workbook_of(FAN, FAN), "Electrical", "2027-28"),
        lambda: downloads.make_again(desk, user, cancelled),
    ):
        with pytest.raises(QuotaReached):
            way()

    assert len(jobs.list_jobs(desk, user)) == 2


def test_a_workbook_that_is_there_already_needs_no_room(limited: Limited, user: User, schedule: ScheduleCard) -> None:
    desk = limited(storage_mb=0)

    again = submit_upload(desk, user, "small.xlsx", workbook_of(), "Electrical", "2025-26")

    assert again.card == schedule


def test_what_is_used_of_the_jobs_that_may_be_is_told(
    limited: Limited, user: User, colleague: User, stranger: User, estimate_id: str, clock: Clock
) -> None:
    desk = limited(jobs_per_user=5, jobs_per_hour=9)
    submit(desk, user, estimate_id)
    clock.move(3_600)
    for person in (user, user, colleague):
        submit(desk, person, estimate_id)

    assert job_use(desk, user) == JobUse(active=3, active_limit=5, hour=3, hour_limit=9)
    assert job_use(desk, colleague) == JobUse(active=1, active_limit=5, hour=3, hour_limit=9)
    assert job_use(desk, stranger) == JobUse(active=0, active_limit=5, hour=0, hour_limit=9)
