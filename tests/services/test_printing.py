"""The PDF of an estimate as a job, and the pictures of its first pages."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, NotFound
from estimate_core.domain.job import Job, JobType, Status
from estimate_core.domain.people import User
from estimate_core.services import estimates, jobs, printing, work
from estimate_core.services.estimates import OpenEstimate
from estimate_core.services.office import save_office
from estimate_core.services.schedules import ScheduleCard
from tests.conftest import FAN, ROW_OF, reach_of
from tests.paper.reading import AMOUNT, figures_of, pages_of, text_of

WORKER = "here/1"


def run(desk: Desk, user: User, job: Job) -> Job:
    work.run_next(desk, WORKER)
    return jobs.get_job(desk, user, job.id)


def published(desk: Desk) -> list[Path]:
    return [path for path in desk.files.folder.glob("*/outputs/*") if path.is_file()]


@pytest.mark.usefixtures("line")
def test_a_job_makes_the_pdf_of_an_estimate(desk: Desk, user: User, opened: OpenEstimate) -> None:
    job = run(desk, user, jobs.submit_job(desk, user, opened.id, JobType.PDF))

    [output] = jobs.list_outputs(desk, user, job.id)
    path = reach_of(desk, user, output.id)
    assert (job.status, job.error_message) == (Status.COMPLETED, "")
    assert (output.filename, output.file_type) == ("Estimate - Wiring of the clinic.pdf", "pdf")
    assert output.size == path.stat().st_size
    assert job.result == {"output": output.id, "grand_total": "1205.00"}
    assert "Grand Total 1,205.00" in text_of(path.read_bytes())
    assert figures_of(path.read_bytes(), AMOUNT)[0] == "1,000.00"
    assert "Electrical 2025-26 Page 2 of 2" in pages_of(path.read_bytes())[-1]


@pytest.mark.usefixtures("line")
def test_the_pdf_says_what_the_office_said_when_it_was_asked_for(desk: Desk, user: User, opened: OpenEstimate) -> None:
    save_office(desk, user, "Roads Department", ["Engineer"])
    asked = jobs.submit_job(desk, user, opened.id, JobType.PDF)
    save_office(desk, user, "Ports Department", ["Harbour master"])

    job = run(desk, user, asked)

    [path] = published(desk)
    cover, table = pages_of(path.read_bytes())
    assert job.status is Status.COMPLETED
    assert cover.startswith("Roads Department")
    assert "Engineer" in table
    assert "Harbour master" not in table


@pytest.mark.usefixtures("line")
def test_later_edits_do_not_reach_the_pdf_and_the_same_job_gives_the_same_bytes(
    desk: Desk, user: User, opened: OpenEstimate
) -> None:
    first = jobs.submit_job(desk, user, opened.id, JobType.PDF)
    second = jobs.submit_job(desk, user, opened.id, JobType.PDF)
    estimates.clear_lines(desk, user, opened.id)

    for job in (first, second):
        run(desk, user, job)

    one, other = (path.read_bytes() for path in published(desk))
    assert one == other


@pytest.mark.usefixtures("line")
def test_a_pdf_in_the_making_stops_where_a_person_asks_and_leaves_no_file(
    desk: Desk, user: User, opened: OpenEstimate, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.submit_job(desk, user, opened.id, JobType.PDF)
    write = printing.write_pdf

    def asked_to_stop(price: Any, paper: Any, stream: Any, progress: Any) -> None:
        jobs.cancel_job(desk, user, job.id)
        write(price, paper, stream, progress)
        raise AssertionError("the job went on")

    monkeypatch.setattr(printing, "write_pdf", asked_to_stop)

    ended = run(desk, user, job)

    assert (ended.status, published(desk)) == (Status.CANCELLED, [])


@pytest.mark.usefixtures("line")
def test_a_fault_while_printing_is_told_as_one_of_the_pdf(
    desk: Desk, user: User, opened: OpenEstimate, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    monkeypatch.setattr(printing, "write_pdf", lambda *_: 1 / 0)
    job = jobs.submit_job(desk, user, opened.id, JobType.PDF)

    for _ in range(3):
        job = run(desk, user, job)
        clock.move(60)

    assert (job.status, published(desk)) == (Status.FAILED, [])
    assert job.error_message.startswith("The PDF could not be made because of a fault in the program (reference ")


def test_an_estimate_without_lines_has_no_pdf_and_no_pictures(desk: Desk, user: User, opened: OpenEstimate) -> None:
    with pytest.raises(BadInput, match="No items selected"):
        jobs.submit_job(desk, user, opened.id, JobType.PDF)
    with pytest.raises(BadInput, match="No items selected"):
        printing.preview_pages(desk, user, opened.id)

    assert jobs.list_jobs(desk, user) == []


@pytest.mark.usefixtures("line")
def test_the_pictures_show_the_cover_and_the_first_page(desk: Desk, user: User, opened: OpenEstimate) -> None:
    pictures = [Image.open(io.BytesIO(png)) for png in printing.preview_pages(desk, user, opened.id)]

    assert [(picture.format, picture.height > picture.width > 600) for picture in pictures] == [("PNG", True)] * 2
    assert jobs.list_jobs(desk, user) == []


@pytest.mark.usefixtures("line")
def test_a_stranger_sees_no_pictures_and_makes_no_pdf(
    desk: Desk, user: User, stranger: User, opened: OpenEstimate
) -> None:
    with pytest.raises(NotFound):
        printing.preview_pages(desk, stranger, opened.id)
    with pytest.raises(NotFound):
        jobs.submit_job(desk, stranger, opened.id, JobType.PDF)

    assert jobs.list_jobs(desk, user) == []


@pytest.mark.usefixtures("line")
def test_a_grand_total_that_is_too_small_is_told_instead_of_a_picture(
    desk: Desk, user: User, opened: OpenEstimate, schedule: ScheduleCard
) -> None:
    estimates.add_item(desk, user, opened.id, ROW_OF[FAN.name])
    estimates.set_grand_total(desk, user, opened.id, "10")

    with pytest.raises(BadInput, match="Type at least"):
        printing.preview_pages(desk, user, opened.id)
