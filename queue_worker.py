"""Starts the worker that runs background jobs: `python queue_worker.py`. One at a time per home folder."""

import argparse
import logging
import os
import sys
from threading import Thread

from filelock import FileLock, Timeout

from estimate_core.domain.errors import BadInput
from estimate_core.wiring import Stop, run_worker, wire

ALREADY_RUNNING = 3
BAD_SETTING = 2


def main(arguments: list[str]) -> int:
    """Run jobs until stopped by a signal, Ctrl-C or the end of the parent; gives the exit code."""
    options = _options(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # One line per job is ours; Huey's own would tell each a second and third time.
    logging.getLogger("huey").setLevel(logging.WARNING)
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    try:
        wires = wire()
    except BadInput as refusal:
        print(refusal, file=sys.stderr)
        return BAD_SETTING
    stop = Stop()
    if options.with_parent:
        Thread(target=_stop_with_parent, args=(stop,), name="parent", daemon=True).start()
    home = wires.desk.settings.home
    try:
        with FileLock(home / "worker.lock", timeout=0):
            run_worker(wires, stop)
    except Timeout:
        print(
            f"A worker is already running for {home}. Stop it first, or leave it to its work.",
            file=sys.stderr,
        )
        return ALREADY_RUNNING
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="queue_worker.py", description="Runs Estimate Desk's background jobs.")
    parser.add_argument(
        "--with-parent",
        action="store_true",
        help="end when standard input is closed, as happens on every system when the parent dies",
    )
    return parser.parse_args(arguments)


def _stop_with_parent(stop: Stop) -> None:
    # os.read and not sys.stdin: a thread that waits in sys.stdin holds its lock while the interpreter ends.
    while os.read(0, 1):
        pass
    stop.ask()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
