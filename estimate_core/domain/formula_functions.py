"""The worksheet functions that can be computed, by name; what is not in the table is not supported.

Functions whose value depends on the place or the time (OFFSET, ROW, TODAY ...) are left out on purpose:
copied, they would give something else. Source: the published descriptions of Excel's functions.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from estimate_core.domain import formula_lookup as lookup
from estimate_core.domain.formula_operators import power
from estimate_core.domain.formula_values import (
    WIDE,
    Area,
    Argument,
    ExcelError,
    NotComputable,
    Wrong,
    ceiling_of,
    decimal_of,
    excel_round,
    floor_of,
    joined,
    number,
    round_down,
    round_up,
    scalar,
    text_number,
    text_of,
    truth,
    whole,
)


@dataclass(frozen=True, slots=True)
class Function:
    """A worksheet function: what it does, and how few and how many arguments it takes (None: any number).

    Where `chooses`, the call takes the first argument only and gives the 0-based place of the argument
    that is the function's value; the others need not be computed (IF, IFERROR).
    Where `searches`, most of the cells that it is given are not looked at.
    """

    call: Callable[..., Argument]
    least: int
    most: int | None
    chooses: bool = False
    searches: bool = False


def _numbers(arguments: tuple[Argument, ...]) -> Iterator[float]:
    """Give the numbers of the arguments; text and booleans count only where typed into the formula."""
    for argument in arguments:
        if isinstance(argument, Area):
            for row in argument.rows:
                for value in row:
                    if type(value) is float:
                        yield value
                    elif isinstance(value, ExcelError):
                        raise Wrong(value)
        else:
            yield number(argument)


def _sum(*arguments: Argument) -> float:
    return math.fsum(_numbers(arguments))


def _product(*arguments: Argument) -> float:
    values = list(_numbers(arguments))
    return math.prod(values) if values else 0.0


def _average(*arguments: Argument) -> float:
    values = list(_numbers(arguments))
    if not values:
        raise Wrong(ExcelError.DIV0)
    return math.fsum(values) / len(values)


def _is_counted(argument: Argument) -> bool:
    try:
        number(argument)
        return True
    except Wrong:
        return False


def _count(*arguments: Argument) -> float:
    counted = 0
    for argument in arguments:
        if isinstance(argument, Area):
            counted += sum(type(value) is float for row in argument.rows for value in row)
        else:
            counted += _is_counted(argument)
    return float(counted)


def _counta(*arguments: Argument) -> float:
    counted = 0
    for argument in arguments:
        if isinstance(argument, Area):
            counted += sum(value is not None for row in argument.rows for value in row)
        else:
            counted += 1
    return float(counted)


# --- rounding ---


def _trunc(x: Argument, places: Argument = 0.0) -> float:
    return round_down(number(x), whole(places))


def _mod(x: Argument, divisor: Argument) -> float:
    dividend, by = number(x), number(divisor)
    if by == 0:
        raise Wrong(ExcelError.DIV0)
    rest = dividend - floor_of(dividend / by) * by
    return 0.0 if abs(rest) < abs(dividend) * 3.5e-15 else rest


def _mround(x: Argument, multiple: Argument) -> float:
    value, step = number(x), number(multiple)
    if value == 0 or step == 0:
        return 0.0
    if value * step < 0:
        raise Wrong(ExcelError.NUM)
    # By Excel's description the quotient is not corrected to 15 digits here: MROUND(6.05,0.1) is 6, not 6.1.
    return math.floor(value / step + 0.5) * step


def _ceiling(x: Argument, significance: Argument) -> float:
    value, step = number(x), number(significance)
    if value == 0 or step == 0:
        return 0.0
    if value > 0 > step:
        raise Wrong(ExcelError.NUM)
    return ceiling_of(value / step) * step


def _floor(x: Argument, significance: Argument) -> float:
    value, step = number(x), number(significance)
    if value == 0:
        return 0.0
    if step == 0:
        raise Wrong(ExcelError.DIV0)
    if value > 0 > step:
        raise Wrong(ExcelError.NUM)
    return floor_of(value / step) * step


def _sqrt(x: Argument) -> float:
    value = number(x)
    if value < 0:
        raise Wrong(ExcelError.NUM)
    return math.sqrt(value)


# --- conditions ---


def _conditions(arguments: tuple[Argument, ...]) -> list[bool]:
    found: list[bool] = []
    for argument in arguments:
        if not isinstance(argument, Area):
            found.append(truth(argument))
            continue
        for value in (value for row in argument.rows for value in row):
            if isinstance(value, ExcelError):
                raise Wrong(value)
            if isinstance(value, bool | float):
                found.append(value != 0)
    if not found:
        raise Wrong(ExcelError.VALUE)
    return found


def _choose_if(condition: Argument) -> float:
    return 1.0 if truth(condition) else 2.0


def _choose_iferror(argument: Argument) -> float:
    return 1.0 if isinstance(scalar(argument), ExcelError) else 0.0


# --- text ---

_FORMAT = re.compile(r"(#,##)?0(?:\.(0+))?(%?)")
_MOST_PLACES = 30  # as many as Excel shows


def _number_or_text(text: str) -> float | str:
    try:
        return text_number(text)
    except Wrong:
        return text


def _text(argument: Argument, form: Argument) -> str:
    value, pattern = scalar(argument), text_of(form)
    if isinstance(value, str):
        value = _number_or_text(value)
    if isinstance(value, str | bool):
        return text_of(value)
    match = _FORMAT.fullmatch(pattern)
    if not match or len(match[2] or "") > _MOST_PLACES:
        if pattern.lower() in ("general", "@"):
            return text_of(number(value))
        raise NotComputable(f'it uses TEXT with the format "{pattern}", which is not supported')
    thousands, decimals, percent = match[1], len(match[2] or ""), match[3]
    digits = decimal_of(number(value)) * (100 if percent else 1)
    shown = digits.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, WIDE)
    return f"{shown + 0:{',' if thousands else ''}.{decimals}f}{percent}"


FUNCTIONS: dict[str, Function] = {
    "SUM": Function(_sum, 1, None),
    "PRODUCT": Function(_product, 1, None),
    "AVERAGE": Function(_average, 1, None),
    "MIN": Function(lambda *of: min(_numbers(of), default=0.0), 1, None),
    "MAX": Function(lambda *of: max(_numbers(of), default=0.0), 1, None),
    "COUNT": Function(_count, 1, None),
    "COUNTA": Function(_counta, 1, None),
    "ROUND": Function(lambda x, places: excel_round(number(x), whole(places)), 2, 2),
    "ROUNDUP": Function(lambda x, places: round_up(number(x), whole(places)), 2, 2),
    "ROUNDDOWN": Function(_trunc, 2, 2),
    "TRUNC": Function(_trunc, 1, 2),
    "INT": Function(lambda x: floor_of(number(x)), 1, 1),
    "MOD": Function(_mod, 2, 2),
    "MROUND": Function(_mround, 2, 2),
    "CEILING": Function(_ceiling, 2, 2),
    "FLOOR": Function(_floor, 2, 2),
    "ABS": Function(lambda x: abs(number(x)), 1, 1),
    "SQRT": Function(_sqrt, 1, 1),
    "POWER": Function(power, 2, 2),
    "PI": Function(lambda: math.pi, 0, 0),
    "TRUE": Function(lambda: True, 0, 0),
    "FALSE": Function(lambda: False, 0, 0),
    "IF": Function(_choose_if, 2, 3, chooses=True),
    "IFERROR": Function(_choose_iferror, 2, 2, chooses=True),
    "AND": Function(lambda *of: all(_conditions(of)), 1, None),
    "OR": Function(lambda *of: any(_conditions(of)), 1, None),
    "NOT": Function(lambda condition: not truth(condition), 1, 1),
    "SUMPRODUCT": Function(lookup.sumproduct, 1, None),
    "SUMIF": Function(lookup.sumif, 2, 3),
    "VLOOKUP": Function(lookup.vlookup, 3, 4, searches=True),
    "HLOOKUP": Function(lookup.hlookup, 3, 4, searches=True),
    "INDEX": Function(lookup.index, 2, 3, searches=True),
    "MATCH": Function(lookup.match, 2, 3, searches=True),
    "CONCATENATE": Function(joined, 1, None),
    "TEXT": Function(_text, 2, 2),
}
