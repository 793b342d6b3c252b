"""The preview on the Estimate page, and the PDF that is asked for there."""

import io
from base64 import b64decode
from html.parser import HTMLParser

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from estimate_core.desk import Desk
from estimate_core.domain.job import JobType
from estimate_core.domain.people import User
from estimate_core.services import estimates, jobs
from estimate_core.services.estimates import OpenEstimate
from estimate_core.services.schedules import ScheduleCard
from tests.pages.conftest import Show, texts


class Pictures(HTMLParser):
    """The pictures of a page, by what they say to those who cannot see them."""

    def __init__(self, page: AppTest) -> None:
        super().__init__()
        self.found: dict[str, bytes] = {}
        for element in page.get("html"):
            self.feed(element.proto.body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "img":
            self.found[told["alt"] or ""] = b64decode((told["src"] or "").partition("base64,")[2])


def previewed(show: Show) -> AppTest:
    return show("estimate").button(key="preview").click().run()


def test_the_preview_shows_the_cover_and_the_first_page_and_makes_nothing(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    page = previewed(show)

    found = Pictures(page).found
    told = "of the estimate \u201cWiring of the hall\u201d: 2 lines, grand total 4,091.13"
    assert not page.exception
    assert list(found) == [f"Cover {told}", f"First page {told}"]
    assert {Image.open(io.BytesIO(png)).format for png in found.values()} == {"PNG"}
    assert jobs.list_jobs(desk, user) == []


def test_a_name_of_work_stays_text_in_the_preview(show: Show, desk: Desk, user: User, opened: OpenEstimate) -> None:
    estimates.rename_estimate(desk, user, opened.id, '"><script>alert(1)</script>' + "long " * 300)

    page = previewed(show)

    assert [len(alt) < 300 and '"><script>' in alt for alt in Pictures(page).found] == [True, True]
    assert all("<script>" not in element.proto.body for element in page.get("html"))


@pytest.mark.parametrize("has_estimate", [True, False])
def test_without_lines_the_preview_says_what_to_do(
    show: Show, desk: Desk, user: User, schedule: ScheduleCard, has_estimate: bool
) -> None:
    if has_estimate:
        estimates.create_estimate(desk, user, schedule.id, "Empty")

    page = previewed(show)

    assert not page.exception
    assert "No items selected. Add an item to the estimate, then look again." in texts(page)
    assert Pictures(page).found == {}
    assert len(estimates.list_estimates(desk, user)) == int(has_estimate)


def test_charges_that_cannot_be_computed_are_told_in_the_preview(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    estimates.set_grand_total(desk, user, opened.id, "100")

    page = previewed(show)

    assert Pictures(page).found == {}
    assert sum("less than the items and charges" in error.value for error in page.error) == 2


def test_the_pdf_is_asked_for_from_the_page(show: Show, desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = show("estimate").button(key="make pdf").click().run()

    [job] = jobs.list_jobs(desk, user)
    assert (job.type, job.lines) == (JobType.PDF, 2)
    assert page.session_state["dialog"] == ("job", job.id)


@pytest.mark.parametrize("job_type", [JobType.PDF, JobType.ESTIMATE, JobType.OUTPUT])
def test_each_file_is_asked_for_from_the_preview(
    show: Show, desk: Desk, user: User, opened: OpenEstimate, job_type: JobType
) -> None:
    page = previewed(show).button(key=f"from preview {job_type}").click().run()

    [job] = jobs.list_jobs(desk, user)
    assert job.type is job_type
    assert page.session_state["dialog"] == ("job", job.id)
    assert Pictures(page).found == {}


def test_what_stands_refused_is_told_in_the_preview_and_keeps_the_files_from_being_made(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    page = show("estimate")
    key = next(field.key for field in page.text_input if field.label == "LC %")
    page.text_input(key=key).set_value("many").run()

    page = page.button(key="preview").click().run()
    told = texts(page)
    page = page.button(key=f"from preview {JobType.PDF}").click().run()

    assert "This is not in the estimate yet" in told
    assert any("Mend this first" in error.value for error in page.error)
    assert jobs.list_jobs(desk, user) == []
