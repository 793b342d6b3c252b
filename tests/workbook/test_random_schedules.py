"""Random schedules keep every value wherever their blocks land; `random_schedules` takes longer runs by hand."""

import pytest

from tests.office import needs_office
from tests.workbook.random_schedules import BATCH, compare_schedules

SCHEDULES = 4 * BATCH  # more than 500, though a few have no item that can be used


@needs_office
@pytest.mark.parametrize("first", range(1, SCHEDULES, BATCH))
def test_every_copied_formula_gives_the_value_that_it_gives_in_a_random_schedule(first: int) -> None:
    tally = compare_schedules(range(first, first + BATCH))

    assert tally.differences[:10] == []
    assert tally.schedules >= 0.97 * BATCH
    assert tally.formulas > 50 * BATCH
    assert tally.frozen > BATCH  # broken formulas, at the value that the file holds
