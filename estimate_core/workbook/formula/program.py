"""Formulas compiled from their tokens to the steps of a small program."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from openpyxl.formula.tokenizer import Token

from estimate_core.domain.formula_functions import FUNCTIONS
from estimate_core.domain.formula_operators import BINARY, POSTFIX, PREFIX
from estimate_core.domain.formula_values import Area, Argument, ExcelError, NotComputable, Value
from estimate_core.workbook.formula.references import SHORT_FORMULA, Piece, UnreadableFormula, read_pieces
from estimate_core.workbook.formula.steps import Apply, Choose, Fetch, Leave, Program, Push, Step

MAX_NESTING = 250
# How tightly an operator binds; a sign binds tighter than `^`, so -2^2 is 4.
_BINDING = {"^": 5, "*": 4, "/": 4, "+": 3, "-": 3, "&": 2, "=": 1, "<>": 1, "<": 1, ">": 1, "<=": 1, ">=": 1}
_SIGN_BINDING = 6


@dataclass(slots=True)
class _Bracket:
    """An open bracket: of a function, or of an expression where `function` is empty."""

    function: str = ""
    arguments: int = 0
    choice: Choose | None = None


@dataclass(slots=True)
class _Operator:
    operation: Callable[..., Argument]
    count: int
    binding: int


def compile_formula(text: str) -> Program:
    """Compile a formula without `=`; raises UnreadableFormula or NotComputable."""
    return _kept_program(text) if len(text) <= SHORT_FORMULA else _compiled(text)


@lru_cache(maxsize=8192)
def _kept_program(text: str) -> Program:
    return _compiled(text)


def _compiled(text: str) -> Program:
    compiler = _Compiler()
    pieces = [piece for piece in read_pieces(text) if piece.type != Token.WSPACE]
    compiler.run(pieces)
    return Program(tuple(compiler.steps), tuple(s.reference for s in compiler.steps if isinstance(s, Fetch)))


class _Compiler:
    """Turns tokens in reading order into steps in computing order, with a stack of what is still open."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.open: list[_Bracket | _Operator] = []
        self.depth = 0
        self.wants_operand = True

    def run(self, pieces: list[Piece]) -> None:
        at = 0
        while at < len(pieces):
            piece = pieces[at]
            if piece.type == Token.ARRAY:
                length, constant = _read_array(pieces[at:])
                self._operand(Push(constant))
                at += length
                continue
            self._take(piece)
            at += 1
        if self.wants_operand:
            raise _unreadable()
        self._close_operators(0)

    def _take(self, piece: Piece) -> None:
        if piece.type == Token.OPERAND:
            self._operand(_constant_or_fetch(piece))
        elif piece.type in (Token.FUNC, Token.PAREN):
            if piece.subtype == Token.OPEN:
                self._open_bracket(piece)
            else:
                self._close_bracket()
        elif piece.text == ",":
            self._end_argument()
            self.wants_operand = True
        else:
            self._operator(piece)

    def _operand(self, step: Step) -> None:
        if not self.wants_operand:
            raise _unreadable()
        self.steps.append(step)
        self.wants_operand = False

    def _operator(self, piece: Piece) -> None:
        if piece.text == ";" or (piece.type == Token.OP_PRE) != self.wants_operand:
            raise _unreadable()
        if piece.type == Token.OP_PRE:
            self.open.append(_Operator(PREFIX[piece.text], 1, _SIGN_BINDING))
        elif piece.type == Token.OP_POST:
            self._close_operators(_SIGN_BINDING)
            self.steps.append(Apply(POSTFIX[piece.text], 1))
        else:
            self._close_operators(_BINDING[piece.text])
            self.open.append(_Operator(BINARY[piece.text], 2, _BINDING[piece.text]))
            self.wants_operand = True

    def _close_operators(self, binding: int) -> None:
        while self.open and isinstance(self.open[-1], _Operator) and self.open[-1].binding >= binding:
            operator = self.open.pop()
            assert isinstance(operator, _Operator)  # for the type checker
            self.steps.append(Apply(operator.operation, operator.count))

    def _open_bracket(self, piece: Piece) -> None:
        if not self.wants_operand:
            raise _unreadable()
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise NotComputable("it is nested too deeply")
        name = piece.text[:-1].upper().removeprefix("_XLFN.").removeprefix("_XLWS.")
        if name and name not in FUNCTIONS:
            raise NotComputable(f"it uses the function {name}, which is not supported")
        choice = Choose(FUNCTIONS[name].call) if name and FUNCTIONS[name].chooses else None
        self.open.append(_Bracket(name, 0, choice))

    def _end_argument(self, *, last: bool = False) -> _Bracket:
        """Finish the argument that is being read; a missing one counts as an empty cell."""
        bracket = self._innermost()
        if self.wants_operand:
            if not bracket.function:
                raise _unreadable()
            self.steps.append(Push(None))
        self._close_operators(0)
        bracket.arguments += 1
        if bracket.choice and not last:
            first = bracket.arguments == 1
            self.steps.append(bracket.choice if first else Leave(bracket.choice))
            bracket.choice.starts.append(len(self.steps))
        return bracket

    def _innermost(self) -> _Bracket:
        found = next((one for one in reversed(self.open) if isinstance(one, _Bracket)), None)
        if found is None or (self.wants_operand and isinstance(self.open[-1], _Operator)):
            raise _unreadable()
        return found

    def _close_bracket(self) -> None:
        bracket = self._innermost()
        if not (self.wants_operand and not bracket.arguments and bracket.function):  # but for PI()
            self._end_argument(last=True)
        self.open.pop()
        self.depth -= 1
        self.wants_operand = False
        if bracket.function:
            self._finish_call(bracket)

    def _finish_call(self, bracket: _Bracket) -> None:
        function = FUNCTIONS[bracket.function]
        count, most = bracket.arguments, function.most
        if count < function.least or (most is not None and count > most):
            raise NotComputable(f"it gives {bracket.function} {count} values, which is not the right number")
        choice = bracket.choice
        if choice is None:
            self.steps.append(Apply(function.call, count, function.searches))
            return
        if bracket.function == "IF" and count == 2:
            self.steps.append(Leave(choice))
            choice.starts.append(len(self.steps))
            self.steps.append(Push(False))
        choice.end = len(self.steps)


