"""The whole examination of a schedule: every rule, the findings in an order that helps."""

from collections import Counter
from collections.abc import Iterable, Iterator

from estimate_core.domain.finding import Finding
from estimate_core.workbook.doctor.amounts import examine_amounts
from estimate_core.workbook.doctor.cells import examine_cells
from estimate_core.workbook.doctor.formulas import examine_formulas
from estimate_core.workbook.doctor.headings import examine_headings
from estimate_core.workbook.doctor.items import examine_groups, examine_items, examine_sheets
from estimate_core.workbook.doctor.lines import read_lines
from estimate_core.workbook.doctor.percents import examine_percents
from estimate_core.workbook.doctor.rates import examine_rates
from estimate_core.workbook.doctor.totals import examine_totals
from estimate_core.workbook.reading.book import Block, Book, GroupRow, SheetView

MOST_OF_A_KIND = 500
"""Findings of one kind that are told one by one."""

_RANK = {"error": 0, "warning": 1, "note": 2}


def examine(book: Book) -> tuple[Finding, ...]:
    """What is noticed about a schedule, the gravest first, then by sheet and row."""
    lines = read_lines(book)
    found = [
        *_styles(book),
        *near_misses(book.sheet, book.blocks, book.groups),
        *examine_sheets(book),
        *examine_items(book),
        *examine_groups(book),
        *examine_rates(book),
        *examine_amounts(book, lines),
        *examine_percents(book, lines),
        *examine_totals(book, lines),
        *examine_cells(book),
        *examine_formulas(book),
    ]
    sheets = {name: place for place, name in enumerate(("", book.master, *book.contents.grids.sheets))}
    in_order = sorted(found, key=lambda one: (_RANK[one.severity], sheets[one.sheet], one.row or 0))
    return tuple(_shortened(in_order))


def _styles(book: Book) -> Iterator[Finding]:
    if book.contents.is_mended:
        sentence = "Some fonts, fills or number formats of the workbook cannot be read, so cells may look different."
        mend = "Open the workbook in Excel, let Excel repair it if it offers to, and save it again."
        yield Finding("note", "faulty-styles", "", None, "", sentence, mend)


def near_misses(sheet: SheetView, blocks: tuple[Block, ...], groups: tuple[GroupRow, ...]) -> tuple[Finding, ...]:
    """The cells that look nearly like headings, also where there is no heading at all."""
    return tuple(_shortened(examine_headings(sheet, blocks, groups)))


def _shortened(findings: Iterable[Finding]) -> Iterator[Finding]:
    """At most so many of a kind, the last of them telling how many more there are."""
    known = list(findings)
    counts = Counter(one.kind for one in known)
    told: Counter[str] = Counter()
    for one in known:
        told[one.kind] += 1
        more = counts[one.kind] - MOST_OF_A_KIND
        if more <= 0 or told[one.kind] <= MOST_OF_A_KIND:
            yield one
        elif told[one.kind] == MOST_OF_A_KIND + 1:
            sentence = f"There are {more:,} more findings of this kind, which are not listed."
            yield Finding(one.severity, one.kind, one.sheet, one.row, one.cell, sentence, one.mend)
