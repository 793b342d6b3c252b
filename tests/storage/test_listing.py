"""Pages of jobs and files."""

from dataclasses import replace
from datetime import timedelta

import pytest

from estimate_core.domain.job import Job, JobType, Output, Status
from estimate_core.services.jobs import new_job
from estimate_core.storage.database import Database
from estimate_core.storage.jobs import insert_job
from estimate_core.storage.listing import JobFilter, is_job, is_output, jobs_behind, outputs_behind
from estimate_core.storage.outputs import insert_output
from tests.conftest import COLLEAGUE, LOCAL, STRANGER, Clock

NO_FILTER = JobFilter()


@pytest.fixture
def made(db: Database, clock: Clock) -> list[Job]:
    """Four jobs, each newer than the one before: two of the person, one of a colleague, one of a stranger."""
    jobs = []
    for user, kind in (
        (LOCAL, JobType.PDF),
        (LOCAL, JobType.OUTPUT),
        (COLLEAGUE, JobType.OUTPUT),
        (STRANGER, JobType.OUTPUT),
    ):
        clock.move(1)
        jobs.append(new_job(user.organisation, user.id, kind, "", clock()))
        insert_job(db, jobs[-1], "{}", "")
    return jobs


def test_jobs_come_newest_first_and_go_on_behind_the_last(db: Database, made: list[Job]) -> None:
    first = jobs_behind(db, "local", NO_FILTER, 2, None)
    second = jobs_behind(db, "local", NO_FILTER, 2, first[-1].id)

    assert [job.id for job in first] == [made[2].id, made[1].id]
    assert [job.id for job in second] == [made[0].id]


def test_jobs_are_filtered_by_state_type_and_person(db: Database, made: list[Job]) -> None:
    def ids(wanted: JobFilter) -> list[str]:
        return [job.id for job in jobs_behind(db, "local", wanted, 9, None)]

    assert ids(JobFilter(type=JobType.PDF)) == [made[0].id]
    assert ids(JobFilter(user=COLLEAGUE.id)) == [made[2].id]
    assert ids(JobFilter(status=Status.FAILED)) == []
    assert len(ids(JobFilter(status=Status.QUEUED))) == 3


def test_files_come_newest_first_and_go_on_behind_the_last(db: Database, made: list[Job], clock: Clock) -> None:
    one = Output("one", made[0].id, "local", "one.xlsx", "xlsx", 9, 0, clock())
    two = replace(one, id="two", created=clock() + timedelta(seconds=1))
    for output in (one, two, replace(one, id="theirs", job=made[3].id, organisation="elsewhere")):
        insert_output(db, output, "")

    assert [kept.output.id for kept in outputs_behind(db, "local", 9, None)] == ["two", "one"]
    assert [kept.output.id for kept in outputs_behind(db, "local", 9, "two")] == ["one"]
    assert (is_output(db, "local", "one"), is_output(db, "local", "theirs")) == (True, False)


def test_what_is_behind_a_foreign_job_is_nothing(db: Database, made: list[Job]) -> None:
    assert jobs_behind(db, "local", NO_FILTER, 9, made[3].id) == []
    assert (is_job(db, "local", made[3].id), is_job(db, "elsewhere", made[3].id)) == (False, True)
