"""Lines as programs and files write them."""

from decimal import Decimal

import pytest

from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import Line
from estimate_core.domain.schedule import Item, Schedule
from estimate_core.domain.written_lines import read_all, read_line

SCHEDULE = Schedule((Item(5, "Light point", "EL-1", "", "Points", "Pts", "", Decimal(500), ()),), ())

Written = tuple[str, str, str]


def read(line_id: str, written: Written) -> Line:
    return read_line(SCHEDULE, line_id, *written)


def test_a_line_is_read_from_the_words_for_its_item() -> None:
    line = read("1", ("el-1", "1,200.50", " Nos "))

    assert line == Line("1", 5, Decimal("1200.50"), "Nos")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (("", "1", ""), "The item is missing. Write its name, its code or row:123."),
        (("Teapot", "1", ""), "The schedule has no item \u201cTeapot\u201d"),
        (("Light point", "", ""), "The quantity is missing. Type a number, like 12.5."),
        (("Light point", "12,5", ""), "is not a number"),
        (("Light point", "1", "x" * 21), "A unit has at most 20 characters"),
    ],
)
def test_what_cannot_be_used_is_told(written: Written, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        read("1", written)


def test_an_amount_that_no_workbook_holds_is_refused_with_its_line() -> None:
    dear = Item(9, "Gold", "", "", "Other", "Nos", "", Decimal(10) ** 6, ())

    with pytest.raises(BadInput, match="The amount of \u201cGold\u201d is too large"):
        read_line(Schedule((dear,), ()), "1", "Gold", "99999999", "")


def test_lines_are_numbered_in_order() -> None:
    lines = read_all([("Line 1", ("EL-1", "1", "")), ("Line 2", ("row:5", "2", ""))], read)

    assert [(line.id, line.quantity) for line in lines] == [("1", Decimal(1)), ("2", Decimal(2))]


def test_bad_lines_are_told_with_their_places_up_to_twenty() -> None:
    written = [(f"Line {number}", ("EL-1" if number % 2 else "", "1", "")) for number in range(1, 51)]

    with pytest.raises(BadInput) as refused:
        read_all(written, read)

    told = str(refused.value).split("\n")
    assert [line.partition(":")[0] for line in told[:20]] == [f"Line {number}" for number in range(2, 41, 2)]
    assert told[20:] == ["and 5 more lines that cannot be used."]
