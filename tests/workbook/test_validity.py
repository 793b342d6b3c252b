"""The rules of the standard are really held: a workbook that breaks one is told; and what could break them does not."""

import io
import zipfile

import pytest

from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import Estimate, Line
from estimate_core.domain.office import Cover, Office
from tests.workbook.golden import COVER, WORK, made
from tests.workbook.schedules import block, estimated, opened, small_schedule
from tests.workbook.validity import faults

ESTIMATE, CHECK, WORKBOOK = "xl/worksheets/sheet2.xml", "xl/worksheets/sheet5.xml", "xl/workbook.xml"
TYPES, STYLES = "[Content_Types].xml", "xl/styles.xml"


def changed(part: str, old: str, new: str) -> bytes:
    """A valid workbook with one text in one of its parts changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made(WORK, cover=COVER))) as source, zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            text = source.read(name).decode()
            if name == part:
                assert old in text, f"{part} has no {old}"
                text = text.replace(old, new, 1)
            target.writestr(name, text)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("part", "old", "new", "said"),
    [
        (ESTIMATE, "<mergeCells", "<printOptions/><mergeCells", "printOptions twice"),
        (ESTIMATE, "</sheetData>", "</sheetData><cols/>", "not in their order"),
        (ESTIMATE, "</sheetData>", "</sheetData><nothing/>", "unknown element"),
        (ESTIMATE, '<row r="5"', '<row r="4"', "row 4 comes after row 4"),
        (ESTIMATE, '<c r="C4"', '<c r="A4"', "column 1 comes after 2"),
        (ESTIMATE, '<c r="C4"', '<c r="C9"', "stands in row 4"),
        (ESTIMATE, '<c r="C4" s="', '<c r="C4" s="9', "has the style 9"),
        (ESTIMATE, 't="inlineStr"><is>', 't="s"><is>', "is of type s"),
        (ESTIMATE, "<v>1</v>", "<v>one</v>", "cannot be read"),
        (ESTIMATE, "<v>1</v>", "<v>inf</v>", "has the value inf"),
        (ESTIMATE, "<v>1</v>", "<x>1</x>", "has ['x']"),
        (ESTIMATE, "<f>Output!", "<f>Gone!", "refers to the sheet Gone"),
        (ESTIMATE, "<f>Output!J9", "<f>#REF!", "has the formula #REF!"),
        (ESTIMATE, "<f>Output!J9", "<f>[1]Output!J9", "has the formula [1]"),
        (ESTIMATE, 'ht="24"', 'ht="500"', "500 points high"),
        (ESTIMATE, 'ref="A1:H1"', 'ref="A1:H2"', "overlap"),
        (ESTIMATE, 'ref="A1:H1"', 'ref="A1:A1"', "has one cell"),
        (ESTIMATE, "<mergeCells count=", "<mergeCells count='1' was=", "says 1 merges"),
        (ESTIMATE, 'location="Output!', 'location="Gone!', "leads to Gone"),
        (ESTIMATE, 'dimension ref="A1:H', 'dimension ref="A1:G', "leaves (3, 8) out"),
        (ESTIMATE, 'dxfId="5"', 'dxfId="77"', "has the look 77"),
        (ESTIMATE, 'priority="2"', 'priority="1"', "have the priority 1"),
        (ESTIMATE, "&amp;P of", "x" * 250, "longer than 255"),
        (ESTIMATE, "<row r=", "<row odd='1' r=", "the attribute odd"),
        (ESTIMATE, "</worksheet>", '<legacyDrawing xmlns:r="x" r:id="rId9"/></worksheet>', "drawing"),
        (ESTIMATE, 'min="2" max="2"', 'min="1" max="2"', "overlap"),
        (CHECK, "</t>", "x" * 32_768 + "</t>", "characters"),
        (WORKBOOK, "<sheets>", "<calcPr/><sheets>", "elements of the workbook"),
        (WORKBOOK, 'name="Check"', 'name="ESTIMATE"', "two sheets have the name estimate"),
        (WORKBOOK, 'name="Check"', 'name="a/b"', "no name for a sheet"),
        (WORKBOOK, 'localSheetId="1"', 'localSheetId="0"', "is an orphan"),
        (WORKBOOK, "_xlnm.Print_Area", "rates", "the name rates of sheet 0 is an orphan"),
        (WORKBOOK, 'activeTab="0"', 'activeTab="2"', "does not open at its first sheet"),
        (TYPES, "/xl/worksheets/sheet2.xml", "/xl/worksheets/sheet9.xml", "not there"),
        ("xl/_rels/workbook.xml.rels", "/xl/worksheets/sheet2.xml", "/xl/worksheets/sheet9.xml", "cannot be read"),
        ("xl/_rels/workbook.xml.rels", 'Id="rId7"', 'Id="rId6"', "the id rId6 twice"),
        ("_rels/.rels", "docProps/app.xml", "docProps/none.xml", "leads to docProps/none.xml"),
        ("_rels/.rels", "Id=", 'TargetMode="External" Id=', "leads out of the file"),
        (STYLES, "<cellXfs count=", "<cellXfs count='1' was=", "says 1 and has"),
        (STYLES, 'fontId="1"', 'fontId="99"', "has the fontId 99"),
        (STYLES, '<numFmt numFmtId="164"', '<numFmt numFmtId="165"', "number format 165 is there twice"),
    ],
)
def test_a_breach_of_a_rule_is_told(part: str, old: str, new: str, said: str) -> None:
    found = faults(changed(part, old, new))

    assert any(said in fault for fault in found), found


def test_a_valid_workbook_has_no_faults() -> None:
    assert faults(changed(ESTIMATE, "<row", "<row")) == []


CONTROL = "".join(map(chr, range(32))) + "\x7f\x85\u2028\ufffe\uffff\ud800"


def test_control_characters_and_what_xml_forbids_do_no_harm() -> None:
    schedule = small_schedule(block(5, "Pipe & <tee>"), ["D5"], [["Pipe & <tee>", "A & <B>", "&", "Nos"]])
    name = f"Work{CONTROL}end"
    estimate = Estimate(name, "repair", (Line("a", 5, unit=f"N{CONTROL}"),), grouped=True)
    cover = Cover(True, name, name, name)

    data = estimated(schedule, estimate, cover=cover, office=Office(name, (name,)))

    assert opened(data)["Estimate"]["A2"].value.startswith("Name of the work : Work")
    assert opened(data)["Estimate"]["A4"].value == "A & <B>"


@pytest.mark.parametrize("length", [30_000, 32_767])
def test_a_specification_may_be_as_long_as_a_cell(length: int) -> None:
    schedule = small_schedule(block(5, "Long", D7="x" * length), ["D5"])

    data = estimated(schedule, Estimate("Work", "original", (Line("a", 5),)))

    assert len(opened(data)["Estimate"]["D4"].value) == length == len(opened(data)["Output"]["D5"].value)


def test_names_and_groups_as_long_as_they_may_be_stay_within_a_cell() -> None:
    name, group = "Long name " * 3_000, "Long group " * 2_900
    schedule = small_schedule(block(5, name), ["D5"], [[name, group, "", ""]])

    data = estimated(schedule, Estimate("w" * 2_000, "original", (Line("a", 5),), grouped=True), cover=COVER)

    assert len(opened(data)["Check"]["B15"].value) == 300 == len(opened(data)["Estimate"]["A4"].value)
    assert "w" * 2_000 in [cell.value for cell in opened(data)["Cover"]["B"]]


def test_a_specification_that_grows_beyond_a_cell_is_refused_with_its_item() -> None:
    schedule = small_schedule(block(5, "Long", D7="x" * 32_767), ["D5"])

    with pytest.raises(BadInput, match="\u201cLong\u201d has 32,771 characters; a cell of Excel holds 32,767"):
        estimated(schedule, Estimate("Work", "repair", (Line("a", 5),)))
