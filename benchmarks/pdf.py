"""How long the PDF of an estimate takes beside the workbook of the same lines: `python -m benchmarks.pdf`.

Both are timed by turns in one run, so that their ratio says something on any machine. `first` is what the preview
waits for: the first page laid out, drawn and made a picture. The mould and the libraries are in memory.
"""

import argparse
import io
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.build import CREATED, REPEAT, SAMPLES, build, make_lines, timed
from estimate_core.domain.estimate import Estimate, Line, Price, price
from estimate_core.domain.office import Cover
from estimate_core.domain.progress import no_progress
from estimate_core.domain.schedule import Schedule
from estimate_core.paper.estimate_pdf import Paper, write_first_pages, write_pdf
from estimate_core.paper.picture import pictures
from estimate_core.workbook.output.mould import Mould, cut_mould
from estimate_core.workbook.reader import read_schedule

COUNTS = (50, 500, 5000)
PAPER = Paper("Benchmark", "Sample", CREATED, Cover(shown=False))


@dataclass(frozen=True)
class Timing:
    """One row of the table: medians over the repetitions, `ratio` (PDF by workbook) the median of each one's own."""

    lines: int
    pdf: float
    workbook: float
    ratio: float
    first: float
    bytes: int


def main() -> None:
    """Measure and print what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pdf", description=__doc__)
    parser.add_argument("--lines", type=int, nargs="+", default=COUNTS, metavar="N")
    parser.add_argument("--repeat", type=int, default=REPEAT, metavar="N")
    parser.add_argument("--sample", choices=("electrical", "civil"), default="civil")
    chosen = parser.parse_args()
    if min(*chosen.lines, chosen.repeat) < 1:
        parser.error("--lines and --repeat take numbers from 1")
    print(table(measure(SAMPLES / f"{chosen.sample}.xlsx", chosen.lines, chosen.repeat)))


def table(timings: list[Timing]) -> str:
    """The timings for people."""
    head = f"{'lines':>6} {'pdf':>9} {'workbook':>9} {'ratio':>6} {'first':>7} {'bytes':>10}"
    rows = (
        f"{t.lines:>6} {t.pdf:>9.4f} {t.workbook:>9.4f} {t.ratio:>6.2f} {t.first:>7.4f} {t.bytes:>10}" for t in timings
    )
    return "\n".join((head, *rows))


def measure(sample: Path, counts: Sequence[int], repeat: int) -> list[Timing]:
    """Timings for each count of lines of one schedule."""
    with sample.open("rb") as stream:
        book = read_schedule(stream)
    schedule, mould = book.schedule, cut_mould(book)
    return [_measured(schedule, mould, make_lines(schedule, count), repeat) for count in counts]


def _measured(schedule: Schedule, mould: Mould, lines: tuple[Line, ...], repeat: int) -> Timing:
    works: tuple[Callable[[], object], ...] = (
        lambda: _print(_price(schedule, lines)),
        lambda: build(schedule, mould, lines),
        lambda: _preview(_price(schedule, lines)),
    )
    size = len(_print(_price(schedule, lines)))
    turns = [tuple(timed(work) for work in works) for _ in range(repeat)]
    pdf, workbook, first = (statistics.median(seconds) for seconds in zip(*turns, strict=True))
    ratio = statistics.median(turn[0] / turn[1] for turn in turns)
    return Timing(len(lines), pdf, workbook, ratio, first, size)


def _price(schedule: Schedule, lines: tuple[Line, ...]) -> Price:
    return price(Estimate(PAPER.name, "original", lines), schedule)


def _print(priced: Price) -> bytes:
    stream = io.BytesIO()
    write_pdf(priced, PAPER, stream, no_progress)
    return stream.getvalue()


def _preview(priced: Price) -> list[bytes]:
    stream = io.BytesIO()
    write_first_pages(priced, PAPER, stream)
    return pictures(stream.getvalue())


if __name__ == "__main__":
    main()
