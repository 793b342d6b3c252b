"""Each schedule of the corpus is read, built in shuffled order, recalculated and compared with what it must give."""

import ast
import io
import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

import estimate_core
from estimate_core.domain.errors import NotASchedule
from estimate_core.domain.estimate import Estimate, Line, WorkType
from estimate_core.domain.finding import KINDS, Finding
from estimate_core.domain.schedule import Item
from estimate_core.workbook.output.mould import cut_mould
from tests.office import needs_office, recalculate_all
from tests.workbook.corpus import CASES, Case, Expected
from tests.workbook.corpus.case import MASTER, Told
from tests.workbook.schedules import opened, order_of, poured_order, read

USABLE = [name for name, case in CASES.items() if not case.refused]
REFUSED = [name for name, case in CASES.items() if case.refused]
PICKABLE = [name for name in USABLE if any(item.rate is not None for item in CASES[name].items)]
WORK_TYPES: tuple[WorkType, ...] = ("original", "repair")
Build = tuple[str, WorkType]
BUILDS: list[Build] = [
    (name, work_type)
    for place, name in enumerate(PICKABLE)
    for work_type in (WORK_TYPES if len(CASES[name].items) > 1 else (WORK_TYPES[place % 2],))
]
"""Schedules of one item are built for one kind of work only, by turns, because each workbook takes its time."""
FIRST_LINE = 4
"""The row of the first line in `Estimate`."""


def told(findings: tuple[Finding, ...]) -> list[Told]:
    """The findings as the corpus writes them."""
    places = (one.cell or (f"row {one.row}" if one.row else "") for one in findings)
    return sorted((one.severity, one.kind, one.sheet, place) for one, place in zip(findings, places, strict=True))


@pytest.mark.parametrize("name", USABLE)
def test_a_schedule_gives_its_items_and_its_findings_and_no_others(name: str) -> None:
    case = CASES[name]

    schedule = read(case.data).schedule

    assert told(schedule.findings) == sorted(case.told)
    assert len(schedule.items) == len(case.items)
    assert [as_expected(*pair) for pair in zip(schedule.items, case.items, strict=True)] == list(case.items)


def as_expected(item: Item, expected: Expected) -> Expected:
    """An item as the corpus writes it, its specification only where that is given."""
    rate = None if item.rate is None else plain(item.rate)
    specification = None if expected.specification is None else item.specification
    return Expected(item.row, item.name, rate, item.group, item.unit, item.prefix, specification)


def plain(rate: Decimal) -> str:
    """A rate without zeros at its end."""
    return format(rate.normalize(), "f")


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_schedule_is_refused_with_its_sentence_and_findings(name: str) -> None:
    case = CASES[name]

    with pytest.raises(NotASchedule) as refusal:
        read(case.data)

    assert case.refused in str(refusal.value)
    assert told(refusal.value.findings) == sorted(case.told)


def test_every_kind_of_finding_has_a_schedule_and_every_schedule_gives_known_kinds() -> None:
    given = {kind for case in CASES.values() for _, kind, _, _ in case.told}

    assert given == set(KINDS)


def test_every_kind_that_the_code_names_is_a_known_kind() -> None:
    named = set(kinds_in_code())

    assert len(named) > 40
    assert named <= set(KINDS)


