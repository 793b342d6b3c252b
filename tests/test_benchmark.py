"""The benchmark measures what it says; how long anything takes is never asserted."""

import io
import json
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest

from benchmarks.build import SAMPLES, build, deflate, make_lines, unpacked
from estimate_core.workbook.mould import cut_mould
from estimate_core.workbook.reader import read_schedule

ROOT = Path(__file__).resolve().parent.parent


def run(*options: str) -> str:
    """What the benchmark prints for a tiny run."""
    command = [sys.executable, "-m", "benchmarks.build", "--lines", "1", "3", "--repeat", "1", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120).stdout


def test_json_is_a_list_with_an_object_for_each_count() -> None:
    rows = json.loads(run("--json"))

    assert [row["lines"] for row in rows] == [1, 3]
    for row in rows:
        assert list(row) == ["lines", "seconds", "floor_seconds", "ratio", "bytes", "peak_mb"]
        assert all(isinstance(value, int | float) and value > 0 for value in row.values())


def test_the_table_has_a_title_and_a_row_for_each_count() -> None:
    title, *rows = run().splitlines()

    assert title.split() == ["lines", "seconds", "floor_seconds", "ratio", "bytes", "peak_mb"]
    assert [row.split()[0] for row in rows] == ["1", "3"]


@pytest.mark.parametrize("sample", ["electrical", "civil"])
def test_items_are_repeated_for_as_many_lines_as_asked(sample: str) -> None:
    with (SAMPLES / f"{sample}.xlsx").open("rb") as stream:
        book = read_schedule(stream)
    schedule, mould = book.schedule, cut_mould(book)
    lines = make_lines(schedule, 100)

    workbook = build(schedule, mould, lines)

    sheet = openpyxl.load_workbook(io.BytesIO(workbook), data_only=True)["Estimate"]
    assert [sheet.cell(3 + place, 1).value for place in (1, 100)] == [1, 100]
    assert len({line.row for line in lines}) < 100 < len({line.quantity for line in lines}) + 2
    assert build(schedule, mould, lines) == workbook


def test_the_floor_deflates_every_part_as_the_zip_file_does() -> None:
    with zipfile.ZipFile(SAMPLES / "civil.xlsx") as archive:
        sizes = [entry.file_size for entry in archive.infolist()]
    contents = unpacked((SAMPLES / "civil.xlsx").read_bytes())

    packed = deflate(contents)

    assert [len(content) for content in contents] == sizes
    assert packed == sum(len(zlib.compress(content, 6)) - 6 for content in contents)


def test_the_pdf_is_timed_beside_the_workbook_of_the_same_lines() -> None:
    command = [sys.executable, "-m", "benchmarks.pdf", "--lines", "1", "30", "--repeat", "1"]

    title, *rows = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    ).stdout.splitlines()

    assert title.split() == ["lines", "pdf", "workbook", "ratio", "first", "bytes"]
    assert [row.split()[0] for row in rows] == ["1", "30"]
    assert all(float(figure) > 0 for row in rows for figure in row.split())
