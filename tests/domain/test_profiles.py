"""Charge profiles: the shipped ones, every change to one, and what no profile may be."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimate_core.domain import profiles
from estimate_core.domain.charge_rules import MAX_ROWS, checked, read_profile
from estimate_core.domain.charges import (
    GRAND_TOTAL,
    ITEMS,
    Charge,
    Profile,
    compute,
    default_profile,
    find_charge,
    lump_sums,
    with_grand_total,
    with_lump_sums,
)
from estimate_core.domain.errors import BadInput

ITEMS_TOTAL = Decimal(315_883)
STANDARD, ON_ITEMS, CONTINGENCY = (profile.rows for profile in profiles.SHIPPED)


def computed(profile: Profile, total: Decimal = ITEMS_TOTAL, *, repair: bool = True) -> dict[str, Decimal]:
    """The amount of each row that takes part, by its key."""
    return {row.charge.key: row.amount for row in compute(profile, total, repair)}


def row_of(profile: Profile, key: str) -> Charge:
    row = find_charge(profile, key)
    assert row
    return row


def keys(profile: Profile) -> list[str]:
    return [row.key for row in profile]


def published() -> Profile:
    """The default profile with what the author of the published estimate typed."""
    typed = profiles.with_typed_value(default_profile(), "deduction", "6,400")
    typed = profiles.with_typed_value(typed, "tp", "4.5")
    return with_lump_sums(typed, [("electrification", Decimal(15_000)), ("name board", Decimal(25_000))])


@pytest.mark.parametrize(
    ("cess_on", "gst_on", "cess", "sub_total", "gst", "grand_total"),
    [
        (["ecv"], ["sub_total"], (3095, 3095, 309), 329_909, 59_384, 429_293),
        (["ecv"], ["ecv", "tp"], (3095, 3095, 309), 329_909, 58_214, 428_123),
        (["ecv", "tp"], ["sub_total"], (3234, 3234, 323), 330_201, 59_436, 429_637),
        (["ecv", "tp"], ["ecv", "tp"], (3234, 3234, 323), 330_201, 58_214, 428_415),
    ],
)
def test_profiles_edited_to_other_bases_give_the_published_figures(
    cess_on: list[str],
    gst_on: list[str],
    cess: tuple[int, int, int],
    sub_total: int,
    gst: int,
    grand_total: int,
) -> None:
    profile = published()

    for key, base in (("lc", cess_on), ("qc", cess_on), ("nac", cess_on), ("gst", gst_on)):
        profile = profiles.with_base(profile, key, base)

    amounts = computed(profile)
    assert (amounts["lc"], amounts["qc"], amounts["nac"]) == cess
    assert (amounts["sub_total"], amounts["gst"], amounts[GRAND_TOTAL]) == (sub_total, gst, grand_total)


def test_the_shipped_profiles_can_be_computed_and_differ_in_their_bases() -> None:
    totals = [computed(checked(profile.rows), Decimal(100_000))[GRAND_TOTAL] for profile in profiles.SHIPPED]

    assert totals == [
        100_000 + 1_000 + 1_000 + 100 + Decimal("0.18") * 102_100,
        100_000 + 500 + 18_000,
        103_000,
    ]


@pytest.mark.parametrize("profile", [profile.rows for profile in profiles.SHIPPED])
def test_every_shipped_profile_takes_a_typed_grand_total(profile: Profile) -> None:
    typed = profiles.with_typed_value(profile, GRAND_TOTAL, "5,00,000")

    amounts = computed(typed)

    assert amounts[GRAND_TOTAL] == 500_000
    assert amounts["unforeseen"] == 500_000 - computed(profile)[GRAND_TOTAL]


def test_a_row_is_switched_off_and_on_again() -> None:
    off = profiles.with_switch(STANDARD, "qc", False)

    assert "qc" not in computed(off)
    assert profiles.with_switch(off, "qc", True) == STANDARD


def test_a_typed_value_switches_its_row_on_and_nothing_switches_it_off() -> None:
    typed = profiles.with_typed_value(STANDARD, "tp", "4.5 %")

    assert computed(typed)["tp"] == 14_215
    assert profiles.with_typed_value(typed, "tp", "") == STANDARD


def test_a_label_is_cleaned_and_keeps_the_sign_of_a_deduction() -> None:
    named = profiles.with_label(STANDARD, "deduction", "  Less:  old\nbricks ")

    assert row_of(named, "deduction").label == "Less: old bricks (-)"


def test_a_row_that_is_subtracted_says_so_and_counts_negative() -> None:
    typed = profiles.with_typed_value(STANDARD, "tp", "10")

    less = profiles.with_sign(typed, "tp", True)

    assert row_of(less, "tp").label == "Add Excess T.P. @ {p} % (-)"
    assert row_of(less, "tp").name == "Excess T.P."
    assert computed(less)["sub_total"] == computed(STANDARD)["sub_total"] - computed(less)["tp"]
    assert profiles.with_sign(less, "tp", False) == typed


@pytest.mark.parametrize(("word", "amount"), [("paise", "3158.83"), ("rupee", "3159"), ("10 rupees", "3160")])
def test_a_percentage_is_rounded_to_what_was_chosen(word: str, amount: str) -> None:
    rounded = profiles.with_rounding(STANDARD, "lc", word)

    assert str(computed(rounded)["lc"]) == amount


def test_the_grand_total_can_be_rounded_to_ten_rupees() -> None:
    rounded = profiles.with_rounding(CONTINGENCY, GRAND_TOTAL, "10 rupees")

    assert computed(CONTINGENCY)[GRAND_TOTAL] == 325_359
    assert str(computed(rounded)[GRAND_TOTAL]) == "325360"


def test_a_row_of_repair_work_is_left_out_of_original_work() -> None:
    profile = profiles.with_repair_only(STANDARD, "qc", True)

    assert "qc" in computed(profile, repair=True)
    assert "qc" not in computed(profile, repair=False)


def test_a_row_moves_among_its_equals_but_not_above_its_base() -> None:
    moved = profiles.with_moved(STANDARD, "nac", -1)

    assert keys(moved)[3:6] == ["lc", "nac", "qc"]
    with pytest.raises(BadInput, match="computed on \u201cECV\u201d, which does not stand above it"):
        profiles.with_moved(STANDARD, "tp", -1)


def test_no_row_moves_below_the_grand_total() -> None:
    moved = profiles.with_added(CONTINGENCY, "fixed")

    with pytest.raises(BadInput, match="must be the last row|not stand above"):
        profiles.with_moved(moved, "charge_1", 10)


@pytest.mark.parametrize(("kind", "text", "amount"), [("fixed", "1,500.50", "1500.50"), ("percent", "2", "6318")])
def test_a_row_that_is_added_counts_in_the_grand_total_and_the_balance(kind: str, text: str, amount: str) -> None:
    added = profiles.with_added(STANDARD, kind)
    typed = profiles.with_typed_value(added, "charge_1", text)
    fitted = profiles.with_typed_value(typed, GRAND_TOTAL, "500000")

    assert computed(added) == computed(STANDARD)
    assert computed(typed)["charge_1"] == Decimal(amount)
    assert computed(typed)[GRAND_TOTAL] == computed(STANDARD)[GRAND_TOTAL] + Decimal(amount)
    assert sum(computed(fitted)[key] for key in row_of(fitted, GRAND_TOTAL).of if key in computed(fitted)) == 500_000


def test_two_added_rows_have_keys_of_their_own_even_after_one_is_removed() -> None:
    two = profiles.with_added(profiles.with_added(STANDARD, "fixed"), "fixed")

    again = profiles.with_added(profiles.without_charge(two, "charge_1"), "percent")

    assert sorted(key for key in keys(again) if key.startswith("charge_")) == ["charge_1", "charge_2"]


def test_rows_that_named_a_removed_row_lose_it() -> None:
    without = profiles.without_charge(STANDARD, "lc")

    assert "lc" not in row_of(without, "sub_total").of
    assert computed(without)["sub_total"] == computed(STANDARD)["sub_total"] - 3_159


def test_where_a_sum_is_removed_its_rows_take_its_place_so_that_nothing_is_lost() -> None:
    without = profiles.without_charge(STANDARD, "sub_total")

    assert row_of(without, "gst").of == ("ecv", "tp", "lc", "qc", "nac")
    assert computed(without)[GRAND_TOTAL] == computed(STANDARD)[GRAND_TOTAL]


def test_the_balance_follows_the_base_of_the_grand_total() -> None:
    based = profiles.with_base(STANDARD, GRAND_TOTAL, ["sub_total"])

    assert row_of(based, "unforeseen").of == ("sub_total",)
    assert row_of(based, GRAND_TOTAL).of == ("sub_total", "unforeseen")


def test_lump_sums_typed_again_keep_the_place_and_the_bases_that_they_have() -> None:
    provided = profiles.with_moved(published(), "lump_1", -2)
    provided = profiles.with_base(provided, "sub_total", [*row_of(provided, "sub_total").of, "lump_1"])

    retyped = with_lump_sums(provided, [("water", Decimal(10))])

    assert keys(checked(retyped)) == [key for key in keys(provided) if key != "lump_2"]
    assert "lump_1" in row_of(retyped, "sub_total").of
    assert lump_sums(retyped) == [("water", Decimal(10))]


def test_a_lump_sum_with_a_label_of_its_own_keeps_it_while_its_name_stays() -> None:
    named = profiles.with_label(published(), "lump_1", "Provision for lights")

    retyped = with_lump_sums(named, [("Provision for lights", Decimal(1)), ("name board", Decimal(2))])

    assert row_of(retyped, "lump_1").label == "Provision for lights"
    assert row_of(retyped, "lump_2").label == "L.S. Provision towards name board"


Edit = Callable[[Profile], Profile]
REFUSED: dict[str, tuple[Edit, str]] = {
    "percent as text": (
        lambda p: profiles.with_typed_value(p, "gst", "lots"),
        "The GST \u201clots\u201d is not a number",
    ),
    "negative percent": (lambda p: profiles.with_typed_value(p, "gst", "-5"), "GST .* from 0 to 100"),
    "percent of 1000": (lambda p: profiles.with_typed_value(p, "gst", "1000"), "GST .* from 0 to 100"),
    "negative amount": (lambda p: profiles.with_typed_value(p, "deduction", "-1"), "Old Material Cost .* negative"),
    "value of a sum": (lambda p: profiles.with_typed_value(p, "ecv", "5"), "\u201cECV\u201d is computed from other"),
    "empty label": (lambda p: profiles.with_label(p, "gst", " \n "), "no label"),
    "long label": (lambda p: profiles.with_label(p, "gst", "x" * 201), "more than 200 characters"),
    "percent twice in label": (lambda p: profiles.with_label(p, "gst", "{p} {p}"), "more than once"),
    "absent base": (lambda p: profiles.with_base(p, "gst", ["octroi"]), "\u201cGST\u201d .* not there"),
    "no base": (lambda p: profiles.with_base(p, "gst", []), "\u201cGST\u201d is computed on nothing"),
    "itself as base": (lambda p: profiles.with_base(p, "gst", ["gst"]), "computed on itself"),
    "lower base": (
        lambda p: profiles.with_base(p, "ecv", [ITEMS, "gst"]),
        "\u201cECV\u201d is computed on \u201cGST\u201d",
    ),
    "base of an amount": (lambda p: profiles.with_base(p, "deduction", [ITEMS]), "computed on nothing"),
    "base of the balance": (lambda p: profiles.with_base(p, "unforeseen", [ITEMS]), "rows of the grand total"),
    "unknown rounding": (lambda p: profiles.with_rounding(p, "gst", "crore"), "Choose one of them"),
    "rounded amount": (lambda p: profiles.with_rounding(p, "deduction", "rupee"), "is not rounded"),
    "subtracted sum": (lambda p: profiles.with_sign(p, "ecv", True), "\u201cECV\u201d follows from other rows"),
    "grand total off": (lambda p: profiles.with_switch(p, GRAND_TOTAL, False), "Grand Total"),
    "ECV off": (lambda p: profiles.with_switch(p, "ecv", False), "\u201cECV\u201d must take part, since"),
    "ECV in repairs only": (lambda p: profiles.with_repair_only(p, "ecv", True), "\u201cECV\u201d must take part"),
    "on without a percent": (lambda p: profiles.with_switch(p, "tp", True), "Type the percentage"),
    "balance without total": (lambda p: profiles.with_switch(p, "unforeseen", True), "Type one"),
    "total removed": (lambda p: profiles.without_charge(p, GRAND_TOTAL), "cannot be removed"),
    "absent row": (lambda p: profiles.with_switch(p, "octroi", True), "no longer in the estimate"),
    "row of no kind": (lambda p: profiles.with_added(p, "sum"), "Choose one of them"),
    "balance needed": (
        lambda p: profiles.without_charge(with_grand_total(p, Decimal(10**6)), "unforeseen"),
        "no row takes up the balance",
    ),
    "balance off": (
        lambda p: profiles.with_switch(with_grand_total(p, Decimal(10**6)), "unforeseen", False),
        "Clear the grand total",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_change_that_cannot_be_is_refused_with_a_sentence_of_its_row(name: str) -> None:
    change, sentence = REFUSED[name]

    with pytest.raises(BadInput, match=sentence):
        change(STANDARD)


GST = row_of(STANDARD, "gst")
BROKEN: dict[str, tuple[Profile, str]] = {
    "nothing": ((), "no grand total"),
    "no total": (STANDARD[:-1], "no grand total|not there"),
    "total first": ((STANDARD[-1], *STANDARD[:-1]), "does not stand above"),
    "a row below the total": ((*CONTINGENCY, Charge("x", "Extra", "fixed")), "must be the last row"),
    "double key": ((STANDARD[0], *STANDARD), "twice under one key"),
    "the key of the items": ((Charge(ITEMS, "Mine", "fixed"), *STANDARD), "twice under one key"),
    "no key": ((Charge("", "Mine", "fixed"), *STANDARD), "no usable key"),
    "too many rows": ((*(Charge(f"x{n}", "X", "fixed") for n in range(MAX_ROWS)), *STANDARD), "takes 60"),
    "control characters": ((Charge("x", "a\x07b", "fixed"), *STANDARD), "invisible characters"),
    "text for a value": ((replace(GST, of=(ITEMS,), value="5"), *CONTINGENCY), "\u201cGST\u201d is not a number"),  # type: ignore[arg-type]
    "not a number": ((replace(GST, of=(ITEMS,), value=Decimal("NaN")), *CONTINGENCY), "GST .* not a number"),
    "endless": ((replace(GST, of=(ITEMS,), value=Decimal("Infinity")), *CONTINGENCY), "GST .* not a number"),
    "huge": ((Charge("x", "Extra", "fixed", value=Decimal("1e999999")), *CONTINGENCY), "Extra"),
    "unknown kind": ((Charge("x", "Extra", "magic"), *CONTINGENCY), "no known kind"),  # type: ignore[arg-type]
    "odd rounding": ((replace(GST, of=(ITEMS,), places=40), *CONTINGENCY), "kind or rounding"),
    "base twice": ((replace(GST, of=(ITEMS, ITEMS)), *CONTINGENCY), "names a row twice"),
    "typed sum": ((replace(STANDARD[1], of=(ITEMS,), value=Decimal(5)), *CONTINGENCY), "Only the grand total"),
    "two balances": ((Charge("b", "Rest", "balance", (ITEMS,), on=False), *CONTINGENCY), "second row for the balance"),
    "balance of other rows": ((*CONTINGENCY[:-2], replace(CONTINGENCY[-2], of=(ITEMS,)), CONTINGENCY[-1]), "same rows"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_profile_of_elsewhere_that_cannot_be_is_told_and_not_computed(name: str) -> None:
    profile, sentence = BROKEN[name]

    with pytest.raises(BadInput, match=sentence):
        checked(profile)


@pytest.mark.parametrize(
    "rows",
    [
        None,
        "text",
        {"key": "x"},
        [1, 2],
        [{}],
        [{"key": "x", "label": "X", "kind": "percent", "of": "items"}],
        [{"key": "x", "label": "X", "kind": "percent", "of": ["items"], "value": "lots"}],
        [{"key": "x", "label": "X", "kind": "percent", "of": ["items"], "value": {"a": 1}}],
        [{"key": "x", "label": "X", "kind": "sum", "of": ["items"], "places": "2"}],
        [{"key": "x", "label": 5, "kind": ["sum"]}],
    ],
)
def test_rows_that_are_no_profile_are_refused(rows: object) -> None:
    with pytest.raises(BadInput):
        read_profile(rows)


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
FIELDS = ("key", "label", "kind", "of", "value", "subtracts", "on", "places", "repair_only")
WORDS = st.sampled_from(["percent", "fixed", "sum", "balance", ITEMS, GRAND_TOTAL, "ecv"])
ANY_ROW = st.dictionaries(st.sampled_from(FIELDS), PLAIN | WORDS | st.lists(WORDS, max_size=3), max_size=9)


@given(st.lists(ANY_ROW, max_size=4))
def test_whatever_is_read_is_computed_or_refused(rows: list[dict[str, object]]) -> None:
    try:
        profile = read_profile([*rows, {"key": GRAND_TOTAL, "label": "Total", "kind": "sum", "of": [ITEMS]}])
        amounts = computed(profile)
    except BadInput as refusal:
        assert str(refusal).endswith(".")
    else:
        assert list(amounts)[-1] == GRAND_TOTAL


def test_percentages_that_pile_up_beyond_any_workbook_are_refused() -> None:
    rows = tuple(
        Charge(f"x{n}", f"Row {n}", "percent", (ITEMS, *(f"x{m}" for m in range(n))), Decimal(100)) for n in range(59)
    )
    profile = (*rows, Charge(GRAND_TOTAL, "Total", "sum", (ITEMS, *(row.key for row in rows))))

    with pytest.raises(BadInput, match="more than a workbook can hold"):
        compute(checked(profile), Decimal(10**11), True)


def test_an_applied_profile_keeps_what_was_typed_for_that_work() -> None:
    fitted = with_grand_total(published(), Decimal(450_000))

    applied = profiles.applied(fitted, ON_ITEMS)
    back = profiles.applied(applied, STANDARD)

    assert row_of(applied, "deduction").value == 6_400
    assert lump_sums(applied) == lump_sums(fitted)
    assert row_of(applied, GRAND_TOTAL).value == 450_000
    assert computed(applied)["gst"] == Decimal(56_859)
    assert row_of(back, "tp").value is None


def test_a_profile_applied_to_what_it_gave_changes_nothing() -> None:
    edited = profiles.with_base(published(), "gst", [ITEMS])

    kept = profiles.to_keep(edited)

    assert profiles.applied(edited, kept) == edited
    assert row_of(kept, "deduction").value is None


def test_a_kept_profile_has_no_typed_grand_total() -> None:
    kept = profiles.to_keep(with_grand_total(published(), Decimal(450_000)))

    assert row_of(kept, GRAND_TOTAL).value is None
    assert not row_of(kept, "unforeseen").on


@pytest.mark.parametrize("name", ["", " \n ", "x" * 81, "standard", " CONTINGENCY  3 % "])
def test_a_name_that_no_profile_may_have_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        profiles.clean_profile_name(name)
