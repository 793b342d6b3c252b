"""The comparison as a workbook: its sheets, its live formulas, and texts that stay texts."""

import io
import subprocess
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from estimate_core.domain.comparison import compare
from estimate_core.domain.schedule import Item, Schedule
from estimate_core.workbook.reports.comparison_book import write_comparison
from tests.office import SOFFICE, TIMEOUT, needs_office, recalculated

CREATED = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)


def item(row: int, name: str, code: str = "", rate: str | None = "100", unit: str = "Nos") -> Item:
    """An item of the group `Works`."""
    return Item(row, name, code, "", "Works", unit, "", None if rate is None else Decimal(rate), ())


OLD = [
    item(1, "Light point", "EL-1", "1400"),
    item(2, "Ceiling fans", "EL-2", "2000"),
    item(3, "Bridge", "CV-1", "23456789.5"),
    item(4, "Cable", "EL-3", "85.25", "Mtrs"),
    item(5, "Chandelier", "EL-9", "900"),
    item(6, "Same", "EL-5", "10"),
]
NEW = [
    item(11, "Light point", "EL-1", "1540.70"),
    item(12, "Ceiling fan", "EL-20", "2000"),
    item(13, "Bridge", "CV-1", "11111111.25"),
    item(14, "Cable", "EL-3", "85.25", "Kg"),
    item(15, "Solar panel 540 W", "EL-7", "123456.78"),
    item(16, "Same", "EL-5", "10"),
]


def written(old: list[Item], new: list[Item], old_title: str = "Electrical 2024-25") -> bytes:
    stream = io.BytesIO()
    comparison = compare(Schedule(tuple(old), ()), Schedule(tuple(new), ()))
    write_comparison(comparison, old_title, "Electrical 2025-26", CREATED, stream)
    return stream.getvalue()


def opened(data: bytes, values: bool = True) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(data), data_only=values)


def cells(data: bytes, sheet: str, values: bool = True) -> list[tuple[object, ...]]:
    return list(opened(data, values)[sheet].iter_rows(values_only=True))


def test_the_sheets_stand_in_their_order() -> None:
    assert opened(written(OLD, NEW)).sheetnames == ["Rate changes", "New", "Gone", "Summary"]


def test_rate_changes_have_live_formulas_with_their_values() -> None:
    data = written(OLD, NEW)

    formulas, values = cells(data, "Rate changes", False), cells(data, "Rate changes")
    assert formulas[0][:5] == ("Item", "Code", "Group", "Unit", "Old rate")
    assert formulas[1][:8] == ("Bridge", "CV-1", "Works", "Nos", 23456789.5, 11111111.25, "=F2-E2", "=F2/E2-1")
    assert values[1][6:8] == (-12345678.25, pytest.approx(-0.526315789))
    assert values[2][4:8] == (1400, 1540.7, 140.7, pytest.approx(0.1005))


def test_what_is_renamed_or_cannot_be_compared_is_told_beside_its_rates() -> None:
    rows = {row[0]: row[4:] for row in cells(written(OLD, NEW), "Rate changes", False)}

    assert list(rows) == ["Item", "Bridge", "Light point", "Cable", "Ceiling fan"]
    assert rows["Cable"] == (85.25, 85.25, None, None, "unit changed from Mtrs to Kg")
    assert rows["Ceiling fan"] == (2000, 2000, "=F5-E5", "=F5/E5-1", "renamed from \u201cCeiling fans\u201d")


def test_new_and_gone_items_have_their_sheets() -> None:
    data = written(OLD, [*NEW, item(17, "Lamp", rate=None)])

    assert cells(data, "New")[1:] == [
        ("Solar panel 540 W", "EL-7", "Works", "Nos", 123456.78, 15),
        ("Lamp", None, "Works", "Nos", None, 17),
    ]
    assert cells(data, "Gone")[1:] == [("Chandelier", "EL-9", "Works", "Nos", 900, 5)]


def test_the_summary_tells_the_editions_the_counts_and_the_distribution() -> None:
    rows = dict(row[:2] for row in cells(written(OLD, NEW), "Summary"))

    assert (rows["Old edition"], rows["New edition"]) == ("Electrical 2024-25", "Electrical 2025-26")
    assert (rows["Rates changed"], rows["Rates unchanged"], rows["Rates that cannot be compared"]) == (2, 2, 1)
    assert (rows["Renamed items"], rows["New items"], rows["Gone items"]) == (1, 1, 1)
    assert (rows["below \u221220 %"], rows["no change"], rows["10 to 20 %"]) == (1, 2, 1)


