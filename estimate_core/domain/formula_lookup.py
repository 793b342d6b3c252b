"""Worksheet functions that search and pair up areas: SUMIF, SUMPRODUCT, VLOOKUP, HLOOKUP, MATCH, INDEX."""

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from itertools import pairwise

from estimate_core.domain.formula_values import (
    Area,
    Argument,
    ExcelError,
    NotComputable,
    Value,
    Wrong,
    area_of,
    compare,
    finite,
    number,
    order_key,
    order_of,
    scalar,
    text_number,
    truth,
    whole,
)


def _as_area(argument: Argument) -> Area:
    return argument if isinstance(argument, Area) else area_of((argument,))


def sumproduct(*arguments: Argument) -> float:
    """Add up the products of areas of one size, cell by cell; what is not a number counts as 0."""
    areas = [_as_area(argument) for argument in arguments]
    if len({(area.height, area.width) for area in areas}) > 1:
        raise Wrong(ExcelError.VALUE)
    for value in (value for area in areas for row in area.rows for value in row):
        if isinstance(value, ExcelError):
            raise Wrong(value)
    products: list[float] = []
    for row in range(min(len(area.rows) for area in areas)):
        for cells in zip(*(area.rows[row] for area in areas), strict=False):
            factors = [value for value in cells if type(value) is float]
            products.append(finite(math.prod(factors)) if len(factors) == len(cells) else 0.0)
    return math.fsum(products)


# --- criteria ---

_WILD = re.compile("[*?~]")
_CRITERION = re.compile(r"(<=|>=|<>|=|<|>)?(.*)", re.DOTALL)
_COMPARED: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    ">": lambda order: order > 0,
    "<=": lambda order: order <= 0,
    ">=": lambda order: order >= 0,
}


def criterion(argument: Argument) -> Callable[[Value], bool]:
    """Read a criterion of SUMIF, such as 5, `>=5`, `<>x` or `ab*`, as a test of a cell's value."""
    value = scalar(argument)
    if not isinstance(value, str):
        wanted: Value = 0.0 if value is None else value
        return lambda cell: _same(cell, wanted)
    match = _CRITERION.fullmatch(value)
    assert match is not None  # every text matches
    sign, rest = match[1] or "", match[2]
    if sign in _COMPARED:
        return _compares(_COMPARED[sign], _typed(rest))
    equal = _equals(rest, empty_only=bool(sign))
    return (lambda cell: not equal(cell)) if sign == "<>" else equal


def _typed(text: str) -> float | str | bool:
    if text.upper() in ("TRUE", "FALSE"):
        return text.upper() == "TRUE"
    try:
        return text_number(text)
    except Wrong:
        return text


def _same(cell: Value, wanted: Value) -> bool:
    if isinstance(cell, ExcelError) or isinstance(wanted, ExcelError):
        return cell is wanted
    if cell is None or wanted is None:
        return cell is wanted
    if isinstance(cell, str) and type(wanted) is float:  # SUMIF counts "5" kept as text as 5
        return _typed(cell) == wanted
    return compare(cell, wanted) == 0


def _equals(text: str, *, empty_only: bool) -> Callable[[Value], bool]:
    if not text:
        return (lambda cell: cell is None) if empty_only else (lambda cell: cell is None or cell == "")
    wanted = _typed(text)
    if isinstance(wanted, str):
        pattern = wildcard(wanted)
        return lambda cell: isinstance(cell, str) and pattern.fullmatch(cell) is not None
    return lambda cell: _same(cell, wanted)


def _compares(holds: Callable[[int], bool], wanted: float | str | bool) -> Callable[[Value], bool]:
    def test(cell: Value) -> bool:
        if type(cell) is float and type(wanted) is float:
            return holds(order_of(cell, wanted))
        if cell is None or isinstance(cell, ExcelError):
            return False
        return order_key(cell)[0] == order_key(wanted)[0] and holds(compare(cell, wanted))

    return test


def wildcard(text: str) -> re.Pattern[str]:
    """Compile a text with `*`, `?` and `~` as escape to a pattern that ignores case."""
    pieces = [""]  # what stands between the stars
    for part in re.findall(r"~[*?~]|.", text, re.DOTALL):
        if part == "*":
            pieces.append("")
        else:
            pieces[-1] += "." if part == "?" else re.escape(part[-1])
    first, *middle = pieces
    last = ".*" + middle.pop() if middle else ""
    # Each piece is taken where it first fits and never tried again, or many stars would take very long.
    return re.compile(first + "".join(f"(?>.*?{piece})" for piece in middle) + last, re.IGNORECASE | re.DOTALL)


def sumif(area: Argument, condition: Argument, summed: Argument | None = None) -> float:
    """Add up the numbers beside the cells that meet a condition; raises NotComputable for too few numbers.

    Of a larger range of numbers, Excel takes as many rows and columns as the cells have.
    """
    tested = _as_area(area)
    numbers = tested if summed is None else _as_area(summed)
    if tested.height > numbers.height or tested.width > numbers.width:
        raise NotComputable("it uses SUMIF with ranges of unequal size")
    meets = criterion(condition)
    found: list[float] = []
    for row, cells in enumerate(numbers.rows[: tested.height]):
        for column, value in enumerate(cells[: tested.width]):
            if isinstance(value, float | ExcelError) and meets(tested.cell(row, column)):
                found.append(number(value))
    return math.fsum(found)


