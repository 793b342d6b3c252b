"""The Schedules page: upload a schedule, look into it."""

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.people import User
from estimate_core.services import schedules
from estimate_core.services.schedules import ScheduleCard
from tests.conftest import BLOCKS, LIGHT_POINT, MakeWorkbook
from tests.pages.conftest import Show, texts


def upload(show: Show, filename: str, data: bytes, category: str = "Civil", edition: str = "2026-27"):  # type: ignore[no-untyped-def]
    page = show("schedules")
    page.file_uploader[0].upload(filename, data)
    page.text_input(key="category 0").set_value(category)
    page.text_input(key="edition 0").set_value(edition)
    return page.form_submit_button[0].click().run()


def test_without_a_schedule_the_page_asks_for_one(show: Show) -> None:
    assert "There is no schedule yet. Upload a workbook" in texts(show("schedules"))


def test_a_schedule_shows_its_items_and_findings(show: Show, schedule: ScheduleCard) -> None:
    page = show("schedules")

    assert list(page.dataframe[0].value["Item"]) == [block.name for block in BLOCKS]
    assert "3 items" in texts(page)
    assert list(page.dataframe[1].value.columns) == ["Severity", "Where", "What was noticed", "How to mend it"]


def test_an_uploaded_schedule_is_kept_and_shown(
    show: Show, desk: Desk, user: User, make_workbook: MakeWorkbook
) -> None:
    page = upload(show, "civil.xlsx", make_workbook(LIGHT_POINT))

    assert not page.exception
    assert [card.title for card in schedules.list_schedules(desk, user)] == ["Civil 2026-27"]
    assert list(page.dataframe[0].value["Item"]) == [LIGHT_POINT.name]


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04 nearly a zip"])
def test_a_file_that_is_no_schedule_is_told_and_nothing_is_kept(
    show: Show, desk: Desk, user: User, data: bytes
) -> None:
    page = upload(show, "civil.xlsx", data)

    assert not page.exception
    assert len(page.error) == 1
    assert schedules.list_schedules(desk, user) == []


def test_a_missing_category_is_told_and_the_edition_stays(
    show: Show, desk: Desk, user: User, make_workbook: MakeWorkbook
) -> None:
    page = upload(show, "civil.xlsx", make_workbook(), category="  ")

    assert "category" in page.error[0].value
    assert page.text_input(key="edition 0").value == "2026-27"


def test_items_are_found_while_typing(show: Show, schedule: ScheduleCard) -> None:
    page = show("schedules")

    page.text_input(key="search schedule").set_value("FAN ceiling").run()

    assert list(page.dataframe[0].value["Item"]) == ["Ceiling fan 1200 mm"]


def test_a_block_opens_its_rate_analysis(show: Show, schedule: ScheduleCard) -> None:
    page = show("schedules")
    page.session_state["dialog"] = ("analysis", 1)

    page.run()

    assert "Supplying and fixing of Light point" in texts(page)
    assert "500.00" in set(page.dataframe[-1].value["Amount"])


def test_without_a_file_the_person_is_asked_for_one(show: Show) -> None:
    page = show("schedules")

    page.form_submit_button[0].click().run()

    assert "Choose a workbook first" in page.error[0].value and "25 MB" in page.error[0].value


def test_the_same_workbook_again_says_that_nothing_was_changed(
    show: Show, desk: Desk, user: User, make_workbook: MakeWorkbook
) -> None:
    upload(show, "civil.xlsx", make_workbook(LIGHT_POINT))

    page = upload(show, "again.xlsx", make_workbook(LIGHT_POINT), category="Other")

    assert [card.title for card in schedules.list_schedules(desk, user)] == ["Civil 2026-27"]
    assert "here already, as Civil 2026-27" in texts(page) + str(page.session_state["notes"])
