"""Cell comments on values that were frozen, as openpyxl packages them."""

from dataclasses import dataclass
from typing import Any

from openpyxl.cell.text import Text
from openpyxl.comments.comment_sheet import CommentRecord, CommentSheet

from estimate_core.workbook.writing.archive import AUTHOR
from estimate_core.workbook.writing.markup import xml_text


@dataclass(frozen=True)
class Note:
    """A comment on a cell such as `J12`."""

    cell: str
    text: str


def note_parts(notes: list[Note]) -> tuple[str, str]:
    """The comments part and the drawing part (VML) that belongs to it."""
    records = [CommentRecord(ref=note.cell, text=Text(t=note.text), author=AUTHOR) for note in notes]
    sheet: Any = CommentSheet
    sheet = sheet.from_comments(records)
    return xml_text(sheet.to_tree()), bytes(sheet.write_shapes()).decode("utf-8")
