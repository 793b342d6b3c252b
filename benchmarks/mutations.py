"""What damaged and hostile schedules come to: `python -m benchmarks.mutations`.

Files are made from a few small schedules by changes drawn with a seed: to bytes, XML, formulas and the structure of
the package. Each is read, its mould is cut, and its first usable item is poured, in processes of their own that are
ended when a file takes too long. A crash is any exception that was not made on purpose (`DeskError`). Everything but
`read` and `refused` is listed with its number, so that `--only N` makes the same file again.
"""

import argparse
import io
import json
import os
import random
import sys
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from time import monotonic
from typing import Any

from benchmarks.mutating import MUTATIONS, base_files, mutated
from estimate_core.domain.errors import DeskError
from estimate_core.domain.estimate import Estimate, Line, price
from estimate_core.workbook.output.mould import cut_mould
from estimate_core.workbook.output.pour import Order, pour
from estimate_core.workbook.reader import read_schedule

COUNT, SEED, SECONDS = 5000, 1, 10.0
OUTCOMES = ("read", "refused", "crashed", "over_time")
CREATED = datetime(2025, 4, 1, tzinfo=UTC)

_spawn = get_context("spawn")  # the same on Windows and Linux


@dataclass(frozen=True)
class Result:
    """What came of one file; `detail` is the refusal's sentence or the end of the traceback."""

    number: int
    kind: str
    outcome: str
    detail: str = ""


