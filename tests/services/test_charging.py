"""The charges of an estimate, changed row by row."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.charge_rules import DEDUCTED
from estimate_core.domain.charges import GRAND_TOTAL, ITEMS, Charge, find_charge
from estimate_core.domain.errors import BadInput, NotFound
from estimate_core.domain.people import User
from estimate_core.services import charging, estimates
from estimate_core.services.estimates import OpenEstimate


def now(desk: Desk, user: User, opened: OpenEstimate) -> OpenEstimate:
    return estimates.open_estimate(desk, user, opened.id)


def row_of(opened: OpenEstimate, key: str) -> Charge:
    row = find_charge(opened.estimate.charges, key)
    assert row
    return row


def test_many_cells_are_one_step_that_can_be_undone(desk: Desk, user: User, opened: OpenEstimate) -> None:
    cells: dict[charging.ChargeCell, charging.ChargeValue] = {
        ("gst", "value"): "12",
        ("gst", "base"): [ITEMS],
        ("gst", "label"): "GST at {p} %",
        ("qc", "on"): False,
        ("nac", "rounding"): "10 rupees",
        ("nac", "repair_only"): True,
        ("tp", "value"): "3",
        ("tp", "sign"): DEDUCTED,
    }

    after, refused = charging.set_charge_cells(desk, user, opened.id, cells)

    gst, nac, tp = (row_of(after, key) for key in ("gst", "nac", "tp"))
    assert refused == {}
    assert (gst.value, gst.of, gst.label) == (Decimal(12), (ITEMS,), "GST at {p} %")
    assert (row_of(after, "qc").on, nac.places, nac.repair_only, tp.subtracts) == (False, -1, True, True)
    assert estimates.undo(desk, user, opened.id).estimate == opened.estimate


def test_what_is_refused_is_told_by_cell_and_the_rest_is_kept(desk: Desk, user: User, opened: OpenEstimate) -> None:
    cells: dict[charging.ChargeCell, charging.ChargeValue] = {
        ("gst", "value"): "lots",
        ("lc", "value"): "2",
        ("ecv", "base"): None,
    }

    after, refused = charging.set_charge_cells(desk, user, opened.id, cells)

    assert set(refused) == {("gst", "value"), ("ecv", "base")}
    assert "not a number" in refused["gst", "value"]
    assert (row_of(after, "lc").value, row_of(after, "gst").value) == (Decimal(2), Decimal(18))


def test_a_row_is_added_moved_and_removed(desk: Desk, user: User, opened: OpenEstimate) -> None:
    added = charging.add_charge(desk, user, opened.id, "percent")
    moved = charging.move_charge(desk, user, opened.id, "charge_1", -1)
    removed = charging.remove_charge(desk, user, opened.id, "charge_1")

    assert [row.key for row in added.estimate.charges][-3:] == ["charge_1", "unforeseen", GRAND_TOTAL]
    assert [row.key for row in moved.estimate.charges][-4:] == ["charge_1", "gst", "unforeseen", GRAND_TOTAL]
    assert removed.estimate.charges == opened.estimate.charges


Action = Callable[[Desk, User, str], object]
REFUSED: dict[str, Action] = {
    "removing the total": lambda desk, user, id: charging.remove_charge(desk, user, id, GRAND_TOTAL),
    "moving above the base": lambda desk, user, id: charging.move_charge(desk, user, id, "ecv", -1),
    "adding a sum": lambda desk, user, id: charging.add_charge(desk, user, id, "sum"),
}


@pytest.mark.parametrize("action", REFUSED.values(), ids=REFUSED)
def test_a_refused_change_leaves_the_charges_as_they_were(
    desk: Desk, user: User, opened: OpenEstimate, action: Action
) -> None:
    with pytest.raises(BadInput):
        action(desk, user, opened.id)

    assert now(desk, user, opened) == opened


ACTIONS: dict[str, Action] = {
    "cells": lambda desk, user, id: charging.set_charge_cells(desk, user, id, {("gst", "value"): "5"}),
    "move": lambda desk, user, id: charging.move_charge(desk, user, id, "nac", -1),
    "remove": lambda desk, user, id: charging.remove_charge(desk, user, id, "nac"),
    "add": lambda desk, user, id: charging.add_charge(desk, user, id, "fixed"),
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_a_stranger_finds_no_charges_to_change(
    desk: Desk, user: User, stranger: User, opened: OpenEstimate, action: Action
) -> None:
    with pytest.raises(NotFound):
        action(desk, stranger, opened.id)

    assert now(desk, user, opened) == opened
