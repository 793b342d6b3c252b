"""References as Excel writes them: read, split out of formulas, quoted and written at other rows."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimate_core.workbook.formula import references as split
from estimate_core.workbook.formula.references import (
    Piece,
    Reference,
    UnreadableFormula,
    quote_sheet,
    read_pieces,
    read_reference,
    reference_parts,
    split_formula,
)


def references(text: str) -> list[Reference]:
    return [part for part in split_formula(text) if isinstance(part, Reference)]


def joined(text: str) -> str:
    return "".join(part.text if isinstance(part, Reference) else part for part in split_formula(text))


@pytest.mark.parametrize(
    ("text", "corners", "absolute"),
    [
        ("J5", (5, 10, 5, 10), (False, False, False, False)),
        ("$J5", (5, 10, 5, 10), (False, True, False, True)),
        ("j$5", (5, 10, 5, 10), (True, False, True, False)),
        ("XFD1048576", (1048576, 16384, 1048576, 16384), (False, False, False, False)),
        ("$E$5:I8", (5, 5, 8, 9), (True, True, False, False)),
        ("J:J", (None, 10, None, 10), (False, False, False, False)),
        ("$A:C", (None, 1, None, 3), (False, True, False, False)),
        ("5:$7", (5, None, 7, None), (False, False, True, False)),
    ],
)
def test_a_reference_is_read_with_its_corners_and_dollars(
    text: str, corners: tuple[int | None, ...], absolute: tuple[bool, ...]
) -> None:
    ref = read_reference(text)

    assert (ref.first_row, ref.first_col, ref.last_row, ref.last_col) == corners
    flags = (ref.first_row_absolute, ref.first_col_absolute, ref.last_row_absolute, ref.last_col_absolute)
    assert flags == absolute
    assert (ref.book, ref.sheet, ref.name, ref.text) == (None, None, None, text)


@pytest.mark.parametrize(
    ("text", "kind", "book", "sheet", "name"),
    [
        ("J5", "cell", None, None, None),
        ("A1:A1", "area", None, None, None),
        ("J:J", "columns", None, None, None),
        ("5:7", "rows", None, None, None),
        ("Basic_Rates!B4", "cell", None, "Basic_Rates", None),
        ("'Basic Rates'!$B$4:B9", "area", None, "Basic Rates", None),
        ("'It''s ok'!J:J", "columns", None, "It's ok", None),
        ("Sheet1!A1:Sheet1!B2", "area", None, "Sheet1", None),
        ("'Sheet 1'!A1:'Sheet 1'!B2", "area", None, "Sheet 1", None),
        ("రేట్లు!A1", "cell", None, "రేట్లు", None),
        ("[1]lead!B4", "cell", "1", "lead", None),
        ("'[Book.xlsx]Sheet 1'!A1", "cell", "Book.xlsx", "Sheet 1", None),
        ("'C:\\rates\\[Book.xlsx]Sheet1'!A1", "cell", "C:\\rates\\[Book.xlsx]", "Sheet1", None),
        ("'C:\\rates\\Book.xlsx'!Cement", "name", "C:\\rates\\Book.xlsx", None, "Cement"),
        ("[1]!Cement", "name", "1", None, "Cement"),
        ("Cement_Rate", "name", None, None, "Cement_Rate"),
        ("Rates!Cement", "name", None, "Rates", "Cement"),
        ("XFE1", "name", None, None, "XFE1"),
        ("A1048577", "name", None, None, "A1048577"),
        ("R.2024", "name", None, None, "R.2024"),
        ("A౧", "name", None, None, "A౧"),
        ("#REF!", "error", None, None, None),
        ("Sheet1!#REF!", "error", None, "Sheet1", None),
        ("'Basic Rates'!#REF!", "error", None, "Basic Rates", None),
        ("#REF!$A$1:B2", "error", None, None, None),
    ],
)
def test_each_kind_of_reference_is_told_apart(
    text: str, kind: str, book: str | None, sheet: str | None, name: str | None
) -> None:
    found = references(f"1+{text}*2")

    assert [ref.text for ref in found] == [text]
    assert (found[0].kind, found[0].book, found[0].sheet, found[0].name) == (kind, book, sheet, name)
    assert found[0].is_external == (book is not None)


@pytest.mark.parametrize(
    "text",
    [
        "Table1[Rate]",
        "SUM(Table1[[#All],[Rate]])",
        "[@Rate]",
        "SUM(A1:B3 B2:C5)",
        "SUM(A1:B3\nB2)",
        "SUM((A1,B2))",
        "A1,B2",
        "Sheet1:Sheet3!A1",
        "SUM('Sheet1:Sheet3'!A1)",
        "A1#",
        "@A1:A5",
        "A1:INDEX(A1:A9,3)",
        "INDEX(A1:A9,3):A5",
        "A1:Rate",
        "A1:B",
        "A:5",
        "A1:B2:C3",
        "Sheet1!A1:Sheet2!B2",
        "A1:#REF!",
        "SUM(A1",
        "A1)",
        '"open',
        "'open!A1",
        "{1,2",
        "A1 B1",
        "2 2",
        "(A1)(B1)",
        "1_000",
        "cmd|'/c calc'!A0",
        "[1]!Rate(2)",
    ],
)
def test_what_cannot_be_moved_safely_is_refused(text: str) -> None:
    with pytest.raises(UnreadableFormula) as caught:
        split_formula(text)

    assert caught.value.reason.startswith("it ")


@pytest.mark.parametrize(
    "text",
    [
        "SUM(E5*I5/G5)",
        "  SUM( J5:J8 ,  2 )   + 1",
        'IF(A1="J5 ""x""","J6",\'A1\'!B2)',
        "SUM({1,2;3,4})*A1",
        "ROUND(J23,0)%",
        "true+FALSE()",
        "1.5E-3*A1",
        "nan+inf*Infinity",
        "_xlfn.CONCAT(A1)\n+2",
        "-(+A1)^-2",
        "",
    ],
)
def test_a_split_formula_joins_to_itself(text: str) -> None:
    assert joined(text) == text


