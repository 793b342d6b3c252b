"""Whole formulas by hand-known results; what cannot be computed and why."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimate_core.domain.formula_values import ExcelError, Value
from estimate_core.workbook.formula.calculator import Calculator, CannotCompute, Content, Formula, Grids
from estimate_core.workbook.formula.references import Reference, split_formula
from tests.workbook.random_formulas import Writer, grid, table

SHEET = "Master Datas"
Cells = dict[tuple[int, int], Content]


def calculate(
    text: str,
    cells: Cells | None = None,
    sheets: dict[str, Cells] | None = None,
    names: dict[str, str] | None = None,
) -> Value:
    """The value of a formula in Z99 of a sheet with the given cells, beside other sheets."""
    here: Cells = {**(cells or {}), (99, 26): Formula(text)}
    return Calculator(Grids({SHEET: here, **(sheets or {})}, names or {})).value(SHEET, 99, 26)


def refusal(
    text: str,
    cells: Cells | None = None,
    sheets: dict[str, Cells] | None = None,
    names: dict[str, str] | None = None,
) -> str:
    with pytest.raises(CannotCompute) as caught:
        calculate(text, cells, sheets, names)
    return caught.value.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1+2*3", 7.0),
        ("(1+2)*3", 9.0),
        ("-2^2", 4.0),
        ("0-2^2", -4.0),
        ("2^3^2", 64.0),
        ("2^-1", 0.5),
        ("2^-2%", 2**-0.02),
        ("50%%", 0.005),
        ("-5%", -0.05),
        ("--3", 3.0),
        ("2*-3", -6.0),
        ("10-3-2", 5.0),
        ("100/10/2", 5.0),
        ("1&2+3", "15"),
        ("1&2=12", False),
        ('1&2="12"', True),
        ("1<2=TRUE", True),
        ("1.5E-3*1000", 1.5),
        ("5.+.5", 5.5),
        ('"a""b"', 'a"b'),
        ('"2"*3', 6.0),
        ('SUM("2",3)', 5.0),
        ('"x"*3', ExcelError.VALUE),
        ("1/0", ExcelError.DIV0),
        ("#N/A", ExcelError.NA),
        ("SUM(1,#DIV/0!)", ExcelError.DIV0),
        ("10^400", ExcelError.NUM),
        ("  1 +\n 2 ", 3.0),
        ("_xlfn.CONCATENATE(1,2)", "12"),
        ("sum(1,2)+Round(2.5,0)", 6.0),
        ("ROUND(2.5,)", 3.0),
        ("PI()-PI()", 0.0),
        ("+TRUE", True),
        ("TRUE()+true", 2.0),
        ("0.1+0.2=0.3", True),
        ("0.1+0.2-0.3", 0.0),
        ("SUM({1,2;3,-4})", 2.0),
        ("INDEX({1,2;3,4},2,1)", 3.0),
        ("SUM(INDEX({1,2;3,4},0,2))", 6.0),
        ("MATCH(4,{5,3,1},-1)", 1.0),
        ("ROUNDUP(-2.1,0)", -3.0),
        ("ROUNDDOWN(-2.9,0)", -2.0),
        ("TRUNC(-2.987,2)", -2.98),
        ("INT(-2.5)", -3.0),
        ("MOD(-7,3)", 2.0),
        ("MOD(7,-3)", -2.0),
        ("MOD(7,0)", ExcelError.DIV0),
        ("MROUND(7.5,5)", 10.0),
        ("MROUND(-7,-5)", -5.0),
        ("MROUND(7,-5)", ExcelError.NUM),
        ("CEILING(2.1,0.5)", 2.5),
        ("CEILING(-2.5,1)", -2.0),
        ("CEILING(-2.5,-1)", -3.0),
        ("CEILING(2.5,-1)", ExcelError.NUM),
        ("FLOOR(2.9,0.5)", 2.5),
        ("FLOOR(-2.5,1)", -3.0),
        ("FLOOR(5,0)", ExcelError.DIV0),
        ("SQRT(-1)", ExcelError.NUM),
        ("POWER(2,10)", 1024.0),
        ('CONCATENATE("Rs ",1/4,TRUE)', "Rs 0.25TRUE"),
    ],
)
def test_expressions_give_what_excel_gives(text: str, expected: Value) -> None:
    result = calculate(text)

    assert result == pytest.approx(expected, rel=1e-15) if isinstance(expected, float) else result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IF(1,2,3)", 2.0),
        ("IF(0,2,3)", 3.0),
        ("IF(0,2)", False),
        ("IF(1,)", 0.0),
        ("IF(0,1,)", 0.0),
        ("IF(1,,3)", 0.0),
        ('IF("x",1,2)', ExcelError.VALUE),
        ("IF(1/0,1,2)", ExcelError.DIV0),
        ("IF(TRUE,1,1/0)", 1.0),
        ("IFERROR(1/0,5)", 5.0),
        ("IFERROR(4,1/0)", 4.0),
        ("IFERROR(1/0,SQRT(-1))", ExcelError.NUM),
        ("IF(1,IF(0,1,IFERROR(1/0,7)),9)+1", 8.0),
        ("1+IF(0,1,2)*IF(1,3,4)", 7.0),
        ("IF(1,2,A1:A9)", 2.0),
        ("SUM(IF(1,A1:A2,0),1)", 1.0),
        ("IF(AND(1,NOT(FALSE)),OR(0,0),1)", False),
    ],
)
def test_conditions_take_one_branch_only(text: str, expected: Value) -> None:
    result = calculate(text)

    assert result == expected
    assert type(result) is type(expected)


def test_a_rate_analysis_computes_as_departments_write_it() -> None:
    cells: Cells = {
        (5, 5): 2.0,
        (5, 7): "1",
        (5, 9): Formula("0.067*2"),
        (5, 10): Formula("SUM(E5*I5/G5)"),
        (6, 5): "3",
        (6, 7): 10.0,
        (6, 9): 775.0,
        (6, 10): Formula("E6*I6/G6"),
        (7, 10): Formula("SUM(J5:J6)"),
        (8, 10): Formula("(J7)*0.10615"),
        (9, 10): Formula("J7*40%"),
        (10, 10): Formula("ROUND(SUM(J7:$J$9),0)"),
    }

    calculator = Calculator(Grids({SHEET: cells}))

    amounts = [calculator.value(SHEET, row, 10) for row in range(5, 11)]
    assert amounts[:3] == pytest.approx([0.268, 232.5, 232.768])
    assert amounts[3:5] == pytest.approx([24.7083232, 93.1072])
    assert amounts[5] == 351


def test_text_counts_in_products_and_not_in_sums_over_ranges() -> None:
    cells: Cells = {(1, 1): "2", (2, 1): 3.0, (3, 1): True}

    assert calculate("A1*A2", cells) == 6
    assert calculate("SUM(A1:A3)", cells) == 3
    assert calculate("SUM(A1,A2)", cells) == 3
    assert calculate("A1+A3", cells) == 3


def test_a_reference_to_an_empty_cell_is_zero() -> None:
    assert calculate("A1") == 0
    assert calculate('A1=""') is True
    assert calculate('A1&"x"') == "x"


def test_cells_without_a_formula_give_what_they_hold() -> None:
    calculator = Calculator(Grids({SHEET: {(1, 1): "=text", (1, 2): ExcelError.NA, (1, 3): 5}}))

    values = [calculator.value(SHEET, 1, column) for column in (1, 2, 3, 4)]

    assert values == ["=text", ExcelError.NA, 5.0, None]
    assert type(values[2]) is float


def test_other_sheets_are_found_whatever_their_case() -> None:
    rates: dict[str, Cells] = {"Basic Rates": {(4, 2): 5.5, (5, 2): Formula("B4*2")}, "It's": {(1, 1): 1.0}}

    assert calculate("'BASIC rates'!$B$5+'it''s'!A1", sheets=rates) == 12
    assert calculate("'master datas'!A1", {(1, 1): 3.0}) == 3


def test_whole_columns_and_rows_are_clipped_to_the_used_cells() -> None:
    rates: dict[str, Cells] = {"R": {(1, 1): 1.0, (5, 1): 2.0, (5, 3): 4.0}}

    assert calculate("SUM(R!A:A)+SUM(R!5:5)+SUM(R!A1:XFD1048576)", sheets=rates) == 3 + 6 + 7
    assert calculate("INDEX(R!A:A,4000)+COUNTA(R!A:XFD)", sheets=rates) == 3
    assert calculate("SUM(R!C3:A1)", sheets=rates) == 1


def test_a_whole_column_of_one_cell_is_no_single_value() -> None:
    assert "several cells" in refusal("R!A:A*2", sheets={"R": {(1, 1): 1.0}})


def test_defined_names_stand_for_cells_constants_and_formulas() -> None:
    rates: dict[str, Cells] = {"Rates": {(1, 1): 100.0, (2, 1): Formula("A1*2")}}
    names = {"cement": "Rates!$A$2", "labour": "0.4", "both": "Cement*(1+LABOUR)", "all": "Rates!$A$1:$A$2"}

    assert calculate("CEMENT", sheets=rates, names=names) == 200
    assert calculate("Both+Labour", sheets=rates, names=names) == pytest.approx(280.4)
    assert calculate("SUM(All)", sheets=rates, names=names) == 300


def test_a_name_of_the_sheet_goes_before_one_of_the_workbook() -> None:
    names = {"rate": "1", "master datas!rate": "2", "other!rate": "3"}
    sheets: dict[str, Cells] = {"Other": {}}

    assert calculate("Rate", sheets=sheets, names=names) == 2
    assert calculate("Other!Rate", sheets=sheets, names=names) == 3
    assert calculate("SUM(Rate,Rate)", names={"rate": "1"}) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[1]lead!B4", "it refers to another workbook ([1]lead!B4)"),
        ("'[B.xlsx]S 1'!A1*2", "it refers to another workbook ('[B.xlsx]S 1'!A1)"),
        ("[1]!Cement", "it refers to another workbook ([1]!Cement)"),
        ("Gone!A1", "it refers to the sheet Gone, which is not in the workbook"),
        ("Gone!Rate", "it refers to the sheet Gone, which is not in the workbook"),
        ("A1+#REF!", "it refers to cells that were deleted (#REF!)"),
        ("Gone!#REF!", "it refers to cells that were deleted (#REF!)"),
        ("OFFSET(A1,1,0)", "it uses the function OFFSET, which is not supported"),
        ("_xlfn.XLOOKUP(1,A1,A2)", "it uses the function XLOOKUP, which is not supported"),
        ("NoSuchName*2", "it uses the name NoSuchName, which is not in the workbook"),
        ("A1:A3*2", "it uses several cells where one value is needed"),
        ("A1:A3", "it uses several cells where one value is needed"),
        ("ROUND(1)", "it gives ROUND 1 values, which is not the right number"),
        ("IF(1,2,3,4)", "it gives IF 4 values, which is not the right number"),
        ("Table1[Rate]", "it has Table1[Rate], which is not a reference that can be read"),
        ('"1/2/2024"+1', 'it reckons with the text "1/2/2024", which may be a date, a time or money'),
        ("Z99+1", "it refers to itself through 'Master Datas'!Z99 -> 'Master Datas'!Z99"),
        ("SUM(Z:Z)", "it refers to itself through 'Master Datas'!Z99 -> 'Master Datas'!Z99"),
    ],
)
def test_what_cannot_be_computed_says_why(text: str, reason: str) -> None:
    assert refusal(text) == reason


@pytest.mark.parametrize("name", ["NOW", "TODAY", "RAND", "INDIRECT", "ROW", "COLUMN", "CELL", "ROWS", "SUBTOTAL"])
def test_functions_of_place_and_time_are_not_supported(name: str) -> None:
    assert refusal(f"{name}()") == f"it uses the function {name}, which is not supported"


@pytest.mark.parametrize(
    "text",
    ["", "1+", "*2", "(1", "1)", "()", "SUM(1,", "SUM(1+)", "1 2", "(1;2)", "SUM(1;2)", "%", "1%2", "=1", "<>"]
    + ["1=<2", "SUM", '"a', "#BAD!", "+", "((1)", "1,2", "{1,2", "{A1}", "{1;2,3}", "{}", "{1+2}", "{-TRUE}", "{{1}}"],
)
def test_malformed_formulas_are_refused_with_a_reason(text: str) -> None:
    assert refusal(text).startswith("it ")


def test_a_name_with_a_relative_reference_is_refused() -> None:
    assert "another cell in each place" in refusal("Left", names={"left": "'Master Datas'!Y99"})


def test_names_that_stand_for_one_another_are_refused() -> None:
    assert "too many other names" in refusal("a_", names={"a_": "b_", "b_": "a_+1"})


def test_names_that_double_one_another_take_no_time() -> None:
    names = {f"n_{level}": f"n_{level + 1}+n_{level + 1}" for level in range(15)} | {"n_15": "1"}

    result = calculate("n_0+n_0", names=names)

    assert result == 2**16


def test_a_cell_that_needs_an_uncomputable_one_names_it() -> None:
    cells: Cells = {(1, 1): Formula("OFFSET(B1,1,1)"), (2, 1): Formula("A1*2"), (3, 1): Formula("SUM(A2:B2)")}

    reason = refusal("A3+1", cells)

    assert reason == (
        "it needs 'Master Datas'!A1, which cannot be computed: it uses the function OFFSET, which is not supported"
    )


def test_every_cell_of_a_circle_is_told_and_what_leads_into_it() -> None:
    cells: Cells = {
        (1, 1): Formula("A2"),
        (2, 1): Formula("A3+B3"),
        (3, 1): Formula("A1"),
        (3, 2): 1.0,
        (4, 1): Formula("A2*2"),
        (5, 1): Formula("B3*2"),
    }
    calculator = Calculator(Grids({"S": cells}))
    reasons = {}

    for row in range(1, 5):
        with pytest.raises(CannotCompute) as caught:
            calculator.value("S", row, 1)
        reasons[row] = caught.value.reason

    assert reasons[1] == "it refers to itself through S!A1 -> S!A2 -> S!A3 -> S!A1"
    assert reasons[3] == "it refers to itself through S!A3 -> S!A1 -> S!A2 -> S!A3"
    assert reasons[4].startswith("it needs S!A2, which cannot be computed: it refers to itself through S!A2")
    assert calculator.value("S", 5, 1) == 2


def test_two_circles_that_share_a_cell_leave_nothing_undecided() -> None:
    cells: Cells = {(1, 1): Formula("B1+C1"), (1, 2): Formula("A1"), (1, 3): Formula("A1+D1"), (1, 4): Formula("C1")}
    calculator = Calculator(Grids({"S": cells}))

    for column in (1, 2, 3, 4):
        with pytest.raises(CannotCompute):
            calculator.value("S", 1, column)


def test_errors_are_values_and_not_refusals() -> None:
    cells: Cells = {(1, 1): Formula("1/0"), (2, 1): Formula("A1+1")}

    assert calculate("A2", cells) is ExcelError.DIV0
    assert calculate("IFERROR(A2,7)", cells) == 7
    assert calculate("COUNT(A1:A2)", cells) == 0


def test_a_chain_of_twenty_thousand_cells_is_computed() -> None:
    cells: Cells = {(row, 1): Formula(f"A{row - 1}+1") for row in range(2, 20_001)}
    cells[1, 1] = 1.0

    result = Calculator(Grids({"S": cells})).value("S", 20_000, 1)

    assert result == 20_000


def test_a_circle_of_twenty_thousand_cells_is_found() -> None:
    cells: Cells = {(row, 1): Formula(f"A{row - 1 or 20_000}+1") for row in range(1, 20_001)}

    with pytest.raises(CannotCompute, match=r"it refers to itself through .* -> \.\.\. -> "):
        Calculator(Grids({"S": cells})).value("S", 20_000, 1)


@pytest.mark.parametrize(("before", "after"), [("(", ")"), ("SUM(", ")"), ("IF(1,", ",2)"), ("IFERROR(1/0,-", ")")])
def test_deep_nesting_is_computed_up_to_a_limit_and_refused_beyond(before: str, after: str) -> None:
    assert calculate(before * 250 + "1" + after * 250) in (1, -1)

    assert refusal(before * 251 + "1" + after * 251) == "it is nested too deeply"


def test_long_formulas_are_computed_up_to_excels_limit() -> None:
    assert calculate("+".join(["1"] * 4096)) == 4096
    assert calculate("-" * 8000 + "1") == 1
    assert calculate("1" + "%" * 100 + "*0") == 0
    assert "longer than 8192" in refusal("+".join(["1"] * 4097))


def test_a_large_area_read_by_many_formulas_is_read_once() -> None:
    cells: Cells = {(row, 1): Formula(f"{row}*1") for row in range(1, 3001)}
    cells.update({(row, 2): Formula(f"A{row}/SUM(A:A)") for row in range(1, 1001)})
    calculator = Calculator(Grids({"S": cells}))

    shares = [calculator.value("S", row, 2) for row in range(1, 1001)]

    assert shares[-1] == 1000 / (3000 * 3001 / 2)


@pytest.fixture
def little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of 20,000 cells that the formulas of a workbook may look at."""
    monkeypatch.setattr("estimate_core.workbook.formula.calculator._MOST_READ", 20_000)


