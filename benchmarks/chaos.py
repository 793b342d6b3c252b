"""Jobs while workers and the application are killed at random: `python -m benchmarks.chaos`.

People of several organisations submit estimates, those of the first over HTTP, the others as the pages do. Meanwhile
workers are ended with SIGKILL and started again, and so is the application. At the end every job must be completed
with one file that opens and holds the lines that were asked for. Runs on this machine's own address, in a temporary
folder, and ends by itself.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from uuid import uuid4

import httpx

from benchmarks.evidence import Evidence, gather
from benchmarks.orders import Catalogue, Order, open_catalogue, random_order, submit_on_page, submit_over_http
from benchmarks.site import Process, Site
from estimate_core.desk import SAMPLES, Desk
from estimate_core.domain.people import LOCAL, User
from estimate_core.services.schedules import list_schedules, upload_schedule
from estimate_core.storage.database import rows, writing
from estimate_core.storage.people import ensure_person

LINES = (3, 150)
PAUSE = (0.5, 1.3)
"""Seconds between two kills."""
END_SECONDS = 300.0
"""How long the jobs may take after the last kill."""
_LOOK_EVERY = 0.25
_AIM_EVERY, _AIM_TRIES = 0.005, 200


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    jobs: int
    people: int
    organisations: int
    workers: int
    kills: int
    app_kills: int
    seed: int


@dataclass
class Course:
    """What happened so far; threads write to it under its lock."""

    kills: int = 0
    app_kills: int = 0
    repeated: int = 0
    orders: dict[str, tuple[str, Order]] = field(default_factory=dict)
    """Job id -> its organisation and what was ordered."""
    refused: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    over: Event = field(default_factory=Event)


@dataclass(frozen=True)
class Person:
    """Somebody who submits `jobs` orders; over HTTP where there is no desk to submit them at."""

    user: User
    catalogue: Catalogue
    jobs: int
    chance: random.Random
    desk: Desk | None
    client: httpx.Client


def main() -> int:
    """Run what the arguments ask for and print what came out; 1 where a job was not completed exactly once."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    for name, default in (("jobs", 500), ("people", 20), ("organisations", 4), ("workers", 3), ("kills", 60)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    parser.add_argument("--app-kills", type=int, default=2, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--json", action="store_true", help="print one object for programs")
    chosen = vars(parser.parse_args())
    as_json = chosen.pop("json")
    plan = Plan(**chosen)
    if min(plan.jobs, plan.people, plan.organisations, plan.workers) < 1 or plan.people < plan.organisations:
        parser.error("take at least one of each, and a person for each organisation")
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as folder:
        figures, evidence = run(plan, Path(folder) / "home")
    print(json.dumps(figures) if as_json else table(figures, evidence))
    return 0 if evidence.is_good else 1


def run(plan: Plan, home: Path) -> tuple[dict[str, object], Evidence]:
    """The whole course: the figures in the order of the table, and what was found in the end."""
    course, began = Course(), time.monotonic()
    with Site(home) as site:
        app = site.start_app("external")
        with httpx.Client(base_url=site.url, timeout=30, trust_env=False) as client:
            people = gather_people(plan, site.desk(), client)
            threads = [Thread(target=submit_all, args=(plan, course, person), daemon=True) for person in people]
            for thread in threads:
                thread.start()
            workers = make_havoc(plan, course, site, app, threads)
            wait_for_end(site.desk(), len(course.orders))
        seconds = time.monotonic() - began
        evidence = gather(site.desk(), course.orders, course.refused)
        for worker in workers:
            site.kill(worker)
    figures = {**asdict(plan), "seconds": round(seconds, 1), "killed": course.kills, "app_killed": course.app_kills}
    return {**figures, "submissions_repeated": course.repeated, **evidence.figures()}, evidence


