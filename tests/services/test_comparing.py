"""Two editions compared, on the page and as a file."""

from io import BytesIO

import openpyxl
import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, NotFound
from estimate_core.domain.job import JobType, Status
from estimate_core.domain.people import User
from estimate_core.services import content, jobs, work
from estimate_core.services.comparing import compare_schedules, submit_comparison
from estimate_core.services.schedules import ScheduleCard, retire_schedule, upload_schedule
from tests.conftest import CABLE, FAN, LIGHT_POINT, Block, reach_of, workbook_of

WORKER = "here/1"


@pytest.fixture
def newer(desk: Desk, user: User) -> ScheduleCard:
    """Another edition: the fan is dearer, the light point gone, a lamp new."""
    data = workbook_of(Block(FAN.name, "Fans", "Nos", 1300), CABLE, Block("Street lamp 70 W", "Lamps", "Nos", 90))
    return upload_schedule(desk, user, "newer.xlsx", data, "Electrical", "2026-27")


def test_two_editions_are_compared_and_the_next_look_is_quick(
    desk: Desk, user: User, schedule: ScheduleCard, newer: ScheduleCard
) -> None:
    compared = compare_schedules(desk, user, schedule.id, newer.id)

    assert [item.name for item in compared.new] == ["Street lamp 70 W"]
    assert LIGHT_POINT.name in {item.name for item in compared.gone}
    assert compared is compare_schedules(desk, user, schedule.id, newer.id)


def test_a_comparison_becomes_a_file(desk: Desk, user: User, schedule: ScheduleCard, newer: ScheduleCard) -> None:
    retire_schedule(desk, user, schedule.id)
    job = submit_comparison(desk, user, schedule.id, newer.id)

    work.run_next(desk, WORKER)

    done, [output] = jobs.get_job(desk, user, job.id), jobs.list_outputs(desk, user, job.id)
    assert (done.status, done.type, done.result) == (Status.COMPLETED, JobType.COMPARISON, {"output": output.id})
    assert output.filename == "Comparison - Electrical 2025-26 and 2026-27.xlsx"
    path = reach_of(desk, user, output.id)
    assert openpyxl.load_workbook(BytesIO(path.read_bytes())).sheetnames


def test_schedules_of_two_categories_are_named_in_full(
    desk: Desk, user: User, schedule: ScheduleCard, rung: list[str]
) -> None:
    civil = upload_schedule(desk, user, "civil.xlsx", workbook_of(CABLE), "Civil", "2026-27")

    job = submit_comparison(desk, user, schedule.id, civil.id)

    assert job.work_name == "Electrical 2025-26 and Civil 2026-27"
    assert rung == [job.id]


def test_a_schedule_is_not_compared_with_itself(
    desk: Desk, user: User, schedule: ScheduleCard, rung: list[str]
) -> None:
    for attempt in (compare_schedules, submit_comparison):
        with pytest.raises(BadInput, match="Choose another edition"):
            attempt(desk, user, schedule.id, schedule.id)

    assert (jobs.list_jobs(desk, user), rung) == ([], [])


def test_a_stranger_cannot_compare(
    desk: Desk, user: User, stranger: User, schedule: ScheduleCard, newer: ScheduleCard, rung: list[str]
) -> None:
    theirs = upload_schedule(desk, stranger, "s.xlsx", workbook_of(CABLE), "Civil", "2026-27")

    for attempt in (compare_schedules, submit_comparison):
        for old, new in ((schedule.id, newer.id), (theirs.id, newer.id), (schedule.id, theirs.id)):
            with pytest.raises(NotFound):
                attempt(desk, stranger, old, new)

    assert (jobs.list_jobs(desk, stranger), rung) == ([], [])


def test_a_comparison_whose_schedule_is_lost_is_told_in_a_sentence(
    desk: Desk, user: User, schedule: ScheduleCard, newer: ScheduleCard
) -> None:
    job = submit_comparison(desk, user, schedule.id, newer.id)
    desk.files.delete_all(f"local/schedules/{newer.content_hash}")
    content.load_schedule_of.cache_clear()

    work.run_next(desk, WORKER)

    done = jobs.get_job(desk, user, job.id)
    assert (done.status, done.error_message) == (
        Status.FAILED,
        "The workbook of this schedule is no longer there. Upload it again.",
    )
    assert jobs.list_outputs(desk, user, job.id) == []
