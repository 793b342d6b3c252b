"""How much a workbook may hold: what this program can read in a worker's time and memory, told with the figures."""

from dataclasses import dataclass
from typing import Any

from openpyxl.utils import get_column_letter

from estimate_core.workbook.formula.references import MAX_COLUMN, MAX_ROW
from estimate_core.workbook.reading.intake import refusal
from estimate_core.workbook.reading.sheet_part import SheetPart

MAX_SHEETS = 1_000
MAX_CELLS = 1_000_000
MAX_ROWS = 200_000
MAX_TEXTS = 500_000
MAX_MERGED = 300_000
MAX_MARKUP = 6_000_000
"""Tags of the table of texts."""
MAX_FORMULAS = 400_000
MAX_TRANSLATED = 40_000_000
"""Characters of the formulas that are written out of shared ones."""
MAX_CHARACTERS = 40_000_000
"""Characters of the texts and formulas of all cells."""
MAX_TEXT = 32_767
"""Characters that a cell of Excel holds."""


@dataclass
class Counts:
    """What the sheets read so far hold together."""

    sheets: int = 0
    cells: int = 0
    formulas: int = 0
    translated: int = 0
    characters: int = 0

    def add(self, name: str, part: SheetPart) -> None:
        """Count one more sheet; NotASchedule where a limit is passed."""
        self.sheets += 1
        self.cells += part.cells
        self.formulas += part.formulas
        self.translated += part.translated
        where = f"The sheet \u201c{name}\u201d"
        mend = "Delete the sheets that the schedule does not need"
        refuse_above(MAX_SHEETS, self.sheets, "The workbook has more than {most} sheets", mend)
        mend = "Delete what stands far below the schedule, and rows that are only formatted"
        refuse_above(MAX_ROWS, part.rows, where + " has {found} rows down to its last value", mend, name)
        down_to = f"down to the sheet \u201c{name}\u201d"
        mend = "Delete rows and columns that are only formatted, or split the schedule"
        refuse_above(MAX_CELLS, self.cells, f"The workbook has {{found}} cells {down_to}", mend, name)
        mend = "Split the schedule into several workbooks"
        refuse_above(MAX_FORMULAS, self.formulas, f"The workbook has {{found}} formulas {down_to}", mend, name)
        mend = "Undo the merges that reach over whole rows or columns"
        refuse_above(MAX_MERGED, part.merged, where + " merges {found} cells", mend, name)
        mend = "Write shorter formulas"
        refuse_above(MAX_TRANSLATED, self.translated, "The workbook has formulas of {found} characters", mend, name)

    def add_cells(self, ws: Any) -> None:
        """Count a sheet's texts; NotASchedule where they are too long, ValueError for a cell beyond the sheet."""
        for (row, col), cell in ws._cells.items():
            if not (0 < row <= MAX_ROW and 0 < col <= MAX_COLUMN):
                raise ValueError(f"row {row}, column {col}")
            value = cell._value
            if value is not None and isinstance(value, str | list):
                length = len(str(value))
                self.characters += length
                if length > MAX_TEXT and cell.data_type != "f":
                    place = f"{get_column_letter(col)}{row} of the sheet \u201c{ws.title}\u201d"
                    sentence = f"The cell {place} has {{found}} characters"
                    refuse_above(MAX_TEXT, length, sentence, "Shorten its text", ws.title)
        mend = "Split the schedule into several workbooks"
        sentence = "The workbook has texts and formulas of {found} characters or more"
        refuse_above(MAX_CHARACTERS, self.characters, sentence, mend, ws.title)


def refuse_above(most: int, found: int, sentence: str, mend: str, sheet: str = "") -> None:
    """NotASchedule where more was found than may be; both figures are told."""
    if found > most:
        told = sentence.replace("{found}", f"{found:,}").replace("{most}", f"{most:,}")
        raise refusal("too-large", f"{told}; the limit is {most:,}.", f"{mend}, and upload it again.", sheet)
