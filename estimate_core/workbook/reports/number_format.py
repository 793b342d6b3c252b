"""Numbers as a sheet shows them under a number format (ECMA-376 18.8.30), as far as schedules use formats.

Digits, grouping, percents, literals and conditions are followed, also the lakh and crore formats made of them. Dates
are shown as dd-mm-yyyy; what is not followed is shown as in the General format.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Any

from openpyxl.styles.numbers import is_date_format, is_timedelta_format
from openpyxl.utils.datetime import from_excel

from estimate_core.domain.formula_values import decimal_of, general

_SECTION = re.compile(r'((?:"[^"]*"?|\\.|\[[^\]]*\]|[^;])*)(?:;|$)', re.DOTALL)
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<space>.)|\*.|\[\$(?P<money>[^\]-]*)[^\]]*\]'
    r"|\[(?P<sign><=|>=|<>|<|>|=)(?P<limit>-?[0-9.]{1,20})\]|\[(?:[A-Za-z]+|Color ?[0-9]+)\]"
    r"|(?P<digit>[0#?])|(?P<percent>%)|(?P<point>\.)|(?P<comma>,)|(?P<literal>[-$+(): !^&'~{}<>=]|[^\x00-\x7f])",
    re.DOTALL | re.IGNORECASE,
)
_LITERALS = ("quoted", "escaped", "money", "literal")
_WIDE = Context(prec=400)
_MAX_PLACES, _MAX_FORMAT = 30, 255
_from_excel: Any = from_excel


@dataclass(frozen=True)
class _Section:
    """One part of a format: tokens before and after the decimal point; a token is a placeholder, or `"` and a text."""

    whole: tuple[str, ...]
    decimals: tuple[str, ...]
    has_point: bool
    percents: int
    thousands: bool
    scaled: int
    condition: tuple[str, Decimal] | None


def shown_number(value: float, number_format: str, epoch: datetime) -> str:
    """A number as a cell shows it; dates count from `epoch`."""
    if number_format == "General":
        return general_text(value)
    if is_date_format(number_format):
        return _date_text(value, number_format, epoch)
    sections = _sections(number_format)
    found = _chosen(sections, value) if sections else None
    if found is None or abs(value) >= 1e15:
        return general_text(value)
    section, signed = found
    return ("-" if signed and value < 0 else "") + _filled(section, abs(decimal_of(value)))


def general_text(value: float) -> str:
    """A number in the General format of a cell: at most 10 digits, or 11 where all stand before the point."""
    if abs(value) >= 1e11:
        return f"{value:.6G}"
    return general(float(f"{value:.{11 if abs(value) >= 1e10 else 10}g}"))


def _date_text(value: float, number_format: str, epoch: datetime) -> str:
    try:
        moment = _from_excel(value, epoch=epoch, timedelta=is_timedelta_format(number_format))
    except (ValueError, OverflowError, TypeError):
        return general_text(value)
    if isinstance(moment, timedelta):
        minutes = int(moment.total_seconds() // 60)
        return f"{minutes // 60}:{minutes % 60:02d}"
    if isinstance(moment, time):
        return f"{moment:%H:%M}"
    bare = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", number_format).lower()
    day = f"{moment.day:02d}-{moment.month:02d}-{moment.year:04d}"
    return f"{day} {moment:%H:%M}" if "h" in bare else day


@lru_cache(maxsize=1000)
def _sections(number_format: str) -> tuple[_Section, ...]:
    """The parts of a format that are for numbers; empty where one of them is not followed."""
    if len(number_format) > _MAX_FORMAT:
        return ()
    texts = [found[1] for found in _SECTION.finditer(number_format)]
    texts = texts[:-1] if len(texts) > 1 and not texts[-1] else texts  # the pattern also matches the empty end
    sections = [_section(text) for text in texts[:3] if "@" not in text]
    return tuple(section for section in sections if section) if all(sections) else ()


def _section(text: str) -> _Section | None:
    tokens: list[tuple[str, str]] = []
    condition = None
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            return None
        at = found.end()
        kind = found.lastgroup or ""
        if kind == "limit":
            if not re.fullmatch(r"-?[0-9]+(\.[0-9]*)?|-?\.[0-9]+", found["limit"]):
                return None
            condition = (found["sign"], Decimal(found["limit"]))
        elif kind:
            tokens.append((kind, found[kind]))
    return _of_tokens(tokens, condition)


def _of_tokens(tokens: list[tuple[str, str]], condition: tuple[str, Decimal] | None) -> _Section | None:
    kinds = [kind for kind, _ in tokens]
    point = kinds.index("point") if "point" in kinds else len(tokens)
    places = [place for place, kind in enumerate(kinds[:point]) if kind == "digit"]
    last = places[-1] if places else -1
    commas = [place for place, kind in enumerate(kinds[:point]) if kind == "comma"]
    decimals = _pieces(tokens[point + 1 :])
    if kinds.count("point") > 1 or sum(piece in "0#?" for piece in decimals) > _MAX_PLACES:
        return None
    return _Section(
        whole=_pieces(tokens[:point]),
        decimals=decimals,
        has_point=point < len(tokens),
        percents=kinds.count("percent"),
        thousands=any(place < last for place in commas),
        scaled=sum(place > last for place in commas) if places else 0,
        condition=condition,
    )


def _pieces(tokens: list[tuple[str, str]]) -> tuple[str, ...]:
    pieces = []
    for kind, text in tokens:
        if kind == "digit":
            pieces.append(text)
        elif kind in _LITERALS or kind in ("percent", "space"):
            pieces.append('"' + (" " if kind == "space" else text))
    return tuple(pieces)


def _chosen(sections: tuple[_Section, ...], value: float) -> tuple[_Section, bool] | None:
    """The part for a value, and whether the minus sign is still to be written."""
    if any(section.condition for section in sections):
        found = next((section for section in sections if _holds(section, value)), None)
        return None if found is None else (found, True)
    if value < 0 and len(sections) > 1:
        return sections[1], False
    return (sections[2] if value == 0 and len(sections) > 2 else sections[0]), True


def _holds(section: _Section, value: float) -> bool:
    if section.condition is None:
        return True
    sign, limit = section.condition
    number = decimal_of(value)
    equal, less = number == limit, number < limit
    return {"<": less, "<=": less or equal, "=": equal, ">=": not less, ">": not (less or equal), "<>": not equal}[sign]


def _filled(section: _Section, magnitude: Decimal) -> str:
    places = sum(piece in "0#?" for piece in section.decimals)
    scaled = magnitude.scaleb(2 * section.percents - 3 * section.scaled)
    whole, _, decimals = format(scaled.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _WIDE), "f").partition(".")
    return _whole_text(section, whole.lstrip("0")) + _decimal_text(section, decimals)


def _whole_text(section: _Section, digits: str) -> str:
    """Digits into placeholders from the right; the leftmost takes what remains."""
    waiting = list(digits)
    left = sum(piece in "0#?" for piece in section.whole)
    shown: list[str] = []
    placed = 0
    for piece in reversed(section.whole):
        if piece.startswith('"'):
            shown.append(piece[:0:-1])  # backwards, as all is turned round at the end
            continue
        left -= 1
        taken = [waiting.pop() if waiting else {"0": "0", "?": " "}.get(piece, "")]
        if left == 0:
            taken += reversed(waiting)
        for digit in filter(None, taken):
            shown.append("," + digit if section.thousands and placed and placed % 3 == 0 else digit)
            placed += 1
    return "".join(shown)[::-1]


def _decimal_text(section: _Section, digits: str) -> str:
    waiting = list(digits)
    shown: list[str] = []
    drops = True
    for piece in reversed(section.decimals):
        if piece.startswith('"'):
            shown.append(piece[1:])
            continue
        digit = waiting.pop()
        drops = drops and digit == "0" and piece != "0"
        shown.append({"#": "", "?": " "}[piece] if drops else digit)
    return ("." if section.has_point else "") + "".join(reversed(shown))