def test_text_and_logical_words_are_not_references() -> None:
    found = references('IF(true,"A1",nan)')

    assert [(ref.kind, ref.text) for ref in found] == [("name", "nan")]


def test_a_formula_longer_than_excel_allows_is_refused() -> None:
    with pytest.raises(UnreadableFormula, match="8192"):
        split_formula("1+" * 5000 + "1")


SHEETS = st.sampled_from(["", "Sheet1!", "'Basic Rates'!", "'It''s'!", "[1]lead!", "'[B.xlsx]S 1'!", "'5'!"])
DOLLAR = st.sampled_from(["", "$"])
CELLS = st.builds("{}{}{}{}".format, DOLLAR, st.sampled_from(["A", "j", "AB", "XFD"]), DOLLAR, st.integers(1, 1048576))
COLUMNS = st.builds("{}{}:{}C".format, DOLLAR, st.sampled_from(["A", "b"]), DOLLAR)
ROWS = st.builds("{}{}:{}900".format, DOLLAR, st.integers(1, 900), DOLLAR)
NAMES = st.sampled_from(["Rate", "cement_rate", "\\x", "రేటు", "R.1"])
REFERENCES = st.builds(
    "{}{}".format, SHEETS, st.one_of(CELLS, st.builds("{}:{}".format, CELLS, CELLS), COLUMNS, ROWS, NAMES)
)
OPERANDS = st.one_of(
    REFERENCES,
    REFERENCES,
    st.sampled_from(["1", "2.5", "1E+5", '"a ""b"" A1"', "TRUE", "#N/A", "{1,2;3,4}", "#REF!"]),
)
SPACES = st.sampled_from(["", "", " ", "  ", " \n "])


def _wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from(["+", "-", "*", "/", "^", "&", "=", "<>", "<=", ">="])
    return st.one_of(
        st.builds("{}{}{}{}{}".format, inner, SPACES, signs, SPACES, inner),
        st.builds("{}({}{}{})".format, st.sampled_from(["", "SUM", "_xlfn.MAX"]), SPACES, inner, SPACES),
        st.builds("IF({},{}{},{})".format, inner, SPACES, inner, inner),
        st.builds("-{}".format, inner),
        st.builds("{}%".format, inner),
    )


FORMULAS = st.recursive(OPERANDS, _wider, max_leaves=12)


