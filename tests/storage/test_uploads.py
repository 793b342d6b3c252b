"""The rows of readings: by content, by state, and never another organisation's."""

from datetime import UTC, datetime, timedelta

import pytest

from estimate_core.domain.errors import NotFound
from estimate_core.domain.job import JobType
from estimate_core.services.jobs import new_job
from estimate_core.storage import jobs, queue, uploads
from estimate_core.storage.database import Database, writing

NOW = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def new_read(db: Database, content_hash: str = "aa", organisation: str = "local", created: datetime = NOW) -> str:
    job = new_job(organisation, "local", JobType.READ, "Electrical 2025-26", created, schedule="s")
    jobs.insert_job(db, job, '{"frozen": true}', "Electrical 2025-26", content_hash)
    return job.id


def fail(db: Database, job_id: str) -> None:
    with writing(db):
        mine = queue.claim_next(db, "here/1", NOW)
    assert mine
    queue.fail(db, mine, "No item has a rate.", "log", NOW)


def listed(db: Database, organisation: str = "local") -> list[str]:
    return [read.job.id for read in uploads.list_reads(db, organisation)]


def test_a_reading_is_found_by_id_and_while_active_by_content(db: Database) -> None:
    job_id = new_read(db)

    read = uploads.get_read(db, "local", job_id)
    active = uploads.find_active_read(db, "local", "aa")
    fail(db, job_id)

    assert (read.job.id, read.snapshot, read.content_hash) == (job_id, '{"frozen": true}', "aa")
    assert active == read
    assert uploads.find_active_read(db, "local", "aa") is None
    assert uploads.get_read(db, "local", job_id).job.error_message == "No item has a rate."


def test_another_organisation_neither_finds_nor_dismisses_a_reading(db: Database) -> None:
    job_id = new_read(db)
    fail(db, job_id)

    uploads.dismiss_reads(db, "elsewhere", "aa", LATER)

    with pytest.raises(NotFound):
        uploads.get_read(db, "elsewhere", job_id)
    assert (listed(db, "elsewhere"), listed(db)) == ([], [job_id])
    assert not uploads.is_content_wanted(db, "elsewhere", "aa")


def test_active_and_failed_readings_are_listed_newest_first_until_they_are_dismissed(db: Database) -> None:
    failed, active, cancelled = new_read(db, "aa"), new_read(db, "bb", created=LATER), new_read(db, "cc")
    fail(db, failed)
    jobs.cancel_queued(db, "local", cancelled, NOW)
    before = listed(db)

    for content_hash in ("aa", "bb", "cc"):
        uploads.dismiss_reads(db, "local", content_hash, LATER)

    assert before == [active, failed]
    assert listed(db) == [active]
    assert uploads.list_left_reads(db, LATER) == []
    assert not jobs.retry_failed(db, "local", failed)


def test_cancelled_readings_and_those_that_failed_long_ago_are_left(db: Database) -> None:
    failed, cancelled, _ = new_read(db, "aa"), new_read(db, "bb", "elsewhere"), new_read(db, "cc")
    fail(db, failed)
    jobs.cancel_queued(db, "elsewhere", cancelled, NOW)

    soon = [read.job.id for read in uploads.list_left_reads(db, NOW)]
    late = [read.job.id for read in uploads.list_left_reads(db, LATER)]

    assert soon == [cancelled]
    assert set(late) == {failed, cancelled}


def test_a_content_is_wanted_while_it_is_to_be_read(db: Database) -> None:
    job_id = new_read(db)
    before = uploads.is_content_wanted(db, "local", "aa")

    fail(db, job_id)

    assert (before, uploads.is_content_wanted(db, "local", "aa")) == (True, False)
