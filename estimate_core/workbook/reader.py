"""Reads a schedule of rates: finds the blocks of `Master Datas`, computes every formula, names items and findings.

The rules are those of the workbook contract: a heading is a non-empty cell of A..J with solid yellow fill and red
text, a block reaches to the row before the next heading, the rate is the last number in column J.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, BinaryIO

from estimate_core.domain import units
from estimate_core.domain.errors import NotASchedule
from estimate_core.domain.finding import Finding, Severity
from estimate_core.domain.formula_values import ExcelError, Value
from estimate_core.domain.schedule import OTHER_GROUP, Component, Item, Schedule, folded
from estimate_core.workbook.colours import Palette
from estimate_core.workbook.contents import Contents, finding_at, read_contents
from estimate_core.workbook.formulas import Formula

CODE, SERIAL, TEXT, QUANTITY, UNIT, PER, PER_UNIT, RATE, AMOUNT = range(2, 11)
"""Columns B to J."""
MASTER, GROUPS = "Master Datas", "Groups"
_GROUPS_HEADER_ROWS = 20
_LONG_TEXT = 40
_MAX_HEADINGS = 20_000


@dataclass(frozen=True)
class Block:
    """The rows of one rate analysis: `first` is its heading row, `last` its last row that holds something.

    `limit` is the row before the next heading: empty rows up to it may be named by the block's formulas.
    """

    first: int
    last: int
    limit: int
    heading_col: int
    specification_row: int | None
    rate_row: int | None


@dataclass
class Book:
    """A schedule as read: the domain's view of it and what the mould is cut from."""

    schedule: Schedule
    contents: Contents
    master: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class _GroupRow:
    row: int
    group: str
    prefix: str
    unit: str