COLUMN: Cells = {(row, col): float(row) for row in range(1, 1001) for col in (1, 2)}


def last_value(formula: str, count: int = 1000, cells: Cells = COLUMN) -> Value:
    """Compute `count` formulas beside the cells, with {} for their row, and give the value of the last."""
    calculator = Calculator(
        Grids({"S": cells | {(row, 5): Formula(formula.format(row)) for row in range(1, count + 1)}})
    )
    return [calculator.value("S", row, 5) for row in range(1, count + 1)][-1]


TOO_MUCH = "the formulas of the workbook read more cells in all than can be computed"


@pytest.mark.usefixtures("little_work")
@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("SUM(A:A)+{}", 501_500.0),
        ("VLOOKUP({},A:B,2,FALSE)", 1000.0),
        ("VLOOKUP({}.5,A:B,2)", 1000.0),
        ('HLOOKUP(1,A1:B1000,{})&""', "1000"),
        ("INDEX(B:B,MATCH({},A:A,0))", 1000.0),
        ("INDEX(A:B,{},2)", 1000.0),
    ],
)
def test_large_ranges_that_formulas_share_are_read_and_searched_once(formula: str, expected: Value) -> None:
    assert last_value(formula) == expected


def test_running_totals_read_each_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "estimate_core.workbook.formula.calculator._MOST_READ", 510_000
    )  # the additions alone are 500,500

    assert last_value("SUM(A$1:A{})") == 500_500


