"""Excel's values by hand-known results: rounding, coercion, order, text; and functions given values."""

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimate_core.domain.formula_functions import FUNCTIONS
from estimate_core.domain.formula_operators import BINARY, POSTFIX, PREFIX, apply
from estimate_core.domain.formula_values import (
    Area,
    Argument,
    ExcelError,
    NotComputable,
    Value,
    Wrong,
    area_of,
    compare,
    excel_round,
    general,
    number,
    order_key,
    order_of,
    scalar,
    text_number,
    text_of,
    truth,
)


@pytest.mark.parametrize(
    ("x", "places", "expected"),
    [
        (2.5, 0, 3.0),
        (-2.5, 0, -3.0),
        (0.5, 0, 1.0),
        (1.005, 2, 1.01),
        (2.675, 2, 2.68),
        (-1.005, 2, -1.01),
        (0.285, 2, 0.29),
        (1.1 * 1.1, 2, 1.21),
        (0.1 + 0.2, 2, 0.3),
        (1234.5678, -2, 1200.0),
        (1250.0, -2, 1300.0),
        (49.0, -2, 0.0),
        (50.0, -2, 100.0),
        (1e300, 2, 1e300),
        (1.5, 400, 1.5),
        (1.5, -400, 0.0),
        (8111.0 * 1.10615, 2, 8971.98),
        (1.0049999999999, 2, 1.0),
    ],
)
def test_round_goes_half_away_from_zero_by_fifteen_digits(x: float, places: int, expected: float) -> None:
    result = excel_round(x, places)

    assert result == expected


@given(st.integers(-(10**9), 10**9), st.integers(0, 3), st.integers(0, 4))
def test_round_of_what_a_person_types_is_the_schoolbook_rounding(units: int, scale: int, places: int) -> None:
    typed = Decimal(units).scaleb(-scale)

    result = excel_round(float(typed), places)

    assert result == float(typed.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-400, 400))
def test_round_is_odd_and_never_fails_on_a_double(x: float, places: int) -> None:
    try:
        result = excel_round(x, places)
    except Wrong as wrong:  # the largest double rounded up
        assert wrong.error is ExcelError.NUM and abs(x) > 1e307
        return

    assert math.isfinite(result)
    assert excel_round(-x, places) == -result


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2", 2), (" 2 ", 2), ("-2.5", -2.5), ("+3", 3), (".5", 0.5), ("5.", 5), ("1e3", 1000), ("5%", 0.05)]
    + [("12 %", 0.12), ("1,234", 1234), ("12,34,567.50", 1234567.5), ("-1,234,567", -1234567)],
)
def test_text_that_looks_like_a_number_counts_in_arithmetic(text: str, expected: float) -> None:
    result = text_number(text)

    assert result == expected


@pytest.mark.parametrize("text", ["", " ", "abc", "2a", "2 x", "nan", "inf", "1_000", "٣", "1e", "Rs.5"])
def test_other_text_is_a_value_error_in_arithmetic(text: str) -> None:
    with pytest.raises(Wrong) as caught:
        text_number(text)

    assert caught.value.error is ExcelError.VALUE


@pytest.mark.parametrize(
    "text", ["1/2/2024", "10:30", "3-4", "1 1/2", "$5", "₹ 5", "(5)", "5 Jan", "Jan-24", "1,2", "2 pm", "--2"]
)
def test_text_that_may_be_a_date_or_money_is_not_reckoned_with(text: str) -> None:
    with pytest.raises(NotComputable, match="may be a date, a time or money"):
        text_number(text)


def test_a_number_too_large_for_excel_is_a_number_error() -> None:
    with pytest.raises(Wrong) as caught:
        text_number("1e400")

    assert caught.value.error is ExcelError.NUM


def test_empty_counts_as_zero_and_true_as_one() -> None:
    assert number(None) == 0
    assert number(True) == 1
    assert type(number(True)) is float


def test_an_area_of_one_cell_is_its_value_and_a_larger_one_is_refused() -> None:
    assert scalar(area_of((5.0,))) == 5

    with pytest.raises(NotComputable, match="several cells"):
        scalar(area_of((5.0, 6.0)))


