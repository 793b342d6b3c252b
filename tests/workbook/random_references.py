"""Fills a random schedule with formulas whose references are of every kind that a schedule may have."""

import random
from collections.abc import Callable

from openpyxl.utils import get_column_letter

from tests.workbook.random_layout import MATERIALS, Area, Broken, Formula, Layout, Name, Place, RandomSchedule

BROKEN = ["[1]lead!B4", "#REF!*2", "'[Rates.xlsx]S 1'!A1+{}", "NETWORKDAYS({},9)", "_xlfn.XLOOKUP(1,{},{})"]
BROKEN += ["{}+#REF!", "{self}+1", "SUM(A1:B2 B1:C2)", "SUM({}:INDEX(J:J,9))", "SUM(OFFSET({},1,0))", "Table1[Rate]*{}"]
BROKEN += ["Unknown_name+1"]
FINAL = ["ROUND(SUM({}:{}),2)", "ROUND({}+{},0)", "MROUND(ABS({}+{}),0.5)", "ROUND(({}+{})*1.1,2)"]
STORED = [40.25, 7.0, 120.5, None]
# What rounds up or cuts off does so with what is rounded: LibreOffice takes fewer than 15 digits where numbers cancel.
ROUNDED = ["ROUND({},2)", "ABS({})", "ROUNDUP(ROUND({},3),2)", "INT(ROUND({},3))", "TRUNC(ROUND({},3),1)"]


def random_schedule(seed: int) -> RandomSchedule:
    """The schedule of a seed."""
    rng = random.Random(seed)
    layout = Layout(rng)
    _Filler(rng, layout.plan, layout.order()).fill()
    return layout.plan


