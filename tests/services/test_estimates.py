"""Making, opening, copying and deleting estimates; and what strangers find."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.charges import lump_sums
from estimate_core.domain.errors import BadInput, NotFound
from estimate_core.domain.estimate import Estimate, price
from estimate_core.domain.people import User
from estimate_core.services import estimates
from estimate_core.services.estimates import OpenEstimate
from estimate_core.services.schedules import ScheduleCard, load_schedule, upload_schedule
from tests.conftest import CABLE, FAN, LIGHT_POINT, ROW_OF, Clock, workbook_of

LIGHT_ROW, FAN_ROW, CABLE_ROW = (ROW_OF[block.name] for block in (LIGHT_POINT, FAN, CABLE))


def now(desk: Desk, user: User, opened: OpenEstimate) -> OpenEstimate:
    return estimates.open_estimate(desk, user, opened.id)


def rows_of(estimate: Estimate) -> list[int]:
    return [line.row for line in estimate.lines]


def test_a_new_estimate_is_open_and_listed(desk: Desk, user: User, schedule: ScheduleCard, clock: Clock) -> None:
    made = estimates.create_estimate(desk, user, schedule.id, "  Wiring \n of the  clinic ")

    (card,) = estimates.list_estimates(desk, user)
    assert made.estimate == Estimate(name="Wiring of the clinic")
    assert (made.schedule.id, made.version, made.can_undo, made.can_redo) == (schedule.id, 1, False, False)
    assert estimates.last_estimate(desk, user) == made
    assert (card.name, card.lines, card.amount) == ("Wiring of the clinic", 0, Decimal(0))
    assert (card.schedule_title, card.changed, card.changed_by) == ("Electrical 2025-26", clock.at, "local")
    assert not card.deleted


def test_an_estimate_needs_a_schedule_of_the_own_organisation(
    desk: Desk, user: User, stranger: User, schedule: ScheduleCard
) -> None:
    with pytest.raises(NotFound) as foreign:
        estimates.create_estimate(desk, stranger, schedule.id)
    with pytest.raises(NotFound) as absent:
        estimates.create_estimate(desk, user, "no-such-id")

    assert str(foreign.value) == str(absent.value)
    assert estimates.list_estimates(desk, user) == estimates.list_estimates(desk, stranger) == []


def test_a_name_that_is_too_long_makes_no_estimate(desk: Desk, user: User, schedule: ScheduleCard) -> None:
    with pytest.raises(BadInput, match="Shorten it"):
        estimates.create_estimate(desk, user, schedule.id, "x" * 2001)

    assert estimates.list_estimates(desk, user) == []


def test_a_sample_estimate_has_priced_lines_of_several_groups(desk: Desk, user: User, schedule: ScheduleCard) -> None:
    made = estimates.create_sample_estimate(desk, user, schedule.id)

    priced = price(made.estimate, load_schedule(desk, user, schedule.id))
    quantities = {x.item.name: str(x.line.quantity) for x in priced.lines}
    assert made.estimate.name == "Sample estimate: Electrical 2025-26"
    assert quantities == {LIGHT_POINT.name: "18", FAN.name: "12", CABLE.name: "120.5"}
    assert estimates.list_estimates(desk, user)[0].amount == priced.grand_total > 0


def test_each_person_has_an_open_estimate_of_their_own(
    desk: Desk, user: User, colleague: User, schedule: ScheduleCard, opened: OpenEstimate
) -> None:
    estimates.create_estimate(desk, user, schedule.id, "Another")
    before = estimates.last_estimate(desk, colleague)

    estimates.open_estimate(desk, colleague, opened.id)

    theirs, mine = estimates.last_estimate(desk, colleague), estimates.last_estimate(desk, user)
    assert before is None
    assert theirs and theirs.id == opened.id
    assert mine and mine.estimate.name == "Another"


def test_an_estimate_is_there_with_everything_when_it_is_opened_again(
    desk: Desk, user: User, opened: OpenEstimate
) -> None:
    _, line_id = estimates.add_item(desk, user, opened.id, CABLE_ROW)
    estimates.set_quantity(desk, user, opened.id, line_id, "3.000")
    estimates.set_unit(desk, user, opened.id, line_id, "Rmt")
    estimates.set_work(desk, user, opened.id, work_type="repair")
    estimates.set_lump_sums(desk, user, opened.id, [("water supply", "1,500.50")])
    last = estimates.set_charge(desk, user, opened.id, "tp", "4.5")

    again = now(desk, user, opened)

    assert again == last
    assert str(again.estimate.lines[0].quantity) == "3.000"
    assert (again.estimate.lines[0].unit, again.estimate.work_type) == ("Rmt", "repair")
    assert lump_sums(again.estimate.charges) == [("water supply", Decimal("1500.50"))]


Action = Callable[[Desk, User, str], object]
ACTIONS: dict[str, Action] = {
    "open": estimates.open_estimate,
    "add": lambda desk, user, id: estimates.add_item(desk, user, id, 1),
    "quantity": lambda desk, user, id: estimates.set_quantity(desk, user, id, "x", "1"),
    "unit": lambda desk, user, id: estimates.set_unit(desk, user, id, "x", "Nos"),
    "cells": lambda desk, user, id: estimates.set_cells(desk, user, id, {("x", "quantity"): "1"}),
    "work": lambda desk, user, id: estimates.set_work(desk, user, id, name="Mine"),
    "move": lambda desk, user, id: estimates.move_line(desk, user, id, "x", 1),
    "remove": lambda desk, user, id: estimates.remove_lines(desk, user, id, ["x"]),
    "clear": estimates.clear_lines,
    "charge": lambda desk, user, id: estimates.set_charge(desk, user, id, "tp", "1"),
    "lump sums": lambda desk, user, id: estimates.set_lump_sums(desk, user, id, []),
    "grand total": lambda desk, user, id: estimates.set_grand_total(desk, user, id, "1"),
    "undo": estimates.undo,
    "redo": estimates.redo,
    "rename": lambda desk, user, id: estimates.rename_estimate(desk, user, id, "Mine"),
    "duplicate": estimates.duplicate_estimate,
    "delete": estimates.delete_estimate,
    "restore": estimates.restore_estimate,
    "schedule": lambda desk, user, id: estimates.change_schedule(desk, user, id, "x"),
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS.keys())
def test_a_stranger_finds_no_estimate_whatever_they_do(
    desk: Desk, user: User, stranger: User, opened: OpenEstimate, line: str, action: Action
) -> None:
    before = now(desk, user, opened)

    with pytest.raises(NotFound) as foreign:
        action(desk, stranger, opened.id)
    with pytest.raises(NotFound) as absent:
        action(desk, stranger, "no-such-id")

    assert str(foreign.value) == str(absent.value)
    assert now(desk, user, opened) == before
    assert estimates.list_estimates(desk, stranger) == []
    assert estimates.last_estimate(desk, stranger) is None


def test_a_copy_lives_on_its_own(desk: Desk, user: User, opened: OpenEstimate, line: str) -> None:
    copy = estimates.duplicate_estimate(desk, user, opened.id)

    estimates.clear_lines(desk, user, copy.id)
    assert copy.estimate.name == "Copy of Wiring of the clinic"
    assert (copy.version, copy.can_undo) == (1, False)
    assert rows_of(now(desk, user, opened).estimate) == [LIGHT_ROW]


def test_copies_of_long_and_absent_names_have_names(desk: Desk, user: User, schedule: ScheduleCard) -> None:
    long = estimates.create_estimate(desk, user, schedule.id, "x" * 2000)
    unnamed = estimates.create_estimate(desk, user, schedule.id)

    assert len(estimates.duplicate_estimate(desk, user, long.id).estimate.name) == 2000
    assert estimates.duplicate_estimate(desk, user, unnamed.id).estimate.name == "Copy of Untitled work"


def test_a_deleted_estimate_is_gone_until_it_is_restored(
    desk: Desk, user: User, opened: OpenEstimate, line: str
) -> None:
    before = now(desk, user, opened)

    estimates.delete_estimate(desk, user, opened.id)

    assert estimates.list_estimates(desk, user) == []
    assert estimates.last_estimate(desk, user) is None
    with pytest.raises(NotFound):
        estimates.set_quantity(desk, user, opened.id, line, "3")
    estimates.restore_estimate(desk, user, opened.id)
    assert now(desk, user, opened) == before


def test_the_list_shows_the_last_changed_first_and_who_changed_it(
    desk: Desk, user: User, colleague: User, schedule: ScheduleCard, opened: OpenEstimate, clock: Clock
) -> None:
    clock.move(60)
    other = estimates.create_estimate(desk, user, schedule.id, "Other")
    clock.move(60)

    estimates.set_work(desk, colleague, opened.id, name="Clinic")

    cards = estimates.list_estimates(desk, user)
    assert [(card.id, card.changed_by) for card in cards] == [(opened.id, "Asha"), (other.id, "local")]


@pytest.fixture
def fans(desk: Desk, user: User, schedule: ScheduleCard) -> ScheduleCard:
    """A second schedule, with a fan in row 1."""
    return upload_schedule(desk, user, "fans.xlsx", workbook_of(FAN), "Fans", "2026-27")


def test_an_estimate_without_lines_goes_to_another_schedule(
    desk: Desk, user: User, opened: OpenEstimate, line: str, fans: ScheduleCard
) -> None:
    estimates.clear_lines(desk, user, opened.id)

    after = estimates.change_schedule(desk, user, opened.id, fans.id)

    assert after.schedule.id == fans.id
    # Earlier states hold lines that mean rows of the other schedule.
    assert not after.can_undo and not after.can_redo
    assert estimates.undo(desk, user, opened.id) == after
    assert estimates.add_item(desk, user, opened.id, 1)[0].can_undo


def test_an_estimate_with_lines_stays_on_its_schedule(
    desk: Desk, user: User, opened: OpenEstimate, line: str, fans: ScheduleCard
) -> None:
    before = now(desk, user, opened)

    with pytest.raises(BadInput, match="new estimate"):
        estimates.change_schedule(desk, user, opened.id, fans.id)

    assert now(desk, user, opened) == before
    assert estimates.change_schedule(desk, user, opened.id, opened.schedule.id) == before


def test_an_estimate_cannot_go_to_a_schedule_that_is_not_there(desk: Desk, user: User, opened: OpenEstimate) -> None:
    with pytest.raises(NotFound, match="schedule"):
        estimates.change_schedule(desk, user, opened.id, "no-such-id")

    assert now(desk, user, opened) == opened
