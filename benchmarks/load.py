"""How long people wait, alone and in crowds: `python -m benchmarks.load`.

The application runs with its embedded workers, in a temporary folder and on this machine's own address. Crowds of
people submit estimates over HTTP at once, each the next one when the last is ready. Told are, in seconds, the
submission's own time, the time from submitting until the file is ready, and how long a page takes to run meanwhile;
before that, how soon an idle worker takes a job.
"""

import argparse
import json
import logging
import multiprocessing
import os
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from uuid import uuid4

import httpx

from benchmarks.orders import Catalogue, make_estimate, open_catalogue, random_order, submit_over_http
from benchmarks.site import Site
from estimate_core.desk import Desk
from estimate_core.domain.job import Job, Status
from estimate_core.domain.people import LOCAL
from estimate_core.services.jobs import get_job
from estimate_core.services.schedules import list_schedules

CROWDS = (1, 10, 50)
JOBS = 100
LINES = 50
IDLE_PAUSE = 0.7
_LOOK_EVERY = 0.05


@dataclass(frozen=True)
class Spread:
    """How seconds spread over a number of cases."""

    count: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Load:
    """What a crowd of `people` met."""

    people: int
    submit: Spread
    ready: Spread
    page: Spread
    jobs_per_second: float


def main() -> None:
    """Measure and print what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=CROWDS, metavar="N", help="sizes of the crowds")
    parser.add_argument("--jobs", type=int, default=JOBS, metavar="N", help="jobs of each crowd, at least one a person")
    parser.add_argument("--lines", type=int, default=LINES, metavar="N")
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    parser.add_argument("--idle", type=int, default=30, metavar="N", help="jobs for an idle worker")
    parser.add_argument("--json", action="store_true", help="print one object for programs")
    chosen = parser.parse_args()
    if min(*chosen.people, chosen.jobs, chosen.lines, chosen.workers, chosen.idle) < 1:
        parser.error("all numbers are from 1")
    with tempfile.TemporaryDirectory(prefix="load-", ignore_cleanup_errors=True) as folder:
        pick_up, loads = measure(chosen, Path(folder) / "home")
    if chosen.json:
        print(json.dumps({"pick_up": asdict(pick_up), "loads": [asdict(load) for load in loads]}))
    else:
        print(table(pick_up, loads))


def measure(chosen: argparse.Namespace, home: Path) -> tuple[Spread, list[Load]]:
    """How soon an idle worker takes a job, and what each crowd meets."""
    with Site(home, {"ESTIMATE_WORKERS": str(chosen.workers)}) as site:
        app = site.start_app("embedded")
        desk = site.desk()
        catalogue = open_catalogue(desk, LOCAL, list_schedules(desk, LOCAL)[0])
        with httpx.Client(base_url=site.url, timeout=60, trust_env=False) as client:
            crowd = Crowd(desk, client, catalogue, chosen.lines)
            crowd.order_one("warm up")
            # What the page Estimate shows meanwhile.
            order = random_order(random.Random(0), catalogue, "on the page", chosen.lines)
            make_estimate(desk, LOCAL, catalogue, order)
            pick_up = spread([crowd.pick_up() for _ in range(chosen.idle)])
            loads = [crowd.meet(people, max(1, chosen.jobs // people)) for people in chosen.people]
        app.terminate()
        app.wait()
    return pick_up, loads


@dataclass(frozen=True)
class Crowd:
    """People who order estimates of `lines` lines from one schedule."""

    desk: Desk
    client: httpx.Client
    catalogue: Catalogue
    lines: int

    def order_one(self, name: str) -> tuple[float, Job]:
        """Order one estimate and wait for it: seconds of the submission, and the job as it ended."""
        order = random_order(random.Random(name), self.catalogue, name, self.lines)
        began = time.perf_counter()
        job_id, _ = submit_over_http(self.client, self.catalogue, order, str(uuid4()))
        took = time.perf_counter() - began
        return took, self._wait(job_id)

    def pick_up(self) -> float:
        """Seconds from the writing of a job until an idle worker takes it."""
        time.sleep(IDLE_PAUSE)
        _, job = self.order_one(f"idle {uuid4()}")
        return _seconds(job.started - job.created) if job.started else 0.0

    def meet(self, people: int, rounds: int) -> Load:
        """Let so many people order so many estimates each, one after the other."""
        context = multiprocessing.get_context("spawn")
        stop, times = context.Event(), context.SimpleQueue()
        pages = context.Process(target=run_pages, args=(str(self.desk.settings.home), stop, times))
        pages.start()
        times.get()
        began = time.perf_counter()
        with ThreadPoolExecutor(people) as pool:
            ordered = [each for person in pool.map(lambda n: self._orders(n, rounds), range(people)) for each in person]
        seconds = time.perf_counter() - began
        stop.set()
        reruns: list[float] = times.get()
        pages.join()
        return Load(
            people,
            spread([submit for submit, _ in ordered]),
            spread([ready for _, ready in ordered]),
            spread(reruns),
            round(len(ordered) / seconds, 2),
        )

    def _orders(self, person: int, rounds: int) -> list[tuple[float, float]]:
        seconds = []
        for number in range(rounds):
            submit, job = self.order_one(f"{person} {number}")
            assert job.completed
            # The answer is on its way back while the worker begins: what counts is the end of the job.
            seconds.append((submit, _seconds(job.completed - job.created)))
        return seconds

    def _wait(self, job_id: str) -> Job:
        while not (job := get_job(self.desk, LOCAL, job_id)).is_complete:
            time.sleep(_LOOK_EVERY)
        if job.status is not Status.COMPLETED:
            raise SystemExit(f"Job {job_id} is {job.status}: {job.error_message}")
        return job


def run_pages(home: str, stop: Event, times: "multiprocessing.SimpleQueue[object]") -> None:
    """Run the pages Estimate and Jobs by turns until told to stop; puts True once ready, then the seconds of each."""
    os.environ["ESTIMATE_HOME"] = home
    # Here and not above: only this process runs pages.
    from streamlit.testing.v1 import AppTest

    logging.getLogger("streamlit").setLevel(logging.ERROR)
    pages = [AppTest.from_function(_show, args=(name,), default_timeout=60).run() for name in ("estimate", "jobs")]
    times.put(True)
    seconds: list[float] = []
    while not stop.is_set() or not seconds:
        for page in pages:
            began = time.perf_counter()
            page.run()
            seconds.append(time.perf_counter() - began)
            time.sleep(0.2)
    times.put(seconds)


def _show(name: str) -> None:
    """A script of Streamlit's: the page of that name."""
    from importlib import import_module

    from estimate_core.domain.people import LOCAL
    from estimate_core.wiring import shared_desk

    import_module(f"pages.{name}").render(shared_desk(), LOCAL)


