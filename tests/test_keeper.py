"""The keeper: workers that die are started again, and none outlives it."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from estimate_core.keeper import REFUSED, Keeper

PATIENCE = 30.0


def wait_for(happened: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < PATIENCE, "it did not happen"
        time.sleep(0.02)


def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'starts')!r}, 'a').write('x'); raise SystemExit(1)"
    keeper = Keeper(1, (sys.executable, "-c", code))

    keeper.start()
    wait_for(lambda: (tmp_path / "starts").exists() and len((tmp_path / "starts").read_text()) >= 2)
    keeper.stop()

    starts = (tmp_path / "starts").read_text()
    assert starts == "xx"


def test_a_worker_is_ended_by_closing_its_input(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys\n"
        f"home = pathlib.Path({str(tmp_path)!r})\n"
        "(home / 'started').touch()\n"
        "sys.stdin.read()\n"
        "(home / 'ended').touch()\n"
    )
    keeper = Keeper(1, (sys.executable, "-c", code))
    keeper.start()
    wait_for((tmp_path / "started").exists)

    keeper.stop()

    assert (tmp_path / "ended").exists()


def test_as_many_workers_are_kept_as_are_asked_for(tmp_path: Path) -> None:
    code = f"import os, pathlib, sys\n(pathlib.Path({str(tmp_path)!r}) / str(os.getpid())).touch()\nsys.stdin.read()\n"
    keeper = Keeper(3, (sys.executable, "-c", code))
    keeper.start()

    wait_for(lambda: len(list(tmp_path.iterdir())) >= 3)
    keeper.stop()

    assert len(list(tmp_path.iterdir())) == 3


def test_a_worker_that_refuses_its_settings_is_told() -> None:
    keeper = Keeper(1, (sys.executable, "-c", f"raise SystemExit({REFUSED})"))
    keeper.start()

    wait_for(lambda: keeper.is_refused)
    keeper.stop()

    assert keeper.is_refused
