"""How long a schedule takes to read, beside what openpyxl takes to load the same file: `python -m benchmarks.read`.

Reading is all of it: the package looked through, the cells, every formula computed, items and findings. Both are
timed by turns in one run, each time in a process of its own, as uploads are read: nothing is kept from one reading to
the next. Told are seconds of the processor, without the imports of either, so that the ratio says something on any
machine, however busy. The schedules are made: blocks with components and formulas, a sheet of basic rates that they
read, and `Groups`; with stored values and without.
"""

import argparse
import io
import json
import multiprocessing
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from time import process_time
from typing import BinaryIO

import openpyxl
import xlsxwriter

from estimate_core.workbook.reader import read_schedule

ROWS = (2_000, 20_000)
REPEAT = 5
_BLOCK = 20
"""Rows of a block."""
_RATES = 100


@dataclass(frozen=True)
class Timing:
    """One row of the table: medians over the repetitions, `ratio` the median of each repetition's own."""

    rows: int
    stored_values: bool
    items: int
    findings: int
    seconds: float
    load_seconds: float
    ratio: float


def main() -> None:
    """Measure and print what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.read", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print a list of objects instead of a table")
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS, metavar="N")
    parser.add_argument("--repeat", type=int, default=REPEAT, metavar="N")
    chosen = parser.parse_args()
    if min(chosen.rows) < _BLOCK or chosen.repeat < 1:
        parser.error(f"--rows takes numbers from {_BLOCK}, --repeat from 1")
    timings = [measure(rows, stored, chosen.repeat) for rows in chosen.rows for stored in (True, False)]
    print(json.dumps([asdict(timing) for timing in timings], indent=2) if chosen.json else table(timings))


def table(timings: Sequence[Timing]) -> str:
    """The timings for people."""
    head = f"{'rows':>7} {'values':>7} {'items':>6} {'findings':>8} {'seconds':>8} {'load_seconds':>12} {'ratio':>6}"
    lines = (
        f"{t.rows:>7} {'stored' if t.stored_values else 'none':>7} {t.items:>6} {t.findings:>8} {t.seconds:>8.3f} "
        f"{t.load_seconds:>12.3f} {t.ratio:>6.2f}"
        for t in timings
    )
    return "\n".join((head, *lines))


def measure(rows: int, stored_values: bool, repeat: int) -> Timing:
    """Times of reading and of loading one made schedule."""
    data = made_schedule(rows, stored_values)
    schedule = read_schedule(io.BytesIO(data)).schedule
    pairs = [(_timed(read_schedule, data), _timed(_load, data)) for _ in range(repeat)]
    return Timing(
        rows=rows,
        stored_values=stored_values,
        items=len(schedule.items),
        findings=len(schedule.findings),
        seconds=statistics.median(read for read, _ in pairs),
        load_seconds=statistics.median(load for _, load in pairs),
        ratio=statistics.median(read / load for read, load in pairs),
    )


def _timed(work: Callable[[BinaryIO], object], data: bytes) -> float:
    """Seconds of the processor that some work takes on a workbook in a process that has only just begun."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_time, work, data).result()


def _time(work: Callable[[BinaryIO], object], data: bytes) -> float:
    start = process_time()
    work(io.BytesIO(data))
    return process_time() - start


def _load(stream: BinaryIO) -> object:
    return openpyxl.load_workbook(stream)


def made_schedule(rows: int, stored_values: bool) -> bytes:
    """A schedule with so many rows of `Master Datas` in blocks of 20, each item with a name of its own."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True})
    formats = (
        workbook.add_format({"bg_color": "#FFFF00", "font_color": "#FF0000", "bold": True}),
        workbook.add_format({"text_wrap": True, "valign": "top", "border": 1}),
        workbook.add_format({"num_format": "0.00", "border": 1}),
    )
    master, groups, rates = (workbook.add_worksheet(name) for name in ("Master Datas", "Groups", "Basic Rates"))
    groups.write_row(0, 0, ("Item Name", "Group", "Prefix", "Unit"))
    rates.write_column(0, 0, [f"Material {number}" for number in range(_RATES)])
    rates.write_column(0, 1, [100.0 + number for number in range(_RATES)])
    for number in range(rows // _BLOCK):
        _write_block(master, number, formats, stored_values)
        groups.write_row(number + 1, 0, (_name(number), f"Group {number % 7}", "Re-", "Nos"))
    workbook.close()
    return stream.getvalue()


def _name(number: int) -> str:
    return f"Work {number + 1} of class {number % 13}"


def _write_block(sheet: xlsxwriter.worksheet.Worksheet, number: int, formats: Sequence[object], stored: bool) -> None:
    """A heading, `Data n`, a specification, thirteen components, total, overheads and the rate."""
    heading, text, amount = formats
    top = number * _BLOCK
    sheet.write_row(top, 0, (number + 1, f"24-25 RSD {number + 1}"))
    sheet.write(top, 3, _name(number), heading)
    sheet.write(top + 1, 3, f"Data {number + 1}", text)
    sheet.write(top + 2, 3, f"Supplying and fixing of {_name(number)}, complete for finished item of work.", text)
    total = 0.0
    for place in range(13):
        row = top + 3 + place
        rate = 100.0 + (number + place) % _RATES
        total += 2 * rate
        sheet.write_row(row, 2, (place + 1, f"Material {place}", 2, "Nos", 1, "No"), text)
        _write_formula(sheet, row, 8, f"='Basic Rates'!B{1 + (number + place) % _RATES}", amount, stored, rate)
        _write_formula(sheet, row, 9, f"=E{row + 1}*I{row + 1}/G{row + 1}", amount, stored, 2 * rate)
    first, last = top + 4, top + 16
    for row, label, formula, value in (
        (last, "Total", f"=SUM(J{first}:J{last})", total),
        (last + 1, "Overheads @ 10 %", f"=J{last + 1}*10%", total * 0.1),
        (last + 2, "Rate for 1 No", f"=ROUND(SUM(J{last + 1}:J{last + 2}),2)", round(total * 1.1, 2)),
    ):
        sheet.write(row, 3, label, text)
        _write_formula(sheet, row, 9, formula, amount, stored, value)


def _write_formula(
    sheet: xlsxwriter.worksheet.Worksheet, row: int, col: int, formula: str, style: object, stored: bool, value: float
) -> None:
    sheet.write_formula(row, col, formula, style, value if stored else "")


if __name__ == "__main__":
    main()
