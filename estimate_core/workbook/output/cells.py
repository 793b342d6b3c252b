"""Writes the rows and cells of the sheets that are our own, in the styles of a package."""

from xml.sax.saxutils import escape

from estimate_core.workbook.writing.markup import line_height, text_cell, text_height, text_xml


class CellWriter:
    """Rows and cells as XML; `styles` are style ids by use, `size` is the font's size in points."""

    def __init__(self, styles: dict[str, int], size: float) -> None:
        self.styles, self.size = styles, size
        self.line = line_height(size)

    def row(self, row: int, cells: str, height: float | None = None) -> str:
        """A row with its height in points, one line where none is given."""
        return f'<row r="{row}" ht="{height or self.line:g}" customHeight="1">{cells}</row>'

    def text(self, col: str, row: int, style: str, text: str) -> str:
        """A cell that holds a text, never a formula."""
        return f'<c r="{col}{row}" s="{self.styles[style]}"{text_cell(text)}'

    def number(self, col: str, row: int, style: str, value: str, formula: str = "") -> str:
        """A cell that holds a number, or a formula with its computed number."""
        written = f"<f>{escape(formula)}</f>" if formula else ""
        return f'<c r="{col}{row}" s="{self.styles[style]}">{written}<v>{value}</v></c>'

    def worded(self, col: str, row: int, style: str, formula: str, shown: str) -> str:
        """A cell whose formula gives a text, with the text that it gives."""
        style_id = self.styles[style]
        return f'<c r="{col}{row}" s="{style_id}" t="str"><f>{escape(formula)}</f><v>{text_xml(shown)}</v></c>'

    def blanks(self, cols: str, row: int, style: str = "blank") -> str:
        """Empty cells with a style, such as those that a merge covers."""
        return "".join(f'<c r="{col}{row}" s="{self.styles[style]}"/>' for col in cols)

    def spread(self, cols: str, row: int, style: str, text: str) -> str:
        """A text in the first of the columns, the others empty in its style, to be merged."""
        return self.text(cols[0], row, style, text) + self.blanks(cols[1:], row, style)

    def height(self, text: str, width: float, size: float | None = None) -> float:
        """The height in points that a text takes in columns `width` characters wide."""
        return text_height(text, width, size or self.size)


def shortened(text: str, length: int) -> str:
    """At most `length` characters of a text, with an ellipsis where some are left out."""
    return text if len(text) <= length else text[: length - 1] + "\u2026"
