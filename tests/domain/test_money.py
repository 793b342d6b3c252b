"""Reading what people type, rounding, lakh and crore grouping, amounts in words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimate_core.domain.errors import BadInput
from estimate_core.domain.money import (
    grouped,
    in_words,
    plain,
    read_amount,
    read_percent,
    read_quantity,
    round_half_up,
)

NO_NUMBER = [
    "ten",
    "1_000",
    "nan",
    "NaN",
    "inf",
    "-Infinity",
    "1 000",
    "1..5",
    "--5",
    "5-",
    "0x10",
    "=1+1",
    ",",
    ".",
    "e5",
]
MISPLACED_COMMAS = ["12,5", "1,2,3", "1,,000", ",500", "1,0000", "1000,500.25", "1.5,000"]
# Spelled out these take minutes or all memory.
HUGE_EXPONENTS = ["0e-999999999", "1e-99999999999", "0e999999999", "1e99999999999"]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "0.00"),
        ("0.5", "0.50"),
        ("999.99", "999.99"),
        ("1000", "1,000.00"),
        ("99999.995", "1,00,000.00"),
        ("429293.5", "4,29,293.50"),
        ("10000000", "1,00,00,000.00"),
        ("1234567890123.45", "12,34,56,78,90,123.45"),
        ("-429293.5", "-4,29,293.50"),
        ("-100", "-100.00"),
        ("-0.001", "0.00"),
    ],
)
def test_amounts_are_grouped_by_lakh_and_crore(amount: str, shown: str) -> None:
    assert grouped(Decimal(amount)) == shown


def test_grouping_without_decimals_rounds_to_the_rupee() -> None:
    assert grouped(Decimal("429293.5"), 0) == "4,29,294"


@given(st.decimals(min_value=-(10**14), max_value=10**14, places=2))
def test_a_grouped_amount_without_its_commas_is_the_amount(amount: Decimal) -> None:
    shown = grouped(amount)

    assert Decimal(shown.replace(",", "")) == amount


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        ("0.005", 2, "0.01"),
        ("0.0049999", 2, "0.00"),
        ("2.5", 0, "3"),
        ("3.5", 0, "4"),
        ("-2.5", 0, "-3"),
        ("1.115", 2, "1.12"),
        ("12", 2, "12.00"),
    ],
)
def test_halves_are_rounded_away_from_zero(value: str, places: int, rounded: str) -> None:
    assert str(round_half_up(Decimal(value), places)) == rounded


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "Rupees Zero Only"),
        ("1", "Rupees One Only"),
        ("0.01", "Rupees Zero and Paise One Only"),
        ("19", "Rupees Nineteen Only"),
        ("40", "Rupees Forty Only"),
        ("105", "Rupees One Hundred Five Only"),
        ("1000", "Rupees One Thousand Only"),
        ("100000", "Rupees One Lakh Only"),
        (
            "429293.50",
            "Rupees Four Lakh Twenty Nine Thousand Two Hundred Ninety Three and Paise Fifty Only",
        ),
        ("10000000", "Rupees One Crore Only"),
        (
            "1234567890",
            "Rupees One Hundred Twenty Three Crore Forty Five Lakh Sixty Seven Thousand Eight Hundred Ninety Only",
        ),
        ("1000000000000", "Rupees One Lakh Crore Only"),
        ("100000000000000", "Rupees One Crore Crore Only"),
        ("99.995", "Rupees One Hundred Only"),
        ("-5.25", "Minus Rupees Five and Paise Twenty Five Only"),
        ("-0.001", "Rupees Zero Only"),
    ],
)
def test_amounts_are_told_in_words(amount: str, words: str) -> None:
    assert in_words(Decimal(amount)) == words


@given(st.decimals(min_value=0, max_value=10**15, places=2))
def test_words_are_single_spaced_and_end_with_only(amount: Decimal) -> None:
    words = in_words(amount)

    assert words.startswith("Rupees ") and words.endswith(" Only")
    assert words == " ".join(words.split())
    assert ("Paise" in words) == (amount != int(amount))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (None, "0"),
        ("", "0"),
        ("  ", "0"),
        ("0", "0"),
        ("-0", "0"),
        ("12.5", "12.5"),
        (" 12.50 ", "12.50"),
        ("1.250", "1.250"),
        ("+7", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1000"),
        ("1,20,000.50", "120000.50"),
        ("1,000,000", "1000000"),
        ("99999999.9999", "99999999.9999"),
        ("1.50000000", "1.50000000"),
        ("\uff11\uff12.\uff15", "12.5"),
        ("\u0967\u0968", "12"),
        (3, "3"),
        (2.75, "2.75"),
        (Decimal("4.125"), "4.125"),
    ],
)
def test_a_quantity_is_kept_as_it_was_typed(typed: object, read: str) -> None:
    assert str(read_quantity(typed)) == read


@pytest.mark.parametrize("typed", [*NO_NUMBER, *MISPLACED_COMMAS, *HUGE_EXPONENTS, float("nan"), float("inf"), True])
def test_a_quantity_that_is_no_number_is_refused(typed: object) -> None:
    with pytest.raises(BadInput, match="The quantity .* is not a number"):
        read_quantity(typed)


@pytest.mark.parametrize("typed", ["-1", "-0.0001", "-1e-4", -2.5])
def test_a_negative_quantity_is_refused(typed: object) -> None:
    with pytest.raises(BadInput, match="is negative"):
        read_quantity(typed)


@pytest.mark.parametrize("typed", ["100000000", "123456789012345", "1e308", 1e308, "10,00,00,000"])
def test_a_quantity_of_ten_crore_or_more_is_refused(typed: object) -> None:
    with pytest.raises(BadInput, match="is too large"):
        read_quantity(typed)


@pytest.mark.parametrize("typed", ["0.12345", "1e-5", "99999999.00000000000000000000000000001"])
def test_a_quantity_with_more_than_four_decimals_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="more than 4 decimals"):
        read_quantity(typed)


@pytest.mark.parametrize("typed", ["1" * 10_000, "x" * 10_000, "0." + "0" * 10_000])
def test_a_refusal_quotes_only_the_beginning_of_a_long_text(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_quantity(typed)

    assert len(str(refused.value)) < 200


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_sentence(typed: str) -> None:
    try:
        quantity = read_quantity(typed)
    except BadInput as refusal:
        assert str(refusal).startswith("The quantity ")
    else:
        assert 0 <= quantity < 10**8


@given(st.decimals(min_value=0, max_value=99_999_999, places=4))
def test_a_quantity_reads_back_from_its_text(quantity: Decimal) -> None:
    assert read_quantity(str(quantity)) == quantity


def test_no_amount_was_typed_where_the_field_is_empty() -> None:
    assert read_amount(None, "grand total") is None
    assert read_amount(" ", "grand total") is None


@pytest.mark.parametrize(
    ("typed", "read"),
    [("0", "0"), ("150.25", "150.25"), ("\u20b9 4,30,000", "430000"), ("999999999999.99", "999999999999.99")],
)
def test_an_amount_is_read_in_rupees_and_paise(typed: str, read: str) -> None:
    assert read_amount(typed, "grand total") == Decimal(read)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("-1", "negative"),
        ("1e12", "too large"),
        ("1.005", "2 decimals"),
        ("many", "not a number"),
        ("nan", "not a number"),
    ],
)
def test_an_amount_is_refused_by_the_name_of_its_field(typed: str, reason: str) -> None:
    with pytest.raises(BadInput, match=f"The grand total .*{reason}"):
        read_amount(typed, "grand total")


@pytest.mark.parametrize(
    ("typed", "read"), [("4.5", "4.5"), ("4.5 %", "4.5"), ("0", "0"), ("100", "100"), ("0.1055", "0.1055")]
)
def test_a_percentage_is_read_with_or_without_its_sign(typed: str, read: str) -> None:
    assert read_percent(typed, "tender premium") == Decimal(read)


@pytest.mark.parametrize("typed", [None, "", " % "])
def test_no_percentage_was_typed_where_there_is_no_digit(typed: object) -> None:
    assert read_percent(typed, "tender premium") is None


@pytest.mark.parametrize("typed", ["-1", "100.01", "1e308", "0.12345", "five", "nan", "1_0"])
def test_a_percentage_outside_0_to_100_or_without_sense_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="The tender premium "):
        read_percent(typed, "tender premium")


def test_a_plain_number_has_no_exponent_and_keeps_its_decimals() -> None:
    assert str(plain(Decimal("1E+3"))) == "1000"
    assert str(plain(Decimal("-0.00"))) == "0.00"
    assert str(plain(Decimal("1.50"))) == "1.50"
