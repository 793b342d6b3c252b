"""Random formulas over a small grid, of kinds in which Excel and LibreOffice agree."""

import random
from collections.abc import Callable

from estimate_core.workbook.formula.calculator import Content, Formula

# Left out, because the two differ and we follow Excel:
# - TRUE and FALSE in ranges, and compared with numbers or text (LibreOffice keeps booleans as numbers);
# - 0^0 (1 there), 0^-1 (#NUM! there), odd roots of negatives (real there), MROUND of unequal signs (rounded there);
# - COUNT of booleans and of text typed into it (TRUE is a number there), SUM and others of a missing argument;
# - text with `%` or commas as a number (#VALUE! there), numbers of more than 15 digits joined to text;
# - an empty cell that is looked for (0 in Excel, nothing there);
# - SUMPRODUCT over errors that meet text (ignored there);
# - TEXT of a half percent (1.005 is 100% there), since 15 digits count in Excel;
# - ROUNDUP and ROUNDDOWN of what is left when large numbers cancel (rarely: fewer than 15 digits count there).

ROWS, COLUMNS = 8, 4
TEXTS = ["Cement", "sand", "Steel bar", "CEMENT", "x"]


def grid(rng: random.Random) -> dict[tuple[int, int], Content]:
    """A grid A1:D8 of numbers, text, numbers kept as text, empty cells and an error now and then."""
    cells: dict[tuple[int, int], Content] = {}
    for row in range(1, ROWS + 1):
        for column in range(1, COLUMNS + 1):
            draw = rng.random()
            if draw < 0.70:
                cells[row, column] = _plain_number(rng)
            elif draw < 0.78:
                cells[row, column] = rng.choice(TEXTS)
            elif draw < 0.84:
                cells[row, column] = str(rng.randint(1, 99))
            elif draw < 0.92 and column == COLUMNS:  # not where SUMPRODUCT reads: see above
                cells[row, column] = Formula("1/0")
    return cells


def table() -> dict[tuple[int, int], Content]:
    """A rising table of rates for look-ups, A1:C6 of the sheet Basic Rates; D1:D6 falls."""
    cells: dict[tuple[int, int], Content] = {}
    for row, name in enumerate(["Bricks", "Cement", "Metal", "Sand", "Steel", "Water"], start=1):
        cells[row, 1], cells[row, 2], cells[row, 3] = float(row * 10), name, row * 101.25
        cells[row, 4] = 65.0 - 10 * row
    return cells


def _plain_number(rng: random.Random) -> float:
    kinds: list[Callable[[], float]] = [
        lambda: float(rng.randint(-20, 200)),
        lambda: round(rng.uniform(-50, 5000), 2),
        lambda: rng.randint(1, 4000) / 8,  # halves: what rounds away from zero
        lambda: round(rng.uniform(0, 1), 3) + 0.005,
    ]
    return rng.choice(kinds)()


