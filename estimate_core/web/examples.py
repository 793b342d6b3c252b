"""Examples for the documentation that work when they are pasted: with a schedule, a job and a file that are there."""

from dataclasses import dataclass

from estimate_core.desk import Desk
from estimate_core.domain.people import User
from estimate_core.services import listing, schedules
from estimate_core.services.listing import JobFilter

_NONE = "00000000-0000-4000-8000-000000000000"
_LINES = 2


@dataclass(frozen=True)
class Examples:
    """What examples are made of: the address of the desk, values of path parameters, and a body that makes a job.

    `with_token` says that who reads them is signed in, so that a program needs a token.
    """

    address: str
    ids: dict[str, str]
    new_job: dict[str, object]
    with_token: bool = False


def examples_for(desk: Desk, user: User, address: str) -> Examples:
    """Examples with the newest of the person's organisation; ids that nothing has where there is nothing yet."""
    cards = schedules.list_schedules(desk, user)
    jobs = listing.page_of_jobs(desk, user, JobFilter(), 1).entries
    outputs = listing.page_of_outputs(desk, user, 1).entries
    ids = {
        "schedule_id": cards[0].id if cards else _NONE,
        "job_id": jobs[0].id if jobs else _NONE,
        "output_id": outputs[0].output.id if outputs else _NONE,
    }
    items = listing.page_of_items(desk, user, ids["schedule_id"], "", "", _LINES).entries if cards else []
    wanted = [f"row:{item.row}" for item in items] or ["row:7"]
    new_job: dict[str, object] = {
        "schedule": ids["schedule_id"],
        "lines": [{"item": item, "quantity": 12.5} for item in wanted],
        "work_name": "Wiring of the clinic",
    }
    return Examples(address, ids, new_job, user.is_signed_in)
