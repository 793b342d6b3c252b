"""Two editions of a schedule side by side: items that are new, gone or renamed, and how the rates changed."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Literal

from estimate_core.domain import units
from estimate_core.domain.likeness import NOT_UNLIKE, Name, contradict, likeness, search
from estimate_core.domain.schedule import Item, Schedule, folded

How = Literal["name", "code", "likeness"]
"""By what an item was found again; by the last two it is renamed."""

UNCHANGED = "no change"
BANDS = (
    "below \u221220 %",
    "\u221220 to \u221210 %",
    "\u221210 to \u22125 %",
    "\u22125 to 0 %",
    UNCHANGED,
    "0 to 5 %",
    "5 to 10 %",
    "10 to 20 %",
    "above 20 %",
)
"""Bands of percent change, lowest first; an edge belongs to the band nearer to zero."""

_STEPS = (5, 10, 20)
_NO_CHANGE = BANDS.index(UNCHANGED)
_SAME_UNIT = 5.0
"""What the same unit is worth when several names are about as like."""


@dataclass(frozen=True)
class Pair:
    """An item in both editions; `similarity` of the names is 0 to 100."""

    old: Item
    new: Item
    how: How
    similarity: float

    @property
    def renamed(self) -> bool:
        """Whether the name is another one than before."""
        return self.how != "name"

    @property
    def amount(self) -> Decimal | None:
        """Rupees by which the rate rose, negative where it fell; None where the rates cannot be compared."""
        if self.reason or self.old.rate is None or self.new.rate is None:
            return None
        return self.new.rate - self.old.rate

    @property
    def percent(self) -> Decimal | None:
        """The change in percent of the old rate, unrounded; None where the rates cannot be compared."""
        return None if self.amount is None or not self.old.rate else self.amount / self.old.rate * 100

    @cached_property
    def reason(self) -> str:
        """Why the rates cannot be compared, in words; empty where they can."""
        old, new = self.old.rate, self.new.rate
        if old is None or new is None:
            return "no rate in either edition" if old is new else "no rate before" if old is None else "no rate now"
        if _unit(self.old) != _unit(self.new):
            return f"unit changed from {self.old.unit} to {self.new.unit}"
        if old <= 0 or new <= 0:
            return "rate zero or less before" if old <= 0 else "rate zero or less now"
        return ""

    @property
    def remark(self) -> str:
        """What is to be said beside the rates: the old name, why the rates cannot be compared."""
        was = f"renamed from \u201c{self.old.name}\u201d" if self.renamed else ""
        return "; ".join(said for said in (was, self.reason) if said)


@dataclass(frozen=True)
class Comparison:
    """What became of the items of a schedule. `pairs` begin with the greatest change of rate, in percent.

    After the changes come the pairs whose rates cannot be compared, then those without a change. `not_sought` counts
    gone items that were not sought among the new names, because there are too many of both.
    """

    pairs: tuple[Pair, ...]
    new: tuple[Item, ...]
    gone: tuple[Item, ...]
    not_sought: int = 0

    @property
    def changed(self) -> tuple[Pair, ...]:
        """The pairs with another rate than before, the greatest change in percent first."""
        return tuple(pair for pair in self.pairs if pair.amount)

    @property
    def not_comparable(self) -> tuple[Pair, ...]:
        """The pairs whose rates cannot be compared; each has its reason."""
        return tuple(pair for pair in self.pairs if pair.reason)

    @property
    def renamed(self) -> tuple[Pair, ...]:
        """The pairs that were found by code or by a like name."""
        return tuple(pair for pair in self.pairs if pair.renamed)

    @property
    def unchanged(self) -> int:
        """How many pairs have the rate that they had, whatever their names."""
        return sum(pair.amount == 0 for pair in self.pairs)

    def counts(self) -> tuple[tuple[str, int], ...]:
        """(words, number) of each thing that was found, in the order to be told."""
        told = (
            ("Rates changed", len(self.changed)),
            ("Rates unchanged", self.unchanged),
            ("Rates that cannot be compared", len(self.not_comparable)),
            ("Renamed items", len(self.renamed)),
            ("New items", len(self.new)),
            ("Gone items", len(self.gone)),
        )
        not_sought = ("Gone items that were too many to be sought under other names", self.not_sought)
        return (*told, not_sought) if self.not_sought else told

    def distribution(self) -> tuple[tuple[str, int], ...]:
        """(band, pairs in it) for each of `BANDS`; pairs whose rates cannot be compared are in none."""
        counts = Counter(_band(pair.percent) for pair in self.pairs if pair.percent is not None)
        return tuple((band, counts[place]) for place, band in enumerate(BANDS))


def compare(old: Schedule, new: Schedule) -> Comparison:
    """Match the items of two editions one to one: by name, then by code, then by likeness of the names."""
    matching = _Matching(old.items, new.items)
    matching.by_name()
    matching.by_code()
    matching.by_likeness()
    return Comparison(
        pairs=tuple(sorted(matching.pairs, key=_order)),
        new=tuple(new.items[place] for place in matching.new_left),
        gone=tuple(old.items[place] for place in matching.old_left),
        not_sought=matching.not_sought,
    )


def _unit(item: Item) -> str:
    return folded(units.plural(item.unit))


def _order(pair: Pair) -> tuple[int, Decimal, int]:
    percent = pair.percent
    if percent is None:
        return 1, Decimal(0), pair.new.row
    return (0 if percent else 2), -abs(percent), pair.new.row


def _band(percent: Decimal) -> int:
    size = sum(abs(percent) > step for step in _STEPS) + 1
    return _NO_CHANGE + (size if percent > 0 else -size if percent < 0 else 0)


@dataclass
class _Matching:
    """The places of items that have no partner yet, in the order of their schedules, and the pairs found so far."""

    old: Sequence[Item]
    new: Sequence[Item]
    pairs: list[Pair] = field(default_factory=list)
    not_sought: int = 0

    def __post_init__(self) -> None:
        self.old_left, self.new_left = dict.fromkeys(range(len(self.old))), dict.fromkeys(range(len(self.new)))
        self.old_names = [Name(item.name) for item in self.old]
        self.new_names = [Name(item.name) for item in self.new]

    def by_name(self) -> None:
        """The same name; among several of one name the same code goes first, then their order."""
        old, new = _places(self.old, self.old_left, _folded_name), _places(self.new, self.new_left, _folded_name)
        for name in old.keys() & new.keys():
            for place, other in _told_apart(self.old, self.new, old[name], new[name]):
                self._pair(place, other, "name", 100.0)

    def by_code(self) -> None:
        """A code that is left once on each side, where the names neither contradict nor are wholly unlike."""
        old, new = _places(self.old, self.old_left, _folded_code), _places(self.new, self.new_left, _folded_code)
        for code in old.keys() & new.keys():
            if len(old[code]) == len(new[code]) == 1:
                place, other = old[code][0], new[code][0]
                was, now = self.old_names[place], self.new_names[other]
                if (alike := likeness(was, now)) >= NOT_UNLIKE and not contradict(was, now):
                    self._pair(place, other, "code", alike)

    def by_likeness(self) -> None:
        """Like names, the likest first; the same unit goes before a little more likeness."""
        old, new = list(self.old_left), list(self.new_left)
        result = search([self.old_names[place] for place in old], [self.new_names[place] for place in new])
        self.not_sought = result.left_out
        found = [(alike, old[place], new[other]) for alike, place, other in result.found]
        for alike, place, other in sorted(found, key=self._worth):
            if place in self.old_left and other in self.new_left:
                self._pair(place, other, "likeness", alike)

    def _worth(self, found: tuple[float, int, int]) -> tuple[float, int, int]:
        alike, place, other = found
        same_unit = _unit(self.old[place]) == _unit(self.new[other])
        return -alike - (_SAME_UNIT if same_unit else 0), place, other

    def _pair(self, place: int, other: int, how: How, similarity: float) -> None:
        self.pairs.append(Pair(self.old[place], self.new[other], how, similarity))
        del self.old_left[place], self.new_left[other]


def _folded_name(item: Item) -> str:
    return folded(item.name)


def _folded_code(item: Item) -> str:
    return folded(item.code)


def _places(items: Sequence[Item], left: Iterable[int], key: Callable[[Item], str]) -> dict[str, list[int]]:
    """The places of the items that are left by name or code; an empty one says nothing."""
    places: dict[str, list[int]] = {}
    for place in left:
        if found := key(items[place]):
            places.setdefault(found, []).append(place)
    return places


def _told_apart(
    old: Sequence[Item], new: Sequence[Item], old_places: list[int], new_places: list[int]
) -> Iterator[tuple[int, int]]:
    """Partners among items of one name: by code where both have it, the others in their order."""
    waiting = dict.fromkeys(new_places)
    by_code = _places(new, reversed(new_places), _folded_code)
    rest = []
    for place in old_places:
        if others := by_code.get(_folded_code(old[place])):
            other = others.pop()
            del waiting[other]
            yield place, other
        else:
            rest.append(place)
    yield from zip(rest, waiting, strict=False)
