"""Runs background jobs: `python queue_worker.py` keeps as many workers alive as ESTIMATE_WORKERS says.

It may be started several times; no job is taken by two workers.
"""

import argparse
import os
import sys
import time
from threading import Thread

from estimate_core.desk import prepare_home
from estimate_core.domain.errors import BadInput
from estimate_core.keeper import REFUSED, Keeper, Stop
from estimate_core.logs import set_up_logs
from estimate_core.settings import Settings

_LOOK_EVERY = 0.1


def main(arguments: list[str]) -> int:
    """Run jobs until stopped by a signal, Ctrl-C or the end of the parent; gives the exit code."""
    options = _options(arguments)
    try:
        settings = Settings.from_environment(os.environ)
        set_up_logs(settings.log)
        prepare_home(settings)
        return _work() if options.with_parent else _keep(settings.workers)
    except BadInput as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED


def _keep(workers: int) -> int:
    stop, keeper = Stop(), Keeper(workers)
    stop.on_signals()
    keeper.start()
    while not stop.asked and not keeper.is_refused:
        time.sleep(_LOOK_EVERY)
    keeper.stop()
    return REFUSED if keeper.is_refused else 0


def _work() -> int:
    # Here and not above: who only keeps workers needs nothing of what they work with.
    from estimate_core.wiring import wire
    from estimate_core.worker import run_worker

    stop = Stop()
    Thread(target=_stop_with_parent, args=(stop,), name="parent", daemon=True).start()
    run_worker(wire(), stop)
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="queue_worker.py", description="Runs Estimate Desk's background jobs.")
    parser.add_argument(
        "--with-parent",
        action="store_true",
        help="be one worker, and end when standard input is closed, as happens when the parent dies",
    )
    return parser.parse_args(arguments)


def _stop_with_parent(stop: Stop) -> None:
    # os.read and not sys.stdin: a thread that waits in sys.stdin holds its lock while the interpreter ends.
    while os.read(0, 1):
        pass
    stop.ask()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
