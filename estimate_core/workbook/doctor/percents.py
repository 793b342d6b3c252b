"""What is noticed about percentages: overheads that differ between blocks, formulas that contradict their labels."""

import re
from collections import defaultdict
from collections.abc import Iterator

from estimate_core.domain.finding import Finding
from estimate_core.domain.formula_values import Value
from estimate_core.workbook.doctor.findings import finding_at, quoted
from estimate_core.workbook.doctor.lines import Line, number_in, odd_ones, references
from estimate_core.workbook.reading.book import AMOUNT, UNIT, Book

_ALIKE = re.compile(r"over\s*head|profit|allowance|\bo\.?\s?h\b|\bc\.\s?p\b", re.IGNORECASE)
"""What a schedule adds to all of its blocks by one percentage."""
_PERCENT = re.compile(r"(?<![0-9./A-Z$])([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*%", re.IGNORECASE)
_FACTOR = re.compile(r"\*\s*(?:\(\s*)?(0?\.[0-9]+)(?![0-9.%])(?!\s*/)|(?<![0-9.A-Z$])(0?\.[0-9]+)\s*\*", re.IGNORECASE)
_HUNDREDTH = re.compile(r"(?<![0-9.A-Z$])([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*/\s*100(?![0-9.])", re.IGNORECASE)
_IS_LABEL = re.compile(rf"@|^\s*(?:add|less|deduct)\b|{_ALIKE.pattern}", re.IGNORECASE)
"""Texts that say what the row takes; a component may have a percentage in its name."""
_NEAR = 0.02


def examine_percents(book: Book, lines: list[Line]) -> Iterator[Finding]:
    """Findings about the rows that take a percentage of other rows."""
    alike: dict[str, dict[int, float]] = defaultdict(dict)
    at = {line.row: line for line in lines}
    for line in lines:
        percent = _percent(book, line)
        if percent is None:
            continue
        yield from _contradicts_label(book, line, percent)
        if _ALIKE.search(line.text):
            alike[line.label][line.row] = percent
    for percents in alike.values():
        usual, count, odd = odd_ones(percents)
        for row in odd:
            sentence = (
                f"{at[row].subject} takes {percents[row]:g} %; {count} of {len(percents)} blocks take {usual:g} %."
            )
            mend = "Check the percentage, in the label and in the formula."
            yield finding_at("warning", "overhead-differs", (book.master, row, AMOUNT), sentence, mend)


def _percent(book: Book, line: Line) -> float | None:
    """The percentage that an amount takes: of its quantity where the unit is %, of its formula, of a cell it reads."""
    if line.rate is None and line.quantity is not None and book.sheet.text(line.row, UNIT).strip() == "%":
        return round(line.quantity, 6)
    if not line.formula or line.expected:
        return None
    percents = [float(text) for text in _PERCENT.findall(line.formula) + _HUNDREDTH.findall(line.formula)]
    percents += [100 * float(one or two) for one, two in _FACTOR.findall(line.formula)]
    if percents:
        return round(percents[0], 6) if len(percents) == 1 else None
    return _percent_by_cell(book, line) if "*" in line.formula and "%" in line.text else None


def _percent_by_cell(book: Book, line: Line) -> float | None:
    """The percentage in a cell, as in `=J26*$K$1`, as 13.615 or as 0.13615: whichever gives the amount."""
    cells = [one for one in references(line.formula) if one.kind == "cell" and not one.is_external]
    if len(cells) != 2 or not isinstance(line.amount, float):
        return None
    values = [number_in(_value(book, one.sheet, one.first_row, one.first_col)) for one in cells]
    base = next((value for one, value in zip(cells, values, strict=True) if one.first_col == AMOUNT), None)
    other = next((value for one, value in zip(cells, values, strict=True) if one.first_col != AMOUNT), None)
    if not base or not other:
        return None
    taken = 100 * line.amount / base
    near = [percent for percent in (other, 100 * other) if abs(percent - taken) <= _NEAR * abs(taken)]
    return round(near[0], 6) if near else None


def _value(book: Book, sheet: str | None, row: int | None, col: int | None) -> Value:
    names = {name.casefold(): name for name in book.contents.grids.sheets}
    name = book.master if sheet is None else names.get(sheet.casefold())
    return book.contents.value(name, row or 1, col or 1) if name else None


def _contradicts_label(book: Book, line: Line, percent: float) -> Iterator[Finding]:
    said = _PERCENT.findall(line.text) if _IS_LABEL.search(line.text) else []
    if len(said) == 1 and all(abs(float(said[0]) - each) > 1e-6 for each in (percent, 100 - percent)):
        sentence = f"The label {quoted(line.text)} says {float(said[0]):g} %, but the row takes {percent:g} %."
        mend = "Correct the label or the percentage."
        yield finding_at("warning", "percent-contradicts-label", (book.master, line.row, AMOUNT), sentence, mend)
