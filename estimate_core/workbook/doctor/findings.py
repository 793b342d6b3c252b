"""How the rules word their findings: places, runs of rows, names."""

from collections.abc import Iterable, Iterator

from openpyxl.utils import get_column_letter

from estimate_core.domain.finding import Finding, Severity
from estimate_core.workbook.reading.loading import Place

MAX_SHOWN = 80
"""Characters of a name or a text that a sentence repeats."""


def finding_at(severity: Severity, kind: str, place: Place, sentence: str, mend: str) -> Finding:
    """A finding about one cell."""
    sheet, row, col = place
    return Finding(severity, kind, sheet, row, f"{get_column_letter(col)}{row}", sentence, mend)


def quoted(text: str) -> str:
    """A name or a text of the file as a sentence repeats it: in quotation marks, on one line, not too long."""
    line = " ".join(text.split())
    return f"\u201c{line if len(line) <= MAX_SHOWN else line[: MAX_SHOWN - 1] + chr(0x2026)}\u201d"


def listed(words: Iterable[str], most: int = 6) -> str:
    """`E5, G5 and I5`; where there are many, the first ones and how many more."""
    known = list(words)
    if len(known) > most:
        return f"{', '.join(known[:most])} and {len(known) - most:,} more"
    return " and ".join([", ".join(known[:-1]), known[-1]] if len(known) > 1 else known)


def runs(rows: Iterable[int]) -> Iterator[tuple[int, int]]:
    """(first, last) of each run of rows without a gap."""
    first = last = 0
    for row in sorted(rows):
        if row == last + 1 and first:
            last = row
            continue
        if first:
            yield first, last
        first = last = row
    if first:
        yield first, last


def rows_text(first: int, last: int) -> str:
    """`Row 12 is` or `Rows 12 to 40 are`."""
    return f"Row {first} is" if first == last else f"Rows {first} to {last} are"
