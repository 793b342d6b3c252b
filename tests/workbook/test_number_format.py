"""Numbers as the cells of a schedule show them."""

from datetime import datetime

import pytest

from estimate_core.workbook.reports.number_format import shown_number
from estimate_core.workbook.writing.markup import RUPEES

EPOCH = datetime(1899, 12, 30)
LAKHS = r"[>=10000000]##\,##\,##\,##0.00;[>=100000]##\,##\,##0.00;##,##0.00"


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (0.1 + 0.2, "General", "0.3"),
        (12345678901.0, "General", "12345678901"),
        (123456789012.0, "General", "1.23457E+11"),
        (1.005, "0.00", "1.01"),
        (7.0, "000", "007"),
        (5.0, "0.##", "5."),
        (-0.5, "#,##0.00", "-0.50"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (1234567.0, "#,##0,", "1,235"),
        (0.13615, "0.000%", "13.615%"),
        (-1234.0, "#,##0;(#,##0)", "(1,234)"),
        (0.0, '0;-0;"nil"', "nil"),
        (12345678.5, LAKHS, "1,23,45,678.50"),
        (123456.5, LAKHS, "1,23,456.50"),
        (1234.5, LAKHS, "1,234.50"),
        (-5.0, LAKHS, "-5.00"),
        (99999.995, RUPEES, "1,00,000.00"),
        (1234567890.12, RUPEES, "123,45,67,890.12"),
        (5.0, '"Rs. "0.00"/-"', "Rs. 5.00/-"),
        (5.0, "[$\u20b9-4009] #,##0.00", "\u20b9 5.00"),
        (7.0, "[Red]0;[Blue]-0", "7"),
        (5.0, ";;;", ""),
        (45000.0, "dd/mm/yyyy", "15-03-2023"),
        (45000.6, "d-mmm-yy h:mm", "15-03-2023 14:24"),
        (0.25, "h:mm", "06:00"),
        (1.5, "[h]:mm", "36:00"),
    ],
)
def test_a_number_is_shown_under_its_format(value: float, number_format: str, shown: str) -> None:
    assert shown_number(value, number_format, EPOCH) == shown


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (3.25, "# ?/?", "3.25"),
        (5.0, "0.00E+00", "5"),
        (5.0, "0.0.0", "5"),
        (5.0, "[>1.2.3]0", "5"),
        (5.0, "[", "5"),
        (5.0, "0" * 300, "5"),
        (5.0, "0." + "0" * 200, "5"),
        (1e300, "#,##0.00", "1E+300"),
        (1e12, "dd/mm/yyyy", "1E+12"),
    ],
)
def test_a_format_that_is_not_followed_shows_the_plain_number(value: float, number_format: str, shown: str) -> None:
    assert shown_number(value, number_format, EPOCH) == shown
