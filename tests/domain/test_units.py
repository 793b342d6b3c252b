"""Spellings of units, singular and plural, and where the unit of an item comes from."""

import pytest

from estimate_core.domain.units import (
    find_unit,
    is_same_measure,
    offered,
    plural,
    singular,
    unit_of_item,
    unit_of_label,
)


@pytest.mark.parametrize(
    ("spellings", "shown"),
    [
        (("cum", "cu.m", "CUM", "m3", "Cum.", "Cu. m", "cu.mtr.", "m\u00b3"), "Cum"),
        (("Sq.m", "sqmt", "m2", "Sqm", "Sq. Mtrs", "m\u00b2"), "Sqm"),
        (("R.M", "RMT", "Rm", "Rmt", "R.Mtrs."), "Rmt"),
        (("No", "Nos.", "each", "Each", "NOS", "No's", "No\u2019s"), "Nos"),
        (("MT", "T", "tonne"), "MT"),
        (("Mtr", "mtrs", " metre "), "Mtrs"),
        (("Pt", "points"), "Pts"),
        (("l.s.", "Lump sum"), "LS"),
    ],
)
def test_spellings_met_in_schedules_are_one_unit(spellings: tuple[str, ...], shown: str) -> None:
    assert {plural(spelling) for spelling in spellings} == {shown}


@pytest.mark.parametrize(
    ("unit", "one"),
    [("Nos", "No"), ("Mtrs", "Mtr"), ("Pts", "Pt"), ("Cum", "Cum"), ("Days", "Day"), ("Job", "Job"), ("Kgs", "Kg")],
)
def test_the_singular_stands_beside_one(unit: str, one: str) -> None:
    assert singular(unit) == one


def test_every_unit_that_is_offered_is_its_own_plural_and_that_of_its_singular() -> None:
    for unit in offered():
        assert plural(unit) == unit
        assert plural(singular(unit)) == unit


def test_an_unknown_unit_stays_as_it_was_written() -> None:
    assert find_unit("bag") is None
    assert (plural(" bag "), singular(" bag ")) == ("bag", "bag")


def test_the_unit_in_groups_comes_first() -> None:
    assert unit_of_item("each", "Rate for 1 Mtr", "Piping") == "Nos"
    assert unit_of_item("bag", "Rate for 1 Mtr", "Piping") == "bag"


@pytest.mark.parametrize(
    ("label", "unit"),
    [
        ("Rate for 1 Mtr", "Mtrs"),
        ("Rate per Cum.", "Cum"),
        ("RATE PER 1 Sq.m (rounded)", "Sqm"),
        ("Rate per each", "Nos"),
        ("Rate per one No", "Nos"),
        ("Labour and material rate per 1m3", "Cum"),
    ],
)
def test_the_rate_label_comes_second(label: str, unit: str) -> None:
    assert unit_of_item("", label, "Points") == unit


@pytest.mark.parametrize("label", ["", "Total", "Labour Rate Per 100 Rm", "Rate per bag", "Rate for 10 Cum"])
def test_a_label_that_names_no_single_known_unit_says_nothing(label: str) -> None:
    assert unit_of_item(" ", label, "Points") == "Pts"


@pytest.mark.parametrize(
    ("group", "unit"),
    [("Piping", "Mtrs"), ("WIRING  & Cables", "Mtrs"), ("points", "Pts"), ("Doors", "Nos"), ("", "Nos")],
)
def test_the_group_comes_third_and_nos_last(group: str, unit: str) -> None:
    assert unit_of_item("", "", group) == unit


@pytest.mark.parametrize(("label", "unit"), [("Rate for 1 running metre", "Rmt"), ("Rate per 1 Sq. m laid", "Sqm")])
def test_a_unit_of_two_words_in_the_rate_label_is_read(label: str, unit: str) -> None:
    assert unit_of_item("", label, "Works") == unit


@pytest.mark.parametrize(("label", "unit"), [("Rate for 1 Mtr", "Mtrs"), ("Say", None), ("Rate for 10 Cum", None)])
def test_a_label_of_a_rate_names_its_unit_or_none(label: str, unit: str | None) -> None:
    assert unit_of_label(label) == unit


def test_a_rate_for_a_metre_is_one_for_a_running_metre_but_not_for_a_square_metre() -> None:
    assert is_same_measure("Mtrs", "Rmt")
    assert is_same_measure("Nos", "Pts")
    assert not is_same_measure("Mtrs", "Sqm")
    assert not is_same_measure("Kg", "MT")
