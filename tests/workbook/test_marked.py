"""The marked copy of a schedule."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Border, PatternFill, Side
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from estimate_core.domain.errors import NotASchedule
from estimate_core.domain.finding import Finding, Severity
from estimate_core.workbook.reports import findings_sheet, marks
from estimate_core.workbook.reports.findings_sheet import HEADER_ROW
from estimate_core.workbook.reports.marked import write_marked
from estimate_core.workbook.reports.marks import COLOURS, MAX_COMMENT
from tests.office import needs_office, recalculated
from tests.workbook.schedules import CREATED, block, opened, saved, small_schedule

MASTER = "Master Datas"
SAMPLES = Path(__file__).parents[2] / "data" / "samples"
SCHEDULE = small_schedule(block(1, "Wall") | block(10, "Roof"), ["D1", "D10"])


def finding(
    cell: str = "",
    row: int | None = None,
    sheet: str = MASTER,
    severity: Severity = "error",
    sentence: str = "The rate is not a number.",
) -> Finding:
    """A finding about a place of the schedule."""
    return Finding(severity, "rate", sheet, row, cell, sentence, "Type the rate.")


def marked(findings: Sequence[Finding], change: Callable[[Workbook], object] | None = None) -> Workbook:
    """The marked copy of the small schedule, changed before."""
    workbook = load_workbook(io.BytesIO(SCHEDULE))
    if change is not None:
        change(workbook)
    return opened(copy_of(saved(workbook), findings), values=False)


def copy_of(data: bytes, findings: Sequence[Finding], title: str = "Civil 2025-26") -> bytes:
    """The bytes of a marked copy."""
    stream = io.BytesIO()
    write_marked(io.BytesIO(data), findings, title, CREATED, stream)
    return stream.getvalue()


def listed(workbook: Workbook, sheet: str = "Findings") -> list[list[object]]:
    """The rows of the list, below its header."""
    rows = workbook[sheet].iter_rows(min_row=HEADER_ROW + 1, max_col=6, values_only=True)
    return [["" if value is None else value for value in row] for row in rows]


def top_of(workbook: Workbook) -> str:
    """All that stands above the list."""
    return "\n".join(str(workbook["Findings"].cell(row, 1).value or "") for row in range(1, HEADER_ROW))


def comment_of(workbook: Workbook, cell: str, sheet: str = MASTER) -> str:
    """The comment of a cell, empty without one."""
    comment = workbook[sheet][cell].comment
    return comment.text if comment is not None else ""


def test_each_finding_is_listed_the_gravest_first() -> None:
    copy = marked([finding("J7", 7, severity="note"), finding("I5", 5), finding("D1", 1, severity="warning")])

    assert copy.sheetnames[0] == "Findings"
    assert [row[:4] for row in listed(copy)] == [
        [1, "error", MASTER, "I5"],
        [2, "warning", MASTER, "D1"],
        [3, "note", MASTER, "J7"],
    ]
    assert "Findings in Civil 2025-26" in top_of(copy)
    assert "1 error, 1 warning, 1 note" in top_of(copy)
    assert "Mend the original workbook and upload it again" in top_of(copy)


def test_a_finding_links_to_its_cell_and_is_marked_there() -> None:
    copy = marked([finding("J7", 7, severity="warning")])

    link = copy["Findings"].cell(HEADER_ROW + 1, 4).hyperlink
    assert link is not None and link.location == "'Master Datas'!J7"
    assert comment_of(copy, "J7") == "Warning: The rate is not a number. Type the rate."
    border = copy[MASTER]["J7"].border
    assert {side.style for side in (border.left, border.right, border.top, border.bottom)} == {"thick"}
    assert border.left.color.rgb == COLOURS["warning"]


def test_fill_and_font_of_a_marked_cell_stay_as_they_are() -> None:
    copy = marked([finding("D1", 1)])

    cell = copy[MASTER]["D1"]
    assert (cell.fill.fgColor.rgb, cell.font.color.rgb, cell.font.b) == ("FFFFFF00", "FFFF0000", True)


def test_findings_of_one_cell_share_its_comment_below_that_of_the_schedule() -> None:
    def comment(workbook: Workbook) -> None:
        workbook[MASTER]["J7"].comment = Comment("Checked by the division.", "Asha")

    copy = marked([finding("J7", 7, severity="note", sentence="It is rounded."), finding("J7", 7)], comment)

    assert comment_of(copy, "J7") == (
        "Checked by the division.\n\nError: The rate is not a number. Type the rate.\n\n"
        "Note: It is rounded. Type the rate."
    )
    assert copy[MASTER]["J7"].border.left.color.rgb == COLOURS["error"]


def test_a_finding_under_a_merge_is_marked_at_its_corner_and_round_it() -> None:
    copy = marked([finding("F4", 4)], lambda workbook: workbook[MASTER].merge_cells("D3:G4"))

    assert "not a number" in comment_of(copy, "D3")
    assert copy[MASTER]["D3"].border.top.style == "thick" and copy[MASTER]["G4"].border.right.style == "thick"
    assert copy[MASTER]["E3"].border.left is None or copy[MASTER]["E3"].border.left.style is None
    assert [str(area) for area in copy[MASTER].merged_cells.ranges] == ["D3:G4"]


def test_a_finding_about_a_row_is_marked_at_its_first_used_cell() -> None:
    copy = marked([finding(row=5), finding(row=9)])

    assert "not a number" in comment_of(copy, "D5")
    assert "not a number" in comment_of(copy, "A9")
    assert [row[3] for row in listed(copy)] == ["row 5", "row 9"]


@pytest.mark.parametrize("cell", ["ZZZZ9", "XFE1", "A1048577", "A0", "J", "7", "\u0967", "$J$7", "R1C1"])
def test_a_cell_that_no_sheet_has_is_listed_without_a_mark(cell: str) -> None:
    copy = marked([finding(cell)])

    link = copy["Findings"].cell(HEADER_ROW + 1, 4).hyperlink
    assert link is not None and link.location == "'Master Datas'!A1"
    assert not [place for row in copy[MASTER].iter_rows() for place in row if place.comment]


def test_a_finding_about_the_file_or_a_missing_sheet_is_listed_without_a_link() -> None:
    copy = marked([finding(sheet=""), finding("A1", 1, sheet="Basic Rates")])

    assert [row[2:4] for row in listed(copy)] == [["", ""], ["Basic Rates", "A1"]]
    assert not [cell for row in copy["Findings"].iter_rows() for cell in row if cell.hyperlink]


@pytest.mark.parametrize("name", ["Anna's \u201crates\u201d", "\U0001f9f1 2025", "\u062c\u062f\u0648\u0644", "A1"])
def test_a_link_leads_to_sheets_of_any_name(name: str) -> None:
    copy = marked([finding("B2", 2, sheet=name)], lambda workbook: workbook.create_sheet(name))

    link = copy["Findings"].cell(HEADER_ROW + 1, 4).hyperlink
    assert link is not None and link.location == "'" + name.replace("'", "''") + "'!B2"
    assert "not a number" in comment_of(copy, "B2", name)


def test_a_schedule_that_has_a_sheet_of_findings_keeps_it() -> None:
    copy = marked([finding("J7", 7)], lambda workbook: workbook.create_sheet("FINDINGS"))

    assert copy.sheetnames == ["Findings1", MASTER, "Groups", "FINDINGS"]
    assert len(listed(copy, "Findings1")) == 1


def test_text_of_a_file_is_never_a_formula() -> None:
    sentences = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(1)", "#N/A"]

    copy = marked([finding("J7", 7, sheet="=Groups", sentence=sentence) for sentence in sentences])

    cells = [copy["Findings"].cell(row, col) for row in range(HEADER_ROW + 1, HEADER_ROW + 6) for col in (3, 5)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [row[4] for row in listed(copy)] == sentences
    assert [cell.quotePrefix for cell in cells[1:8:2]] == [True] * 4


def test_control_characters_go_and_escapes_stay_text() -> None:
    copy = marked([finding("J7", 7, sentence="a\x00b\x1fc\ud800 _x0041_ \u0c30\u0c47\u0c1f\u0c41 \u0633\u0639\u0631")])

    assert listed(copy)[0][4] == "abc _x005F_x0041_ \u0c30\u0c47\u0c1f\u0c41 \u0633\u0639\u0631"


def test_a_huge_sentence_is_cut_in_comment_and_list() -> None:
    copy = marked([finding("J7", 7, sentence="long " * 20_000)])

    assert len(comment_of(copy, "J7")) == MAX_COMMENT
    assert len(str(listed(copy)[0][4])) == 32_767


def test_what_is_beyond_the_limits_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings_sheet, "MAX_LISTED", 3)
    monkeypatch.setattr(marks, "MAX_MARKED", 2)

    copy = marked([finding(f"J{row}", row, severity="note") for row in range(1, 5)] + [finding("I5", 5)])

    assert [row[3] for row in listed(copy)] == ["I5", "J1", "J2"]
    assert comment_of(copy, "I5") and comment_of(copy, "J1") and not comment_of(copy, "J2")
    assert "Only the first 3 of 5 findings are listed" in top_of(copy)
    assert "3 more have findings" in top_of(copy)


def test_no_findings_make_an_empty_list_that_says_so() -> None:
    copy = marked([])

    assert listed(copy) == []
    assert "Nothing was noticed." in top_of(copy)


def test_formulas_stay_and_show_the_numbers_that_the_schedule_holds() -> None:
    data = (SAMPLES / "civil.xlsx").read_bytes()
    held = {place.coordinate: place.value for row in opened(data)[MASTER].iter_rows() for place in row}

    copy = copy_of(data, [finding("J9", 9)])

    shown = {place.coordinate: place.value for row in opened(copy)[MASTER].iter_rows() for place in row}
    assert opened(copy, values=False)[MASTER]["J9"].value == "=E9*I9/G9"
    assert shown == held and isinstance(shown["J9"], float)


def test_a_formula_into_another_workbook_becomes_its_text() -> None:
    def link(workbook: Workbook) -> None:
        workbook[MASTER]["I5"] = "=[1]lead!B4*2"
        workbook[MASTER]["I14"] = '="[1]"&"!"'
        workbook.defined_names["far"] = DefinedName("far", attr_text="[1]lead!$A$1")
        workbook.defined_names["near"] = DefinedName("near", attr_text="Groups!$A$1")
        workbook.defined_names["lost"] = DefinedName("lost", attr_text="Groups!#REF!")

    copy = marked([finding("I5", 5)], link)

    assert (copy[MASTER]["I5"].data_type, copy[MASTER]["I5"].value) == ("s", "=[1]lead!B4*2")
    assert copy[MASTER]["I14"].data_type == "f"
    assert list(copy.defined_names) == ["near"]


def test_hidden_sheets_with_findings_are_shown_and_protection_goes() -> None:
    def hide(workbook: Workbook) -> None:
        for name, state in (("Deep", "veryHidden"), ("Other", "hidden")):
            workbook.create_sheet(name).sheet_state = state
        workbook[MASTER].protection.enable()

    copy = marked([finding("A1", 1, sheet="Deep")], hide)

    assert (copy["Deep"].sheet_state, copy["Other"].sheet_state) == ("visible", "hidden")
    assert not copy[MASTER].protection.sheet


def test_only_the_list_is_selected_when_the_copy_opens() -> None:
    def select(workbook: Workbook) -> None:
        workbook.active = workbook["Groups"]
        for sheet in workbook.worksheets:
            sheet.sheet_view.tabSelected = True

    copy = marked([finding("J7", 7)], select)

    assert copy.active is not None and copy.active.title == "Findings"
    assert [sheet.title for sheet in copy.worksheets if sheet.sheet_view.tabSelected] == ["Findings"]


def test_validations_and_conditional_formats_come_along_and_charts_do_not() -> None:
    def dress(workbook: Workbook) -> None:
        sheet = workbook[MASTER]
        validation = DataValidation("list", formula1='"a,b"')
        validation.add("F5")
        sheet.add_data_validation(validation)
        sheet.conditional_formatting.add("J1:J9", CellIsRule("lessThan", ["0"], fill=PatternFill("solid", "FFFF0000")))
        for place in (sheet, workbook.create_chartsheet("Chart")):
            chart = BarChart()
            chart.add_data(Reference(sheet, min_col=10, min_row=1, max_row=9))
            place.add_chart(chart)

    copy = marked([finding("J7", 7), finding("A1", 1, sheet="Chart")], dress)

    assert copy.sheetnames == ["Findings", MASTER, "Groups"]
    assert len(copy[MASTER].data_validations.dataValidation) == 1
    assert len(list(copy[MASTER].conditional_formatting)) == 1


def test_a_border_that_is_there_keeps_its_diagonal() -> None:
    struck = Border(diagonal=Side(style="thin"), diagonalUp=True)

    def strike(workbook: Workbook) -> None:
        workbook[MASTER]["J7"].border = struck

    border = marked([finding("J7", 7)], strike)[MASTER]["J7"].border

    assert border.diagonalUp and border.diagonal.style == "thin" and border.top.style == "thick"


def test_the_list_can_be_read_and_printed() -> None:
    sheet = marked([finding("J7", 7, sentence="The rate is not a number. " * 20)])["Findings"]

    assert sheet.freeze_panes == f"A{HEADER_ROW + 1}"
    assert sheet.auto_filter.ref == f"A{HEADER_ROW}:F{HEADER_ROW + 1}"
    assert (sheet.row_dimensions[HEADER_ROW + 1].height or 0) > 80
    assert sheet.print_title_rows == f"${HEADER_ROW}:${HEADER_ROW}"
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)


def test_the_same_inputs_give_the_same_bytes() -> None:
    findings = [finding("J7", 7), finding(row=3, severity="note")]

    copies = [copy_of(SCHEDULE, findings) for _ in range(2)]

    assert copies[0] == copies[1]
    properties = opened(copies[0]).properties
    assert (properties.created, properties.modified) == (datetime(2026, 4, 1, 9, 30), datetime(2026, 4, 1, 9, 30))
    assert properties.title == "Findings in Civil 2025-26"


def test_ten_thousand_findings_are_listed_and_five_thousand_cells_marked() -> None:
    copy = copy_of(SCHEDULE, [finding(f"K{row}", row) for row in range(1, 10_001)])

    with zipfile.ZipFile(io.BytesIO(copy)) as package:
        parts = {path: package.read(path) for path in package.namelist()}
    assert parts["xl/worksheets/sheet1.xml"].count(b"<hyperlink ") == 10_000
    assert parts["xl/comments/comment1.xml"].count(b"<comment ") == 5_000


@pytest.mark.parametrize("data", [b"", b"no workbook", SCHEDULE[:-200], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"])
def test_what_cannot_be_opened_is_refused_and_nothing_is_written(data: bytes) -> None:
    stream = io.BytesIO()

    with pytest.raises(NotASchedule):
        write_marked(io.BytesIO(data), [finding("J7", 7)], "Civil", CREATED, stream)

    assert stream.getvalue() == b""


def with_part(path: str, change: Callable[[bytes], bytes]) -> bytes:
    """The small schedule with one part of its package changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SCHEDULE)) as source, zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            target.writestr(name, change(source.read(name)) if name == path else source.read(name))
    return stream.getvalue()


