"""What a model refuses, in sentences for people: each names the field and, in a line of an estimate, its number."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from estimate_core.domain.errors import BadInput

MAX_TOLD = 20
_LINES = "lines"
_MAX_NAME = 80


def refusal_of(problems: ValidationError) -> BadInput:
    """The refusal that tells each problem on a line of its own, up to 20."""
    told = [_sentence(problem) for problem in problems.errors(include_url=False, include_input=False)]
    more = len(told) - MAX_TOLD
    rest = [f"and {more} more that cannot be used."] if more > 0 else []
    return BadInput("\n".join(told[:MAX_TOLD] + rest))


def _sentence(problem: ErrorDetails) -> str:
    before, name = _place(problem["loc"])
    told = _TOLD.get(problem["type"])
    if told is None:
        return f"{before}{name} cannot be used as it is. Look at /api/docs."
    return f"{before}{told(name, problem.get('ctx', {}) | {'msg': problem['msg']})}"


def _place(loc: tuple[int | str, ...]) -> tuple[str, str]:
    """`Line 3: ` where it is in a line, else nothing; and the quoted name of the field, or `The body`."""
    before = ""
    if len(loc) > 1 and loc[0] == _LINES and isinstance(loc[1], int):
        before, loc = f"Line {loc[1] + 1}: ", loc[2:]
    name = ".".join(str(part + 1) if isinstance(part, int) else part for part in loc if part != "[key]")
    shown = name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}\u2026"
    return before, f"\u201c{shown}\u201d" if loc else "It" if before else "The body"


Told = Callable[[str, Mapping[str, Any]], str]
_TOLD: dict[str, Told] = {
    "missing": lambda name, _: f"{name} is missing. Write it.",
    "extra_forbidden": lambda name, _: f"{name} is not known here. Leave it out, or look it up in /api/docs.",
    "string_type": lambda name, _: f"{name} must be text.",
    "list_type": lambda name, _: f"{name} must be a list, in [ ].",
    "model_type": lambda name, _: f"{name} must be an object, in {{ }}.",
    "model_attributes_type": lambda name, _: f"{name} must be an object, in {{ }}.",
    "dict_type": lambda name, _: f"{name} must be an object, in {{ }}.",
    "bool_type": lambda name, _: f"{name} must be true or false.",
    "literal_error": lambda name, ctx: f"{name} must be {ctx['expected']}.",
    "enum": lambda name, ctx: f"{name} must be {ctx['expected']}.",
    "too_long": lambda name, ctx: f"{name} has more than {ctx['max_length']:,} entries. Send fewer.",
    "too_short": lambda name, _: f"{name} is empty. Write at least one entry.",
    "number": lambda name, ctx: f"{name} {ctx['msg']}.",
    "page": lambda name, ctx: f"{name} {ctx['msg']}.",
    "day": lambda name, ctx: f"{name} {ctx['msg']}.",
    "switch": lambda name, ctx: f"{name} {ctx['msg']}.",
}