def test_a_column_of_which_one_cell_is_used_is_still_several_cells() -> None:
    column = Area(((5.0,),), height=1_048_576, width=1)

    with pytest.raises(NotComputable):
        scalar(column)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (2.0, "2"),
        (2.5, "2.5"),
        (-2.5, "-2.5"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333333333333"),
    ]
    + [(1234567.891, "1234567.891"), (1e14, "100000000000000"), (1e15, "1E+15"), (1.5e20, "1.5E+20")]
    + [(0.00001, "0.00001"), (1 / 30000, "3.33333333333333E-05"), (1e100, "1E+100")],
)
def test_general_format_shows_up_to_fifteen_digits(value: float, expected: str) -> None:
    assert general(value) == expected


def test_text_of_booleans_and_empty_cells() -> None:
    assert [text_of(value) for value in (True, False, None, "x")] == ["TRUE", "FALSE", "", "x"]


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (1.0, 2.0),
        (5.0, "a"),
        (1e9, ""),
        ("z", False),
        (5.0, True),
        (False, True),
        ("a", "B"),
        (None, 1.0),
        (None, "a"),
        (None, True),
    ],
)
def test_numbers_come_before_text_before_booleans(low: Value, high: Value) -> None:
    assert compare(low, high) < 0
    assert compare(high, low) > 0


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Cement", "CEMENT"),
        (0.1 + 0.2, 0.3),
        (None, 0.0),
        (None, ""),
        (None, False),
        (None, None),
        (0.0, -0.0),
    ],
)
def test_values_that_excel_calls_equal(one: Value, two: Value) -> None:
    assert compare(one, two) == 0


@pytest.mark.parametrize(("one", "two"), [(1.0, True), ("1", 1.0), ("", 0.0), (0.0, False)])
def test_values_of_different_types_are_never_equal(one: Value, two: Value) -> None:
    assert compare(one, two) != 0


def test_conditions_take_numbers_and_the_words_true_and_false() -> None:
    assert [truth(value) for value in (0.0, 2.0, None, True, "true", "False")] == [
        False,
        True,
        False,
        True,
        True,
        False,
    ]

    with pytest.raises(Wrong):
        truth("yes")


@pytest.mark.parametrize(
    ("sign", "left", "right", "expected"),
    [
        ("+", None, 2.0, 2.0),
        ("+", "2", True, 3.0),
        ("-", 0.3, 0.3, 0.0),
        ("-", 0.1 + 0.2, 0.3, 0.0),
        ("*", "2", 3.0, 6.0),
        ("*", "x", 3.0, ExcelError.VALUE),
        ("*", 1e308, 10.0, ExcelError.NUM),
        ("/", 1.0, None, ExcelError.DIV0),
        ("/", 0.0, 0.0, ExcelError.DIV0),
        ("^", 0.0, 0.0, ExcelError.NUM),
        ("^", 0.0, -1.0, ExcelError.DIV0),
        ("^", -8.0, 1 / 3, ExcelError.NUM),
        ("^", -2.0, 3.0, -8.0),
        ("^", 10.0, 400.0, ExcelError.NUM),
        ("&", 2.5, " m", "2.5 m"),
        ("&", ExcelError.NA, "x", ExcelError.NA),
        ("+", ExcelError.REF, ExcelError.NA, ExcelError.REF),
        ("=", "a", "A", True),
        ("<>", 1.0, "1", True),
        ("<", 2.0, ExcelError.NUM, ExcelError.NUM),
    ],
)
def test_operators_give_what_excel_gives(sign: str, left: Value, right: Value, expected: Value) -> None:
    result = apply(BINARY[sign], [left, right])

    assert result == expected
    assert type(result) is type(expected)


def test_a_plus_sign_leaves_text_alone_and_a_minus_sign_does_not() -> None:
    assert apply(PREFIX["+"], ["x"]) == "x"
    assert apply(PREFIX["-"], ["x"]) is ExcelError.VALUE
    assert apply(POSTFIX["%"], ["5"]) == 0.05


