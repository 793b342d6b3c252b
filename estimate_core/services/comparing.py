"""Two editions compared: for the page at once, and as a workbook by a job."""

import json
from dataclasses import asdict, dataclass
from functools import lru_cache, partial

from estimate_core.desk import Desk, Watch
from estimate_core.domain.comparison import Comparison, compare
from estimate_core.domain.errors import BadInput
from estimate_core.domain.job import Job, JobType
from estimate_core.domain.people import Action, User
from estimate_core.services.content import load_schedule_of
from estimate_core.services.doors import allowed
from estimate_core.services.jobs import new_job, queue_job
from estimate_core.services.making import Keep, publish_file
from estimate_core.services.schedules import ScheduleCard, get_schedule_card
from estimate_core.storage.files import Files
from estimate_core.storage.queue import Claim
from estimate_core.workbook.reports.comparison_book import write_comparison


@dataclass(frozen=True)
class Editions:
    """The two schedules that a job compares."""

    old_title: str
    new_title: str
    old_hash: str
    new_hash: str


@allowed(Action.READ)
def compare_schedules(desk: Desk, user: User, old_id: str, new_id: str) -> Comparison:
    """What became of the items of the old schedule in the new one, quick when compared lately.

    NotFound for absent and foreign schedules, BadInput for one and the same.
    """
    old, new = _editions(desk, user, old_id, new_id)
    return _compared(desk.files, user.organisation, old.content_hash, new.content_hash)


@allowed(Action.WRITE)
def submit_comparison(desk: Desk, user: User, old_id: str, new_id: str) -> Job:
    """Queue a job for the workbook of that comparison; NotFound and BadInput as there."""
    old, new = _editions(desk, user, old_id, new_id)
    name = f"{old.title} and {new.edition if old.category == new.category else new.title}"
    job = new_job(user.organisation, user.id, JobType.COMPARISON, name, desk.now(), schedule=new.id)
    editions = Editions(old.title, new.title, old.content_hash, new.content_hash)
    return queue_job(desk, user, job, json.dumps(asdict(editions)), new.title)


def make_comparison(desk: Desk, mine: Claim, job: Job, snapshot_text: str, watch: Watch) -> Keep:
    """Compare two editions and publish the workbook of that."""
    editions = Editions(**json.loads(snapshot_text))
    watch(10, "Comparing the editions...")
    comparison = _compared(desk.files, job.organisation, editions.old_hash, editions.new_hash)
    watch(60, "Writing the workbook...")
    write = partial(write_comparison, comparison, editions.old_title, editions.new_title, job.created)
    return publish_file(desk, mine, job, write, {})


def _editions(desk: Desk, user: User, old_id: str, new_id: str) -> tuple[ScheduleCard, ScheduleCard]:
    old, new = (get_schedule_card(desk, user, schedule_id) for schedule_id in (old_id, new_id))
    if old.id == new.id:
        raise BadInput("A schedule is the same as itself. Choose another edition to compare it with.")
    return old, new


@lru_cache(maxsize=8)
def _compared(files: Files, organisation: str, old_hash: str, new_hash: str) -> Comparison:
    return compare(load_schedule_of(files, organisation, old_hash), load_schedule_of(files, organisation, new_hash))
