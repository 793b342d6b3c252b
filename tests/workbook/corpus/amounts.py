"""Schedules about amounts: what multiplies out in its own way, and what does not."""

from tests.workbook.corpus.case import Expected, one, schedule, several, walls, warning
from tests.workbook.schedules import block, small_schedule

_WALL = Expected(5, "Wall")


@schedule(_WALL, told=[warning("amount-differs", "J9")])
def an_amount_that_is_not_quantity_by_rate() -> bytes:
    return one(I9=90, J9="=E9*I9/G9+20")


@schedule(_WALL, told=[warning("amount-differs", "J9")])
def an_amount_that_forgets_the_per() -> bytes:
    return one(G9=10, J9="=E9*I9")


@schedule(Expected(5, "Wall", "220"))
def amounts_per_1000_in_column_h() -> bytes:
    return one({"E9": 500, "G9": None, "H9": "1000 Nos", "I9": 400, "J9": "=E9*I9/1000"})


@schedule(Expected(5, "Wall", "220"))
def amounts_per_100_in_words_and_in_numbers() -> bytes:
    return one({"E9": 50, "G9": "100 kg", "H9": None, "I9": 400, "J9": "=E9*I9/100"})


@schedule(Expected(5, "Wall", "221"))
def amounts_rounded_to_the_rupee_and_to_tens() -> bytes:
    return one(E9=2.01, I9=99.99, J9="=ROUND(E9*I9/G9,0)", J10="=MROUND(J9*10%,10)", J11="=J9+J10")


@schedule(Expected(5, "Wall", "221.1"))
def amounts_in_percent_of_a_rate() -> bytes:
    cells = block(5, "Wall") | {"D10": "Sundries", "E10": 10.55, "F10": "%", "I10": "=J9", "J10": "=E10*I10/100"}
    return small_schedule(cells, ["D5"])


@schedule(Expected(5, "Wall", "150"))
def amounts_that_are_deducted() -> bytes:
    cells = block(5, "Wall") | {"D10": "Deduct old bricks", "E10": 1, "F10": "No", "G10": 1, "I10": 50}
    return small_schedule(cells | {"J10": "=-E10*I10/G10", "J11": "=SUM(J9:J10)"}, ["D5"])


@schedule(Expected(5, "Wall", "700"))
def amounts_that_are_lump_sums_and_leads() -> bytes:
    cells = block(5, "Wall") | {"D10": "Lead charges", "J10": 150, "D11": "Scaffolding", "E11": "LS", "J11": 350}
    return small_schedule(cells | {"D12": "Rate for 1 No", "J12": "=SUM(J9:J11)"}, ["D5"])


@schedule(Expected(5, "Wall", "232"), told=[warning("amount-missing", "J10")])
def a_component_without_an_amount() -> bytes:
    cells = block(5, "Wall") | {"D10": "Helper", "E10": 1, "G10": 1, "I10": 50, "J10": None, "J11": "=SUM(J9:J10)+32"}
    return small_schedule(cells, ["D5"])


@schedule(Expected(5, "Wall", "200"), told=[warning("component-without-rate", "I10")])
def a_component_whose_rate_is_missing() -> bytes:
    cells = block(5, "Wall") | {"D10": "Helper", "E10": 1, "G10": 1, "J10": "=E10*I10/G10"}
    return small_schedule(cells, ["D5"])


@schedule(Expected(5, "Wall", "200"), told=[warning("component-without-rate", "I10")])
def a_component_whose_rate_is_taken_from_an_empty_cell() -> bytes:
    cells = block(5, "Wall") | {"D10": "Helper", "E10": 1, "G10": 1, "I10": "=Rates!B9", "J10": "=E10*I10/G10"}
    return small_schedule(cells, ["D5"], sheets={"Rates": {"B4": 1}})


@schedule(_WALL, told=[warning("amount-not-counted", "J10")])
def a_component_that_the_sum_leaves_out() -> bytes:
    cells = dict(block(5, "Wall"))
    for row, rate in ((9, 100), (10, 30), (8, 20)):
        cells |= {
            f"D{row}": f"Worker {row}",
            f"E{row}": 1,
            f"G{row}": 1,
            f"I{row}": rate,
            f"J{row}": f"=E{row}*I{row}/G{row}",
        }
    return small_schedule(cells | {"J11": "=SUM(J8:J9)+100"}, ["D5"])


@schedule(_WALL, told=[warning("amount-not-counted", "J12")])
def an_addition_that_the_rate_leaves_out() -> bytes:
    total = {"D11": "Total", "D12": "Add for cess @ 1 %", "J12": "=J11*1%", "D13": "Rate for 1 No", "J13": "=J11"}
    return one(total)


