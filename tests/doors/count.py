"""How many doors were tried, told at the end of a run."""

from collections import Counter

TRIED: Counter[str] = Counter()
"""Tries by what the doors belong to."""


def count(doors: str) -> None:
    """Count one door that one visitor tried."""
    TRIED[doors] += 1


def told() -> str:
    """The sum and its parts, as one line."""
    parts = ", ".join(f"{number:,} of {doors}" for doors, number in TRIED.items())
    return f"doors tried: {TRIED.total():,} ({parts})"
