"""The rules for a worksheet and for the styles that its cells have (ECMA-376 part 1, sections 18.3 and 18.8)."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from xml.etree.ElementTree import Element

from openpyxl.utils.cell import column_index_from_string, coordinate_to_tuple, range_boundaries

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"

MAX_ROW, MAX_COLUMN, MAX_TEXT, MAX_FORMULA, MAX_HEIGHT = 1_048_576, 16_384, 32_767, 8_192, 409.5
_ORDER = (
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges scenarios "
    "autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr conditionalFormatting dataValidations "
    "hyperlinks printOptions pageMargins pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches "
    "ignoredErrors smartTags drawing legacyDrawing legacyDrawingHF picture oleObjects controls webPublishItems "
    "tableParts extLst"
).split()
_SEVERAL = {"conditionalFormatting"}
_CELL_ATTRIBUTES = {"r", "s", "t"}
_ROW_ATTRIBUTES = {"r", "ht", "customHeight", "hidden"}
_TYPES = {"n", "b", "e", "str", "inlineStr"}
_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"}
"""Without #REF!, which must never reach an output."""
_SHEET_REFERENCE = re.compile(r"'((?:[^']|'')+)'!|([\w.]+)!")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_BUILT_IN_FORMATS = 164


class Styles:
    """The style part: how many formats, fonts, fills and borders there are."""

    def __init__(self, tree: Element) -> None:
        self._tree = tree
        self.cells = len(tree.findall(f"{MAIN}cellXfs/{MAIN}xf"))
        self.differences = len(tree.findall(f"{MAIN}dxfs/{MAIN}dxf"))

    def faults(self) -> Iterator[str]:
        """Ids out of range, and counts that do not agree."""
        for group in self._tree:
            if "count" in group.attrib and int(group.attrib["count"]) != len(group):
                yield f"{group.tag} says {group.attrib['count']} and has {len(group)}"
        formats = [int(each.attrib["numFmtId"]) for each in self._tree.iterfind(f"{MAIN}numFmts/{MAIN}numFmt")]
        yield from (f"the number format {key} is there twice" for key, n in Counter(formats).items() if n > 1)
        sizes = {f"{one}Id": len(self._tree.findall(f"{MAIN}{one}s/{MAIN}{one}")) for one in ("font", "fill", "border")}
        sizes["xfId"] = len(self._tree.findall(f"{MAIN}cellStyleXfs/{MAIN}xf"))
        for xf in self._tree.iterfind(f"{MAIN}cellXfs/{MAIN}xf"):
            yield from (f"a style has the {key} {xf.get(key)}" for key, n in sizes.items() if int(xf.get(key, 0)) >= n)
            number_format = int(xf.get("numFmtId", 0))
            if number_format >= _BUILT_IN_FORMATS and number_format not in formats:
                yield f"a style has the unknown number format {number_format}"


def sheet_faults(
    tree: Element, styles: Styles, sheets: set[str], relations: set[str], comments: list[Element]
) -> Iterator[str]:
    """What is wrong with a worksheet; `sheets` are the names of all, `relations` the ids of its relationships."""
    tags = [child.tag.removeprefix(MAIN) for child in tree]
    yield from (f"it has the unknown element {tag}" for tag in tags if tag not in _ORDER)
    places = [_ORDER.index(tag) for tag in tags if tag in _ORDER]
    if places != sorted(places):
        yield f"its elements are not in their order: {tags}"
    yield from (f"it has {tag} twice" for tag, n in Counter(tags).items() if n > 1 and tag not in _SEVERAL)
    yield from _columns(tree)
    cells = [*_rows(tree)]
    for _, _, cell in cells:
        yield from (f"{cell.get('r')} {fault}" for fault in _cell(cell, styles, sheets))
    yield from _dimension(tree, [(row, col) for row, col, _ in cells])
    yield from _ordered(tree)
    yield from _merges(tree)
    yield from _links(tree, sheets)
    yield from _conditions(tree, styles)
    yield from _page(tree)
    yield from _drawing(tree, relations, comments)


