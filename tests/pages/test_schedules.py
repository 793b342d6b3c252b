"""The Schedules page: upload a schedule, look into it, compare it, retire it."""

import pytest
from streamlit.testing.v1 import AppTest

from estimate_core.desk import Desk
from estimate_core.domain.job import JobType, Status
from estimate_core.domain.people import User
from estimate_core.services import jobs, schedules, uploads, work
from estimate_core.services.schedules import ScheduleCard
from estimate_core.storage.files import content_id
from tests.conftest import BLOCKS, CABLE, FAN, LIGHT_POINT, UNPRICED, Block, MakeWorkbook
from tests.pages.conftest import Show, texts


def upload(show: Show, filename: str, data: bytes, category: str = "Civil", edition: str = "2026-27") -> AppTest:
    page = show("schedules")
    page.file_uploader[0].upload(filename, data)
    page.text_input(key="category 0").set_value(category)
    page.text_input(key="edition 0").set_value(edition)
    return page.form_submit_button[0].click().run()


def work_off(desk: Desk, rung: list[str], page: AppTest) -> AppTest:
    """Let the worker do what was rung for, and the page look again."""
    for _ in rung:
        work.run_next(desk, "worker")
    rung.clear()
    return page.run()


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def test_without_a_schedule_the_page_asks_for_one(show: Show) -> None:
    assert "There is no schedule yet. Upload a workbook" in texts(show("schedules"))


def test_a_schedule_shows_its_items_and_findings(show: Show, schedule: ScheduleCard) -> None:
    page = show("schedules")

    assert list(page.dataframe[0].value["Item"]) == [block.name for block in BLOCKS]
    assert "3 items in 3 groups" in texts(page)
    assert list(page.dataframe[1].value.columns) == ["Severity", "Where", "What was noticed", "How to mend it"]
    assert any(UNPRICED.name in sentence for sentence in page.dataframe[1].value["What was noticed"])


def test_an_upload_is_read_by_the_worker_and_then_shown(
    show: Show, desk: Desk, user: User, rung: list[str], make_workbook: MakeWorkbook
) -> None:
    page = upload(show, "civil.xlsx", make_workbook(LIGHT_POINT))
    waiting = texts(page)

    page = work_off(desk, rung, page)

    assert not page.exception
    assert "Civil 2026\\-27" in waiting
    assert [card.title for card in schedules.list_schedules(desk, user)] == ["Civil 2026-27"]
    assert list(page.dataframe[0].value["Item"]) == [LIGHT_POINT.name]
    assert page.session_state["schedule"] == schedules.list_schedules(desk, user)[0].id


def test_a_reading_that_waits_without_a_worker_says_how_to_start_one(show: Show, make_workbook: MakeWorkbook) -> None:
    page = upload(show, "civil.xlsx", make_workbook(LIGHT_POINT))

    assert "No worker is running" in page.warning[0].value


def test_a_reading_can_be_cancelled(
    show: Show, desk: Desk, user: User, rung: list[str], make_workbook: MakeWorkbook
) -> None:
    page = press(upload(show, "civil.xlsx", make_workbook(LIGHT_POINT)), "Cancel")

    page = work_off(desk, rung, page)

    assert not page.exception
    assert [job.status for job in jobs.list_jobs(desk, user)] == [Status.CANCELLED]
    assert schedules.list_schedules(desk, user) == []


@pytest.mark.parametrize("data", [b"not a zip", b"PK\x03\x04 nearly a zip"])
def test_a_file_that_is_no_workbook_is_told_and_can_be_dismissed(
    show: Show, desk: Desk, user: User, rung: list[str], data: bytes
) -> None:
    page = work_off(desk, rung, upload(show, "civil.xlsx", data))
    told = [error.value for error in page.error]

    page = press(page, "Dismiss")

    assert not page.exception
    assert len(told) == 1
    assert page.error.len == 0
    assert uploads.list_uploads(desk, user) == []
    assert schedules.list_schedules(desk, user) == []


def test_a_refused_workbook_shows_what_was_noticed_and_offers_a_marked_copy(
    show: Show, desk: Desk, user: User, rung: list[str], make_workbook: MakeWorkbook
) -> None:
    page = work_off(desk, rung, upload(show, "civil.xlsx", make_workbook(UNPRICED)))
    findings = list(page.dataframe[0].value["What was noticed"])

    page = press(page, "Make a copy with the places marked")

    assert not page.exception
    assert any(UNPRICED.name in sentence for sentence in findings)
    assert [job.type for job in jobs.list_jobs(desk, user)] == [JobType.FINDINGS, JobType.READ]


def test_an_empty_file_is_refused_before_anything_is_kept(show: Show, desk: Desk, user: User) -> None:
    page = upload(show, "civil.xlsx", b"")

    assert len(page.error) == 1
    assert uploads.list_uploads(desk, user) == []


