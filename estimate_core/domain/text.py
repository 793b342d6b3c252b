"""Text that people type, as one clean line."""

import unicodedata

_JOINERS = "\u200c\u200d"
"""Zero-width joiners shape words of Telugu, Hindi and other scripts, so they are no clutter."""
_CLUTTER = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


def one_line(text: str) -> str:
    """The text without control and other invisible characters, runs of space folded to one."""
    return " ".join("".join(" " if _is_clutter(c) else c for c in text).split())


def _is_clutter(character: str) -> bool:
    return character not in _JOINERS and unicodedata.category(character) in _CLUTTER
