"""What is noticed about formulas: those that cannot be followed, and values of the file that formulas contradict."""

from collections import defaultdict
from collections.abc import Iterator

from estimate_core.domain.finding import Finding, Severity
from estimate_core.domain.formula_values import Value
from estimate_core.workbook.doctor.findings import finding_at, quoted
from estimate_core.workbook.doctor.lines import references
from estimate_core.workbook.formula.calculator import Formula
from estimate_core.workbook.reading.book import Book, as_text
from estimate_core.workbook.reading.contents import Contents
from estimate_core.workbook.reading.loading import Place

_NOISE = 1e-7
"""Programs sum in other orders, which shows far behind the point."""
_MEND = {
    "external-link": "Copy the sheet that is meant into this workbook, and lead the formula to it.",
    "broken-reference": "Write anew what the formula refers to.",
    "sheet-not-there": "Add the sheet, or correct its name in the formula.",
    "name-not-there": "Define the name in Excel (Formulas, Name Manager), or correct it in the formula.",
    "circular-reference": "Break the circle: one of the cells must not refer to the next.",
    "formula-not-followed": "Replace the formula by a simpler one within the workbook.",
}


def examine_formulas(book: Book) -> Iterator[Finding]:
    """Findings about formulas; what no item needs is only good to know."""
    contents = book.contents
    needed = _needed_sheets(contents, book.master)
    for place, reason in contents.frozen.items():
        sentence = f"The formula cannot be followed: {reason}. The value that the file holds is used."
        kind = _kind(contents, place, reason)
        yield finding_at("warning" if place[0] in needed else "note", kind, place, sentence, _MEND[kind])
    for place, unusable in contents.unusable.items():
        if unusable.root == place:  # what needs it is told with its item
            severity: Severity = "error" if place[0] in needed else "note"
            sentence = f"The formula has no value: {unusable.reason}. The file holds no value for it either."
            kind = _kind(contents, place, unusable.reason)
            yield finding_at(severity, kind, place, sentence, _MEND[kind])
    yield from _contradicted(book, needed)


def _contradicted(book: Book, needed: set[str]) -> Iterator[Finding]:
    contents = book.contents
    for place, stored in contents.stored.items():
        sheet, row, col = place
        computed = contents.value(*place)
        if isinstance(contents.grids.sheets[sheet].get((row, col)), Formula) and _differ(stored, computed):
            sentence = f"The file holds {_shown(stored)}, but the formula gives {_shown(computed)}, which is used."
            mend = "Recalculate the workbook in Excel (Ctrl+Alt+F9) and save it."
            yield finding_at("warning" if sheet in needed else "note", "stored-value-differs", place, sentence, mend)


def _shown(value: Value) -> str:
    if isinstance(value, str):
        return quoted(value) if value.strip() else "an empty text"
    return as_text(value) or "nothing"


def _differ(stored: Value, computed: Value) -> bool:
    if isinstance(stored, float) and isinstance(computed, float):
        return abs(stored - computed) > max(_NOISE, _NOISE * abs(stored))
    return stored != computed and not (stored in (None, "") and computed in (None, ""))


def _kind(contents: Contents, place: Place, reason: str) -> str:
    read = references(_text(contents, place))
    sheets = {name.casefold() for name in contents.grids.sheets}
    if any(one.is_external for one in read):
        return "external-link"
    if "#REF!" in _text(contents, place) or any(one.kind == "error" for one in read):
        return "broken-reference"
    if any(one.sheet is not None and one.sheet.casefold() not in sheets for one in read):
        return "sheet-not-there"
    if "refers to itself" in reason:
        return "circular-reference"
    if any(one.name is not None and one.name.lower() not in _names(contents) for one in read):
        return "name-not-there"
    return "formula-not-followed"


def _names(contents: Contents) -> set[str]:
    return {name.rpartition("!")[2] for name in contents.grids.names}


def _text(contents: Contents, place: Place) -> str:
    """The formula of a cell that was frozen, as the file has it."""
    sheet, row, col = place
    value = contents.workbook[sheet]._cells[row, col].value
    return str(getattr(value, "text", value) or "").removeprefix("=")


def _needed_sheets(contents: Contents, master: str) -> set[str]:
    """The sheets that formulas of `Master Datas` reach, straight or through others."""
    spelled = {name.casefold(): name for name in contents.grids.sheets}
    unusable: dict[str, set[str]] = defaultdict(set)
    for place in contents.unusable:  # these cells are empty in the grids
        unusable[place[0]].add(_text(contents, place))
    needed, waiting = {master}, [master]
    while waiting:
        sheet = waiting.pop()
        texts = {one.text for one in contents.grids.sheets[sheet].values() if isinstance(one, Formula)}
        for name in _sheets_named(contents, texts | unusable[sheet]) & spelled.keys():
            if spelled[name] not in needed:
                needed.add(spelled[name])
                waiting.append(spelled[name])
    return needed


def _sheets_named(contents: Contents, texts: set[str]) -> set[str]:
    """Folded names of the sheets that these formulas refer to; where any uses a defined name, those of all names."""
    read = [one for text in texts for one in references(text)]
    if any(one.name is not None for one in read):
        read += [one for text in contents.grids.names.values() for one in references(text)]
    return {one.sheet.casefold() for one in read if one.sheet and not one.is_external}
