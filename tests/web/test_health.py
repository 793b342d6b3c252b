"""What monitors read: how the desk is, and figures in the text of Prometheus."""

import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from estimate_core.desk import Desk
from estimate_core.domain.job import JobType
from estimate_core.domain.people import User
from estimate_core.services import estimates, jobs, recovery, work
from estimate_core.services.schedules import ScheduleCard
from tests.conftest import FAN, ROW_OF, Clock
from tests.web.client import Client

WORKER = "here/1"


@pytest.fixture
def client(desk: Desk) -> Client:
    return Client(lambda: desk)


@pytest.fixture
def estimate_id(desk: Desk, user: User, schedule: ScheduleCard) -> str:
    opened = estimates.create_estimate(desk, user, schedule.id, "A secret work")
    estimates.add_item(desk, user, opened.id, ROW_OF[FAN.name])
    return opened.id


def read(client: Client) -> dict[str, dict[tuple[str, ...], float]]:
    """Name of a sample -> its labels by their names' order -> its value."""
    samples: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            samples.setdefault(sample.name, {})[tuple(sample.labels[name] for name in sorted(sample.labels))] = (
                sample.value
            )
    return samples


def test_an_empty_desk_has_figures_too(client: Client) -> None:
    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert read(client)["estimate_desk_queue_length"] == {(): 0.0}
    assert "estimate_desk_worker_heartbeat_age_seconds" not in answer.text


def test_metrics_tell_jobs_times_workers_and_bytes(
    client: Client, desk: Desk, user: User, estimate_id: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    recovery.beat(desk, WORKER)
    done, _, cancelled = (jobs.submit_job(desk, user, estimate_id, JobType.ESTIMATE) for _ in range(3))
    jobs.cancel_job(desk, user, cancelled.id)
    slow = work.complete_job

    def complete(*arguments: object) -> bool:
        clock.move(2)
        return slow(*arguments[:3], clock.at)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "complete_job", complete)
    work.run_next(desk, WORKER)
    clock.move(5)

    told = read(client)

    [output] = jobs.list_outputs(desk, user, done.id)
    kind = JobType.ESTIMATE.value
    assert told["estimate_desk_jobs"] == {(state, kind): 1 for state in ("completed", "queued", "cancelled")}
    assert told["estimate_desk_queue_length"] == {(): 1}
    assert told["estimate_desk_oldest_wait_seconds"] == {(): 7}
    assert (told["estimate_desk_workers"], told["estimate_desk_worker_heartbeat_age_seconds"]) == ({(): 1}, {(): 7})
    assert told["estimate_desk_output_bytes"] == {(): output.size}
    buckets = told["estimate_desk_job_duration_seconds_bucket"]
    assert (buckets[("1.0", kind)], buckets[("2.5", kind)], buckets[("+Inf", kind)]) == (0, 1, 1)
    assert told["estimate_desk_job_duration_seconds_count"] == {(kind,): 1}
    assert told["estimate_desk_job_duration_seconds_sum"][(kind,)] == pytest.approx(2, abs=0.01)


def test_metrics_name_nobody_and_nothing(client: Client, desk: Desk, user: User, estimate_id: str) -> None:
    jobs.submit_job(desk, user, estimate_id, JobType.ESTIMATE)

    text = client.get("/metrics").text

    assert "secret" not in text
    assert user.organisation not in text


def test_a_desk_whose_database_is_gone_is_down(client: Client, desk: Desk) -> None:
    shutil.rmtree(desk.settings.home)

    answer, figures = client.get("/healthz"), client.get("/metrics")

    assert answer.status_code == 503
    assert (answer.json()["status"], answer.json()["database"]) == ("down", "down")
    assert figures.status_code == 503
    assert "estimate_desk" not in figures.text


def test_metrics_tell_the_version_that_the_project_has(client: Client) -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]

    assert read(client)["estimate_desk_build_info"] == {(project["version"],): 1}


def test_a_fault_is_not_told_as_trouble(desk: Desk) -> None:
    def broken() -> None:
        raise ValueError("a fault")

    answer = Client(lambda: replace(desk, open_db=broken)).get("/healthz")  # type: ignore[arg-type]

    assert answer.status_code == 500
