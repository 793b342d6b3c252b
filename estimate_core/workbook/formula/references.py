"""The references of a formula: which there are, what they point to, how to write them elsewhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from openpyxl.formula.tokenizer import Token, Tokenizer, TokenizerError
from openpyxl.utils.cell import column_index_from_string, get_column_letter

MAX_FORMULA = 8192
SHORT_FORMULA = 256
"""Longer ones are not kept once they are read: thousands of them would take gigabytes."""
MAX_ROW = 1_048_576
MAX_COLUMN = 16_384

Row = int
Kind = Literal["cell", "area", "columns", "rows", "name", "error"]


class UnreadableFormula(Exception):
    """A formula that cannot be split safely; `reason` is a clause about the formula, for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference as written. Rows and columns are 1-based; whole columns have no rows, names have neither.

    A cell has the same first and last corner. `prefix` is what stands before it, such as `'Basic Rates'!`.
    """

    text: str
    kind: Kind
    prefix: str = ""
    book: str | None = None
    sheet: str | None = None
    first_row: Row | None = None
    first_col: int | None = None
    last_row: Row | None = None
    last_col: int | None = None
    first_row_absolute: bool = False
    first_col_absolute: bool = False
    last_row_absolute: bool = False
    last_col_absolute: bool = False
    name: str | None = None

    @property
    def is_external(self) -> bool:
        """Whether it points into another workbook."""
        return self.book is not None

    @property
    def is_absolute(self) -> bool:
        """Whether each of its rows and columns is fixed with `$`."""
        rows = self.first_row is None or (self.first_row_absolute and self.last_row_absolute)
        return rows and (self.first_col is None or (self.first_col_absolute and self.last_col_absolute))


@dataclass(frozen=True, slots=True)
class Piece:
    """A token of a formula with its exact text; `type` and `subtype` are the tokenizer's."""

    text: str
    type: str
    subtype: str
    reference: Reference | None = None


# --- one reference ---

