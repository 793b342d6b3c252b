"""Two editions side by side: which item is which, what its rate did, and what cannot be said."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimate_core.domain import likeness
from estimate_core.domain.comparison import BANDS, Comparison, compare
from estimate_core.domain.schedule import Item, Schedule


def item(row: int, name: str, code: str = "", rate: str | None = "100", unit: str = "Nos") -> Item:
    """An item with little more than its name and rate."""
    return Item(row, name, code, "", "Other", unit, "", None if rate is None else Decimal(rate), ())


def compared(old: list[Item], new: list[Item]) -> Comparison:
    return compare(Schedule(tuple(old), ()), Schedule(tuple(new), ()))


def rows(comparison: Comparison) -> set[tuple[int, int, str]]:
    return {(pair.old.row, pair.new.row, pair.how) for pair in comparison.pairs}


def found_again(old: str, new: str) -> bool:
    return bool(compared([item(1, old)], [item(2, new)]).renamed)


# which item is which


def test_items_of_one_name_are_one_whatever_their_case_spaces_and_codes() -> None:
    result = compared([item(1, "Ceiling  fan", "A-1")], [item(9, "CEILING FAN ", "B-7")])

    assert rows(result) == {(1, 9, "name")}
    assert (result.new, result.gone, result.renamed) == ((), (), ())


def test_items_of_one_name_are_told_apart_by_code_and_then_by_order() -> None:
    old = [item(1, "Brick work", "C-1"), item(2, "Brick work", "C-2"), item(3, "Brick work"), item(4, "Brick work")]
    new = [item(11, "Brick work"), item(12, "Brick work", "c-2"), item(13, "Brick work", "C-1")]

    result = compared(old, new)

    assert rows(result) == {(1, 13, "name"), (2, 12, "name"), (3, 11, "name")}
    assert [gone.row for gone in result.gone] == [4]


def test_a_name_and_code_that_stand_twice_are_paired_in_their_order() -> None:
    old, new = ([item(start + n, "Brick work", "C-1") for n in range(3)] for start in (1, 11))

    assert rows(compared(old, new)) == {(1, 11, "name"), (2, 12, "name"), (3, 13, "name")}


def test_an_item_with_another_name_is_found_by_its_code() -> None:
    result = compared([item(1, "Brick work in foundation", "CV-6")], [item(2, "Foundation masonry of bricks", "cv-6")])

    assert rows(result) == {(1, 2, "code")}
    assert result.renamed[0].remark == "renamed from \u201cBrick work in foundation\u201d"


def test_a_code_that_went_to_a_wholly_unlike_name_is_no_renaming() -> None:
    result = compared([item(1, "Ceiling fan", "X-1")], [item(2, "Sand filling in basement", "X-1")])

    assert result.pairs == ()
    assert [found.row for found in result.new + result.gone] == [2, 1]


def test_a_code_that_stands_twice_finds_no_item() -> None:
    old = [item(1, "Brick work in foundation", "CV-6")]
    new = [item(2, "Foundation masonry of bricks", "CV-6"), item(3, "Brick masonry of foundation", "CV-6")]

    assert compared(old, new).pairs == ()


def test_an_empty_code_finds_no_item() -> None:
    assert compared([item(1, "Brick work in foundation")], [item(2, "Foundation masonry of bricks")]).pairs == ()


def test_a_size_that_moved_to_another_code_is_followed_by_its_name() -> None:
    old = [item(1, "GI pipe 25 mm", "P-1")]
    new = [item(2, "GI pipe 20 mm", "P-1"), item(3, "GI pipes 25 mm", "P-2")]

    assert rows(compared(old, new)) == {(1, 3, "likeness")}


def test_another_size_under_the_same_code_is_another_item() -> None:
    result = compared([item(1, "LED batten 18 W", "L-1")], [item(2, "LED batten 20 W", "L-1")])

    assert (result.pairs, len(result.new), len(result.gone)) == ((), 1, 1)


def test_a_size_that_was_added_under_the_same_code_is_a_renaming() -> None:
    result = compared([item(1, "Ceiling fan 1200 mm", "F-1")], [item(2, "Ceiling fan 1200 mm (48 inch)", "F-1")])

    assert rows(result) == {(1, 2, "code")}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Light point wiring, concealed", "Light point wiring (concealed type)"),
        ("Ceiling fan 1200 mm, supply and fixing", "Supply & fixing of ceiling fan 1,200mm"),
        ("CC flooring 1:2:4, 40 mm thick", "40mm thick C.C. flooring (1:2:4)"),
        ("Cable 3.5 core 35 sq.mm", "Cables, 3.50 core 35 sqmm"),
        ("Two way switch with wiring", "2 way switch with wiring"),
        (
            "Exhaust fan \u0c35\u0c48\u0c30\u0c3f\u0c02\u0c17\u0c4d",
            "Exhaust fans \u0c35\u0c48\u0c30\u0c3f\u0c02\u0c17\u0c4d",
        ),
        ("BRICK WORK IN FOUNDATIONS", "BRICKWORK IN FOUNDATION"),
    ],
)
def test_an_item_is_found_by_a_like_name(old: str, new: str) -> None:
    assert found_again(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("GI pipe 25 mm, laid in trench", "GI pipe 20 mm, laid in trench"),
        ("Cable 4 core 16 sq.mm in trench", "Cable 16 core 4 sq.mm in trench"),
        ("MCB single pole 32 A in board", "MCB double pole 32 A in board"),
        ("Plaster 12 mm CM 1:6", "Plaster 12 mm CM 1:5"),
        ("Plaster 12 mm", "Plaster 12 mm, 2 coats"),
        ("Distribution board SPN 8 way", "Distribution board TPN 8 way"),
        ("Plate earthing with GI plate", "Plate earthing with copper plate"),
        ("Ceiling fan", "Sand filling"),
        ("---", "***"),
    ],
)
def test_another_size_kind_or_thing_is_another_item(old: str, new: str) -> None:
    result = compared([item(1, old)], [item(2, new)])

    assert result.pairs == ()
    assert len(result.new) == len(result.gone) == 1


def test_the_likest_names_are_paired_first() -> None:
    old = [item(1, "Concealed wiring of light points"), item(2, "Concealed wiring of light point")]
    new = [item(11, "Concealed wiring of a light point"), item(12, "Concealed wiring of the light points")]

    assert rows(compared(old, new)) == {(1, 12, "likeness"), (2, 11, "likeness")}


def test_the_same_unit_goes_before_a_little_more_likeness() -> None:
    old = [item(1, "Concealed wiring of light point", unit="Mtrs")]
    new = [
        item(11, "Concealed wiring of light points", unit="Nos"),
        item(12, "Concealed wiring of lights point", unit="metre"),
        item(13, "Concealed wiring for light points", unit="Mtrs"),
    ]

    assert rows(compared(old, new)) == {(1, 12, "likeness")}


def test_items_that_are_too_many_to_be_sought_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "_MOST_COMPARISONS", 4)
    old = [item(n, f"Wiring of a {name} point") for n, name in enumerate(("light", "fan", "call bell"))]
    new = [item(10, "Wiring of light points"), item(11, "Wiring of fan points")]

    result = compared(old, new)

    assert (len(result.pairs), len(result.gone), result.not_sought) == (2, 1, 1)
    assert result.counts()[-1] == ("Gone items that were too many to be sought under other names", 1)


_NAMES = st.sampled_from(["Fan", "Fan 1", "Fans 1", "GI pipe", "Pipe GI", "CI pipe", "", "x" * 500, "\u0915\u093f 2"])
_ITEMS = st.lists(
    st.tuples(_NAMES, st.sampled_from(["", "A", "B"]), st.sampled_from([None, "0", "5", "7"])), max_size=9
)


@given(_ITEMS, _ITEMS)
def test_every_item_of_both_editions_is_told_exactly_once(
    old: list[tuple[str, str, str | None]], new: list[tuple[str, str, str | None]]
) -> None:
    before = [item(row, *rest) for row, rest in enumerate(old)]
    after = [item(row, *rest) for row, rest in enumerate(new)]

    result = compared(before, after)

    assert sorted([pair.old.row for pair in result.pairs] + [gone.row for gone in result.gone]) == [*range(len(old))]
    assert sorted([pair.new.row for pair in result.pairs] + [added.row for added in result.new]) == [*range(len(new))]
    assert len(result.pairs) == len(result.changed) + len(result.not_comparable) + result.unchanged
    assert sum(count for _, count in result.distribution()) == len(result.changed) + result.unchanged


@given(_ITEMS)
def test_an_edition_compared_with_itself_shows_nothing(made: list[tuple[str, str, str | None]]) -> None:
    edition = [item(row, *rest) for row, rest in enumerate(made) if rest[0]]

    result = compared(edition, edition)

    assert all(pair.old == pair.new and pair.how == "name" for pair in result.pairs)
    assert (result.new, result.gone, result.changed) == ((), (), ())


# what the rates did


def test_a_change_of_rate_is_told_in_rupees_and_percent() -> None:
    (pair,) = compared([item(1, "Fan", rate="1250.50")], [item(2, "Fan", rate="1000.40")]).changed

    assert pair.amount == Decimal("-250.10")
    assert pair.percent == Decimal(-20)


def test_the_greatest_change_in_percent_comes_first_and_what_cannot_be_compared_after() -> None:
    rates = {"A": ("100", "105"), "B": ("100", "100"), "C": ("100", "70"), "D": (None, "5"), "E": ("1000", "1100")}
    old = [item(n, name, rate=before) for n, (name, (before, _)) in enumerate(rates.items())]
    new = [item(n, name, rate=after) for n, (name, (_, after)) in enumerate(rates.items())]

    result = compared(old, new)

    assert [pair.new.name for pair in result.pairs] == ["C", "E", "A", "D", "B"]
    assert [pair.new.name for pair in result.changed] == ["C", "E", "A"]
    assert dict(result.counts()) == {
        "Rates changed": 3,
        "Rates unchanged": 1,
        "Rates that cannot be compared": 1,
        "Renamed items": 0,
        "New items": 0,
        "Gone items": 0,
    }


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ((None, "Nos"), ("5", "Nos"), "no rate before"),
        (("5", "Nos"), (None, "Nos"), "no rate now"),
        ((None, "Nos"), (None, "Nos"), "no rate in either edition"),
        (("0", "Nos"), ("5", "Nos"), "rate zero or less before"),
        (("5", "Nos"), ("0.00", "Nos"), "rate zero or less now"),
        (("-5", "Nos"), ("5", "Nos"), "rate zero or less before"),
        (("5", "Mtrs"), ("500", "Nos"), "unit changed from Mtrs to Nos"),
    ],
)
def test_rates_that_cannot_be_compared_are_told_with_the_reason(
    old: tuple[str | None, str], new: tuple[str | None, str], reason: str
) -> None:
    before, after = item(1, "Fan", rate=old[0], unit=old[1]), item(2, "Fan", rate=new[0], unit=new[1])

    result = compared([before], [after])

    (pair,) = result.not_comparable
    assert (pair.amount, pair.percent, pair.reason, pair.remark) == (None, None, reason, reason)
    assert sum(count for _, count in result.distribution()) == 0


def test_one_unit_in_two_spellings_is_no_change_of_unit() -> None:
    (pair,) = compared([item(1, "Fan", unit="each")], [item(2, "Fan", unit="nos.")]).pairs

    assert (pair.reason, pair.amount) == ("", 0)


def test_a_renamed_item_whose_unit_changed_has_both_remarks() -> None:
    (pair,) = compared([item(1, "Ceiling fans")], [item(2, "Ceiling fan", unit="Mtrs")]).pairs

    assert pair.remark == "renamed from \u201cCeiling fans\u201d; unit changed from Nos to Mtrs"


@pytest.mark.parametrize(
    ("rate", "band"),
    [
        ("1", "below \u221220 %"),
        ("79.99", "below \u221220 %"),
        ("80", "\u221220 to \u221210 %"),
        ("90", "\u221210 to \u22125 %"),
        ("95", "\u22125 to 0 %"),
        ("99.99", "\u22125 to 0 %"),
        ("100.00", "no change"),
        ("100.01", "0 to 5 %"),
        ("105", "0 to 5 %"),
        ("105.01", "5 to 10 %"),
        ("110.01", "10 to 20 %"),
        ("120", "10 to 20 %"),
        ("1e300", "above 20 %"),
    ],
)
def test_each_change_falls_into_one_band(rate: str, band: str) -> None:
    distribution = compared([item(1, "Fan")], [replace(item(2, "Fan"), rate=Decimal(rate))]).distribution()

    assert [name for name, _ in distribution] == list(BANDS)
    assert [name for name, count in distribution if count] == [band]
