"""What is noticed about items: names, specifications, and what `Groups` says of them."""

import re
from collections.abc import Iterator

from estimate_core.domain import units
from estimate_core.domain.finding import Finding
from estimate_core.domain.likeness import Name, search
from estimate_core.domain.money import grouped
from estimate_core.domain.schedule import OTHER_GROUP, Item, folded
from estimate_core.workbook.doctor.findings import finding_at, listed, quoted
from estimate_core.workbook.reading.blocks import LONG_TEXT, is_component
from estimate_core.workbook.reading.book import AMOUNT, TEXT, Block, Book, GroupRow

_DATA = re.compile(r"\s*data\b[\s.:-]*[0-9]+\s*$", re.IGNORECASE)


def examine_items(book: Book) -> Iterator[Finding]:
    """Names that occur twice, specifications that are missing or doubtful, headings with nothing below them."""
    items = {item.row: item for item in book.schedule.items}
    by_name: dict[str, list[Item]] = {}
    for block in book.blocks:
        item = items.get(block.first)
        if item is None:
            yield _nothing_below(book, block)
            continue
        by_name.setdefault(folded(item.name), []).append(item)
        yield from _specification(book, block, item)
        yield from _second_data(book, block, item)
    columns = {block.first: block.heading_col for block in book.blocks}
    for same in by_name.values():
        yield from (_duplicate(book, same, item, columns[item.row]) for item in same[1:])


def _heading(book: Book, block: Block) -> tuple[str, int, int]:
    return book.master, block.first, block.heading_col


def _nothing_below(book: Book, block: Block) -> Finding:
    name = quoted(book.sheet.text(block.first, block.heading_col))
    sentence = f"The heading {name} has nothing below it and is not in {book.groups_sheet}, so it is no item."
    mend = "Nothing is to be done where it only marks the end; else add its rate analysis."
    return finding_at("note", "nothing-below-heading", _heading(book, block), sentence, mend)


def _specification(book: Book, block: Block, item: Item) -> Iterator[Finding]:
    if not item.specification:
        sentence = f"The item {quoted(item.name)} has no specification, so its name stands in the estimate."
        mend = "Write the specification in column D, two rows below the heading."
        yield finding_at("note", "no-specification", _heading(book, block), sentence, mend)
    elif _is_doubtful(book, block):
        row = block.specification_row or block.first
        sentence = (
            f"The specification of the item {quoted(item.name)} is taken from D{row}, two rows below its heading. "
            f"There stands {quoted(book.sheet.text(row, TEXT))}; the text in D{row - 1} may be meant."
        )
        mend = "Put the row with \u201cData\u201d and its number between the heading and the specification."
        yield finding_at("warning", "specification-doubtful", (book.master, row, TEXT), sentence, mend)


def _is_doubtful(book: Book, block: Block) -> bool:
    """Whether a long text stands where `Data n` belongs, and the specification is a short one or a component."""
    row = block.specification_row
    if row != block.first + 2 or len(book.sheet.text(row - 1, TEXT).strip()) < LONG_TEXT:
        return False
    return is_component(book.sheet, row) or len(book.sheet.text(row, TEXT).strip()) < LONG_TEXT


def _second_data(book: Book, block: Block, item: Item) -> Iterator[Finding]:
    """A second `Data n`: the heading above it is none by its colours, so its rate became that of the item before."""
    rows = [row for row in range(block.first, block.last + 1) if _DATA.match(book.sheet.text(row, TEXT))]
    for row in rows[1:]:
        name, text = quoted(item.name), quoted(book.sheet.text(row, TEXT))
        sentence = (
            f"The block of {name} has a second {text} in row {row}. If another item begins there, its heading is not "
            f"coloured, and the rate of {name} is not its own."
        )
        mend = "Give the heading above this row a solid yellow fill and red text."
        yield finding_at("warning", "data-within-block", (book.master, row, TEXT), sentence, mend)


def _duplicate(book: Book, same: list[Item], item: Item, col: int) -> Finding:
    rows = listed(str(one.row) for one in same)
    rates = listed("none" if one.rate is None else grouped(one.rate) for one in same)
    sentence = (
        f"{len(same)} blocks are called {quoted(item.name)}, in rows {rows}, with the rates {rates}. All are kept and "
        "told apart by code and row."
    )
    mend = "Give each block a name of its own, in its heading and in Groups."
    return finding_at("warning", "duplicate-name", (book.master, item.row, col), sentence, mend)


