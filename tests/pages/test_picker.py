"""Searching items."""

from decimal import Decimal

from estimate_core.domain.schedule import Item
from pages.picker import found_items


def item(row: int, name: str, code: str = "", specification: str = "", group: str = "Pipes") -> Item:
    return Item(row, name, code, specification, group, "Mtrs", "", Decimal(1), ())


PIPE = item(1, "Surface PVC pipe 25 mm", "E-1", "Fixing on walls")
CONCEALED = item(2, "Concealed pipe", "E-2", "Laying of PVC pipe 25 mm in walls")
POINT = item(3, "Light point", "L-9", "Wiring of a point", group="Points")
ITEMS = (CONCEALED, POINT, PIPE)


def test_all_words_must_occur_in_any_case() -> None:
    assert found_items(ITEMS, "  PIPE pvc ") == [PIPE, CONCEALED]
    assert found_items(ITEMS, "pipe granite") == []


def test_names_come_before_codes_and_specifications() -> None:
    assert found_items(ITEMS, "point") == [POINT]
    assert found_items(ITEMS, "25 mm") == [PIPE, CONCEALED]
    assert found_items(ITEMS, "l-9") == [POINT]


def test_a_group_narrows_the_search() -> None:
    assert found_items(ITEMS, "", "Points") == [POINT]
    assert found_items(ITEMS, "pipe", "Points") == []


def test_no_words_give_all_items_in_their_order() -> None:
    assert found_items(ITEMS, "") == list(ITEMS)
