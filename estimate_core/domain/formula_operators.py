"""Excel's operators on values, by sign, and the one place where a raised error becomes an error value."""

import math
from collections.abc import Callable

from estimate_core.domain.formula_values import (
    Argument,
    ExcelError,
    Value,
    Wrong,
    compare,
    finite,
    joined,
    number,
)


def _sum(one: float, two: float) -> float:
    total = one + two
    # Excel and LibreOffice give 0 where a sum cancels to less than 15 digits of its parts (0.3 - 0.1 - 0.2).
    if abs(total) < abs(one) * 3.5e-15 and f"{one:.15g}" == f"{-two:.15g}":
        return 0.0
    return total


def _divide(left: Argument, right: Argument) -> float:
    one, two = number(left), number(right)
    if two == 0:
        raise Wrong(ExcelError.DIV0)
    return one / two


def power(left: Argument, right: Argument) -> float:
    """Raise to a power as `^` and POWER do; 0^0 is #NUM!, 0^-1 is #DIV/0!, a root of a negative is #NUM!."""
    base, exponent = number(left), number(right)
    if base == 0 and exponent <= 0:
        raise Wrong(ExcelError.DIV0 if exponent else ExcelError.NUM)
    if base < 0 and exponent != int(exponent):
        raise Wrong(ExcelError.NUM)
    return math.pow(base, exponent)


BINARY: dict[str, Callable[[Argument, Argument], Value]] = {
    "+": lambda left, right: _sum(number(left), number(right)),
    "-": lambda left, right: _sum(number(left), -number(right)),
    "*": lambda left, right: number(left) * number(right),
    "/": _divide,
    "^": power,
    "&": joined,
    "=": lambda left, right: compare(left, right) == 0,
    "<>": lambda left, right: compare(left, right) != 0,
    "<": lambda left, right: compare(left, right) < 0,
    ">": lambda left, right: compare(left, right) > 0,
    "<=": lambda left, right: compare(left, right) <= 0,
    ">=": lambda left, right: compare(left, right) >= 0,
}

PREFIX: dict[str, Callable[[Argument], Argument]] = {
    "-": lambda value: -number(value),
    "+": lambda value: value,
}

POSTFIX: dict[str, Callable[[Argument], Value]] = {"%": lambda value: number(value) / 100}


def apply(operation: Callable[..., Argument], arguments: list[Argument]) -> Argument:
    """Call an operator or function; what it raises as Wrong and what overflows becomes an error value."""
    try:
        result = operation(*arguments)
        return finite(result) if type(result) is float else result
    except Wrong as wrong:
        return wrong.error
    except OverflowError:
        return ExcelError.NUM
