"""Charges: the rows below the item total, as data, and their amounts.

A profile is an ordered tuple of rows. Row kinds: `percent` of the sum of named earlier rows, `fixed` amount,
`sum` of named rows, `balance` to the typed grand total. Bases and percentages differ between departments
(labour cess: BOCW Welfare Cess Act 1996; NAC: A.P. G.O.Ms.No.27 of 29-06-2015; GST 18 % since 18-07-2022).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from estimate_core.domain.errors import BadInput
from estimate_core.domain.money import MAX_AMOUNT, PAISE, grouped, plain, round_half_up
from estimate_core.domain.text import one_line

ITEMS = "items"
"""The key of the item total, which every profile may name as a base."""
GRAND_TOTAL = "grand_total"
"""The key of the last row."""
_TOO_LARGE = MAX_AMOUNT * 1000
"""What rows may come to on their way: with a percentage of it, the digits that decimals are computed with suffice."""

Kind = Literal["percent", "fixed", "sum", "balance"]


@dataclass(frozen=True)
class Charge:
    """One row of a profile.

    `value` is the percentage of a `percent` row, the rupees of a `fixed` row, and the typed total of a `sum` row
    (None: nothing typed). `of` names the rows it is computed from; a row with `subtracts` counts negative in a sum.
    `places` are the decimals that a `percent` or `sum` row is rounded to (-1: to 10 rupees). `repair_only` rows are
    left out of original work.
    """

    key: str
    label: str
    kind: Kind
    of: tuple[str, ...] = ()
    value: Decimal | None = None
    subtracts: bool = False
    on: bool = True
    places: int = PAISE
    repair_only: bool = False

    @property
    def shown_label(self) -> str:
        """The label with `{p}` replaced by the percentage."""
        return self.label.replace("{p}", percent_text(self.value or Decimal(0)))

    @property
    def name(self) -> str:
        """What sentences call the row: its label without `Add`, `Deduct`, the percentage and the sign."""
        told = self.label.removeprefix("Add ").removeprefix("Deduct ").removesuffix(MINUS)
        return told.strip().removesuffix("@ {p} %").strip() or self.label


@dataclass(frozen=True)
class ChargeAmount:
    """A row that takes part, with its amount in rupees."""

    charge: Charge
    amount: Decimal


Profile = tuple[Charge, ...]

MINUS = "(-)"
"""Stands in the label of a row that is subtracted, since its amount is shown positive."""
_LUMP = "lump_"
_BELOW_SUB_TOTAL = ("sub_total", "gst")


def default_profile() -> Profile:
    """The default charge profile of the contract (deduction, ECV, T.P., LC, QC, NAC, GST, lump sums, total)."""
    return (
        Charge("deduction", "Deduct Old Material Cost (-)", "fixed", subtracts=True, on=False, repair_only=True),
        Charge("ecv", "ECV", "sum", (ITEMS, "deduction")),
        Charge("tp", "Add Excess T.P. @ {p} %", "percent", ("ecv",), on=False, places=0),
        Charge("lc", "Add LC @ {p} %", "percent", ("ecv",), Decimal("1"), places=0),
        Charge("qc", "Add QC @ {p} %", "percent", ("ecv",), Decimal("1"), places=0),
        Charge("nac", "Add NAC @ {p} %", "percent", ("ecv",), Decimal("0.1"), places=0),
        Charge("sub_total", "Sub Total", "sum", ("ecv", "tp", "lc", "qc", "nac")),
        Charge("gst", "Add GST @ {p} %", "percent", ("sub_total",), Decimal("18"), places=0),
        Charge("unforeseen", "L.S. Provision towards unforeseen items", "balance", _BELOW_SUB_TOTAL, on=False),
        Charge(GRAND_TOTAL, "Grand Total", "sum", (*_BELOW_SUB_TOTAL, "unforeseen")),
    )


def find_charge(profile: Profile, key: str) -> Charge | None:
    """The row with that key, or None."""
    return next((row for row in profile if row.key == key), None)


def with_value(profile: Profile, key: str, value: Decimal | None) -> Profile:
    """The profile with a percentage or amount typed into one row; None or 0 switches the row off."""
    if find_charge(profile, key) is None:
        raise BadInput("This charge is not in the estimate's profile.")
    return tuple(replace(row, value=value, on=bool(value)) if row.key == key else row for row in profile)


def with_grand_total(profile: Profile, total: Decimal | None) -> Profile:
    """The profile fitted to a typed grand total (the balance goes to unforeseen items), or freed of it."""
    fitted = total or None
    if fitted and not any(row.kind == "balance" for row in profile):
        raise BadInput("These charges have no row that takes up the balance to a typed grand total. Clear it.")
    return tuple(
        replace(row, value=fitted)
        if row.key == GRAND_TOTAL
        else replace(row, on=fitted is not None)
        if row.kind == "balance"
        else row
        for row in profile
    )


def lump_sums(profile: Profile) -> list[tuple[str, Decimal]]:
    """(name, rupees) of the lump-sum provisions, in order."""
    return [(lump_name(row), row.value or Decimal(0)) for row in profile if is_lump(row)]


def lump_name(row: Charge) -> str:
    """What a lump-sum provision is for: its label without the words that all of them begin with."""
    return row.label.removeprefix(LUMP_LABEL)


LUMP_LABEL = "L.S. Provision towards "
MAX_LUMP_SUMS = 50


def with_lump_sums(profile: Profile, provisions: Iterable[tuple[str, Decimal]]) -> Profile:
    """The profile with these lump-sum provisions, each `L.S. Provision towards <name>`.

    The n-th takes the place of the n-th before; further ones stand above the balance row, and what is left over goes.
    """
    typed = list(provisions)
    if len(typed) > MAX_LUMP_SUMS:
        raise BadInput(f"An estimate takes at most {MAX_LUMP_SUMS} lump-sum provisions.")
    standing = [row for row in profile if is_lump(row)]
    for row in standing[len(typed) :]:
        profile = without_row(profile, row.key)
    kept = {row.key: _retyped(row, *pair) for row, pair in zip(standing, typed, strict=False)}
    profile = tuple(kept.get(row.key, row) for row in profile)
    for name, amount in typed[len(standing) :]:
        key = free_key(profile, _LUMP)
        profile = with_row(profile, _retyped(Charge(key, "", "fixed"), name, amount))
    return profile


def is_lump(row: Charge) -> bool:
    """Whether the row is a lump-sum provision."""
    return row.key.startswith(_LUMP)


def _retyped(row: Charge, name: str, amount: Decimal) -> Charge:
    """A provision as typed; one that is typed anew takes part, and a label of its own stays while its name does."""
    cleaned = one_line(name) or "other works"
    label = row.label if row.label and lump_name(row) == cleaned else f"{LUMP_LABEL}{cleaned}"
    return replace(row, label=label, value=amount, on=row.on or amount != row.value)


def free_key(profile: Profile, beginning: str) -> str:
    """The first key `<beginning><n>` that no row has."""
    taken = {row.key for row in profile}
    return next(key for n in range(1, len(profile) + 2) if (key := f"{beginning}{n}") not in taken)


def with_row(profile: Profile, row: Charge) -> Profile:
    """The profile with a row more above the balance and the grand total, counted in both."""
    at = next((n for n, other in enumerate(profile) if other.kind == "balance"), len(profile) - 1)
    balances = tuple(other.key for other in profile if other.kind == "balance")

    def counted(other: Charge) -> Charge:
        if other.kind != "balance" and other.key != GRAND_TOTAL:
            return other
        kept = (*(key for key in other.of if key not in balances), row.key)
        return replace(other, of=(*kept, *(key for key in other.of if key in balances)))

    return tuple(counted(other) for other in (*profile[:at], row, *profile[at:]))


def without_row(profile: Profile, key: str) -> Profile:
    """The profile without a row; rows that named it lose it, or take over its base where it was a sum."""
    gone = find_charge(profile, key)
    heirs = gone.of if gone and gone.kind == "sum" else ()

    def parted(row: Charge) -> Charge:
        named = (heirs if name == key else (name,) for name in row.of)
        return replace(row, of=tuple(dict.fromkeys(name for names in named for name in names)))

    return tuple(parted(row) for row in profile if row.key != key)


def compute(profile: Profile, items_total: Decimal, repair: bool) -> list[ChargeAmount]:
    """The rows that take part and their amounts, rounded half up to each row's places.

    Raises BadInput where a balance would be negative (a typed grand total below the sum), telling by how much, and
    where rows come to more than any workbook holds. The profile is one that `charge_rules.checked` let pass.
    """
    taking_part = [row for row in profile if row.on and (repair or not row.repair_only)]
    amounts: dict[str, Decimal] = {ITEMS: items_total}
    signed = {row.key: -1 if row.subtracts else 1 for row in taking_part}
    typed_total = next((row.value for row in taking_part if row.key == GRAND_TOTAL), None)
    result = []
    for row in taking_part:
        base = sum((signed.get(key, 1) * amounts.get(key, Decimal(0)) for key in row.of), Decimal(0))
        if abs(base) >= _TOO_LARGE:
            raise BadInput(f"\u201c{row.name}\u201d is computed on more than a workbook can hold. Check the charges.")
        amounts[row.key] = _amount(row, base, typed_total)
        result.append(ChargeAmount(row, amounts[row.key]))
    return result


def _amount(row: Charge, base: Decimal, typed_total: Decimal | None) -> Decimal:
    if row.kind == "percent":
        return plain(round_half_up(base * (row.value or Decimal(0)) / 100, row.places))
    if row.kind == "balance":
        return _balance((typed_total or Decimal(0)) - base, typed_total)
    if row.kind == "sum" and row.value is None:
        return plain(round_half_up(base, row.places))
    return round_half_up(row.value or Decimal(0), PAISE)


def _balance(balance: Decimal, typed_total: Decimal | None) -> Decimal:
    if balance < 0:
        raise BadInput(
            f"The grand total {grouped(typed_total or Decimal(0))} is {grouped(-balance)} less than the items and "
            f"charges. Type at least {grouped((typed_total or Decimal(0)) - balance)}, or clear it to use the sum."
        )
    return round_half_up(balance, PAISE)


def amount_of(rows: Sequence[ChargeAmount], key: str) -> Decimal:
    """The amount of a row, 0 where it takes no part."""
    return next((row.amount for row in rows if row.charge.key == key), Decimal(0))


def percent_text(value: Decimal) -> str:
    """`0.1`, `18`: a percentage without trailing zeros."""
    return format(value.normalize(), "f") if value else "0"
