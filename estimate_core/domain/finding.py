"""What the reader of a schedule noticed: where, in plain words, and how to mend it."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
"""error: the item or the file cannot be used; warning: look at it; note: good to know."""


@dataclass(frozen=True)
class Finding:
    """Something noticed about a schedule: where, a sentence in plain words, and how to mend it in Excel.

    `kind` is the short name of the rule, such as `duplicate-name`: findings of one kind are filtered together.
    `sheet` is empty where the finding is about the file; `row` counts from 1; `cell` is like `J12`, or empty.
    """

    severity: Severity
    kind: str
    sheet: str
    row: int | None
    cell: str
    sentence: str
    mend: str
