"""Logs: a line a record, with the job that it is about."""

import json
import logging
from collections.abc import Iterator
from threading import Thread

import pytest

from estimate_core.logs import about_job, set_up_logs

NAME = "tests.logs"


@pytest.fixture(autouse=True)
def logger() -> Iterator[logging.Logger]:
    """A logger whose handlers are put back."""
    logger = logging.getLogger(NAME)
    kept = (logger.handlers, logger.level, logger.propagate)
    yield logger
    logger.handlers, logger.level, logger.propagate = kept


def test_json_is_one_object_a_line_with_the_job(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json", NAME)

    with about_job("job-1", "here/1"):
        logger.info("two\nlines of %s", "\u0c35\u0c48\u0c30\u0c3f\u0c02\u0c17\u0c4d")
    logger.warning("of no job")

    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["job"], first["worker"], first["level"]) == ("job-1", "here/1", "INFO")
    assert first["logger"] == NAME
    assert first["message"] == "two\nlines of \u0c35\u0c48\u0c30\u0c3f\u0c02\u0c17\u0c4d"
    assert first["time"].endswith("+00:00")
    assert (second["message"], "job" in second, "worker" in second) == ("of no job", False, False)


def test_a_traceback_stays_on_its_line(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json", NAME)

    try:
        raise ValueError("secret")
    except ValueError:
        logger.exception("went wrong", extra={"reference": "1a2b3c4d"})

    [line] = capsys.readouterr().err.splitlines()
    assert "ValueError: secret" in json.loads(line)["exception"]
    assert json.loads(line)["reference"] == "1a2b3c4d"


def test_nothing_that_is_logged_passes_for_a_plain_line_of_its_own(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs("plain", NAME)

    try:
        raise ValueError("a\n2026-01-01 ERROR root: forged")
    except ValueError:
        logger.exception("b\r\n2026-01-01 ERROR root: forged")

    record, *traceback = capsys.readouterr().err.splitlines()
    assert record.endswith(f"ERROR {NAME}: b\\n2026-01-01 ERROR root: forged")
    assert traceback[-1] == "    2026-01-01 ERROR root: forged"
    assert all(line.startswith("    ") for line in traceback)


def test_plain_lines_name_the_job_too(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("plain", NAME)

    with about_job("job-1"):
        logger.info("made")
    logger.info("idle")

    made, idle = capsys.readouterr().err.splitlines()
    assert made.endswith(f"INFO {NAME} [job job-1]: made")
    assert idle.endswith(f"INFO {NAME}: idle")


def test_each_thread_has_a_job_of_its_own(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json", NAME)

    with about_job("job-1"):
        other = Thread(target=lambda: logger.info("elsewhere"))
        other.start()
        other.join()

    assert "job" not in json.loads(capsys.readouterr().err)
