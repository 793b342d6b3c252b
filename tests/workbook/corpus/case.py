"""What a schedule of the corpus is: how it is made, and what reading it must give, nothing more and nothing less."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from estimate_core.domain.finding import Severity
from tests.workbook.packages import with_part
from tests.workbook.schedules import Cells, block, small_schedule

MASTER, GROUPS = "Master Datas", "Groups"

Told = tuple[Severity, str, str, str]
"""(severity, kind, sheet, cell) of a finding; `cell` is empty, or `row 12`, where it names none."""


@dataclass(frozen=True)
class Expected:
    """An item as reading must give it; `rate` in rupees, None where it cannot be picked.

    `specification` is compared where it is given.
    """

    row: int
    name: str
    rate: str | None = "220"
    group: str = "Works"
    unit: str = "Nos"
    prefix: str = "Re-"
    specification: str | None = None


@dataclass(frozen=True)
class Case:
    """A schedule, the items and findings that it must give, or the sentence (a part of it) of its refusal.

    `steady` is False where another program cannot compute the schedule: links into other workbooks, circles.
    """

    make: Callable[[], bytes]
    items: tuple[Expected, ...]
    told: frozenset[Told]
    refused: str
    steady: bool

    @cached_property
    def data(self) -> bytes:
        """The workbook."""
        return self.make()


CASES: dict[str, Case] = {}


def schedule(
    *items: Expected, told: Sequence[Told] = (), refused: str = "", steady: bool = True
) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Puts the function that makes a schedule into the corpus, under its own name."""

    def keep(make: Callable[[], bytes]) -> Callable[[], bytes]:
        assert make.__name__ not in CASES
        CASES[make.__name__] = Case(make, items, frozenset(told), refused, steady)
        return make

    return keep


def error(kind: str, cell: str, sheet: str = MASTER) -> Told:
    """An error that must be told."""
    return ("error", kind, sheet, cell)


def warning(kind: str, cell: str, sheet: str = MASTER) -> Told:
    """A warning that must be told."""
    return ("warning", kind, sheet, cell)


def note(kind: str, cell: str, sheet: str = MASTER) -> Told:
    """A note that must be told."""
    return ("note", kind, sheet, cell)


def one(cells: Cells | None = None, **more: object) -> bytes:
    """A schedule of the block `Wall` from row 5, with these cells changed."""
    changed = dict(block(5, "Wall")) | dict(cells or {}) | more
    return small_schedule(changed, ["D5"])


def several(count: int, change: Callable[[int, int], Cells]) -> bytes:
    """A schedule of so many like blocks ten rows apart; `change(number, first row)` gives the cells that differ."""
    cells: dict[str, object] = {}
    for number in range(count):
        row = 5 + 10 * number
        cells |= block(row, f"Wall {number}") | dict(change(number, row))
    return small_schedule(cells, [f"D{5 + 10 * number}" for number in range(count)])


def walls(count: int, **rates: str | None) -> tuple[Expected, ...]:
    """The items of `several`; `w3="230"` gives the rate of number 3."""
    return tuple(Expected(5 + 10 * n, f"Wall {n}", rates.get(f"w{n}", "220")) for n in range(count))


def with_stored(data: bytes, values: Mapping[str, float | str], sheet: int = 1) -> bytes:
    """The package with values stored beside formulas; a text is stored as the text that the formula gave."""

    def change(xml: bytes) -> bytes:
        for cell, value in values.items():
            kind = b' t="str"' if isinstance(value, str) else b""
            pattern = rb'<c r="%s"([^>]*?)( t="[a-z]+")?>(<f.*?)<v ?/>' % cell.encode()
            new = rb'<c r="%s"\1%s>\3<v>%s</v>' % (cell.encode(), kind, str(value).encode())
            xml, count = re.subn(pattern, new, xml, count=1)
            assert count == 1, f"no formula without a value in {cell}"
        return xml

    return with_part(data, f"xl/worksheets/sheet{sheet}.xml", change)