def spread(seconds: Sequence[float]) -> Spread:
    """Median, 95th and 99th of a hundred."""
    if len(seconds) == 1:
        return Spread(1, *(round(seconds[0], 4),) * 3)
    parts = statistics.quantiles(seconds, n=100, method="inclusive")
    return Spread(len(seconds), *(round(parts[part - 1], 4) for part in (50, 95, 99)))


def _seconds(span: timedelta) -> float:
    return span.total_seconds()


def table(pick_up: Spread, loads: Sequence[Load]) -> str:
    """The figures for people, in seconds."""
    head = f"{'people':>6} {'what':<8} {'count':>6} {'p50':>8} {'p95':>8} {'p99':>8}"
    rows = [f"{1:>6} {'pick-up':<8} {_figures(pick_up)}"]
    for load in loads:
        rows += [f"{load.people:>6} {name:<8} {_figures(getattr(load, name))}" for name in ("submit", "ready", "page")]
        rows.append(f"{load.people:>6} {load.jobs_per_second} jobs a second")
    return "\n".join([head, *rows])


def _figures(spread: Spread) -> str:
    return f"{spread.count:>6} {spread.p50:>8.3f} {spread.p95:>8.3f} {spread.p99:>8.3f}"


if __name__ == "__main__":
    main()
