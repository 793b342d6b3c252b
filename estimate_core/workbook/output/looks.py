"""How the cells look that we write ourselves: fonts, borders, number formats, the widths of our sheets' columns."""

from typing import Any, Literal

from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat

from estimate_core.workbook.writing.markup import RUPEES

HEADING_ROW = 3
CHECK_HEADING_ROW = 14
ESTIMATE_WIDTHS = {"A": 6.5, "B": 11.0, "C": 7.5, "D": 56.0, "E": 13.0, "F": 4.5, "G": 7.5, "H": 17.0}
CHECK_WIDTHS = {"A": 6.5, "B": 62.0, "C": 11.0, "D": 17.0, "E": 17.0, "F": 13.0}
COVER_WIDTHS = {"A": 3.0, "B": 22.0, "C": 52.0, "D": 3.0}
COVER_NAME_SIZES = {"cover_name": 16.0, "cover_name_long": 12.0, "cover_name_longest": 10.0}
"""Sizes in points for names of work that are longer and longer."""
COVER_AMOUNT_SIZE = 20.0
COVER_DEPARTMENT_SIZE = 16.0

_BEYOND_RUPEES: tuple[tuple[Literal["greaterThanOrEqual", "lessThanOrEqual"], str, str], ...] = (
    ("greaterThanOrEqual", "99999999999.995", r"##\,##\,##\,##\,##\,##0.00"),
    ("greaterThanOrEqual", "999999999.995", r"##\,##\,##\,##\,##0.00"),
    ("lessThanOrEqual", "-999999999.995", r'"-"##\,##\,##\,##\,##0.00'),
    ("lessThanOrEqual", "-9999999.995", r'"-"##\,##\,##\,##0.00'),
    ("lessThanOrEqual", "-99999.995", r'"-"##\,##\,##0.00'),
)
"""Amounts that RUPEES would group otherwise; a number format has room for two conditions only."""
_FIRST_FREE_FORMAT = 1000
_RUPEE_SIGN = '"Rs. "'

Look = dict[str, Any]


def group_rupees(ws: Any, cells: str, sign: str = "") -> None:
    """Group the amounts in these cells also where they are beyond what RUPEES groups."""
    for number, (operator, limit, grouping) in enumerate(_BEYOND_RUPEES):
        code = f"{sign}{grouping};{sign}{grouping}"
        written = NumberFormat(numFmtId=_FIRST_FREE_FORMAT + number + 10 * bool(sign), formatCode=code)
        look = DifferentialStyle(numFmt=written)
        ws.conditional_formatting.add(
            cells, Rule(type="cellIs", operator=operator, formula=[limit], dxf=look, stopIfTrue=True)
        )


def group_cover_rupees(ws: Any, cells: str) -> None:
    """The same for amounts with the sign of rupees before them."""
    group_rupees(ws, cells, _RUPEE_SIGN)


def looks(font: tuple[str, float]) -> dict[str, Look]:
    """How each kind of cell looks, by use; `font` is name and size in points."""
    return _table_looks(*font) | _cover_looks(*font)


_THIN = Side(style="thin", color="FF808080")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_NO_BORDER = Border()
_GREY = PatternFill("solid", fgColor="FFEDEDED")


def _look(horizontal: str, font: Font, vertical: str = "top", **more: Any) -> Look:
    return {"font": font, "border": _BOX, "alignment": Alignment(horizontal, vertical, wrap_text=True)} | more


def _number(font: Font, number_format: str) -> Look:
    """A number is shown smaller where its column is too narrow for it, never as `####`."""
    alignment = Alignment("right", "top", shrink_to_fit=True)
    return _look("right", font, number_format=number_format, alignment=alignment)


def _table_looks(name: str, size: float) -> dict[str, Look]:
    plain, bold = Font(name=name, sz=size), Font(name=name, sz=size, b=True)
    quantities = {f"quantity{places}": _number(plain, "0." + "0" * places if places else "0") for places in range(5)}
    return quantities | {
        "title": _look("center", Font(name=name, sz=14, b=True), "center", border=_NO_BORDER),
        "work": _look("left", bold, "center", border=_NO_BORDER),
        "heading": _look("center", bold, "center", fill=_GREY),
        "serial": _look("center", plain),
        "serial_link": _look("center", Font(name=name, sz=size, u="single", color="FF0563C1")),
        "unit": _look("center", plain),
        "text": _look("left", plain),
        "rate": _number(plain, RUPEES),
        "amount": _number(plain, RUPEES),
        "label": _look("right", plain),
        "percent": _number(plain, "0.00##%"),
        "charge": _number(plain, RUPEES),
        "total_label": _look("right", bold),
        "total": _number(bold, RUPEES),
        "blank": _look("left", plain),
        "words": _look("left", Font(name=name, sz=size, i=True), "center"),
        "signature": _look("center", plain, "bottom", border=_NO_BORDER),
        "band": _look("left", bold, "center", fill=_GREY),
        "count": _look("left", plain, number_format="0"),
        "difference": _number(plain, "0.00##"),
        "verdict": _look("left", Font(name=name, sz=size + 1, b=True), "center"),
    }


def _cover_looks(name: str, size: float) -> dict[str, Look]:
    def centred(points: float, bold: bool = False, **more: Any) -> Look:
        return _look("center", Font(name=name, sz=points, b=bold), "center", **({"border": _NO_BORDER} | more))

    names = {use: centred(points, bold=True) for use, points in COVER_NAME_SIZES.items()}
    line = Side(style="medium")
    rupees = ";".join(
        section.replace("]", "]" + _RUPEE_SIGN) if "]" in section else _RUPEE_SIGN + section
        for section in RUPEES.split(";")
    )
    plain = Font(name=name, sz=size)
    return (
        names
        | _frame_looks(plain)
        | {
            "cover_department": centred(COVER_DEPARTMENT_SIZE, bold=True),
            "cover_title": centred(26.0, bold=True, border=Border(top=line, bottom=line)),
            "cover_caption": centred(size),
            "cover_amount": centred(COVER_AMOUNT_SIZE, bold=True, number_format=rupees),
            "cover_words": centred(size + 1),
            "cover_label": _look("left", plain),
            "cover_value": _look("left", Font(name=name, sz=size, b=True)),
        }
    )


def _frame_looks(font: Font) -> dict[str, Look]:
    """Empty cells at the edges of the cover, by the sides that are drawn: `cover_left`, `cover_top_left`, ..."""
    line: Any = Side(style="double")
    edges = ("top", "bottom", "left", "right", "top_left", "top_right", "bottom_left", "bottom_right")
    return {
        f"cover_{edge}": _look("left", font, border=Border(**{side: line for side in edge.split("_")}))
        for edge in edges
    }
