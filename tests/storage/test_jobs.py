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
from estimate_core.storage import jobs, outputs, queue
from estimate_core.storage.database import Database, writing
from estimate_core.storage.queue import Claim, Ends

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
        mine = queue.claim_next(db, worker, now)
    assert mine is not None
    assert mine.job == job_id
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
        first, second = queue.claim_next(db, "here/1", NOW), queue.claim_next(db, "here/2", NOW)

    assert first == Claim(job_id, "here/1", 1)
    assert second is None


def test_four_workers_claim_a_hundred_jobs_once_each(desk: Desk, db: Database) -> None:
    with writing(db):
        waiting = [new_job(db) for _ in range(100)]

    def claim_all(worker: str) -> list[str]:
        with desk.open_db() as own:
            won: list[str] = []
            while True:
                with writing(own):
                    mine = queue.claim_next(own, worker, NOW)
                if mine is None:
                    return won
                won.append(mine.job)

    with ThreadPoolExecutor(4) as pool:
        won = [job_id for part in pool.map(claim_all, "abcd") for job_id in part]

    assert Counter(won) == Counter(waiting)


def test_a_job_is_not_claimed_before_its_time(db: Database) -> None:
    job_id = new_job(db)
    queue.requeue_after_fault(db, claimed(db, job_id), "fault", LATER)

    with writing(db):
        early = queue.claim_next(db, "here/1", LATER - timedelta(seconds=1))
        in_time = queue.claim_next(db, "here/1", LATER)

    assert early is None
    assert in_time == Claim(job_id, "here/1", 2)


def test_a_clock_that_was_set_back_keeps_no_job_waiting(db: Database) -> None:
    job_id = new_job(db)
    queue.requeue_after_fault(db, claimed(db, job_id), "fault", LATER)

    with writing(db):
        mine = queue.claim_next(db, "here/1", LATER - timedelta(hours=1))

    assert mine == Claim(job_id, "here/1", 2)


def test_organisations_take_turns(db: Database) -> None:
    many = [new_job(db) for _ in range(500)]
    one = new_job(db, "elsewhere")

    with writing(db):
        claims = [queue.claim_next(db, "here/1", NOW) for _ in range(3)]

    assert [mine.job for mine in claims if mine] == [many[0], one, many[1]]


def test_an_organisation_that_comes_back_waits_for_its_turn(db: Database) -> None:
    local, elsewhere = [new_job(db) for _ in range(3)], [new_job(db, "elsewhere")]
    with writing(db):
        for _ in range(2):
            queue.claim_next(db, "here/1", NOW)
    elsewhere.append(new_job(db, "elsewhere"))

    with writing(db):
        claims = [queue.claim_next(db, "here/1", NOW) for _ in range(3)]

    assert [mine.job for mine in claims if mine] == [local[1], elsewhere[1], local[2]]


def test_places_tell_the_order_in_which_jobs_are_claimed(db: Database) -> None:
    for organisation in ("local", "elsewhere", "local"):
        claimed(db, new_job(db, organisation))
    homes = ("local", "local", "elsewhere", "local", "elsewhere")
    waiting = {new_job(db, organisation): organisation for organisation in homes}

    places = {queue.find_place(db, organisation, job_id): job_id for job_id, organisation in waiting.items()}
    with writing(db):
        claims = [queue.claim_next(db, "here/1", NOW) for _ in waiting]

    assert [mine.job for mine in claims if mine] == [places[place] for place in range(1, 6)]
    left = [*waiting.items(), ("no such job", "local")]
    assert {queue.find_place(db, organisation, job_id) for job_id, organisation in left} == {None}


def test_times_of_the_last_completed_jobs_are_known(db: Database) -> None:
    for seconds in (1, 2, 3):
        mine = claimed(db, new_job(db))
        queue.complete(db, mine, {}, Step(100, "Complete", NOW + timedelta(seconds=seconds)))
    claimed(db, new_job(db))

    assert queue.recent_times(db, 2) == [timedelta(seconds=3), timedelta(seconds=2)]


