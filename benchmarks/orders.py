"""What the people of a benchmark ask for: estimates of random lines, submitted on the pages' way or over HTTP."""

import json
import random
import time
from dataclasses import dataclass
from decimal import Decimal
from uuid import uuid4

import httpx

from estimate_core.desk import Desk
from estimate_core.domain.estimate import Estimate, Line
from estimate_core.domain.job import JobType
from estimate_core.domain.people import User
from estimate_core.domain.schedule import Item
from estimate_core.services import estimates, jobs
from estimate_core.services.schedules import ScheduleCard, load_schedule
from estimate_core.storage.database import writing
from estimate_core.storage.estimates import Change, append_state, get_estimate

TRY_AGAIN_SECONDS = 0.2
_TRIES = 900


@dataclass(frozen=True)
class Order:
    """An estimate to be made: its name and its lines, each the row of an item and a quantity."""

    name: str
    lines: tuple[tuple[int, Decimal], ...]


@dataclass(frozen=True)
class Catalogue:
    """A schedule of an organisation, and the items of it that can be picked."""

    card: ScheduleCard
    items: tuple[Item, ...]


def open_catalogue(desk: Desk, user: User, card: ScheduleCard) -> Catalogue:
    """What can be ordered from a schedule."""
    return Catalogue(card, tuple(item for item in load_schedule(desk, user, card.id).items if item.rate))


def random_order(chance: random.Random, catalogue: Catalogue, name: str, lines: int) -> Order:
    """An order of so many lines, each of an item and with a quantity by chance."""
    chosen = (chance.choice(catalogue.items).row for _ in range(lines))
    return Order(name, tuple((row, Decimal(chance.randint(1, 99_999)) / 1000) for row in chosen))


def make_estimate(desk: Desk, user: User, catalogue: Catalogue, order: Order) -> str:
    """A saved estimate of what is ordered, opened by the person; gives its id."""
    opened = estimates.create_estimate(desk, user, catalogue.card.id, order.name)
    lines = tuple(Line(uuid4().hex, row, quantity) for row, quantity in order.lines)
    change = Change(Estimate(order.name, lines=lines), Decimal(0), desk.now(), user.id)
    with desk.open_db() as db, writing(db):
        append_state(db, user.organisation, get_estimate(db, user.organisation, opened.id), change)
    return opened.id


def submit_on_page(desk: Desk, user: User, catalogue: Catalogue, order: Order) -> str:
    """Make the estimate and submit it, through the use cases of the pages; gives the job's id."""
    return jobs.submit_job(desk, user, make_estimate(desk, user, catalogue, order), JobType.OUTPUT).id


def submit_over_http(client: httpx.Client, catalogue: Catalogue, order: Order, key: str) -> tuple[str, int]:
    """Submit an order by its key, again and again while nobody answers; gives the job's id and the tries.

    Refusals are raised: RuntimeError with what was answered.
    """
    body = json.dumps(
        {
            "schedule": catalogue.card.id,
            "work_name": order.name,
            "type": JobType.OUTPUT.value,
            "lines": [{"item": f"row:{row}", "quantity": str(quantity)} for row, quantity in order.lines],
        }
    )
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    for tried in range(1, _TRIES + 1):
        try:
            answer = client.post("/api/jobs", content=body, headers=headers)
        except httpx.HTTPError:
            time.sleep(TRY_AGAIN_SECONDS)
            continue
        if answer.status_code == 202:
            return answer.json()["job_id"], tried
        raise RuntimeError(f"{answer.status_code}: {answer.text}")
    raise RuntimeError("nobody answered")
