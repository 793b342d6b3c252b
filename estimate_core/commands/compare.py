"""`compare` tells what became of the items of a schedule in a later edition, as text, JSON or a workbook."""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from math import isfinite
from pathlib import Path

from estimate_core.commands.files import created, read_book, usable_target, write_workbook
from estimate_core.domain.comparison import Comparison, Pair
from estimate_core.domain.comparison import compare as compare_editions
from estimate_core.domain.money import grouped
from estimate_core.domain.schedule import Item
from estimate_core.domain.text import one_line
from estimate_core.workbook.reports.comparison_book import write_comparison

_SHOWN = 100
"""Characters of a name that a line of text shows."""
_SPELLED_OUT = Decimal(10) ** 15

Row = tuple[str, ...]


def compare(chosen: argparse.Namespace) -> int:
    """Print the comparison of two editions, and write it as a workbook where one is asked for; gives 0."""
    old, new, output = chosen.old, chosen.new, chosen.output
    target = None if output is None else usable_target(output, (old, new))
    before, after = read_book(old).schedule, read_book(new).schedule
    comparison = compare_editions(before, after)
    if target is not None:
        moment = created((old, new))
        write_workbook(target, lambda stream: write_comparison(comparison, old.stem, new.stem, moment, stream))
    editions = ((old, len(before.items)), (new, len(after.items)))
    if chosen.json:
        print(json.dumps(_as_json(editions, comparison), ensure_ascii=False, indent=2))
        return 0
    for line in _told(editions, comparison, output):
        print(line)
    return 0


def _told(editions: Iterable[tuple[Path, int]], comparison: Comparison, output: Path | None) -> Iterator[str]:
    for name, (path, items) in zip(("Old", "New"), editions, strict=True):
        yield f"{name}: {path} ({items:,} {'item' if items == 1 else 'items'})"
    yield ""
    yield from _table([(label, f"{number:,}") for label, number in comparison.counts()], numbers=(1,))
    heads = ("Change %", "Change", "Old rate", "New rate", "Unit", "Item")
    yield from _section("Rate changes", heads, map(_change, comparison.changed), (0, 1, 2, 3))
    pairs = ((_name(pair.new), pair.reason) for pair in comparison.not_comparable)
    yield from _section("Rates that cannot be compared", ("Item", "Reason"), pairs)
    renamed = ((_name(pair.new), _short(pair.old.name), _found_by(pair)) for pair in comparison.renamed)
    yield from _section("Renamed items", ("Item", "Old name", "Found by"), renamed)
    for title, items_of in (("New items", comparison.new), ("Gone items", comparison.gone)):
        rows = ((_rupees(item.rate), one_line(item.unit), _name(item)) for item in items_of)
        yield from _section(title, ("Rate", "Unit", "Item"), rows, (0,))
    if output is not None:
        yield from ("", str(output))


def _section(title: str, heads: Row, rows: Iterable[Row], numbers: Sequence[int] = ()) -> Iterator[str]:
    """An empty line, the title and the table; nothing where there is no row."""
    listed = list(rows)
    if listed:
        yield from ("", title)
        yield from _table([heads, *listed], numbers)


def _table(rows: Sequence[Row], numbers: Sequence[int]) -> Iterator[str]:
    """Rows as lines in columns; the columns in `numbers` are aligned right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = enumerate(zip(row, widths, strict=True))
        line = "  ".join(text.rjust(width) if at in numbers else text.ljust(width) for at, (text, width) in cells)
        yield f"  {line}".rstrip()


def _change(pair: Pair) -> Row:
    percent = pair.percent or Decimal(0)
    shown = f"{'+' if percent > 0 else ''}{_rupees(percent)}"
    return (
        shown,
        _rupees(pair.amount),
        _rupees(pair.old.rate),
        _rupees(pair.new.rate),
        one_line(pair.new.unit),
        _name(pair.new),
    )


def _found_by(pair: Pair) -> str:
    return f"code {_short(pair.new.code)}" if pair.how == "code" else f"likeness {pair.similarity:.0f} %"


def _name(item: Item) -> str:
    code = _short(item.code)
    return f"{_short(item.name)} ({code})" if code else _short(item.name)


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "\u2026"


def _rupees(value: Decimal | None) -> str:
    """Two decimals in lakh grouping; what would fill the line with digits has an exponent."""
    if value is None:
        return "no rate"
    return grouped(value) if abs(value) < _SPELLED_OUT else f"{value:.6E}"


def _as_json(editions: Sequence[tuple[Path, int]], comparison: Comparison) -> dict[str, object]:
    old, new = ({"file": str(path), "items": items} for path, items in editions)
    return {
        "old": old,
        "new": new,
        "unchanged": comparison.unchanged,
        "not_sought": comparison.not_sought,
        "changed": [_pair_json(pair) for pair in comparison.changed],
        "not_comparable": [_pair_json(pair) for pair in comparison.not_comparable],
        "renamed": [_pair_json(pair) for pair in comparison.renamed],
        "new_items": [_item_json(item) for item in comparison.new],
        "gone_items": [_item_json(item) for item in comparison.gone],
        "distribution": dict(comparison.distribution()),
    }


def _pair_json(pair: Pair) -> dict[str, object]:
    return {
        "old": _item_json(pair.old),
        "new": _item_json(pair.new),
        "found_by": pair.how,
        "similarity": round(pair.similarity, 1),
        "change": _number(pair.amount),
        "percent": _number(pair.percent),
        "reason": pair.reason or None,
    }


def _item_json(item: Item) -> dict[str, object]:
    return {
        "name": item.name,
        "code": item.code,
        "group": item.group,
        "unit": item.unit,
        "rate": _number(item.rate),
        "row": item.row,
    }


def _number(value: Decimal | None) -> float | None:
    """The number as JSON holds it; None where there is none, or it is beyond what JSON can hold."""
    return None if value is None or not isfinite(float(value)) else float(value)
