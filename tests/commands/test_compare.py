"""`compare`: its table, its JSON, its workbook, and what it refuses."""

import json
import os
from pathlib import Path

import openpyxl
import pytest

from estimate_core.__main__ import main
from tests.conftest import CABLE, FAN, LIGHT_POINT, UNPRICED, Block, workbook_of

Captured = pytest.CaptureFixture[str]


class Editions:
    """Two editions in a folder, and the options that name them."""

    def __init__(self, folder: Path, capsys: Captured) -> None:
        self.folder, self.capsys = folder, capsys
        self.old, self.new, self.out = folder / "old.xlsx", folder / "new.xlsx", folder / "out.xlsx"
        self.old.write_bytes(workbook_of(LIGHT_POINT, FAN, CABLE, UNPRICED))
        self.new.write_bytes(
            workbook_of(
                Block("Light point", "Points", "Pts", 123456.5),
                Block("Ceiling fans 1200 mm", "Fans", "Nos", 1000.4),
                Block("Cable 4 sqmm", "Cables", "Kg", 85.25),
                Block("Solar panel", "Solar", "Nos", 9000),
            )
        )

    def compare(self, *options: str) -> int:
        """Run `compare`; gives the exit status."""
        return main(["compare", str(self.old), str(self.new), *options])

    def files(self) -> set[str]:
        """The names in the folder."""
        return {path.name for path in self.folder.iterdir()}


@pytest.fixture
def editions(tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> Editions:
    """Two editions of the small schedule."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    return Editions(tmp_path, capsys)


def test_the_comparison_is_printed_in_columns_with_the_greatest_change_first(editions: Editions) -> None:
    status = editions.compare()

    told = editions.capsys.readouterr()
    lines = told.out.splitlines()
    assert (status, told.err) == (0, "")
    assert lines[:2] == [f"Old: {editions.old} (4 items)", f"New: {editions.new} (4 items)"]
    at = lines.index("Rate changes")
    assert [line.split() for line in lines[at + 2 : at + 4]] == [
        ["+24,591.30", "1,22,956.50", "500.00", "1,23,456.50", "Pts", "Light", "point", "(T-1)"],
        ["-20.00", "-250.10", "1,250.50", "1,000.40", "Nos", "Ceiling", "fans", "1200", "mm", "(T-2)"],
    ]


def test_what_is_new_gone_renamed_or_cannot_be_compared_is_printed(editions: Editions) -> None:
    editions.compare()

    told = editions.capsys.readouterr().out
    sections = {part.splitlines()[0]: part.splitlines()[2:] for part in told.split("\n\n")[2:]}
    assert list(sections)[1:] == ["Rates that cannot be compared", "Renamed items", "New items", "Gone items"]
    assert sections["Rates that cannot be compared"][0].endswith("unit changed from Mtrs to Kg")
    assert [part.strip() for part in sections["Renamed items"][0].split("  ") if part] == [
        "Ceiling fans 1200 mm (T-2)",
        "Ceiling fan 1200 mm",
        "code T-2",
    ]
    assert sections["New items"][0].split() == ["9,000.00", "Nos", "Solar", "panel", "(T-4)"]
    assert sections["Gone items"][0].split() == ["no", "rate", "Nos", "Antique", "chandelier", "(T-4)"]


def test_an_edition_compared_with_itself_shows_counts_only(editions: Editions) -> None:
    editions.new.write_bytes(workbook_of(LIGHT_POINT, FAN))
    editions.old.write_bytes(workbook_of(LIGHT_POINT, FAN))

    editions.compare()

    told = editions.capsys.readouterr().out
    assert "Rates unchanged                2" in told
    assert "\nRate changes\n" not in told and "New items\n" not in told


def test_json_tells_all(editions: Editions) -> None:
    status = editions.compare("--json")

    told = json.loads(editions.capsys.readouterr().out)
    assert status == 0
    assert told["old"] == {"file": str(editions.old), "items": 4}
    assert [(pair["new"]["name"], pair["change"]) for pair in told["changed"]] == [
        ("Light point", 122956.5),
        ("Ceiling fans 1200 mm", -250.1),
    ]
    assert told["changed"][1]["percent"] == -20
    assert [pair["reason"] for pair in told["not_comparable"]] == ["unit changed from Mtrs to Kg"]
    assert [(pair["old"]["name"], pair["found_by"]) for pair in told["renamed"]] == [("Ceiling fan 1200 mm", "code")]
    assert [item["name"] for item in told["new_items"]] == ["Solar panel"]
    assert [item["rate"] for item in told["gone_items"]] == [None]
    assert (told["unchanged"], sum(told["distribution"].values())) == (0, 2)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_rates_beyond_measure_are_told(editions: Editions, options: tuple[str, ...]) -> None:
    editions.old.write_bytes(workbook_of(Block("Bridge", "Other", "Job", 1e-300)))
    editions.new.write_bytes(workbook_of(Block("Bridge", "Other", "Job", 1e300)))

    status = editions.compare(*options, "-o", str(editions.out))

    assert status == 0
    assert editions.out.exists()


def test_a_workbook_is_written_and_its_path_printed(editions: Editions) -> None:
    status = editions.compare("-o", str(editions.out))

    assert status == 0
    assert editions.capsys.readouterr().out.splitlines()[-1] == str(editions.out)
    assert openpyxl.load_workbook(editions.out)["Summary"]["B2"].value == "old"
    assert editions.files() == {"old.xlsx", "new.xlsx", "out.xlsx"}


def test_the_same_editions_give_the_same_bytes(editions: Editions) -> None:
    again = editions.folder / "again.xlsx"
    for path in (editions.old, editions.new):
        os.utime(path, (1_700_000_000, 1_700_000_000))

    for out in (editions.out, again):
        editions.compare("-o", str(out))

    assert editions.out.read_bytes() == again.read_bytes()
    assert str(openpyxl.load_workbook(again).properties.created) == "2023-11-14 22:13:20"


@pytest.mark.parametrize("bad", ["old.xlsx", "new.xlsx"])
def test_an_edition_that_is_no_schedule_is_refused(editions: Editions, bad: str) -> None:
    (editions.folder / bad).write_bytes(b"no workbook")
    editions.out.write_bytes(b"older")

    status = editions.compare("-o", str(editions.out))

    told = editions.capsys.readouterr()
    assert (status, told.out) == (2, "")
    assert told.err.startswith(f"{editions.folder / bad}: ")
    assert editions.out.read_bytes() == b"older"
    assert editions.files() == {"old.xlsx", "new.xlsx", "out.xlsx"}


@pytest.mark.parametrize("name", ["old.xlsx", "new.xlsx"])
def test_an_output_that_is_an_edition_is_refused(editions: Editions, name: str) -> None:
    before = (editions.folder / name).read_bytes()

    status = editions.compare("-o", str(editions.folder / name))

    assert status == 2
    assert "one of the files to be read" in editions.capsys.readouterr().err
    assert (editions.folder / name).read_bytes() == before


def test_an_edition_that_is_not_there_is_refused(editions: Editions) -> None:
    editions.new.unlink()

    assert editions.compare("-o", str(editions.out)) == 2
    assert "new.xlsx cannot be read" in editions.capsys.readouterr().err
    assert editions.files() == {"old.xlsx"}


def test_names_are_printed_short_and_without_control_characters(editions: Editions) -> None:
    editions.new.write_bytes(workbook_of(Block("\u202eFan " + "x" * 5_000, "Fans", "Nos", 5)))

    editions.compare()

    told = editions.capsys.readouterr().out
    assert "\u202e" not in told
    assert max(len(line) for line in told.splitlines()) < 300