@schedule(Expected(5, "Wall", "420"), told=[warning("formula-overwritten", "J10")])
def an_amount_typed_among_formulas() -> bytes:
    cells = dict(block(5, "Wall"))
    for row in (8, 9, 10):
        cells |= {
            f"D{row}": f"Worker {row}",
            f"E{row}": 1,
            f"G{row}": 1,
            f"I{row}": 140,
            f"J{row}": f"=E{row}*I{row}/G{row}",
        }
    return small_schedule(cells | {"J10": 140, "J11": "=SUM(J8:J10)"}, ["D5"])


@schedule(*walls(6, w3="230"), told=[warning("formula-overwritten", "J41")])
def a_rate_typed_where_the_others_have_formulas() -> bytes:
    return several(6, lambda number, row: {f"J{row + 6}": 230} if number == 3 else {})


@schedule(*(Expected(5 + 10 * n, f"Wall {n}", "500") for n in range(6)))
def rates_that_are_all_typed() -> bytes:
    return several(
        6, lambda number, row: {f"J{row + 4}": None, f"E{row + 4}": None, f"J{row + 5}": None, f"J{row + 6}": 500}
    )


@schedule(*walls(6, w2="165"), told=[warning("component-rate-differs", "I29")])
def a_component_rate_that_a_revision_left_behind() -> bytes:
    return several(6, lambda number, row: {f"I{row + 4}": 75} if number == 2 else {})


@schedule(*(Expected(5 + 10 * n, f"Wall {n}", str(220 + 22 * (n % 3))) for n in range(6)))
def component_rates_that_differ_from_block_to_block() -> bytes:
    return several(6, lambda number, row: {f"I{row + 4}": 100 + 10 * (number % 3)})


@schedule(*walls(6, w4="230"), told=[warning("overhead-differs", "J50")])
def overheads_that_differ_in_one_block() -> bytes:
    return several(
        6, lambda n, row: {f"D{row + 5}": "Overheads @ 15 %", f"J{row + 5}": f"=J{row + 4}*0.15"} if n == 4 else {}
    )


@schedule(
    *walls(6, w4="227.23"), told=[warning("overhead-differs", "J50"), warning("percent-contradicts-label", "J50")]
)
def overheads_written_in_six_ways() -> bytes:
    ways = ["=(J{0})*0.10", "=J{0}*10%", "=J{0}*10/100", "=J{0}*$K$1", "=J{0}*13.615%", "=J{0}*$K$2/100"]

    def change(number: int, row: int) -> dict[str, object]:
        return {f"J{row + 5}": ways[number].format(row + 4), "K1": 0.1, "K2": 10}

    return several(6, change)


@schedule(_WALL, told=[warning("percent-contradicts-label", "J10")])
def a_percentage_that_is_not_that_of_its_label() -> bytes:
    return one(D10="Add area allowance @ 20 %")


@schedule(Expected(5, "Wall", "240"))
def a_percentage_in_the_column_of_quantities() -> bytes:
    return one(D10="Overheads @ 20 %", E10=20, F10="%", J10="=J9*E10/100")


@schedule(Expected(5, "Wall", "370"))
def lump_sums_that_are_typed_by_habit() -> bytes:
    cells = dict(block(5, "Wall"))
    for row, text in ((8, "Mason"), (9, "Helper"), (10, "Sundries")):
        cells |= {f"D{row}": text, f"E{row}": 1, f"G{row}": 1, f"I{row}": 140, f"J{row}": f"=E{row}*I{row}/G{row}"}
    cells |= {"I10": 50, "J10": 50, "D11": "Tools", "E11": 1, "F11": "L.S.", "I11": 40, "J11": 40}
    return small_schedule(cells | {"D12": "Rate for 1 No", "J12": "=SUM(J8:J11)"}, ["D5"])


@schedule(Expected(5, "Wall", "180"))
def a_percentage_that_is_taken_off() -> bytes:
    return one(D10="Less 10 % for old bricks", J10="=-J9*10%")


@schedule(Expected(5, "Wall", "180"))
def a_percentage_that_leaves_the_rest() -> bytes:
    return one(D10="Less 10 % for old bricks", J10="=J9*0.9", J11="=J10")


@schedule(Expected(5, "Wall", "201"))
def half_a_percent_in_words() -> bytes:
    return one(D10="Add 1/2 % for testing", J10="=J9*0.005")


@schedule(Expected(5, "Wall", "290"))
def a_component_with_a_percentage_in_its_name() -> bytes:
    return one(D10="Aggregate with 40 % voids", J10="=J9*0.45")
