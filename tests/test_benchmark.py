"""The benchmark measures what it says; how long anything takes is never asserted."""

import io
import json
import random
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest

from benchmarks import mutations
from benchmarks.build import SAMPLES, build, deflate, make_lines, unpacked
from benchmarks.mutating import MUTATIONS, base_files, mutated
from benchmarks.read import made_schedule
from estimate_core.workbook.output.mould import cut_mould
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


def test_no_mutated_schedule_crashes_or_hangs_the_reader() -> None:
    command = [sys.executable, "-m", "benchmarks.mutations", "--count", "200", "--seconds-each", "60", "--json"]

    told = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600).stdout)

    assert told["failed"] == []
    assert list(told["counts"]) == [*MUTATIONS, "all"]
    counts = told["counts"]["all"]
    assert counts["read"] + counts["refused"] == 200
    assert min(counts["read"], counts["refused"]) > 20


@pytest.mark.parametrize("kind", MUTATIONS)
def test_a_number_gives_the_same_mutated_file_again(kind: str) -> None:
    first, again = (mutated(base_files()[2], kind, random.Random("1-7")) for _ in range(2))

    assert first == again
    assert first not in base_files()


def test_the_files_that_are_mutated_are_good_schedules() -> None:
    results = [mutations.tried(number, "none", data) for number, data in enumerate(base_files())]

    assert [result.outcome for result in results] == ["read"] * 3


def test_an_exception_that_was_not_made_on_purpose_is_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutations, "read_schedule", lambda stream: 1 // 0)

    result = mutations.tried(7, "elements", b"")

    assert (result.number, result.kind, result.outcome) == (7, "elements", "crashed")
    assert "ZeroDivisionError" in result.detail


def test_reading_is_timed_beside_loading_with_stored_values_and_without() -> None:
    command = [sys.executable, "-m", "benchmarks.read", "--rows", "40", "--repeat", "1", "--json"]

    rows = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120).stdout)

    assert [(row["rows"], row["stored_values"], row["items"], row["findings"]) for row in rows] == [
        (40, True, 2, 0),
        (40, False, 2, 0),
    ]
    assert all(row["seconds"] > 0 and row["load_seconds"] > 0 and row["ratio"] > 0 for row in rows)


def test_the_made_schedule_holds_the_values_that_its_formulas_give() -> None:
    with_values = read_schedule(io.BytesIO(made_schedule(60, True)))

    assert len(with_values.contents.stored) == 3 * 29
    assert with_values.schedule.items == read_schedule(io.BytesIO(made_schedule(60, False))).schedule.items