@dataclass
class _Sheet:
    """`Master Datas` while it is read: cell values as they read on screen."""

    contents: Contents
    name: str
    rows: dict[int, set[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row, col in self.contents.grids.sheets[self.name]:
            self.rows.setdefault(row, set()).add(col)

    def value(self, row: int, col: int) -> Value:
        return self.contents.value(self.name, row, col)

    def text(self, row: int, col: int) -> str:
        return as_text(self.value(row, col))


def read_schedule(stream: BinaryIO) -> Book:
    """The schedule in an .xlsx or .xlsm stream; NotASchedule says what is wrong where it cannot be read as one."""
    contents = read_contents(stream)
    master, groups_sheet = _required_sheet(contents, MASTER), _required_sheet(contents, GROUPS)
    sheet = _Sheet(contents, master)
    blocks = tuple(_blocks(sheet))
    if not blocks:
        raise NotASchedule(
            f"No item was found on the sheet \u201c{master}\u201d: no cell of columns A to J has yellow fill and red "
            "text. Give each item's heading a solid yellow fill and red text, as in the sample schedules."
        )
    groups = _read_groups(contents, groups_sheet)
    findings: list[Finding] = []
    items = tuple(_items(sheet, blocks, groups, findings))
    return Book(Schedule(items, (*findings, *contents.findings())), contents, master, blocks)


def as_text(value: Value) -> str:
    """A cell's value as text: whole numbers without decimals, empty as an empty text."""
    if value is None:
        return ""
    if isinstance(value, ExcelError):
        return value.code
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return format(value, ".15g")
    return value


def _required_sheet(contents: Contents, wanted: str) -> str:
    found = next((name for name in contents.grids.sheets if folded(name) == folded(wanted)), None)
    if found is None:
        raise NotASchedule(
            f"The workbook has no sheet \u201c{wanted}\u201d. A schedule keeps its rate analyses on "
            f"\u201c{MASTER}\u201d and its list of items on \u201c{GROUPS}\u201d: rename or add the sheet, "
            "and upload it again."
        )
    return found


def _blocks(sheet: _Sheet) -> Iterator[Block]:
    headings = _headings(sheet)
    if len(headings) > _MAX_HEADINGS:
        raise NotASchedule(f"The schedule has more than {_MAX_HEADINGS:,} headings. Split it into several workbooks.")
    last_row = max(sheet.rows, default=0)
    for (first, col), (following, _) in zip(headings, [*headings, (last_row + 1, 0)][1:], strict=True):
        limit = following - 1
        last = next((row for row in range(limit, first, -1) if _is_filled(sheet, row)), first)
        rate_row = next((row for row in range(last, first, -1) if _is_rate(sheet, row)), None)
        yield Block(first, last, limit, col, _specification_row(sheet, first, last), rate_row)


def _headings(sheet: _Sheet) -> list[tuple[int, int]]:
    """(row, column) of each heading, in order; where several cells of a row qualify, D or the longest text."""
    palette = Palette(sheet.contents.workbook)
    found: dict[int, list[Any]] = {}
    for cell in sheet.contents.cells(sheet.name):
        if cell.column <= AMOUNT and palette.is_heading(cell):
            found.setdefault(cell.row, []).append(cell)
    return [(row, _heading_column(cells)) for row, cells in sorted(found.items())]


def _heading_column(cells: list[Any]) -> int:
    best = max(cells, key=lambda cell: (cell.column == TEXT, len(str(cell.value))))
    return int(best.column)


def _is_filled(sheet: _Sheet, row: int) -> bool:
    return any(sheet.text(row, col).strip() for col in sheet.rows.get(row, ()))


def _is_rate(sheet: _Sheet, row: int) -> bool:
    content = sheet.contents.grids.sheets[sheet.name].get((row, AMOUNT))
    if isinstance(content, Formula):
        return not isinstance(sheet.value(row, AMOUNT), str | None)
    return isinstance(content, float)


def _specification_row(sheet: _Sheet, first: int, last: int) -> int | None:
    if first + 2 <= last and sheet.text(first + 2, TEXT).strip():
        return first + 2
    for row in range(first + 1, last + 1):
        if len(sheet.text(row, TEXT).strip()) >= _LONG_TEXT:
            return row
        if _is_component(sheet, row):
            break
    return None


def _is_component(sheet: _Sheet, row: int) -> bool:
    return any(sheet.value(row, col) is not None for col in (QUANTITY, RATE, AMOUNT))


def _items(
    sheet: _Sheet, blocks: tuple[Block, ...], groups: dict[str, list[_GroupRow]], findings: list[Finding]
) -> Iterator[Item]:
    seen: dict[str, int] = {}
    for block in blocks:
        name = sheet.text(block.first, block.heading_col).strip()
        key = folded(name)
        seen[key] = seen.get(key, 0) + 1
        listed = groups.get(key, [])
        if not listed:
            findings.append(_not_listed(sheet, block, name))
        if seen[key] == 2:
            findings.append(_duplicate(sheet, block, name))
        group = listed[min(seen[key], len(listed)) - 1] if listed else _GroupRow(0, "", "", "")
        yield _item(sheet, block, name, group, findings)


def _item(sheet: _Sheet, block: Block, name: str, group: _GroupRow, findings: list[Finding]) -> Item:
    rate = _rate(sheet, block, name, findings)
    label = sheet.text(block.rate_row, TEXT) if block.rate_row else ""
    return Item(
        row=block.first,
        name=name,
        code=_code(sheet, block),
        specification=_specification(sheet, block),
        group=group.group or OTHER_GROUP,
        unit=units.unit_of_item(group.unit, label, group.group),
        prefix=group.prefix,
        rate=rate,
        components=tuple(_components(sheet, block)),
    )


def _code(sheet: _Sheet, block: Block) -> str:
    return "" if block.heading_col == CODE else sheet.text(block.first, CODE).strip()


def _specification(sheet: _Sheet, block: Block) -> str:
    if block.specification_row is None:
        return ""
    parts = [sheet.text(block.specification_row, TEXT).strip()]
    for row in range(block.specification_row + 1, block.last + 1):
        text = sheet.text(row, TEXT).strip()
        if _is_component(sheet, row) or not _continues_specification(text):
            break
        parts.append(text)
    return "\n".join(parts)


def _continues_specification(text: str) -> bool:
    """`Makes: ...`, `Note: ...` and long sentences go on with the specification; `Labour` is a section title."""
    head, colon, tail = text.partition(":")
    return len(text) >= 60 or bool(colon and tail.strip() and len(head) <= 20)


def _rate(sheet: _Sheet, block: Block, name: str, findings: list[Finding]) -> Decimal | None:
    unusable = sheet.contents.unusable_in(sheet.name, block.first, block.last)
    value = sheet.value(block.rate_row, AMOUNT) if block.rate_row else None
    problem = ""
    if block.rate_row is None:
        problem = "has no rate: column J of its block holds no number"
    elif not isinstance(value, float):
        problem = f"has the rate {as_text(value) or 'empty'}, which is not a number"
    elif unusable is not None:
        problem = f"cannot be computed: {unusable}"
    if problem or not isinstance(value, float):
        findings.append(_finding("error", sheet, block.rate_row or block.first, AMOUNT, name, problem))
        return None
    if value <= 0:
        findings.append(
            _finding(
                "error" if value < 0 else "warning",
                sheet,
                block.rate_row or block.first,
                AMOUNT,
                name,
                f"has the rate {value:g}",
            )
        )
    return None if value < 0 else Decimal(f"{value:.15g}")


def _components(sheet: _Sheet, block: Block) -> Iterator[Component]:
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


def _read_groups(contents: Contents, sheet_name: str) -> dict[str, list[_GroupRow]]:
    """Folded item name -> its rows of `Groups`, in order."""
    sheet = _Sheet(contents, sheet_name)
    header_row, columns = _groups_header(sheet)
    rows: dict[str, list[_GroupRow]] = {}
    for row in sorted(number for number in sheet.rows if number > header_row):
        texts = {title: sheet.text(row, col).strip() for title, col in columns.items()}
        if texts["item name"]:
            entry = _GroupRow(row, texts["group"], texts["prefix"], texts.get("unit", ""))
            rows.setdefault(folded(texts["item name"]), []).append(entry)
    return rows


def _groups_header(sheet: _Sheet) -> tuple[int, dict[str, int]]:
    for row in range(1, _GROUPS_HEADER_ROWS + 1):
        titles = {folded(sheet.text(row, col)): col for col in sorted(sheet.rows.get(row, ()), reverse=True)}
        if {"item name", "group", "prefix"} <= titles.keys():
            return row, {title: titles[title] for title in ("item name", "group", "prefix", "unit") if title in titles}
    raise NotASchedule(
        f"The sheet \u201c{sheet.name}\u201d has no header row with Item Name, Group and Prefix in its first "
        f"{_GROUPS_HEADER_ROWS} rows. Put these titles above the list of items, and upload it again."
    )


def _finding(severity: Severity, sheet: _Sheet, row: int, col: int, name: str, problem: str) -> Finding:
    sentence = f"The item \u201c{name}\u201d {problem}."
    mend = "Mend the last amount in column J of the block in Excel."
    return finding_at(severity, "rate", (sheet.name, row, col), sentence, mend)


def _duplicate(sheet: _Sheet, block: Block, name: str) -> Finding:
    sentence = f"More than one block is called \u201c{name}\u201d; all are kept and told apart by code and row."
    mend = "Give each block a name of its own, in its heading and in Groups."
    return finding_at("warning", "duplicate-name", (sheet.name, block.first, block.heading_col), sentence, mend)


def _not_listed(sheet: _Sheet, block: Block, name: str) -> Finding:
    sentence = f"The item \u201c{name}\u201d has no row in Groups, so it stands in the group {OTHER_GROUP}."
    mend = "Add a row with its name, group, prefix and unit to the sheet Groups."
    return finding_at("note", "not-in-groups", (sheet.name, block.first, block.heading_col), sentence, mend)
