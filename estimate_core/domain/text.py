"""Text that people type, as one clean line."""

import unicodedata

_JOINERS = "\u200c\u200d"
"""Zero-width joiners shape words of Telugu, Hindi and other scripts, so they are no clutter."""
_CLUTTER = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters, marks and symbols of Unicode that show nothing."""


def one_line(text: str) -> str:
    """The text without control and other invisible characters, runs of space folded to one."""
    return " ".join("".join(" " if _is_clutter(c) else c for c in text).split())


def without_unseen(text: str) -> str:
    """The text without all that cannot be seen but spaces: controls, joiners, blank letters, choices of a shape."""
    return "".join(c for c in text if unicodedata.category(c) not in _CLUTTER and not _is_blank(c))


def has_controls(text: str) -> bool:
    """Whether anything in the text is no character but tells a machine something, such as the end of a line."""
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def _is_blank(character: str) -> bool:
    return character in _BLANKS or "VARIATION SELECTOR" in unicodedata.name(character, "")


def _is_clutter(character: str) -> bool:
    return character not in _JOINERS and unicodedata.category(character) in _CLUTTER
