"""Schedules with faults in single cells and in rates."""

import io
from datetime import datetime

from openpyxl import load_workbook

from tests.workbook.corpus.case import MASTER, Expected, error, note, one, schedule, warning
from tests.workbook.schedules import block, saved, small_schedule

_WALL = Expected(5, "Wall")
_NONE = Expected(5, "Wall", None)


@schedule(_NONE, told=[error("no-rate", "J5")])
def a_block_without_a_rate() -> bytes:
    return one({"J9": None, "J10": None, "J11": None})


@schedule(_NONE, told=[error("rate-is-text", "J11")])
def a_rate_as_text() -> bytes:
    return one(J11="220.00")


@schedule(_NONE, told=[error("rate-is-text", "J11")])
def a_rate_as_text_and_no_number() -> bytes:
    return one({"E9": None, "I9": None, "J9": None, "J10": None, "J11": "220"})


@schedule(_NONE, told=[error("rate-is-text", "J11")])
def a_rate_that_a_formula_gives_as_text() -> bytes:
    return one(J11='=TEXT(J9+J10,"0.00")')


@schedule(_NONE, told=[error("negative-rate", "J11")])
def a_negative_rate() -> bytes:
    return one(J11="=-J9")


@schedule(_NONE, told=[error("rate-too-large", "J11")])
def a_rate_of_many_crores() -> bytes:
    return one(J11="=J9*10^300")


@schedule(Expected(5, "Wall", "0"), told=[warning("zero-rate", "J11"), warning("component-without-rate", "I9")])
def a_rate_of_zero() -> bytes:
    return one(I9=0)


@schedule(_NONE, told=[error("rate-is-a-date", "J11")])
def a_date_in_place_of_the_rate() -> bytes:
    return one(J11=datetime(2025, 4, 1))


@schedule(_NONE, told=[error("rate-is-no-number", "J11"), warning("error-value", "J9")])
def a_rate_that_is_an_error() -> bytes:
    return one(G9=0)


@schedule(_NONE, told=[error("rate-is-no-number", "J11")])
def a_rate_that_is_true() -> bytes:
    return one(J11="=J9>J10")


@schedule(Expected(5, "Wall", "200"), told=[warning("true-or-false", "E10"), warning("true-or-false", "J12")])
def true_in_place_of_numbers() -> bytes:
    return one({"D10": "Helper", "E10": True, "J10": None, "D12": "Checked", "J12": True})


@schedule(_WALL, told=[warning("text-below-rate", "J12")])
def a_text_below_the_rate() -> bytes:
    return one(J12="per No.")


@schedule(Expected(5, "Wall", "12.5"), told=[warning("rate-not-last", "J12")])
def a_number_below_the_rate() -> bytes:
    return one(D12="Weight of 1 brick in kg x 5", J12=12.5)


@schedule(Expected(5, "Wall", "225"))
def a_rate_and_what_is_said_for_it() -> bytes:
    return one(D12="Say Rs.", J12="=MROUND(J11,25)")


@schedule(Expected(5, "Wall", "220", unit="Sqm"), told=[warning("rate-for-several", "J11")])
def a_rate_for_ten() -> bytes:
    return small_schedule(block(5, "Wall", D11="Rate for 10 Sq. m"), ["D5"], [["Wall", "Works", "Re-", "Sqm"]])


@schedule(Expected(5, "Wall", "220", unit="Sqm"))
def a_label_that_tells_a_size() -> bytes:
    return small_schedule(block(5, "Wall", D11="Rate for 2 m height"), ["D5"], [["Wall", "Works", "Re-", "Sqm"]])


@schedule(Expected(5, "Wall", "220", unit="10 Sqm"), told=[warning("unknown-unit", "A2", "Groups")])
def a_rate_for_ten_that_groups_gives_for_ten() -> bytes:
    return small_schedule(block(5, "Wall", D11="Rate for 10 Sqm"), ["D5"], [["Wall", "Works", "Re-", "10 Sqm"]])


@schedule(Expected(5, "Wall", "220", unit="Pts"))
def a_unit_that_counts_like_that_of_the_label() -> bytes:
    return small_schedule(block(5, "Wall"), ["D5"], [["Wall", "Works", "Re-", "Points"]])


@schedule(Expected(5, "Wall", "20"), told=[warning("amount-as-text", "J9")])
def an_amount_as_text() -> bytes:
    return one({"E9": None, "J9": "200"})


@schedule(Expected(5, "Wall", "100179.2"), told=[warning("date-for-a-number", "E9")])
def a_date_in_place_of_a_quantity() -> bytes:
    return one(E9=datetime(2024, 9, 1), I9=2, J11="=J9+J10")


@schedule(_WALL, told=[warning("error-value", "B9")])
def an_error_in_a_cell_that_the_rate_does_not_need() -> bytes:
    return one(B9="=1/0")


@schedule(_NONE, told=[warning("error-value", "J9"), error("rate-is-no-number", "J11")])
def a_quantity_that_is_a_text() -> bytes:
    return one(E9="two nos")


@schedule(_NONE, told=[warning("error-value", "I9"), error("rate-is-no-number", "J11")])
def a_typed_error() -> bytes:
    workbook = load_workbook(io.BytesIO(one()))
    workbook[MASTER]["I9"].value = "#N/A"
    return saved(workbook)


@schedule(_WALL, told=[note("number-as-text", "G9")])
def dates_booleans_and_errors_where_they_do_no_harm() -> bytes:
    return one(A9=datetime(2025, 4, 1), B9=True, G9="1", H9=False, K9="=1/0", L9=datetime(1900, 1, 1))