@pytest.mark.usefixtures("little_work")
@pytest.mark.parametrize("formula", ["SUM(A{}:A2000)", 'SUMIF(A:A,">{}",B:B)', 'MATCH("*{}",A:A,0)', "SUM(A$1:A{})"])
def test_what_would_take_too_long_is_told(formula: str) -> None:
    with pytest.raises(CannotCompute) as caught:
        last_value(formula)

    assert caught.value.reason == TOO_MUCH


@pytest.mark.usefixtures("little_work")
def test_what_took_too_long_leaves_small_formulas_alone() -> None:
    cells = COLUMN | {(row, 5): Formula(f"SUM(A{row}:A1000)") for row in range(1, 101)} | {(1, 6): Formula("A1+A2")}
    calculator = Calculator(Grids({"S": cells}))
    with pytest.raises(CannotCompute):
        [calculator.value("S", row, 5) for row in range(1, 101)]

    result = calculator.value("S", 1, 6)

    assert result == 3
    assert calculator.value("S", 1, 5) == 500_500


@pytest.mark.usefixtures("little_work")
def test_many_long_formulas_are_told() -> None:
    with pytest.raises(CannotCompute) as caught:
        last_value("+".join(["1"] * 1000) + "+{}", 3)

    assert caught.value.reason == TOO_MUCH


