"""Changes to an estimate, one to the next, and its price."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimate_core.domain.charges import Charge, default_profile, with_grand_total, with_value
from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import (
    MAX_LINES,
    MAX_NAME,
    Estimate,
    Line,
    clean_name,
    clean_unit,
    described,
    price,
    with_changed_line,
    with_line,
    with_line_moved_in_group,
    with_moved_line,
    without_lines,
)
from estimate_core.domain.money import MAX_AMOUNT, grouped, round_half_up
from estimate_core.domain.schedule import Item, Schedule

POINT = Item(5, "Light point", "EL-1", "Wiring of light point.", "Points", "Pts", "Rewiring of", Decimal("1400.0"), ())
CABLE = Item(30, "Cable", "EL-2", "", "Cables", "Mtrs", "", Decimal("85.255"), ())
UNPRICED = Item(60, "Chandelier", "EL-3", "", "Fittings", "Nos", "", None, ())
SCHEDULE = Schedule((POINT, CABLE, UNPRICED), ())


def estimate_of(*lines: Line) -> Estimate:
    """An estimate without charges, so that its figures are those of its lines."""
    return Estimate(lines=lines, charges=())


def three_lines() -> Estimate:
    """An estimate with the lines a, b and c."""
    return estimate_of(Line("a", 5, Decimal(1)), Line("b", 30, Decimal(2)), Line("c", 5, Decimal(3)))


def ids(estimate: Estimate) -> str:
    """The ids of the lines in their order."""
    return "".join(line.id for line in estimate.lines)


def test_a_new_line_goes_to_the_end() -> None:
    before = three_lines()

    after = with_line(before, Line("d", 5))

    assert ids(after) == "abcd"
    assert ids(before) == "abc"


def test_lines_beyond_the_limit_are_refused() -> None:
    full = estimate_of(*[Line("x", 5)] * MAX_LINES)

    with pytest.raises(BadInput, match="at most 5,000 lines"):
        with_line(full, Line("y", 5))


def test_one_line_is_changed_and_the_others_stay() -> None:
    before = three_lines()

    after = with_changed_line(before, "b", lambda line: replace(line, quantity=Decimal(9)))

    assert [line.quantity for line in after.lines] == [1, 9, 3]


def test_changing_a_line_that_was_removed_meanwhile_changes_nothing() -> None:
    assert with_changed_line(three_lines(), "z", lambda line: replace(line, row=99)) == three_lines()


def test_lines_are_removed_and_unknown_ids_ignored() -> None:
    assert ids(without_lines(three_lines(), ["c", "a", "z"])) == "b"


@pytest.mark.parametrize(
    ("moved", "by", "order"),
    [
        ("a", 1, "bac"),
        ("c", -1, "acb"),
        ("b", 0, "abc"),
        ("a", -1, "abc"),
        ("c", 1, "abc"),
        ("a", 99, "bca"),
        ("c", -99, "cab"),
        ("z", 1, "abc"),
    ],
)
def test_a_line_is_moved_no_further_than_the_ends(moved: str, by: int, order: str) -> None:
    assert ids(with_moved_line(three_lines(), moved, by)) == order


def test_a_name_is_kept_on_one_line_without_control_characters() -> None:
    assert clean_name("  Repairs\tto\r\nquarters\x00 \u2014 Block A\ud800 ") == "Repairs to quarters \u2014 Block A"


@pytest.mark.parametrize("name", ["=1+1", "@work", "-", "", "\u0c2e\u0c30\u0c2e\u0c4d\u0c2e\u0c24\u0c41"])
def test_a_name_may_be_any_printable_text(name: str) -> None:
    assert clean_name(name) == name


def test_a_name_of_the_greatest_length_is_kept_and_a_longer_one_refused() -> None:
    assert clean_name("x" * MAX_NAME) == "x" * MAX_NAME
    with pytest.raises(BadInput, match="has 10,000 characters. Shorten it to 2,000"):
        clean_name("x" * 10_000)


def test_a_typed_unit_is_cleaned_and_a_long_one_refused() -> None:
    assert clean_unit(" running \n metre ") == "running metre"
    with pytest.raises(BadInput, match="at most 20 characters"):
        clean_unit("x" * 21)


def test_an_amount_is_quantity_times_rate_rounded_half_up() -> None:
    priced = price(estimate_of(Line("a", 30, Decimal("1")), Line("b", 30, Decimal("0.125"))), SCHEDULE)

    assert [str(line.amount) for line in priced.lines] == ["85.26", "10.66"]
    assert str(priced.items_total) == "95.92"


def test_an_item_may_stand_in_several_lines() -> None:
    priced = price(three_lines(), SCHEDULE)

    assert [line.item.name for line in priced.lines] == ["Light point", "Cable", "Light point"]
    assert priced.items_total == Decimal("5770.51")


def test_the_unit_of_a_line_goes_before_that_of_its_item() -> None:
    priced = price(estimate_of(Line("a", 5), Line("b", 5, unit="each"), Line("c", 5, unit="bag")), SCHEDULE)

    assert [(line.plural, line.singular) for line in priced.lines] == [("Pts", "Pt"), ("Nos", "No"), ("bag", "bag")]


def test_a_quantity_keeps_the_decimals_that_were_typed() -> None:
    priced = price(estimate_of(Line("a", 5, Decimal("1.250"))), SCHEDULE)

    assert str(priced.lines[0].line.quantity) == "1.250"


def test_the_prefix_stands_before_the_specification_in_repair_work_only() -> None:
    original = Estimate(lines=(Line("a", 5),), work_type="original")
    repair = replace(original, work_type="repair")

    assert price(original, SCHEDULE).lines[0].description == "Wiring of light point."
    assert price(repair, SCHEDULE).lines[0].description == "Rewiring of Wiring of light point."


def test_an_item_without_specification_is_described_by_its_name() -> None:
    assert described(CABLE, True) == "Cable"


def test_old_material_is_deducted_in_repair_work_only() -> None:
    charges = with_value(default_profile(), "deduction", Decimal(400))
    original = Estimate(lines=(Line("a", 5, Decimal(1)),), charges=charges)

    # ECV 1,400 or 1,000; LC and QC 1 %, NAC 0.1 %, GST 18 %, each to the rupee
    assert price(original, SCHEDULE).grand_total == Decimal(1_400 + 14 + 14 + 1 + 257)
    assert price(replace(original, work_type="repair"), SCHEDULE).grand_total == Decimal(1_000 + 10 + 10 + 1 + 184)


def test_an_estimate_without_lines_comes_to_nothing() -> None:
    priced = price(Estimate(), SCHEDULE)

    assert (priced.items_total, priced.grand_total, priced.problem) == (0, 0, "")


def test_a_typed_total_below_the_sum_is_a_problem_and_the_lines_are_priced() -> None:
    charges = with_grand_total(default_profile(), Decimal(100))

    priced = price(Estimate(lines=(Line("a", 5, Decimal(1)),), charges=charges), SCHEDULE)

    assert "less than the items and charges" in priced.problem
    assert (priced.items_total, priced.grand_total) == (Decimal(1_400), 0)
    assert f"at least {grouped(priced.charges[-1].amount)}" in priced.problem


@pytest.mark.parametrize("row", [6, 60, -1])
def test_a_line_whose_item_is_gone_or_has_no_rate_is_refused(row: int) -> None:
    with pytest.raises(BadInput, match=f"no usable item in row {row}"):
        price(estimate_of(Line("a", row, Decimal(1))), SCHEDULE)


@pytest.mark.parametrize("rate", ["1E+12", "1E+30", "1E+308"])
def test_an_amount_that_no_workbook_holds_is_refused(rate: str) -> None:
    schedule = Schedule((replace(POINT, rate=Decimal(rate)),), ())

    with pytest.raises(BadInput, match="too large for a workbook"):
        price(estimate_of(Line("a", 5, Decimal(1))), schedule)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([5, 30]),
            st.decimals(min_value=0, max_value=10_000_000, places=4),
        ),
        max_size=20,
    )
)
def test_the_items_total_is_the_sum_of_the_rounded_amounts(picked: list[tuple[int, Decimal]]) -> None:
    rates = {item.row: item.rate or Decimal(0) for item in SCHEDULE.items}
    lines = [Line(str(place), row, quantity) for place, (row, quantity) in enumerate(picked)]

    priced = price(estimate_of(*lines), SCHEDULE)

    assert priced.items_total == sum(round_half_up(quantity * rates[row], 2) for row, quantity in picked)
    assert all(line.amount < MAX_AMOUNT for line in priced.lines)


def test_an_estimate_too_large_for_a_workbook_has_a_problem_and_no_grand_total() -> None:
    lines = tuple(Line(str(n), 5, Decimal("9999999")) for n in range(3_000))
    schedule = Schedule((replace(POINT, row=5, rate=Decimal(50_000)),), ())

    worth = price(Estimate("Work", "original", lines), schedule)

    assert "1,00,000 crore" in worth.problem
    assert worth.grand_total == 0


def test_a_grouped_estimate_is_priced_group_by_group_in_the_order_of_first_lines() -> None:
    estimate = replace(three_lines(), grouped=True)

    priced = price(estimate, SCHEDULE)

    assert [line.line.id for line in priced.lines] == ["a", "c", "b"]
    assert [(group.name, group.lines, group.amount) for group in priced.groups] == [
        ("Points", 2, Decimal("5600.00")),
        ("Cables", 1, Decimal("170.51")),
    ]
    assert sum(group.amount for group in priced.groups) == priced.items_total


def test_an_estimate_that_is_not_grouped_has_no_groups() -> None:
    assert price(three_lines(), SCHEDULE).groups == ()


def test_a_line_moves_within_its_group_where_groups_are_printed() -> None:
    other = replace(POINT, row=5, group="Fans")
    schedule = Schedule((replace(POINT, row=4), other), ())
    lines = tuple(Line(name, row) for name, row in (("a", 4), ("x", 5), ("b", 4), ("y", 5), ("c", 4)))

    moved = with_line_moved_in_group(Estimate(lines=lines, grouped=True), schedule, "c", -1)
    at_the_end = with_line_moved_in_group(moved, schedule, "a", -1)

    assert [line.id for line in moved.lines] == ["a", "x", "c", "y", "b"]
    assert at_the_end == moved


def test_charges_that_cannot_be_computed_leave_a_problem_and_the_lines() -> None:
    broken = (Charge("x", "Extra", "percent", ("x",), Decimal(5)),)

    worth = price(Estimate(lines=(Line("a", POINT.row, Decimal(2)),), charges=broken), Schedule((POINT,), ()))

    assert "\u201cExtra\u201d is computed on itself" in worth.problem
    assert (len(worth.lines), worth.charges, worth.grand_total) == (1, (), 0)
