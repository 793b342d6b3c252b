"""Jobs for estimates that programs write out in what they send."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, DeskError, NotFound, NotNow
from estimate_core.domain.job import Job, JobType, Status
from estimate_core.domain.office import Cover
from estimate_core.domain.people import User
from estimate_core.services import jobs, recovery, work
from estimate_core.services.estimates import create_estimate
from estimate_core.services.jobs import Snapshot, read_snapshot
from estimate_core.services.office import save_office
from estimate_core.services.profiles import save_profile
from estimate_core.services.schedules import ScheduleCard, retire_schedule, upload_schedule
from estimate_core.services.submitting import Key, WrittenCharges, WrittenEstimate, WrittenLine, submit_written
from estimate_core.storage import jobs as rows
from estimate_core.storage import queue
from tests.conftest import CABLE, FAN, LIGHT_POINT, ROW_OF, workbook_of

WORKER = "here/1"
KEY = Key("order 7", "content")


@pytest.fixture
def written(schedule: ScheduleCard) -> WrittenEstimate:
    """Two fans by name and 10.5 m of cable by code."""
    return WrittenEstimate(
        schedule.id,
        (WrittenLine(" ceiling fan  1200 mm", "2"), WrittenLine("T-3", "10.5", "Rmt")),
        "Wiring of the hall",
    )


def submit(desk: Desk, user: User, written: WrittenEstimate, key: Key | None = None) -> Job:
    return submit_written(desk, user, written, JobType.ESTIMATE, key)


def snapshot_of(desk: Desk, job: Job) -> Snapshot:
    with desk.open_db() as db:
        return read_snapshot(rows.get_work(db, job.id)[1])


def grand_total(desk: Desk, user: User, job: Job) -> str:
    """What the workbook of the job comes to."""
    work.run_next(desk, WORKER)
    done = jobs.get_job(desk, user, job.id)
    assert done.status is Status.COMPLETED, done.error_message
    return str(done.result["grand_total"])


def test_a_written_estimate_is_queued_and_rung_without_being_saved(
    desk: Desk, user: User, schedule: ScheduleCard, written: WrittenEstimate, rung: list[str]
) -> None:
    job = submit(desk, user, written)

    assert (job.status, job.type, job.work_name, job.lines) == (
        Status.QUEUED,
        JobType.ESTIMATE,
        "Wiring of the hall",
        2,
    )
    assert (job.estimate, job.schedule, rung) == ("", schedule.id, [job.id])
    assert [(line.row, str(line.quantity), line.unit) for line in snapshot_of(desk, job).estimate.lines] == [
        (ROW_OF[FAN.name], "2", ""),
        (ROW_OF[CABLE.name], "10.5", "Rmt"),
    ]


def test_a_written_estimate_becomes_a_workbook(desk: Desk, user: User, written: WrittenEstimate) -> None:
    total = grand_total(desk, user, submit(desk, user, written))

    # 2 x 1250.50 + 10.5 x 85.25 = 3396.13; with 34 + 34 + 3 it is 3467.13, and GST on that 624.
    assert total == "4091.13"


def test_all_that_an_estimate_has_can_be_written(desk: Desk, user: User, written: WrittenEstimate) -> None:
    charges = WrittenCharges("STANDARD", {"tp": "4.5", "deduction": "100"}, (("painting", "250.50"),), "9,000")
    office = save_office(desk, user, "Works department", ["Engineer"])

    job = submit(
        desk, user, replace(written, work_type="repair", charges=charges, grouped=True, cover=Cover(place=" Guntur "))
    )

    frozen = snapshot_of(desk, job)
    values = {row.key: row.value for row in frozen.estimate.charges if row.on}
    assert (frozen.estimate.work_type, frozen.estimate.grouped, frozen.estimate.profile) == ("repair", True, "")
    assert frozen.estimate.cover == Cover(place="Guntur")
    assert frozen.office == office
    assert (values["tp"], values["deduction"], values["grand_total"]) == (Decimal("4.5"), Decimal(100), Decimal(9000))
    assert "L.S. Provision towards painting" in [row.label for row in frozen.estimate.charges]
    assert grand_total(desk, user, job) == "9000.00"


def test_a_profile_is_told_by_its_id_or_by_its_name(
    desk: Desk, user: User, schedule: ScheduleCard, written: WrittenEstimate
) -> None:
    own = save_profile(desk, user, create_estimate(desk, user, schedule.id).id, "Ours")

    told = [
        snapshot_of(desk, submit(desk, user, replace(written, charges=WrittenCharges(profile)))).estimate.profile
        for profile in ("contingency", "contingency 3 %", "ours", own.estimate.profile)
    ]

    assert told == ["contingency", "contingency", own.estimate.profile, own.estimate.profile]


def test_every_bad_line_is_told_with_its_number_and_no_job_is_made(
    desk: Desk, user: User, written: WrittenEstimate, rung: list[str]
) -> None:
    lines = (
        WrittenLine("Teapot", "1"),
        WrittenLine(FAN.name, "2"),
        WrittenLine(FAN.name, "-2"),
        WrittenLine("", "2"),
        WrittenLine("row:19", "2"),
    )

    with pytest.raises(BadInput) as refused:
        submit(desk, user, replace(written, lines=lines), KEY)

    told = str(refused.value).split("\n")
    assert [line[:8] for line in told] == ["Line 1: ", "Line 3: ", "Line 4: ", "Line 5: "]
    assert "no item \u201cTeapot\u201d" in told[0]
    assert jobs.list_jobs(desk, user) == rung == []


@pytest.mark.parametrize(
    ("charges", "sentence"),
    [
        (
            WrittenCharges(values={"tea": "5"}),
            "no row \u201ctea\u201d. Give values to deduction, tp, lc, qc, nac, gst.",
        ),
        (WrittenCharges(values={"tp": "101"}), "is not a percentage"),
        (WrittenCharges(values={"ecv": "101"}), "computed from other rows"),
        (WrittenCharges(lump_sums=(("painting", "much"),)), "provision for painting \u201cmuch\u201d is not a number"),
        (WrittenCharges(grand_total="5"), "The grand total 5.00 is"),
        (WrittenCharges("contingency", lump_sums=(("x", "1"),) * 51), "at most 50 lump-sum provisions"),
    ],
)
def test_charges_that_cannot_be_used_are_told(
    desk: Desk, user: User, written: WrittenEstimate, charges: WrittenCharges, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        submit(desk, user, replace(written, charges=charges))

    assert jobs.list_jobs(desk, user) == []


def test_an_estimate_without_lines_is_refused(desk: Desk, user: User, written: WrittenEstimate) -> None:
    with pytest.raises(BadInput, match="No items selected"):
        submit(desk, user, replace(written, lines=()))

    assert jobs.list_jobs(desk, user) == []


def test_a_profile_that_is_not_there_is_told_with_those_that_are(
    desk: Desk, user: User, written: WrittenEstimate
) -> None:
    with pytest.raises(NotFound, match="no charge profile \u201cours\u201d. Choose one of \u201cStandard\u201d, "):
        submit(desk, user, replace(written, charges=WrittenCharges("ours")))

    assert jobs.list_jobs(desk, user) == []


def test_a_schedule_that_is_absent_foreign_or_retired_is_refused(
    desk: Desk, user: User, stranger: User, schedule: ScheduleCard, written: WrittenEstimate
) -> None:
    with pytest.raises(NotFound) as absent:
        submit(desk, user, replace(written, schedule="absent"))
    with pytest.raises(NotFound) as foreign:
        submit(desk, stranger, written)
    retire_schedule(desk, user, schedule.id)
    with pytest.raises(NotNow, match="was retired"):
        submit(desk, user, written)

    assert str(absent.value) == str(foreign.value)
    assert jobs.list_jobs(desk, user) == jobs.list_jobs(desk, stranger) == []


def test_a_foreign_profile_is_not_found(
    desk: Desk, user: User, stranger: User, schedule: ScheduleCard, written: WrittenEstimate
) -> None:
    own = save_profile(desk, user, create_estimate(desk, user, schedule.id).id, "Ours").estimate.profile
    theirs = upload_schedule(desk, stranger, "small.xlsx", workbook_of(), "Electrical", "2025-26")

    for called in (own, "Ours"):
        with pytest.raises(NotFound, match="no charge profile"):
            submit(desk, stranger, replace(written, charges=WrittenCharges(called), schedule=theirs.id))


def test_the_same_key_gives_the_same_job_whatever_became_of_its_schedule(
    desk: Desk, user: User, schedule: ScheduleCard, written: WrittenEstimate, rung: list[str]
) -> None:
    first = submit(desk, user, written, KEY)
    retire_schedule(desk, user, schedule.id)

    second = submit(desk, user, written, KEY)

    assert second == first
    assert [job.id for job in jobs.list_jobs(desk, user)] == rung == [first.id]


def test_the_same_key_with_other_content_is_refused(
    desk: Desk, user: User, written: WrittenEstimate, rung: list[str]
) -> None:
    first = submit(desk, user, written, KEY)

    with pytest.raises(NotNow, match="was sent before with something else"):
        submit(desk, user, replace(written, work_name="Other"), Key(KEY.name, "other content"))

    assert jobs.list_jobs(desk, user) == [first]
    assert rung == [first.id]


def test_a_key_is_each_persons_own(desk: Desk, user: User, colleague: User, written: WrittenEstimate) -> None:
    mine, theirs = submit(desk, user, written, KEY), submit(desk, colleague, written, Key(KEY.name, "other content"))

    assert mine.id != theirs.id


def test_jobs_without_a_key_are_jobs_of_their_own(desk: Desk, user: User, written: WrittenEstimate) -> None:
    assert submit(desk, user, written).id != submit(desk, user, written).id


def test_of_twenty_that_send_one_key_at_once_one_makes_the_job(
    desk: Desk, user: User, written: WrittenEstimate, rung: list[str]
) -> None:
    with ThreadPoolExecutor(20) as people:
        made = list(people.map(lambda _: submit(desk, user, written, KEY).id, range(20)))

    assert len(set(made)) == 1
    assert [job.id for job in jobs.list_jobs(desk, user)] == rung == [made[0]]


def test_of_ten_that_send_other_content_under_one_key_at_once_one_makes_the_job(
    desk: Desk, user: User, written: WrittenEstimate, rung: list[str]
) -> None:
    def ask(number: int) -> bool:
        try:
            submit(desk, user, replace(written, work_name=str(number)), Key(KEY.name, str(number)))
        except DeskError:
            return False
        return True

    with ThreadPoolExecutor(10) as people:
        made = list(people.map(ask, range(10)))

    assert (made.count(True), len(jobs.list_jobs(desk, user)), len(rung)) == (1, 1, 1)


def test_the_worker_that_stops_at_a_written_estimate_asks_for_a_smaller_one(
    desk: Desk, user: User, written: WrittenEstimate
) -> None:
    job = submit(desk, user, replace(written, lines=(WrittenLine(LIGHT_POINT.name, "1"),)))
    for _ in range(recovery.MAX_LOSSES):
        with desk.open_db() as db:
            assert queue.claim_next(db, WORKER, desk.now())
        recovery.bury(desk, WORKER)

    assert "make a smaller estimate" in jobs.get_job(desk, user, job.id).error_message