def examine_sheets(book: Book) -> Iterator[Finding]:
    """Sheets whose name is that of a sheet that is read, but for spaces: they are not read."""
    for read in (book.master, book.groups_sheet):
        for name in book.contents.grids.sheets:
            if name != read and folded(name) == folded(read):
                sentence = (
                    f"The name of the sheet {quoted(name)} is, but for spaces, that of {quoted(read)}; it is not read."
                )
                mend = "Rename or delete the sheet that is not meant."
                yield Finding("warning", "sheet-twice", name, None, "", sentence, mend)


def examine_groups(book: Book) -> Iterator[Finding]:
    """Items that `Groups` does not list, and rows of it that list nothing, say too little, or say two things."""
    listed_names: dict[str, list[GroupRow]] = {}
    for row in book.groups:
        listed_names.setdefault(folded(row.name), []).append(row)
        yield from _row(book, row)
    blocks: dict[str, int] = {}
    columns = {block.first: block.heading_col for block in book.blocks}
    for item in book.schedule.items:
        key = folded(item.name)
        blocks[key] = blocks.get(key, 0) + 1
        if key not in listed_names:
            yield _not_listed(book, item, columns[item.row])
    yield from _without_block(book, [row for row in book.groups if row.name and folded(row.name) not in blocks])
    for key, rows in listed_names.items():
        if key and len(rows) > max(blocks.get(key, 1), 1):
            yield from _listed_twice(book, rows)


def _row(book: Book, row: GroupRow) -> Iterator[Finding]:
    place = (book.groups_sheet, row.row, row.col)
    if not row.name:
        sentence = f"Row {row.row} of {book.groups_sheet} names no item, so what it says is not used."
        yield finding_at("warning", "no-item-name", place, sentence, "Type the item's name, or delete the row.")
        return
    if not row.group:
        sentence = f"{quoted(row.name)} has no group, so it goes to the group {OTHER_GROUP}."
        yield finding_at("warning", "no-group", place, sentence, "Type its group into the column Group.")
    if row.unit and units.find_unit(row.unit) is None:
        sentence = f"The unit {quoted(row.unit)} of {quoted(row.name)} is not known; it is used as it is written."
        mend = f"Use one of {', '.join(units.offered())}, if one of them is meant."
        yield finding_at("warning", "unknown-unit", place, sentence, mend)


def _not_listed(book: Book, item: Item, col: int) -> Finding:
    sentence = (
        f"The item {quoted(item.name)} has no row in {book.groups_sheet}, so it stands in the group {OTHER_GROUP} and "
        "has no prefix in repair work."
    )
    mend = "Add a row with its name, group, prefix and unit to the sheet Groups."
    return finding_at("warning", "not-in-groups", (book.master, item.row, col), sentence, mend)


def _without_block(book: Book, rows: list[GroupRow]) -> Iterator[Finding]:
    named = {folded(row.name) for row in book.groups}
    unlisted = [item.name for item in book.schedule.items if folded(item.name) not in named]
    found = search([Name(row.name) for row in rows], [Name(name) for name in unlisted]).found
    likest = {at: unlisted[place] for _, at, place in sorted(found)}
    plain = _uncoloured(book, {folded(row.name) for row in rows})
    for at, row in enumerate(rows):
        meant = f" The heading {quoted(likest[at])} may be meant." if at in likest else ""
        meant = f" {plain[folded(row.name)]} says so, without the colours." if folded(row.name) in plain else meant
        sentence = f"{quoted(row.name)} stands in {book.groups_sheet}, but no block has this heading.{meant}"
        mend = "Write the name as the heading has it, colour the heading, or delete the row."
        yield finding_at("warning", "no-block", (book.groups_sheet, row.row, row.col), sentence, mend)


def _uncoloured(book: Book, names: set[str]) -> dict[str, str]:
    """The cell that says each of these names, where one does."""
    cells = (cell for cell in book.sheet.cells() if isinstance(cell.value, str) and cell.column <= AMOUNT)
    return {name: cell.coordinate for cell in cells if names and (name := folded(cell.value)) in names}


def _listed_twice(book: Book, rows: list[GroupRow]) -> Iterator[Finding]:
    said = {(row.group, row.prefix, row.unit) for row in rows}
    for row in rows[1:]:
        different = " with different entries" if len(said) > 1 else ""
        sentence = (
            f"{quoted(row.name)} stands {len(rows)} times in {book.groups_sheet}{different}; row {rows[0].row} is used."
        )
        place = (book.groups_sheet, row.row, row.col)
        yield finding_at(
            "warning" if different else "note", "listed-twice", place, sentence, "Delete the rows too many."
        )
