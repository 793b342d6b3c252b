"""Logs: one line a record, plain or as JSON, each with the job that it is about.

The job is kept beside the running code, so that libraries which know nothing of jobs log it too.
"""

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from textwrap import indent
from typing import Any, Literal

LogStyle = Literal["plain", "json"]
_job: ContextVar[str] = ContextVar("job", default="")
_worker: ContextVar[str] = ContextVar("worker", default="")
_FIELDS = ("job", "worker", "reference")
"""What a record carries besides its message, where it is known; a reference is handed in as `extra`."""
_QUIET = ("huey", "fontTools")
"""Libraries that tell each job a second and third time, or each font."""


@contextmanager
def about_job(job_id: str, worker_id: str = "") -> Iterator[None]:
    """Have all that is logged in the block, by whomever, carry the ids of the job and of the worker."""
    job, worker = _job.set(job_id), _worker.set(worker_id)
    try:
        yield
    finally:
        _job.reset(job)
        _worker.reset(worker)


def set_up_logs(style: LogStyle, *names: str) -> None:
    """Log to standard error in that style, for the loggers of these names, or for all."""
    handler = logging.StreamHandler()
    handler.addFilter(_add_job)
    handler.setFormatter(_Json() if style == "json" else _Plain(_PLAIN))
    for name in names or ("",):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO)
        logger.propagate = False
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


_PLAIN = "%(asctime)s %(levelname)s %(name)s%(about)s: %(message)s"


def _add_job(record: logging.LogRecord) -> bool:
    job = _job.get()
    vars(record).update(job=job, worker=_worker.get(), about=f" [job {job}]" if job else "")
    return True


class _Plain(logging.Formatter):
    """A record as a line; a traceback follows further in, so that nothing in it passes for a record."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return "\\n".join(super().formatMessage(record).splitlines())

    def formatException(self, ei: Any) -> str:
        return indent("\n".join(super().formatException(ei).splitlines()), "    ", lambda line: True)


class _Json(logging.Formatter):
    """A record as one JSON object on a line."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        told |= {field: value for field in _FIELDS if (value := getattr(record, field, ""))}
        if record.exc_info:
            told["exception"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(told, ensure_ascii=False)
