"""What is noticed about components: amounts that do not multiply out or are typed over, rates that are missing."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby

from estimate_core.domain import units
from estimate_core.domain.finding import Finding
from estimate_core.domain.schedule import folded
from estimate_core.workbook.doctor.findings import finding_at
from estimate_core.workbook.doctor.lines import Line, odd_ones
from estimate_core.workbook.reading.book import AMOUNT, PER_UNIT, RATE, UNIT, Book

_PAISA, _RUPEE, _TENS = 0.011, 1.01, 10.01
"""How far an amount may be off where it is rounded on purpose, or typed."""
_ROUNDS = re.compile(r"ROUND|CEILING|FLOOR|INT\(|TRUNC", re.IGNORECASE)
_ROUNDS_TO_TENS = re.compile(r"MROUND|CEILING|FLOOR|,\s*-\s*[0-9]", re.IGNORECASE)
_DEDUCTS = re.compile(r"deduct|\bless\b|rebate|credit|salvage|\(-\)", re.IGNORECASE)
_NO_ONE_THING = re.compile(r"sundr|misc|lump|\bl\.?\s?s\b|contingenc", re.IGNORECASE)
_OVER = "Copy the formula from a neighbouring row over the number."


def examine_amounts(book: Book, lines: list[Line]) -> Iterator[Finding]:
    """Findings about the components of every block."""
    for _, of_block in groupby(lines, key=lambda line: line.block.first):
        components = [line for line in of_block if line.expected]
        reckoned = [line for line in components if type(line.amount) is float]
        yield from (_differs(book, one) for one in reckoned if _is_off(one))
        yield from _typed_among_formulas(book, reckoned)
        yield from (_missing(book, one) for one in components if reckoned and _lacks_amount(one))
    yield from (_without_rate(book, line) for line in lines if _lacks_rate(book, line))
    yield from _odd_rates(book, lines)


def _is_off(one: Line) -> bool:
    assert isinstance(one.amount, float)
    allowed = _RUPEE if not one.formula or _ROUNDS.search(one.formula) else _PAISA
    allowed = _TENS if _ROUNDS_TO_TENS.search(one.formula) else allowed
    deducted = _DEDUCTS.search(one.text) or one.formula.lstrip("( ").startswith("-")
    meant = (*one.expected, *(-each for each in one.expected)) if deducted else one.expected
    return all(abs(one.amount - each) > max(allowed, 1e-9 * abs(each)) for each in meant)


def _differs(book: Book, one: Line) -> Finding:
    sentence = (
        f"The amount of {one.what} is {one.amount:,.2f}, but quantity x rate / per of its row is "
        f"{one.expected[0]:,.2f}."
    )
    mend = "Check quantity, per and rate of the row, and the formula of its amount."
    return finding_at("warning", "amount-differs", (book.master, one.row, AMOUNT), sentence, mend)


def _typed_among_formulas(book: Book, components: list[Line]) -> Iterator[Finding]:
    formulas = sum(bool(one.formula) for one in components)
    typed = [one for one in components if not one.formula and not _is_lump_sum(book, one)]
    if formulas < 2 or len(typed) >= formulas:
        return
    for one in typed:
        sentence = f"The amount of {one.what} is a typed number; the rows beside it have formulas."
        yield finding_at("warning", "formula-overwritten", (book.master, one.row, AMOUNT), sentence, _OVER)


def _is_lump_sum(book: Book, one: Line) -> bool:
    """Lump sums are typed by habit, with the quantity 1 and the sum as the rate."""
    return bool(_NO_ONE_THING.search(one.text)) or units.plural(book.sheet.text(one.row, UNIT)) == "LS"


def _lacks_amount(one: Line) -> bool:
    empty = one.amount is None or (isinstance(one.amount, str) and not one.amount.strip())
    return empty and any(one.expected)


def _missing(book: Book, one: Line) -> Finding:
    sentence = f"{one.subject} has a quantity and a rate, but no amount, so it is not in the total."
    mend = "Copy the formula of the amount from a neighbouring row."
    return finding_at("warning", "amount-missing", (book.master, one.row, AMOUNT), sentence, mend)


def _lacks_rate(book: Book, line: Line) -> bool:
    if not line.quantity or line.rate or line.amount != 0.0 or not line.formula:
        return False
    blank = not book.sheet.text(line.row, RATE).strip() or line.rate == 0
    return blank and re.search(rf"I\$?{line.row}(?![0-9])", line.formula, re.IGNORECASE) is not None


def _without_rate(book: Book, line: Line) -> Finding:
    state = "is missing" if line.rate is None else "is 0"
    sentence = f"The rate of {line.what} {state}, so its amount is 0."
    mend = "Type the rate, or mend the formula that takes it from elsewhere."
    return finding_at("warning", "component-without-rate", (book.master, line.row, RATE), sentence, mend)


def _odd_rates(book: Book, lines: list[Line]) -> Iterator[Finding]:
    """A component that has one rate in nearly all blocks, and another in a few that were left behind."""
    known: dict[tuple[str, ...], dict[int, float]] = defaultdict(dict)
    for line in lines:
        if line.expected and line.rate and line.text.strip() and not _NO_ONE_THING.search(line.text):
            units = (folded(book.sheet.text(line.row, col)) for col in (UNIT, PER_UNIT))
            known[folded(line.text), *units][line.row] = line.rate
    at = {line.row: line for line in lines}
    for rates in known.values():
        usual, count, odd = odd_ones(rates)
        for row in odd:
            most = f"in {count} of {len(rates)} rows it has {usual:,.2f}"
            sentence = f"{at[row].subject} has the rate {rates[row]:,.2f}; {most}."
            mend = "Check whether this rate was left behind by a revision."
            yield finding_at("warning", "component-rate-differs", (book.master, row, RATE), sentence, mend)
