"""Tables for the pages: pandas frames of domain objects. The only room that knows pandas.

Money and quantities are text in lakh grouping, exactly as the workbook will say them; a page aligns them right.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

import pandas as pd

from estimate_core.domain.charge_rules import ADDED, DEDUCTED, ROUNDINGS
from estimate_core.domain.charges import Charge, percent_text
from estimate_core.domain.comparison import UNCHANGED, Comparison, Pair
from estimate_core.domain.estimate import Line, Price, PricedLine
from estimate_core.domain.finding import Finding
from estimate_core.domain.money import MAX_AMOUNT, grouped
from estimate_core.domain.schedule import Component, Item
from estimate_core.domain.units import singular

ADD = ":material/add:"
UP = ":material/keyboard_arrow_up:"
DOWN = ":material/keyboard_arrow_down:"
REMOVE = ":material/close:"
NOT_ROUNDED = "\u2013"
_NO_RATE = "no rate"


def label(item: Item) -> str:
    """The item's name as the words of a button, which must not read it as an icon."""
    return item.name.replace(":material/", ":\u2060material/").strip() or f"(row {item.row}, without a name)"


def table_of(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> pd.DataFrame:
    """A frame of rows of text in these columns, with the column types kept where there are no rows."""
    frame = pd.DataFrame(list(rows), columns=list(columns), dtype=object)
    return frame.fillna("").astype("string")


def items_table(items: Iterable[Item]) -> pd.DataFrame:
    """Items to pick from: name, unit of one, rate, and the button that adds (none without a rate)."""
    rows = (("" if item.rate is None else ADD, label(item), singular(item.unit), _rate(item)) for item in items)
    return table_of(("Add", "Item", "Unit", "Rate"), rows)


def _rate(item: Item) -> str:
    return _NO_RATE if item.rate is None else grouped(item.rate)


def lines_table(lines: Sequence[PricedLine]) -> pd.DataFrame:
    """The lines of an estimate; the index is the line's id, so that an edit never moves to another line."""
    rows = ((str(n), *_line(line), UP, DOWN, REMOVE) for n, line in enumerate(lines, 1))
    frame = table_of(("#", "Item", "Quantity", "Unit", "Rate", "Amount", "Up", "Down", "Remove"), rows)
    frame.index = pd.Index([line.line.id for line in lines], dtype="string", name="id")
    return frame


def _line(line: PricedLine) -> tuple[str, ...]:
    return label(line.item), quantity_text(line.line), line.plural, grouped(line.rate), grouped(line.amount)


def quantity_text(line: Line) -> str:
    """The quantity of a line with the decimals that were typed."""
    return format(line.quantity, "f")


def analysis_table(item: Item) -> pd.DataFrame:
    """The rate analysis of an item as the schedule shows it."""
    columns = ("S.No.", "Description", "Quantity", "Unit", "Per", "Rate", "Amount")
    return table_of(columns, (_component(row) for row in item.components))


def _component(row: Component) -> tuple[str, ...]:
    per = f"{_number(row.per)} {row.per_unit}".strip()
    quantity, rate, amount = _number(row.quantity), _money(row.rate), _money(row.amount)
    return row.serial, row.description, quantity, row.unit, per, rate, amount


def _number(value: float | str | None) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _money(value: float | str | None) -> str:
    if not isinstance(value, float | int):
        return value or ""
    return grouped(Decimal(repr(value))) if abs(value) < MAX_AMOUNT else f"{value:g}"


def charges_table(price: Price) -> pd.DataFrame:
    """Subtotals of groups, item total, then each charge row that takes part; the last row is the grand total."""
    rows = [(f"Sub Total of {group.name}", grouped(group.amount)) for group in price.groups]
    rows += [("Items", grouped(price.items_total))]
    rows += [(row.charge.shown_label, grouped(row.amount)) for row in price.charges]
    return table_of(("Charge", "Amount"), rows)


CHARGE_COLUMNS = {
    "On": "on",
    "Label": "label",
    "Kind": "",
    "Value": "value",
    "On what": "base",
    "Sign": "sign",
    "Rounded to": "rounding",
    "Repair": "repair_only",
}
"""The columns of the table of charges, and the field that is typed or chosen in each; none for the kind."""


def charge_cell(row: Charge, column: str) -> object:
    """What the table of charges shows for a row: a text, a tick, or the keys of the rows it is computed on."""
    return _CHARGE_CELLS[column](row)


def profile_table(profile: Sequence[Charge]) -> pd.DataFrame:
    """The charges to edit, all of them, in order; the index is the row's key."""
    columns = {name: [charge_cell(row, name) for row in profile] for name in CHARGE_COLUMNS}
    frame = pd.DataFrame(columns | dict.fromkeys(("Up", "Down", "Remove"), ""))
    frame["Up"], frame["Down"], frame["Remove"] = UP, DOWN, REMOVE
    frame.index = pd.Index([row.key for row in profile], dtype="string", name="key")
    return frame


def charge_value(row: Charge) -> str:
    """The percentage or rupees of a row as it would be typed."""
    if row.value is None:
        return ""
    return percent_text(row.value) if row.kind == "percent" else format(row.value, "f")


_ROUNDED = {places: word for word, places in ROUNDINGS.items()}
_CHARGE_CELLS: dict[str, Callable[[Charge], object]] = {
    "On": lambda row: row.on,
    "Label": lambda row: row.label,
    "Kind": lambda row: row.kind,
    "Value": charge_value,
    "On what": lambda row: [] if row.kind == "fixed" else list(row.of),
    "Sign": lambda row: DEDUCTED if row.subtracts else ADDED,
    "Rounded to": lambda row: _ROUNDED[row.places] if row.kind in ("percent", "sum") else NOT_ROUNDED,
    "Repair": lambda row: row.repair_only,
}


def provisions_table(provisions: Sequence[tuple[str, object]]) -> pd.DataFrame:
    """Lump-sum provisions to edit: what for, and rupees as text."""
    return table_of(("Towards", "Rupees"), ((name, str(amount)) for name, amount in provisions))


def typed_provisions(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """(name, rupees) of every row as typed, empty text where nothing was typed."""
    known = frame.astype(object).where(frame.notna(), "")
    return [(str(name), str(rupees)) for name, rupees in known.itertuples(index=False)]


def findings_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Findings of the reader: how grave, where, what, and how to mend it."""
    known = list(findings)
    rows = ((place_of(f), f.sentence, f.mend) for f in known)
    table = table_of(("Where", "What was noticed", "How to mend it"), rows)
    table.insert(0, "Severity", [[finding.severity] for finding in known])
    return table


def place_of(finding: Finding) -> str:
    """`Master Datas J12`; `the file` for a finding about no sheet."""
    cell = finding.cell or (f"row {finding.row}" if finding.row else "")
    return f"{finding.sheet} {cell}".strip() or "the file"


def changes_table(pairs: Iterable[Pair]) -> pd.DataFrame:
    """Items of two editions: rates before and now, the change in rupees and in percent, what is to be said of it."""
    columns = ("Item", "Group", "Unit", "Rate before", "Rate now", "Change", "Percent", "Remark")
    return table_of(columns, (_change(pair) for pair in pairs))


def _change(pair: Pair) -> tuple[str, ...]:
    amount = "" if pair.amount is None else _signed(grouped(pair.amount), pair.amount)
    percent = "" if pair.percent is None else _signed(f"{pair.percent:.2f} %", pair.percent)
    rates = _rate(pair.old), _rate(pair.new)
    return label(pair.new), pair.new.group, singular(pair.new.unit), *rates, amount, percent, pair.remark


def _signed(text: str, number: Decimal) -> str:
    return f"+{text}" if number > 0 else text


def distribution_table(comparison: Comparison) -> pd.DataFrame:
    """How many rates changed by how much: bands of percent, the lowest first, without those that did not change."""
    bands = [(band, items) for band, items in comparison.distribution() if band != UNCHANGED]
    return pd.DataFrame(bands, columns=["Change of rate", "Items"])


def library_table(items: Iterable[Item]) -> pd.DataFrame:
    """Items to look at: code, name, group, unit of one, rate."""
    rows = ((item.code, label(item), item.group, singular(item.unit), _rate(item)) for item in items)
    return table_of(("Code", "Item", "Group", "Unit", "Rate"), rows)


def group_counts(items: Iterable[Item]) -> Mapping[str, int]:
    """How many items each group has, in the schedule's order of groups."""
    counts: dict[str, int] = {}
    for item in items:
        counts[item.group] = counts.get(item.group, 0) + 1
    return counts
