"""The rows below the item total, by figures of a published estimate and by the sum of their parts."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimate_core.domain.charges import (
    ITEMS,
    MAX_LUMP_SUMS,
    Profile,
    amount_of,
    compute,
    default_profile,
    find_charge,
    lump_sums,
    percent_text,
    with_grand_total,
    with_lump_sums,
    with_value,
)
from estimate_core.domain.errors import BadInput

ITEMS_TOTAL = Decimal(315_883)
LUMPS = [("electrification", Decimal(15_000)), ("name board", Decimal(25_000))]
ADDED = ("tp", "lc", "qc", "nac", "gst", "unforeseen")


def published() -> Profile:
    """The profile of the published estimate, with what its author typed."""
    profile = with_value(default_profile(), "deduction", Decimal(6_400))
    return with_lump_sums(with_value(profile, "tp", Decimal("4.5")), LUMPS)


def based_on(profile: Profile, bases: dict[str, tuple[str, ...]]) -> Profile:
    """The profile with other bases for some rows."""
    return tuple(replace(row, of=bases.get(row.key, row.of)) for row in profile)


def computed(profile: Profile, total: Decimal = ITEMS_TOTAL, *, repair: bool = True) -> dict[str, Decimal]:
    """The amount of each row that takes part, by its key."""
    return {row.charge.key: row.amount for row in compute(profile, total, repair)}


def parts_of(amounts: dict[str, Decimal], total: Decimal) -> Decimal:
    """What the rows that are no sums come to."""
    added = sum((amount for key, amount in amounts.items() if key in ADDED or key.startswith("lump_")), Decimal(0))
    return total - amounts.get("deduction", Decimal(0)) + added


def test_the_default_profile_gives_the_published_figures() -> None:
    amounts = computed(published())

    assert amounts == {
        "deduction": 6_400,
        "ecv": 309_483,
        "tp": 13_927,
        "lc": 3_095,
        "qc": 3_095,
        "nac": 309,
        "sub_total": 329_909,
        "gst": 59_384,
        "lump_1": 15_000,
        "lump_2": 25_000,
        "grand_total": 429_293,
    }


@pytest.mark.parametrize(
    ("cess_on", "gst_on", "cess", "sub_total", "gst", "grand_total"),
    [
        (("ecv",), ("sub_total",), (3095, 3095, 309), 329_909, 59_384, 429_293),
        (("ecv",), ("ecv", "tp"), (3095, 3095, 309), 329_909, 58_214, 428_123),
        (("ecv", "tp"), ("sub_total",), (3234, 3234, 323), 330_201, 59_436, 429_637),
        (("ecv", "tp"), ("ecv", "tp"), (3234, 3234, 323), 330_201, 58_214, 428_415),
    ],
)
def test_other_bases_give_the_published_figures(
    cess_on: tuple[str, ...],
    gst_on: tuple[str, ...],
    cess: tuple[int, int, int],
    sub_total: int,
    gst: int,
    grand_total: int,
) -> None:
    bases = {"lc": cess_on, "qc": cess_on, "nac": cess_on, "gst": gst_on}

    amounts = computed(based_on(published(), bases))

    assert (amounts["lc"], amounts["qc"], amounts["nac"]) == cess
    assert (amounts["sub_total"], amounts["gst"], amounts["grand_total"]) == (sub_total, gst, grand_total)


def test_rows_with_nothing_typed_take_no_part() -> None:
    amounts = computed(default_profile(), Decimal(1_000))

    assert list(amounts) == ["ecv", "lc", "qc", "nac", "sub_total", "gst", "grand_total"]


def test_old_material_is_deducted_in_repair_work_only() -> None:
    profile = with_value(default_profile(), "deduction", Decimal(6_400))

    assert computed(profile, repair=True)["ecv"] == Decimal(309_483)
    assert computed(profile, repair=False)["ecv"] == ITEMS_TOTAL
    assert "deduction" not in computed(profile, repair=False)


def test_the_balance_to_a_typed_total_goes_to_unforeseen_items() -> None:
    amounts = computed(with_grand_total(published(), Decimal(430_000)))

    assert amounts["unforeseen"] == Decimal(707)
    assert amounts["grand_total"] == Decimal(430_000)
    assert list(amounts)[-2:] == ["unforeseen", "grand_total"]


def test_a_typed_total_that_is_just_reached_leaves_a_balance_of_nothing() -> None:
    assert computed(with_grand_total(published(), Decimal(429_293)))["unforeseen"] == 0


def test_a_typed_total_below_the_sum_is_refused_and_told_by_how_much() -> None:
    profile = with_grand_total(published(), Decimal("429000.50"))

    with pytest.raises(BadInput) as refused:
        compute(profile, ITEMS_TOTAL, True)

    assert str(refused.value) == (
        "The grand total 4,29,000.50 is 292.50 less than the items and charges. "
        "Type at least 4,29,293.00, or clear it to use the sum."
    )


@pytest.mark.parametrize("cleared", [None, Decimal(0)])
def test_clearing_the_typed_total_goes_back_to_the_sum(cleared: Decimal | None) -> None:
    fitted = with_grand_total(published(), Decimal(430_000))

    assert with_grand_total(fitted, cleared) == published()


def test_lump_sums_stand_above_the_balance_and_count_in_it() -> None:
    profile = with_grand_total(published(), Decimal(430_000))

    keys = [row.key for row in profile]
    balance = find_charge(profile, "unforeseen")

    assert keys[-4:] == ["lump_1", "lump_2", "unforeseen", "grand_total"]
    assert balance is not None and balance.of == ("sub_total", "gst", "lump_1", "lump_2")


def test_typing_lump_sums_again_replaces_those_before() -> None:
    once = published()

    again = with_lump_sums(once, [("  water \n supply", Decimal(500))])
    none_left = with_lump_sums(again, [])

    assert lump_sums(once) == LUMPS
    assert lump_sums(again) == [("water supply", Decimal(500))]
    assert computed(again)["grand_total"] == Decimal(429_293 - 40_000 + 500)
    assert none_left == with_value(with_value(default_profile(), "deduction", Decimal(6_400)), "tp", Decimal("4.5"))


def test_a_lump_sum_without_a_name_is_for_other_works() -> None:
    assert lump_sums(with_lump_sums(default_profile(), [(" ", Decimal(1))])) == [("other works", Decimal(1))]


def test_lump_sums_beyond_the_limit_are_refused() -> None:
    full = with_lump_sums(default_profile(), [("works", Decimal(1))] * MAX_LUMP_SUMS)

    assert len(lump_sums(full)) == MAX_LUMP_SUMS
    with pytest.raises(BadInput, match="at most 50 lump-sum provisions"):
        with_lump_sums(full, [("works", Decimal(1))] * (MAX_LUMP_SUMS + 1))


def test_a_typed_percentage_switches_its_row_on_and_nothing_or_0_switches_it_off() -> None:
    typed = with_value(default_profile(), "tp", Decimal("4.5"))

    assert computed(typed, Decimal(1_000))["tp"] == Decimal(45)
    assert "tp" not in computed(with_value(typed, "tp", Decimal(0)))
    assert "tp" not in computed(with_value(typed, "tp", None))


def test_a_value_for_a_row_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadInput, match="not in the estimate's profile"):
        with_value(default_profile(), "octroi", Decimal(1))


def test_labels_tell_the_percentage_without_trailing_zeros() -> None:
    labels = [row.charge.shown_label for row in compute(published(), ITEMS_TOTAL, True)]

    assert labels == [
        "Deduct Old Material Cost (-)",
        "ECV",
        "Add Excess T.P. @ 4.5 %",
        "Add LC @ 1 %",
        "Add QC @ 1 %",
        "Add NAC @ 0.1 %",
        "Sub Total",
        "Add GST @ 18 %",
        "L.S. Provision towards electrification",
        "L.S. Provision towards name board",
        "Grand Total",
    ]


@pytest.mark.parametrize(
    ("value", "text"), [("18.00", "18"), ("0.10", "0.1"), ("100", "100"), ("0", "0"), ("0.00", "0")]
)
def test_a_percentage_is_told_plainly(value: str, text: str) -> None:
    assert percent_text(Decimal(value)) == text


def test_a_row_that_takes_no_part_amounts_to_nothing() -> None:
    rows = compute(default_profile(), Decimal(1_000), False)

    assert amount_of(rows, "tp") == 0
    assert amount_of(rows, "lc") == 10


def test_charges_on_nothing_come_to_nothing() -> None:
    assert set(computed(default_profile(), Decimal(0)).values()) == {Decimal(0)}


def test_a_profile_may_have_its_charges_on_the_items_themselves() -> None:
    bases: dict[str, tuple[str, ...]] = {"qc": (ITEMS,), "gst": (ITEMS,)}

    amounts = computed(based_on(published(), bases))

    assert (amounts["qc"], amounts["gst"]) == (Decimal(3_159), Decimal(56_859))


RUPEES = st.decimals(min_value=0, max_value=10**9, places=2)
PERCENT = st.decimals(min_value=0, max_value=100, places=4)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """The default profile with anything typed into it."""
    profile = with_value(default_profile(), "deduction", draw(st.none() | RUPEES))
    for key in ("tp", "lc", "qc", "nac", "gst"):
        profile = with_value(profile, key, draw(st.none() | PERCENT))
    lumps = draw(st.lists(st.tuples(st.text(max_size=10), RUPEES), max_size=4))
    return with_lump_sums(profile, lumps)


@given(profiles(), st.decimals(min_value=10**9, max_value=10**11, places=2), st.booleans())
def test_the_parts_add_up_to_the_grand_total_to_the_paisa(profile: Profile, total: Decimal, repair: bool) -> None:
    amounts = computed(profile, total, repair=repair)

    assert parts_of(amounts, total) == amounts["grand_total"]
    assert all(amount == round(amount, 2) for amount in amounts.values())


@given(profiles(), RUPEES, st.decimals(min_value=Decimal("0.01"), max_value=10**11, places=2))
def test_the_parts_add_up_to_a_typed_total_or_it_is_refused(profile: Profile, total: Decimal, typed: Decimal) -> None:
    needed = computed(profile, total)["grand_total"]
    fitted = with_grand_total(profile, typed)

    if typed < needed:
        with pytest.raises(BadInput):
            compute(fitted, total, True)
    else:
        amounts = computed(fitted, total)

        assert amounts["grand_total"] == typed
        assert amounts["unforeseen"] == typed - needed
        assert parts_of(amounts, total) == typed