def kinds_in_code() -> Iterator[str]:
    """The kinds that calls of `Finding`, `finding_at` and `Rate` name as a constant."""
    for path in Path(estimate_core.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 1:
                kind = node.args[node.func.id != "refusal"]
                if node.func.id in ("Finding", "finding_at", "Rate", "refusal") and isinstance(kind, ast.Constant):
                    yield str(kind.value)


@dataclass
class Built:
    """An estimate of all items that can be picked, shuffled, and what LibreOffice makes of it and of the schedule.

    `rate_cells` are the cells of the schedule that hold the rates, in the order of the lines.
    """

    rates: list[Decimal]
    rate_cells: list[str]
    output: bytes
    recalculated: bytes = b""
    schedule: bytes = b""


@pytest.fixture(scope="module")
def built() -> dict[Build, Built]:
    """Every schedule of the corpus built, and all of them recalculated in one go."""
    made = {key: one for name in PICKABLE for key, one in builds(name, CASES[name]).items()}
    steady = [name for name in PICKABLE if CASES[name].steady]
    workbooks = [one.output for one in made.values()] + [CASES[name].data for name in steady]
    done = recalculate_all(workbooks)
    for one, recalculated in zip(made.values(), done, strict=False):
        one.recalculated = recalculated
    schedules = dict(zip(steady, done[len(made) :], strict=True))
    for (name, _), one in made.items():
        one.schedule = schedules.get(name, b"")
    return made


def builds(name: str, case: Case) -> dict[Build, Built]:
    """The estimates of one schedule, each in its own shuffled order."""
    book = read(case.data)
    cells = {block.first: f"J{block.rate_row}" for block in book.blocks}
    items = [item for item in book.schedule.items if item.rate is not None]
    mould = cut_mould(book)
    made: dict[Build, Built] = {}
    for work_type in [work_type for known, work_type in BUILDS if known == name]:
        random.Random(f"{name} {work_type}").shuffle(items)
        lines = tuple(Line(str(place), item.row, Decimal(1)) for place, item in enumerate(items))
        estimate = Estimate("Test work", work_type, lines)
        output = poured_order(mould, order_of(estimate, book.schedule))
        rates = [item.rate for item in items if item.rate is not None]
        made[name, work_type] = Built(rates, [cells[item.row] for item in items], output)
    return made


@needs_office
@pytest.mark.parametrize(("name", "work_type"), BUILDS)
def test_whatever_is_picked_in_whatever_order_keeps_the_values_of_the_schedule(
    name: str, work_type: WorkType, built: dict[Build, Built]
) -> None:
    one = built[name, work_type]

    stored, recalculated = opened(one.output), opened(one.recalculated)
    estimate = recalculated["Estimate"]

    rates = [estimate.cell(FIRST_LINE + place, 5).value for place in range(len(one.rates))]
    assert rates == [pytest.approx(float(rate), rel=1e-9) for rate in one.rates]
    if one.schedule:
        master = sheet_of_blocks(opened(one.schedule))
        assert rates == [pytest.approx(master[cell].value, rel=1e-9) for cell in one.rate_cells]
    assert differing(stored, recalculated) == []
    assert not errors(recalculated) - errors(opened(one.schedule) if one.schedule else Workbook())
    assert "#REF!" not in errors(recalculated) and not any("#REF!" in text for text in formulas(one.output))


def sheet_of_blocks(workbook: Workbook) -> object:
    """`Master Datas`, however it is spelt."""
    return next(ws for ws in workbook.worksheets if " ".join(ws.title.split()).casefold() == MASTER.casefold())


def differing(stored: Workbook, recalculated: Workbook) -> list[str]:
    """The cells that LibreOffice computes otherwise than the file has them stored."""
    return [
        f"{ws.title}!{cell.coordinate}: {cell.value!r}, {other!r}"
        for ws in stored.worksheets
        for row in ws.iter_rows()
        for cell in row
        if not alike(cell.value, other := recalculated[ws.title][cell.coordinate].value)
    ]


def alike(one: object, other: object) -> bool:
    """Whether two values read from files are the same; an empty text is read as nothing by some."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(one, str) and isinstance(other, str):
        return one.splitlines() == other.splitlines() or one.replace("\r", "") == other.replace("\r", "")
    return one == other or (not one and not other)


def errors(workbook: Workbook) -> Counter[str]:
    """How often each error value is shown."""
    cells = (cell for ws in workbook.worksheets for row in ws.iter_rows() for cell in row)
    return Counter(str(cell.value) for cell in cells if cell.data_type == "e")


def formulas(data: bytes) -> list[str]:
    """The formulas of a workbook."""
    cells = (cell for ws in load_workbook(io.BytesIO(data)).worksheets for row in ws.iter_rows() for cell in row)
    return [str(cell.value) for cell in cells if cell.data_type == "f"]