def _unreadable() -> UnreadableFormula:
    return UnreadableFormula("it cannot be read as a formula")


def _constant_or_fetch(piece: Piece) -> Step:
    if piece.reference is None:
        return Push(_constant(piece))
    if piece.reference.kind == "error":
        raise NotComputable("it refers to cells that were deleted (#REF!)")
    return Fetch(piece.reference)


def _constant(piece: Piece) -> Value:
    if piece.subtype == Token.NUMBER:
        value = float(piece.text)
        if math.isinf(value):  # Excel takes no such number
            raise _unreadable()
        return value
    if piece.subtype == Token.TEXT:
        return piece.text[1:-1].replace('""', '"')
    if piece.subtype == Token.LOGICAL:
        return piece.text.upper() == "TRUE"
    try:
        return ExcelError(piece.text)
    except ValueError:
        raise _unreadable() from None


def _read_array(pieces: list[Piece]) -> tuple[int, Area]:
    """Read an array constant such as {1,2;3,4}; gives how many tokens it takes, and its values."""
    rows: list[list[Value]] = [[]]
    sign = 1
    for at, piece in enumerate(pieces):
        if piece.type == Token.OPERAND:
            value = _constant(piece) if piece.reference is None else None
            if value is None or (sign < 0 and not isinstance(value, float)):
                raise _unreadable()
            rows[-1].append(-value if sign < 0 and isinstance(value, float) else value)
            sign = 1
        elif piece.type == Token.OP_PRE:
            sign = -sign if piece.text == "-" else sign
        elif piece.type == Token.SEP and piece.subtype == Token.ROW:
            rows.append([])
        elif piece.subtype == Token.CLOSE:
            if len({len(row) for row in rows}) != 1 or not rows[0]:
                raise _unreadable()
            return at + 1, Area(tuple(tuple(row) for row in rows), len(rows), len(rows[0]))
        elif piece.type not in (Token.SEP, Token.ARRAY) and piece.subtype != Token.OPEN:
            raise _unreadable()
    raise _unreadable()
