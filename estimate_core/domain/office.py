"""What an office says of itself on paper, and what the cover of an estimate says besides its name and amount."""

from collections.abc import Iterable
from dataclasses import dataclass

from estimate_core.domain.errors import BadInput
from estimate_core.domain.text import one_line

SIGNATURES = ("Prepared by", "Checked by", "Approved by")
MAX_SIGNATURES = 6
MAX_SIGNATURE_LINES = 3
MAX_FIELD = 300
"""Characters of a field of the cover, of the department, and of a signature block."""


@dataclass(frozen=True)
class Office:
    """Kept per organisation: its name on the cover, and the signature blocks below each estimate, left to right.

    A signature block may have several lines, such as `Checked by` and the designation below it.
    """

    department: str = ""
    signatures: tuple[str, ...] = SIGNATURES


@dataclass(frozen=True)
class Cover:
    """The fields of one estimate's cover; empty ones leave no holes. `shown`: the workbook begins with the cover."""

    shown: bool = True
    head_of_account: str = ""
    work_id: str = ""
    place: str = ""


def clean_office(department: str, signatures: Iterable[str]) -> Office:
    """The office as typed, lines trimmed and empty ones left out; BadInput for too many or too long ones."""
    blocks = tuple(block for block in map(_clean_signature, signatures) if block)
    if len(blocks) > MAX_SIGNATURES:
        raise BadInput(
            f"There are {len(blocks)} signature blocks; {MAX_SIGNATURES} fit below an estimate. Remove some."
        )
    return Office(_clean_field("department", department), blocks)


def clean_cover(shown: bool, head_of_account: str, work_id: str, place: str) -> Cover:
    """The cover as typed, each field one line of at most 300 characters; BadInput for longer ones."""
    return Cover(
        shown=shown,
        head_of_account=_clean_field("head of account", head_of_account),
        work_id=_clean_field("work id", work_id),
        place=_clean_field("place", place),
    )


def _clean_field(what: str, text: str) -> str:
    field = one_line(text)
    if len(field) > MAX_FIELD:
        raise BadInput(f"The {what} has {len(field):,} characters. Shorten it to {MAX_FIELD}.")
    return field


def _clean_signature(text: str) -> str:
    lines = [line for line in map(one_line, text.splitlines()) if line]
    if len(lines) > MAX_SIGNATURE_LINES:
        raise BadInput(
            f"The signature block \u201c{lines[0][:40]}\u201d has {len(lines)} lines. "
            f"Shorten it to {MAX_SIGNATURE_LINES}."
        )
    block = "\n".join(lines)
    if len(block) > MAX_FIELD:
        raise BadInput(f"A signature block has {len(block):,} characters. Shorten it to {MAX_FIELD}.")
    return block