@given(FORMULAS)
def test_any_formula_joins_to_itself_after_the_split(text: str) -> None:
    assert joined(text) == text


@given(st.text(alphabet="A1$:!'\"[]#(){},;%&+-*/^<>= \n\tReféౠ.", max_size=40))
def test_any_text_is_split_exactly_or_refused(text: str) -> None:
    try:
        result = joined(text)
    except UnreadableFormula:
        return

    assert result == text


@given(REFERENCES)
def test_the_parts_of_a_reference_join_to_it(text: str) -> None:
    parts = reference_parts(read_reference(text))

    assert "".join(map(str, parts)).casefold() == text.casefold()


@pytest.mark.parametrize(
    ("text", "prefix", "parts"),
    [
        ("$E$5:I8", "", ["$E$", 5, ":I", 8]),
        ("$E$5:I8", "'Basic Rates'!", ["'Basic Rates'!$E$", 5, ":I", 8]),
        ("Old!J5", "New!", ["New!J", 5]),
        ("Old!J5", "", ["J", 5]),
        ("Old!J5", None, ["Old!J", 5]),
        ("Sheet1!A1:Sheet1!B2", "Out!", ["Out!A", 1, ":B", 2]),
        ("J:$K", "Out!", ["Out!J:$K"]),
        ("5:$7", "", [5, ":$", 7]),
        ("$5:7", "Out!", ["Out!$", 5, ":", 7]),
        ("Rates!Cement", "", ["Cement"]),
        ("Rates!#REF!", None, ["Rates!#REF!"]),
    ],
)
def test_a_reference_is_taken_apart_at_its_rows(text: str, prefix: str | None, parts: list[str | int]) -> None:
    assert reference_parts(read_reference(text), prefix) == parts


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("Sheet1", "Sheet1"),
        ("Output", "Output"),
        ("Master_Datas", "Master_Datas"),
        ("Basic Rates", "'Basic Rates'"),
        ("It's", "'It''s'"),
        ("2024", "'2024'"),
        ("24-25", "'24-25'"),
        ("A1", "'A1'"),
        ("R1C1", "'R1C1'"),
        ("RC", "'RC'"),
        ("r", "'r'"),
        ("c2", "'c2'"),
        ("true", "'true'"),
        ("రేట్లు", "'రేట్లు'"),
    ],
)
def test_a_sheet_name_is_quoted_where_excel_may_need_it(name: str, quoted: str) -> None:
    assert quote_sheet(name) == quoted


@given(st.text(alphabet=st.characters(exclude_characters="[]:\\/?*\x00", exclude_categories=["Cs", "Cc"]), min_size=1))
def test_a_quoted_sheet_name_is_read_back(name: str) -> None:
    ref = references(f"1+{quote_sheet(name)}!B4")[0]

    assert (ref.sheet, ref.first_row) == (name, 4)


PIECES_OF_FORMULAS = (
    *("A", "J11", "$B$7", "A5", "b6", "B1048577", "XFE9", "A0", "A007", "A99999999", "AB1C", "R1C1", "RATE1", "_x1"),
    *(
        ".A5",
        "\u0c24A5",
        "1E5",
        "1E+5",
        "2.5E-3",
        "1",
        "22",
        ".",
        "LOG10(",
        "SUM(",
        ")",
        "(",
        '"',
        "'",
        "'x A5'!",
        "x!",
    ),
    *("[1]y!", "#REF!", "#N/A", "A1:B9", "A:A", "1:5", "TRUE", "%", "+", "-", "^", "&", ",", ";", " ", "{", "}", "!"),
    *("$", ":", "\n"),
)


def split_or_reason(read: Callable[[str], tuple[Piece, ...]], text: str) -> tuple[Piece, ...] | str:
    try:
        return read(text)
    except UnreadableFormula as problem:
        return problem.reason


@given(st.lists(st.sampled_from(PIECES_OF_FORMULAS), min_size=1, max_size=8).map("".join))
@settings(max_examples=500, deadline=None)
def test_a_formula_split_by_its_shape_is_split_as_by_itself(text: str) -> None:
    assert split_or_reason(read_pieces, text) == split_or_reason(split._read_pieces, text)