def test_totals_that_add_up_all_totals_above_are_computed() -> None:
    cells: Cells = {(row, 1): Formula(f"SUM(A$1:A{row - 1})*0.5") for row in range(2, 1501)} | {(1, 1): 1.0}
    calculator = Calculator(Grids({"S": cells}))

    result = calculator.value("S", 1500, 1)

    assert result == pytest.approx(0.5 * 1.5**1498)


def test_each_cell_of_a_long_chain_that_needs_a_circle_fails() -> None:
    cells: Cells = {(row, 1): Formula(f"A{row + 1}+B{row}") for row in range(1, 5000)}
    cells |= {(row, 2): Formula("A1") for row in range(1, 5000)} | {(5000, 1): 1.0}
    calculator = Calculator(Grids({"S": cells}))
    reasons = []

    for row in (1, 2, 4999):
        with pytest.raises(CannotCompute) as caught:
            calculator.value("S", row, 1)
        reasons.append(caught.value.reason)

    assert all("it refers to itself through" in reason for reason in reasons)


def test_text_that_doubles_in_every_row_ends_in_an_error() -> None:
    cells: Cells = {(row, 1): Formula(f"A{row - 1}&A{row - 1}") for row in range(2, 61)} | {(1, 1): "xy"}
    calculator = Calculator(Grids({"S": cells}))

    values = [calculator.value("S", row, 1) for row in (14, 15, 16, 60)]

    assert values == ["xy" * 2**13, *[ExcelError.VALUE] * 3]


