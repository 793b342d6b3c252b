"""What is noticed about single cells: numbers that are none, errors, and what nobody sees."""

from collections.abc import Iterator

from openpyxl.utils import get_column_letter

from estimate_core.domain.finding import Finding, Severity
from estimate_core.domain.formula_values import ExcelError
from estimate_core.workbook.doctor.findings import finding_at, listed, rows_text, runs
from estimate_core.workbook.reading.blocks import is_typed_date, looks_like_number
from estimate_core.workbook.reading.book import AMOUNT, PER, QUANTITY, RATE, Block, Book

_FACTORS = (QUANTITY, PER, RATE)
_TO_NUMBER = "Select the cells in Excel, choose Convert to Number, and save."


def examine_cells(book: Book) -> Iterator[Finding]:
    """Findings about the cells of every block, and about rows, columns and cells that are hidden."""
    yield from _factors_as_text(book)
    for block in book.blocks:
        yield from _amounts_as_text(book, block)
        yield from _misread(book, block)
        yield from _errors(book, block)
    yield from _hidden_rows(book)
    yield from _hidden_columns(book)
    yield from _under_merges(book)


def _factors_as_text(book: Book) -> Iterator[Finding]:
    """One note for the whole sheet, because such numbers are common and do no harm in products."""
    sheet, rows = book.sheet, [row for block in book.blocks for row in range(block.first + 1, block.last + 1)]
    cells = [_cell(row, col) for row in rows for col in _FACTORS if looks_like_number(sheet.value(row, col))]
    if cells:
        kept = "A number is" if len(cells) == 1 else f"{len(cells):,} numbers are"
        sentence = f"{kept} kept as text ({listed(cells)}). Products count such numbers; sums do not."
        yield finding_at("note", "number-as-text", (book.master, *_place(cells[0])), sentence, _TO_NUMBER)


def _amounts_as_text(book: Book, block: Block) -> Iterator[Finding]:
    rows = range(block.first + 1, block.rate_row or block.first)
    amounts = [_cell(row, AMOUNT) for row in rows if looks_like_number(book.sheet.value(row, AMOUNT))]
    if amounts:
        sentence = f"Amounts are kept as text in {listed(amounts)}, so sums leave them out."
        yield finding_at("warning", "amount-as-text", (book.master, *_place(amounts[0])), sentence, _TO_NUMBER)


def _cell(row: int, col: int) -> str:
    return f"{get_column_letter(col)}{row}"


def _place(cell: str) -> tuple[int, int]:
    return int(cell[1:]), ord(cell[0]) - ord("A") + 1


def _misread(book: Book, block: Block) -> Iterator[Finding]:
    """Constants that Excel took for something else than a number."""
    for row in range(block.first + 1, block.last + 1):
        for col in (*_FACTORS, AMOUNT):
            place = (book.master, row, col)
            if isinstance(book.sheet.content(row, col), bool):
                sentence = "TRUE or FALSE stands where a number belongs."
                yield finding_at("warning", "true-or-false", place, sentence, "Type the number.")
            elif is_typed_date(book.sheet, row, col) and not (row == block.rate_row and col == AMOUNT):
                sentence = "A date stands where a number belongs; it counts as the number of its day."
                mend = "Format the cell as a number and type the number again."
                yield finding_at("warning", "date-for-a-number", place, sentence, mend)


def _errors(book: Book, block: Block) -> Iterator[Finding]:
    """The first error value of a block; its rate is told with the item."""
    for row in range(block.first, block.last + 1):
        for col in range(1, AMOUNT + 1):
            value = book.sheet.value(row, col)
            if isinstance(value, ExcelError) and (row, col) != (block.rate_row, AMOUNT):
                sentence = f"The cell shows {value.code}."
                mend = "Mend the formula, or the cells that it reads."
                yield finding_at("warning", "error-value", (book.master, row, col), sentence, mend)
                return


def _hidden_rows(book: Book) -> Iterator[Finding]:
    ws, blocks = book.sheet.ws, book.blocks
    hidden = [
        row
        for row, dimension in ws.row_dimensions.items()
        if row >= blocks[0].first and row in book.sheet.rows and _is_hidden(dimension)
    ]
    for first, last in runs(hidden):
        sentence = f"{rows_text(first, last)} hidden, but counted, and hidden in estimates too."
        mend = "Unhide the rows, or delete them."
        yield finding_at("warning", "hidden-rows", (book.master, first, 1), sentence, mend)


def _is_hidden(dimension: object) -> bool:
    return bool(getattr(dimension, "hidden", False)) or getattr(dimension, "height", None) == 0


def _hidden_columns(book: Book) -> Iterator[Finding]:
    used = {col for cols in book.sheet.rows.values() for col in cols if col <= AMOUNT}
    for dimension in book.sheet.ws.column_dimensions.values():
        columns = sorted(used & set(range(dimension.min or 0, (dimension.max or 0) + 1))) if dimension.hidden else []
        for col in columns:
            letter = get_column_letter(col)
            reckons = col >= QUANTITY
            sentence = (
                f"Column {letter} is hidden, {'but counted, and ' if reckons else 'and '}hidden in estimates too."
            )
            severity: Severity = "warning" if reckons else "note"
            yield finding_at(severity, "hidden-columns", (book.master, 1, col), sentence, f"Unhide column {letter}.")


def _under_merges(book: Book) -> Iterator[Finding]:
    """Numbers and formulas that a merge hides: Excel counts them, and nobody sees them."""
    for area in book.sheet.ws.merged_cells.ranges:
        corner = (area.min_row, area.min_col)
        under = [
            _cell(row, col)
            for row in range(area.min_row, area.max_row + 1)
            for col in sorted(book.sheet.rows.get(row, ()))
            if area.min_col <= col <= area.max_col and (row, col) != corner and _counts(book, row, col)
        ]
        if under:
            sentence = f"The merge {area.coord} hides what stands in {listed(under)}; formulas that read it count it."
            mend = "Undo the merge, clear the hidden cells, and merge again."
            yield finding_at("warning", "hidden-under-merge", (book.master, *corner), sentence, mend)


def _counts(book: Book, row: int, col: int) -> bool:
    return isinstance(book.sheet.value(row, col), float) or book.sheet.is_formula(row, col)
