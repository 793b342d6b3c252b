"""What an Excel cell may hold, and how such values turn into one another, are rounded, compared and shown.

Empty is None, dates are serial numbers. An error found on the way is raised as `Wrong` and becomes a value
again where the operation ends. `NotComputable` is for what Excel would compute and this program will not.
"""

import math
import re
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from enum import Enum
from typing import Any


class ExcelError(Enum):
    """The error values of Excel; `code` is what a cell shows."""

    DIV0 = "#DIV/0!"
    VALUE = "#VALUE!"
    NAME = "#NAME?"
    NA = "#N/A"
    NUM = "#NUM!"
    REF = "#REF!"
    NULL = "#NULL!"

    @property
    def code(self) -> str:
        """The text that a cell shows, such as `#DIV/0!`."""
        return self.value


Value = float | str | bool | None | ExcelError


LARGE = 64
"""Areas of more cells are kept, and so is what was found out about them: the next formula may read them again."""
CELL_LIMIT = 32_767
"""Characters that a cell holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """The values of a range, row by row; cells beyond the given rows, up to height and width, are empty.

    `memo` keeps what functions found out about a large area.
    """

    rows: tuple[tuple[Value, ...], ...]
    height: int
    width: int
    memo: dict[object, Any] = field(default_factory=dict, repr=False)

    @property
    def size(self) -> int:
        """The number of cells that are given."""
        return len(self.rows) * len(self.rows[0]) if self.rows else 0

    @property
    def characters(self) -> int:
        """The length of all its texts."""
        if "characters" not in self.memo:
            self.memo["characters"] = sum(len(value) for row in self.rows for value in row if isinstance(value, str))
        return int(self.memo["characters"])

    def cell(self, row: int, column: int) -> Value:
        """Give the value at a 0-based place; empty beyond the given rows."""
        if row < len(self.rows) and column < len(self.rows[row]):
            return self.rows[row][column]
        return None


Argument = Value | Area


class Wrong(Exception):
    """An operation that ends in an Excel error value."""

    def __init__(self, error: ExcelError) -> None:
        super().__init__(error.code)
        self.error = error


class NotComputable(Exception):
    """Something that Excel computes and this program does not; `reason` is a clause about the formula."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def area_of(*rows: tuple[Value, ...]) -> Area:
    """Make an area of rows of equal length."""
    return Area(rows, len(rows), len(rows[0]) if rows else 0)


def scalar(argument: Argument) -> Value:
    """Give the one value of an argument; raises NotComputable for several cells (implicit intersection)."""
    if not isinstance(argument, Area):
        return argument
    if argument.height == 1 and argument.width == 1:
        return argument.cell(0, 0)
    raise NotComputable("it uses several cells where one value is needed")


# --- numbers ---

_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]*)?")
_SIGNS = r"[0-9\s/:.,()%$₹£€+-]*"
_MAYBE_NUMBER = re.compile(rf"{_SIGNS}[0-9]{_SIGNS}(?: [ap]m?)?", re.IGNORECASE)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTH = re.compile(rf"(?=.*[0-9])[0-9\s,:-]*(?:{_MONTHS})[a-z]*[0-9\s,:-]*", re.IGNORECASE)
_LONGEST_DATE = 40


def number(argument: Argument) -> float:
    """Read an argument as arithmetic does: empty is 0, TRUE is 1, text counts if it looks like a number."""
    value = argument if type(argument) is float else scalar(argument)
    if isinstance(value, float | int):  # bool is an int
        return float(value)
    if value is None:
        return 0.0
    if isinstance(value, ExcelError):
        raise Wrong(value)
    return text_number(value)


def text_number(text: str) -> float:
    """Read text as a number, `%` and commas too; raises Wrong, or NotComputable for dates and money."""
    stripped = text.strip(" ")
    percents = stripped.endswith("%")
    digits = stripped.removesuffix("%").rstrip(" ")
    if _GROUPED.fullmatch(digits):
        digits = digits.replace(",", "")
    if _PLAIN.fullmatch(digits):
        return finite(float(digits) / 100 if percents else float(digits))
    short = stripped[: _LONGEST_DATE + 1]  # so that a long text does not cost time
    if len(short) <= _LONGEST_DATE and (_MAYBE_NUMBER.fullmatch(short) or _MONTH.fullmatch(short)):
        raise NotComputable(f'it reckons with the text "{text}", which may be a date, a time or money')
    raise Wrong(ExcelError.VALUE)


def whole(argument: Argument) -> int:
    """Read an argument as a whole number, cut towards zero; raises Wrong(#NUM!) beyond 2^31."""
    value = number(argument)
    if abs(value) >= 2**31:
        raise Wrong(ExcelError.NUM)
    return int(value)


