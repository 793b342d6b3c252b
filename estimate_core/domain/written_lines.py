"""Lines of an estimate as programs and files write them: an item by its name, code or `row:N`, a quantity, a unit."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import Estimate, Line, clean_unit, price
from estimate_core.domain.money import read_quantity
from estimate_core.domain.schedule import Schedule, pick_item

MAX_TOLD = 20
"""Bad lines that are told one by one."""

_Written = TypeVar("_Written")


def read_all(written: Iterable[tuple[str, _Written]], read: Callable[[str, _Written], Line]) -> tuple[Line, ...]:
    """The lines that `read` makes of (place, what is written) and an id for each.

    BadInput tells of every line that cannot be used, after its place, up to 20.
    """
    lines: list[Line] = []
    problems: list[str] = []
    for place, one in written:
        try:
            lines.append(read(str(len(lines) + 1), one))
        except BadInput as refusal:
            problems.append(f"{place}: {refusal}")
    if problems:
        raise BadInput(_listed(problems))
    return tuple(lines)


def _listed(problems: list[str]) -> str:
    more = len(problems) - MAX_TOLD
    rest = [f"and {more} more {'line' if more == 1 else 'lines'} that cannot be used."] if more > 0 else []
    return "\n".join(problems[:MAX_TOLD] + rest)


def read_line(schedule: Schedule, line_id: str, item: str, quantity: str, unit: str) -> Line:
    """The line of what is written; BadInput says what is missing or cannot be used."""
    if not item:
        raise BadInput("The item is missing. Write its name, its code or row:123.")
    picked = pick_item(schedule, item)
    if not quantity:
        raise BadInput("The quantity is missing. Type a number, like 12.5.")
    line = Line(line_id, picked.row, read_quantity(quantity), clean_unit(unit))
    price(Estimate(lines=(line,), charges=()), Schedule((picked,), ()))  # refuses an amount that is too large
    return line
