"""What is noticed about amounts: components that do not multiply out, formulas typed over, odd overheads."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from estimate_core.domain.finding import Finding
from estimate_core.domain.formula_values import NotComputable, Value, Wrong, text_number
from estimate_core.domain.schedule import folded
from estimate_core.workbook.book import AMOUNT, PER, QUANTITY, RATE, TEXT, UNIT, Block, Book
from estimate_core.workbook.doctor.findings import finding_at, quoted
from estimate_core.workbook.formulas import Formula

_PAISA = 0.011
_RUPEE = 1.01
"""How far an amount may be off where it is rounded on purpose, or typed."""
_ROUNDS = re.compile(r"ROUND|CEILING|FLOOR|INT\(|TRUNC", re.IGNORECASE)
_OVERHEAD = re.compile(r"over\s*head|profit|\bo\.\s?h\b|\bc\.\s?p\b", re.IGNORECASE)
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")
_FACTOR = re.compile(r"\*\s*\(?\s*(0?\.[0-9]+)(?![0-9.%])|(?<![0-9.A-Z$])(0?\.[0-9]+)\s*\*", re.IGNORECASE)
_ENOUGH, _MOST = 5, 0.8
"""A label whose rows are formulas in so many blocks, and in so large a part of them, sets the rule."""
_RATE_ROW = "\0rate"
_OVER = "Copy the formula from a neighbouring row over the number."


@dataclass(frozen=True)
class _Component:
    """A row that has a quantity, a rate and an amount; `expected` is quantity x rate / per."""

    row: int
    expected: float
    amount: float
    formula: str


def examine_amounts(book: Book) -> Iterator[Finding]:
    """Findings about the amounts in column J of every block."""
    for block in book.blocks:
        components = list(_components(book, block))
        yield from (_differs(book, one) for one in components if _is_off(one))
        yield from _typed_among_formulas(book, components)
    yield from _typed_totals(book)
    yield from _overheads(book)


def number_in(value: Value) -> float | None:
    """The number that a cell's value counts as in a product; None for empty cells, other texts and errors."""
    if isinstance(value, float):
        return value
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        return text_number(value)
    except (Wrong, NotComputable):
        return None


def _components(book: Book, block: Block) -> Iterator[_Component]:
    sheet = book.sheet
    for row in range(block.first + 1, block.last + 1):
        amount = sheet.value(row, AMOUNT)
        quantity, rate = number_in(sheet.value(row, QUANTITY)), number_in(sheet.value(row, RATE))
        if quantity is None or rate is None or not isinstance(amount, float):
            continue
        per = number_in(sheet.value(row, PER)) or (100.0 if sheet.text(row, UNIT).strip() == "%" else 1.0)
        yield _Component(row, quantity * rate / per, amount, _formula(book, row))


def _formula(book: Book, row: int) -> str:
    """The formula in column J of a row, or nothing where a number is typed there."""
    content = book.sheet.content(row, AMOUNT)
    if isinstance(content, Formula):
        return content.text
    return "frozen" if (book.master, row, AMOUNT) in book.contents.frozen else ""


def _is_off(one: _Component) -> bool:
    rounded = not one.formula or _ROUNDS.search(one.formula)
    allowed = _RUPEE if rounded else _PAISA
    return abs(one.amount - one.expected) > max(allowed, 1e-9 * abs(one.expected))


def _differs(book: Book, one: _Component) -> Finding:
    sentence = (
        f"The amount is {one.amount:,.2f}, but quantity x rate / per of the row is {one.expected:,.2f} "
        f"({_what(book, one.row)})."
    )
    mend = "Check quantity, per and rate of the row, and the formula of its amount."
    return finding_at("warning", "amount-differs", (book.master, one.row, AMOUNT), sentence, mend)


def _what(book: Book, row: int) -> str:
    return quoted(book.sheet.text(row, TEXT)) if book.sheet.text(row, TEXT).strip() else f"row {row}"


def _typed_among_formulas(book: Book, components: list[_Component]) -> Iterator[Finding]:
    typed = [one for one in components if not one.formula]
    formulas = len(components) - len(typed)
    if formulas < 2 or len(typed) >= formulas:
        return
    for one in typed:
        sentence = f"The amount of {_what(book, one.row)} is a typed number; the rows beside it have formulas."
        yield finding_at("warning", "formula-overwritten", (book.master, one.row, AMOUNT), sentence, _OVER)


def _typed_totals(book: Book) -> Iterator[Finding]:
    """Totals and rates that are numbers in a few blocks, and formulas in the same rows of the others."""
    rows: dict[str, list[int]] = defaultdict(list)
    for block in book.blocks:
        for row in range(block.first + 1, block.last + 1):
            if number_in(book.sheet.value(row, RATE)) is None and isinstance(book.sheet.value(row, AMOUNT), float):
                rows[_RATE_ROW if row == block.rate_row else _label(book, row)].append(row)
    for label, known in rows.items():
        typed = [row for row in known if label and not _formula(book, row)]
        if not typed or len(known) < _ENOUGH or len(known) - len(typed) < _MOST * len(known):
            continue
        for row in typed:
            sentence = f"{_what(book, row)} is a typed number; the other blocks have a formula there."
            yield finding_at("warning", "formula-overwritten", (book.master, row, AMOUNT), sentence, _OVER)


def _label(book: Book, row: int) -> str:
    """The label of a row without its numbers, so that the rows of all blocks with one label are known."""
    return folded(re.sub(r"[0-9.%@]+", " ", book.sheet.text(row, TEXT)))


def _overheads(book: Book) -> Iterator[Finding]:
    known: dict[str, dict[int, float]] = defaultdict(dict)
    for block in book.blocks:
        for row in range(block.first + 1, block.last + 1):
            text = book.sheet.text(row, TEXT)
            percent = _percent(book, row) if _OVERHEAD.search(text) else None
            if percent is not None:
                known[_label(book, row)][row] = percent
                yield from _contradicts_label(book, row, text, percent)
    for rows in known.values():
        usual, count = Counter(rows.values()).most_common(1)[0]
        if len(rows) < _ENOUGH or count < _MOST * len(rows):
            continue
        for row, percent in rows.items():
            if percent != usual:
                sentence = f"{_what(book, row)} takes {percent:g} %; {count} of {len(rows)} blocks take {usual:g} %."
                mend = "Check the percentage, in the label and in the formula."
                yield finding_at("warning", "overhead-differs", (book.master, row, AMOUNT), sentence, mend)


def _percent(book: Book, row: int) -> float | None:
    """The percentage that the amount of a row takes: a constant of its formula, or the quantity where its unit is %."""
    quantity = number_in(book.sheet.value(row, QUANTITY))
    if quantity is not None and book.sheet.text(row, UNIT).strip() == "%":
        return round(quantity, 6)
    formula = _formula(book, row)
    percents, factors = _PERCENT.findall(formula), _FACTOR.findall(formula)
    if len(percents) + len(factors) != 1:
        return None
    return round(float(percents[0]) if percents else 100 * float(factors[0][0] or factors[0][1]), 6)


def _contradicts_label(book: Book, row: int, text: str, percent: float) -> Iterator[Finding]:
    said = _PERCENT.findall(text)
    if len(said) == 1 and abs(float(said[0]) - percent) > 1e-6:
        sentence = f"The label {quoted(text)} says {float(said[0]):g} %, but the formula takes {percent:g} %."
        mend = "Correct the label or the formula."
        yield finding_at("warning", "percent-contradicts-label", (book.master, row, AMOUNT), sentence, mend)
