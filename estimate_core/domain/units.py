"""Units of measurement: the plural that stands beside a quantity and the singular that stands beside `1`."""

import re

_SPELLINGS: dict[tuple[str, str], str] = {
    ("Cum", "Cum"): "cum cums cumt cumtr cumtrs m3 m\u00b3 cubicmetre cubicmetres cubicmeter cubicmeters",
    ("Sqm", "Sqm"): "sqm sqms sqmt sqmts sqmtr sqmtrs m2 m\u00b2 squaremetre squaremetres squaremeter squaremeters",
    ("Rmt", "Rmt"): "rmt rmts rm rmtr rmtrs runningmetre runningmetres runningmeter runningmeters",
    ("Mtrs", "Mtr"): "mtr mtrs m mts metre metres meter meters",
    ("Nos", "No"): "no nos each ea number numbers",
    ("Pts", "Pt"): "pt pts point points",
    ("Kg", "Kg"): "kg kgs kilogram kilograms",
    ("MT", "MT"): "mt t ton tons tonne tonnes",
    ("Quintals", "Quintal"): "quintal quintals qtl qtls",
    ("Sets", "Set"): "set sets",
    ("Pairs", "Pair"): "pair pairs",
    ("Job", "Job"): "job jobs",
    ("Lot", "Lot"): "lot lots",
    ("LS", "LS"): "ls lumpsum",
    ("Days", "Day"): "day days",
    ("Ltrs", "Ltr"): "ltr ltrs lit litre litres liter liters",
    ("Hours", "Hour"): "hour hours hr hrs",
    ("Months", "Month"): "month months",
    ("Km", "Km"): "km kms kilometre kilometres kilometer kilometers",
    ("Sft", "Sft"): "sft sqft squarefoot squarefeet",
    ("Cft", "Cft"): "cft cuft cubicfoot cubicfeet",
    ("Rft", "Rft"): "rft runningfoot runningfeet",
}
_KNOWN = {spelling: pair for pair, spellings in _SPELLINGS.items() for spelling in spellings.split()}
_COUNTS, _LENGTHS = {"Nos", "Pts", "Sets", "Pairs", "Job", "Lot", "LS"}, {"Mtrs", "Rmt"}
_GROUP_DEFAULTS = {"piping": "Mtrs", "wiring & cables": "Mtrs", "points": "Pts"}
_RATE_LABEL = re.compile(
    r"\brate\s+(?:for|per)\s+(?:(?:1|one|each)\s*)?([a-z][a-z.0-9]*)(\s+[a-z][a-z.0-9]*)?", re.IGNORECASE
)
FALLBACK = "Nos"
MAX_LENGTH = 20


def find_unit(text: str) -> tuple[str, str] | None:
    """(plural, singular) of a spelling met in schedules, or None where it is not known."""
    return _KNOWN.get(re.sub(r"[\s.'\u2019]+", "", text).lower())


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
    return unit_of_label(rate_label) or _GROUP_DEFAULTS.get(" ".join(group.split()).lower(), FALLBACK)


def is_assumed(in_groups: str, rate_label: str, group: str) -> bool:
    """Whether nothing says the unit of an item, so that Nos is taken."""
    said = in_groups.strip() or unit_of_label(rate_label) or " ".join(group.split()).lower() in _GROUP_DEFAULTS
    return not said


def unit_of_label(rate_label: str) -> str | None:
    """The plural of the unit in a label such as `Rate for 1 Mtr`; None where it names none that is known."""
    found = _RATE_LABEL.search(rate_label)
    spelled = (f"{found[1]}{found[2] or ''}", found[1]) if found else ()
    return next((plural(each) for each in spelled if find_unit(each)), None)


def is_same_measure(one: str, other: str) -> bool:
    """Whether two plurals count alike, so that a rate for one is a rate for the other: Mtrs and Rmt, Nos and Pts."""
    return one == other or any({one, other} <= alike for alike in (_COUNTS, _LENGTHS))


def offered() -> list[str]:
    """The plurals that a person is offered to choose from."""
    return [pair[0] for pair in _SPELLINGS]