class Writer:
    """Writes random formulas; `depth` bounds how far they nest."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def formula(self) -> str:
        kind = self.rng.choices([self.number, self.text, self.truth], [8, 1, 2])[0]
        return kind(self.rng.randint(1, 4))

    def cell(self) -> str:
        dollars = self.rng.choice(["", "", "$"]), self.rng.choice(["", "", "$"])
        sheet = self.rng.choice(["", "", "", "Grid!", "'Grid'!"])
        return f"{sheet}{dollars[0]}{self.rng.choice('ABCD')}{dollars[1]}{self.rng.randint(1, ROWS)}"

    def area(self) -> str:
        columns, rows = sorted(self.rng.choices("ABCD", k=2)), sorted(self.rng.choices(range(1, ROWS + 1), k=2))
        if self.rng.random() < 0.1:
            return f"Grid!{columns[0]}:{columns[1]}"
        return f"Grid!{columns[0]}{rows[0]}:{columns[1]}{rows[1]}"

    def literal(self) -> str:
        return self.rng.choice(["0", "1", "2", "3", "7", "10", "0.5", "2.5", "1.005", "0.10615", "100", "12.345"])

    def number(self, depth: int) -> str:
        if depth <= 0:
            return self.rng.choices([self.cell, self.literal], [3, 2])[0]()
        down = depth - 1
        return self.rng.choice(
            [
                lambda: f"{self.number(down)}{self.rng.choice('+-*/')}{self.number(down)}",
                lambda: f"({self.number(down)} {self.rng.choice('+-*/')} {self.number(down)})",
                lambda: f"{self.rng.choice(['-', '+', '--'])}{self.number(down)}",
                lambda: f"({self.number(down)}){self.rng.choice(['%', '%', '%%'])}",
                lambda: f"-{self.literal()}%^2",
                lambda: f"{self.rng.randint(1, 4)}^{self.rng.randint(1, 3)}^{self.rng.randint(1, 2)}",
                lambda: f"IF({self.truth(down)},{self.rng.choice(['', self.number(down)])},{self.number(down)})",
                lambda: f"IF({self.truth(down)},{self.number(down)},)",
                lambda: f"SUM({self.area()},{self.number(down)}%,{self.cell()})",
                lambda: f"{self.literal()}^{self.rng.choice(['2', '3', '0.5', '2%'])}",
                lambda: f"{self.rng.randint(1, 9)}^-{self.rng.randint(1, 3)}",
                lambda: f"-{self.literal()}^2",
                lambda: self.rounding(down),
                lambda: self.aggregate(down),
                lambda: f"IF({self.truth(down)},{self.number(down)},{self.number(down)})",
                lambda: f"IFERROR({self.number(down)},{self.number(down)})",
                lambda: self.lookup(down),
                lambda: f"ABS({self.number(down)})",
                lambda: f"SQRT({self.number(down)})",
                lambda: f"POWER({self.literal()},{self.rng.choice(['2', '0.5', '3'])})",
                lambda: f'"{self.rng.choice(["2", "3.5", "x", " 7 "])}"*{self.number(down)}',
            ]
        )()

    def rounding(self, down: int) -> str:
        places = self.rng.choice(["0", "1", "2", "-1", "3", "-2", "2.9", "-1.5", ""])
        name = self.rng.choice(["ROUND", "ROUND", "ROUNDUP", "ROUNDDOWN", "TRUNC"])
        multiple = self.rng.choice(["1", "5", "0.5", "10"])
        step = self.rng.choice([multiple, "-2", "0"])
        return self.rng.choice(
            [
                f"{name}({self.number(down)},{places})",
                f"INT({self.number(down)})",
                f"MROUND(ABS({self.number(down)}),{multiple})",
                f"{self.rng.choice(['CEILING', 'FLOOR'])}({self.number(down)},{step})",
                f"{self.rng.choice(['CEILING', 'FLOOR'])}(-ABS({self.number(down)}),{self.rng.choice(['-0.5', '2'])})",
                f"MROUND(-ABS({self.number(down)}),-{multiple})",
                f"MOD({self.number(down)},{self.rng.choice(['3', '7', '0.5', '-4', '0'])})",
            ]
        )

    def aggregate(self, down: int) -> str:
        name = self.rng.choice(["SUM", "SUM", "SUM", "PRODUCT", "MIN", "MAX", "AVERAGE", "COUNT", "COUNTA"])
        parts = [self.rng.choice([self.area, self.area, lambda: self.number(down)])() for _ in range(2)]
        return f"{name}({','.join(parts[: self.rng.randint(1, 2)])})"

    def lookup(self, down: int) -> str:
        rates, key = "'Basic Rates'!$A$1:$C$6", self.rng.choice(["10", "30", "35", "5", "70", self.number(down)])
        first, last = sorted(self.rng.choices(range(1, ROWS + 1), k=2))
        test = self.rng.choice(
            ['">10"', '"<=50"', '"<>x"', '"Cement"', "0", '"s*"', '"=x"', '"*e*"', '"?and"', '">="&', '"<>"&', '"<>s*"']
            + ['">b"', '"="', '"<>"', '""', '"Steel~*"', self.literal()]
        )
        test += self.literal() if test.endswith("&") else ""
        return self.rng.choice(
            [
                lambda: f"VLOOKUP({key},{rates},{self.rng.choice(['1', '3', '4'])},{self.rng.choice(['TRUE', '0'])})",
                lambda: (
                    f'VLOOKUP("{self.rng.choice(["sand", "Steel", "zinc", "c*"])}",' + "'Basic Rates'!B1:C6,2,FALSE)"
                ),
                lambda: f"HLOOKUP(10,{rates},{self.rng.choice(['1', '2', '3', '7'])},FALSE)",
                lambda: f"MATCH({key},'Basic Rates'!A1:A6,{self.rng.choice(['0', '1'])})",
                lambda: f"MATCH({key}+0,'Basic Rates'!D1:D6,-1)",
                lambda: f"MATCH(\"{self.rng.choice(['s*', '?and', 'STEEL', 'x*'])}\",'Basic Rates'!$B:$B,0)",
                lambda: f"VLOOKUP({key},'Basic Rates'!$A:$C,{self.rng.choice(['1', '3'])})",
                lambda: f"HLOOKUP({self.rng.choice(['10', '9'])},{rates},{self.rng.choice(['1', '3'])})",
                lambda: f"SUM(INDEX({rates},{self.rng.choice(['0', '2', '6'])},{self.rng.choice(['0', '1', '3'])}))",
                lambda: f"INDEX('Basic Rates'!C1:C6,{self.rng.randint(1, 6)})",
                lambda: f"INDEX({rates},MATCH({key},'Basic Rates'!A:A,0),3)",
                lambda: f"INDEX({rates},{self.rng.randint(1, 7)},{self.rng.choice(['1', '3'])})",
                lambda: f"SUMIF(Grid!A{first}:A{last},{test},Grid!B{first}:B{last})",
                lambda: f"SUMIF({self.area()},{test})",
                lambda: f"SUMPRODUCT(Grid!A{first}:B{last},Grid!B{first}:C{last})",
            ]
        )()

    def text(self, depth: int) -> str:
        number = self.rng.choice(["2", "2.5", "1000", "-3", "0.1+0.2", "1/4", "12345678.25"])
        form = self.rng.choice(["0", "0.00", "#,##0.00", "0.0%", "0.000", "#,##0", "0.0%", "General"])
        return self.rng.choice(
            [
                lambda: f'"{self.rng.choice(TEXTS)}"',
                lambda: f'{number}&" {self.rng.choice(TEXTS)}"',
                lambda: f'CONCATENATE("Rs ",{number},"/-")',
                lambda: f'TEXT({number},"{form}")',
                lambda: f'TEXT({self.number(depth - 1)},"{form}")',
                lambda: f'"say ""{self.rng.choice(TEXTS)}"""&ROUND({self.number(depth - 1)},{self.rng.choice("012")})',
                lambda: f'{self.cell()}&""',
                lambda: f"IF({self.truth(depth - 1)},{self.text(depth - 1)},{self.text(depth - 1)})",
            ]
        )()

    def truth(self, depth: int) -> str:
        sign = self.rng.choice(["=", "<>", "<", ">", "<=", ">="])
        if depth <= 0:
            return f"({self.literal()}{sign}{self.literal()})"
        return self.rng.choice(
            [
                lambda: f"({self.number(depth - 1)}{sign}{self.number(depth - 1)})",
                lambda: f'("{self.rng.choice(TEXTS)}"{sign}"{self.rng.choice(TEXTS)}")',
                lambda: f"{self.rng.choice(['AND', 'OR'])}({self.truth(depth - 1)},{self.truth(depth - 1)})",
                lambda: f"NOT({self.truth(depth - 1)})",
                lambda: f"({self.text(depth - 1)}{sign}{self.number(depth - 1)})",
                lambda: f"({self.cell()}{sign}{self.cell()})",
                lambda: f'({self.cell()}{sign}"")',
            ]
        )()
