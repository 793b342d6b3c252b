"""The tab Storage of the Team page: what is kept, for how long, and what would go."""

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.job import JobType
from estimate_core.domain.people import User
from estimate_core.services import cleaning, downloads, estimates, jobs, work
from estimate_core.services.schedules import ScheduleCard
from tests.conftest import FAN, ROW_OF, Clock
from tests.pages.conftest import Show, texts


@pytest.fixture
def old(desk: Desk, user: User, schedule: ScheduleCard, clock: Clock) -> str:
    """The id of a job whose file is a year and a day old."""
    opened = estimates.create_estimate(desk, user, schedule.id, "Wiring of the hall")
    estimates.add_item(desk, user, opened.id, ROW_OF[FAN.name])
    job = jobs.submit_job(desk, user, opened.id, JobType.ESTIMATE)
    work.run_next(desk, "here/1")
    clock.move(366 * 86_400)
    return job.id


def test_what_is_kept_is_told_where_nothing_would_go(show: Show, schedule: ScheduleCard) -> None:
    page = show("team")

    assert [list(frame.value["Kind"]) for frame in page.dataframe if "Kind" in frame.value] == [["Schedules"]]
    assert "Nothing: no file is older than that" in texts(page)
    assert not [button for button in page.button if button.key == "clean now"]


def test_what_is_used_of_the_jobs_that_may_be_is_told(show: Show, old: str, desk: Desk, user: User) -> None:
    opened = estimates.last_estimate(desk, user)
    assert opened
    jobs.submit_job(desk, user, opened.id, JobType.ESTIMATE)

    page = show("team")

    told = [bar.text for bar in page.get("progress")]
    assert told[:2] == ["Your active jobs: 1 of 20", "Jobs of the organisation within an hour: 1 of 600"]


def test_days_are_saved_and_show_what_would_go(show: Show, desk: Desk, user: User, old: str) -> None:
    page = show("team")
    before = texts(page)
    page.number_input(key="days kept").set_value(400).run()

    page.button(key="save days").click().run()

    assert "Nothing: no file" not in before
    assert cleaning.get_days(desk, user) == 400
    assert "Files are kept for 400 days from now on." in page.success[0].value
    assert "Nothing: no file is older than that" in texts(page)


def test_cleaning_deletes_what_was_shown(show: Show, desk: Desk, user: User, old: str) -> None:
    page = show("team")
    shown = [list(frame.value["Why"]) for frame in page.dataframe if "Why" in frame.value]
    kinds = [kind for frame in page.dataframe if "Kind" in frame.value for kind in frame.value["Kind"]]

    page.button(key="clean now").click().run()

    assert shown == [["kept long enough"]]
    assert "Estimate" in kinds
    assert page.success[0].value.startswith("1 file of ")
    assert [made.state.value for made in downloads.list_files(desk, user, old)] == ["removed"]
