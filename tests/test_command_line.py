"""The command line: what it prints, the workbooks it makes, what it refuses and what it leaves behind."""

import csv
import hashlib
import io
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from estimate_core.__main__ import main
from estimate_core.commands import build
from tests.conftest import CABLE, FAN, LIGHT_POINT, ROW_OF, Block, workbook_of

ROOT = Path(__file__).resolve().parent.parent
ELECTRICAL = ROOT / "data" / "samples" / "electrical.xlsx"
Captured = pytest.CaptureFixture[str]


class Office:
    """A folder with the small schedule, where commands are run."""

    def __init__(self, folder: Path, capsys: Captured) -> None:
        self.folder, self.capsys = folder, capsys
        self.schedule, self.lines, self.out = folder / "small.xlsx", folder / "lines.csv", folder / "out.xlsx"
        self.schedule.write_bytes(workbook_of())

    def build(self, lines: str | bytes, *options: str) -> int:
        """Run `build` on these lines; gives the exit status."""
        self.lines.write_bytes(lines.encode() if isinstance(lines, str) else lines)
        return main(["build", str(self.schedule), str(self.lines), "-o", str(self.out), *options])

    def refused(self, lines: str | bytes, *options: str) -> str:
        """What `build` says on stderr where it must fail and leave nothing behind."""
        before = self.files()
        assert self.build(lines, *options) == 2
        told = self.capsys.readouterr()
        assert told.out == ""
        assert self.files() | {self.lines.name} == before | {self.lines.name}
        return told.err.strip()

    def files(self) -> set[str]:
        """The names in the folder."""
        return {path.name for path in self.folder.iterdir()}

    def cells(self, sheet: str = "Estimate") -> list[list[object]]:
        """The values of a sheet of the workbook that was made."""
        book = openpyxl.load_workbook(self.out, data_only=True)
        return [list(row) for row in book[sheet].iter_rows(values_only=True)]

    def total(self) -> object:
        """The grand total in the workbook that was made."""
        return next(row[7] for row in self.cells() if row[3] == "Grand Total")


@pytest.fixture(autouse=True)
def no_given_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builders of packages set this variable; here only the tests do."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


