"""What is noticed about the rate of an item: none, one that cannot be used, or one that may not be what is meant."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from estimate_core.domain import units
from estimate_core.domain.finding import Finding
from estimate_core.domain.money import grouped
from estimate_core.domain.schedule import Item, folded
from estimate_core.workbook.doctor.findings import MAX_SHOWN, finding_at, listed, quoted
from estimate_core.workbook.reading.blocks import looks_like_number, rate_of
from estimate_core.workbook.reading.book import AMOUNT, TEXT, Block, Book, SheetView
from estimate_core.workbook.reading.loading import Place

_MEND = {
    "no-rate": "Give the block a last row with its rate in column J.",
    "rate-is-text": "Select the cell in Excel, choose Convert to Number, and save.",
    "rate-is-no-number": "Mend the formula of the rate, or the cells that it reads.",
    "cannot-be-computed": "Mend the formula that is named, save the workbook in Excel and upload it again.",
    "rate-is-a-date": "Format the cell as a number and type the rate again.",
    "negative-rate": "Correct the rate in column J.",
    "rate-too-large": "Correct the rate in column J, or what it is computed from.",
}
_SEVERAL = re.compile(
    r"\b(?:rate|cost|total|amount)\b.*?\b(?:for|per|of)\s+([0-9]+(?:\.[0-9]+)?)\s*([a-z][a-z. ]*?)\s*(?:$|[=:(])",
    re.IGNORECASE,
)
_MAY_BE_RATE = re.compile(r"\brates?\b|\bsay\b|round|cost|total|amount|\bper\b|unit", re.IGNORECASE)
_ROUNDING = 0.01


@dataclass(frozen=True)
class _Rated:
    """A block that has a rate which can be used, and the row where it stands."""

    book: Book
    block: Block
    row: int
    item: Item
    rate: Decimal

    @property
    def sheet(self) -> SheetView:
        return self.book.sheet

    @property
    def place(self) -> Place:
        return self.book.master, self.row, AMOUNT

    @property
    def label(self) -> str:
        return self.sheet.text(self.row, TEXT)

    @property
    def name(self) -> str:
        return quoted(self.item.name)


def examine_rates(book: Book) -> Iterator[Finding]:
    """Findings about the rate of every item."""
    items = {item.row: item for item in book.schedule.items}
    with_unit = {folded(row.name) for row in book.groups if row.unit}
    yield from _assumed_units(book, items, with_unit)
    for block in book.blocks:
        item = items.get(block.first)
        if item is None:
            continue
        if item.rate is None or block.rate_row is None:
            yield _unusable(book, block, item)
            continue
        at = _Rated(book, block, block.rate_row, item, item.rate)
        yield from _zero(at)
        yield from _text_below(at)
        yield from _labelled_above(at)
        yield from _of_label(at, folded(item.name) in with_unit)


def _assumed_units(book: Book, items: dict[int, Item], with_unit: set[str]) -> Iterator[Finding]:
    """One note for the whole sheet, because a schedule without a column of units would have one for each block."""
    assumed = [
        (block, items[block.first])
        for block in book.blocks
        if block.rate_row
        and block.first in items
        and folded(items[block.first].name) not in with_unit
        and units.is_assumed("", book.sheet.text(block.rate_row, TEXT), items[block.first].group)
    ]
    if assumed:
        first, names = assumed[0][0], listed(quoted(item.name) for _, item in assumed)
        sentence = f"Nothing says the unit of {names}, so {units.FALLBACK} is taken."
        mend = "Type the units into the column Unit of Groups."
        yield finding_at("note", "unit-assumed", (book.master, first.first, first.heading_col), sentence, mend)


def _unusable(book: Book, block: Block, item: Item) -> Finding:
    rate = rate_of(book.sheet, block)
    row = rate.row or _last_unusable(book, block) or block.rate_row or block.first
    sentence = f"The item {quoted(item.name)} {rate.problem}. It cannot be picked."
    return finding_at("error", rate.kind, (book.master, row, AMOUNT), sentence, _MEND[rate.kind])


def _last_unusable(book: Book, block: Block) -> int:
    """The last row of a block whose amount has no value, 0 where there is none."""
    rows = range(block.last, block.first, -1)
    return next((row for row in rows if (book.master, row, AMOUNT) in book.contents.unusable), 0)


def _zero(at: _Rated) -> Iterator[Finding]:
    if not at.rate:
        sentence = f"The item {at.name} has the rate 0."
        mend = "Type the missing rates of its components."
        yield finding_at("warning", "zero-rate", at.place, sentence, mend)


def _text_below(at: _Rated) -> Iterator[Finding]:
    for row in range(at.row + 1, at.block.last + 1):
        value = at.sheet.value(row, AMOUNT)
        if isinstance(value, str) and value.strip() and not looks_like_number(value):
            sentence = (
                f"Column J says {quoted(value)} below the rate of the item {at.name}; the last number, "
                f"{grouped(at.rate)} in row {at.row}, is its rate."
            )
            mend = "Check that the last number of the block is its rate, and move the text to another column."
            yield finding_at("warning", "text-below-rate", (at.sheet.name, row, AMOUNT), sentence, mend)
            return


def _labelled_above(at: _Rated) -> Iterator[Finding]:
    """A row that says `Rate for` above the last number, which says something else and is another number."""
    if _MAY_BE_RATE.search(at.label):
        return
    for above in range(at.row - 1, max(at.block.first, at.row - 6), -1):
        text, value = at.sheet.text(above, TEXT), at.sheet.value(above, AMOUNT)
        if units.unit_of_label(text) is None or type(value) is not float:
            continue
        if abs(value - float(at.rate)) > _ROUNDING * abs(value):
            said = f"beside {quoted(at.label)}" if at.label.strip() else "without a label"
            sentence = (
                f"The last number of the block, {grouped(at.rate)} {said}, is taken as the rate of {at.name}, but row "
                f"{above} says {quoted(text)}."
            )
            mend = "Let the rate be the last number in column J of the block."
            yield finding_at("warning", "rate-not-last", at.place, sentence, mend)
        return


def _of_label(at: _Rated, has_unit: bool) -> Iterator[Finding]:
    """A label that gives the rate for several units, or for another unit than `Groups`."""
    unit, several = at.item.unit, _SEVERAL.search(at.label[:MAX_SHOWN])
    if several and float(several[1]) not in (0, 1) and several[1] not in unit and _is_for(several[2], unit):
        one = units.singular(unit)
        sentence = f"The label of the rate says {quoted(at.label)}, but an estimate takes it as the rate for 1 {one}."
        mend = f"Add a last row that divides the total by {several[1]}, or correct the label."
        yield finding_at("warning", "rate-for-several", at.place, sentence, mend)
        return
    labelled = units.unit_of_label(at.label)
    if has_unit and labelled and units.find_unit(unit) and not units.is_same_measure(labelled, unit):
        sentence = f"The label of the rate says {quoted(at.label)}, but Groups gives {at.name} the unit {unit}."
        mend = "Correct the unit in Groups, or the label."
        yield finding_at("warning", "unit-contradicts-label", at.place, sentence, mend)


def _is_for(spelled: str, unit: str) -> bool:
    return units.find_unit(spelled) is not None and units.is_same_measure(units.plural(spelled), unit)
