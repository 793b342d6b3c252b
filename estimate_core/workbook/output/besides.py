"""What a sheet has besides its rows, as the XML that follows them: merges, links; and the texts of its footer."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from estimate_core.workbook.output.notes import Note

_SHOWN_IN_FOOTER = 90


@dataclass
class Besides:
    """Merged ranges, (cell, place) of links, comments."""

    merges: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def merge_cells(merges: list[str]) -> str:
    """The element with the merged ranges, nothing where there are none."""
    cells = "".join(f'<mergeCell ref="{merge}"/>' for merge in merges)
    return f'<mergeCells count="{len(merges)}">{cells}</mergeCells>' if merges else ""


def hyperlinks(links: list[tuple[str, str]]) -> str:
    """The element with the links within the workbook, nothing where there are none."""
    each = "".join(f'<hyperlink ref="{cell}" location={quoteattr(place)}/>' for cell, place in links)
    return f"<hyperlinks>{each}</hyperlinks>" if links else ""


def footer_text(text: str) -> str:
    """A text for the footer, which holds 255 characters (UTF-16, `&` doubled) in all."""
    shown = text.replace("&", "&&")
    if _utf16_length(shown) > _SHOWN_IN_FOOTER:
        while _utf16_length(text.replace("&", "&&")) >= _SHOWN_IN_FOOTER:
            text = text[:-1]
        shown = text.replace("&", "&&") + "\u2026"
    return escape(shown)


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
