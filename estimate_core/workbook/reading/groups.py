"""The sheet `Groups`: which group, prefix and unit each item has."""

from collections.abc import Iterator

from estimate_core.domain.errors import NotASchedule
from estimate_core.domain.finding import Finding
from estimate_core.domain.schedule import folded
from estimate_core.workbook.reading.book import GroupRow, SheetView

HEADER_ROWS = 20
"""The titles stand within these first rows."""
_REQUIRED = ("item name", "group", "prefix")


def read_groups(sheet: SheetView) -> tuple[GroupRow, ...]:
    """The rows below the titles that say anything, in order; NotASchedule where the titles are not found."""
    header_row, columns = _header(sheet)
    return tuple(_rows(sheet, header_row, columns))


def _header(sheet: SheetView) -> tuple[int, dict[str, int]]:
    best: set[str] = set()
    for row in range(1, HEADER_ROWS + 1):
        titles = {folded(sheet.text(row, col)): col for col in sorted(sheet.rows.get(row, ()), reverse=True)}
        if titles.keys() >= set(_REQUIRED):
            return row, {title: titles[title] for title in (*_REQUIRED, "unit") if title in titles}
        best = max(best, titles.keys() & set(_REQUIRED), key=len)
    missing = [title.title() for title in _REQUIRED if title not in best]
    only = f" Only {' and '.join(missing)} is missing." if len(missing) == 1 else ""
    sentence = (
        f"The sheet \u201c{sheet.name}\u201d has no header row with Item Name, Group and Prefix in its first "
        f"{HEADER_ROWS} rows.{only}"
    )
    mend = "Put these titles above the list of items, and upload it again."
    finding = Finding("error", "no-group-titles", sheet.name, 1, "A1", sentence, mend)
    raise NotASchedule(f"{sentence} {mend}", (finding,))


def _rows(sheet: SheetView, header_row: int, columns: dict[str, int]) -> Iterator[GroupRow]:
    for row in sorted(number for number in sheet.rows if number > header_row):
        texts = {title: sheet.text(row, col).strip() for title, col in columns.items()}
        if any(texts.values()):
            yield GroupRow(
                row, columns["item name"], texts["item name"], texts["group"], texts["prefix"], texts.get("unit", "")
            )
