"""Amounts on screen are decimal; in the workbook they are doubles. They must agree to the paisa, on ties too.

LibreOffice loses some ties from 1,000 crore up, so amounts of a line are compared below that.
"""

import io
import random
from decimal import Decimal

from openpyxl import Workbook

from estimate_core.domain.formula_values import excel_round
from estimate_core.domain.money import round_half_up
from tests.office import needs_office, recalculated


def ties_and_others(count: int) -> list[tuple[Decimal, Decimal]]:
    """(quantity, rate) pairs of which about half end exactly on half a paisa."""
    draw = random.Random(20)
    pairs = []
    while len(pairs) < count:
        quantity = Decimal(draw.randrange(1, 10 ** draw.randrange(3, 9))).scaleb(-draw.randrange(0, 5))
        rate = Decimal(draw.randrange(1, 10 ** draw.randrange(2, 8))).scaleb(-draw.randrange(0, 3))
        is_tie = (quantity * rate * 1000) % 10 == 5
        if quantity * rate < 10**10 and (is_tie or draw.random() < 0.05):
            pairs.append((quantity, rate))
    return pairs


def test_a_product_on_half_a_paisa_goes_up_as_a_double_too() -> None:
    pairs = ties_and_others(5_000)

    differing = [
        pair
        for pair in pairs
        if excel_round(float(pair[0]) * float(pair[1]), 2) != float(round_half_up(pair[0] * pair[1], 2))
    ]

    assert differing == []


@needs_office
def test_libreoffice_rounds_amounts_as_the_screen_does() -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    pairs = ties_and_others(3_000)
    for row, (quantity, rate) in enumerate(pairs, 1):
        sheet.append([float(quantity), float(rate), f"=ROUND(A{row}*B{row},2)"])
    stream = io.BytesIO()
    workbook.save(stream)

    result = recalculated(stream.getvalue()).active

    assert result is not None
    for row, (quantity, rate) in enumerate(pairs, 1):
        assert result.cell(row, 3).value == float(round_half_up(quantity * rate, 2)), (quantity, rate)
