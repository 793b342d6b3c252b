"""What makes rows of charges a profile that can be computed, whoever wrote them: each fault is a sentence."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import get_args

from estimate_core.domain.charges import GRAND_TOTAL, ITEMS, Charge, Kind, Profile, lump_name
from estimate_core.domain.errors import BadInput
from estimate_core.domain.money import PAISE, read_amount, read_percent
from estimate_core.domain.text import one_line

MAX_ROWS = 60
MAX_LABEL = 200
"""Characters of a label, not counting the words that all lump-sum provisions begin with."""
ROUNDINGS = {"paise": PAISE, "rupee": 0, "10 rupees": -1}
"""The places that a row may be rounded to, by the word for each."""
ADDED, DEDUCTED = "add", "deduct"
"""Whether a row is added or subtracted, in a word."""
_KINDS: tuple[str, ...] = get_args(Kind)
_MAX_KEY = 60


def checked(profile: Profile) -> Profile:
    """The same profile where it can be computed; BadInput, naming the row, where it cannot."""
    if len(profile) > MAX_ROWS:
        raise BadInput(f"There are {len(profile):,} rows of charges; an estimate takes {MAX_ROWS}. Remove some.")
    _check_keys(profile)
    for place, row in enumerate(profile):
        _check_row(row)
        _check_base(row, profile[:place], profile)
    _check_total(profile)
    _check_balance(profile)
    return profile


def read_profile(rows: object) -> Profile:
    """The checked profile of rows in JSON's types; BadInput where they are none."""
    return checked(read_rows(rows))


def read_rows(rows: object) -> Profile:
    """Charge rows of JSON's types, with decimals as text, each of the right types but not checked any further."""
    if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
        raise BadInput("The charges cannot be read: they are not a list of rows. Choose a profile again.")
    return tuple(_read_row(row) for row in rows)


def _read_row(row: Mapping[str, object]) -> Charge:
    label = str(row.get("label", ""))
    named = row.get("of", ())
    kind, places = row.get("kind"), row.get("places", PAISE)
    if kind not in _KINDS or not isinstance(places, int) or not isinstance(named, list | tuple):
        raise BadInput(f"The charge \u201c{label[:MAX_LABEL]}\u201d cannot be read. Choose a profile again.")
    return Charge(
        key=str(row.get("key", "")),
        label=label,
        kind=kind,  # type: ignore[arg-type]
        of=tuple(str(name) for name in named),
        value=_read_value(row.get("value"), label),
        subtracts=row.get("subtracts") is True,
        on=row.get("on", True) is True,
        places=places,
        repair_only=row.get("repair_only") is True,
    )


def _read_value(value: object, label: str) -> Decimal | None:
    if value is None:
        return None
    try:
        return Decimal(str(value)[:_MAX_KEY])
    except InvalidOperation:
        raise BadInput(f"The value of the charge \u201c{label[:MAX_LABEL]}\u201d is not a number.") from None


def _check_keys(profile: Profile) -> None:
    seen = {ITEMS}
    for row in profile:
        if not row.key or len(row.key) > _MAX_KEY:
            raise BadInput(f"The charge {_quoted(row)} has no usable key. Remove it and add it again.")
        if row.key in seen:
            raise BadInput(f"The charge {_quoted(row)} is there twice under one key. Remove one of the two.")
        seen.add(row.key)


def _check_row(row: Charge) -> None:
    _check_label(row)
    if row.kind not in _KINDS or row.places not in ROUNDINGS.values():
        raise BadInput(f"The charge {_quoted(row)} is of no known kind or rounding. Remove it and add it again.")
    if row.value is not None and not isinstance(row.value, Decimal):
        raise BadInput(f"The value of {_quoted(row)} is not a number. Type digits, like 12.5.")
    (read_percent if row.kind == "percent" else read_amount)(row.value, row.name)
    if row.subtracts and row.kind not in ("percent", "fixed"):
        raise BadInput(f"{_quoted(row)} follows from other rows, so it cannot be subtracted. Subtract those instead.")


def _check_label(row: Charge) -> None:
    if not row.label.strip():
        raise BadInput("A charge has no label. Type what it is for.")
    if len(lump_name(row)) > MAX_LABEL:
        raise BadInput(f"The label {_quoted(row)} has more than {MAX_LABEL} characters. Shorten it.")
    if one_line(row.label) != row.label:
        raise BadInput(f"The label {_quoted(row)} has line breaks or invisible characters. Type it again.")
    if row.label.count("{p}") > 1:
        raise BadInput(f"The label {_quoted(row)} has {{p}} more than once. It stands for the percentage; keep one.")


def _check_base(row: Charge, above: Profile, profile: Profile) -> None:
    if row.kind == "fixed":
        return
    if not row.of:
        raise BadInput(f"{_quoted(row)} is computed on nothing. Choose at least one row that it is computed on.")
    if len(set(row.of)) < len(row.of):
        raise BadInput(f"{_quoted(row)} names a row twice as its base. Choose each row once.")
    known = {other.key: other for other in profile}
    for name in row.of:
        if name != ITEMS and name not in known:
            raise BadInput(f"{_quoted(row)} is computed on a row that is not there. Choose its base again.")
        if name != ITEMS and known[name] not in above:
            other = "itself" if name == row.key else f"{_quoted(known[name])}, which does not stand above it"
            raise BadInput(f"{_quoted(row)} is computed on {other}. A row can only be computed on rows above it.")


def _check_total(profile: Profile) -> None:
    total = profile[-1] if profile else None
    if total is None or total.key != GRAND_TOTAL:
        label = next((_quoted(row) for row in profile if row.key == GRAND_TOTAL), "")
        raise BadInput(f"{label} must be the last row." if label else "The charges have no grand total as last row.")
    if total.kind != "sum" or not total.on or total.repair_only:
        raise BadInput(f"{_quoted(total)} must be a sum that always takes part. Switch it on.")
    for row in profile[:-1]:
        users = [other for other in profile if row.key in other.of]
        if row.kind == "sum" and row.value is not None:
            raise BadInput(f"{_quoted(row)} is a sum. Only the grand total can be typed.")
        if row.kind == "sum" and users and (not row.on or row.repair_only):
            raise BadInput(
                f"{_quoted(row)} must take part, since {_quoted(users[0])} is computed on it. Change that base first."
            )


def _check_balance(profile: Profile) -> None:
    total = profile[-1]
    balances = [row for row in profile if row.kind == "balance"]
    if len(balances) > 1:
        raise BadInput(f"{_quoted(balances[1])} is a second row for the balance. Remove one of the two.")
    if not balances and total.value is not None:
        raise BadInput(f"{_quoted(total)} is typed, but no row takes up the balance to it. Clear it.")
    for row in balances:
        if row.on != (total.value is not None):
            raise BadInput(
                f"{_quoted(row)} takes up the balance to a typed grand total. "
                + ("Clear the grand total to leave it out." if total.value else "Type one, and it takes part.")
            )
        if {*row.of, row.key} != set(total.of) or row.repair_only:
            raise BadInput(f"{_quoted(row)} must be computed on the same rows as {_quoted(total)}. Choose them there.")


def _quoted(row: Charge) -> str:
    return f"\u201c{row.name if len(row.name) <= MAX_LABEL else row.name[:40] + chr(0x2026)}\u201d"


def labels_of(profile: Iterable[Charge]) -> dict[str, str]:
    """The name of each row that can be a base, by its key: the items, then the rows in order."""
    return {ITEMS: "Items"} | {row.key: row.name for row in profile}
