"""The cells of a workbook as the calculator takes them, and what it says of a cell that it cannot compute."""

from dataclasses import dataclass, field

from openpyxl.utils.cell import get_column_letter

from estimate_core.domain.formula_values import ExcelError
from estimate_core.workbook.formula.references import quote_sheet


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell's formula, without the leading `=`."""

    text: str


Content = float | str | bool | None | ExcelError | Formula
Cell = tuple[str, int, int]  # sheet as it is spelt in Grids, row, column; 1-based


@dataclass
class Grids:
    """The cells that a calculator reads, and the defined names, lower-cased, with their text without `=`.

    A name that belongs to one sheet stands under f"{sheet.lower()}!{name.lower()}".
    """

    sheets: dict[str, dict[tuple[int, int], Content]]
    names: dict[str, str] = field(default_factory=dict)


class CannotCompute(Exception):
    """A cell that cannot be computed; `reason` is a clause for a person: `it refers to itself ...`.

    `cell` is where it began: another cell where the fault lies in one that was needed.
    """

    def __init__(self, reason: str, cell: Cell | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cell = cell


def describe(cell: Cell) -> str:
    """Name a cell for a person: `'Master Datas'!J5`."""
    return f"{quote_sheet(cell[0])}!{get_column_letter(cell[2])}{cell[1]}"
