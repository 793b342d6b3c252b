"""Workbooks are, part by part, what they were; `tests.workbook.golden` tells how to keep them anew."""

import pytest

from tests.workbook.golden import CASES, FOLDER, file_of, kept, parts_of


@pytest.mark.parametrize("name", CASES)
def test_a_workbook_is_what_is_kept_of_it(name: str) -> None:
    parts = parts_of(name)

    known = kept(name)

    assert [*parts] == [*known]
    assert [path for path in parts if parts[path].splitlines() != known[path].splitlines()] == []


def test_no_kept_workbook_is_without_its_case() -> None:
    assert {*FOLDER.glob("*.txt")} == {*map(file_of, CASES)}
