"""The signature blocks below an estimate: up to three side by side, with room to sign above each."""

from collections.abc import Iterator
from math import ceil

from estimate_core.workbook.output.cells import CellWriter
from estimate_core.workbook.output.looks import ESTIMATE_WIDTHS

_SPANS = {1: ("EH",), 2: ("AC", "EH"), 3: ("AC", "D", "EH")}
"""First and last column of each block, by the number of blocks side by side."""
_ROOM = 3
"""Lines of text that fit where somebody signs."""


class SignatureRows:
    """Rows with signature blocks, each of one or more lines, below the row `above`."""

    def __init__(self, cells: CellWriter, signatures: tuple[str, ...], above: int) -> None:
        self._cells = cells
        side_by_side = ceil(len(signatures) / ceil(len(signatures) / 3)) if signatures else 1
        rows = [signatures[at : at + side_by_side] for at in range(0, len(signatures), side_by_side)]
        self._rows = list(enumerate(rows, above + 1))
        self.last_row = above + len(rows)

    def rows(self) -> Iterator[str]:
        """The `<row>` elements, in order; none without signatures."""
        for row, blocks in self._rows:
            spans = _SPANS[len(blocks)]
            height = max(self._cells.height(text, _width(span)) for span, text in zip(spans, blocks, strict=True))
            written = (
                self._cells.text(span[0], row, "signature", text) for span, text in zip(spans, blocks, strict=True)
            )
            yield self._cells.row(row, "".join(written), _ROOM * self._cells.line + height)

    def merges(self) -> list[str]:
        """The ranges that are merged."""
        return [
            f"{span[0]}{row}:{span[-1]}{row}"
            for row, blocks in self._rows
            for span in _SPANS[len(blocks)]
            if len(span) > 1
        ]


def _width(span: str) -> float:
    return sum(width for col, width in ESTIMATE_WIDTHS.items() if span[0] <= col <= span[-1])