def finite(value: float) -> float:
    """Pass a number on without the sign of zero; raises Wrong(#NUM!) where Excel overflows."""
    if math.isfinite(value):
        return value + 0.0
    raise Wrong(ExcelError.NUM)


def truth(argument: Argument) -> bool:
    """Read an argument as a condition: zero and empty are false, the words TRUE and FALSE count."""
    value = scalar(argument)
    if isinstance(value, str):
        if value.upper() in ("TRUE", "FALSE"):
            return value.upper() == "TRUE"
        raise Wrong(ExcelError.VALUE)
    return number(value) != 0


# --- rounding ---

WIDE = Context(prec=400)
"""Enough digits for any double."""


def decimal_of(value: float) -> Decimal:
    """Give the 15 significant digits that Excel reckons with when it rounds and compares."""
    return Decimal(f"{value:.15g}")


def rounded(value: float, places: int, mode: str) -> float:
    """Round the 15 significant digits of a number to decimal places in a mode of the decimal module."""
    digits = decimal_of(finite(value))
    if places + digits.adjusted() >= 15:  # nothing to cut off
        return value
    if places < -308:
        places = -309
    return finite(float(digits.quantize(Decimal(1).scaleb(-places), mode, WIDE)))


def excel_round(x: float, places: int) -> float:
    """Round half away from zero as ROUND does: 1.005 to 2 places is 1.01, because 15 digits count."""
    return rounded(x, places, ROUND_HALF_UP)


def round_up(x: float, places: int) -> float:
    """Round away from zero as ROUNDUP does."""
    return rounded(x, places, ROUND_UP)


def round_down(x: float, places: int) -> float:
    """Round towards zero as ROUNDDOWN and TRUNC do."""
    return rounded(x, places, ROUND_DOWN)


def floor_of(x: float) -> float:
    """Give the next whole number below as INT does, by 15 digits."""
    return rounded(x, 0, ROUND_FLOOR)


def ceiling_of(x: float) -> float:
    """Give the next whole number above, by 15 digits."""
    return rounded(x, 0, ROUND_CEILING)


# --- text and order ---


def text_of(argument: Argument) -> str:
    """Show a value as `&` does: numbers in General format, empty as nothing."""
    value = scalar(argument)
    if isinstance(value, ExcelError):
        raise Wrong(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if value is None or isinstance(value, str):
        return value or ""
    return general(float(value))


def joined(*arguments: Argument) -> str:
    """Put texts together as `&` does; raises Wrong(#VALUE!) for more than a cell holds."""
    text = "".join(text_of(argument) for argument in arguments)
    if len(text) > CELL_LIMIT:
        raise Wrong(ExcelError.VALUE)
    return text


def general(value: float) -> str:
    """Show a number in General format with up to 15 digits: 0.1+0.2 is 0.3, 10^15 is 1E+15."""
    digits = decimal_of(value).normalize()
    plain = format(digits, "f")
    if digits.is_zero():
        return "0"
    if digits.adjusted() < 15 and len(plain.lstrip("-")) <= 20:
        return plain
    mantissa = format(digits.scaleb(-digits.adjusted()), "f")
    return f"{mantissa}E{digits.adjusted():+03d}"


def order_key(value: float | str | bool) -> tuple[int, float | str]:
    """Give a key that sorts as Excel does: numbers, then text ignoring case, then FALSE and TRUE."""
    if isinstance(value, bool):
        return (2, float(value))
    if isinstance(value, str):
        return (1, value.casefold())
    return (0, float(f"{value:.15g}"))


def order_of(one: float, two: float) -> int:
    """Compare numbers by 15 digits: negative, 0 or positive."""
    if abs(one - two) <= 1e-14 * max(abs(one), abs(two)):  # too near to tell without their digits
        one, two = float(f"{one:.15g}"), float(f"{two:.15g}")
    return (one > two) - (one < two)


def compare(left: Argument, right: Argument) -> int:
    """Compare two values: negative, 0 or positive; an empty cell takes the other's type."""
    one, two = scalar(left), scalar(right)
    if type(one) is float and type(two) is float:
        return order_of(one, two)
    for value in (one, two):
        if isinstance(value, ExcelError):
            raise Wrong(value)
    assert not isinstance(one, ExcelError) and not isinstance(two, ExcelError)  # for the type checker
    first = order_key(_empty_like(two) if one is None else one)
    second = order_key(_empty_like(one) if two is None else two)
    if first[0] != second[0]:
        return first[0] - second[0]
    return (first > second) - (first < second)


def _empty_like(other: float | str | bool | None) -> float | str | bool:
    if isinstance(other, bool):
        return False
    return "" if isinstance(other, str) else 0.0
