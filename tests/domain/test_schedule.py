"""Picking an item of a schedule by name, code or row."""

from decimal import Decimal

import pytest

from estimate_core.domain.errors import BadInput
from estimate_core.domain.schedule import Item, Schedule, find_items, folded, pick_item


def item(row: int, name: str, code: str = "", rate: str | None = "100") -> Item:
    """An item with little more than its name."""
    return Item(row, name, code, "", "Other", "Nos", "", None if rate is None else Decimal(rate), ())


SCHEDULE = Schedule(
    (
        item(5, "Light point", "EL-1.1"),
        item(20, "Ceiling fan  1200 mm", "EL-1.2"),
        item(40, "Brick work", "CV-1", "8111"),
        item(60, "Brick  Work", "CV-2", "10334"),
        item(80, "Antique chandelier", "EL-9", None),
        item(90, "EL-1.1"),
        item(95, "row:7 cable"),
        item(99, "Same code", "EL-1.2"),
    ),
    (),
)


@pytest.mark.parametrize("wanted", ["Ceiling fan 1200 mm", "  CEILING  FAN 1200 MM\t", "row:20", "ROW: 20"])
def test_an_item_is_picked_by_its_name_or_row_whatever_its_case_and_spaces(wanted: str) -> None:
    assert pick_item(SCHEDULE, wanted).row == 20


def test_an_item_is_picked_by_its_code() -> None:
    assert pick_item(SCHEDULE, "cv-2").rate == Decimal(10334)


def test_a_name_goes_before_the_same_text_as_a_code() -> None:
    assert pick_item(SCHEDULE, "EL-1.1").row == 90


@pytest.mark.parametrize(("wanted", "rows"), [("brick work", "row:40, row:60"), ("EL-1.2", "row:20, row:99")])
def test_an_ambiguous_item_is_told_with_its_rows(wanted: str, rows: str) -> None:
    with pytest.raises(BadInput, match=f"stands for 2 items of the schedule. Say which: {rows}"):
        pick_item(SCHEDULE, wanted)


@pytest.mark.parametrize(
    "wanted", ["Chandelier", "", "row:", "row:6", "row:-5", "row:\u00b2", "row:5.0", "row:" + "9" * 5_000, "x" * 10_000]
)
def test_an_unknown_item_is_told_in_a_short_sentence(wanted: str) -> None:
    with pytest.raises(BadInput, match="The schedule has no item") as refused:
        pick_item(SCHEDULE, wanted)

    assert len(str(refused.value)) < 200


def test_an_item_without_a_rate_cannot_be_picked() -> None:
    with pytest.raises(BadInput, match=r"Antique chandelier.* \(row 80\) has no rate"):
        pick_item(SCHEDULE, "EL-9")


def test_a_name_that_only_begins_like_a_row_is_a_name() -> None:
    assert [found.row for found in find_items(SCHEDULE, "row:7 cable")] == [95]


def test_an_empty_code_is_no_code() -> None:
    assert find_items(SCHEDULE, "") == []


def test_an_item_is_found_at_its_row_and_nowhere_else() -> None:
    assert SCHEDULE.item_at(40).code == "CV-1"
    with pytest.raises(BadInput, match="row 41"):
        SCHEDULE.item_at(41)


def test_texts_are_compared_without_case_and_runs_of_space() -> None:
    assert folded("  Sand \n  FILLING\u00a0in  basement ") == "sand filling in basement"
