"""The pen: measures, breaks and writes text on A4 pages, in millimetres from the upper left corner.

Plain Latin text goes to the page without shaping, which takes a tenth of the time; any other is shaped by its words.
Only text with letters that are read from the right is left to the library as a whole, since its words change places.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal, Self

from estimate_core.paper.fonts import MAIN, Document, add_fonts, has, replacements
from estimate_core.paper.shaping import EM, Run, shaped, width

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
_LEADING = 0.44
"""Millimetres from one line to the next, for each point of size; tall enough for the signs below Telugu letters."""
_SMALLEST = 4.0
_MARKS = ("Mn", "Mc", "Me", "Cf")

Align = Literal["left", "centre", "right"]


@dataclass(frozen=True)
class Look:
    """How a text looks; `size` in points."""

    size: float = 9.0
    bold: bool = False
    align: Align = "left"

    @property
    def leading(self) -> float:
        """Millimetres from one line to the next."""
        return self.size * _LEADING


class Pen:
    """Writes on the pages of one document, to be used in a `with`; it is told beforehand which texts are coming."""

    def __init__(self, texts: Iterable[str]) -> None:
        characters = set("0123456789 -.,").union(*texts)
        self._document = Document()
        add_fonts(self._document, characters)
        self._instead = replacements(self._document, characters)
        self._shaped = {c for c in characters if self._wants_shaping(c)}
        self._from_right = {c for c in characters if unicodedata.bidirectional(c) in ("R", "AL", "AN")}
        self._runs: dict[tuple[str, bool], tuple[Run, ...]] = {}
        self._widths: dict[tuple[str, bool], float] = {}
        self._broken: dict[tuple[str, Look, float], tuple[str, ...]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._document.close()

    def _wants_shaping(self, character: str) -> bool:
        return not has(self._document, MAIN, character) or unicodedata.category(character) in _MARKS

    def printable(self, text: str) -> str:
        """The text as it can be printed, in one line."""
        return " ".join(text.translate(self._instead).split())

    def width(self, text: str, look: Look) -> float:
        """Millimetres that a printable text takes in one line."""
        key = (text, look.bold)
        if key not in self._widths:
            self._widths[key] = self._measured(text, look.bold)
        return self._widths[key] * look.size

    def _measured(self, text: str, bold: bool) -> float:
        """Millimetres for each point of size."""
        if self._shaped.isdisjoint(text):
            font = self._document.fonts[f"{MAIN}B" if bold else MAIN]
            return font.get_text_width(text, 1, None)[1] / self._document.k
        if self._from_right.isdisjoint(text):
            return width(self._runs_of(text, bold)) / EM / self._document.k
        self._document.set_font(MAIN, "B" if bold else "", 10)
        return self._document.get_string_width(text) / 10

    def _runs_of(self, text: str, bold: bool) -> list[Run]:
        """The runs of the words of a text, and of the spaces between them."""
        runs: list[Run] = []
        for word in re.split("( )", text):
            key = (word, bold)
            if key not in self._runs:
                self._runs[key] = shaped(self._document, word, bold)
            runs += self._runs[key]
        return runs

    def broken(self, text: str, look: Look, room: float) -> tuple[str, ...]:
        """A text of any length in lines of at most `room` millimetres, broken at its line ends and between words."""
        key = (text, look, room)
        if key not in self._broken:
            paragraphs = (self.printable(part) for part in text.splitlines())
            lines = [line for part in paragraphs if part for line in self._lines(part, look, room)]
            self._broken[key] = tuple(lines) or ("",)
        return self._broken[key]

    def _lines(self, text: str, look: Look, room: float) -> Iterable[str]:
        space = self.width(" ", look)
        line: list[str] = []
        taken = 0.0
        for word in self._words(text, look, room):
            width = self.width(word, look)
            if line and taken + space + width > room:
                yield " ".join(line)
                line, taken = [], 0.0
            taken += width + (space if line else 0.0)
            line.append(word)
        yield " ".join(line)

    def _words(self, text: str, look: Look, room: float) -> Iterable[str]:
        """The words, those too long for a line cut into pieces that fit."""
        for word in text.split():
            if self.width(word, look) <= room:
                yield word
            else:
                yield from self._pieces(word, look, room)

    def _pieces(self, word: str, look: Look, room: float) -> Iterable[str]:
        piece, taken = "", 0.0
        for sign in _signs(word):
            width = self.width(sign, look)
            if piece and taken + width > room:
                yield piece
                piece, taken = "", 0.0
            piece, taken = piece + sign, taken + width
        yield piece

    def shortened(self, text: str, look: Look, room: float) -> str:
        """The text in one line of at most `room` millimetres, cut with an ellipsis where it is longer."""
        first, *more = self.broken(text, look, room - self.width("...", look))
        return f"{first}..." if more else first

    def turn_page(self) -> None:
        """Begin the next page."""
        self._document.add_page()
        self._document.set_line_width(0.15)

    def write(self, x: float, y: float, room: float, text: str, look: Look) -> None:
        """Write a line of printable text into `room` millimetres from `x`, its upper edge at `y`; smaller if wide."""
        if not text:
            return
        taken = self.width(text, look)
        size = look.size if taken <= room else max(look.size * room / taken, _SMALLEST)
        spare = room - taken * size / look.size
        shift = {"left": 0.0, "centre": spare / 2, "right": spare}[look.align]
        baseline = y + 0.5 * look.leading + 0.3 * size / self._document.k
        self._document.set_font(MAIN, "B" if look.bold else "", size)
        if self._shaped.isdisjoint(text):
            self._document.text(x + shift, baseline, text)
        elif self._from_right.isdisjoint(text):
            self._document.write_signs(size, self._signs(x + shift, baseline, text, look.bold, size))
        else:
            # Else the last font of the shaped text would stay on the page for the next plain one.
            with self._document.local_context():
                self._document.set_xy(x, y)
                self._document.cell(room, look.leading, text, align=look.align[0].upper())

    def _signs(self, x: float, y: float, text: str, bold: bool, size: float) -> Iterator[tuple[str, float, float, str]]:
        em = size / EM / self._document.k
        for run in self._runs_of(text, bold):
            for across, up, signs in run.pieces:
                yield run.font, x + across * em, y - up * em, signs
            x += run.advance * em

    def line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """Draw a thin line."""
        self._document.line(x1, y1, x2, y2)

    def save(self, title: str, created: datetime, stream: BinaryIO) -> None:
        """Finish the document and write it; the same pages, title and time give the same bytes."""
        self._document.set_title(self.printable(title))
        self._document.set_producer("Estimate Desk")
        self._document.set_creation_date(created)
        stream.write(self._document.output())


def _signs(word: str) -> Iterable[str]:
    """The word's characters, each with the marks and joiners that belong to it."""
    sign = ""
    for character in word:
        if sign and unicodedata.category(character) not in _MARKS:
            yield sign
            sign = ""
        sign += character
    yield sign
