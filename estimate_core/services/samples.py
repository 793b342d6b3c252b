"""The sample estimate: a few lines from several groups of any schedule, with plausible quantities."""

from decimal import Decimal
from itertools import chain, zip_longest
from uuid import uuid4

from estimate_core.domain import units
from estimate_core.domain.estimate import Line
from estimate_core.domain.schedule import Item, Schedule

SAMPLE_LINES = 8

_QUANTITIES = {
    "Nos": "12",
    "Mtrs": "120.5",
    "Rmt": "64.75",
    "Sqm": "86.25",
    "Cum": "24.6",
    "Pts": "18",
    "Kg": "350",
    "MT": "1.85",
    "Quintals": "6.5",
    "Sets": "4",
    "Days": "3",
    "Hours": "8",
    "Ltrs": "40",
}
_OTHER_QUANTITY = "1"


def sample_lines(schedule: Schedule) -> tuple[Line, ...]:
    """About eight lines: the first item of each group in turn, then the second ones; always the same."""
    groups: dict[str, list[Item]] = {}
    for item in schedule.items:
        if item.rate:
            groups.setdefault(item.group, []).append(item)
    in_turn = [item for item in chain.from_iterable(zip_longest(*groups.values())) if item is not None]
    return tuple(
        Line(uuid4().hex, item.row, Decimal(_QUANTITIES.get(units.plural(item.unit), _OTHER_QUANTITY)))
        for item in in_turn[:SAMPLE_LINES]
    )
