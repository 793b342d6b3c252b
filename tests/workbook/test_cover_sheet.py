"""The cover: first sheet, one page, live amount, no holes."""

from decimal import Decimal

import pytest

from estimate_core.domain.estimate import Estimate, Line
from estimate_core.domain.office import Cover, Office
from tests.office import needs_office, recalculated
from tests.workbook.schedules import block, estimated, opened, small_schedule

SCHEDULE = small_schedule(block(5, "First"), ["D5"])
FULL = Cover(True, head_of_account="2059-80-053", work_id="TS/2025/0143", place="Hyderabad")
OFFICE = Office(department="Roads and Buildings Department")


def covered(cover: Cover, office: Office = OFFICE, name: str = "Class rooms at Kompally", datas: bool = True) -> bytes:
    estimate = Estimate(name, "original", (Line("a", 5, Decimal("2.5")),))
    return estimated(SCHEDULE, estimate, datas, cover=cover, office=office)


def texts(data: bytes) -> list[object]:
    """What the cover says, from top to bottom."""
    return [cell.value for row in opened(data)["Cover"].iter_rows() for cell in row if cell.value is not None]


@pytest.mark.parametrize("datas", [True, False])
def test_the_cover_comes_first_and_says_what_the_papers_need(datas: bool) -> None:
    data = covered(FULL, datas=datas)

    workbook = opened(data)

    assert workbook.sheetnames[:2] == ["Cover", "Estimate"] and workbook.sheetnames[-1] == "Check"
    assert workbook.active is not None and workbook.active.title == "Cover"
    assert texts(data) == [
        "Roads and Buildings Department",
        "ESTIMATE",
        "Name of the work",
        "Class rooms at Kompally",
        "Estimate amount",
        664,
        "(Rupees Six Hundred Sixty Four Only)",
        *("Schedule of rates", "Test 2025-26"),
        *("Head of account", "2059-80-053"),
        *("Work ID", "TS/2025/0143"),
        *("Place", "Hyderabad"),
    ]


def test_empty_fields_leave_no_holes() -> None:
    data = covered(Cover(True, work_id="7"), Office())

    sheet = opened(data)["Cover"]

    first = next(cell.value for row in sheet.iter_rows() for cell in row if cell.value)
    filled = [row for row in range(1, sheet.max_row + 1) if sheet[f"C{row}"].value]
    assert first == "ESTIMATE"
    assert [sheet[f"C{row}"].value for row in filled] == ["Test 2025-26", "7"]
    assert filled[1] == filled[0] + 1


@needs_office
def test_the_amount_follows_the_estimate() -> None:
    data = covered(FULL)

    live = recalculated(data)["Cover"]
    formula = next(
        cell.value for row in opened(data, values=False)["Cover"].iter_rows() for cell in row if cell.data_type == "f"
    )

    place = formula.removeprefix("=Estimate!")
    assert opened(data)["Estimate"][place].value == 664
    assert 664 in [cell.value for row in live.iter_rows() for cell in row]


@pytest.mark.parametrize("length", [1, 200, 600, 2000])
def test_it_is_one_page_whatever_the_length_of_the_name(length: int) -> None:
    name = ("Construction of additional class rooms " * 60)[:length].strip() or "x"

    sheet = opened(covered(FULL, name=name))["Cover"]

    heights = [sheet.row_dimensions[row].height for row in range(1, sheet.max_row + 1)]
    assert name in [cell.value for cell in sheet["B"]]
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 1)
    assert all(isinstance(height, float) for height in heights)
    assert 650 < sum(height or 0 for height in heights) < 760
    assert sheet.print_area == f"'Cover'!$A$1:$D${sheet.max_row}"


def test_names_of_printing_belong_to_their_sheets_with_and_without_a_cover() -> None:
    for cover in (FULL, Cover(shown=False)):
        workbook = opened(covered(cover))

        areas = {sheet.title: str(sheet.print_area).split("!")[0] for sheet in workbook if sheet.print_area}
        assert areas == {name: f"'{name}'" for name in workbook.sheetnames if name != "Output"}


def test_what_the_cover_says_is_text_and_never_a_formula() -> None:
    cover = Cover(True, head_of_account="=1+1", work_id="-5", place="@SUM(A1)")
    data = covered(cover, Office('=HYPERLINK("x")\n+next line'), name="=2+2")

    sheet = opened(data, values=False)["Cover"]

    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell.value for cell in cells if cell.data_type == "f"] == ["=Estimate!H12"]
    assert {"=1+1", "-5", "@SUM(A1)", "=2+2"} <= {cell.value for cell in cells if cell.data_type == "s"}