@pytest.fixture
def office(tmp_path: Path, capsys: Captured) -> Office:
    """A folder with the small schedule in it."""
    return Office(tmp_path, capsys)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command line in a process of its own."""
    command = [sys.executable, "-m", "estimate_core", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, env={**os.environ, **environment})


# items


def test_items_are_printed_as_csv(office: Office) -> None:
    status = main(["items", str(office.schedule)])

    rows = list(csv.DictReader(io.StringIO(office.capsys.readouterr().out)))
    assert status == 0
    assert list(rows[0]) == ["name", "code", "group", "unit", "rate", "row"]
    assert [row["rate"] for row in rows] == ["500", "1250.5", "85.25", ""]
    assert [int(row["row"]) for row in rows] == list(ROW_OF.values())
    assert rows[0]["code"] == "T-1" and rows[0]["group"] == "Points" and rows[0]["unit"] == "Pts"


@pytest.mark.parametrize(("rate", "shown"), [(9e11, "900000000000"), (1e-7, "0.0000001")])
def test_rates_are_printed_without_an_exponent(office: Office, rate: float, shown: str) -> None:
    office.schedule.write_bytes(workbook_of(Block("Point", "Points", "Pts", rate)))

    main(["items", str(office.schedule)])

    assert office.capsys.readouterr().out.splitlines()[1] == f"Point,T-1,Points,Pts,{shown},1"


def test_items_are_printed_in_utf_8_whatever_the_console(tmp_path: Path) -> None:
    name = "\u0c35\u0c48\u0c30\u0c3f\u0c02\u0c17\u0c4d, \u20b9"
    schedule = tmp_path / "schedule.xlsx"
    schedule.write_bytes(workbook_of(Block(name, "Points", "Pts", 10)))

    result = run("items", str(schedule), PYTHONIOENCODING="cp1252", PYTHONUTF8="0")

    assert (result.returncode, result.stderr) == (0, b"")
    assert f'"{name}",T-1,Points,Pts,10,1\n' in result.stdout.decode("utf-8")
    assert b"\r" not in result.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells a closed pipe in another way")
def test_a_reader_that_goes_away_early_is_no_error() -> None:
    command = [sys.executable, "-m", "estimate_core", "items", str(ELECTRICAL)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()

        told = process.stderr.read()

    assert told == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_without_room_is_told(unbuffered: str) -> None:
    command = [sys.executable, "-m", "estimate_core", "items", str(ELECTRICAL)]
    known = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "wb") as full:
        result = subprocess.run(command, cwd=ROOT, env=known, stdout=full, stderr=subprocess.PIPE)

    assert result.returncode == 2
    assert result.stderr.startswith(b"The output cannot be written: ") and result.stderr.count(b"\n") == 1


# build


def test_a_workbook_is_built_and_its_total_and_path_are_printed(office: Office) -> None:
    status = office.build("item,quantity\nLight point,10\nT-3,2.5\n")

    # 5,213.13; LC and QC 1 %, NAC 0.1 %, GST 18 %, each to the rupee
    told = office.capsys.readouterr()
    assert (status, told.err) == (0, "")
    assert told.out == f"Grand Total 6,280.13\n{office.out}\n"
    assert office.total() == 6280.13
    assert office.files() == {"small.xlsx", "lines.csv", "out.xlsx"}


def test_items_are_given_by_name_code_or_row_in_any_order_of_columns(office: Office) -> None:
    lines = f"Unit,QUANTITY, Item\n,1,light  POINT\neach,2,t-2\nbag,3,row:{ROW_OF[CABLE.name]}\n"

    status = office.build(lines)

    assert status == 0
    assert [row[1:3] for row in office.cells()[3:6]] == [[1, "Pts"], [2, "Nos"], [3, "bag"]]
    assert [row[4] for row in office.cells()[3:6]] == [LIGHT_POINT.rate, FAN.rate, CABLE.rate]


@pytest.mark.parametrize(
    "lines",
    [
        b"\xef\xbb\xbfitem,quantity\r\nLight point,3\r\n",
        b"item,quantity\rLight point,3\r",
        b'\n\n"item","quantity"\n\n ,\n"Light point", 3\n\n',
        b"item,quantity,unit\nLight point,3",
        b'item,quantity\nLight point,"3.00"\n',
    ],
)
def test_csv_is_read_as_programs_write_it(office: Office, lines: bytes) -> None:
    assert office.build(lines) == 0
    assert office.cells()[3][5:] == [1, "Pt", 1500]


def test_quantities_may_have_commas_in_quotation_marks(office: Office) -> None:
    assert office.build('item,quantity\nLight point,"1,20,000.50"\n') == 0
    assert office.cells()[3][1] == 120000.5


def test_the_same_item_may_stand_in_several_lines(office: Office) -> None:
    assert office.build("item,quantity\nLight point,1\nT-1,2\nrow:1,3\n") == 0
    assert [row[1] for row in office.cells()[3:6]] == [1, 2, 3]


def test_the_options_reach_the_workbook(office: Office) -> None:
    options = ("--work-name", "=Quarters, Block A", "--work-type", "repair", "--grand-total", "1000", "--estimate-only")

    status = office.build("item,quantity\nLight point,1\n", *options)

    cells = office.cells()
    assert status == 0
    assert openpyxl.load_workbook(office.out).sheetnames == ["Estimate", "Check"]
    assert cells[1][0] == "Name of the work : =Quarters, Block A"
    assert str(cells[3][3]).startswith("Re-wiring of Supplying")
    assert office.total() == 1000
    assert next(row[7] for row in cells if row[3] == "L.S. Provision towards unforeseen items") == 397


def test_rate_analyses_come_along_unless_only_the_estimate_is_asked_for(office: Office) -> None:
    office.build("item,quantity\nLight point,1\n")

    assert openpyxl.load_workbook(office.out).sheetnames[:2] == ["Estimate", "Output"]


def test_a_cover_and_groups_come_when_they_are_asked_for(office: Office) -> None:
    fields = ("--department", "Roads", "--head-of-account", "2059", "--work-id", "W-1", "--place", "Hyderabad")

    status = office.build("item,quantity\nLight point,1\n", "--grouped", "--cover", *fields)

    said = {cell for row in office.cells("Cover") for cell in row if cell}
    assert status == 0
    assert {"Roads", "2059", "W-1", "Hyderabad", office.total()} <= said
    assert any(str(row[3]).startswith("Sub Total of ") for row in office.cells())


def test_the_check_tells_the_content_of_the_schedule(office: Office) -> None:
    office.build("item,quantity\nLight point,1\n")

    said = {row[2] for row in office.cells("Check")}
    assert hashlib.sha256(office.schedule.read_bytes()).hexdigest() in said


def test_a_field_of_the_cover_that_is_too_long_is_refused(office: Office, capsys: Captured) -> None:
    status = office.build("item,quantity\nLight point,1\n", "--cover", "--place", "x" * 301)

    assert (status, office.out.exists()) == (2, False)
    assert "The place has 301 characters" in capsys.readouterr().err


def test_the_same_inputs_give_the_same_bytes_and_tell_when_they_were_written(office: Office) -> None:
    office.lines.write_text("item,quantity\nLight point,1\n", encoding="utf-8")
    for path, changed in ((office.schedule, 1_600_000_000), (office.lines, 1_700_000_000)):
        os.utime(path, (changed, changed))
    again = office.folder / "again.xlsx"

    for out in (office.out, again):
        main(["build", str(office.schedule), str(office.lines), "-o", str(out)])

    assert office.out.read_bytes() == again.read_bytes()
    assert str(openpyxl.load_workbook(again).properties.created) == "2023-11-14 22:13:20"


def test_the_time_in_the_workbook_can_be_given(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1500000000")

    office.build("item,quantity\nLight point,1\n")

    assert str(openpyxl.load_workbook(office.out).properties.created) == "2017-07-14 02:40:00"


def test_an_output_that_is_there_is_replaced(office: Office) -> None:
    office.out.write_bytes(b"older")

    assert office.build("item,quantity\nLight point,1\n") == 0
    assert office.total() == 603


# refusals


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Dark point,1", "The schedule has no item \u201cDark point\u201d"),
        ("row:2,1", "The schedule has no item \u201crow:2\u201d"),
        ("Antique chandelier,1", "has no rate, so it cannot be used"),
        (",1", "The item is missing"),
        ("Light point,", "The quantity is missing"),
        ("Light point", "The quantity is missing"),
        ("Light point,ten", "The quantity \u201cten\u201d is not a number"),
        ("Light point,1_000", "is not a number"),
        ('Light point,"12,5"', "is not a number"),
        ("Light point,-1", "is negative"),
        ("Light point,NaN", "is not a number"),
        ("Light point,inf", "is not a number"),
        ("Light point,1e308", "is too large"),
        ("Light point,0e-999999999", "is not a number"),
        ("Light point,123456789012345", "is too large"),
        ("Light point,1.00001", "has more than 4 decimals"),
        (f"Light point,1,{'x' * 21}", "A unit has at most 20 characters"),
        ("Light point,1,Nos,more", "The line has 4 columns, and the header 3"),
        (f"{'x' * 10_000},1", "The schedule has no item"),
    ],
)
def test_a_bad_line_is_told_with_its_number(office: Office, line: str, reason: str) -> None:
    told = office.refused(f"item,quantity,unit\nLight point,1\n\n{line}\n")

    assert told.startswith(f"{office.lines} line 4: ")
    assert reason in told
    assert len(told.splitlines()) == 1


def test_an_ambiguous_item_is_told_with_its_rows(office: Office) -> None:
    office.schedule.write_bytes(workbook_of(LIGHT_POINT, FAN, LIGHT_POINT))

    told = office.refused("item,quantity\nLight point,1\n")

    assert "line 2" in told and "Say which: row:1, row:13" in told


def test_an_amount_too_large_for_a_workbook_is_told_with_its_line(office: Office) -> None:
    office.schedule.write_bytes(workbook_of(Block("Bridge", "Other", "Job", 1e6)))

    told = office.refused("item,quantity\nBridge,1\nBridge,99999999\n")

    assert "line 3: The amount of \u201cBridge\u201d is too large" in told


def test_the_number_of_a_line_counts_the_lines_inside_quotation_marks(office: Office) -> None:
    told = office.refused('item,quantity\n"Light\npoint",1\nDark point,1\n')

    assert told.startswith(f"{office.lines} line 4: ")


def test_all_bad_lines_are_told_in_their_order(office: Office) -> None:
    told = office.refused("item,quantity\nDark point,1\nLight point,1\nLight point,x\n").splitlines()

    assert [text.split(" line ")[1][:2] for text in told] == ["2:", "4:"]


@pytest.mark.parametrize(("bad", "rest"), [(20, []), (21, ["and 1 more line that cannot be used."])])
def test_at_most_20_bad_lines_are_told(office: Office, bad: int, rest: list[str]) -> None:
    told = office.refused("item,quantity\n" + "Dark point,1\n" * bad).splitlines()

    assert len(told) == 20 + len(rest)
    assert told[20:] == rest


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (b"", "line 1: The header has no column item"),
        (b"\n\n", "line 1: The header has no column item"),
        (b"Light point,1\n", "line 1: The header has no column item"),
        (b"item,amount\nLight point,1\n", "line 1: The header has no column quantity"),
        (b"item;quantity\nLight point;1\n", "line 1: The header has no column item"),
        (b"item,quantity,unit,remark\nLight point,1\n", "line 1: The header has the column \u201cremark\u201d"),
        (b"item,quantity,item\nLight point,1\n", "line 1: The header has the column \u201citem\u201d"),
        (b"item,quantity\n", "has no lines below its header"),
        (b'item,quantity\n"Light point,1\n', "line 2: This is not CSV"),
        (b"item,quantity\nLight point,1\nCaf\xe9,1\n", "line 3: The text is not UTF-8"),
        ("item,quantity\nLight point,1\n".encode("utf-16"), "line 1: The text is not UTF-8"),
        (b"item,quantity\nLight\x00point,1\n", "line 2: The schedule has no item"),
        (b"item,quantity\n" + b"x" * 200_000 + b",1\n", "line 2: This is not CSV"),
        (b"item,quantity\n" + b"Light point,1\n" * 5_001, "line 5002: An estimate takes at most 5,000 lines"),
        (ELECTRICAL.read_bytes(), "The text is not UTF-8"),
    ],
)
def test_lines_that_cannot_be_read_are_refused(office: Office, lines: bytes, reason: str) -> None:
    told = office.refused(lines)

    assert reason in told and len(told) < 500


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not an Excel workbook"),
        (b"item,quantity\n", "not an Excel workbook"),
        (b"PK\x03\x04 and no more", "not an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old .xls format"),
    ],
)
def test_a_file_that_is_no_schedule_is_refused(office: Office, content: bytes, reason: str) -> None:
    office.schedule.write_bytes(content)

    told = office.refused("item,quantity\nLight point,1\n")

    assert told.startswith(f"{office.schedule}: ") and reason in told


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--grand-total", "100"), "503.00 less than the items and charges"),
        (("--grand-total", "-5"), "is negative"),
        (("--grand-total", "much"), "The grand total \u201cmuch\u201d is not a number"),
        (("--work-name", "x" * 10_000), "has 10,000 characters"),
    ],
)
def test_options_that_cannot_be_used_are_refused(office: Office, options: tuple[str, ...], reason: str) -> None:
    assert reason in office.refused("item,quantity\nLight point,1\n", *options)


def test_a_time_that_is_no_number_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")

    assert "SOURCE_DATE_EPOCH is not a number" in office.refused("item,quantity\nLight point,1\n")


@pytest.mark.parametrize("missing", ["small.xlsx", "lines.csv"])
def test_an_input_that_is_not_there_is_refused(office: Office, missing: str) -> None:
    office.lines.write_text("item,quantity\nLight point,1\n", encoding="utf-8")
    (office.folder / missing).unlink()

    status = main(["build", str(office.schedule), str(office.lines), "-o", str(office.out)])

    assert status == 2
    assert f"{missing} cannot be read" in office.capsys.readouterr().err
    assert not office.out.exists()


def test_items_of_a_folder_are_refused(office: Office) -> None:
    assert main(["items", str(office.folder)]) == 2
    assert "cannot be read" in office.capsys.readouterr().err


def test_an_output_without_a_folder_is_refused(office: Office) -> None:
    office.out = office.folder / "absent" / "out.xlsx"

    assert "cannot be written" in office.refused("item,quantity\nLight point,1\n")


def test_an_output_that_is_a_folder_is_refused(office: Office) -> None:
    office.out.mkdir()

    assert "is not a file" in office.refused("item,quantity\nLight point,1\n")


@pytest.mark.parametrize("input_name", ["small.xlsx", "lines.csv"])
def test_an_output_that_is_an_input_is_refused(office: Office, input_name: str) -> None:
    office.out = office.folder / input_name
    before = office.schedule.read_bytes()

    told = office.refused("item,quantity\nLight point,1\n")

    assert "one of the files to be read" in told
    assert office.schedule.read_bytes() == before


def test_an_output_that_is_there_stays_when_the_build_fails(office: Office) -> None:
    office.out.write_bytes(b"older")

    office.refused("item,quantity\nDark point,1\n")

    assert office.out.read_bytes() == b"older"


def test_an_output_that_is_there_stays_when_the_disk_fails(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.out.write_bytes(b"older")

    def full_disk(mould: object, order: object, stream: io.BufferedWriter, progress: object) -> None:
        stream.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(build, "pour", full_disk)

    assert "No space left on device" in office.refused("item,quantity\nLight point,1\n")
    assert office.out.read_bytes() == b"older"


def test_an_error_that_nobody_foresaw_is_told_without_a_traceback(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(build, "pour", broken)

    told = office.refused("item,quantity\nLight point,1\n")

    assert told.startswith("This should not have happened: ZeroDivisionError: by zero.")
    assert "Traceback" not in told


def test_a_stop_by_the_person_leaves_nothing_behind(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "pour", stopped)

    assert office.build("item,quantity\nLight point,1\n") == 130
    assert office.files() == {"small.xlsx", "lines.csv"}


@pytest.mark.parametrize("arguments", [[], ["items"], ["build", "a.xlsx", "b.csv"], ["undo"]])
def test_a_command_that_is_not_complete_shows_its_usage(arguments: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m estimate_core")


def test_a_sample_is_built_by_the_command_itself(tmp_path: Path) -> None:
    lines, out = tmp_path / "lines.csv", tmp_path / "out.xlsx"
    lines.write_text("item,quantity\nEL-25 1.01,4\nEL-25 1.05,2\n", encoding="utf-8")

    result = run("build", str(ELECTRICAL), str(lines), "-o", str(out), "--work-name", "Quarters")

    rates = {
        row["code"]: Decimal(row["rate"])
        for row in csv.DictReader(io.StringIO(run("items", str(ELECTRICAL)).stdout.decode()))
    }
    book = openpyxl.load_workbook(out, data_only=True)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.decode().splitlines()[1:] == [str(out)]
    assert [Decimal(str(book["Estimate"].cell(row, 8).value)) for row in (4, 5)] == [
        4 * rates["EL-25 1.01"],
        2 * rates["EL-25 1.05"],
    ]