# --- search ---

_Key = tuple[int, float | str]


class _Line:
    """A row or column that is searched, with what makes it quick to search it again."""

    def __init__(self, cells: list[Value]) -> None:
        self._cells = cells
        self._firsts: dict[_Key, int] = {}
        for at, cell in enumerate(cells):
            if cell is not None and not isinstance(cell, ExcelError):
                self._firsts.setdefault(order_key(cell), at)
        self._rising: dict[tuple[int, int], list[tuple[_Key, int]] | None] = {}

    def find_exact(self, wanted: Value) -> int:
        """The 0-based place of the first cell that equals a value or fits its wildcards, -1 where there is none."""
        if not isinstance(wanted, str) or not _WILD.search(wanted):
            return self._firsts.get(order_key(0.0 if wanted is None else _plain(wanted)), -1)
        pattern = wildcard(wanted)
        found = (at for at, cell in enumerate(self._cells) if isinstance(cell, str) and pattern.fullmatch(cell))
        return next(found, -1)

    def find_near(self, wanted: Value, direction: int) -> int:
        """The place of the last cell that is not beyond a value; Excel needs a sorted list, so we insist on one."""
        key = order_key(0.0 if wanted is None else _plain(wanted))
        if (key[0], direction) not in self._rising:
            self._rising[key[0], direction] = self._sorted(key[0], direction)
        cells = self._rising[key[0], direction]
        if cells is None:
            raise NotComputable("it looks for a near match in a list that is not sorted")
        if direction > 0:
            at = bisect_right(cells, key, key=lambda one: one[0]) - 1
        else:  # the list is kept rising, so the last of the falling one comes first
            at = bisect_left(cells, key, key=lambda one: one[0])
        return cells[at][1] if 0 <= at < len(cells) else -1

    def _sorted(self, kind: int, direction: int) -> list[tuple[_Key, int]] | None:
        """The keys of one kind (numbers, texts ...) with their places, rising; None where they are not sorted."""
        cells = [
            (order_key(cell), at)
            for at, cell in enumerate(self._cells)
            if cell is not None and not isinstance(cell, ExcelError) and order_key(cell)[0] == kind
        ]
        rising = cells[::direction]
        return None if any(one[0] > two[0] for one, two in pairwise(rising)) else rising


def _plain(value: float | str | bool | ExcelError) -> float | str | bool:
    assert not isinstance(value, ExcelError)  # looked at before
    return value


def _search(wanted: Argument, line: _Line, kind: int) -> int:
    value = scalar(wanted)
    if isinstance(value, ExcelError):
        raise Wrong(value)
    at = line.find_exact(value) if kind == 0 else line.find_near(value, kind)
    if at < 0:
        raise Wrong(ExcelError.NA)
    return at


def _line(area: Area, *, across: bool = False) -> _Line:
    """The first column of an area, or its first row."""
    if across not in area.memo:
        cells = list(area.rows[0]) if across and area.rows else [row[0] for row in area.rows if row]
        area.memo[across] = _Line(cells)
    return area.memo[across]  # type: ignore[no-any-return]


def match(wanted: Argument, area: Argument, kind: Argument = 1.0) -> float:
    """Give the 1-based place of a value in a row or column; kind: 0 exact, 1 rising list, -1 falling list."""
    where = _as_area(area)
    if where.height > 1 and where.width > 1:
        raise Wrong(ExcelError.NA)
    how = number(kind)
    return _search(wanted, _line(where, across=where.width > 1), (how > 0) - (how < 0)) + 1.0


def vlookup(wanted: Argument, table: Argument, column: Argument, near: Argument = True) -> Value:
    """Find a value in a table's first column and give the cell of that row in a 1-based column."""
    area, offset = _as_area(table), whole(column)
    if offset < 1:
        raise Wrong(ExcelError.VALUE)
    if offset > area.width:
        raise Wrong(ExcelError.REF)
    return area.cell(_search(wanted, _line(area), int(truth(near))), offset - 1)


def hlookup(wanted: Argument, table: Argument, row: Argument, near: Argument = True) -> Value:
    """Find a value in a table's first row and give the cell of that column in a 1-based row."""
    area, offset = _as_area(table), whole(row)
    if offset < 1:
        raise Wrong(ExcelError.VALUE)
    if offset > area.height:
        raise Wrong(ExcelError.REF)
    return area.cell(offset - 1, _search(wanted, _line(area, across=True), int(truth(near))))


def index(area: Argument, row: Argument, column: Argument | None = None) -> Area:
    """Give a cell of an area by 1-based row and column, or a whole row or column where the other is 0."""
    where = _as_area(area)
    down, right = whole(row), whole(column) if column is not None else None
    if right is None:
        down, right = (1, down) if where.height == 1 else (down, 1 if where.width == 1 else 0)
    if down < 0 or right < 0:
        raise Wrong(ExcelError.VALUE)
    if down > where.height or right > where.width:
        raise Wrong(ExcelError.REF)
    if down and right:
        return area_of((where.cell(down - 1, right - 1),))
    rows = (where.rows if not down else where.rows[down - 1 : down]) or ((),)
    cut = rows if not right else tuple(cells[right - 1 : right] for cells in rows)
    return Area(cut, 1 if down else where.height, 1 if right else where.width)