def _rows(tree: Element) -> Iterator[tuple[int, int, Element]]:
    for row in tree.iterfind(f"{MAIN}sheetData/{MAIN}row"):
        for cell in row:
            yield (*coordinate_to_tuple(cell.attrib["r"]), cell)


def _ordered(tree: Element) -> Iterator[str]:
    rows = tree.findall(f"{MAIN}sheetData/{MAIN}row")
    numbers = [int(row.attrib["r"]) for row in rows]
    yield from (f"row {b} comes after row {a}" for a, b in pairwise(numbers) if b <= a)
    yield from (f"there is a row {n}" for n in numbers if not 1 <= n <= MAX_ROW)
    for row in rows:
        yield from (f"row {row.get('r')} has the attribute {key}" for key in row.attrib.keys() - _ROW_ATTRIBUTES)
        if not 0 <= float(row.get("ht", 0)) <= MAX_HEIGHT:
            yield f"row {row.get('r')} is {row.get('ht')} points high"
        places = [coordinate_to_tuple(cell.attrib["r"]) for cell in row]
        yield from (f"{place} stands in row {row.get('r')}" for place in places if place[0] != int(row.attrib["r"]))
        yield from (f"column {b[1]} comes after {a[1]} in {b[0]}" for a, b in pairwise(places) if b[1] <= a[1])


def _cell(cell: Element, styles: Styles, sheets: set[str]) -> Iterator[str]:
    kind = cell.get("t", "n")
    tags = [child.tag.removeprefix(MAIN) for child in cell]
    value = cell.findtext(f"{MAIN}v")
    yield from (f"has the attribute {key}" for key in cell.attrib.keys() - _CELL_ATTRIBUTES)
    if int(cell.get("s", 0)) >= styles.cells:
        yield f"has the style {cell.get('s')} of {styles.cells}"
    if kind not in _TYPES or tags not in ([], ["v"], ["f", "v"], ["f"], ["is"]):
        yield f"is of type {kind} and has {tags}"
    if (kind == "inlineStr") != ("is" in tags):
        yield f"is of type {kind} and has {tags}"
    if value is not None and not _is_value(kind, value):
        yield f"has the value {value} of type {kind}"
    text = "".join(t.text or "" for t in cell.iter(f"{MAIN}t")) if "is" in tags else value or ""
    if len(text) > MAX_TEXT:
        yield f"has {len(text)} characters"
    formula = cell.findtext(f"{MAIN}f")
    if formula is not None:
        yield from _formula(formula, sheets)


def _is_value(kind: str, value: str) -> bool:
    if kind == "n":
        return math.isfinite(float(value))
    if kind == "b":
        return value in ("0", "1")
    return value in _ERRORS if kind == "e" else True


def _formula(formula: str, sheets: set[str]) -> Iterator[str]:
    if not formula or len(formula) > MAX_FORMULA:
        yield f"has a formula of {len(formula)} characters"
    bare = _QUOTED.sub('""', formula)
    if "#REF!" in bare or "[" in bare or bare.startswith("="):
        yield f"has the formula {formula}"
    for quoted, plain in _SHEET_REFERENCE.findall(bare):
        name = quoted.replace("''", "'") or plain
        if name.casefold() not in {sheet.casefold() for sheet in sheets}:
            yield f"refers to the sheet {name}, which is not there"


def _dimension(tree: Element, places: list[tuple[int, int]]) -> Iterator[str]:
    told = tree.find(f"{MAIN}dimension")
    if told is None:
        return
    first_col, first_row, last_col, last_row = range_boundaries(told.attrib["ref"])
    outside = [
        place for place in places if not (first_row <= place[0] <= last_row and first_col <= place[1] <= last_col)
    ]
    if outside:
        yield f"its dimension {told.attrib['ref']} leaves {outside[0]} out"


