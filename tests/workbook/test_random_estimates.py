"""Random estimates over both samples: LibreOffice computes every formula to the value that the workbook holds."""

import io
import random
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from estimate_core.domain.charges import Profile, with_grand_total, with_lump_sums, with_value
from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import Estimate, Line, Price, price
from estimate_core.domain.office import Cover
from estimate_core.domain.profiles import SHIPPED, with_rounding
from estimate_core.domain.schedule import Schedule
from estimate_core.workbook.output.check_sheet import NO_DIFFERENCE
from estimate_core.workbook.output.mould import cut_mould
from tests.office import needs_office, recalculate_all
from tests.workbook.raw_cells import RawCells, RawValue, read_raw_cells
from tests.workbook.schedules import opened, order_of, poured_order, read

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
ESTIMATES = 200
READ_BY_OTHERS = 20
"""Every so many estimates are read by pandas and openpyxl too, which take their time."""


@dataclass
class Made:
    """A random estimate, its workbook, and the same as LibreOffice computes it."""

    seed: int
    price: Price
    data: bytes
    live: bytes = b""


@pytest.fixture(scope="module")
def estimates() -> list[Made]:
    """The estimates, all recalculated in one go."""
    made: list[Made] = []
    for place, sample in enumerate(("civil", "electrical")):
        book = read((SAMPLES / f"{sample}.xlsx").read_bytes())
        schedule, mould = book.schedule, cut_mould(book)
        for seed in range(place, ESTIMATES, 2):
            rng = random.Random(seed)
            estimate = random_estimate(rng, schedule)
            order = order_of(estimate, schedule, rng.random() < 0.7, cover=estimate.cover)
            made.append(Made(seed, order.price, poured_order(mould, order)))
    for one, live in zip(made, recalculate_all([one.data for one in made]), strict=True):
        one.live = live
    return made


def random_estimate(rng: random.Random, schedule: Schedule) -> Estimate:
    """A few lines, quantities of 0 to 4 decimals, charges of any profile, at times a typed grand total."""
    rows = [item.row for item in schedule.items if item.rate is not None]
    lines = tuple(
        Line(str(n), rng.choice(rows), Decimal(rng.randrange(10 ** rng.randint(1, 6))).scaleb(-rng.randint(0, 4)))
        for n in range(rng.randint(1, 8))
    )
    estimate = Estimate(
        f"Random work {rng.random()}",
        rng.choice(("original", "repair")),
        lines,
        random_charges(rng),
        grouped=rng.random() < 0.5,
        cover=Cover(rng.random() < 0.5, place="Hyderabad"),
    )
    return with_typed_total(rng, estimate, schedule) if rng.random() < 0.3 else estimate


def random_charges(rng: random.Random) -> Profile:
    charges = rng.choice(SHIPPED).rows
    for row in charges:
        if row.kind == "percent" and rng.random() < 0.5:
            charges = with_value(charges, row.key, Decimal(rng.randrange(0, 300_000)) / 10_000)
        if row.key == "deduction" and rng.random() < 0.5:
            charges = with_value(charges, row.key, Decimal(rng.randrange(1, 10**7)) / 100)
        if row.kind in ("percent", "sum") and rng.random() < 0.3:
            charges = with_rounding(charges, row.key, rng.choice(("paise", "rupee", "10 rupees")))
    lumps = [(f"work {n}", Decimal(rng.randrange(1, 10**8)) / 100) for n in range(rng.randint(0, 3))]
    return with_lump_sums(charges, lumps)


def with_typed_total(rng: random.Random, estimate: Estimate, schedule: Schedule) -> Estimate:
    """The estimate fitted to a total somewhat above its sum; as it is where that cannot be."""
    total = price(estimate, schedule).grand_total + Decimal(rng.randrange(10**7)) / 100
    fitted = replace(estimate, charges=with_grand_total(estimate.charges, max(total, Decimal(1))))
    try:
        return estimate if price(fitted, schedule).problem else fitted
    except BadInput:
        return estimate


def differing(stored: RawCells, live: RawCells) -> list[str]:
    """The formulas whose computed value is another than the stored one, to the paisa."""
    return [
        f"{place}: {stored.values.get(place)!r}, {live.values.get(place)!r}"
        for place in stored.formulas
        if not same(stored.values.get(place), live.values.get(place))
    ]


def same(one: RawValue, other: RawValue) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return round(Decimal(one), 2) == round(Decimal(other), 2) or abs(one - other) < 1e-6
    return one == other


@needs_office
def test_every_formula_of_every_estimate_gives_the_value_that_is_stored(estimates: list[Made]) -> None:
    found = {one.seed: differing(read_raw_cells(one.data), read_raw_cells(one.live)) for one in estimates}

    assert {seed: cells for seed, cells in found.items() if cells} == {}
    assert len(found) == ESTIMATES


@needs_office
def test_the_check_of_every_estimate_finds_nothing(estimates: list[Made]) -> None:
    for one in estimates:
        live = read_raw_cells(one.live)

        assert live.values["Check", 3, 1] == NO_DIFFERENCE, one.seed
        shown = [value for (sheet, _, col), value in live.values.items() if (sheet, col) == ("Check", 6)]
        assert {value for value in shown if value != "Difference"} == {0.0}, one.seed


@needs_office
def test_pandas_and_openpyxl_read_the_totals_that_the_program_computed(estimates: list[Made]) -> None:
    for one in estimates[::READ_BY_OTHERS]:
        frame = pd.read_excel(io.BytesIO(one.data), sheet_name="Estimate", header=None)
        by_pandas = frame[frame[3] == "Grand Total"][7].tolist()
        sheet = opened(one.data)["Estimate"]
        by_openpyxl = [row[7].value for row in sheet.iter_rows() if row[3].value == "Grand Total"]

        assert by_pandas == by_openpyxl == [float(one.price.grand_total)], one.seed
