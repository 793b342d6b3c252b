"""Editing estimates, alone and with others; undo and redo."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.charges import find_charge, lump_sums
from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import Estimate, Line, price
from estimate_core.domain.people import User
from estimate_core.services import estimates
from estimate_core.services.estimates import OpenEstimate
from estimate_core.services.schedules import ScheduleCard, load_schedule, upload_schedule
from estimate_core.storage.estimates import Change, insert_estimate
from tests.conftest import CABLE, FAN, LIGHT_POINT, ROW_OF, UNPRICED, Block, workbook_of

LIGHT_ROW, FAN_ROW, CABLE_ROW = (ROW_OF[block.name] for block in (LIGHT_POINT, FAN, CABLE))


def now(desk: Desk, user: User, opened: OpenEstimate) -> OpenEstimate:
    return estimates.open_estimate(desk, user, opened.id)


def rows_of(estimate: Estimate) -> list[int]:
    return [line.row for line in estimate.lines]


def test_an_added_item_is_the_last_line(desk: Desk, user: User, opened: OpenEstimate, line: str) -> None:
    after, line_id = estimates.add_item(desk, user, opened.id, FAN_ROW)

    assert rows_of(after.estimate) == [LIGHT_ROW, FAN_ROW]
    assert after.estimate.lines[-1].id == line_id
    assert after.estimate.lines[-1].quantity == 0


def test_an_item_can_be_added_twice(desk: Desk, user: User, opened: OpenEstimate, line: str) -> None:
    after, line_id = estimates.add_item(desk, user, opened.id, LIGHT_ROW)

    assert rows_of(after.estimate) == [LIGHT_ROW, LIGHT_ROW]
    assert line_id != line


@pytest.mark.parametrize(("row", "sentence"), [(ROW_OF[UNPRICED.name], "has no rate"), (2, "heading in row 2")])
def test_an_item_that_cannot_be_priced_is_not_added(
    desk: Desk, user: User, opened: OpenEstimate, row: int, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        estimates.add_item(desk, user, opened.id, row)

    assert now(desk, user, opened) == opened


@pytest.mark.parametrize("typed", ["-1", "ten", "1.23456", "1e9", "NaN"])
def test_a_quantity_that_is_none_changes_nothing(
    desk: Desk, user: User, opened: OpenEstimate, line: str, typed: str
) -> None:
    before = now(desk, user, opened)

    with pytest.raises(BadInput, match="quantity"):
        estimates.set_quantity(desk, user, opened.id, line, typed)

    assert now(desk, user, opened) == before


def test_an_amount_that_no_workbook_can_hold_changes_nothing(
    desk: Desk, user: User, schedule: ScheduleCard, opened: OpenEstimate
) -> None:
    data = workbook_of(Block("Power station", "Plant", "Nos", 90_000_000))
    dear = upload_schedule(desk, user, "dear.xlsx", data, "Plant", "2025-26")
    made = estimates.create_estimate(desk, user, dear.id)
    before, line_id = estimates.add_item(desk, user, made.id, 1)

    with pytest.raises(BadInput, match="too large"):
        estimates.set_quantity(desk, user, made.id, line_id, "99999999")

    assert now(desk, user, made) == before


def test_decimals_stay_as_typed_and_count_as_a_change(desk: Desk, user: User, opened: OpenEstimate, line: str) -> None:
    before = estimates.set_quantity(desk, user, opened.id, line, "3")

    after = estimates.set_quantity(desk, user, opened.id, line, "3.000")

    assert after.version == before.version + 1
    assert str(after.estimate.lines[0].quantity) == "3.000"


def test_an_edit_that_changes_nothing_makes_no_state(desk: Desk, user: User, opened: OpenEstimate, line: str) -> None:
    estimates.undo(desk, user, opened.id)
    before = estimates.redo(desk, user, opened.id)

    estimates.set_quantity(desk, user, opened.id, line, "2")
    estimates.set_unit(desk, user, opened.id, line, "")
    estimates.move_line(desk, user, opened.id, line, -1)
    estimates.set_work(desk, user, opened.id, name="Wiring of the  clinic", work_type="original")
    estimates.set_charge(desk, user, opened.id, "gst", "18")

    assert now(desk, user, opened) == before


def test_editing_a_line_that_is_gone_changes_nothing(desk: Desk, user: User, opened: OpenEstimate, line: str) -> None:
    before = estimates.remove_lines(desk, user, opened.id, [line])

    estimates.set_quantity(desk, user, opened.id, line, "5")
    estimates.set_unit(desk, user, opened.id, line, "Sets")
    estimates.move_line(desk, user, opened.id, line, 1)
    after = estimates.remove_lines(desk, user, opened.id, [line])

    assert after == before


def test_a_unit_is_typed_and_cleared(desk: Desk, user: User, opened: OpenEstimate, line: str) -> None:
    typed = estimates.set_unit(desk, user, opened.id, line, " Sets ")
    cleared = estimates.set_unit(desk, user, opened.id, line, "")

    assert typed.estimate.lines[0].unit == "Sets"
    assert cleared.estimate.lines[0].unit == ""
    with pytest.raises(BadInput, match="at most 20"):
        estimates.set_unit(desk, user, opened.id, line, "x" * 21)


def test_lines_are_moved_removed_and_cleared(desk: Desk, user: User, opened: OpenEstimate, line: str) -> None:
    _, fan = estimates.add_item(desk, user, opened.id, FAN_ROW)
    estimates.add_item(desk, user, opened.id, CABLE_ROW)

    moved = estimates.move_line(desk, user, opened.id, line, 1)
    removed = estimates.remove_lines(desk, user, opened.id, [line, fan])
    cleared = estimates.clear_lines(desk, user, opened.id)

    assert rows_of(moved.estimate) == [FAN_ROW, LIGHT_ROW, CABLE_ROW]
    assert rows_of(removed.estimate) == [CABLE_ROW]
    assert rows_of(cleared.estimate) == []


def test_name_and_type_of_work_change_one_by_one(desk: Desk, user: User, opened: OpenEstimate) -> None:
    repair = estimates.set_work(desk, user, opened.id, work_type="repair")
    renamed = estimates.rename_estimate(desk, user, opened.id, "Repairs")

    assert (repair.estimate.name, repair.estimate.work_type) == ("Wiring of the clinic", "repair")
    assert (renamed.estimate.name, renamed.estimate.work_type) == ("Repairs", "repair")
    assert estimates.list_estimates(desk, user)[0].name == "Repairs"


def test_bad_names_and_types_of_work_change_nothing(desk: Desk, user: User, opened: OpenEstimate) -> None:
    with pytest.raises(BadInput, match="Shorten it"):
        estimates.rename_estimate(desk, user, opened.id, "x" * 2001)
    with pytest.raises(BadInput, match="original or repair"):
        estimates.set_work(desk, user, opened.id, work_type="new")  # type: ignore[arg-type]

    assert now(desk, user, opened) == opened


def test_charges_are_typed_and_switched_off(desk: Desk, user: User, opened: OpenEstimate, line: str) -> None:
    typed = estimates.set_charge(desk, user, opened.id, "tp", "4.50 %")
    without = estimates.set_charge(desk, user, opened.id, "gst", "")

    tp, gst = find_charge(typed.estimate.charges, "tp"), find_charge(without.estimate.charges, "gst")
    assert tp and tp.on and str(tp.value) == "4.50"
    assert gst and not gst.on
    # 2 x 500 = 1,000; T.P. 45, LC 10, QC 10, NAC 1
    assert estimates.list_estimates(desk, user)[0].amount == Decimal("1066.00")


@pytest.mark.parametrize(
    ("key", "typed", "sentence"),
    [
        ("tp", "many", "Excess T.P."),
        ("lc", "101", "The LC .* not a percentage"),
        ("deduction", "-5", "The Old Material Cost .* negative"),
        ("ecv", "5", "computed from other rows"),
        ("grand_total", "5", "computed from other rows"),
        ("tips", "5", "not in the estimate's profile"),
    ],
)
def test_a_charge_that_cannot_be_changes_nothing(
    desk: Desk, user: User, opened: OpenEstimate, key: str, typed: str, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        estimates.set_charge(desk, user, opened.id, key, typed)

    assert now(desk, user, opened) == opened


def test_lump_sums_keep_half_typed_rows_and_drop_empty_ones(desk: Desk, user: User, opened: OpenEstimate) -> None:
    typed = [("water supply", "1500"), ("", ""), ("gate", None), (" ", "20")]

    after = estimates.set_lump_sums(desk, user, opened.id, typed)

    assert lump_sums(after.estimate.charges) == [
        ("water supply", Decimal(1500)),
        ("gate", Decimal(0)),
        ("other works", Decimal(20)),
    ]


@pytest.mark.parametrize("provision", [("water supply", "much"), ("x" * 201, "5")])
def test_a_lump_sum_that_cannot_be_changes_nothing(
    desk: Desk, user: User, opened: OpenEstimate, provision: tuple[str, object]
) -> None:
    with pytest.raises(BadInput, match="provision"):
        estimates.set_lump_sums(desk, user, opened.id, [("gate", "1"), provision])

    assert now(desk, user, opened) == opened


def test_a_typed_grand_total_is_the_amount_and_clearing_it_gives_the_sum(
    desk: Desk, user: User, opened: OpenEstimate, line: str
) -> None:
    amounts = []
    for typed in ("2,000", ""):
        estimates.set_grand_total(desk, user, opened.id, typed)
        amounts.append(estimates.list_estimates(desk, user)[0].amount)

    # 1,000 + 10 + 10 + 1 = 1,021; GST 184
    assert amounts == [Decimal("2000.00"), Decimal("1205.00")]


def test_a_grand_total_below_the_sum_is_kept_and_lists_show_the_items(
    desk: Desk, user: User, opened: OpenEstimate, line: str
) -> None:
    after = estimates.set_grand_total(desk, user, opened.id, "5")

    assert price(after.estimate, load_schedule(desk, user, after.schedule.id)).problem
    assert estimates.list_estimates(desk, user)[0].amount == Decimal("1000.00")
    with pytest.raises(BadInput, match="grand total"):
        estimates.set_grand_total(desk, user, opened.id, "lots")


@pytest.fixture
def broken(desk: Desk, user: User, schedule: ScheduleCard) -> OpenEstimate:
    """An estimate whose first two lines have no item, as after a reader that reads otherwise."""
    lines = tuple(Line(id, row, Decimal(2)) for id, row in (("a", 2), ("b", 3), ("c", LIGHT_ROW)))
    with desk.open_db() as db:
        change = Change(Estimate(lines=lines), Decimal(0), desk.now(), user.id)
        insert_estimate(db, user.organisation, "broken", schedule.id, change)
    return estimates.open_estimate(desk, user, "broken")


def test_lines_that_lost_their_item_can_be_removed_one_by_one(desk: Desk, user: User, broken: OpenEstimate) -> None:
    with pytest.raises(BadInput, match="Remove that line"):
        estimates.set_quantity(desk, user, broken.id, "c", "3")

    estimates.remove_lines(desk, user, broken.id, ["a"])
    estimates.remove_lines(desk, user, broken.id, ["b"])

    after = estimates.set_quantity(desk, user, broken.id, "c", "3")
    assert rows_of(after.estimate) == [LIGHT_ROW]


def test_undo_and_redo_walk_through_the_states(desk: Desk, user: User, opened: OpenEstimate) -> None:
    walked = [opened.estimate]
    for row in (LIGHT_ROW, FAN_ROW, CABLE_ROW):
        walked.append(estimates.add_item(desk, user, opened.id, row)[0].estimate)

    back = [estimates.undo(desk, user, opened.id) for _ in range(3)]
    forth = [estimates.redo(desk, user, opened.id) for _ in range(3)]

    assert [x.estimate for x in back] == walked[2::-1]
    assert [x.estimate for x in forth] == walked[1:]
    assert [(x.can_undo, x.can_redo) for x in back] == [(True, True), (True, True), (False, True)]
    assert [(x.can_undo, x.can_redo) for x in forth] == [(True, True), (True, True), (True, False)]


def test_undo_brings_the_amount_of_the_list_back(desk: Desk, user: User, opened: OpenEstimate, line: str) -> None:
    before = estimates.list_estimates(desk, user)[0]
    estimates.clear_lines(desk, user, opened.id)

    estimates.undo(desk, user, opened.id)

    assert estimates.list_estimates(desk, user)[0] == before


def test_there_is_nothing_to_undo_or_redo_at_the_ends(desk: Desk, user: User, opened: OpenEstimate) -> None:
    assert estimates.undo(desk, user, opened.id) == opened
    assert estimates.redo(desk, user, opened.id) == opened


def test_an_edit_after_undo_forgets_what_was_undone(desk: Desk, user: User, opened: OpenEstimate) -> None:
    estimates.add_item(desk, user, opened.id, LIGHT_ROW)
    estimates.undo(desk, user, opened.id)

    estimates.add_item(desk, user, opened.id, FAN_ROW)

    after = estimates.redo(desk, user, opened.id)
    assert rows_of(after.estimate) == [FAN_ROW]
    assert not after.can_redo


def test_ninety_nine_edits_can_be_undone(desk: Desk, user: User, opened: OpenEstimate, line: str) -> None:
    for number in range(120):
        estimates.set_quantity(desk, user, opened.id, line, f"{number}.5")

    steps = 0
    while estimates.undo(desk, user, opened.id).can_undo:
        steps += 1

    assert steps + 1 == 99
    assert now(desk, user, opened).estimate.lines[0].quantity == Decimal("20.5")


def test_four_people_on_one_estimate_lose_no_edit(
    desk: Desk, user: User, colleague: User, opened: OpenEstimate
) -> None:
    def add_25(person: User) -> list[str]:
        return [estimates.add_item(desk, person, opened.id, LIGHT_ROW)[1] for _ in range(25)]

    with ThreadPoolExecutor(4) as pool:
        added = [line_id for ids in pool.map(add_25, [user, colleague] * 2) for line_id in ids]

    after = now(desk, user, opened)
    assert len(added) == 100
    assert {line.id for line in after.estimate.lines} == set(added)
    assert after.version == 101


def test_pasted_cells_are_one_step_and_each_refusal_is_told(
    desk: Desk, user: User, opened: OpenEstimate, line: str
) -> None:
    _, other = estimates.add_item(desk, user, opened.id, CABLE_ROW)
    before = estimates.open_estimate(desk, user, opened.id)
    texts = {(line, "quantity"): "12.50", (line, "unit"): "Sets", (other, "quantity"): "abc", ("gone", "quantity"): "1"}

    after, refused = estimates.set_cells(desk, user, opened.id, texts)

    assert after.version == before.version + 1
    assert [(str(x.quantity), x.unit) for x in after.estimate.lines] == [("12.50", "Sets"), ("0", "")]
    assert list(refused) == [(other, "quantity")] and "not a number" in refused[other, "quantity"]
    assert estimates.undo(desk, user, opened.id).estimate == before.estimate
