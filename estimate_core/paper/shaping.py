"""Shaped words: which font each letter is taken from, and where each sign stands.

Words are shaped one by one and kept, since in an estimate the same words come again and again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from estimate_core.paper.fonts import MAIN, Document, has

EM = 1000.0
_SIZE = 10.0


@dataclass(frozen=True)
class Run:
    """Signs of one font: `pieces` are (x, y, encoded signs) from its start, in thousandths of the size."""

    font: str
    pieces: tuple[tuple[float, float, str], ...]
    advance: float


def shaped(document: Document, word: str, bold: bool) -> tuple[Run, ...]:
    """The runs of a printable word that is read from left to right."""
    return tuple(_run(document, font, text) for font, text in _by_font(document, word, "B" if bold else ""))


def width(runs: Iterable[Run]) -> float:
    """Thousandths of the size that runs take."""
    return sum(run.advance for run in runs)


def _by_font(document: Document, word: str, style: str) -> Iterator[tuple[str, str]]:
    """(font, part of the word), in order. What a font has in common with the main one stays with the letters before."""
    font, part = "", ""
    for character in word:
        if font and has(document, font, character):
            part += character
            continue
        if part:
            yield font, part
        is_main = has(document, MAIN, character)
        font = MAIN + style if is_main else document.get_fallback_font(character, style) or MAIN + style
        part = character
    if part:
        yield font, part


def _run(document: Document, key: str, text: str) -> Run:
    font = document.font(key)
    pieces: list[tuple[float, float, str]] = []
    x, moved = 0.0, True
    for sign in font.shape_text(text, _SIZE, {"features": {}}):
        if sign["mapped_char"] is None:
            continue
        across, up = sign["x_offset"] * font.scale, sign["y_offset"] * font.scale
        if moved or across or up:
            pieces.append((x + across, up, ""))
        at, above, so_far = pieces[-1]
        pieces[-1] = (at, above, so_far + font.escape_text(chr(sign["mapped_char"])))
        x += sign["x_advance"] * font.scale
        moved = bool(sign["force_positioning"])
    return Run(key, tuple(pieces), x)