def test_ends_of_attempts_are_counted_by_their_kind_until_a_person_tries_again(db: Database) -> None:
    job_id = new_job(db)
    queue.requeue_after_loss(db, claimed(db, job_id), "log")
    queue.requeue_after_fault(db, claimed(db, job_id), "log", NOW)
    queue.hand_back(db, claimed(db, job_id), "log")
    last = claimed(db, job_id)
    counted = queue.get_ends(db, last)
    queue.fail(db, last, "sentence", "log", NOW)

    jobs.retry_failed(db, "local", job_id)

    assert (counted, last.attempt) == (Ends(faults=1, losses=1), 4)
    assert queue.get_ends(db, claimed(db, job_id)) == Ends(0, 0)


def test_steps_are_appended_and_the_last_is_current(db: Database) -> None:
    mine = claimed(db, new_job(db))

    queue.add_step(db, mine, Step(5, "Loading “backend” data...", NOW))
    queue.add_step(db, mine, Step(30, "Building...", LATER))
    queue.save_progress(db, mine, 44, LATER)

    job = jobs.get_job(db, "local", mine.job)
    assert job.steps == (Step(5, "Loading “backend” data...", NOW), Step(30, "Building...", LATER))
    assert (job.progress, job.step) == (44, "Building...")


def test_a_worker_that_was_thought_dead_cannot_write_to_the_job_any_more(db: Database) -> None:
    job_id = new_job(db)
    dead = claimed(db, job_id, "here/1")
    queue.requeue_after_loss(db, dead, "the worker stopped")
    alive = claimed(db, job_id, "here/2", LATER)

    answers = [
        queue.heartbeat(db, dead, LATER),
        queue.add_step(db, dead, Step(5, "x", LATER)),
        queue.save_progress(db, dead, 50, LATER),
        queue.complete(db, dead, {}, Step(100, "Complete", LATER)),
        queue.fail(db, dead, "sentence", "log", LATER),
        queue.requeue_after_loss(db, dead, "log"),
        queue.requeue_after_fault(db, dead, "log", LATER),
        queue.hand_back(db, dead, "log"),
        queue.cancel_running(db, dead, LATER),
    ]

    assert answers == [False] * 9
    job = jobs.get_job(db, "local", job_id)
    assert (job.status, job.progress, job.attempts, job.steps) == (Status.RUNNING, 0, 2, ())
    assert queue.complete(db, alive, {"output": "x"}, Step(100, "Complete", LATER, 2))


def test_the_same_worker_cannot_finish_an_earlier_attempt(db: Database) -> None:
    job_id = new_job(db)
    first = claimed(db, job_id)
    queue.requeue_after_loss(db, first, "fault")
    claimed(db, job_id)

    finished = queue.complete(db, first, {}, Step(100, "Complete", NOW))

    assert not finished


def test_an_attempt_before_a_retry_does_not_pass_for_the_one_after_it(db: Database) -> None:
    first = claimed(db, new_job(db))
    queue.fail(db, first, "It took too long.", "log", NOW)
    jobs.retry_failed(db, "local", first.job)

    second = claimed(db, first.job)

    assert (queue.is_ours(db, first), queue.is_ours(db, second)) == (False, True)
    assert not queue.complete(db, first, {}, Step(100, "Complete", LATER))


def test_a_job_is_its_workers_until_it_goes_to_another(db: Database) -> None:
    mine = claimed(db, new_job(db))
    before = queue.is_ours(db, mine)

    queue.requeue_after_loss(db, mine, "the worker stopped")
    claimed(db, mine.job, "here/2")

    assert (before, queue.is_ours(db, mine)) == (True, False)


