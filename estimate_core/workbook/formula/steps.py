"""The steps of a compiled formula, run on a stack, so that no nesting recurses."""

from collections.abc import Callable
from dataclasses import dataclass, field

from estimate_core.domain.formula_operators import apply
from estimate_core.domain.formula_values import LARGE, Area, Argument, ExcelError
from estimate_core.workbook.formula.references import Reference

_CHARACTERS = 32  # looking at so many takes as long as at a cell


@dataclass(frozen=True, slots=True)
class Push:
    """Put a constant on the stack."""

    value: Argument


@dataclass(frozen=True, slots=True)
class Fetch:
    """Put what a reference points to on the stack."""

    reference: Reference


@dataclass(frozen=True, slots=True)
class Apply:
    """Replace the last `count` arguments by what an operator or function makes of them."""

    operation: Callable[..., Argument]
    count: int
    searches: bool = False


@dataclass(slots=True)
class Choose:
    """Look at the argument on the stack: keep it, or drop it and go on where the chosen one is computed."""

    chooser: Callable[..., Argument]
    starts: list[int] = field(default_factory=list)
    end: int = 0


@dataclass(frozen=True, slots=True)
class Leave:
    """Go to the end of a choice."""

    choice: Choose


Step = Push | Fetch | Apply | Choose | Leave


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled formula and the references that it reads."""

    steps: tuple[Step, ...]
    references: tuple[Reference, ...]


def run_program(
    program: Program, fetch: Callable[[Reference], Argument], charge: Callable[[int], None] = lambda cells: None
) -> Argument:
    """Compute a program's value; `fetch` gives what a reference holds. Raises NotComputable.

    `charge` is told how many cells functions look at, and may raise NotComputable too.
    """
    stack: list[Argument] = []
    steps, at = program.steps, 0
    while at < len(steps):
        step = steps[at]
        at += 1
        if isinstance(step, Push):
            stack.append(step.value)
        elif isinstance(step, Fetch):
            stack.append(fetch(step.reference))
        elif isinstance(step, Apply):
            cut = len(stack) - step.count
            stack[cut:] = [_applied(step, stack[cut:], charge)]
        elif isinstance(step, Leave):
            at = step.choice.end
        else:
            at = _choose(step, stack)
    return stack[0]


def _applied(step: Apply, arguments: list[Argument], charge: Callable[[int], None]) -> Argument:
    """Apply a function; what it makes of large areas is kept with them, since functions are pure."""
    large = [one for one in arguments if isinstance(one, Area) and one.size > LARGE]
    if not large:
        return apply(step.operation, arguments)
    key = (step.operation, *((type(one), one) for one in arguments))  # 1 and TRUE are equal, but not the same
    memo = large[0].memo
    if key not in memo:
        if not step.searches or _has_wildcards(arguments[0]):
            charge(sum(area.size + area.characters // _CHARACTERS for area in large))
        memo[key] = apply(step.operation, arguments)
    return memo[key]  # type: ignore[no-any-return]


def _has_wildcards(argument: Argument) -> bool:
    value = argument.cell(0, 0) if isinstance(argument, Area) and argument.size == 1 else argument
    return isinstance(value, str) and any(sign in value for sign in "*?~")


def _choose(step: Choose, stack: list[Argument]) -> int:
    chosen = apply(step.chooser, [stack[-1]])
    if isinstance(chosen, ExcelError):
        stack[-1] = chosen
    if not isinstance(chosen, float) or not chosen:
        return step.end
    stack.pop()
    return step.starts[int(chosen) - 1]
