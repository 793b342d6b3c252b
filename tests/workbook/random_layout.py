"""Random schedules: blocks, helper sheets and names whose formulas refer to one another in every way.

No formula refers to itself, since each has a place in an order and only names what comes before it; but for those
that are broken on purpose, which stand there with the value that the file holds.
"""

import io
import random
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any

from openpyxl.utils import get_column_letter
from xlsxwriter import Workbook

Place = tuple[str, int, int]  # sheet, row, column; from 1


@dataclass(frozen=True)
class Formula:
    """A formula without `=`."""

    text: str


@dataclass(frozen=True)
class Broken:
    """A formula that nobody can follow, and the value that the file holds for it, if any."""

    text: str
    stored: float | None


@dataclass(frozen=True)
class Area:
    """Rows and columns of a sheet; no rows for whole columns, no columns for whole rows."""

    sheet: str
    rows: tuple[int, int] | None
    cols: tuple[int, int] | None

    def holds(self, place: Place) -> bool:
        inside = place[0] == self.sheet and (not self.rows or self.rows[0] <= place[1] <= self.rows[1])
        return inside and (not self.cols or self.cols[0] <= place[2] <= self.cols[1])


@dataclass(frozen=True)
class Name:
    """A defined name; `sheet` is the one that it belongs to, `reads` what it stands for."""

    name: str
    text: str
    sheet: str | None
    reads: tuple[Area, ...]
    is_area: bool = False


@dataclass
class RandomBlock:
    """Where the parts of a block stand."""

    first: int
    components: tuple[int, ...]
    total: int
    rate: int
    below: int  # the last empty row below it
    prefix: str
    heading: int  # column


@dataclass
class RandomSchedule:
    """What a random schedule holds; `shared` gives the cells that share a formula, the first has it."""

    master: str
    cells: dict[Place, float | str | Formula | Broken] = field(default_factory=dict)
    merges: list[Area] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    blocks: list[RandomBlock] = field(default_factory=list)
    shared: list[list[Place]] = field(default_factory=list)
    helpers: list[str] = field(default_factory=list)

    def file(self, *, mended: bool = False) -> bytes:
        """The xlsx; where `mended`, broken formulas are the plain values that the file holds for them."""
        stream = io.BytesIO()
        with Workbook(stream, {"in_memory": True}) as workbook:
            heading = workbook.add_format({"bg_color": "#FFFF00", "font_color": "#FF0000", "bold": True})
            sheets = {name: workbook.add_worksheet(name) for name in (self.master, *self.helpers)}
            headings = {(self.master, block.first, block.heading) for block in self.blocks}
            for area in self.merges:
                assert area.rows and area.cols
                corners = (area.rows[0] - 1, area.cols[0] - 1, area.rows[1] - 1, area.cols[1] - 1)
                form = heading if (area.sheet, area.rows[0], area.cols[0]) in headings else None
                sheets[area.sheet].merge_range(*corners, "", form)
            for place, content in self.cells.items():
                _write(sheets[place[0]], place, content, heading if place in headings else None, mended)
            for name in self.names:
                scope = f"'{name.sheet.replace(chr(39), chr(39) * 2)}'!" if name.sheet else ""
                workbook.define_name(scope + name.name, f"={name.text}")
            self._list_items(workbook.add_worksheet("Groups"))
        return self._with_shared_formulas(stream.getvalue())

    def _list_items(self, groups: Any) -> None:
        for col, title in enumerate(("Item Name", "Group", "Prefix", "Unit")):
            groups.write_string(0, col, title)
        for row, block in enumerate(self.blocks, 1):
            texts = (str(self.cells[self.master, block.first, block.heading]), "Works", block.prefix, "Nos")
            for col, text in enumerate(texts):
                groups.write_string(row, col, text)

    def _with_shared_formulas(self, data: bytes) -> bytes:
        """XlsxWriter knows no shared formulas, so they are put into the text of the sheet."""
        stream = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                part = source.read(name).decode("utf-8")
                for number, places in enumerate(self.shared) if name == "xl/worksheets/sheet1.xml" else ():
                    first, last = (f"{get_column_letter(place[2])}{place[1]}" for place in (places[0], places[-1]))
                    part = _share(part, first, f'<f t="shared" ref="{first}:{last}" si="{number}">\\2</f>')
                    for _, row, col in places[1:]:
                        part = _share(part, f"{get_column_letter(col)}{row}", f'<f t="shared" si="{number}"/>')
                target.writestr(name, part)
        return stream.getvalue()


def _share(sheet: str, cell: str, formula: str) -> str:
    shared, count = re.subn(rf'(<c r="{cell}"[^>]*>)<f>([^<]*)</f>', rf"\1{formula}", sheet)
    assert count == 1
    return shared


