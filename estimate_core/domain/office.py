"""What an office says of itself on paper, and what the cover of an estimate says besides its name and amount."""

from dataclasses import dataclass

SIGNATURES = ("Prepared by", "Checked by", "Approved by")
MAX_SIGNATURES = 6
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