_QUOTED = re.compile(r"'((?:[^']|'')+)'!")
_BARE = re.compile(r"(?:\[([^\[\]]+)\])?([^\s'!:\[\](){},;\"#$@]*)!")
_IN_BOOK = re.compile(r"(.*\[[^\[\]]+\])([^\[\]]*)", re.DOTALL)
_CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([1-9][0-9]{0,6})")
_COLUMN = re.compile(r"(\$?)([A-Za-z]{1,3})")
_ROW = re.compile(r"(\$?)([1-9][0-9]{0,6})")
_NAME = re.compile(r"[A-Za-z_\\\u0080-\U0010ffff][A-Za-z0-9_.\\?\u0080-\U0010ffff]*")
_FUNCTION = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*\(|\(")
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ROW_NUMBER = re.compile(r"(?<![A-Za-z0-9_.])(\$?[A-Za-z]{1,3}\$?)([0-9]{1,7})(?![A-Za-z0-9_.(])")
_SPACE = re.compile(r"[ \n]+")
# (column absolute, column, row absolute, row)
_Corner = tuple[bool, int | None, bool, int | None]


def read_reference(text: str) -> Reference:
    """Read one reference as a formula has it; raises UnreadableFormula if it is none or not supported."""
    prefix, book, sheet, rest = _split_prefix(text)
    if rest.startswith("#REF!"):
        return Reference(text, "error", prefix, book, sheet)
    first, colon, last = rest.partition(":")
    if not colon:
        corner = _read_corner(first)
        if corner and corner[1] and corner[3]:
            return _of_corners(text, "cell", (prefix, book, sheet), corner, corner)
        if _NAME.fullmatch(first):
            return Reference(text, "name", prefix, book, sheet, name=first)
        raise UnreadableFormula(f"it has {text}, which is not a reference that can be read")
    if prefix and last[: len(prefix)].casefold() == prefix.casefold():  # Sheet1!A1:Sheet1!B2
        last = last[len(prefix) :]
    one, two = _read_corner(first), _read_corner(last)
    if not one or not two or (one[1] is None) != (two[1] is None) or (one[3] is None) != (two[3] is None):
        raise UnreadableFormula(f"it has {text}, which is not a reference that can be read")
    kind: Kind = "rows" if one[1] is None else "columns" if one[3] is None else "area"
    return _of_corners(text, kind, (prefix, book, sheet), one, two)


def _split_prefix(text: str) -> tuple[str, str | None, str | None, str]:
    """Split into prefix, book, sheet and the rest."""
    quoted = _QUOTED.match(text)
    if quoted:
        inner = quoted[1].replace("''", "'")
        in_book = _IN_BOOK.fullmatch(inner)
        book, sheet = (in_book[1], in_book[2]) if in_book else (None, inner)
        if book is None and re.search(r"[\\/]", inner):  # 'C:\rates\[..' without a sheet: a name of another book
            book, sheet = inner, ""
        book = book[1:-1] if book and book.startswith("[") else book
        prefix = quoted[0]
    else:
        bare = _BARE.match(text)
        if not bare:
            return "", None, None, text
        prefix, book, sheet = bare[0], bare[1], bare[2]
    if ":" in sheet or not (book or sheet):
        raise UnreadableFormula(f"it refers to several sheets at once ({text})")
    return prefix, book, sheet or None, text[len(prefix) :]


def _read_corner(text: str) -> _Corner | None:
    if match := _CELL.fullmatch(text):
        column, row = _column(match[2]), int(match[4])
        return (bool(match[1]), column, bool(match[3]), row) if column and row <= MAX_ROW else None
    if match := _COLUMN.fullmatch(text):
        column = _column(match[2])
        return (bool(match[1]), column, False, None) if column else None
    if match := _ROW.fullmatch(text):
        row = int(match[2])
        return (False, None, bool(match[1]), row) if row <= MAX_ROW else None
    return None


def _column(letters: str) -> int | None:
    index = column_index_from_string(letters)
    return index if index <= MAX_COLUMN else None


def _of_corners(text: str, kind: Kind, at: tuple[str, str | None, str | None], one: _Corner, two: _Corner) -> Reference:
    return Reference(text, kind, *at, one[3], one[1], two[3], two[1], one[2], one[0], two[2], two[0])


# --- a whole formula ---

_ENDS = (Token.OPERAND, Token.OP_POST)
_OPENERS = (Token.FUNC, Token.PAREN, Token.ARRAY)


def read_pieces(text: str) -> tuple[Piece, ...]:
    """Split a formula (without `=`) into its tokens, spaces too; raises UnreadableFormula."""
    return _kept_pieces(text) if len(text) <= SHORT_FORMULA else _read_pieces(text)


@lru_cache(maxsize=8192)  # a formula is compiled for computing, split for looking at it and for copying
def _kept_pieces(text: str) -> tuple[Piece, ...]:
    """Split a formula as its shape is split: most formulas of a schedule differ in row numbers only."""
    rows = [found[2] for found in _ROW_NUMBER.finditer(text)]
    try:
        shape = _shape(_ROW_NUMBER.sub(r"\g<1>1", text))
    except UnreadableFormula:
        shape = ()
    if sum(count for _, count in shape) != len(rows) or not rows:
        return _read_pieces(text)
    return tuple(_with_rows(shape, rows))


@lru_cache(maxsize=8192)
def _shape(text: str) -> tuple[tuple[Piece, int], ...]:
    """The pieces of a formula whose row numbers are all 1, each with how many of them it has."""
    return tuple((piece, len(_ROW_NUMBER.findall(piece.text))) for piece in _read_pieces(text))


def _with_rows(shape: tuple[tuple[Piece, int], ...], rows: list[str]) -> Iterator[Piece]:
    following = iter(rows)
    for piece, count in shape:
        if not count:
            yield piece
            continue
        text = _ROW_NUMBER.sub(lambda found: found[1] + next(following), piece.text)
        reference = read_reference(text) if piece.reference is not None else None
        yield Piece(text, piece.type, piece.subtype, reference)


def _read_pieces(text: str) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    previous: Piece | None = None  # the last one that is not a space
    for piece in _raw_pieces(text):
        if piece.type != Token.WSPACE:
            _check_neighbours(previous, piece, spaced=bool(pieces) and pieces[-1].type == Token.WSPACE)
            previous = piece
        pieces.append(piece)
    return tuple(pieces)


def _raw_pieces(text: str) -> Iterator[Piece]:
    if len(text) > MAX_FORMULA:
        raise UnreadableFormula(f"it is longer than {MAX_FORMULA} characters")
    try:
        tokenizer = Tokenizer("=" + text)
    except (TokenizerError, IndexError, AssertionError) as error:
        raise UnreadableFormula("it cannot be read as a formula") from error
    if tokenizer.token_stack:
        raise UnreadableFormula("it cannot be read as a formula: a bracket is not closed")
    at = 0
    tokens = iter(tokenizer.items)
    for token in tokens:
        value = token.value
        if token.type == Token.WSPACE:  # the tokenizer keeps one space of several
            space = _SPACE.match(text, at)
            value = space[0] if space else value
        elif value.endswith("#REF!"):  # after a sheet is deleted, Excel leaves #REF!A1
            rest = re.compile(r"[A-Za-z0-9$:]*").match(text, at + len(value))
            if rest and rest[0]:
                value += rest[0]
                next(tokens, None)
        if not text.startswith(value, at):
            raise UnreadableFormula("it cannot be read as a formula")
        at += len(value)
        yield _piece(value, token)
    if at != len(text):
        raise UnreadableFormula("it cannot be read as a formula")


def _piece(value: str, token: Token) -> Piece:
    kind, subtype = str(token.type), str(token.subtype)
    if kind == Token.FUNC and subtype == Token.OPEN and not _FUNCTION.fullmatch(value):
        raise UnreadableFormula(f"it has {value}, which is not a function that can be read")
    if kind != Token.OPERAND or subtype == Token.TEXT:
        return Piece(value, kind, subtype)
    if _NUMBER.fullmatch(value):
        return Piece(value, kind, Token.NUMBER)
    if value.upper() in ("TRUE", "FALSE"):
        return Piece(value, kind, Token.LOGICAL)
    if value.startswith("#") and not value.startswith("#REF!"):
        return Piece(value, kind, Token.ERROR)
    return Piece(value, kind, Token.RANGE, read_reference(value))


def _check_neighbours(previous: Piece | None, piece: Piece, *, spaced: bool) -> None:
    if piece.type == Token.OP_IN and piece.text == ",":
        raise UnreadableFormula("it joins several ranges into one, which is not supported")
    if previous is None:
        return
    ended = previous.type in _ENDS or previous.subtype == Token.CLOSE
    begins = piece.type == Token.OPERAND or (piece.type in _OPENERS and piece.subtype == Token.OPEN)
    if ended and begins:
        about = "uses the space between ranges (intersection), which is not supported"
        raise UnreadableFormula(f"it {about}" if spaced else "it cannot be read as a formula")


def split_formula(text: str) -> list[str | Reference]:
    """Split a formula (without `=`) at its references; joined, it is the same; raises UnreadableFormula."""
    parts: list[str | Reference] = []
    for piece in read_pieces(text):
        if piece.reference is not None:
            parts.append(piece.reference)
        elif parts and isinstance(parts[-1], str):
            parts[-1] += piece.text
        else:
            parts.append(piece.text)
    return parts


# --- writing ---

_SAFE_SHEET = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIKE_CELL = re.compile(r"[A-Za-z]{1,3}\d+|[Rr]\d*(?:[Cc]\d*)?|[Cc]\d*|true|false", re.IGNORECASE)


def quote_sheet(name: str) -> str:
    """Write a sheet's name as it stands before `!`: in quotes where Excel needs them, or may need them."""
    if _SAFE_SHEET.fullmatch(name) and not _LIKE_CELL.fullmatch(name):
        return name
    return "'" + name.replace("'", "''") + "'"


def reference_parts(ref: Reference, sheet_prefix: str | None = None) -> list[str | Row]:
    """Take a reference apart at its row numbers: `$E$5:I8` gives ["$E$", 5, ":I", 8].

    `sheet_prefix` (such as `'Basic Rates'!` or nothing) replaces the reference's own; None keeps its own.
    """
    prefix = ref.prefix if sheet_prefix is None else sheet_prefix
    if ref.kind in ("name", "error"):
        return [prefix + (ref.name or ref.text[len(ref.prefix) :])]
    parts: list[str | Row] = []
    text = prefix + _letters(ref.first_col, ref.first_col_absolute)
    _append(parts, text, ref.first_row, ref.first_row_absolute)
    if ref.kind != "cell":
        _append(parts, ":" + _letters(ref.last_col, ref.last_col_absolute), ref.last_row, ref.last_row_absolute)
    return parts


def _letters(column: int | None, absolute: bool) -> str:
    return "" if column is None else ("$" if absolute else "") + get_column_letter(column)


def _append(parts: list[str | Row], text: str, row: Row | None, absolute: bool) -> None:
    text += "$" if absolute else ""
    if parts and isinstance(parts[-1], str):
        parts[-1] += text
    elif text:
        parts.append(text)
    if row is not None:
        parts.append(row)
