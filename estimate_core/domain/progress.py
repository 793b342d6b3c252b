"""How long work tells how far it is."""

from collections.abc import Callable

Progress = Callable[[int, str], None]
"""Told percents (0-100, never falling) and the words of the step; what it raises ends the work."""


def no_progress(percent: int, words: str) -> None:
    """Nobody watches."""
