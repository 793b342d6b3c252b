"""Schedules whose formulas refer to everything that formulas may refer to."""

from collections.abc import Mapping

from tests.workbook.corpus.case import Expected, one, schedule, warning
from tests.workbook.packages import with_part
from tests.workbook.schedules import Cells, block, small_schedule

_WALL = Expected(5, "Wall")
_RATES: Mapping[str, Cells] = {"Rates": {"A4": "Mason", "B4": 100, "A5": "Mate", "B5": 50, "C4": "=B4*2"}}


def _wall(sheets: Mapping[str, Cells] = _RATES, names: Mapping[str, str] | None = None, **cells: object) -> bytes:
    return small_schedule(block(5, "Wall") | cells, ["D5"], sheets=sheets, names=names)


@schedule(_WALL, Expected(20, "Floor"))
def absolute_and_mixed_references_within_the_block() -> bytes:
    cells = block(5, "Wall", J9="=$E$9*$I9/G$9", J11="=SUM($J$9:J10)")
    cells |= block(20, "Floor", J24="=$E$24*$I24/G$24", J26="=SUM(J$24:$J25)")
    return small_schedule(cells, ["D5", "D20"])


@schedule(_WALL)
def its_own_sheet_by_name() -> bytes:
    return _wall(J10="='Master Datas'!J9*10%", J11="=SUM('master datas'!$J$9:$J$10)")


@schedule(_WALL, Expected(20, "Floor", "484"), Expected(35, "Roof", "1064.8"))
def another_block_and_the_block_that_it_needs() -> bytes:
    cells = block(5, "Wall") | block(20, "Floor", I24="=J11") | block(35, "Roof", I39="=$J$26")
    return small_schedule(cells, ["D5", "D20", "D35"])


@schedule(Expected(5, "Wall", "484"), Expected(20, "Floor", "220"))
def a_block_further_down() -> bytes:
    return small_schedule(block(5, "Wall", I9="=J26") | block(20, "Floor"), ["D5", "D20"])


@schedule(_WALL, Expected(20, "Floor", "660"))
def a_range_of_another_block() -> bytes:
    return small_schedule(block(5, "Wall") | block(20, "Floor", I24="=SUM(J9:J10)+MAX(E9:G9)*40"), ["D5", "D20"])


@schedule(_WALL)
def rows_before_the_first_heading() -> bytes:
    return _wall(I1=100, I2="=I1*$E$3", E3=1, I9="=$I$2")


@schedule(_WALL, Expected(20, "Floor"))
def the_percentage_of_overheads_in_a_cell_above() -> bytes:
    cells = block(5, "Wall", J10="=J9*$K$1") | block(20, "Floor", J25="=J24*$K$1/1") | {"K1": 0.1}
    return small_schedule(cells, ["D5", "D20"])


@schedule(_WALL)
def another_sheet() -> bytes:
    return _wall(I9="=Rates!B4")


@schedule(_WALL)
def another_sheet_that_needs_another_and_the_first_again() -> bytes:
    sheets = {
        "Rates": {"B4": "='Lead & lift'!C2*2"},
        "Lead & lift": {"C2": "=Basic!A1+E2", "E2": 10},
        "Basic": {"A1": 40},
    }
    return _wall(sheets, I9="=Rates!B4")


@schedule(_WALL, Expected(20, "Floor", "484"))
def another_sheet_that_reads_a_block() -> bytes:
    cells = block(5, "Wall") | block(20, "Floor", I24="=Summary!B2")
    return small_schedule(cells, ["D5", "D20"], sheets={"Summary": {"B2": "='Master Datas'!J11"}})


@schedule(_WALL)
def sheets_whose_names_need_quotation_marks() -> bytes:
    return _wall({"Mason's 2025-26": {"B4": 100}, "J9": {"A1": 0}}, I9="='Mason''s 2025-26'!B4+'J9'!A1")


@schedule(_WALL)
def a_range_and_a_whole_column_of_another_sheet() -> bytes:
    return _wall(I9="=SUM(Rates!B4:B5)-50+0*SUM(Rates!B:B)+0*SUM(Rates!4:4)")


@schedule(_WALL)
def a_whole_column_of_its_own_sheet() -> bytes:
    return _wall(K1=100, I9="=SUM(K:K)")


@schedule(_WALL)
def looked_up_rates() -> bytes:
    cells = {"D9": "Mason", "I9": "=VLOOKUP(D9,Rates!$A$4:$C$5,2,FALSE)"}
    return _wall(**cells)


