"""Charge profiles: those that come with the program, and every change that a person can make to one.

Each change gives a new profile that can be computed, or raises BadInput with a sentence and changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from estimate_core.domain.charge_rules import ROUNDINGS, checked
from estimate_core.domain.charges import (
    GRAND_TOTAL,
    ITEMS,
    LUMP_LABEL,
    MINUS,
    Charge,
    Profile,
    default_profile,
    find_charge,
    free_key,
    lump_sums,
    with_grand_total,
    with_lump_sums,
    with_row,
    with_value,
    without_row,
)
from estimate_core.domain.errors import BadInput
from estimate_core.domain.money import read_amount, read_percent
from estimate_core.domain.text import one_line

MAX_PROFILE_NAME = 80
STANDARD = "Standard"
_ADDED = "charge_"
_GONE = "This charge is no longer in the estimate. Look at the charges again."


@dataclass(frozen=True)
class NamedProfile:
    """A profile that can be chosen; `shipped` ones come with the program and stay as they are."""

    id: str
    name: str
    rows: Profile
    shipped: bool = False


def _gst_and_qc_on_items() -> Profile:
    below = ("ecv", "qc", "gst")
    deduction = find_charge(default_profile(), "deduction")
    assert deduction is not None
    return (
        deduction,
        Charge("ecv", "ECV", "sum", (ITEMS, "deduction")),
        Charge("qc", "Add QC @ {p} %", "percent", (ITEMS,), Decimal("0.5"), places=0),
        Charge("gst", "Add GST @ {p} %", "percent", (ITEMS,), Decimal(18), places=0),
        *_closing(below),
    )


def _contingency() -> Profile:
    row = Charge("contingency", "Add Contingencies @ {p} %", "percent", (ITEMS,), Decimal(3), places=0)
    return row, *_closing((ITEMS, row.key))


def _closing(below: tuple[str, ...]) -> Profile:
    """The balance and the grand total of those rows."""
    balance = Charge("unforeseen", f"{LUMP_LABEL}unforeseen items", "balance", below, on=False)
    return balance, Charge(GRAND_TOTAL, "Grand Total", "sum", (*below, balance.key))


SHIPPED = (
    NamedProfile("standard", STANDARD, default_profile(), shipped=True),
    NamedProfile("gst-qc-items", "GST and QC on items", _gst_and_qc_on_items(), shipped=True),
    NamedProfile("contingency", "Contingency 3 %", _contingency(), shipped=True),
)


def clean_profile_name(text: str) -> str:
    """The name of an own profile: one line, 1 to 80 characters, none of a shipped one's; else BadInput."""
    name = one_line(text)
    if not name:
        raise BadInput("The profile has no name. Type one.")
    if len(name) > MAX_PROFILE_NAME:
        raise BadInput(f"The name of a profile has at most {MAX_PROFILE_NAME} characters. Shorten it.")
    if any(name.casefold() == shipped.name.casefold() for shipped in SHIPPED):
        raise BadInput(f"\u201c{name}\u201d comes with the program and stays as it is. Type another name.")
    return name


def applied(charges: Profile, profile: Profile) -> Profile:
    """The profile in the place of an estimate's charges, with what was typed for that work alone.

    Fixed amounts and percentages that the profile leaves open stay where the row is in both, lump sums stay always,
    the grand total where the profile has a row for the balance.
    """
    typed = {(row.key, row.label): row for row in charges}
    for row in profile:
        before = typed.get((row.key, row.label))
        if before and before.kind == row.kind and (row.kind == "fixed" or (row.kind == "percent" and not row.value)):
            profile = _changed(profile, row.key, value=before.value, on=before.on)
    provisions = lump_sums(charges)
    profile = with_lump_sums(profile, provisions) if provisions else profile
    total = find_charge(charges, GRAND_TOTAL)
    fits = any(row.kind == "balance" for row in profile)
    return checked(with_grand_total(profile, total.value if total and fits else None))


def to_keep(charges: Profile) -> Profile:
    """An estimate's charges as a profile for others: without its typed grand total and its deductions."""
    free = with_grand_total(charges, None)
    own = [row.key for row in free if row.kind == "fixed" and row.subtracts]
    for key in own:
        free = with_value(free, key, None)
    return checked(free)


def with_switch(profile: Profile, key: str, on: bool) -> Profile:
    """A row switched on or off; a percentage or amount is typed before its row can be switched on."""
    row = _row(profile, key)
    if on and row.kind in ("percent", "fixed") and not row.value:
        what = "percentage" if row.kind == "percent" else "rupees"
        raise BadInput(f"Type the {what} of \u201c{row.name}\u201d; that switches it on.")
    return checked(_changed(profile, key, on=on))


