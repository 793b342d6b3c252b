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
from typing import Literal

LogStyle = Literal["plain", "json"]
_job: ContextVar[str] = ContextVar("job", default="")
_QUIET = ("huey", "fontTools")
"""Libraries that tell each job a second and third time, or each font."""


@contextmanager
def about_job(job_id: str) -> Iterator[None]:
    """Have all that is logged in the block, by whomever, carry the job's id."""
    token = _job.set(job_id)
    try:
        yield
    finally:
        _job.reset(token)


def set_up_logs(style: LogStyle, *names: str) -> None:
    """Log to standard error in that style, for the loggers of these names, or for all."""
    handler = logging.StreamHandler()
    handler.addFilter(_add_job)
    handler.setFormatter(_Json() if style == "json" else logging.Formatter(_PLAIN))
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
    vars(record).update(job=job, about=f" [job {job}]" if job else "")
    return True


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
        if job := getattr(record, "job", ""):
            told["job"] = job
        if record.exc_info:
            told["exception"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(told, ensure_ascii=False)
