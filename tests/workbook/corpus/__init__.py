"""A corpus of small schedules, each made by a function: one for each rule of reading, and for each finding."""

from tests.workbook.corpus import amounts, faults, formulas, headings, items, reading, references, refusals
from tests.workbook.corpus.case import CASES, Case, Expected

__all__ = ["CASES", "Case", "Expected", "amounts", "faults", "formulas", "headings", "items", "reading"]
__all__ += ["references", "refusals"]
