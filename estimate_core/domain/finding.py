"""What the reader of a schedule noticed: where, in plain words, and how to mend it."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
"""error: the item or the file cannot be used; warning: look at it; note: good to know."""

KINDS = (
    "amount-as-text",
    "amount-differs",
    "amount-missing",
    "amount-not-counted",
    "broken-reference",
    "cannot-be-computed",
    "circular-reference",
    "component-rate-differs",
    "component-without-rate",
    "damaged-file",
    "data-within-block",
    "date-for-a-number",
    "duplicate-name",
    "empty-heading",
    "error-value",
    "external-link",
    "faulty-styles",
    "formula-not-followed",
    "formula-overwritten",
    "heading-beyond-j",
    "heading-under-merge",
    "hidden-columns",
    "hidden-rows",
    "hidden-under-merge",
    "listed-twice",
    "name-not-there",
    "negative-rate",
    "no-block",
    "no-group",
    "no-group-titles",
    "no-heading",
    "no-item-name",
    "no-rate",
    "no-specification",
    "not-a-workbook",
    "not-in-groups",
    "nothing-below-heading",
    "number-as-text",
    "overhead-differs",
    "percent-contradicts-label",
    "protected-file",
    "range-reaches-over",
    "rate-for-several",
    "rate-from-elsewhere",
    "rate-is-a-date",
    "rate-is-no-number",
    "rate-is-text",
    "rate-not-last",
    "rate-too-large",
    "red-not-yellow",
    "sheet-missing",
    "sheet-not-there",
    "sheet-twice",
    "specification-doubtful",
    "stored-value-differs",
    "text-below-rate",
    "too-large",
    "true-or-false",
    "unit-assumed",
    "unit-contradicts-label",
    "unknown-unit",
    "yellow-not-red",
    "zero-rate",
)
"""Every kind of finding that the product gives."""


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


def kind_words(kind: str) -> str:
    """`Duplicate name`: a kind of finding in words for people."""
    return kind.replace("-", " ").capitalize()