MIXED = area_of((1.0, "2"), (True, None), (4.0, "x"))


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("SUM", [MIXED], 5.0),
        ("SUM", ["2", True, MIXED], 8.0),
        ("PRODUCT", [MIXED], 4.0),
        ("AVERAGE", [MIXED], 2.5),
        ("COUNT", [MIXED], 2.0),
        ("COUNT", ["2", "x", True, ExcelError.NA], 2.0),
        ("COUNTA", [MIXED], 5.0),
        ("MAX", [MIXED], 4.0),
        ("MIN", [area_of(("x",))], 0.0),
        ("AVERAGE", [area_of(("x",))], ExcelError.DIV0),
        ("SUM", [area_of((1.0, ExcelError.NA))], ExcelError.NA),
        ("COUNT", [area_of((1.0, ExcelError.NA))], 1.0),
        ("SUM", ["x"], ExcelError.VALUE),
        ("OR", [MIXED], True),
        ("AND", [area_of(("x", None))], ExcelError.VALUE),
        ("SUMPRODUCT", [area_of((1.0,), (2.0,)), area_of((3.0,), ("4",))], 3.0),
        ("SUMPRODUCT", [area_of((1.0,), (2.0,)), area_of((3.0, 4.0))], ExcelError.VALUE),
    ],
)
def test_functions_over_areas_count_numbers_only(name: str, arguments: list[Argument], expected: Value) -> None:
    result = apply(FUNCTIONS[name].call, arguments)

    assert result == expected


def test_a_sum_of_whole_columns_pads_the_shorter_one() -> None:
    short, long = Area(((2.0,),), 1000, 1), Area(((3.0,), (4.0,)), 1000, 1)

    result = apply(FUNCTIONS["SUMPRODUCT"].call, [short, long])

    assert result == 6


STOCK = area_of(("Cement", 10.0), ("SAND", 20.0), ("cement bag", 30.0), ("5", 40.0), (5.0, 50.0), (None, 60.0))


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        ("cement", 10),
        ("cement*", 40),
        ("?and", 20),
        ("<>cement", 200),
        (5.0, 90),
        ("5", 90),
        (">4", 50),
        ("", 60),
    ]
    + [("=", 60), ("<>", 150), (">b", 60), ("~*", 0), ("=SAND", 20), (True, 0), ("c*g", 30), ("*e*e*", 40)],
)
def test_sumif_reads_criteria_as_excel_does(criterion: Value, expected: float) -> None:
    names, amounts = (
        Area(tuple(row[:1] for row in STOCK.rows), 6, 1),
        Area(tuple(row[1:] for row in STOCK.rows), 6, 1),
    )

    result = apply(FUNCTIONS["SUMIF"].call, [names, criterion, amounts])

    assert result == expected


def test_sumif_over_ranges_of_unequal_size_is_refused() -> None:
    with pytest.raises(NotComputable, match="unequal size"):
        apply(FUNCTIONS["SUMIF"].call, [STOCK, 5.0, area_of((1.0,))])


def test_sumif_takes_as_many_cells_of_a_larger_range_as_it_tests() -> None:
    tested, numbers = area_of(("x",), ("y",), ("x",)), area_of((1.0, 9.0), (2.0, 9.0), (3.0, 9.0), (4.0, 9.0))

    result = apply(FUNCTIONS["SUMIF"].call, [tested, "x", numbers])

    assert result == 4


@pytest.mark.parametrize(
    ("name", "wanted", "kind", "expected"),
    [
        ("MATCH", 3.0, 1.0, 3.0),
        ("MATCH", 9.0, 1.0, 4.0),
        ("MATCH", 0.5, 1.0, ExcelError.NA),
        ("MATCH", "3", 0.0, ExcelError.NA),
        ("MATCH", "SAND*", 0.0, 5.0),
        ("MATCH", "sand bag", 0.0, 5.0),
        ("MATCH", "t", 1.0, 5.0),
        ("MATCH", True, 0.0, 6.0),
        ("MATCH", 1.0, 0.0, 1.0),
        ("MATCH", None, 0.0, ExcelError.NA),
    ],
)
def test_a_search_looks_only_at_values_of_its_kind(name: str, wanted: Value, kind: float, expected: Value) -> None:
    line = area_of((1.0,), (3.0,), (3.0,), (7.0,), ("Sand bag",), (True,))

    assert apply(FUNCTIONS[name].call, [wanted, line, kind]) == expected


