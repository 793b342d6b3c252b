"""A schedule of rates as the desk knows it: items with their rate analysis, and what the reader noticed."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

from estimate_core.domain.errors import BadInput
from estimate_core.domain.finding import Finding

_Key = TypeVar("_Key", int, str)

OTHER_GROUP = "Other"
MASTER, GROUPS = "Master Datas", "Groups"
"""The sheets of a schedule that are known by name; case and runs of space do not matter."""


@dataclass(frozen=True)
class Component:
    """One row of a rate analysis as it reads in columns C..J; numbers as floats, text where a cell holds text."""

    row: int
    serial: str
    description: str
    quantity: float | str | None
    unit: str
    per: float | str | None
    per_unit: str
    rate: float | str | None
    amount: float | str | None


@dataclass(frozen=True)
class Item:
    """What a person can pick. `row` is its heading row in `Master Datas` and identifies it in its schedule.

    `rate` is in rupees per singular unit; None where the block gives no number, and then it cannot be picked.
    """

    row: int
    name: str
    code: str
    specification: str
    group: str
    unit: str
    prefix: str
    rate: Decimal | None
    components: tuple[Component, ...] = field(repr=False)


@dataclass(frozen=True)
class Schedule:
    """The items of one schedule workbook in its order, and the findings of the reader."""

    items: tuple[Item, ...]
    findings: tuple[Finding, ...]

    @cached_property
    def by_row(self) -> dict[int, list[Item]]:
        """The items by heading row. Made once, as the next two: thousands of lines pick from thousands of items."""
        return _sorted_by(self.items, lambda item: item.row)

    @cached_property
    def by_name(self) -> dict[str, list[Item]]:
        """The items by folded name."""
        return _sorted_by(self.items, lambda item: folded(item.name))

    @cached_property
    def by_code(self) -> dict[str, list[Item]]:
        """The items that have a code by it, folded."""
        return _sorted_by((item for item in self.items if item.code), lambda item: folded(item.code))

    def item_at(self, row: int) -> Item:
        """The item whose heading stands in `row`; BadInput where there is none."""
        if row not in self.by_row:
            raise BadInput(f"No item of the schedule has its heading in row {row}.")
        return self.by_row[row][0]


def _sorted_by(items: Iterable[Item], key: Callable[[Item], _Key]) -> dict[_Key, list[Item]]:
    found: dict[_Key, list[Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def find_item_around(schedule: Schedule, finding: Finding) -> Item | None:
    """The item in whose block a finding stands: the last that begins above it; None on other sheets."""
    if finding.row is None or folded(finding.sheet) != folded(MASTER):
        return None
    return max((item for item in schedule.items if item.row <= finding.row), key=lambda item: item.row, default=None)


def folded(text: str) -> str:
    """Text for comparison: inner runs of space folded, case ignored."""
    return " ".join(text.split()).casefold()


def find_items(schedule: Schedule, wanted: str) -> list[Item]:
    """The items that `wanted` may mean: `row:123`, else the same name, else the same code."""
    text = wanted.strip()
    at_row = re.fullmatch(r"row:\s*([0-9]{1,9})", text, re.IGNORECASE)
    if at_row:
        return schedule.by_row.get(int(at_row[1]), [])
    key = folded(text)
    return schedule.by_name.get(key) or schedule.by_code.get(key, [])


def search_items(items: Iterable[Item], words: str) -> list[Item]:
    """The items whose name, code or specification hold all words; those with all in the name first."""
    wanted = folded(words).split()
    ranked = [(_rank(item, wanted), item) for item in items]
    return [item for rank, item in sorted(ranked, key=lambda pair: pair[0]) if rank < _NO_HIT]


_NO_HIT = 2


def _rank(item: Item, wanted: list[str]) -> int:
    """0 where the name holds all words, 1 where name, code and specification do, else 2."""
    texts = (item.name, f"{item.name} {item.code} {item.specification}")
    return next((rank for rank, text in enumerate(texts) if _holds(text, wanted)), _NO_HIT)


def _holds(text: str, wanted: list[str]) -> bool:
    folded_text = folded(text)
    return all(word in folded_text for word in wanted)


def pick_item(schedule: Schedule, wanted: str) -> Item:
    """The one item with that name, code or `row:N`; BadInput where there is none, or more than one."""
    found = find_items(schedule, wanted)
    shown = wanted if len(wanted) <= 80 else wanted[:79] + "\u2026"
    if not found:
        raise BadInput(f"The schedule has no item \u201c{shown}\u201d. Give its name, its code or row:N.")
    if len(found) > 1:
        rows = ", ".join(f"row:{item.row}" for item in found)
        raise BadInput(f"\u201c{shown}\u201d stands for {len(found)} items of the schedule. Say which: {rows}.")
    if found[0].rate is None:
        raise BadInput(f"The item \u201c{found[0].name}\u201d (row {found[0].row}) has no rate, so it cannot be used.")
    return found[0]