def _columns(tree: Element) -> Iterator[str]:
    spans = [(int(col.attrib["min"]), int(col.attrib["max"])) for col in tree.iterfind(f"{MAIN}cols/{MAIN}col")]
    yield from (f"the columns {span} are no span" for span in spans if not 1 <= span[0] <= span[1] <= MAX_COLUMN)
    yield from (f"the columns {a} and {b} overlap" for a, b in pairwise(spans) if b[0] <= a[1])
    for col in tree.iterfind(f"{MAIN}cols/{MAIN}col"):
        if not 0 <= float(col.get("width", 0)) <= 255:
            yield f"a column is {col.get('width')} wide"


def _merges(tree: Element) -> Iterator[str]:
    group = tree.find(f"{MAIN}mergeCells")
    if group is None:
        return
    if int(group.get("count", len(group))) != len(group) or not len(group):
        yield f"it says {group.get('count')} merges and has {len(group)}"
    taken: dict[tuple[int, int], str] = {}
    for merge in group:
        ref = merge.attrib["ref"]
        first_col, first_row, last_col, last_row = range_boundaries(ref)
        covered = [(row, col) for row in range(first_row, last_row + 1) for col in range(first_col, last_col + 1)]
        if len(covered) < 2:
            yield f"the merge {ref} has one cell"
        overlapped = {taken[place] for place in covered if place in taken}
        yield from (f"the merges {other} and {ref} overlap" for other in overlapped)
        taken |= dict.fromkeys(covered, ref)


def _links(tree: Element, sheets: set[str]) -> Iterator[str]:
    links = tree.find(f"{MAIN}hyperlinks")
    if links is not None and not len(links):
        yield "it has an empty list of links"
    for link in links if links is not None else ():
        sheet, _, cell = link.attrib["location"].rpartition("!")
        coordinate_to_tuple(link.attrib["ref"])
        coordinate_to_tuple(cell)
        if sheet not in sheets or f"{RELATIONS}id" in link.attrib:
            yield f"the link at {link.attrib['ref']} leads to {link.attrib['location']}"


def _conditions(tree: Element, styles: Styles) -> Iterator[str]:
    rules = tree.findall(f"{MAIN}conditionalFormatting/{MAIN}cfRule")
    yield from (f"a rule has the look {r.get('dxfId')}" for r in rules if int(r.get("dxfId", 0)) >= styles.differences)
    priorities = Counter(rule.get("priority") for rule in rules)
    yield from (f"two rules have the priority {key}" for key, n in priorities.items() if n > 1 or not key)


def _page(tree: Element) -> Iterator[str]:
    for part in tree.iterfind(f"{MAIN}headerFooter/*"):
        if len((part.text or "").encode("utf-16-le")) // 2 > 255:
            yield f"its {part.tag.removeprefix(MAIN)} is longer than 255 characters"
    for view in tree.iterfind(f"{MAIN}sheetViews/{MAIN}sheetView"):
        pane = view.find(f"{MAIN}pane")
        top = view.get("topLeftCell") or (pane.get("topLeftCell") if pane is not None else None)
        if top is not None and column_index_from_string(re.sub(r"\d", "", top)) > 1:
            yield f"it opens scrolled to {top}"


def _drawing(tree: Element, relations: set[str], comments: list[Element]) -> Iterator[str]:
    drawings = tree.findall(f"{MAIN}legacyDrawing")
    for drawing in drawings:
        if drawing.get(f"{RELATIONS}id") not in relations:
            yield f"its drawing {drawing.get(f'{RELATIONS}id')} is not there"
    if bool(comments) != bool(drawings):
        yield "it has comments or their drawing, not both"
    for part in comments:
        refs = Counter(each.attrib["ref"] for each in part.iterfind(f"{MAIN}commentList/{MAIN}comment"))
        yield from (f"{ref} has {n} comments" for ref, n in refs.items() if n > 1)
        authors = len(part.findall(f"{MAIN}authors/{MAIN}author"))
        for each in part.iterfind(f"{MAIN}commentList/{MAIN}comment"):
            if int(each.attrib["authorId"]) >= authors:
                yield f"the comment at {each.attrib['ref']} has no author"
