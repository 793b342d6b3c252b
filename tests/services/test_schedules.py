"""Uploading, listing and loading schedules; nothing is ever half stored."""

from dataclasses import replace
from pathlib import Path

import pytest

from estimate_core.desk import SAMPLES, Desk
from estimate_core.domain.errors import BadInput, NotASchedule, NotFound, NotNow
from estimate_core.domain.job import JobType, Status
from estimate_core.domain.people import LOCAL, User
from estimate_core.services import content, estimates, jobs, work
from estimate_core.services.content import open_mould
from estimate_core.services.estimates import OpenEstimate
from estimate_core.services.schedules import (
    ScheduleCard,
    get_schedule_card,
    list_schedules,
    load_samples,
    load_schedule,
    restore_schedule,
    retire_schedule,
    upload_schedule,
)
from estimate_core.storage.files import content_id
from tests.conftest import CABLE, FAN, LIGHT_POINT, ROW_OF, UNPRICED, Clock, MakeWorkbook, workbook_of

WHOLE = sorted([content.DRAWINGS, content.MOULD, "original", content.STORED])
"""The files of a schedule."""


@pytest.fixture(autouse=True)
def forget_loaded() -> None:
    """Have every test load from files."""
    content.load_schedule_of.cache_clear()
    content._open_mould.cache_clear()


def stored_files(desk: Desk) -> list[str]:
    return sorted(path.name for path in desk.settings.files_folder.rglob("*") if path.is_file())


def assert_nothing_is_kept(desk: Desk, user: User) -> None:
    assert list_schedules(desk, user) == []
    assert stored_files(desk) == []


def test_an_uploaded_schedule_is_listed_with_its_counts(desk: Desk, user: User, clock: Clock) -> None:
    card = upload_schedule(desk, user, "C:\\rates\\small.xlsx", workbook_of(), " Electrical ", "2025-26")

    assert list_schedules(desk, user) == [card] == [get_schedule_card(desk, user, card.id)]
    assert (card.title, card.filename, card.items) == ("Electrical 2025-26", "small.xlsx", 3)
    assert card.errors >= 1
    assert (card.created, card.created_by, card.is_sample) == (clock.at, "local", False)


def test_a_schedule_loads_as_it_was_read(desk: Desk, user: User, schedule: ScheduleCard) -> None:
    loaded = load_schedule(desk, user, schedule.id)

    assert [(item.row, item.name) for item in loaded.items] == [(row, name) for name, row in ROW_OF.items()]
    assert [item.rate and float(item.rate) for item in loaded.items] == [500, 1250.5, 85.25, None]
    assert any(UNPRICED.name in finding.sentence for finding in loaded.findings)


def test_loading_again_does_not_read_again(desk: Desk, user: User, schedule: ScheduleCard) -> None:
    assert load_schedule(desk, user, schedule.id) is load_schedule(desk, user, schedule.id)


def test_an_organisations_colleagues_share_schedules(desk: Desk, colleague: User, schedule: ScheduleCard) -> None:
    assert list_schedules(desk, colleague) == [schedule]


def test_a_stranger_finds_no_schedule(desk: Desk, stranger: User, schedule: ScheduleCard) -> None:
    with pytest.raises(NotFound) as foreign:
        load_schedule(desk, stranger, schedule.id)
    with pytest.raises(NotFound) as absent:
        get_schedule_card(desk, stranger, "no-such-id")
    with pytest.raises(NotFound):
        open_mould(desk, stranger.organisation, schedule.content_hash)

    assert list_schedules(desk, stranger) == []
    assert str(foreign.value) == str(absent.value)


def test_the_same_workbook_twice_gives_the_card_that_exists(
    desk: Desk, colleague: User, schedule: ScheduleCard, make_workbook: MakeWorkbook
) -> None:
    data = desk.files.path(content_id("local", schedule.content_hash, "original")).read_bytes()

    again = upload_schedule(desk, colleague, "other name.xlsx", data, "Civil", "2024-25")

    assert again == schedule
    assert list_schedules(desk, colleague) == [schedule]


def test_a_stranger_who_uploads_the_same_workbook_gets_a_schedule_of_their_own(
    desk: Desk, stranger: User, schedule: ScheduleCard
) -> None:
    data = desk.files.path(content_id("local", schedule.content_hash, "original")).read_bytes()

    theirs = upload_schedule(desk, stranger, "small.xlsx", data, "Electrical", "2025-26")

    assert theirs.id != schedule.id
    assert list_schedules(desk, stranger) == [theirs]


