"""What holds for all findings of a schedule: their order, how many are told, and that odd texts do not stop them."""

from decimal import Decimal

import pytest

from estimate_core.domain.errors import NotASchedule
from estimate_core.workbook.doctor import examination
from estimate_core.workbook.reading import blocks
from tests.workbook.corpus.case import one, several
from tests.workbook.schedules import block, read, small_schedule


def test_the_gravest_findings_come_first_then_those_of_the_sheet_in_its_order() -> None:
    cells = block(5, "Wall", J9="=E9*I9/G9+20") | block(20, "Wall", G24=0) | {"D40": "END", "J30": "per No."}

    findings = read(small_schedule(cells, ["D5", "D20", "D40"], [["Wall", "Works", "", "Nos"]])).schedule.findings

    assert [(finding.severity, finding.row) for finding in findings if finding.sheet == "Master Datas"] == [
        ("error", 26),
        ("warning", 9),
        ("warning", 20),
        ("warning", 24),
        ("note", 40),
    ]


def test_of_very_many_findings_of_a_kind_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "MOST_OF_A_KIND", 3)

    findings = read(several(7, lambda number, row: {f"J{row + 7}": "per No."})).schedule.findings

    assert [finding.kind for finding in findings] == ["text-below-rate"] * 4
    assert findings[3].sentence == "There are 4 more findings of this kind, which are not listed."


def test_too_many_headings_are_refused_with_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MAX_HEADINGS", 2)

    with pytest.raises(NotASchedule, match="3 headings; the limit is 2. Split it") as refusal:
        read(several(3, lambda number, row: {}))

    assert [finding.kind for finding in refusal.value.findings] == ["too-large"]


@pytest.mark.parametrize("cell", ["D10", "D11", "F9", "G9", "H9"])
@pytest.mark.parametrize("text", ["rate per" + " " * 30_000, "rate for 1 " * 2_900, "9" * 32_000, "1 % " * 8_000])
def test_texts_as_long_as_cells_may_be_are_examined(cell: str, text: str) -> None:
    item = read(one({cell: text})).schedule.items[0]

    assert item.rate in (Decimal("220.0"), None)


def test_a_formula_of_many_spaces_is_examined() -> None:
    item = read(one(J10="=J9*" + " " * 8_000 + "10%")).schedule.items[0]

    assert item.rate == Decimal("220.0")
