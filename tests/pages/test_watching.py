"""What is told on any page of the person's own jobs."""

import pytest
from streamlit.testing.v1 import AppTest

from estimate_core.desk import Desk
from estimate_core.domain.job import Job, JobType
from estimate_core.domain.people import User
from estimate_core.services import jobs, making, work
from estimate_core.services.estimates import OpenEstimate
from pages import watching
from tests.conftest import Clock

WORKER = "here/1"


@pytest.fixture
def titles(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles that the browser's tab was given."""
    given: list[str] = []
    monkeypatch.setattr(watching.st, "set_page_config", lambda page_title: given.append(page_title))
    return given


@pytest.fixture
def page(desk: Desk, user: User, titles: list[str]) -> AppTest:
    """A page on which nothing else is shown."""
    return AppTest.from_function(_script, kwargs={"desk": desk, "user": user}, default_timeout=30).run()


def _script(desk: "Desk", user: "User") -> None:
    from pages.watching import show_own_jobs

    show_own_jobs(desk, user)


@pytest.fixture
def job(desk: Desk, user: User, opened: OpenEstimate) -> Job:
    return jobs.submit_job(desk, user, opened.id, JobType.OUTPUT)


def toasts(page: AppTest) -> list[str]:
    return [toast.value.replace("\\", "") for toast in page.toast]


def test_a_job_that_ends_is_told_once_and_in_the_title(
    page: AppTest, desk: Desk, job: Job, titles: list[str], clock: Clock
) -> None:
    page.run()
    work.run_next(desk, WORKER)

    told = toasts(page.run())
    again = toasts(page.run())
    clock.move(601)
    page.run()

    assert told == ["Estimate + Datas of **Wiring of the hall** is ready; Jobs has it."]
    assert again == []
    assert titles == [
        "Estimate Desk",
        "0 % - Estimate Desk",
        "Ready - Estimate Desk",
        "Ready - Estimate Desk",
        "Estimate Desk",
    ]


def test_a_job_that_fails_is_told(
    page: AppTest, desk: Desk, job: Job, titles: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise jobs.BadInput("It cannot be made.")

    monkeypatch.setattr(making, "open_mould", refuse)
    page.run()
    work.run_next(desk, WORKER)

    assert toasts(page.run()) == ["Estimate + Datas of **Wiring of the hall** failed; Jobs says why."]
    assert titles[-1] == "Failed - Estimate Desk"


def test_a_cancelled_job_and_those_of_others_are_not_told(
    page: AppTest, desk: Desk, user: User, colleague: User, job: Job, titles: list[str]
) -> None:
    theirs = jobs.submit_job(desk, colleague, job.estimate, JobType.ESTIMATE)
    page.run()
    jobs.cancel_job(desk, user, job.id)
    work.run_next(desk, WORKER)

    page.run()

    assert jobs.get_job(desk, user, theirs.id).is_complete
    assert toasts(page) == []
    assert titles[-1] == "Estimate Desk"


def test_who_looks_at_the_job_is_not_told_besides(page: AppTest, desk: Desk, job: Job, titles: list[str]) -> None:
    page.session_state["dialog"] = ("job", job.id)
    page.run()
    work.run_next(desk, WORKER)

    assert toasts(page.run()) == []
    assert titles[-1] == "Ready - Estimate Desk"
