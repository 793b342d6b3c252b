"""Jobs' rows: who wins a claim, who may still write, and what other organisations see."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import NotFound
from estimate_core.domain.job import Job, JobType, Output, Status, Step
from estimate_core.domain.people import User
from estimate_core.storage import jobs, outputs
from estimate_core.storage.database import Database, writing
from estimate_core.storage.jobs import Claim

NOW = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def new_job(db: Database, organisation: str = "local", created: datetime = NOW) -> str:
    job = Job(
        id=str(uuid4()),
        organisation=organisation,
        user="local",
        type=JobType.OUTPUT,
        status=Status.QUEUED,
        progress=0,
        step="",
        steps=(),
        work_name="Wiring of the hall",
        estimate="e",
        schedule="s",
        lines=2,
        result={},
        error_message="",
        error_log="",
        attempts=0,
        created=created,
        started=None,
        completed=None,
    )
    jobs.insert_job(db, job, json.dumps({"frozen": True}), "Electrical 2025-26")
    return job.id


def claimed(db: Database, job_id: str, worker: str = "here/1", now: datetime = NOW) -> Claim:
    with writing(db):
        mine = jobs.claim(db, job_id, worker, now)
    assert mine is not None
    return mine


def new_output(job_id: str, organisation: str = "local") -> Output:
    return Output(str(uuid4()), job_id, organisation, "Estimate - x.xlsx", "xlsx", 10, 0, NOW)


def test_a_job_comes_back_as_it_was_inserted(db: Database) -> None:
    job_id = new_job(db)

    job, snapshot = jobs.get_work(db, job_id)

    assert jobs.get_job(db, "local", job_id) == job
    assert (job.status, job.type, job.created, job.started) == (Status.QUEUED, JobType.OUTPUT, NOW, None)
    assert json.loads(snapshot) == {"frozen": True}


def test_another_organisation_does_not_find_a_job_or_its_output(db: Database, stranger: User) -> None:
    job_id = new_job(db)
    output = new_output(job_id)
    outputs.insert_output(db, output, "0" * 64)

    with pytest.raises(NotFound):
        jobs.get_job(db, stranger.organisation, job_id)
    with pytest.raises(NotFound):
        outputs.get_output(db, stranger.organisation, output.id)
    outputs.count_download(db, stranger.organisation, output.id)

    assert jobs.list_jobs(db, stranger.organisation, 10) == []
    assert outputs.list_outputs(db, stranger.organisation, job_id) == []
    assert outputs.get_output(db, "local", output.id).downloads == 0


def test_another_organisation_cannot_cancel_or_retry_a_job(db: Database, stranger: User) -> None:
    job_id = new_job(db)

    answers = (
        jobs.cancel_queued(db, stranger.organisation, job_id, NOW),
        jobs.ask_cancel(db, stranger.organisation, job_id),
        jobs.retry_failed(db, stranger.organisation, job_id),
    )

    assert answers == (False, False, False)
    assert jobs.get_job(db, "local", job_id).status is Status.QUEUED


def test_jobs_are_listed_newest_first(db: Database) -> None:
    old, new = new_job(db), new_job(db, created=LATER)

    listed = jobs.list_jobs(db, "local", 10)

    assert [job.id for job in listed] == [new, old]
    assert [job.id for job in jobs.list_jobs(db, "local", 1)] == [new]


def test_of_two_claims_one_wins(db: Database) -> None:
    job_id = new_job(db)

    with writing(db):
        first, second = jobs.claim(db, job_id, "here/1", NOW), jobs.claim(db, job_id, "here/2", NOW)

    assert first == Claim(job_id, "here/1", 1)
    assert second is None


def test_four_workers_claim_a_hundred_jobs_once_each(desk: Desk, db: Database) -> None:
    with writing(db):
        waiting = [new_job(db) for _ in range(100)]

    def claim_all(worker: str) -> list[str]:
        with desk.open_db() as own:
            won = []
            for job_id in waiting:
                with writing(own):
                    mine = jobs.claim(own, job_id, worker, NOW)
                won += [mine.job] if mine else []
            return won

    with ThreadPoolExecutor(4) as pool:
        won = [job_id for part in pool.map(claim_all, "abcd") for job_id in part]

    assert Counter(won) == Counter(waiting)


def test_a_job_is_not_claimed_before_its_time(db: Database) -> None:
    job_id = new_job(db)
    jobs.requeue(db, claimed(db, job_id), "fault", not_before=LATER)

    with writing(db):
        early = jobs.claim(db, job_id, "here/1", LATER - timedelta(seconds=1))
        due = jobs.find_due(db, job_id)
        in_time = jobs.claim(db, job_id, "here/1", LATER)

    assert early is None
    assert due == LATER
    assert in_time == Claim(job_id, "here/1", 2)


def test_steps_are_appended_and_the_last_is_current(db: Database) -> None:
    mine = claimed(db, new_job(db))

    jobs.add_step(db, mine, Step(5, "Loading “backend” data...", NOW))
    jobs.add_step(db, mine, Step(30, "Building...", LATER))
    jobs.save_progress(db, mine, 44, LATER)

    job = jobs.get_job(db, "local", mine.job)
    assert job.steps == (Step(5, "Loading “backend” data...", NOW), Step(30, "Building...", LATER))
    assert (job.progress, job.step) == (44, "Building...")


def test_a_worker_that_was_thought_dead_cannot_write_to_the_job_any_more(db: Database) -> None:
    job_id = new_job(db)
    dead = claimed(db, job_id, "here/1")
    jobs.requeue(db, dead, "the worker stopped")
    alive = claimed(db, job_id, "here/2", LATER)

    answers = [
        jobs.heartbeat(db, dead, LATER),
        jobs.add_step(db, dead, Step(5, "x", LATER)),
        jobs.save_progress(db, dead, 50, LATER),
        jobs.complete(db, dead, {}, Step(100, "Complete", LATER)),
        jobs.fail(db, dead, "sentence", "log", LATER),
        jobs.requeue(db, dead, "log"),
        jobs.cancel_running(db, dead, LATER),
    ]

    assert answers == [False] * 7
    job = jobs.get_job(db, "local", job_id)
    assert (job.status, job.progress, job.attempts, job.steps) == (Status.RUNNING, 0, 2, ())
    assert jobs.complete(db, alive, {"output": "x"}, Step(100, "Complete", LATER, 2))


def test_the_same_worker_cannot_finish_an_earlier_attempt(db: Database) -> None:
    job_id = new_job(db)
    first = claimed(db, job_id)
    jobs.requeue(db, first, "fault")
    claimed(db, job_id)

    finished = jobs.complete(db, first, {}, Step(100, "Complete", NOW))

    assert not finished


def test_a_job_is_its_workers_until_it_goes_to_another(db: Database) -> None:
    mine = claimed(db, new_job(db))
    before = jobs.is_ours(db, mine)

    jobs.requeue(db, mine, "the worker stopped")
    claimed(db, mine.job, "here/2")

    assert (before, jobs.is_ours(db, mine)) == (True, False)


def test_failing_keeps_what_is_known_until_the_job_is_tried_again(db: Database) -> None:
    mine = claimed(db, new_job(db))

    jobs.fail(db, mine, "No item has a rate.", "log", LATER, {"findings": 3})
    failed = jobs.get_job(db, "local", mine.job)
    jobs.retry_failed(db, "local", mine.job)

    assert (failed.status, failed.result, failed.completed) == (Status.FAILED, {"findings": 3}, LATER)
    assert jobs.get_job(db, "local", mine.job).result == {}


def test_completing_writes_the_last_step_and_the_result(db: Database) -> None:
    mine = claimed(db, new_job(db))

    jobs.complete(db, mine, {"output": "x"}, Step(100, "Complete", LATER))

    job = jobs.get_job(db, "local", mine.job)
    assert (job.status, job.progress, job.step, job.completed) == (Status.COMPLETED, 100, "Complete", LATER)
    assert job.result == {"output": "x"}
    assert job.steps[-1] == Step(100, "Complete", LATER)


def test_only_a_failed_job_is_queued_again_and_starts_anew(db: Database) -> None:
    mine = claimed(db, new_job(db))
    too_early = jobs.retry_failed(db, "local", mine.job)
    jobs.fail(db, mine, "The schedule is gone.", "log", NOW)

    retried = jobs.retry_failed(db, "local", mine.job)

    job = jobs.get_job(db, "local", mine.job)
    assert (too_early, retried) == (False, True)
    assert (job.status, job.attempts, job.error_message, job.completed) == (Status.QUEUED, 0, "", None)
    assert job.error_log == "log\n"


def test_only_silent_jobs_are_stale(db: Database) -> None:
    silent, alive = claimed(db, new_job(db), "here/1"), claimed(db, new_job(db), "here/2")
    jobs.heartbeat(db, alive, LATER)

    stale = jobs.find_stale_running(db, LATER)

    assert stale == [silent]


def test_running_jobs_are_found_by_the_beginning_of_the_workers_id(db: Database) -> None:
    here = claimed(db, new_job(db), "here/1")
    claimed(db, new_job(db), "elsewhere/1")

    found = jobs.find_running_of(db, "here/")

    assert found == [here]


def test_queued_jobs_are_found_oldest_first_once_they_are_due(db: Database) -> None:
    old, resting, young = new_job(db), new_job(db), new_job(db, created=LATER)
    jobs.requeue(db, claimed(db, resting), "fault", not_before=LATER + timedelta(seconds=1))

    assert jobs.find_queued(db, NOW, LATER, 10) == [old]
    assert jobs.find_queued(db, LATER, LATER, 10) == [old, young]
    assert jobs.find_queued(db, LATER, LATER, 1) == [old]
    assert jobs.count_queued(db) == 3


def test_the_last_beat_of_any_worker_is_known_until_it_leaves(db: Database) -> None:
    never = jobs.find_last_beat(db)
    jobs.beat(db, "here/1", NOW)
    jobs.beat(db, "here/2", NOW)
    jobs.beat(db, "here/1", LATER)

    last = jobs.find_last_beat(db)
    jobs.drop_worker(db, "here/1")

    assert (never, last, jobs.find_last_beat(db)) == (None, LATER, NOW)


def test_workers_long_gone_are_forgotten(db: Database) -> None:
    jobs.beat(db, "here/1", NOW)

    jobs.beat(db, "here/2", NOW + timedelta(days=2))
    jobs.drop_worker(db, "here/2")

    assert jobs.find_last_beat(db) is None
