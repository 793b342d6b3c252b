"""Pours random schedules and compares every value with what LibreOffice computes in the schedule.

A long run by hand: `python -m tests.workbook.random_schedules --count 5000`.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from openpyxl.utils import get_column_letter

from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import Estimate, Line, WorkType
from estimate_core.workbook.output.mould import cut_mould
from estimate_core.workbook.reader import Block, Book
from tests.office import recalculate_all
from tests.workbook.random_layout import Broken, Formula, RandomSchedule
from tests.workbook.random_references import random_schedule
from tests.workbook.raw_cells import Place, read_raw_cells
from tests.workbook.schedules import order_of, poured_order, read

BATCH = 130  # a start of LibreOffice takes as long as twenty workbooks
HEADING_SERIAL, SPECIFICATION, COLUMNS = (0, 1), (2, 4), 14


@dataclass
class Tally:
    """What a run compared, and where values differ."""

    schedules: int = 0
    picked: int = 0
    formulas: int = 0
    frozen: int = 0
    values: int = 0
    differences: list[str] = field(default_factory=list)


@dataclass
class Poured:
    """A random schedule as read, and the estimate that was poured from random items of it."""

    seed: int
    plan: RandomSchedule
    book: Book
    work_type: WorkType
    picked: list[int]
    result: bytes


def compare_schedules(seeds: Sequence[int]) -> Tally:
    """Pour the schedules of these seeds and compare them, with LibreOffice started once for all."""
    tally = Tally()
    made = [one for seed in seeds if (one := _poured(seed)) is not None]
    live = recalculate_all([data for one in made for data in (one.plan.file(mended=True), one.result)])
    for place, one in enumerate(made):
        _Comparison(one, live[2 * place], live[2 * place + 1], tally).run()
    return tally


def _poured(seed: int) -> Poured | None:
    """The estimate of some items of a random schedule, in random order; None where no estimate can hold them."""
    plan, rng = random_schedule(seed), random.Random(-seed)
    book = read(plan.file())
    usable = [item.row for item in book.schedule.items if item.rate is not None]
    if not usable:
        return None
    picked = rng.choices(usable, k=rng.randint(1, len(usable) + 1))
    work_type: WorkType = rng.choice(["original", "repair"])
    lines = tuple(Line(str(n), row, Decimal(rng.randint(1, 999)) / 8) for n, row in enumerate(picked))
    estimate = Estimate("Random work", work_type, lines)
    try:
        order = order_of(estimate, book.schedule)
    except BadInput:  # amounts that grew from block to block beyond what a workbook takes
        return None
    result = poured_order(cut_mould(book), order)
    return Poured(seed, plan, book, work_type, picked, result)


class _Comparison:
    """Compares one estimate with its schedule; both as LibreOffice computes them."""

    def __init__(self, poured: Poured, original: bytes, live: bytes, tally: Tally) -> None:
        self.poured, self.tally = poured, tally
        self.original, self.live = read_raw_cells(original).values, read_raw_cells(live).values
        self.result = read_raw_cells(poured.result)
        self.unusable = poured.book.contents.unusable
        self.prefixes = {item.row: item.prefix for item in poured.book.schedule.items}

    def run(self) -> None:
        self.tally.schedules += 1
        self.tally.picked += len(self.poured.picked)
        self._stored_values()
        blocks = {block.first: block for block in self.poured.book.blocks}
        links = [link for place, link in sorted(self.result.links.items()) if place[0] == "Estimate"]
        starts = [int(link.removeprefix("Output!A")) for link in links]
        for start, row in zip(starts, self.poured.picked, strict=True):
            self._block(blocks[row], start, is_line=True)
        for (sheet, row, col), code in self.result.values.items():
            if (sheet, col) == ("Output", 2) and row not in starts and str(code).startswith("X-"):
                self._block(blocks[int(str(code)[2:])], row, is_line=False)
        for name in self.result.sheets[2:]:
            self._sheet(name)

    def _stored_values(self) -> None:
        """Every value is what LibreOffice computes, and none is an error."""
        self.tally.formulas += len(self.result.formulas)
        for place, stored in self.result.values.items():
            self._same(place, stored, self.live.get(place))
        for place, value in self.live.items():
            if isinstance(value, str) and value.startswith("#"):
                self._differ(place, value, "no error")

    def _block(self, block: Block, start: int, *, is_line: bool) -> None:
        prefix = self.prefixes[block.first] if is_line and self.poured.work_type == "repair" else ""
        for offset in range(block.last - block.first + 1):
            for col in range(1, COLUMNS):
                source, target = (self.poured.plan.master, block.first + offset, col), ("Output", start + offset, col)
                if (offset, col) == HEADING_SERIAL and is_line:
                    continue
                expected = self.original.get(source)
                if (offset, col) == SPECIFICATION and prefix:
                    expected = f"{prefix} {expected:g}" if isinstance(expected, float) else f"{prefix} {expected}"
                self._cell(source, target, expected)

    def _sheet(self, name: str) -> None:
        """Sheets that come along stand as they are in the schedule, under a name of their own."""
        sheet = name.removesuffix(" (2)")
        last_row = max(row for where, row, _ in self.result.values if where == name)
        for place in self.poured.plan.cells:
            if place[0] == sheet and (sheet != self.poured.plan.master or place[1] <= last_row):
                self._cell(place, (name, *place[1:]), self.original.get(place))

    def _cell(self, source: Place, target: Place, expected: object) -> None:
        if source in self.unusable:
            expected = None
        self._same(target, self.live.get(target), expected)
        is_formula = isinstance(self.poured.plan.cells.get(source), Formula | Broken)
        if is_formula and target not in self.result.formulas and source not in self.unusable:
            self.tally.frozen += 1
            if target not in self.result.comments:
                self._differ(target, "a plain value", "a formula or a comment")

    def _same(self, place: Place, value: Any, expected: Any) -> None:
        self.tally.values += 1
        if isinstance(value, float) and isinstance(expected, float):
            same = abs(value - expected) <= 1e-6 + 1e-9 * abs(expected)
        else:
            same = (value or None) == (expected or None)
        if not same:
            self._differ(place, value, expected)

    def _differ(self, place: Place, value: object, expected: object) -> None:
        sheet, row, col = place
        cell, formula = f"{get_column_letter(col)}{row}", self.result.formulas.get(place)
        self.tally.differences.append(
            f"seed {self.poured.seed}, {sheet}!{cell} ={formula}: {value!r}, not {expected!r}"
        )


def _batches(first: int, count: int) -> Iterator[range]:
    for begin in range(first, first + count, BATCH):
        yield range(begin, min(begin + BATCH, first + count))


def main() -> None:
    """Compare as many schedules as asked for, and print what was compared."""
    parser = argparse.ArgumentParser(description="Compare random schedules with LibreOffice.")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--first", type=int, default=1, help="the seed of the first schedule")
    asked = parser.parse_args()
    total = Tally()
    for seeds in _batches(asked.first, asked.count):
        tally = compare_schedules(seeds)
        for difference in tally.differences[:20]:
            print(difference)
        for name in ("schedules", "picked", "formulas", "frozen", "values", "differences"):
            setattr(total, name, getattr(total, name) + getattr(tally, name))
        print(
            f"{total.schedules:,} schedules, {total.picked:,} items picked, {total.formulas:,} formulas "
            f"({total.frozen:,} cells frozen), {total.values:,} values, {len(total.differences):,} differences",
            flush=True,
        )


if __name__ == "__main__":
    main()
