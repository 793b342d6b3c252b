"""What an office and a cover say, as typed."""

import pytest

from estimate_core.domain.errors import BadInput
from estimate_core.domain.office import Cover, Office, clean_cover, clean_office


def test_an_office_is_cleaned_line_by_line() -> None:
    office = clean_office("  Roads &\n Buildings ", ["Checked by \n\n A.E.E. ", "", " \n "])

    assert office == Office("Roads & Buildings", ("Checked by\nA.E.E.",))


def test_an_office_may_have_no_signatures() -> None:
    assert clean_office("", []) == Office("", ())


@pytest.mark.parametrize(
    ("department", "signatures", "sentence"),
    [
        ("x" * 301, [], "department has 301 characters"),
        ("", ["by"] * 7, "7 signature blocks"),
        ("", ["a\nb\nc\nd"], "has 4 lines"),
        ("", ["x" * 301], "301 characters"),
    ],
)
def test_an_office_that_does_not_fit_is_refused(department: str, signatures: list[str], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        clean_office(department, signatures)


def test_a_cover_is_cleaned_and_limited() -> None:
    assert clean_cover(False, " 2059 \x00", "W-1\n", "Medak") == Cover(False, "2059", "W-1", "Medak")
    with pytest.raises(BadInput, match="place has 301 characters"):
        clean_cover(True, "", "", "x" * 301)