@pytest.mark.parametrize("sign", "=+-@")
def test_a_text_is_never_a_formula(sign: str) -> None:
    text = f'{sign}HYPERLINK("http://example.org","x")'
    old = [replace(item(1, f"{text} fans", "C"), unit=text), item(3, f"{text} gone")]
    new = [replace(item(2, f"{text} fan", text, "110"), group=text, unit=text), item(4, "Cable 4 sqmm", text)]

    data = written(old, new, text)

    book = opened(data, False)
    found = [cell for sheet in book for row in sheet.iter_rows() for cell in row if str(cell.value).startswith(text)]
    assert len(found) == 7
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in found)
    formulas = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert formulas == ["=F2-E2", "=F2/E2-1"]


def test_texts_with_control_characters_tags_and_other_scripts_are_read_back() -> None:
    name = "A\x00B\x1b \ufffe<f>1</f> & \u0c35\u0c48\u0c30\u0c3f\u0c02\u0c17\u0c4d \U0001f600 \ud800"

    data = written([], [item(1, name), item(2, "x" * 40_000)])

    shown = [row[0] for row in cells(data, "New")[1:]]
    assert shown == ["A B <f>1</f> & \u0c35\u0c48\u0c30\u0c3f\u0c02\u0c17\u0c4d \U0001f600", "x" * 32_767]


def test_nothing_to_compare_gives_heads_and_zeros() -> None:
    data = written([], [])

    assert [len(cells(data, sheet)) for sheet in ("Rate changes", "New", "Gone")] == [1, 1, 1]
    assert dict(row[:2] for row in cells(data, "Summary"))["Rates changed"] == 0


def test_rates_without_measure_are_written() -> None:
    data = written([item(1, "Fan", rate="1e-300")], [item(2, "Fan", rate="1e300")])

    row = cells(data, "Rate changes")[1]
    assert row[4:7] == (1e-300, 1e300, 1e300)
    assert cells(data, "Rate changes", False)[1][7] == "=F2/E2-1"


def test_each_list_prints_on_a4_landscape_under_its_head() -> None:
    book = opened(written(OLD, NEW), False)

    for sheet in (book["Rate changes"], book["New"], book["Gone"]):
        assert (sheet.freeze_panes, sheet.print_title_rows) == ("A2", "$1:$1")
        assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.auto_filter.ref == sheet.dimensions
        assert all(cell.font.bold for cell in sheet[1])


def test_the_same_comparison_gives_the_same_bytes() -> None:
    data = written(OLD, NEW)

    assert data == written(OLD, NEW)
    assert str(opened(data).properties.created) == str(opened(data).properties.modified) == "2026-04-01 09:30:00"


@needs_office
def test_an_office_computes_the_same_values() -> None:
    data = written(OLD, NEW)

    again = recalculated(data)["Rate changes"]

    for row, (change, percent) in enumerate((line[6:8] for line in cells(data, "Rate changes")[1:]), 2):
        assert again.cell(row, 7).value == (None if change is None else pytest.approx(change))
        assert again.cell(row, 8).value == (None if percent is None else pytest.approx(percent))


@needs_office
def test_an_office_shows_changes_in_lakhs_and_crores_with_their_sign() -> None:
    pairs = [("1", "5"), ("500", "100"), ("1", "1234568"), ("1234568", "1"), ("1", "12345679"), ("12345679", "1")]
    old = [item(n, f"Item {n}", rate=before) for n, (before, _) in enumerate(pairs)]
    new = [item(n, f"Item {n}", rate=after) for n, (_, after) in enumerate(pairs)]

    shown = as_shown(written(old, new))

    assert {line.split(";")[6] for line in shown[1:]} == {
        "4.00",
        "-400.00",
        "12,34,567.00",
        "-12,34,567.00",
        "1,23,45,678.00",
        "-1,23,45,678.00",
    }


def as_shown(data: bytes) -> list[str]:
    """The lines of the first sheet as an office shows them, cells parted by semicolons."""
    if SOFFICE is None:
        pytest.fail("LibreOffice (soffice) is not installed, and CI=true says that it must be")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source = folder / "book.xlsx"
        source.write_bytes(data)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        to = ["--convert-to", "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true", "--outdir", str(folder)]
        command = [SOFFICE, profile, "--headless", "--norestore", *to, str(source)]
        subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=True)
        return (folder / "book.csv").read_text(encoding="utf-8").splitlines()