def test_a_near_match_in_a_falling_list_is_the_last_that_is_not_below() -> None:
    line = area_of((9.0, 5.0, 5.0, 2.0))

    found = [apply(FUNCTIONS["MATCH"].call, [wanted, line, -1.0]) for wanted in (10.0, 5.0, 3.0, 1.0)]

    assert found == [ExcelError.NA, 3.0, 3.0, 4.0]


def test_a_near_match_in_an_unsorted_list_is_refused() -> None:
    with pytest.raises(NotComputable, match="not sorted"):
        apply(FUNCTIONS["MATCH"].call, [2.0, area_of((3.0, 1.0, 2.0)), 1.0])


def test_index_beyond_the_used_cells_but_inside_the_range_is_empty() -> None:
    column = Area(((1.0,), (2.0,)), 1_048_576, 1)

    inside = apply(FUNCTIONS["INDEX"].call, [column, 500.0])
    outside = apply(FUNCTIONS["INDEX"].call, [column, 1.0, 2.0])

    assert scalar(inside) is None
    assert outside is ExcelError.REF


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        (0.285, "0.00", "0.29"),
        (1234567.895, "#,##0.00", "1,234,567.90"),
        (0.125, "0%", "13%"),
        ("x", "0", "x"),
    ]
    + [(1.005, "0%", "101%")]  # LibreOffice gives 100%; 15 digits count in Excel
    + [(1e28, "0", "1" + "0" * 28), (123456789.0, "0." + "0" * 26, "123456789." + "0" * 26)]
    + [(-0.001, "0.00", "0.00"), (2.5, "0", "3"), (0.1255, "0.00%", "12.55%"), (2.5, "General", "2.5")],
)
def test_text_shows_numbers_in_simple_formats(value: Value, form: str, expected: str) -> None:
    assert apply(FUNCTIONS["TEXT"].call, [value, form]) == expected


def test_text_in_other_formats_is_refused() -> None:
    with pytest.raises(NotComputable, match="dd/mm/yyyy"):
        apply(FUNCTIONS["TEXT"].call, [45000.0, "dd/mm/yyyy"])


def test_more_decimals_than_excel_shows_are_refused() -> None:
    with pytest.raises(NotComputable, match="not supported"):
        apply(FUNCTIONS["TEXT"].call, [1.0, "0." + "0" * 31])


@pytest.mark.parametrize("join", [BINARY["&"], FUNCTIONS["CONCATENATE"].call])
def test_a_text_longer_than_a_cell_holds_is_an_error(join: Callable[..., Argument]) -> None:
    assert apply(join, ["x" * 32_000, "y" * 767]) == "x" * 32_000 + "y" * 767
    assert apply(join, ["x" * 32_000, "y" * 768]) is ExcelError.VALUE


@pytest.mark.parametrize(
    ("one", "two", "order"),
    [
        (0.1 + 0.2, 0.3, 0),
        (1e15 + 1, 1e15, 0),
        (1.0, 1.00000000000001, -1),
        (9.99999999999999, 10.0, -1),
        (-1e-20, 0.0, -1),
    ],
)
def test_numbers_are_compared_by_fifteen_digits(one: float, two: float, order: int) -> None:
    assert order_of(one, two) == order
    assert order_of(two, one) == -order
    assert order_of(one, two) == (order_key(one) > order_key(two)) - (order_key(one) < order_key(two))


@given(st.floats(-1e18, 1e18), st.integers(-40, 40))
def test_the_order_of_near_numbers_is_that_of_their_fifteen_digits(one: float, steps: int) -> None:
    two = one
    for _ in range(abs(steps)):
        two = math.nextafter(two, math.copysign(math.inf, steps))

    assert order_of(one, two) == (order_key(one) > order_key(two)) - (order_key(one) < order_key(two))


def test_many_stars_in_a_criterion_take_no_time() -> None:
    names = area_of(("a" * 5000,))

    result = apply(FUNCTIONS["SUMIF"].call, [names, "*a" * 50 + "b", area_of((1.0,))])

    assert result == 0
