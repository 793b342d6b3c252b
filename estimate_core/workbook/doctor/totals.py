"""What is noticed about totals: amounts that none counts, ranges that reach into another block, typed totals."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby

from estimate_core.domain.finding import Finding
from estimate_core.workbook.doctor.findings import finding_at, quoted
from estimate_core.workbook.doctor.lines import FROZEN, Line, odd_ones, references
from estimate_core.workbook.formula.calculator import Formula
from estimate_core.workbook.formula.references import MAX_ROW, Reference
from estimate_core.workbook.reading.book import AMOUNT, Block, Book

_RATE_ROW = "\0rate"


class _Read:
    """The rows whose column J some formula of the sheet reads."""

    def __init__(self, book: Book) -> None:
        grid = book.contents.grids
        contents = grid.sheets[book.master].values()
        texts = {one.text for one in contents if isinstance(one, Formula) and "J" in one.text.upper()}
        texts |= {text.removeprefix("=") for text in grid.names.values()}
        self._first, self._last = _united(_spans(text, book.master) for text in texts)

    def __contains__(self, row: int) -> bool:
        at = bisect_right(self._first, row) - 1
        return at >= 0 and row <= self._last[at]


def _spans(text: str, master: str) -> Iterator[tuple[int, int]]:
    for one in references(text):
        first_col, last_col = sorted((one.first_col or 1, one.last_col or AMOUNT))
        here = not one.is_external and (one.sheet is None or one.sheet.casefold() == master.casefold())
        if one.name is None and one.kind != "error" and here and first_col <= AMOUNT <= last_col:
            first, last = sorted((one.first_row or 1, one.last_row or MAX_ROW))
            yield first, last


def _united(groups: Iterable[Iterable[tuple[int, int]]]) -> tuple[list[int], list[int]]:
    """First and last rows of the spans, joined where they overlap, in order."""
    firsts: list[int] = []
    lasts: list[int] = []
    for first, last in sorted(span for group in groups for span in group):
        if lasts and first <= lasts[-1]:
            lasts[-1] = max(lasts[-1], last)
        else:
            firsts.append(first)
            lasts.append(last)
    return firsts, lasts


def examine_totals(book: Book, lines: list[Line]) -> Iterator[Finding]:
    """Findings about what totals and rates count."""
    read = _Read(book)
    names = {item.row: item.name for item in book.schedule.items}
    for first, of_block in groupby(lines, key=lambda line: line.block.first):
        known = list(of_block)
        yield from _not_counted(book, known, read)
        yield from _reaches_over(book, known)
        yield from _rate_from_elsewhere(book, known, names.get(first, ""))
    yield from _typed_totals(book, lines)


def _not_counted(book: Book, lines: list[Line], read: _Read) -> Iterator[Finding]:
    """Components, and rows that say `Add`, that no formula reads, where most components of the block are read."""
    rate_row = lines[0].block.rate_row or 0
    added = [line for line in lines if line.row < rate_row and _adds(line)]
    left = [line for line in added if line.row not in read]
    if len(left) * 2 > len(added):
        return
    for line in left:
        sentence = f"No formula of the block counts the amount of {line.what}."
        mend = "Check that the total takes in this row; a row that was put in at the end of a sum is easily left out."
        yield finding_at("warning", "amount-not-counted", (book.master, line.row, AMOUNT), sentence, mend)


def _adds(line: Line) -> bool:
    says_so = bool(line.formula) and line.text.strip().casefold().startswith("add")
    return type(line.amount) is float and line.amount != 0 and (bool(line.expected) or says_so)


def _reaches_over(book: Book, lines: list[Line]) -> Iterator[Finding]:
    for line in lines:
        if ":" not in line.formula:
            continue
        for one in references(line.formula):
            if one.kind == "area" and _is_of_amounts(book, one) and _crosses(one, line.block):
                sentence = f"The formula of {line.what} takes in {one.text}, which reaches into another block."
                mend = "Correct the range, so that it keeps to the rows of its own block."
                yield finding_at("warning", "range-reaches-over", (book.master, line.row, AMOUNT), sentence, mend)


def _is_of_amounts(book: Book, one: Reference) -> bool:
    here = one.sheet is None or one.sheet.casefold() == book.master.casefold()
    return here and not one.is_external and one.first_col == one.last_col == AMOUNT


def _crosses(one: Reference, block: Block) -> bool:
    first, last = sorted((one.first_row or 1, one.last_row or MAX_ROW))
    return (first < block.first <= last) or (first <= block.limit < last)


def _rate_from_elsewhere(book: Book, lines: list[Line], name: str) -> Iterator[Finding]:
    block = lines[0].block
    rate = next((line for line in lines if line.row == block.rate_row), None)
    if rate is None or not rate.formula or rate.formula == FROZEN or not any(line.expected for line in lines):
        return
    read = references(rate.formula)
    if not read or any(one.name is not None or _meets(book, one, block) for one in read):
        return
    sentence = (
        f"The rate of the item {quoted(name)} is not taken from its own components: its formula is ={rate.formula}."
    )
    mend = "Check the formula; it may have been copied from another block."
    yield finding_at("warning", "rate-from-elsewhere", (book.master, rate.row, AMOUNT), sentence, mend)


def _meets(book: Book, one: Reference, block: Block) -> bool:
    here = one.sheet is None or one.sheet.casefold() == book.master.casefold()
    first, last = sorted((one.first_row or 1, one.last_row or MAX_ROW))
    return here and not one.is_external and first <= block.limit and last >= block.first


def _typed_totals(book: Book, lines: list[Line]) -> Iterator[Finding]:
    """Totals and rates that are numbers in a few blocks, and formulas in the same rows of the others."""
    rows: dict[str, dict[int, Line]] = defaultdict(dict)
    for line in lines:
        if line.rate is None and type(line.amount) is float:
            rows[_RATE_ROW if line.row == line.block.rate_row else line.label][line.row] = line
    for label, known in rows.items():
        usual, _, odd = odd_ones({row: float(bool(line.formula)) for row, line in known.items()})
        for row in odd if label and usual else ():
            sentence = f"{known[row].subject} is a typed number; the other blocks have a formula there."
            mend = "Copy the formula from another block over the number."
            yield finding_at("warning", "formula-overwritten", (book.master, row, AMOUNT), sentence, mend)
