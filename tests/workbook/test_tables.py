"""The frames that the pages show."""

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest

from estimate_core.domain.estimate import Estimate, Line, price
from estimate_core.domain.finding import Finding
from estimate_core.domain.schedule import Component, Item, Schedule
from estimate_core.workbook import tables

CABLE = Item(
    7,
    "Cable",
    "C-1",
    "Laying of cable",
    "Cables",
    "Mtrs",
    "",
    Decimal("1285.25"),
    (
        Component(8, "", "Labour", None, "", None, "", None, None),
        Component(9, "1", "Wireman", 1.5, "day", 1.0, "day", 897.0, 1345.5),
    ),
)
BARE = Item(20, "", "", "", "Other", "Nos", "", None, ())
SCHEDULE = Schedule((CABLE, BARE), ())


def test_items_without_a_rate_have_no_button() -> None:
    table = tables.items_table(SCHEDULE.items)

    assert list(table["Add"]) == [tables.ADD, ""]
    assert list(table["Rate"]) == ["1,285.25", "no rate"]
    assert list(table["Unit"]) == ["Mtr", "No"]


def test_a_name_is_never_read_as_an_icon_and_never_empty() -> None:
    named = Item(1, ":material/add:", "", "", "", "Nos", "", None, ())

    assert ":material/" not in tables.label(named)
    assert tables.label(BARE) == "(row 20, without a name)"


def test_lines_are_indexed_by_their_ids() -> None:
    estimate = Estimate(lines=(Line("b", 7, Decimal("3.000")), Line("a", 7, Decimal("120.5"))))

    table = tables.lines_table(price(estimate, SCHEDULE).lines)

    assert list(table.index) == ["b", "a"]
    assert list(table["Quantity"]) == ["3.000", "120.5"]
    assert list(table["Amount"]) == ["3,855.75", "1,54,872.63"]
    assert list(table["#"]) == ["1", "2"]


def test_an_empty_table_keeps_its_columns_as_text() -> None:
    table = tables.lines_table(())

    assert len(table) == 0
    assert all(pd.api.types.is_string_dtype(dtype) for dtype in table.dtypes)


def test_a_rate_analysis_shows_numbers_as_people_write_them() -> None:
    table = tables.analysis_table(CABLE)

    assert list(table.iloc[0]) == ["", "Labour", "", "", "", "", ""]
    assert list(table.iloc[1]) == ["1", "Wireman", "1.5", "day", "1 day", "897.00", "1,345.50"]


@pytest.mark.parametrize("number", [1e12, -1e300])
def test_an_analysis_with_absurd_numbers_is_still_shown(number: float) -> None:
    component = Component(9, "1", "Labour", number, "day", 1.0, "day", number, number)

    table = tables.analysis_table(replace(CABLE, components=(component,)))

    assert table["Amount"][0] == f"{number:g}"


def test_the_charges_end_with_the_grand_total() -> None:
    worth = price(Estimate(lines=(Line("a", 7, Decimal(100)),)), SCHEDULE)

    table = tables.charges_table(worth)

    assert list(table.iloc[0]) == ["Items", "1,28,525.00"]
    assert list(table.iloc[-1]) == ["Grand Total", tables.grouped(worth.grand_total)]


def test_provisions_come_back_as_typed_even_where_a_row_is_empty() -> None:
    table = tables.provisions_table([("shifting of poles", Decimal("25000"))])
    edited = pd.concat([table, pd.DataFrame({"Towards": [None], "Rupees": [None]})], ignore_index=True)

    assert tables.typed_provisions(table) == [("shifting of poles", "25000")]
    assert tables.typed_provisions(edited) == [("shifting of poles", "25000"), ("", "")]


def test_provisions_that_were_never_typed_are_empty() -> None:
    table = pd.DataFrame({"Towards": [None], "Rupees": [None]})

    assert tables.typed_provisions(table) == [("", "")]


def test_a_finding_tells_its_place() -> None:
    found = (
        Finding("error", "rate", "Master Datas", 12, "D12", "It has no rate.", "Type one."),
        Finding("note", "listed-twice", "Groups", 3, "", "It is there twice.", "Remove one."),
    )

    assert list(tables.findings_table(found)["Where"]) == ["Master Datas D12", "Groups row 3"]


def test_groups_are_counted_in_their_order() -> None:
    assert tables.group_counts((BARE, CABLE, CABLE)) == {"Other": 1, "Cables": 2}