def main() -> None:
    """Feed the files that the arguments ask for, and print what came of them; exit 1 where any failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutations", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, metavar="N")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N")
    parser.add_argument("--seconds-each", type=float, default=SECONDS, metavar="S", help="a file may take this long")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--json", action="store_true", help="print an object instead of a table")
    parser.add_argument("--only", type=int, metavar="N", help="only the file with this number, with its traceback")
    parser.add_argument("--save", type=Path, metavar="FILE", help="with --only: keep the file")
    chosen = parser.parse_args()
    if min(chosen.count, chosen.processes, chosen.seconds_each) <= 0:
        parser.error("--count, --processes and --seconds-each take numbers above 0")
    if chosen.only is not None:
        print(one(chosen.seed, chosen.only, chosen.save))
        return
    results = feed(range(chosen.count), chosen.seed, chosen.seconds_each, chosen.processes)
    print(as_json(results, chosen.seed) if chosen.json else table(results, chosen.seed))
    sys.exit(any(result.outcome in ("crashed", "over_time") for result in results))


def one(seed: int, number: int, save: Path | None) -> str:
    """Make one file again, keep it if asked, and tell what comes of it."""
    kind, data = _made(base_files(), seed, number)
    if save is not None:
        save.write_bytes(data)
    result = tried(number, kind, data)
    return f"{number} ({kind}): {result.outcome}\n{result.detail}"


def _made(bases: Sequence[bytes], seed: int, number: int) -> tuple[str, bytes]:
    """The kind and bytes of a file; the same seed and number give the same file."""
    draw = random.Random(f"{seed}-{number}")
    kind = list(MUTATIONS)[number % len(MUTATIONS)]
    return kind, mutated(draw.choice(bases), kind, draw)


def tried(number: int, kind: str, data: bytes) -> Result:
    """Read a file, cut its mould and pour one line."""
    try:
        _use(data)
    except DeskError as refusal:
        return Result(number, kind, "refused", str(refusal))
    except Exception:
        return Result(number, kind, "crashed", traceback.format_exc(limit=-6))
    return Result(number, kind, "read")


def _use(data: bytes) -> None:
    book = read_schedule(io.BytesIO(data))
    schedule, mould = book.schedule, cut_mould(book)
    usable = next((item for item in schedule.items if item.rate is not None), None)
    if usable is None:
        return
    estimate = Estimate("Mutations", "repair", (Line("1", usable.row, Decimal(2)),))
    order = Order(price(estimate, schedule), estimate.name, estimate.work_type, True, "Mutations", CREATED)
    try:
        pour(mould, order, io.BytesIO(), lambda percent, words: None)
    except DeskError:
        return  # the schedule was read, and its item told why it cannot be poured


class _Worker:
    """A process that tries one file at a time."""

    def __init__(self, seed: int) -> None:
        self.end, theirs = _spawn.Pipe()
        self.process: Any = _spawn.Process(target=_work, args=(theirs, seed), daemon=True)
        self.process.start()
        theirs.close()
        self.number, self.until = -1, 0.0
        self.end.recv()  # its base files are made, which takes a while

    def begin(self, number: int, seconds: float) -> None:
        """Give it a file to try."""
        self.number, self.until = number, monotonic() + seconds
        self.end.send(number)

    def stop(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.join()
        self.end.close()


def _work(end: Connection, seed: int) -> None:
    bases = base_files()
    end.send(None)
    while True:
        try:
            number = end.recv()
        except EOFError:
            return
        kind, data = _made(bases, seed, number)
        end.send(tried(number, kind, data))


def feed(numbers: Sequence[int], seed: int, seconds: float, processes: int) -> list[Result]:
    """What came of each file, in order of number; a process that hangs or dies is replaced."""
    waiting = iter(numbers)
    workers = [_Worker(seed) for _ in range(min(processes, len(numbers)))]
    busy = [worker for worker in workers if _begin_next(worker, waiting, seconds)]
    results = []
    while busy:
        until = min(worker.until for worker in busy)
        ready = wait([worker.end for worker in busy], max(until - monotonic(), 0.0))
        for place, worker in enumerate(list(busy)):
            if worker.end in ready or monotonic() >= worker.until:
                result, busy[place] = _finish(worker, seed)
                results.append(result)
                if not _begin_next(busy[place], waiting, seconds):
                    busy[place].number = -1
        done = [worker for worker in busy if worker.number < 0]
        for worker in done:
            worker.stop()
        busy = [worker for worker in busy if worker not in done]
    return sorted(results, key=lambda result: result.number)


def _begin_next(worker: _Worker, waiting: Iterator[int], seconds: float) -> bool:
    number = next(waiting, None)
    if number is not None:
        worker.begin(number, seconds)
    return number is not None


def _finish(worker: _Worker, seed: int) -> tuple[Result, _Worker]:
    """What came of a worker's file, and the worker that goes on."""
    kind = list(MUTATIONS)[worker.number % len(MUTATIONS)]
    if not worker.end.poll():
        worker.stop()
        return Result(worker.number, kind, "over_time"), _Worker(seed)
    try:
        return worker.end.recv(), worker
    except EOFError:
        worker.stop()
        return Result(worker.number, kind, "crashed", f"its process ended: {worker.process.exitcode}"), _Worker(seed)


def counted(results: Sequence[Result]) -> dict[str, Counter[str]]:
    """How many came to what, by kind of change, and in all."""
    counts = {kind: Counter(result.outcome for result in results if result.kind == kind) for kind in MUTATIONS}
    return counts | {"all": Counter(result.outcome for result in results)}


def table(results: Sequence[Result], seed: int) -> str:
    """The figures for people, and what failed."""
    lines = [f"seed {seed}", f"{'change':<16}" + "".join(f"{outcome:>11}" for outcome in OUTCOMES)]
    for kind, counts in counted(results).items():
        lines.append(f"{kind:<16}" + "".join(f"{counts[outcome]:>11,}" for outcome in OUTCOMES))
    lines += [f"{r.number} ({r.kind}): {r.outcome}\n{r.detail}" for r in _failed(results)]
    return "\n".join(lines)


def as_json(results: Sequence[Result], seed: int) -> str:
    """The figures as an object, and what failed."""
    counts = {kind: {outcome: counts[outcome] for outcome in OUTCOMES} for kind, counts in counted(results).items()}
    return json.dumps({"seed": seed, "counts": counts, "failed": [asdict(r) for r in _failed(results)]}, indent=2)


def _failed(results: Sequence[Result]) -> list[Result]:
    return [result for result in results if result.outcome in ("crashed", "over_time")]


if __name__ == "__main__":
    main()
