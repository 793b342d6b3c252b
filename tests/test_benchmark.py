"""The benchmark measures what it says; how long anything takes is never asserted."""

import io
import json
import random
import re
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest

from benchmarks import mutations
from benchmarks.build import SAMPLES, build, deflate, make_lines, unpacked
from benchmarks.evidence import gather
from benchmarks.mutating import MUTATIONS, base_files, mutated
from benchmarks.orders import open_catalogue, random_order, submit_on_page
from benchmarks.read import made_schedule
from estimate_core.desk import Desk
from estimate_core.domain.people import User
from estimate_core.services.schedules import ScheduleCard
from estimate_core.services.work import run_next
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


def test_guessing_prints_its_figures_and_no_line_of_the_log() -> None:
    command = [sys.executable, "-m", "benchmarks.guessing", "--rounds", "2"]

    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)

    assert printed.stderr == ""
    medians, spread = printed.stdout.splitlines()
    assert re.fullmatch(r"wrong password +[\d.]+ ms +unknown account +[\d.]+ ms +ratio [\d.]+", medians)
    assert re.fullmatch(r"spread of one kind .* [\d.]+ ms, difference of the medians [+-][\d.]+ ms", spread)


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


def test_chaos_leaves_each_job_completed_once() -> None:
    command = [sys.executable, "-m", "benchmarks.chaos", "--json", "--jobs", "12", "--people", "4"]
    command += ["--workers", "2", "--kills", "4", "--app-kills", "1"]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)

    told = json.loads(ended.stdout)
    assert (told["asked"], told["completed"], told["files_whole"]) == (12, 12, 12)
    assert (told["killed"], told["app_killed"]) == (4, 1)
    assert {told[name] for name in ("refused", "failed", "stuck", "lost", "double", "files_without_a_row")} == {0}
    assert ended.returncode == 0


def test_evidence_tells_a_job_that_is_lost_double_or_not_what_was_ordered(
    desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    catalogue = open_catalogue(desk, user, schedule)
    orders = {}
    for number in range(3):
        order = random_order(random.Random(number), catalogue, f"order {number}", 3)
        orders[submit_on_page(desk, user, catalogue, order)] = (user.organisation, order)
        run_next(desk, "here/1")
    whole = gather(desk, orders, [])
    right, wrong, double = orders

    with desk.open_db() as db:
        columns = "job, organisation, filename, file_type, size, sha256, created"
        db.execute(f"INSERT INTO outputs (id, {columns}) SELECT 'x', {columns} FROM outputs WHERE job = ?", [double])
    told = gather(desk, {**orders, wrong: orders[right], "absent": orders[right]}, ["refused: why"])

    assert (whole.is_good, whole.asked, whole.files_whole) == (True, 3, 3)
    assert (told.is_good, told.asked, told.files_whole) == (False, 5, 1)
    assert (told.lost, told.double, told.refused) == (1, 1, 1)
    assert any(line.startswith(f"{wrong}: the lines are not those") for line in told.wrong)


def test_the_load_tells_what_crowds_meet() -> None:
    command = [sys.executable, "-m", "benchmarks.load", "--json", "--people", "1", "3", "--jobs", "3", "--idle", "1"]

    told = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300).stdout)

    assert [load["people"] for load in told["loads"]] == [1, 3]
    assert told["pick_up"]["count"] == 1
    for load in told["loads"]:
        assert (load["submit"]["count"], load["ready"]["count"]) == (3, 3)
        assert 0 < load["submit"]["p50"] <= load["submit"]["p99"]
        assert 0 < load["ready"]["p50"] <= load["ready"]["p99"]