def test_a_missing_category_is_told_and_the_edition_stays(show: Show, make_workbook: MakeWorkbook) -> None:
    page = upload(show, "civil.xlsx", make_workbook(), category="  ")

    assert "category" in page.error[0].value
    assert page.text_input(key="edition 0").value == "2026-27"


def test_without_a_file_the_person_is_asked_for_one(show: Show) -> None:
    page = show("schedules")

    page.form_submit_button[0].click().run()

    assert "Choose a workbook first" in page.error[0].value and "25 MB" in page.error[0].value


def test_the_same_workbook_again_keeps_its_name_and_is_offered_again_where_it_was_retired(
    show: Show, desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    data = desk.files.path(content_id("local", schedule.content_hash, "original")).read_bytes()
    schedules.retire_schedule(desk, user, schedule.id)

    page = upload(show, "again.xlsx", data, category="Other")

    assert schedules.list_schedules(desk, user) == [schedule]
    assert "as Electrical 2025-26, and is offered under that name" in str(page.session_state["notes"])


def test_the_same_workbook_again_changes_nothing(show: Show, desk: Desk, user: User, schedule: ScheduleCard) -> None:
    data = desk.files.path(content_id("local", schedule.content_hash, "original")).read_bytes()

    page = upload(show, "again.xlsx", data, category="Other")

    assert schedules.list_schedules(desk, user) == [schedule]
    assert uploads.list_uploads(desk, user) == []
    assert "here already, as Electrical 2025-26" in str(page.session_state["notes"])


def test_items_are_found_while_typing_and_by_group(show: Show, schedule: ScheduleCard) -> None:
    page = show("schedules")

    page.text_input(key="search schedule").set_value("FAN ceiling").run()
    found = list(page.dataframe[0].value["Item"])
    page.text_input(key="search schedule").set_value("").run()
    page.selectbox(key=f"group of {schedule.id}").set_value(CABLE.group).run()

    assert found == [FAN.name]
    assert list(page.dataframe[0].value["Item"]) == [CABLE.name]


def test_a_block_opens_as_its_sheet_looks(show: Show, schedule: ScheduleCard) -> None:
    page = show("schedules")
    page.session_state["dialog"] = ("analysis", 1)

    page.run()

    assert not page.exception
    assert LIGHT_POINT.name in texts(page)
    assert page.toggle(key="show formulas").label == "Show formulas"


def test_findings_are_filtered_by_severity_kind_and_words(show: Show, schedule: ScheduleCard) -> None:
    page = show("schedules")
    everything = list(page.dataframe[1].value["What was noticed"])

    page.text_input(key=f"words {schedule.id}").set_value("chandelier no rate").run()
    by_words = list(page.dataframe[1].value["What was noticed"])
    page.text_input(key=f"words {schedule.id}").set_value("nothing says this").run()

    assert len(by_words) < len(everything) or len(everything) == 1
    assert all("rate" in sentence for sentence in by_words) and by_words
    assert "No finding matches" in texts(page)


def test_a_schedule_alone_has_nothing_to_be_compared_with(show: Show, schedule: ScheduleCard) -> None:
    assert "no other schedule to compare" in texts(show("schedules"))


def test_two_editions_are_compared_the_older_first(
    show: Show, desk: Desk, user: User, rung: list[str], schedule: ScheduleCard, make_workbook: MakeWorkbook
) -> None:
    dearer = Block(FAN.name, FAN.group, FAN.unit, 1375.55)
    schedules.upload_schedule(desk, user, "n.xlsx", make_workbook(LIGHT_POINT, dearer), "Electrical", "2026-27")

    page = show("schedules")
    changes = page.dataframe[-1].value
    page = press(page, "Make a workbook of the comparison")

    assert not page.exception
    assert "**Electrical 2025\\-26** in **Electrical 2026\\-27**" in texts(page)
    assert list(changes["Item"]) == [FAN.name]
    assert list(changes["Percent"]) == ["+10.00 %"]
    assert jobs.list_jobs(desk, user)[0].type is JobType.COMPARISON


def test_names_of_schedules_are_no_markup_where_they_are_compared(
    show: Show, desk: Desk, user: User, schedule: ScheduleCard, make_workbook: MakeWorkbook
) -> None:
    schedules.upload_schedule(desk, user, "n.xlsx", make_workbook(FAN), "![x](http://img.example/a.png)", "2026-27")

    page = show("schedules")

    [told] = [markdown.value for markdown in page.markdown if markdown.value.startswith("What became of")]
    assert "\\!\\[x\\]\\(" in told


def test_a_retired_edition_is_not_offered_until_it_is_offered_again(
    show: Show, desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    page = press(show("schedules"), "Retire")
    retired = schedules.list_schedules(desk, user)

    page = press(page, "Offer again")

    assert not page.exception
    assert retired == []
    assert [card.id for card in schedules.list_schedules(desk, user)] == [schedule.id]
