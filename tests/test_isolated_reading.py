"""Work in a process of its own: what comes back from it, and how it ends when it does not come to an end."""

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from estimate_core.domain.errors import BadInput, DeskError, NotFound
from estimate_core.isolation import Fault, run_apart
from tests import apart

PATIENCE = 30.0
LONG = 300.0
"""More seconds than a test has patience for: what ends earlier was not ended by its time."""


class Watcher:
    """Remembers what it was told; `check` raises once the work is not wanted any more."""

    def __init__(self, is_wanted: Callable[[], bool] = lambda: True) -> None:
        self.told: list[tuple[int, str]] = []
        self._is_wanted = is_wanted

    def __call__(self, percent: int, words: str, /) -> None:
        self.told.append((percent, words))

    def check(self) -> None:
        if not self._is_wanted():
            raise Unwanted


class Unwanted(Exception):
    """The work is not wanted any more."""


pytestmark = pytest.mark.usefixtures("plain_main")


@pytest.fixture(autouse=True)
def no_process_is_left() -> object:
    yield
    assert multiprocessing.active_children() == []


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(happened: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < PATIENCE, "it did not happen"
        time.sleep(0.02)


def test_the_result_and_every_step_come_back_from_another_process() -> None:
    watch = Watcher()

    result = run_apart(partial(apart.counts, 50), watch, LONG)

    assert result["last"] == 49
    assert result["process"] != os.getpid()
    assert watch.told == [(number, f"{number} \u20b9...") for number in range(50)]


@pytest.mark.parametrize(("kind", "error"), [("NotFound", NotFound), ("NotASchedule", BadInput)])
def test_a_refusal_comes_back_with_its_sentence(kind: str, error: type[DeskError]) -> None:
    with pytest.raises(error, match=f"^This is {kind}.$"):
        run_apart(partial(apart.refuses, kind), Watcher(), LONG)


def test_a_fault_comes_back_with_its_traceback() -> None:
    with pytest.raises(Fault, match=r"in fails[\s\S]*KeyError: 'secret detail'"):
        run_apart(partial(apart.fails, KeyError), Watcher(), LONG)


@pytest.mark.parametrize("task", [apart.dies, partial(apart.fails, MemoryError)])
def test_a_process_that_is_lost_at_its_work_is_told_in_a_sentence(
    task: Callable[..., dict[str, object]], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(BadInput, match="more memory than there is. Delete the sheets"):
        run_apart(task, Watcher(), LONG)


def test_a_process_that_ends_before_it_began_is_not_the_files_fault() -> None:
    with pytest.raises(Fault, match="before it began"):
        run_apart(apart.Deadly(), Watcher(), LONG)


def test_a_process_over_its_time_is_ended_and_says_which_setting_helps(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="within 2 seconds.*raise ESTIMATE_READ_SECONDS"):
        run_apart(partial(apart.sleeps, tmp_path / "note"), Watcher(), 2)


def test_a_process_that_is_not_wanted_any_more_is_ended_though_it_says_nothing(tmp_path: Path) -> None:
    note = tmp_path / "note"
    watch = Watcher(is_wanted=lambda: not note.exists())

    with pytest.raises(Unwanted):
        run_apart(partial(apart.sleeps, note), watch, LONG)

    if os.name != "nt":
        assert not is_alive(int(note.read_text(encoding="utf-8")))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL to send")
def test_a_process_ends_when_its_worker_is_killed(tmp_path: Path) -> None:
    note, worker = tmp_path / "note", tmp_path / "worker.py"
    worker.write_text(
        "from functools import partial\nfrom pathlib import Path\n"
        "from estimate_core.isolation import run_apart\nfrom tests import apart\nfrom unittest.mock import Mock\n"
        f"if __name__ == '__main__':\n    run_apart(partial(apart.sleeps, Path({str(note)!r})), Mock(), {LONG})\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    parent = subprocess.Popen([sys.executable, str(worker)], env=environment)
    wait_until(note.exists)

    parent.kill()
    parent.wait()

    child = int(note.read_text(encoding="utf-8"))
    wait_until(lambda: not is_alive(child))
    assert not is_alive(child)