def with_typed_value(profile: Profile, key: str, text: object) -> Profile:
    """The percentage or rupees of a row as typed, or the grand total; nothing or 0 leaves the row out."""
    row = _row(profile, key)
    if row.kind == "percent":
        return checked(with_value(profile, key, read_percent(text, row.name)))
    if row.kind == "fixed":
        return checked(with_value(profile, key, read_amount(text, row.name)))
    if key == GRAND_TOTAL:
        return checked(with_grand_total(profile, read_amount(text, "grand total")))
    raise BadInput(f"\u201c{row.name}\u201d is computed from other rows. Change those instead.")


def with_label(profile: Profile, key: str, text: str) -> Profile:
    """Another label; `{p}` in it stands for the percentage, and one of a row that is subtracted ends in `(-)`."""
    return checked(_changed(profile, key, label=_signed(one_line(text), _row(profile, key).subtracts)))


def with_sign(profile: Profile, key: str, subtracts: bool) -> Profile:
    """A row added or subtracted, with `(-)` at the end of its label where it is subtracted."""
    label = _row(profile, key).label.removesuffix(MINUS).strip()
    return checked(_changed(profile, key, subtracts=subtracts, label=_signed(label, subtracts)))


def _signed(label: str, subtracts: bool) -> str:
    return f"{label} {MINUS}" if subtracts and label and MINUS not in label else label


def with_base(profile: Profile, key: str, names: Iterable[str]) -> Profile:
    """A row computed on other rows, in their order; the balance follows the grand total."""
    row = _row(profile, key)
    if row.kind == "fixed":
        raise BadInput(f"\u201c{row.name}\u201d is an amount as typed, so it is computed on nothing.")
    if row.kind == "balance":
        raise BadInput(f"\u201c{row.name}\u201d is computed on the rows of the grand total. Choose them there.")
    chosen = set(names)
    base = tuple(name for name in (ITEMS, *(other.key for other in profile)) if name in chosen)
    lost = chosen.difference(base)
    if lost:
        raise BadInput(f"\u201c{row.name}\u201d cannot be computed on a row that is not there. Choose its base again.")
    changed = _changed(profile, key, of=base)
    return checked(_with_balance_following(changed) if key == GRAND_TOTAL else changed)


def _with_balance_following(profile: Profile) -> Profile:
    """The profile whose balance is computed on all other rows of the grand total, and counted in it."""
    balance = next((row for row in profile if row.kind == "balance"), None)
    if balance is None:
        return profile
    of = tuple(name for name in profile[-1].of if name != balance.key)
    return _changed(_changed(profile, balance.key, of=of), GRAND_TOTAL, of=(*of, balance.key))


def with_rounding(profile: Profile, key: str, word: str) -> Profile:
    """A percentage or sum rounded to `paise`, `rupee` or `10 rupees`."""
    row = _row(profile, key)
    if row.kind in ("fixed", "balance"):
        raise BadInput(f"\u201c{row.name}\u201d is not rounded: it is typed, or what is left to the grand total.")
    if word not in ROUNDINGS:
        raise BadInput(f"\u201c{row.name}\u201d is rounded to one of {', '.join(ROUNDINGS)}. Choose one of them.")
    return checked(_changed(profile, key, places=ROUNDINGS[word]))


def with_repair_only(profile: Profile, key: str, repair_only: bool) -> Profile:
    """A row that takes part in repair work only, or in any."""
    _row(profile, key)
    return checked(_changed(profile, key, repair_only=repair_only))


def with_moved(profile: Profile, key: str, by: int) -> Profile:
    """A row moved `by` places (negative: up), no further than the ends, and never above its base."""
    row = _row(profile, key)
    at = profile.index(row)
    rest = [other for other in profile if other.key != key]
    rest.insert(min(max(at + by, 0), len(rest)), row)
    return checked(tuple(rest))


def with_added(profile: Profile, kind: str) -> Profile:
    """A row more, `fixed` or `percent` of the items, above the balance and counted in the total; off until typed."""
    if kind not in ("fixed", "percent"):
        raise BadInput("A row that is added is a fixed amount or a percentage. Choose one of them.")
    row = Charge(free_key(profile, _ADDED), "New provision", "fixed", on=False)
    if kind == "percent":
        row = replace(row, label="Add new charge @ {p} %", kind="percent", of=(ITEMS,), places=0)
    return checked(with_row(profile, row))


def without_charge(profile: Profile, key: str) -> Profile:
    """The profile without a row: rows that named it lose it, or take over its base where it was a sum."""
    if _row(profile, key).key == GRAND_TOTAL:
        raise BadInput("The grand total cannot be removed. Change what it is computed on, or its label.")
    return checked(without_row(profile, key))


def _row(profile: Profile, key: str) -> Charge:
    row = find_charge(profile, key)
    if row is None:
        raise BadInput(_GONE)
    return row


def _changed(profile: Profile, key: str, **values: object) -> Profile:
    return tuple(replace(row, **values) if row.key == key else row for row in profile)  # type: ignore[arg-type]
