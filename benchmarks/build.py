"""How long a workbook takes, beside the time that deflating the same bytes takes: `python -m benchmarks.build`.

Both are timed by turns in one run, so that their ratio says something on any machine: the work beyond compression,
which no way of writing xlsx can leave out. The mould is in memory, as in a worker that made one workbook before.
`peak_mb` is the most memory of a fresh process that loads the stored mould, prices and pours to a file: resident
memory on Linux and macOS; elsewhere what Python itself allocated.
"""

import argparse
import gc
import io
import json
import statistics
import subprocess
import sys
import tempfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter
from typing import BinaryIO

from estimate_core.domain.estimate import Estimate, Line, price
from estimate_core.domain.schedule import Schedule
from estimate_core.workbook.output.mould import Mould, cut_mould
from estimate_core.workbook.output.pour import Order, pour
from estimate_core.workbook.reader import read_schedule
from estimate_core.workbook.stored import read_mould, read_stored_schedule, write_mould, write_schedule

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "data" / "samples"
COUNTS = (10, 50, 500, 5000)
REPEAT = 7
CREATED = datetime(2025, 4, 1, tzinfo=UTC)
LEVEL = 6


@dataclass(frozen=True)
class Timing:
    """One row of the table: medians over the repetitions, `ratio` the median of each repetition's own."""

    lines: int
    seconds: float
    floor_seconds: float
    ratio: float
    bytes: int
    peak_mb: float


def main() -> None:
    """Measure and print what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.build", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print a list of objects instead of a table")
    parser.add_argument("--lines", type=int, nargs="+", default=COUNTS, metavar="N")
    parser.add_argument("--repeat", type=int, default=REPEAT, metavar="N")
    parser.add_argument("--sample", choices=("electrical", "civil"), default="civil")
    parser.add_argument("--peak-of", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if min(*chosen.lines, chosen.repeat) < 1:
        parser.error("--lines and --repeat take numbers from 1")
    if chosen.peak_of:
        print(peak_of_one(chosen.peak_of, chosen.lines[0]))
        return
    timings = measure(SAMPLES / f"{chosen.sample}.xlsx", chosen.lines, chosen.repeat)
    print(json.dumps([asdict(timing) for timing in timings], indent=2) if chosen.json else table(timings))


def table(timings: list[Timing]) -> str:
    """The timings for people."""
    head = f"{'lines':>6} {'seconds':>9} {'floor_seconds':>13} {'ratio':>6} {'bytes':>10} {'peak_mb':>8}"
    rows = (
        f"{t.lines:>6} {t.seconds:>9.4f} {t.floor_seconds:>13.4f} {t.ratio:>6.2f} {t.bytes:>10} {t.peak_mb:>8.1f}"
        for t in timings
    )
    return "\n".join((head, *rows))


def measure(sample: Path, counts: Sequence[int], repeat: int) -> list[Timing]:
    """Timings for each count of lines of one schedule."""
    with sample.open("rb") as stream:
        book = read_schedule(stream)
    schedule, mould = book.schedule, cut_mould(book)
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "mould").open("wb") as stream:
            write_mould(mould, stream)
        with (Path(folder) / "schedule").open("wb") as stream:
            write_schedule(schedule, stream)
        return [_measured(schedule, mould, count, repeat, Path(folder)) for count in counts]


def _measured(schedule: Schedule, mould: Mould, count: int, repeat: int, folder: Path) -> Timing:
    lines = make_lines(schedule, count)
    built = build(schedule, mould, lines)
    contents = unpacked(built)
    pairs = [(timed(lambda: build(schedule, mould, lines)), timed(lambda: deflate(contents))) for _ in range(repeat)]
    return Timing(
        lines=count,
        seconds=statistics.median(whole for whole, _ in pairs),
        floor_seconds=statistics.median(floor for _, floor in pairs),
        ratio=statistics.median(whole / floor for whole, floor in pairs),
        bytes=len(built),
        peak_mb=_peak_in_fresh_process(folder, count),
    )


def make_lines(schedule: Schedule, count: int) -> tuple[Line, ...]:
    """That many lines: the schedule's items in order, again and again, with quantities of 0 to 3 decimals."""
    usable = cycle(item.row for item in schedule.items if item.rate is not None)
    return tuple(
        Line(str(number), row, Decimal(number * 7919 % 100_000).scaleb(-(number % 4)))
        for number, row in enumerate(islice(usable, count), 1)
    )


def build(schedule: Schedule, mould: Mould, lines: tuple[Line, ...]) -> bytes:
    """From lines to the bytes of the finished workbook."""
    stream = io.BytesIO()
    _pour(schedule, mould, lines, stream)
    return stream.getvalue()


def _pour(schedule: Schedule, mould: Mould, lines: tuple[Line, ...], stream: BinaryIO) -> None:
    estimate = Estimate("Benchmark", "original", lines)
    order = Order(price(estimate, schedule), estimate.name, estimate.work_type, True, "Sample", CREATED)
    pour(mould, order, stream, _no_progress)


def _no_progress(percent: int, words: str) -> None:
    """Nobody watches."""


def unpacked(workbook: bytes) -> list[bytes]:
    """The contents of each part of a workbook."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return [archive.read(entry) for entry in archive.infolist()]


def deflate(contents: list[bytes]) -> int:
    """Deflate each part as a zip file does, raw, and nothing else; gives the number of bytes."""
    size = 0
    for content in contents:
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -15)
        size += len(packer.compress(content)) + len(packer.flush())
    return size


def timed(work: Callable[[], object]) -> float:
    """Seconds that a piece of work takes."""
    gc.collect()
    start = perf_counter()
    work()
    return perf_counter() - start


def _peak_in_fresh_process(folder: Path, count: int) -> float:
    command = [sys.executable, "-m", "benchmarks.build", "--peak-of", str(folder), "--lines", str(count)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return float(result.stdout)


def peak_of_one(folder: Path, count: int) -> float:
    """Make one workbook from the stored mould in `folder` and give this process's peak memory in MB."""
    if _resident_peak() is None:
        tracemalloc.start()
    with (folder / "mould").open("rb") as stream:
        mould = read_mould(stream)
    with (folder / "schedule").open("rb") as stream:
        schedule = read_stored_schedule(stream)
    with tempfile.TemporaryFile() as stream:
        _pour(schedule, mould, make_lines(schedule, count), stream)
    peak = _resident_peak() or tracemalloc.get_traced_memory()[1]
    return round(peak / 1e6, 1)


def _resident_peak() -> int | None:
    """Bytes of memory that this process had at most, or None where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():  # not getrusage, which on Linux begins with the parent's peak
        line = next(text for text in status.read_text().splitlines() if text.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return None


if __name__ == "__main__":
    main()
