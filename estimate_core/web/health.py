"""How the desk is, for monitors: /healthz in JSON, and /metrics in the text that Prometheus reads."""

from collections.abc import Callable, Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from estimate_core.desk import Desk
from estimate_core.services.health import DURATIONS, VERSION, Figures, Health, count_up, look_at_health
from estimate_core.services.troubles import trouble_of
from estimate_core.web.answers import PRIVATE

_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "estimate_desk"


def health_routes(desk_of: Callable[[], Desk]) -> list[Route]:
    """The routes; `desk_of` gives the desk when a request comes."""

    def healthz(request: Request) -> Response:
        try:
            return JSONResponse(_told(look_at_health(desk_of())), headers=PRIVATE)
        except Exception as error:
            trouble = trouble_of(error)
            if trouble is None:
                raise
            down = {"status": "down", "version": VERSION, "database": "down", "error": str(trouble)}
            return JSONResponse(down, 503, PRIVATE)

    def metrics(request: Request) -> Response:
        try:
            return Response(_written(desk_of()), headers=PRIVATE, media_type=_TEXT)
        except Exception as error:
            trouble = trouble_of(error)
            if trouble is None:
                raise
            # No figure is better than a wrong one: who scrapes notes that the desk was down.
            return Response(f"# {trouble}\n", 503, PRIVATE, _TEXT)

    return [Route("/healthz", healthz), Route("/metrics", metrics)]


def _written(desk: Desk) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(look_at_health(desk), count_up(desk), desk.now()))
    return generate_latest(registry)


def _told(health: Health) -> dict[str, object]:
    workers = health.workers
    return {
        # A desk without a worker still serves its pages, so that a monitor must not take it off the net.
        "status": "ok" if workers.alive else "degraded",
        "version": VERSION,
        "database": "ok",
        "worker_alive": workers.alive,
        "workers": workers.workers,
        "worker_last_seen": workers.last_seen.isoformat() if workers.last_seen else None,
        "queue_length": workers.queued,
        "oldest_wait_seconds": round(health.oldest_wait.total_seconds(), 1),
    }


class _Figures(Collector):
    """What was counted, once, in the form that the library writes."""

    def __init__(self, health: Health, figures: Figures, now: datetime) -> None:
        self._health, self._figures, self._now = health, figures, now

    def collect(self) -> Iterable[Metric]:
        """All metrics."""
        workers = self._health.workers
        yield InfoMetricFamily(f"{_PREFIX}_build", "What runs here.", {"version": VERSION})
        yield _gauge("workers", "Workers that are alive.", workers.workers)
        if workers.last_seen:
            age = max(0.0, (self._now - workers.last_seen).total_seconds())
            yield _gauge("worker_heartbeat_age_seconds", "Since the last sign of life of any worker.", age)
        yield _gauge("queue_length", "Jobs that wait.", workers.queued)
        yield _gauge(
            "oldest_wait_seconds", "How long the first of them has waited.", self._health.oldest_wait.total_seconds()
        )
        yield _gauge("output_bytes", "Bytes of the files of jobs that are kept.", self._figures.output_bytes)
        yield self._jobs()
        yield self._durations()

    def _jobs(self) -> Metric:
        # A gauge: a failed job that is tried again is no failed job any more.
        family = GaugeMetricFamily(f"{_PREFIX}_jobs", "Jobs by type and state.", labels=("type", "state"))
        for (kind, status), number in sorted(self._figures.jobs.items()):
            family.add_metric((kind.value, status.value), number)
        return family

    def _durations(self) -> Metric:
        family = HistogramMetricFamily(
            f"{_PREFIX}_job_duration_seconds", "How long completed jobs took.", labels=("type",)
        )
        for each in self._figures.durations:
            buckets = [(str(bound), float(number)) for bound, number in zip(DURATIONS, each.up_to, strict=True)]
            family.add_metric((each.type.value,), [*buckets, ("+Inf", float(each.count))], each.seconds)
        return family


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{_PREFIX}_{name}", told, value)
