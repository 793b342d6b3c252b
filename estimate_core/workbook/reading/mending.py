"""Parts of a package that openpyxl stumbles over, without what it cannot read and a schedule can do without.

Programs that export workbooks write font families, dates or names that the standard does not know, and Excel reads
over them. What is left keeps its place, because cells name styles by number.
"""

from collections.abc import Iterator
from typing import Any

from openpyxl.styles import Border, Font
from openpyxl.styles.cell_style import CellStyle
from openpyxl.styles.colors import ColorList
from openpyxl.styles.fills import Fill
from openpyxl.styles.numbers import NumberFormat
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.xml import functions
from openpyxl.xml.constants import REL_NS, SHEET_MAIN_NS

from estimate_core.workbook.reading.intake import DAMAGED

_xml: Any = functions
_STYLES: dict[str, Any] = {
    "numFmts": NumberFormat,
    "fonts": Font,
    "fills": Fill,
    "borders": Border,
    "cellStyleXfs": CellStyle,
    "cellXfs": CellStyle,
}
_NAMED = ("cellStyleXfs", "cellStyles")
_KEPT = (*_STYLES, "cellStyles", "colors")
_DIGITS = 7
_STATES = ("visible", "hidden", "veryHidden")


def bare_workbook(part: bytes) -> bytes:
    """The workbook's part with its sheets, its date system and the names that can be read, and nothing else."""
    root = _xml.fromstring(part)
    for child in list(root):
        kind = _local(child)
        if kind == "workbookPr":
            _keep_only(child, ("date1904",))
        elif kind == "sheets":
            _number_sheets(child)
        elif kind == "definedNames":
            child[:] = [name for name in child if not _is_reserved(name) and _can_be_read(name, DefinedName)]
        else:
            root.remove(child)
    return bytes(_xml.tostring(root))


def _number_sheets(sheets: Any) -> None:
    for number, sheet in enumerate(sheets, 1):
        _keep_only(sheet, ("name", f"{{{REL_NS}}}id", *(["state"] if sheet.get("state") in _STATES else [])))
        sheet.set("sheetId", str(number))


def _keep_only(node: Any, names: tuple[str, ...]) -> None:
    """Drop the other attributes, one by one: where lxml is installed, openpyxl's elements are its."""
    for name in set(node.attrib) - set(names):
        del node.attrib[name]


def _is_reserved(name: Any) -> bool:
    """Print areas and titles, which outputs set themselves."""
    return str(name.get("name", "")).lower().startswith("_xlnm.")


def bare_styles(part: bytes) -> bytes:
    """The styles of cells and their names, without those of conditional formats and tables."""
    root = _xml.fromstring(part)
    kept = {_local(child): child for child in root if _local(child) in _KEPT}
    root[:] = [kept[name] for name in _KEPT if name in kept]
    known = len(kept.get("cellStyleXfs", ()))
    if "cellStyles" in kept:
        names = kept["cellStyles"]
        names[:] = [name for name in names if _is_below(name.get("xfId", "0"), known)]
    return bytes(_xml.tostring(root))


def _is_below(number: str, most: int) -> bool:
    return number.isdecimal() and len(number) < _DIGITS and int(number) < most


def mended_styles(part: bytes) -> Iterator[bytes]:
    """The bare styles without what cannot be read, more of it left out each time."""
    root = _xml.fromstring(part)
    for child in list(root):
        kind = _STYLES.get(_local(child))
        if kind is not None:
            entries = [entry for entry in child if kind is not NumberFormat or _can_be_read(entry, kind)]
            child[:] = [_mended(entry, kind) for entry in entries]
        elif _local(child) == "colors" and not _can_be_read(child, ColorList):
            root.remove(child)
    yield bytes(_xml.tostring(root))
    for child in [child for child in root if _local(child) in _NAMED]:
        root.remove(child)
    yield bytes(_xml.tostring(root))


def _mended(entry: Any, kind: Any) -> Any:
    """An entry of the styles without the attributes and children that make it unreadable."""
    if _can_be_read(entry, kind):
        return entry
    children = list(entry)
    kept = entry.makeelement(entry.tag, {})
    for key, value in entry.attrib.items():
        kept.set(key, value)
        if not _can_be_read(kept, kind) and kind is not Fill:
            del kept.attrib[key]
    for child in children:
        kept.append(child)
        if not _can_be_read(kept, kind) and not _is_mended(kept, child, kind):
            kept.remove(child)
    if kind is Fill and not len(kept):
        kept.append(entry.makeelement(f"{{{SHEET_MAIN_NS}}}patternFill", {}))
    return kept


def _is_mended(entry: Any, child: Any, kind: Any) -> bool:
    """Whether an entry can be read once one thing within its child is left out."""
    for place, piece in enumerate(list(child)):
        child.remove(piece)
        if _can_be_read(entry, kind):
            return True
        child.insert(place, piece)
    return False


def _can_be_read(node: Any, kind: Any) -> bool:
    try:
        kind.from_tree(_xml.fromstring(_xml.tostring(node)))  # a copy: from_tree takes nodes apart
    except DAMAGED:
        return False
    return True


def _local(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]
