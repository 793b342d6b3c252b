"""An estimate: name of work, work type, lines in order, charge profile; and its price.

Every change is a pure function from one estimate to the next, so that any step can be undone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from estimate_core.domain import units
from estimate_core.domain.charge_rules import checked
from estimate_core.domain.charges import ChargeAmount, Profile, amount_of, compute, default_profile, with_grand_total
from estimate_core.domain.errors import BadInput
from estimate_core.domain.money import MAX_AMOUNT, PAISE, round_half_up
from estimate_core.domain.office import Cover
from estimate_core.domain.schedule import Item, Schedule
from estimate_core.domain.text import one_line

WorkType = Literal["original", "repair"]

MAX_NAME = 2_000
MAX_LINES = 5_000
UNNAMED = "Untitled work"
_TOO_LARGE = (
    "The estimate comes to 1,00,000 crore or more, which a workbook cannot hold to the paisa. Check the quantities."
)


@dataclass(frozen=True)
class Line:
    """An item of the schedule (by its heading row) in an estimate; `unit` is empty where the item's unit holds."""

    id: str
    row: int
    quantity: Decimal = Decimal(0)
    unit: str = ""


@dataclass(frozen=True)
class Estimate:
    """What a person makes: lines in order and the charges on them.

    `profile` is the id of the charge profile that its charges began with, empty for the standard one.
    A `grouped` estimate is printed by groups, in the order of their first lines, each with a subtotal.
    """

    name: str = ""
    work_type: WorkType = "original"
    lines: tuple[Line, ...] = ()
    charges: Profile = field(default_factory=default_profile)
    grouped: bool = False
    cover: Cover = Cover()
    profile: str = ""

    @property
    def is_repair(self) -> bool:
        """True in repair work, where prefixes stand before specifications."""
        return self.work_type == "repair"


@dataclass(frozen=True)
class PricedLine:
    """A line with its item: `rate` in rupees per `singular`, `amount` = quantity x rate rounded to paise."""

    line: Line
    item: Item
    description: str
    plural: str
    singular: str
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True)
class GroupTotal:
    """A group of a grouped estimate: how many lines in a row it has, and what they come to."""

    name: str
    lines: int
    amount: Decimal


@dataclass(frozen=True)
class Price:
    """What an estimate comes to, its lines in the order in which they are printed.

    `groups` are those of a grouped estimate, in order. `problem` is the sentence to show where the charges cannot be
    computed.
    """

    lines: tuple[PricedLine, ...]
    items_total: Decimal
    charges: tuple[ChargeAmount, ...]
    grand_total: Decimal
    problem: str = ""
    groups: tuple[GroupTotal, ...] = ()


def clean_name(text: str) -> str:
    """A name of work without control characters, runs of space folded; BadInput past 2,000 characters."""
    name = one_line(text)
    if len(name) > MAX_NAME:
        raise BadInput(f"The name of the work has {len(name):,} characters. Shorten it to {MAX_NAME:,} at most.")
    return name


def with_line(estimate: Estimate, line: Line) -> Estimate:
    """The estimate with one line more, at its end; BadInput past 5,000 lines."""
    if len(estimate.lines) >= MAX_LINES:
        raise BadInput(f"An estimate takes at most {MAX_LINES:,} lines. Make a second estimate for the rest.")
    return replace(estimate, lines=(*estimate.lines, line))


def with_changed_line(estimate: Estimate, line_id: str, change: Callable[[Line], Line]) -> Estimate:
    """The estimate with one line changed; an unknown id changes nothing, since another page may have removed it."""
    return replace(estimate, lines=tuple(change(x) if x.id == line_id else x for x in estimate.lines))


def clean_unit(text: str) -> str:
    """A unit as typed, printable and at most 20 characters."""
    unit = one_line(text)
    if len(unit) > units.MAX_LENGTH:
        raise BadInput(f"A unit has at most {units.MAX_LENGTH} characters, like Nos or Sqm.")
    return unit


def without_lines(estimate: Estimate, line_ids: Iterable[str]) -> Estimate:
    """The estimate without these lines."""
    gone = set(line_ids)
    return replace(estimate, lines=tuple(line for line in estimate.lines if line.id not in gone))