def _write(sheet: Any, place: Place, content: object, form: Any, mended: bool) -> None:
    where = (place[1] - 1, place[2] - 1)
    if isinstance(content, Broken) and not mended:
        stored = "" if content.stored is None else content.stored
        sheet.write_formula(*where, f"={content.text}", form, stored)
    elif isinstance(content, Formula):
        sheet.write_formula(*where, f"={content.text}", form, "")
    elif isinstance(content, str):
        sheet.write_string(*where, content, form)
    else:
        number = (content.stored or 0.0) if isinstance(content, Broken) else content
        sheet.write_number(*where, number, form)


# --- layout ---

MASTERS = ["Master Datas", "Master Datas", "MASTER DATAS", "master datas", "Master Datas "]
HELPERS = ["Basic Rates", "Leads", "Rate's list", "2024-25", "Output", "Estimate", "R1C1", "Deep", "Sheet_1"]
QUANTITIES = [0.5, 1.0, 2.0, 3.0, 0.067, 12.25, 100.0]
PER = [1.0, 1.0, 1.0, 10.0, 100.0, "1", "10"]
MATERIALS = ["Cement", "Sand", "Steel", "Bricks", "Metal"]


class Layout:
    """Lays out a schedule: what is constant, and where formulas will stand, in the order of filling."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.plan = RandomSchedule(rng.choice(MASTERS))
        self.plan.helpers = rng.sample(HELPERS, rng.randint(1, 4))
        self.units: list[list[Place]] = [self._preamble(), *(self._helper(name) for name in self.plan.helpers)]
        row = 8
        for number in range(1, rng.randint(3, 8)):
            self.units.append(self._block(row, number))
            row = self.plan.blocks[-1].below + 1

    def order(self) -> list[Place]:
        """The places of all formulas; each may refer to those before it."""
        units = self.units.copy()
        self.rng.shuffle(units)
        return [place for unit in units for place in unit]

    def _preamble(self) -> list[Place]:
        master, cells = self.plan.master, self.plan.cells
        cells[master, 1, 4] = "Schedule of rates"
        for row in (2, 3, 4):
            cells[master, row, 9] = self._rate()
        return [(master, 3, 10), (master, 5, 9)]

    def _helper(self, sheet: str) -> list[Place]:
        """A table of materials in A and B with formulas in C, and loose figures in E."""
        for row, material in enumerate(MATERIALS, 1):
            self.plan.cells[sheet, row, 1] = material
            self.plan.cells[sheet, row, 2] = self._rate()
            self.plan.cells[sheet, row, 5] = self.rng.choice([self._rate(), "n.a.", "7"])
        return [(sheet, row, 3) for row in range(1, 6)] + [(sheet, 8, 2)]

    def _rate(self) -> float:
        return self.rng.choice([float(self.rng.randint(1, 999)), round(self.rng.uniform(1, 500), 2)])

    def _block(self, first: int, number: int) -> list[Place]:
        rng, plan, cells, master = self.rng, self.plan, self.plan.cells, self.plan.master
        heading = rng.choice([4, 4, 4, 3, 5, 8])
        cells[master, first, 1] = float(number)
        cells[master, first, 2] = f"X-{first}"
        cells[master, first, heading] = f"Item of work {number}"
        cells[master, first + 1, 4] = f"Data {number}"
        row, formulas = first + 3, list[Place]()
        specification = f"Specification of item {number}, complete for finished item of work."
        if rng.random() < 0.1:
            formulas.append((master, first + 2, 4))
        else:
            cells[master, first + 2, 4] = specification
        if rng.random() < 0.5:
            cells[master, row, 4] = "Materials"
            plan.merges.append(Area(master, (row, row), (4, 10)))
            row += 1
        components = []
        for _ in range(rng.randint(1, 4)):
            formulas += self._component(row)
            components.append(row)
            row += rng.choice([1, 1, 1, 2])
        total, rate = row, row + 2
        for place, label in zip((total, row + 1, rate), ("Total", "Overheads", "Rate for 1 No"), strict=True):
            cells[master, place, 4] = label
            formulas.append((master, place, 10))
        prefix = rng.choice(["", "Replacement of", "Re-"])
        plan.blocks.append(
            RandomBlock(first, tuple(components), total, rate, rate + rng.choice([0, 1, 2, 3, 9]), prefix, heading)
        )
        if rng.random() < 0.3 and heading == 4:
            plan.merges.append(Area(master, (first, first), (4, 10)))
        return formulas

    def _component(self, row: int) -> list[Place]:
        rng, master, cells = self.rng, self.plan.master, self.plan.cells
        formulas = []
        cells[master, row, 4], cells[master, row, 6] = rng.choice(MATERIALS), "kg"
        cells[master, row, 7] = rng.choice(PER)
        for col, values in ((5, [*QUANTITIES, "2"]), (9, [self._rate(), self._rate(), "12.5"])):
            if rng.random() < 0.5:
                formulas.append((master, row, col))
            else:
                cells[master, row, col] = rng.choice(values)
        formulas.append((master, row, 10))
        if rng.random() < 0.15:
            formulas.append((master, row, 12))
        return formulas
