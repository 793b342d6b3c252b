"""The charges of an estimate, row by row: what a person types, chooses, adds, moves and removes on its tab."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from estimate_core.desk import Desk
from estimate_core.domain import profiles
from estimate_core.domain.charge_rules import DEDUCTED
from estimate_core.domain.charges import Profile
from estimate_core.domain.errors import BadInput
from estimate_core.domain.people import Action, User
from estimate_core.services.doors import allowed
from estimate_core.services.editing import OpenEstimate, edit

ChargeCell = tuple[str, str]
"""A row's key and a field of `FIELDS`."""
ChargeValue = str | bool | list[str] | None


@allowed(Action.WRITE)
def set_charge_cells(
    desk: Desk, user: User, estimate_id: str, cells: Mapping[ChargeCell, ChargeValue]
) -> tuple[OpenEstimate, dict[ChargeCell, str]]:
    """Cells of many rows, as typed or chosen, in one step; with the sentence for each refused one."""
    refused: dict[ChargeCell, str] = {}

    def changed(charges: Profile) -> Profile:
        for (key, field), value in cells.items():
            try:
                charges = _SET[field](charges, key, value)
            except BadInput as refusal:
                refused[key, field] = str(refusal)
        return charges

    return _change(desk, user, estimate_id, changed), refused


@allowed(Action.WRITE)
def move_charge(desk: Desk, user: User, estimate_id: str, key: str, by: int) -> OpenEstimate:
    """A row `by` places further down (negative: up); BadInput where it would stand above its base."""
    return _change(desk, user, estimate_id, lambda charges: profiles.with_moved(charges, key, by))


@allowed(Action.WRITE)
def remove_charge(desk: Desk, user: User, estimate_id: str, key: str) -> OpenEstimate:
    """The estimate without that row of charges; BadInput for the grand total."""
    return _change(desk, user, estimate_id, lambda charges: profiles.without_charge(charges, key))


@allowed(Action.WRITE)
def add_charge(desk: Desk, user: User, estimate_id: str, kind: str) -> OpenEstimate:
    """A row more, `fixed` or `percent`, above the balance and the grand total; off until its value is typed."""
    return _change(desk, user, estimate_id, lambda charges: profiles.with_added(charges, kind))


def _change(desk: Desk, user: User, estimate_id: str, change: Callable[[Profile], Profile]) -> OpenEstimate:
    return edit(desk, user, estimate_id, lambda estimate, _: replace(estimate, charges=change(estimate.charges)))


def _set_base(charges: Profile, key: str, value: ChargeValue) -> Profile:
    return profiles.with_base(charges, key, value if isinstance(value, Iterable) else ())


_SET: dict[str, Callable[[Profile, str, ChargeValue], Profile]] = {
    "on": lambda charges, key, value: profiles.with_switch(charges, key, value is True),
    "label": lambda charges, key, value: profiles.with_label(charges, key, str(value or "")),
    "value": lambda charges, key, value: profiles.with_typed_value(charges, key, value),
    "base": _set_base,
    "sign": lambda charges, key, value: profiles.with_sign(charges, key, value == DEDUCTED),
    "rounding": lambda charges, key, value: profiles.with_rounding(charges, key, str(value or "")),
    "repair_only": lambda charges, key, value: profiles.with_repair_only(charges, key, value is True),
}
FIELDS = tuple(_SET)
"""What can be typed or chosen for a row."""