@pytest.mark.parametrize(
    ("filename", "data", "sentence"),
    [
        ("rates.xls", b"words", "Save it as .xlsx"),
        ("rates.XLS", b"words", "Save it as .xlsx"),
        ("rates.csv", b"words", "ends in .xlsx or .xlsm"),
        ("xlsx", b"words", "ends in .xlsx or .xlsm"),
        ("", b"words", "ends in .xlsx or .xlsm"),
        ("rates.xlsx", b"", "empty"),
        ("rates.xlsx", b"x" * (25 * 1024 * 1024 + 1), "25 MB is the limit"),
    ],
)
def test_a_file_that_cannot_be_a_schedule_is_refused(
    desk: Desk, user: User, filename: str, data: bytes, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        upload_schedule(desk, user, filename, data, "Electrical", "2025-26")

    assert_nothing_is_kept(desk, user)


def test_a_file_that_is_no_workbook_in_spite_of_its_name_is_refused(desk: Desk, user: User) -> None:
    with pytest.raises(NotASchedule):
        upload_schedule(desk, user, "rates.xlsx", b"these are words", "Electrical", "2025-26")

    assert_nothing_is_kept(desk, user)


def test_a_schedule_without_one_usable_item_is_refused(desk: Desk, user: User) -> None:
    with pytest.raises(BadInput, match="no item with a rate"):
        upload_schedule(desk, user, "rates.xlsx", workbook_of(UNPRICED), "Electrical", "2025-26")

    assert_nothing_is_kept(desk, user)


@pytest.mark.parametrize(("category", "edition"), [("", "2025-26"), ("Electrical", " \t"), ("x" * 61, "2025-26")])
def test_a_schedule_needs_a_category_and_an_edition(desk: Desk, user: User, category: str, edition: str) -> None:
    with pytest.raises(BadInput, match="of the schedule is"):
        upload_schedule(desk, user, "rates.xlsx", workbook_of(), category, edition)

    assert_nothing_is_kept(desk, user)


@pytest.mark.parametrize("broken", ["cut_mould", "write_mould", "write_schedule"])
def test_an_upload_that_breaks_halfway_leaves_no_row_and_can_be_repeated(
    desk: Desk, user: User, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("disk on fire")

    data = workbook_of()
    with monkeypatch.context() as patch:
        patch.setattr(content, broken, fail)
        with pytest.raises(RuntimeError):
            upload_schedule(desk, user, "rates.xlsx", data, "Electrical", "2025-26")

    assert list_schedules(desk, user) == []
    assert "original" not in stored_files(desk)
    assert not [name for name in stored_files(desk) if name.endswith(".part")]
    assert upload_schedule(desk, user, "rates.xlsx", data, "Electrical", "2025-26").items == 3


def test_uploads_come_newest_first(desk: Desk, user: User, clock: Clock, schedule: ScheduleCard) -> None:
    clock.move(60)

    newer = upload_schedule(desk, user, "new.xlsx", workbook_of(FAN, CABLE), "Electrical", "2026-27")

    assert list_schedules(desk, user) == [newer, schedule]


def test_a_retired_schedule_is_listed_apart_until_it_is_restored(
    desk: Desk, colleague: User, schedule: ScheduleCard, clock: Clock
) -> None:
    retire_schedule(desk, colleague, schedule.id)
    retire_schedule(desk, colleague, schedule.id)

    [retired] = list_schedules(desk, colleague, retired=True)
    assert (retired, retired.retired) == (replace(schedule, retired=clock.at), clock.at)
    assert list_schedules(desk, colleague) == []

    restore_schedule(desk, colleague, schedule.id)
    restore_schedule(desk, colleague, schedule.id)

    assert list_schedules(desk, colleague) == [schedule]
    assert list_schedules(desk, colleague, retired=True) == []


def test_what_uses_a_retired_schedule_keeps_working(
    desk: Desk, user: User, schedule: ScheduleCard, opened: OpenEstimate, line: str
) -> None:
    retire_schedule(desk, user, schedule.id)

    after = estimates.set_quantity(desk, user, opened.id, line, "3")
    copy = estimates.duplicate_estimate(desk, user, opened.id)
    job = jobs.submit_job(desk, user, opened.id, JobType.OUTPUT)
    work.run_next(desk, "here/1")

    assert [str(each.quantity) for each in after.estimate.lines] == ["3"]
    assert copy.schedule.id == schedule.id
    assert jobs.get_job(desk, user, job.id).status is Status.COMPLETED


def test_a_retired_schedule_is_not_offered_for_new_estimates(
    desk: Desk, user: User, schedule: ScheduleCard, opened: OpenEstimate
) -> None:
    other = upload_schedule(desk, user, "new.xlsx", workbook_of(FAN, CABLE), "Electrical", "2026-27")
    retire_schedule(desk, user, other.id)

    for attempt in (
        lambda: estimates.create_estimate(desk, user, other.id),
        lambda: estimates.create_sample_estimate(desk, user, other.id),
        lambda: estimates.change_schedule(desk, user, opened.id, other.id),
    ):
        with pytest.raises(NotNow, match="Electrical 2026-27.* was retired. Choose another"):
            attempt()

    assert [card.id for card in estimates.list_estimates(desk, user)] == [opened.id]
    assert estimates.open_estimate(desk, user, opened.id).schedule.id == schedule.id


def test_a_stranger_cannot_retire_or_restore(desk: Desk, user: User, stranger: User, schedule: ScheduleCard) -> None:
    for attempt in (retire_schedule, restore_schedule):
        with pytest.raises(NotFound):
            attempt(desk, stranger, schedule.id)

    assert list_schedules(desk, user) == [schedule]


def test_a_card_counts_groups_and_the_estimates_that_are_not_deleted(
    desk: Desk, user: User, schedule: ScheduleCard, opened: OpenEstimate
) -> None:
    second = estimates.create_estimate(desk, user, schedule.id)
    used = get_schedule_card(desk, user, schedule.id).used_by
    estimates.delete_estimate(desk, user, second.id)

    card = get_schedule_card(desk, user, schedule.id)

    assert (card.groups, used, card.used_by) == (3, 2, 1)


def test_a_mould_opens_and_stays_open(desk: Desk, schedule: ScheduleCard) -> None:
    mould = open_mould(desk, "local", schedule.content_hash)

    assert mould is open_mould(desk, "local", schedule.content_hash)


def test_moulds_and_items_are_made_anew_after_an_update_of_the_program(
    desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    before = load_schedule(desk, user, schedule.id)
    content.load_schedule_of.cache_clear()
    for part in (content.DRAWINGS, content.MOULD, content.STORED):
        desk.files.delete(content_id("local", schedule.content_hash, part))

    after = load_schedule(desk, user, schedule.id)
    open_mould(desk, "local", schedule.content_hash)

    assert after == before
    assert stored_files(desk) == WHOLE


def test_a_schedule_whose_files_are_gone_says_so_and_comes_back_with_an_upload(
    desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    original = desk.files.path(content_id("local", schedule.content_hash, "original"))
    data = original.read_bytes()
    for part in original.parent.iterdir():
        part.unlink()
    content.load_schedule_of.cache_clear()

    with pytest.raises(NotFound, match="Upload it again"):
        load_schedule(desk, user, schedule.id)

    assert upload_schedule(desk, user, "small.xlsx", data, "Electrical", "2025-26") == schedule
    assert len(load_schedule(desk, user, schedule.id).items) == 4


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """A folder with two small samples."""
    (tmp_path / "electrical.xlsx").write_bytes(workbook_of(LIGHT_POINT, FAN))
    (tmp_path / "civil.xlsx").write_bytes(workbook_of(CABLE))
    return tmp_path


def test_samples_are_loaded_once_however_often_the_program_starts(desk: Desk, samples: Path) -> None:
    load_samples(desk, samples)
    load_samples(desk, samples)

    cards = list_schedules(desk, LOCAL)
    assert [card.title for card in cards] == ["Electrical 2025-26", "Civil 2025-26"]
    assert all(card.is_sample for card in cards)


def test_a_sample_that_was_retired_does_not_come_back(desk: Desk, samples: Path) -> None:
    load_samples(desk, samples)
    with desk.open_db() as db:
        db.execute("UPDATE schedules SET retired = created WHERE category = 'Civil'")

    load_samples(desk, samples)

    assert [card.category for card in list_schedules(desk, LOCAL)] == ["Electrical"]


def test_a_program_without_samples_starts_all_the_same(desk: Desk, tmp_path: Path) -> None:
    load_samples(desk, tmp_path)

    assert list_schedules(desk, LOCAL) == []


def test_the_samples_of_the_program_load(desk: Desk) -> None:
    load_samples(desk, SAMPLES)

    assert [card.title for card in list_schedules(desk, LOCAL)] == ["Electrical 2025-26", "Civil 2025-26"]
    assert all(card.items >= 40 and card.errors == 0 for card in list_schedules(desk, LOCAL))