def gather_people(plan: Plan, desk: Desk, client: httpx.Client) -> list[Person]:
    """People in all organisations, each with a schedule to order from; the first organisation is the local one."""
    organisations = [LOCAL.organisation, *(f"office-{number}" for number in range(2, plan.organisations + 1))]
    catalogues: dict[str, Catalogue] = {}
    people = []
    for number in range(plan.people):
        organisation = organisations[number % len(organisations)]
        local = organisation == LOCAL.organisation
        user = LOCAL if local else User(f"person-{number}", f"Person {number}", organisation)
        with desk.open_db() as db, writing(db):
            ensure_person(db, user)
        if organisation not in catalogues:
            catalogues[organisation] = _catalogue(desk, user)
        share = plan.jobs // plan.people + (number < plan.jobs % plan.people)
        chance = random.Random(f"{plan.seed} {number}")
        people.append(Person(user, catalogues[organisation], share, chance, None if local else desk, client))
    return people


def _catalogue(desk: Desk, user: User) -> Catalogue:
    if user != LOCAL:
        upload_schedule(desk, user, "civil.xlsx", (SAMPLES / "civil.xlsx").read_bytes(), "Civil", "2025-26")
    return open_catalogue(desk, user, list_schedules(desk, user)[0])


def submit_all(plan: Plan, course: Course, person: Person) -> None:
    """Submit a person's orders one after the other, spread over the time in which there are kills."""
    for number in range(person.jobs):
        while course.kills < plan.kills * number // person.jobs and not course.over.is_set():
            time.sleep(person.chance.uniform(0.05, 0.3))
        order = random_order(
            person.chance, person.catalogue, f"{person.user.name} {number}", person.chance.randint(*LINES)
        )
        try:
            job_id, tries = _submit(person, order)
        except Exception as refusal:
            with course.lock:
                course.refused.append(f"{type(refusal).__name__}: {refusal}")
            continue
        with course.lock:
            course.orders[job_id] = (person.user.organisation, order)
            course.repeated += tries - 1


def _submit(person: Person, order: Order) -> tuple[str, int]:
    if person.desk:
        return submit_on_page(person.desk, person.user, person.catalogue, order), 1
    return submit_over_http(person.client, person.catalogue, order, str(uuid4()))


def make_havoc(plan: Plan, course: Course, site: Site, app: Process, threads: list[Thread]) -> list[Process]:
    """Kill and start again until enough was killed and all is submitted; gives the workers that then run."""
    chance = random.Random(plan.seed)
    desk, workers = site.desk(), [site.start_worker() for _ in range(plan.workers)]
    app_at = {plan.kills * turn // (plan.app_kills + 1) for turn in range(1, plan.app_kills + 1)}
    while course.kills < plan.kills:
        time.sleep(chance.uniform(*PAUSE))
        # Every other kill is aimed at a worker that is at a job just now; the others find what they find.
        aimed = aim(desk, workers) if course.kills % 2 else None
        number = chance.randrange(len(workers)) if aimed is None else aimed
        site.kill(workers[number])
        workers[number] = site.start_worker()
        course.kills += 1
        if course.kills in app_at:
            site.kill(app)
            course.app_kills += 1
            app = site.start_app("external")
    course.over.set()
    for thread in threads:
        thread.join()
    return workers


def aim(desk: Desk, workers: list[Process]) -> int | None:
    """The place of a worker that runs a job at this moment, or None where none did for a while."""
    with desk.open_db() as db:
        for _ in range(_AIM_TRIES):
            busy = [row["worker"] for row in rows(db, "SELECT worker FROM jobs WHERE status = 'running'")]
            for number, worker in enumerate(workers):
                if any(f"/{worker.pid}-" in worker_id for worker_id in busy):
                    return number
            time.sleep(_AIM_EVERY)
    return None


def wait_for_end(desk: Desk, wanted: int) -> None:
    """Wait until no job is queued or running any more, or the time for that is over."""
    until = time.monotonic() + END_SECONDS
    while time.monotonic() < until:
        with desk.open_db() as db:
            states = Counter(row["status"] for row in rows(db, "SELECT status FROM jobs"))
        if not states["queued"] and not states["running"]:
            return
        time.sleep(_LOOK_EVERY)


def table(figures: dict[str, object], evidence: Evidence) -> str:
    """The figures for people, and the first things that are wrong."""
    lines = [f"{name.replace('_', ' '):<34} {value!s:>10}" for name, value in figures.items()]
    return "\n".join([*lines, *evidence.wrong[:20]])


if __name__ == "__main__":
    sys.exit(main())
