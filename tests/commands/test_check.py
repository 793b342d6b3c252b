"""`check`: its exit status, its sentences, its JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from estimate_core.__main__ import main
from estimate_core.commands import check as check_command
from estimate_core.domain.errors import NotASchedule
from estimate_core.domain.finding import Finding
from tests.conftest import CABLE, FAN, LIGHT_POINT, UNPRICED, Block, workbook_of

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def schedule(tmp_path: Path) -> Path:
    """A schedule of three items that can all be used."""
    path = tmp_path / "small.xlsx"
    path.write_bytes(workbook_of(LIGHT_POINT, FAN, CABLE))
    return path


def as_json(path: Path, capsys: Captured) -> tuple[int, dict[str, Any]]:
    status = main(["check", str(path), "--json"])
    told = capsys.readouterr()
    assert told.err == ""
    return status, json.loads(told.out)


@pytest.mark.parametrize("name", ["electrical.xlsx", "civil.xlsx"])
def test_a_sample_can_be_used_and_nothing_is_found(name: str, capsys: Captured) -> None:
    status, told = as_json(SAMPLES / name, capsys)

    assert (status, told["errors"], told["warnings"]) == (0, 0, 0)
    assert told["usable_items"] == told["items"] > 40


def test_a_schedule_without_errors_is_usable(schedule: Path, capsys: Captured) -> None:
    status = main(["check", str(schedule)])

    told = capsys.readouterr()
    assert (status, told.err) == (0, "")
    assert told.out.splitlines()[-1].startswith("3 of 3 items can be used; 0 errors, ")


def test_an_item_without_a_rate_is_told_with_its_place_and_how_to_mend_it(schedule: Path, capsys: Captured) -> None:
    schedule.write_bytes(workbook_of(LIGHT_POINT, UNPRICED))

    status = main(["check", str(schedule)])

    lines = capsys.readouterr().out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("error: Master Datas "))
    assert status == 1
    assert "Antique chandelier" in lines[at] and lines[at + 1].startswith("    ")
    assert lines[-1].startswith("1 of 2 items can be used; 1 error, ")


def test_a_schedule_without_one_usable_item_cannot_be_used(schedule: Path, capsys: Captured) -> None:
    schedule.write_bytes(workbook_of(UNPRICED))

    status = main(["check", str(schedule)])

    told = capsys.readouterr()
    assert status == 2
    assert told.out.splitlines()[-1].startswith("0 of 1 item can be used; 1 error, ")
    assert told.err.startswith(f"{schedule}: The schedule cannot be used: none of its items has a rate.")


@pytest.mark.parametrize(
    "content", [b"", b"item,quantity\n", b"PK\x03\x04 and no more", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
)
def test_a_file_that_is_no_schedule_cannot_be_used(schedule: Path, capsys: Captured, content: bytes) -> None:
    schedule.write_bytes(content)

    status = main(["check", str(schedule)])

    told = capsys.readouterr()
    assert (status, told.out) == (2, "")
    assert told.err.startswith(f"{schedule}: ") and len(told.err.splitlines()) == 1


def test_the_findings_of_a_file_that_is_no_schedule_are_told(
    schedule: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    near_miss = Finding(
        "error", "near-miss", "Master Datas", 4, "K4", "The cell is red\x1b[31m.", "Give it yellow fill."
    )

    def refused(path: Path) -> None:
        raise NotASchedule("No heading was found.", (near_miss,))

    monkeypatch.setattr(check_command, "read_book", refused)

    status = main(["check", str(schedule)])
    told = capsys.readouterr()
    in_json = as_json(schedule, capsys)

    assert (status, told.err) == (2, "No heading was found.\n")
    assert told.out.splitlines()[:2] == ["error: Master Datas K4: The cell is red [31m.", "    Give it yellow fill."]
    assert in_json[0] == 2
    assert in_json[1]["findings"] == [vars(near_miss)]


def test_a_file_that_is_not_there_cannot_be_used(tmp_path: Path, capsys: Captured) -> None:
    assert main(["check", str(tmp_path / "absent.xlsx")]) == 2
    assert "absent.xlsx cannot be read" in capsys.readouterr().err


def test_json_tells_all_of_a_schedule_that_can_be_used(schedule: Path, capsys: Captured) -> None:
    schedule.write_bytes(workbook_of(LIGHT_POINT, UNPRICED))

    status, told = as_json(schedule, capsys)

    error = next(finding for finding in told["findings"] if finding["severity"] == "error")
    assert status == 1
    assert (told["file"], told["usable"], told["problem"]) == (str(schedule), True, None)
    assert (told["items"], told["usable_items"], told["errors"]) == (2, 1, 1)
    assert set(error) == {"severity", "kind", "sheet", "row", "cell", "sentence", "mend"}


@pytest.mark.parametrize(("content", "kinds"), [(None, []), (b"no workbook", ["not-a-workbook"])])
def test_json_tells_the_problem_of_one_that_cannot(
    schedule: Path, capsys: Captured, content: bytes | None, kinds: list[str]
) -> None:
    if content is None:
        schedule.unlink()
    else:
        schedule.write_bytes(content)

    status, told = as_json(schedule, capsys)

    assert status == 2
    assert (told["usable"], told["items"], told["usable_items"]) == (False, 0, 0)
    assert [finding["kind"] for finding in told["findings"]] == kinds
    assert str(schedule) in told["problem"]


def test_names_in_any_script_are_printed(schedule: Path, capsys: Captured) -> None:
    name = "\u0c35\u0c48\u0c30\u0c3f\u0c02\u0c17\u0c4d \U0001f600"
    schedule.write_bytes(workbook_of(LIGHT_POINT, Block(name, "Points", "Pts", None)))

    main(["check", str(schedule)])

    assert name in capsys.readouterr().out
