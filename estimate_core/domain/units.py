"""Units of measurement: the plural that stands beside a quantity and the singular that stands beside `1`."""

import re

_SPELLINGS: dict[tuple[str, str], str] = {
    ("Cum", "Cum"): "cum cum. cu.m cu.m. cu.mt m3 cubicmetre cubicmeter",
    ("Sqm", "Sqm"): "sqm sqm. sq.m sq.m. sqmt sq.mt sq.mt. m2 squaremetre squaremeter",
    ("Rmt", "Rmt"): "rmt rmt. rm rm. r.m r.m. r.mt runningmetre runningmeter",
    ("Mtrs", "Mtr"): "mtr mtrs mtr. mtrs. m metre metres meter meters",
    ("Nos", "No"): "no nos no. nos. each number numbers",
    ("Pts", "Pt"): "pt pts pt. pts. point points",
    ("Kg", "Kg"): "kg kgs kg. kgs. kilogram kilograms",
    ("MT", "MT"): "mt m.t m.t. t tonne tonnes",
    ("Quintals", "Quintal"): "quintal quintals qtl",
    ("Sets", "Set"): "set sets",
    ("Job", "Job"): "job jobs",
    ("Lot", "Lot"): "lot lots",
    ("LS", "LS"): "ls l.s l.s. lumpsum",
    ("Days", "Day"): "day days",
    ("Ltrs", "Ltr"): "ltr ltrs ltr. litre litres liter liters",
    ("Hours", "Hour"): "hour hours hr hrs",
}
_KNOWN = {spelling: pair for pair, spellings in _SPELLINGS.items() for spelling in spellings.split()}
_GROUP_DEFAULTS = {"piping": "Mtrs", "wiring & cables": "Mtrs", "points": "Pts"}
_RATE_LABEL = re.compile(
    r"\brate\s+(?:for|per)\s+(?:1|one|each)?\s*([a-z][a-z.0-9]*)(\s+[a-z][a-z.0-9]*)?", re.IGNORECASE
)
FALLBACK = "Nos"
MAX_LENGTH = 20


def find_unit(text: str) -> tuple[str, str] | None:
    """(plural, singular) of a spelling met in schedules, or None where it is not known."""
    return _KNOWN.get(re.sub(r"\s+", "", text).lower())


def plural(text: str) -> str:
    """The unit beside a quantity; an unknown unit stays as it was written."""
    known = find_unit(text)
    return known[0] if known else text.strip()


def singular(text: str) -> str:
    """The unit beside `1`; an unknown unit stays as it was written."""
    known = find_unit(text)
    return known[1] if known else text.strip()


def unit_of_item(in_groups: str, rate_label: str, group: str) -> str:
    """The plural unit of an item: `Groups`, else the block's rate label, else the group's default, else Nos."""
    if in_groups.strip():
        return plural(in_groups)
    found = _RATE_LABEL.search(rate_label)
    for spelled in (f"{found[1]}{found[2] or ''}", found[1]) if found else ():
        if find_unit(spelled):
            return plural(spelled)
    return _GROUP_DEFAULTS.get(" ".join(group.split()).lower(), FALLBACK)


def offered() -> list[str]:
    """The plurals that a person is offered to choose from."""
    return [pair[0] for pair in _SPELLINGS]