def test_failing_keeps_what_is_known_until_the_job_is_tried_again(db: Database) -> None:
    mine = claimed(db, new_job(db))

    queue.fail(db, mine, "No item has a rate.", "log", LATER, {"findings": 3})
    failed = jobs.get_job(db, "local", mine.job)
    jobs.retry_failed(db, "local", mine.job)

    assert (failed.status, failed.result, failed.completed) == (Status.FAILED, {"findings": 3}, LATER)
    assert jobs.get_job(db, "local", mine.job).result == {}


def test_completing_writes_the_last_step_and_the_result(db: Database) -> None:
    mine = claimed(db, new_job(db))

    queue.complete(db, mine, {"output": "x"}, Step(100, "Complete", LATER))

    job = jobs.get_job(db, "local", mine.job)
    assert (job.status, job.progress, job.step, job.completed) == (Status.COMPLETED, 100, "Complete", LATER)
    assert job.result == {"output": "x"}
    assert job.steps[-1] == Step(100, "Complete", LATER)


def test_only_a_failed_job_is_queued_again_and_starts_anew(db: Database) -> None:
    mine = claimed(db, new_job(db))
    too_early = jobs.retry_failed(db, "local", mine.job)
    queue.fail(db, mine, "The schedule is gone.", "log", NOW)

    retried = jobs.retry_failed(db, "local", mine.job)

    job = jobs.get_job(db, "local", mine.job)
    assert (too_early, retried) == (False, True)
    assert (job.status, job.attempts, job.error_message, job.completed) == (Status.QUEUED, 1, "", None)
    assert job.error_log == "log\n"


def test_only_silent_jobs_and_those_of_a_later_clock_are_taken_for_dead(db: Database) -> None:
    minute = timedelta(minutes=1)
    silent, alive, ahead = (claimed(db, new_job(db), f"here/{number}") for number in range(3))
    queue.heartbeat(db, alive, LATER)
    queue.heartbeat(db, ahead, LATER + timedelta(hours=1))

    found = queue.find_silent(db, LATER + timedelta(seconds=1), minute, besides="")
    elsewhere = queue.find_silent(db, LATER + timedelta(seconds=1), minute, besides="here/")

    assert (found, elsewhere) == ([silent, ahead], [])


def test_a_workers_running_jobs_are_found(db: Database) -> None:
    here = claimed(db, new_job(db), "here/1")
    claimed(db, new_job(db), "here/11")

    found = queue.find_running_of(db, "here/1")

    assert found == [here]


def test_workers_are_known_by_their_beat_or_by_their_job(db: Database) -> None:
    queue.beat(db, "here/1", NOW)
    claimed(db, new_job(db), "here/2")
    claimed(db, new_job(db), "elsewhere/1")

    assert sorted(queue.find_workers(db, "here/")) == ["here/1", "here/2"]


def test_queued_jobs_are_found_oldest_first_once_they_are_due(db: Database) -> None:
    resting = new_job(db)
    queue.requeue_after_fault(db, claimed(db, resting), "fault", LATER + timedelta(seconds=1))
    # Later in the queue, although the clock was set back meanwhile.
    old, young = new_job(db, created=LATER), new_job(db)

    assert queue.find_due(db, LATER, 10) == [old, young]
    assert queue.find_due(db, LATER, 1) == [old]
    assert (queue.count_due(db, LATER), queue.count_queued(db)) == (2, 3)


def test_the_beats_of_workers_are_known_until_they_leave(db: Database) -> None:
    never = queue.list_beats(db)
    queue.beat(db, "here/1", NOW)
    queue.beat(db, "here/2", NOW)
    queue.beat(db, "here/1", LATER)

    both = sorted(queue.list_beats(db))
    queue.drop_worker(db, "here/1")

    assert (never, both, queue.list_beats(db)) == ([], [NOW, LATER], [NOW])


def test_workers_long_gone_are_forgotten(db: Database) -> None:
    queue.beat(db, "here/1", NOW)

    queue.beat(db, "here/2", NOW + timedelta(days=2))
    queue.drop_worker(db, "here/2")

    assert queue.list_beats(db) == []
