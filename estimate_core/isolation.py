"""Isolation: work on files that nobody vouches for, each in a process of its own.

A file may eat the memory, crash the interpreter or never come to an end; then the process is lost and the worker goes
on. What the process says is JSON, so that nothing in it can run here.
"""

import faulthandler
import json
import logging
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from os import _exit
from threading import Thread
from typing import Any

from estimate_core.desk import Task, Watch
from estimate_core.domain.errors import BadInput, DeskError, NotFound, NotNow

_log = logging.getLogger(__name__)

LOOK_EVERY = 0.25
"""Seconds between two looks whether the work is still wanted."""
_GRACE_SECONDS = 10
_LONGEST_MESSAGE = 1 << 20
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_REFUSALS = {kind.__name__: kind for kind in (BadInput, NotFound, NotNow)}
_TOO_LONG = (
    "The workbook could not be read within {seconds} seconds. Delete the sheets and rows that the schedule does not "
    "need, or split it; or ask whoever hosts Estimate Desk to raise ESTIMATE_READ_SECONDS."
)
_LOST = (
    "The program that reads the workbook broke off, most likely because the workbook needs more memory than there is. "
    "Delete the sheets, pictures and formatted rows that the schedule does not need, save it again in Excel and "
    "upload that."
)


class Fault(Exception):
    """An error in the other process that nobody foresaw; carries its traceback for the log."""


def run_apart(task: Task, watch: Watch, seconds: float) -> dict[str, object]:
    """Run a task in a new process, which is ended when it is unwanted, lost, or takes longer than `seconds`.

    The new process imports the main module of this one, which must do nothing on import.
    Raises what the task refused, BadInput for a process that was lost or too slow, and what `watch` raises.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(theirs, task, seconds), name="reader", daemon=True)
    try:
        process.start()
        theirs.close()
        return _result(_messages(ours, process, watch, time.monotonic() + seconds), watch, seconds)
    finally:
        ours.close()
        theirs.close()
        if process.pid is not None:
            process.kill()
            process.join()
        process.close()


def _result(messages: Iterator[dict[str, Any]], watch: Watch, seconds: float) -> dict[str, object]:
    has_begun = False
    for message in messages:
        has_begun = True
        if "result" in message:
            return dict(message["result"])
        if "refused" in message:
            kind, sentence = message["refused"]
            raise _REFUSALS.get(kind, BadInput)(sentence)
        if "fault" in message:
            raise Fault(message["fault"])
        if "too_long" in message:
            raise BadInput(_TOO_LONG.format(seconds=f"{seconds:g}"))
        if "percent" in message:
            watch(message["percent"], message["words"])
    if not has_begun:
        # It was not at the file yet, so the file has no part in it: trying again may help.
        raise Fault("The process ended before it began.")
    raise BadInput(_LOST)


def _messages(pipe: Connection, process: BaseProcess, watch: Watch, deadline: float) -> Iterator[dict[str, Any]]:
    """What the process says, until it says no more; `too_long` where it does so after the deadline."""
    look_at = 0.0
    while True:
        now = time.monotonic()
        if now >= deadline:
            yield {"too_long": True}
        if now >= look_at:
            watch.check()
            look_at = now + LOOK_EVERY
        try:
            if pipe.poll(min(LOOK_EVERY, deadline - now)):
                yield json.loads(pipe.recv_bytes(_LONGEST_MESSAGE))
        except (EOFError, OSError):
            process.join(_GRACE_SECONDS)
            _log.warning("a process that read a workbook broke off with code %s", process.exitcode)
            return


def _run(pipe: Connection, task: Task, seconds: float) -> None:
    """The life of the other process."""
    _end_with_parent(seconds)
    tell = _teller(pipe)
    tell(begun=True)
    try:
        tell(result=task(lambda percent, words: tell(percent=percent, words=words)))
    except DeskError as refusal:
        tell(refused=(type(refusal).__name__, str(refusal)))
    except MemoryError:
        tell(refused=("BadInput", _LOST))
    except Exception:
        tell(fault=traceback.format_exc()[-_LONGEST_MESSAGE // 8 :])


def _teller(pipe: Connection) -> Callable[..., None]:
    def tell(**message: object) -> None:
        try:
            pipe.send_bytes(json.dumps(message).encode())
        except OSError:
            # Nobody listens any more.
            _exit(1)

    return tell


def _end_with_parent(seconds: float) -> None:
    """End when the worker is gone; signals that end a group of processes are the worker's to answer."""
    for name in _SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    Thread(target=_exit_after_parent, name="parent", daemon=True).start()
    if sys.stderr:
        # No thread runs while a library computes without letting go of the interpreter; this one needs none.
        faulthandler.dump_traceback_later(seconds + _GRACE_SECONDS, exit=True)


def _exit_after_parent() -> None:
    parent = parent_process()
    if parent:
        parent.join()
        _exit(1)