@schedule(_WALL)
def rates_by_index_and_match() -> bytes:
    return _wall(I9='=IFERROR(INDEX(Rates!$B$4:$B$5,MATCH("mason",Rates!$A$4:$A$5,0)),0)')


@schedule(_WALL)
def sums_that_choose() -> bytes:
    return _wall(I9='=SUMIF(Rates!A4:A5,"Mason",Rates!B4:B5)', J11="=SUMPRODUCT(E9:E9,I9:I9)+J10")


@schedule(_WALL)
def defined_names_of_cells_areas_constants_and_other_names() -> bytes:
    names = {"MasonRate": "Rates!$B$4", "Both": "Rates!$B$4:$B$5", "Share": "0.1", "Twice": "MasonRate*2"}
    return _wall(names=names, I9="=Twice-masonrate+0*SUM(Both)", J10="=J9*Share")


@schedule(_WALL)
def a_defined_name_that_belongs_to_the_sheet() -> bytes:
    own = b'<definedNames><definedName name="Mine" localSheetId="0">Rates!$B$4</definedName></definedNames>'
    data = _wall(names={"Mine": "Rates!$B$5"}, I9="=Mine")
    both = own.replace(b"</definedNames>", b'<definedName name="Mine">Rates!$B$5</definedName></definedNames>')

    def change(xml: bytes) -> bytes:
        head, _, rest = xml.partition(b"<definedNames>")
        return head + both + rest.partition(b"</definedNames>")[2]

    return with_part(data, "xl/workbook.xml", change)


@schedule(_WALL)
def empty_rows_below_the_block() -> bytes:
    return _wall(J11="=SUM(J9:J10)+J13+COUNT(E12:E14)")


@schedule(_WALL)
def percents_and_rounding_of_every_kind() -> bytes:
    return _wall(
        J9="=MROUND(E9*I9/G9,5)",
        J10="=ROUNDUP(J9*10%,0)+INT(0.5)+TRUNC(0.9)+MOD(4,2)+ABS(0)",
        J11="=CEILING(FLOOR(SUM(J9:J10),5),10)",
    )


@schedule(_WALL)
def conditions_and_texts() -> bytes:
    return _wall(
        D9='="Mason "&TEXT(E9,"0.0")&" day"',
        I9='=IF(AND(E9>1,NOT(G9=2)),100,"none")',
        F9='=IF(E9=1,"day","days")',
    )


@schedule(_WALL)
def references_in_any_letter_case_and_with_spaces() -> bytes:
    return _wall(J9="= e9 * i9 / g9 ", J11="=sum( j9:j10 )")


@schedule(Expected(5, "Wall"), Expected(20, "Floor"), told=[warning("range-reaches-over", "J26")])
def a_sum_that_begins_above_its_heading() -> bytes:
    cells = block(5, "Wall") | block(20, "Floor", J26="=SUM(J12:J25)")
    return small_schedule(cells, ["D5", "D20"])


@schedule(Expected(5, "Wall"), Expected(20, "Floor", "440"), told=[warning("range-reaches-over", "J26")])
def a_sum_that_takes_in_the_rate_of_the_block_above() -> bytes:
    cells = block(5, "Wall") | block(20, "Floor", J26="=SUM(J11:J25)")
    return small_schedule(cells, ["D5", "D20"])


@schedule(Expected(5, "Wall"), Expected(20, "Floor"), told=[warning("rate-from-elsewhere", "J26")])
def a_rate_copied_from_another_block() -> bytes:
    return small_schedule(block(5, "Wall") | block(20, "Floor", quantity=3, J26="=ROUND(J11,2)"), ["D5", "D20"])


@schedule(Expected(5, "Wall"), Expected(20, "Floor"))
def a_block_that_only_takes_the_rate_of_another() -> bytes:
    cells = block(5, "Wall") | {
        "D20": "Floor",
        "D21": "Data 2",
        "D22": "As wall.",
        "D23": "Rate for 1 No",
        "J23": "=J11",
    }
    return small_schedule(cells, ["D5", "D20"])


@schedule(_WALL)
def a_formula_of_8000_characters() -> bytes:
    return one(J11="=ROUND(J9+J10" + "+0*J9" * 1300 + ",2)")


@schedule(_WALL)
def a_formula_nested_60_deep() -> bytes:
    return one(J11="=" + "ROUND(" * 60 + "J9+J10" + ",2)" * 60)
