"""Lays the analyses out as blocks: rows with their formulas, and the value of each formula."""

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from sample_analyses import Analysis, Book, Component, number

EDITION = "2025-26"
AREA_ALLOWANCE = 20  # percent on labour
OVERHEADS = 0.13615  # overheads and contractor's profit, a share of the cost
SECTIONS = {"labour": "Labour", "machinery": "Machinery", "material": "Materials"}
SINGULAR = {"Nos": "No", "Pts": "Pt", "Mtrs": "Mtr"}
BASIC_RATES_ROW = 4  # of the first resource
BLOCK_ROW = 5  # of the first heading
BLANK_ROWS = 2  # between two blocks


class Formula(NamedTuple):
    """A formula and the value that it gives."""

    text: str
    value: float


Cell = str | float | Formula
Price = Callable[[Component], float | Formula]


class Row(NamedTuple):
    """A row of a block: its kind decides the looks, the cells go by column letter."""

    kind: str
    cells: dict[str, Cell]


class Block:
    """The rows of one analysis, laid from a sheet row (counted from 1) downwards."""

    def __init__(self, first_row: int) -> None:
        self.first_row = first_row
        self.rows: list[Row] = []
        self.amounts: dict[int, float] = {}

    @property
    def next_row(self) -> int:
        return self.first_row + len(self.rows)

    def add(self, kind: str, **cells: Cell) -> int:
        """Adds a row and tells where it landed."""
        amount = cells.get("J")
        if isinstance(amount, Formula):
            self.amounts[self.next_row] = amount.value
        self.rows.append(Row(kind, cells))
        return self.next_row - 1

    def add_amount(self, kind: str, label: str, formula: str, value: float) -> int:
        """Adds a row of a label and an amount."""
        return self.add(kind, D=label, J=Formula(formula, value))

    def add_sum(self, label: str, rows: Sequence[int], formula: str) -> int:
        """Adds the total of some rows."""
        return self.add_amount("total", label, formula, math.fsum(self.amounts[row] for row in rows))


def round_half_up(value: float, digits: int) -> float:
    """ROUND as spreadsheets do it: half away from zero, on the 15 digits that they show."""
    return float(Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def lay_block(analysis: Analysis, code: str, serial: int, first_row: int, price: Price) -> Block:
    """The rows of an analysis from its heading to its rate."""
    block = Block(first_row)
    block.add("heading", A=serial, B=code, D=analysis.name)
    block.add("data", D=f"Data {serial}")
    block.add("specification", D=analysis.specification)
    unit = SINGULAR.get(analysis.unit, analysis.unit)
    worked = f"{analysis.worked_for} {analysis.unit if analysis.worked_for > 1 else unit}"
    costs: list[int] = []
    for kind, title in SECTIONS.items():
        components = [component for component in analysis.components if component.kind == kind]
        if components:
            block.add("section", D=title)
            costs.append(lay_section(block, f"{kind.capitalize()} charges for {worked}", components, price))
        if components and kind == "labour" and not analysis.is_mortar:
            costs.append(lay_allowance(block, costs[0]))
    cost = block.add_sum(f"Cost of {worked}", costs, "=" + "+".join(f"J{row}" for row in costs))
    total = cost if analysis.is_mortar else lay_overheads(block, cost, worked)
    lay_rate(block, total, analysis.worked_for, unit, 2 if analysis.is_mortar else None)
    return block


def lay_section(block: Block, label: str, components: list[Component], price: Price) -> int:
    """The components of labour, machinery or materials and their total; tells the row of the total."""
    rows = [lay_component(block, part, price(part)) for part in components]
    return block.add_sum(label, rows, f"=SUM(J{rows[0]}:J{rows[-1]})")


def lay_component(block: Block, component: Component, rate: float | Formula) -> int:
    """A component with its amount: quantity x rate / per."""
    name, _, quantity, unit, *_ = component
    serial = 1 + sum(row.kind == "component" for row in block.rows)
    row = block.next_row
    value = quantity * (rate.value if isinstance(rate, Formula) else rate) / 1
    amount = Formula(f"=E{row}*I{row}/G{row}", value)
    return block.add("component", C=serial, D=name, E=quantity, F=unit, G=1, H=unit, I=rate, J=amount)


def lay_allowance(block: Block, labour: int) -> int:
    """The area allowance on labour; tells its row."""
    label = f"Add area allowance on labour @ {AREA_ALLOWANCE} %"
    value = block.amounts[labour] * (AREA_ALLOWANCE / 100)
    return block.add_amount("addition", label, f"=J{labour}*{AREA_ALLOWANCE}%", value)


def lay_overheads(block: Block, cost: int, worked: str) -> int:
    """Overheads and profit, and the total with them; tells the row of the total."""
    label = f"Add overheads and contractor's profit @ {OVERHEADS * 100:.3f} %"
    value = block.amounts[cost] * OVERHEADS
    overheads = block.add_amount("addition", label, f"=(J{cost})*{OVERHEADS}", value)
    return block.add_sum(f"Total for {worked}", [cost, overheads], f"=J{cost}+J{overheads}")


def lay_rate(block: Block, total: int, worked_for: int, unit: str, digits: int | None) -> None:
    """The total of one unit and, last, the rate: to 0.1 below 1000 and to the rupee above, if not told."""
    if worked_for > 1:
        value = block.amounts[total] / worked_for
        total = block.add_amount("addition", f"Total for 1 {unit}", f"=J{total}/{worked_for}", value)
    exact = block.amounts[total]
    if digits is None:
        digits = 1 if exact < 1000 else 0
    rate = round_half_up(exact, digits)
    block.add_amount("rate", f"Rate for 1 {unit}", f"=ROUND(J{total},{digits})", rate)


def codes_of(book: Book) -> list[str]:
    """A code for each analysis: book, year, group, and place in the group."""
    groups: dict[str, int] = {}
    codes = []
    for group in (analysis.group for analysis in book.analyses):
        groups[group] = groups.get(group, 0) + 1
        codes.append(f"{book.code}-{EDITION[2:4]} {list(groups).index(group) + 1}.{groups[group]:02}")
    return codes


def lay_blocks(book: Book) -> list[Block]:
    """All blocks in order. They are laid twice, because only the first lay tells where the mortars land."""
    known = {
        resource["resource"]: Formula(f"='Basic Rates'!E{row}", number(resource["rate_inr_ex_gst"]))
        for row, resource in enumerate(book.resources, BASIC_RATES_ROW)
    }
    for analysis, block in zip(book.analyses, lay_all(book, known), strict=True):
        if analysis.is_mortar:
            row = block.next_row - 1
            known[analysis.name] = Formula(f"=J{row}", block.amounts[row])
    return lay_all(book, known)


def lay_all(book: Book, known: dict[str, Formula]) -> list[Block]:
    """One lay of all blocks; rates that are not known as formulas are typed."""
    blocks: list[Block] = []
    row = BLOCK_ROW
    for serial, (analysis, code) in enumerate(zip(book.analyses, codes_of(book), strict=True), 1):
        blocks.append(lay_block(analysis, code, serial, row, lambda part: known.get(part.name, part.rate)))
        row = blocks[-1].next_row + BLANK_ROWS
    return blocks
