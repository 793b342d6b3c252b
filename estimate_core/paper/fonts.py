"""The fonts of a document: one for Latin, and others only where the texts need them.

Text never vanishes silently: a character that no font has is printed as the replacement sign.
"""

import unicodedata
from collections.abc import Iterable
from pathlib import Path

from fpdf import FPDF
from fpdf.fonts import TTFFont

MAIN = "notosans"
REPLACEMENT = "\ufffd"

_FOLDER = Path(__file__).parent / "fonts"
_SIGNS = ((0x2190, 0x2BFF),)
_OTHERS: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = (
    ("NotoSansTelugu", ((0x0C00, 0x0C7F),)),
    ("NotoSansDevanagari", ((0x0900, 0x097F), (0xA8E0, 0xA8FF), (0x1CD0, 0x1CFF))),
    ("NotoSansTamil", ((0x0B80, 0x0BFF),)),
    ("NotoSansKannada", ((0x0C80, 0x0CFF),)),
    ("NotoSansMalayalam", ((0x0D00, 0x0D7F),)),
    ("NotoSansBengali", ((0x0980, 0x09FF),)),
    ("NotoSansGujarati", ((0x0A80, 0x0AFF),)),
    ("NotoSansGurmukhi", ((0x0A00, 0x0A7F),)),
    ("NotoSansOriya", ((0x0B00, 0x0B7F),)),
    ("NotoSansArabic", ((0x0600, 0x06FF), (0x0750, 0x077F), (0x08A0, 0x08FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF))),
    ("NotoSansMath", _SIGNS),
    ("NotoSansSymbols", _SIGNS),
    ("NotoSansSymbols2", _SIGNS),
)
"""Font -> the characters (first, last) for which it is looked into."""
_BOLD = ("NotoSansTelugu", "NotoSansDevanagari")


class Document(FPDF):
    """A document of A4 pages whose pages break only where they are told to."""

    def __init__(self) -> None:
        super().__init__(unit="mm", format="A4")
        self.set_auto_page_break(False)
        self.c_margin = 0
        self.str_alias_nb_pages = ""
        self._last: dict[str, str] = {}

    def font(self, key: str) -> TTFFont:
        """A font by its key."""
        font = self.fonts[key]
        assert isinstance(font, TTFFont)
        return font

    def write_signs(self, size: float, signs: Iterable[tuple[str, float, float, str]]) -> None:
        """Write signs (font, x, y of the baseline, encoded signs) that were shaped and placed already; x, y in mm."""
        written, last = ["BT"], ""
        for key, x, y, encoded in signs:
            if key != last:
                written.append(self._set_font_for_page(self.font(key), size, wrap_in_text_object=False))
                last = key
            written.append(f"1 0 0 1 {x * self.k:.2f} {(self.h - y) * self.k:.2f} Tm ({encoded}) Tj")
        self._out(" ".join([*written, "ET"]))
        # The next plain text has to say its own font again.
        self.current_font_is_set_on_page = False

    def close(self) -> None:
        """Close the fonts' files; nothing can be written any more."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def get_fallback_font(self, char: str, style: str = "") -> str | None:
        """The font for a character that the main one lacks.

        What many fonts have, such as joiners and dandas, stays with the script before it: in another font it would
        cut the word in two and undo its shaping.
        """
        last = self._last.get(style)
        if last is None or not has(self, last, char):
            last = super().get_fallback_font(char, style)
        if last is not None:
            self._last[style] = last
        return last


def add_fonts(document: Document, characters: Iterable[str]) -> None:
    """Add the main font, and the others for those characters that it lacks."""
    _add(document, "NotoSans", bold=True)
    lacking = {ord(c) for c in characters if not has(document, MAIN, c)}
    families = [family for family, ranges in _OTHERS if _touches(lacking, ranges)]
    for family in families:
        _add(document, family, bold=family in _BOLD)
    document.set_fallback_fonts([family.lower() for family in families], exact_match=False)
    document.set_text_shaping(True)


def has(document: FPDF, font: str, character: str) -> bool:
    """Whether a font, by its key in the document, has the character."""
    return ord(character) in getattr(document.fonts[font], "cmap", {})


def replacements(document: Document, characters: Iterable[str]) -> dict[int, str]:
    """What to print instead of characters that no font has, as a table for `str.translate`.

    Controls become spaces, invisible ones and marks are left out, anything else becomes the replacement sign.
    """
    fonts = list(document.fonts)
    lacking = [c for c in characters if not any(has(document, font, c) for font in fonts)]
    return {ord(c): _instead_of(unicodedata.category(c)) for c in lacking}


def _instead_of(category: str) -> str:
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    return "" if category in ("Cf", "Mn", "Me") else REPLACEMENT


def _add(document: Document, family: str, bold: bool) -> None:
    document.add_font(family, "", _FOLDER / f"{family}-Regular.ttf")
    if bold:
        document.add_font(family, "B", _FOLDER / f"{family}-Bold.ttf")


def _touches(codes: set[int], ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for code in codes for first, last in ranges)