def with_moved_line(estimate: Estimate, line_id: str, by: int) -> Estimate:
    """The estimate with a line moved `by` places (negative: up), no further than the ends."""
    lines = list(estimate.lines)
    at = next((place for place, line in enumerate(lines) if line.id == line_id), None)
    if at is None:
        return estimate
    line = lines.pop(at)
    lines.insert(min(max(at + by, 0), len(lines)), line)
    return replace(estimate, lines=tuple(lines))


def with_line_moved_in_group(estimate: Estimate, schedule: Schedule, line_id: str, by: int) -> Estimate:
    """The estimate with a line moved `by` places among the lines of its group, as a grouped estimate is printed."""
    groups = {item.row: item.group for item in schedule.items}
    own = next((groups.get(line.row) for line in estimate.lines if line.id == line_id), None)
    fellows = tuple(line for line in estimate.lines if groups.get(line.row) == own)
    moved = iter(with_moved_line(replace(estimate, lines=fellows), line_id, by).lines)
    return replace(
        estimate, lines=tuple(next(moved) if groups.get(line.row) == own else line for line in estimate.lines)
    )


def price(estimate: Estimate, schedule: Schedule) -> Price:
    """Amounts, charges and totals of an estimate, exactly as its workbook will say them.

    Lines whose item is not in the schedule or has no rate raise BadInput. Where the charges cannot be computed, as
    where a typed grand total is too small, `problem` tells it, `charges` are those without it if that helps, and
    there is no grand total.
    """
    items = {item.row: item for item in schedule.items}
    lines = tuple(_priced(line, items.get(line.row), estimate.is_repair) for line in estimate.lines)
    groups: tuple[GroupTotal, ...] = ()
    if estimate.grouped:
        lines, groups = _by_groups(lines)
    total = sum((line.amount for line in lines), Decimal("0.00"))
    if total >= MAX_AMOUNT:
        return Price(lines, total, (), Decimal(0), _TOO_LARGE, groups)
    try:
        charges = _charged(estimate.charges, total, estimate.is_repair)
    except BadInput as refusal:
        untyped = _charged_without_total(estimate, total)
        return Price(lines, total, untyped, Decimal(0), str(refusal), groups)
    if max(abs(row.amount) for row in charges) >= MAX_AMOUNT:
        return Price(lines, total, (), Decimal(0), _TOO_LARGE, groups)
    return Price(lines, total, charges, amount_of(charges, "grand_total"), groups=groups)


def _charged(charges: Profile, total: Decimal, repair: bool) -> tuple[ChargeAmount, ...]:
    return tuple(compute(checked(charges), total, repair))


def _charged_without_total(estimate: Estimate, total: Decimal) -> tuple[ChargeAmount, ...]:
    """The charges up to their sum; none where it is not the typed grand total that cannot be."""
    try:
        return _charged(with_grand_total(estimate.charges, None), total, estimate.is_repair)
    except BadInput:
        return ()


def _by_groups(lines: tuple[PricedLine, ...]) -> tuple[tuple[PricedLine, ...], tuple[GroupTotal, ...]]:
    """The lines group by group, each in its order, and the groups' totals."""
    groups: dict[str, list[PricedLine]] = {}
    for line in lines:
        groups.setdefault(line.item.group, []).append(line)
    in_order = tuple(line for group in groups.values() for line in group)
    return in_order, tuple(
        GroupTotal(name, len(group), sum((line.amount for line in group), Decimal("0.00")))
        for name, group in groups.items()
    )


def _priced(line: Line, item: Item | None, repair: bool) -> PricedLine:
    if item is None or item.rate is None:
        raise BadInput(f"The schedule has no usable item in row {line.row}. Remove that line.")
    exact = line.quantity * item.rate
    if exact >= MAX_AMOUNT:  # asked before rounding, which fails past 28 digits
        raise BadInput(f"The amount of \u201c{item.name}\u201d is too large for a workbook. Check its quantity.")
    unit = line.unit or item.unit
    amount = round_half_up(exact, PAISE)
    return PricedLine(line, item, described(item, repair), units.plural(unit), units.singular(unit), item.rate, amount)


def described(item: Item, repair: bool) -> str:
    """The specification of an item, in repair work with its prefix before it; its name where it has none."""
    text = item.specification or item.name
    return f"{item.prefix} {text}" if repair and item.prefix else text
