"""Copies of workbooks with their findings marked."""

from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, NotFound
from estimate_core.domain.job import Job, JobType, Status
from estimate_core.domain.people import User
from estimate_core.services import jobs, marking, work
from estimate_core.services.marking import submit_findings, submit_upload_findings
from estimate_core.services.schedules import ScheduleCard, upload_schedule
from estimate_core.services.uploads import dismiss_upload, submit_upload
from tests.conftest import CABLE, FAN, UNPRICED, reach_of, workbook_of

WORKER = "here/1"


@pytest.fixture
def refused(desk: Desk, user: User) -> Job:
    """The failed job of a workbook without an item that can be picked."""
    job = submit_upload(desk, user, "bad.xlsx", workbook_of(UNPRICED), "Civil", "2026-27").job
    assert job
    return finished(desk, user, job)


def finished(desk: Desk, user: User, job: Job) -> Job:
    work.run_next(desk, WORKER)
    return jobs.get_job(desk, user, job.id)


def sheets(desk: Desk, user: User, job: Job) -> list[str]:
    [output] = jobs.list_outputs(desk, user, job.id)
    path = reach_of(desk, user, output.id)
    return list(openpyxl.load_workbook(BytesIO(path.read_bytes())).sheetnames)


def published(desk: Desk) -> list[Path]:
    return [path for path in desk.files.folder.glob("*/outputs/*") if path.is_file()]


def test_the_findings_of_a_schedule_become_a_file(desk: Desk, user: User, schedule: ScheduleCard) -> None:
    job = finished(desk, user, submit_findings(desk, user, schedule.id))

    [output] = jobs.list_outputs(desk, user, job.id)
    assert (job.status, job.type, job.error_message) == (Status.COMPLETED, JobType.FINDINGS, "")
    assert job.result == {"output": output.id, "findings": schedule.errors + schedule.warnings + schedule.notes}
    assert output.filename == "Findings - Electrical 2025-26.xlsx"
    assert {"Master Datas", "Groups"} < set(sheets(desk, user, job))


def test_the_findings_of_a_refused_upload_become_a_file(desk: Desk, user: User, refused: Job) -> None:
    job = finished(desk, user, submit_upload_findings(desk, user, refused.id))

    [output] = jobs.list_outputs(desk, user, job.id)
    assert (job.status, job.error_message, output.filename) == (
        Status.COMPLETED,
        "",
        "Findings - Civil 2026-27.xlsx",
    )
    assert "Master Datas" in sheets(desk, user, job)


def test_where_nothing_was_noticed_there_is_nothing_to_mark(desk: Desk, user: User, rung: list[str]) -> None:
    card = upload_schedule(desk, user, "good.xlsx", workbook_of(FAN, CABLE), "Civil", "2026-27")
    assert card.errors + card.warnings + card.notes == 0

    with pytest.raises(BadInput, match="nothing to mark"):
        submit_findings(desk, user, card.id)

    assert (jobs.list_jobs(desk, user), rung) == ([], [])


def test_a_stranger_cannot_have_findings_marked(
    desk: Desk, stranger: User, schedule: ScheduleCard, refused: Job
) -> None:
    with pytest.raises(NotFound):
        submit_findings(desk, stranger, schedule.id)
    with pytest.raises(NotFound):
        submit_upload_findings(desk, stranger, refused.id)

    assert jobs.list_jobs(desk, stranger) == []


def test_a_dismissed_upload_cannot_be_marked_any_more(desk: Desk, user: User, refused: Job) -> None:
    waiting = submit_upload_findings(desk, user, refused.id)
    dismiss_upload(desk, user, refused.id)

    with pytest.raises(NotFound):
        submit_upload_findings(desk, user, refused.id)

    failed = finished(desk, user, waiting)
    assert (failed.status, failed.attempts) == (Status.FAILED, 1)
    assert "Upload the workbook again" in failed.error_message
    assert published(desk) == []


def test_marking_that_breaks_halfway_leaves_no_file(
    desk: Desk, user: User, schedule: ScheduleCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "write_marked", lambda *_: 1 / 0)
    job = submit_findings(desk, user, schedule.id)

    failed = finished(desk, user, job)

    assert (failed.status, published(desk)) == (Status.QUEUED, [])
    assert jobs.list_outputs(desk, user, job.id) == []
