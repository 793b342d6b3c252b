"""Printing an estimate: the job that makes its PDF, and pictures of the first pages to look at before."""

import io
from typing import BinaryIO

from estimate_core.desk import Desk, Watch
from estimate_core.domain.estimate import price
from estimate_core.domain.job import Job
from estimate_core.domain.people import Action, User
from estimate_core.paper.estimate_pdf import Paper, write_first_pages, write_pdf
from estimate_core.paper.picture import pictures
from estimate_core.services.content import schedule_of_content
from estimate_core.services.doors import allowed
from estimate_core.services.jobs import read_snapshot
from estimate_core.services.making import Keep, publish_file
from estimate_core.services.schedules import get_schedule_card, load_schedule
from estimate_core.storage import estimates
from estimate_core.storage.office import get_office
from estimate_core.storage.queue import Claim


def make_pdf(desk: Desk, mine: Claim, job: Job, snapshot_text: str, watch: Watch) -> Keep:
    """Print the PDF of an estimate and publish it; its row is the caller's to write. Steps as `make_estimate`."""
    snapshot = read_snapshot(snapshot_text)
    watch(10, "Loading items...")
    priced = price(snapshot.estimate, schedule_of_content(desk, job.organisation, snapshot.schedule_hash))
    paper = Paper(
        snapshot.estimate.name, snapshot.schedule_title, job.created, snapshot.estimate.cover, snapshot.office
    )

    def write(stream: BinaryIO) -> None:
        write_pdf(priced, paper, stream, watch)

    return publish_file(desk, mine, job, write, {"grand_total": str(priced.grand_total)})


@allowed(Action.READ)
def preview_pages(desk: Desk, user: User, estimate_id: str) -> list[bytes]:
    """PNGs of the cover, where it is shown, and of the first page of the table, as the PDF will show them.

    NotFound where the estimate is not there; BadInput for what cannot be printed, such as one without lines.
    """
    with desk.open_db() as db:
        saved = estimates.get_estimate(db, user.organisation, estimate_id)
        office = get_office(db, user.organisation)
    card = get_schedule_card(desk, user, saved.schedule)
    priced = price(saved.estimate, load_schedule(desk, user, card.id))
    paper = Paper(saved.estimate.name, card.title, desk.now(), saved.estimate.cover, office)
    stream = io.BytesIO()
    write_first_pages(priced, paper, stream)
    return pictures(stream.getvalue())
