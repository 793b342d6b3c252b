"""A block of a schedule as HTML that looks like its sheet: white paper in a frame that follows the theme."""

from collections.abc import Iterator
from html import escape

from estimate_core.domain.drawing import Column, Drawing, DrawnCell, DrawnRow, Look

_PIXELS_PER_CHARACTER, _PADDING, _PIXELS_PER_POINT = 7, 5, 4 / 3
_ROW_HEADS = 38

_CAPTION = "Rate analysis as its sheet shows it"
_STYLE = """<style>
.block-box { overflow: auto; max-height: 60vh; border: 1px solid rgba(128, 145, 152, 0.5); }
.block-box:focus-visible { outline: 2px solid #2a93ab; outline-offset: 1px; }
.block-box table {
  border-collapse: separate; border-spacing: 0; table-layout: fixed; margin: 0; font-size: 13px; line-height: 1.3;
}
.block-box caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.block-box :is(th, td) { padding: 1px 4px; border: 0 solid #d9d9d9; border-width: 0 1px 1px 0; }
.block-box th {
  background: #eef3f5; color: #3a4c54; border-color: #cfd9de; padding: 1px 2px; font-weight: 400; text-align: center;
}
.block-box.dark th { background: #1b262b; color: #c6d3d8; border-color: #34444b; }
.block-box .paper { background: #fff; overflow: clip; }
.block-box thead th { position: sticky; top: 0; z-index: 2; }
.block-box tbody th { position: sticky; left: 0; z-index: 1; }
.block-box thead th:first-child { left: 0; z-index: 3; }
.block-box td { color: #000; overflow: hidden; }
/* Text runs over empty neighbours, and is covered by those that hold something. */
.block-box td:not(:empty) { background: #fff; position: relative; }
.block-box td.lined { border-color: #555; }
.block-box td.formula { overflow-wrap: anywhere; white-space: pre-wrap !important; text-align: left !important; }
.block-box th.hidden { color: #84939a; font-style: italic; }
</style>"""


def block_html(drawing: Drawing, formulas: bool, dark: bool = False) -> str:
    """The block in a box that scrolls; formulas in place of values, or as what a cell says when pointed at."""
    theme = " dark" if dark else ""
    widths = [_pixels(column) for column in drawing.columns]
    columns = "".join(f'<col style="width:{width}px">' for width in [_ROW_HEADS, *widths])
    rows = "".join(_rows(drawing, [_css(look) for look in drawing.looks], formulas))
    width = _ROW_HEADS + sum(widths)
    return (
        f'{_STYLE}<div class="block-box{theme}" tabindex="0" role="region" aria-label="{_CAPTION}">'
        f'<div class="paper" style="width:{width}px"><table style="width:{width}px"><caption>{_CAPTION}</caption>'
        f'<colgroup>{columns}</colgroup><thead><tr><th scope="col"></th>{_letters(drawing)}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></div>"
    )


def _pixels(column: Column) -> int:
    return round(column.width * _PIXELS_PER_CHARACTER) + _PADDING


def _letters(drawing: Drawing) -> str:
    return "".join(_head("col", column.letter, column.hidden) for column in drawing.columns)


def _head(scope: str, text: str, hidden: bool) -> str:
    """A row number or column letter; what the sheet hides is shown, and marked as hidden."""
    mark = ' class="hidden" title="Hidden in the schedule"' if hidden else ""
    return f'<th scope="{scope}"{mark}>{escape(text)}</th>'


def _rows(drawing: Drawing, styles: list[str], formulas: bool) -> Iterator[str]:
    taken: set[tuple[int, int]] = set()
    for row in drawing.rows:
        height = "" if row.height is None else f' style="height:{round(row.height * _PIXELS_PER_POINT)}px"'
        cells = "".join(_cells(row, len(drawing.columns), styles, formulas, taken, drawing.looks))
        yield f"<tr{height}>{_head('row', str(row.row), row.hidden)}{cells}</tr>"


def _cells(
    row: DrawnRow, columns: int, styles: list[str], formulas: bool, taken: set[tuple[int, int]], looks: tuple[Look, ...]
) -> Iterator[str]:
    """The cells of a row, empty ones too; `taken` gathers the places that merges span."""
    cells = {cell.column: cell for cell in row.cells}
    for column in range(1, columns + 1):
        cell = cells.get(column)
        if (row.row, column) in taken:
            continue
        if cell is None:
            yield "<td></td>"
            continue
        if cell.columns * cell.rows > 1:
            taken |= {(row.row + down, column + right) for down in range(cell.rows) for right in range(cell.columns)}
        yield _cell(cell, styles[cell.look], looks[cell.look].bordered, formulas)


def _cell(cell: DrawnCell, style: str, bordered: bool, formulas: bool) -> str:
    shown = cell.formula if formulas and cell.formula else cell.text
    classes = " ".join(["lined"] * bordered + ["formula"] * (shown is cell.formula and bool(shown)))
    attributes = {
        "colspan": str(cell.columns) if cell.columns > 1 else "",
        "rowspan": str(cell.rows) if cell.rows > 1 else "",
        "class": classes,
        "style": style,
        "title": cell.formula,
    }
    written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items() if value)
    return f'<td dir="auto"{written}>{escape(shown)}</td>'


def _css(look: Look) -> str:
    """The look as style of a cell; every word of it is the program's own."""
    lines = " ".join(["underline"] * look.underlined + ["line-through"] * look.struck)
    rules = {
        "background": look.fill,
        "color": look.colour,
        "font-weight": "700" if look.bold else "",
        "font-style": "italic" if look.italic else "",
        "text-decoration": lines,
        "text-align": look.horizontal,
        "vertical-align": look.vertical,
        "white-space": "pre-wrap" if look.wraps else "nowrap",
        "overflow-wrap": "anywhere" if look.wraps else "",
        "overflow": "" if look.wraps or look.horizontal != "left" else "visible",
    }
    return ";".join(f"{name}:{value}" for name, value in rules.items() if value)