@given(st.text(alphabet="A1$:!'\"[]#{}(),;%&+-*/^<>=. eSUMIFROND", max_size=30), st.integers(0, 10**6), st.data())
def test_any_text_is_computed_or_refused_and_never_fails(noise: str, seed: int, data: st.DataObject) -> None:
    rng = random.Random(seed)
    formula = Writer(rng).formula()
    cut = data.draw(st.integers(0, len(formula)))
    sheets: dict[str, Cells] = {"Grid": grid(rng), "Basic Rates": table()}

    for text in (noise, formula[:cut], formula[:cut] + noise + formula[cut:]):
        try:
            result = calculate(text, sheets["Grid"], sheets)
        except CannotCompute as refused:
            assert refused.reason.startswith("it ")
            continue

        assert isinstance(result, float | str | bool | ExcelError)
        assert not isinstance(result, float) or math.isfinite(result)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INT(A1/0.01)", ExcelError.NUM),
        ("A1*10", ExcelError.NUM),
        ("SUM(A1,A1)", ExcelError.NUM),
        ("AVERAGE(A1,A1)", ExcelError.NUM),
        ("PRODUCT(A1,A1)", ExcelError.NUM),
        ("SUMPRODUCT(A1:A2,A1:A2)", ExcelError.NUM),
        ("SUMIF(A1:A2,1E+308,A1:A2)", ExcelError.NUM),
        ("MOD(A1,0.1)", ExcelError.NUM),
        ("MROUND(A1,0.1)", ExcelError.NUM),
        ("CEILING(A1,0.1)", ExcelError.NUM),
        ("POWER(A1,2)", ExcelError.NUM),
        ("ROUND(A1*1.7,-308)", ExcelError.NUM),
        ("A3+1", ExcelError.NUM),
        ("INT(1E-300)", 0.0),
        ("ROUND(1E-300,2)", 0.0),
    ],
)
def test_overflow_is_a_number_error(text: str, expected: Value) -> None:
    cells: Cells = {(1, 1): 1e308, (2, 1): 1e308, (3, 1): math.inf}

    assert calculate(text, cells) == expected


def test_precedents_are_the_references_in_order() -> None:
    parts = split_formula("SUM($E$5:I8)*'Basic Rates'!B4+Cement")
    found = [part for part in parts if isinstance(part, Reference)]

    assert [ref.text for ref in found] == ["$E$5:I8", "'Basic Rates'!B4", "Cement"]
