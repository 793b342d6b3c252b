"""Reads a schedule of rates: opens the workbook, computes it, names its items, and has the doctor look at it."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import BinaryIO

from estimate_core.domain import units
from estimate_core.domain.errors import NotASchedule
from estimate_core.domain.finding import Finding
from estimate_core.domain.formula_values import Value
from estimate_core.domain.progress import Progress, no_progress
from estimate_core.domain.schedule import GROUPS, MASTER, OTHER_GROUP, Component, Item, Schedule, folded
from estimate_core.workbook.doctor.examination import examine, near_misses
from estimate_core.workbook.reading.blocks import find_blocks, rate_of, specification
from estimate_core.workbook.reading.book import (
    AMOUNT,
    CODE,
    PER,
    PER_UNIT,
    QUANTITY,
    RATE,
    SERIAL,
    TEXT,
    UNIT,
    Block,
    Book,
    GroupRow,
    SheetView,
    as_text,
)
from estimate_core.workbook.reading.contents import Contents, collecting_later, read_contents
from estimate_core.workbook.reading.groups import read_groups
from estimate_core.workbook.reading.intake import refusal


def read_schedule(stream: BinaryIO, progress: Progress = no_progress) -> Book:
    """The schedule in an .xlsx or .xlsm stream; NotASchedule says what is wrong where it cannot be read as one."""
    with collecting_later():
        return _read_schedule(stream, progress)


def _read_schedule(stream: BinaryIO, progress: Progress) -> Book:
    contents = read_contents(stream, progress)
    progress(60, "Finding the items...")
    master, groups_sheet = _required_sheet(contents, MASTER), _required_sheet(contents, GROUPS)
    sheet = SheetView(contents, master)
    groups = read_groups(SheetView(contents, groups_sheet))
    blocks = find_blocks(sheet)
    if not blocks:
        raise _no_heading(sheet, groups)
    items = tuple(_items(sheet, blocks, groups))
    progress(70, "Looking for faults...")
    book = Book(Schedule(items, ()), contents, master, blocks, sheet, groups_sheet, groups)
    book.schedule = Schedule(items, examine(book))
    return book


def _required_sheet(contents: Contents, wanted: str) -> str:
    names = {folded(name): name for name in reversed(contents.grids.sheets)}
    if folded(wanted) in names:
        return names[folded(wanted)]
    close = get_close_matches(folded(wanted), names, n=1)
    like = f" Its sheet \u201c{names[close[0]]}\u201d may be meant." if close else ""
    sentence = (
        f"The workbook has no sheet \u201c{wanted}\u201d.{like} A schedule keeps its rate analyses on "
        f"\u201c{MASTER}\u201d and its list of items on \u201c{GROUPS}\u201d."
    )
    mend = "Rename or add the sheet, and upload it again."
    raise refusal("sheet-missing", sentence, mend)


def _no_heading(sheet: SheetView, groups: tuple[GroupRow, ...]) -> NotASchedule:
    where = f"No item was found on the sheet \u201c{sheet.name}\u201d"
    sentence = f"{where}: no cell of columns A to J has yellow fill and red text."
    mend = "Give each item's heading a solid yellow fill and red text, as in the sample schedules."
    finding = Finding("error", "no-heading", sheet.name, None, "", sentence, mend)
    return NotASchedule(f"{sentence} {mend}", (finding, *near_misses(sheet, (), groups)))


def _items(sheet: SheetView, blocks: tuple[Block, ...], groups: tuple[GroupRow, ...]) -> Iterator[Item]:
    """The items in order: of two of one name, the first has the first row of `Groups` with that name, and so on."""
    listed: dict[str, list[GroupRow]] = {}
    for row in groups:
        listed.setdefault(folded(row.name), []).append(row)
    seen: dict[str, int] = {}
    for block in blocks:
        name = sheet.text(block.first, block.heading_col).strip()
        key = folded(name)
        rows = listed.get(key, [])
        if block.last == block.first and not rows:
            continue  # `END` and the like: a heading with nothing below it
        at = seen[key] = seen.get(key, -1) + 1
        yield _item(sheet, block, name, rows[min(at, len(rows) - 1)] if rows else GroupRow(0, 0, name, "", "", ""))


def _item(sheet: SheetView, block: Block, name: str, group: GroupRow) -> Item:
    label = sheet.text(block.rate_row, TEXT) if block.rate_row else ""
    return Item(
        row=block.first,
        name=name,
        code="" if block.heading_col == CODE else sheet.text(block.first, CODE).strip(),
        specification=specification(sheet, block),
        group=group.group or OTHER_GROUP,
        unit=units.unit_of_item(group.unit, label, group.group),
        prefix=group.prefix,
        rate=rate_of(sheet, block).value,
        components=tuple(_components(sheet, block)),
    )


def _components(sheet: SheetView, block: Block) -> Iterator[Component]:
    start = (block.specification_row or block.first) + 1
    for row in range(start, block.last + 1):
        cells = {col: sheet.value(row, col) for col in range(SERIAL, AMOUNT + 1)}
        if all(value is None or value == "" for value in cells.values()):
            continue
        yield Component(
            row=row,
            serial=as_text(cells[SERIAL]).strip(),
            description=as_text(cells[TEXT]).strip(),
            quantity=_number_or_text(cells[QUANTITY]),
            unit=as_text(cells[UNIT]).strip(),
            per=_number_or_text(cells[PER]),
            per_unit=as_text(cells[PER_UNIT]).strip(),
            rate=_number_or_text(cells[RATE]),
            amount=_number_or_text(cells[AMOUNT]),
        )


def _number_or_text(value: Value) -> float | str | None:
    return value if isinstance(value, float) and not isinstance(value, bool) else (as_text(value) or None)