class _Filler:
    def __init__(self, rng: random.Random, plan: RandomSchedule, order: list[Place]) -> None:
        self.rng, self.plan = rng, plan
        self.order = {place: number for number, place in enumerate(order)}
        self.waiting: dict[str, dict[Place, int]] = {}  # by sheet, what has no formula yet
        for place, number in self.order.items():
            self.waiting.setdefault(place[0], {})[place] = number
        self.numbers = [place for place, content in plan.cells.items() if type(content) is float]
        self.words = [place for place, content in plan.cells.items() if isinstance(content, str)]
        self.totals = {block.total: block for block in plan.blocks}
        self.rates = {block.rate: block for block in plan.blocks}

    def fill(self) -> None:
        self.name_things()
        for place in self.order:
            if place not in self.plan.cells:
                self.plan.cells[place] = self.content(place)
            del self.waiting[place[0]][place]
            if place[2] not in (4, 12):
                self.numbers.append(place)
        self.share()

    def content(self, place: Place) -> Formula | Broken:
        master, row, col = self.plan.master, place[1], place[2]
        if self.rng.random() < 0.015:
            own = f"{get_column_letter(col)}{row}"
            operands = [self.operand(place), self.operand(place)]
            return Broken(
                self.rng.choice(BROKEN).format(*operands, self=own), self.rng.choice([40.25, 7.0, 120.5, None])
            )
        if place[0] == master and col == 10 and row > 7:
            return Formula(self.amount(place))
        if place[0] == master and col == 4:
            return Formula(f'"Specification of item "&{self.operand(place)}&", complete for finished item of work."')
        if col == 12:
            return Formula(self.text(place))
        if col == 5 and self.rng.random() < 0.9:  # or amounts would grow from block to block
            return Formula(f"MIN({self.expression(place)},{self.rng.choice(['9', '2.5', '99'])})")
        return Formula(self.expression(place))

    def text(self, place: Place) -> str:
        """A note beside the amounts, which nothing reads."""
        number, words = self.operand(place), self.cell(place, self.rng.choice(self.words))
        return self.rng.choice(
            [
                f'"Rs "&ROUND({number},2)&"/-"',
                f'TEXT(ROUND({number},3)*10,"{self.rng.choice(["0.00", "#,##0.00"])}")&" only"',
                f'CONCATENATE({words}," at ",ROUND({number},1))',
                f'IF({words}="Cement",{words},"other")',
                words,
            ]
        )

    # --- the amounts of a block ---

    def amount(self, place: Place) -> str:
        row = place[1]
        if row in self.totals:
            return self.total(place)
        if row in self.rates:
            form = self.rng.choice(
                ["ROUND({}:{},2)", "ROUND({}+{},0)", "MROUND(ABS({}+{}),0.5)", "ROUND(({}+{})*1.1,2)"]
            )
            if ":" in form:
                form = "ROUND(SUM({}:{}),2)"
            return form.format(
                self.cell(place, (place[0], row - 2, 10), ""), self.cell(place, (place[0], row - 1, 10), "")
            )
        if row - 1 in self.totals:
            total = self.cell(place, (place[0], row - 1, 10))
            return self.rng.choice([f"{total}*10%", f"({total})*0.10615", f"{total}*{self.operand(place)}/1000"])
        e, i, g = (self.cell(place, (place[0], row, col)) for col in (5, 9, 7))
        return self.rng.choice([f"{e}*{i}/{g}", f"SUM({e}*{i}/{g})", f"{e}*{i}", f"ROUND({e}*{i}/{g},2)"])

    def total(self, place: Place) -> str:
        block = self.totals[place[1]]
        area = Area(place[0], (block.components[0], place[1] - 1), (10, 10))
        forms = [
            f"SUM({self.area(place, area)})",
            "+".join(self.cell(place, (place[0], r, 10)) for r in block.components),
        ]
        if block.below > block.rate:
            blank = Area(place[0], (block.rate + 1, block.below), (10, 10))
            forms.append(f"{forms[0]}+SUM({self.area(place, blank)})")
        forms.append(f"{forms[0]}+{self.expression(place)}*0.1")
        return self.rng.choice(forms)

    # --- expressions ---

    def expression(self, place: Place) -> str:
        kinds: list[Callable[[Place], str]] = [
            self.operand,
            self.operand,
            self.sum_of,
            self.pair,
            self.lookup,
            self.named,
        ]
        text = self.rng.choice([*kinds, self.rounded, self.condition])(place)
        return f"{text}*{self.rng.choice(['0.1', '50%', '0.25'])}" if self.rng.random() < 0.3 else text

    def operand(self, place: Place) -> str:
        allowed = [target for target in self.numbers if target != place]
        mine = [target for target in allowed if target[0] == place[0] and abs(target[1] - place[1]) < 8]
        if mine and self.rng.random() < 0.4:
            return self.cell(place, self.rng.choice(mine))
        return self.cell(place, self.rng.choice(allowed))

    def pair(self, place: Place) -> str:
        return f"({self.operand(place)}{self.rng.choice(['+', '-', ' + ', '+ '])}{self.operand(place)})"

    def rounded(self, place: Place) -> str:
        return self.rng.choice(ROUNDED).format(self.pair(place))

    def condition(self, place: Place) -> str:
        one, two, three = (self.operand(place) for _ in range(3))
        return self.rng.choice(
            [
                f"IF({one}>{two},{two},{three})",
                f"IF(AND({one}>0,{two}<>3),{one},{three})",
                f"IFERROR({one}/0,{three})",
                f"MIN({one},{two},{three})",
            ]
        )

    def sum_of(self, place: Place) -> str:
        name = self.rng.choice(["SUM", "SUM", "COUNT", "COUNTA", "MAX", "MIN"])
        return f"{name}({self.any_area(place)})"

    def lookup(self, place: Place) -> str:
        sheet, material = self.rng.choice(self.plan.helpers), self.rng.choice(MATERIALS)
        col = self.rng.choice([2, 3])
        table, values = Area(sheet, (1, 5), (1, col)), Area(sheet, (1, 5), (col, col))
        names = self.area(place, Area(sheet, (1, 5), (1, 1)))
        if not self.is_allowed(place, table):
            return self.operand(place)
        return self.rng.choice(
            [
                f'VLOOKUP("{material}",{self.area(place, table)},{col},FALSE)',
                f'INDEX({self.area(place, values)},MATCH("{material}",{names},0))',
                f'SUMIF({names},"{material[0]}*",{self.area(place, values)})',
                f"SUMPRODUCT({self.area(place, values)},{self.area(place, Area(sheet, (1, 5), (2, 2)))})*0.01",
            ]
        )

    # --- names ---

    def name_things(self) -> None:
        """Make defined names; some of a sheet of its own, some twice with different meaning."""
        names = self.plan.names
        # XlsxWriter leaves out a name of a sheet whose own name has an apostrophe.
        sheets = [sheet for sheet in (self.plan.master, *self.plan.helpers) if "'" not in sheet]
        names.append(Name("overheads", "0.14", None, ()))
        names.append(Name("labour_rate", "0.1+0.04", None, ()))
        if self.rng.random() < 0.5:
            names.append(Name("Overheads", "12.5%", self.rng.choice(sheets), ()))
        for number in range(self.rng.randint(1, 4)):
            target = self.rng.choice([*(place for place in self.order if place[2] not in (4, 12)), *self.numbers])
            area = Area(target[0], (target[1], target[1]), (target[2], target[2]))
            scope = self.rng.choice([None, None, *sheets])
            text = self.absolute(area)
            names.append(Name(f"rate_{number}", self.rng.choice([text, text, f"{text}*2"]), scope, (area,)))
        for number, helper in enumerate(self.plan.helpers):
            area = Area(helper, self.rng.choice([(1, 5), None]), (2, 2))
            names.append(Name(f"List.{number}", self.absolute(area), None, (area,), is_area=True))

    def named(self, place: Place) -> str:
        usable = [name for name in self.plan.names if all(self.is_allowed(place, area) for area in name.reads)]
        name = self.rng.choice(usable)
        written = self.rng.choice([name.name, name.name.upper(), name.name.lower()])
        if name.sheet not in (None, place[0]):
            written = f"{self.sheet(name.sheet or '')}!{written}"
        elif not self.means(name, place):
            return self.operand(place)
        return f"SUM({written})*0.1" if name.is_area else f"{self.operand(place)}*{written}"

    def means(self, name: Name, place: Place) -> bool:
        """Whether a bare name means this one: a name of the sheet goes before one of the workbook."""
        same = [one for one in self.plan.names if one.name.lower() == name.name.lower()]
        return name.sheet is not None or not any(one.sheet == place[0] for one in same)

    # --- references ---

    def is_allowed(self, place: Place, area: Area) -> bool:
        """Whether all formulas of an area come before a place."""
        return not area.holds(place) and not any(area.holds(one) for one in self.waiting.get(area.sheet, {}))

    def any_area(self, place: Place) -> str:
        """An area that has a number and no formula that comes later."""
        for _ in range(20):
            area = self.draw_area(place)
            if self.is_allowed(place, area) and any(area.holds(number) for number in self.numbers):
                return self.area(place, area)
        return self.operand(place)

    def draw_area(self, place: Place) -> Area:
        """Cells around a number: a few rows, whole columns or rows, a block and what stands beside it."""
        sheet, row, col = self.rng.choice(self.numbers)
        rows = (row, row + self.rng.choice([0, 1, 2, 5, 30]))
        cols = (col, min(col + self.rng.choice([0, 0, 1, 4]), 12))
        kind = self.rng.random()
        if kind < 0.1:
            return Area(sheet, None, (self.rng.choice([col, 14]), 14))
        if kind < 0.2:
            return Area(sheet, rows, None)
        return Area(sheet, rows, cols)

    def cell(self, place: Place, target: Place, sheet: str | None = None) -> str:
        """A cell as the formula of a place writes it."""
        text = f"{self.dollar()}{get_column_letter(target[2])}{self.dollar()}{target[1]}"
        return (self.prefix(place, target[0]) if sheet is None else sheet) + text

    def area(self, place: Place, area: Area) -> str:
        """An area as the formula of a place writes it."""
        corners = []
        for end in (0, 1):
            col = self.dollar() + get_column_letter(area.cols[end]) if area.cols else ""
            corners.append(col + (f"{self.dollar()}{area.rows[end]}" if area.rows else ""))
        if self.rng.random() < 0.05 and area.rows and area.cols:
            corners.reverse()
        return f"{self.prefix(place, area.sheet)}{corners[0]}:{corners[1]}"

    def absolute(self, area: Area) -> str:
        """An area as a defined name has it."""
        ends = []
        for end in (0, 1):
            col = f"${get_column_letter(area.cols[end])}" if area.cols else ""
            ends.append(col + (f"${area.rows[end]}" if area.rows else ""))
        where = self.sheet(area.sheet) + "!"
        return where + (ends[0] if ends[0] == ends[1] and area.rows else ":".join(ends))

    def dollar(self) -> str:
        return self.rng.choice(["", "", "$"])

    def prefix(self, place: Place, sheet: str) -> str:
        if sheet != place[0] or self.rng.random() < 0.15:
            return self.sheet(sheet) + "!"
        return ""

    def sheet(self, name: str) -> str:
        cased = self.rng.choice([name, name, name.upper(), name.lower()])
        if name in ("Output", "Estimate", "Deep", "Leads", "Sheet_1") and self.rng.random() < 0.5:
            return cased
        return "'" + cased.replace("'", "''") + "'"

    # --- shared formulas ---

    def share(self) -> None:
        """Let amounts of rows that follow one another share the formula of the first."""
        for block in self.plan.blocks:
            rows = [row for row in block.components if row - block.components[0] == block.components.index(row)]
            places = [(self.plan.master, row, 10) for row in rows]
            if len(places) < 2 or self.rng.random() < 0.5:
                continue
            if not all(isinstance(self.plan.cells[place], Formula) for place in places):
                continue
            self.plan.shared.append(places)
            for place in places:
                row, own = place[1], self.rng.choice(["", f"'{self.plan.master}'!"])
                text = f"{own}E{row}*$I{row}/G{row}+$I$2*0.01" if place == places[0] else "0"
                self.plan.cells[place] = Formula(text)