@pytest.mark.parametrize("number", [b"77", b"-3"])
def test_a_style_that_names_a_border_that_is_not_there_is_marked_all_the_same(number: bytes) -> None:
    def damage(styles: bytes) -> bytes:
        head, cells = styles.split(b"<cellXfs", 1)
        return head + b"<cellXfs" + cells.replace(b'borderId="0"', b'borderId="' + number + b'"')

    copy = opened(copy_of(with_part("xl/styles.xml", damage), [finding("J7", 7)]), values=False)

    assert copy[MASTER]["J7"].border.left.style == "thick"


def test_a_workbook_that_says_nothing_of_views_and_computing_is_copied() -> None:
    bare = with_part("xl/workbook.xml", lambda part: re.sub(rb"<calcPr[^>]*/>|<bookViews>.*?</bookViews>", b"", part))

    copy = opened(copy_of(bare, [finding("J7", 7)]), values=False)

    assert len(listed(copy)) == 1
    assert copy.calculation.fullCalcOnLoad


@needs_office
def test_libreoffice_opens_the_copy_and_computes_its_formulas() -> None:
    findings = [finding("J7", 7), finding("D1", 1, sentence="=1+1"), finding(row=12, severity="note")]

    copy = recalculated(copy_of(SCHEDULE, findings))

    assert copy.sheetnames == ["Findings", MASTER, "Groups"]
    assert copy[MASTER]["J7"].value == 220
    assert "not a number" in comment_of(copy, "J7")
    assert listed(copy)[1][4] == "=1+1"
