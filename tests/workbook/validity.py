"""Whether a workbook is what the standard (ECMA-376, transitional) wants: the rules for the parts that we write.

Excel answers a breach of most of these with its repair prompt. `faults` gives a sentence for each breach; the rules
for a single sheet are in `validity_of_sheets`.
"""

import io
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element, ParseError, fromstring

from tests.workbook.validity_of_sheets import MAIN, RELATIONS, Styles, sheet_faults

_CONTENT_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_CONTENT = "application/vnd.openxmlformats-officedocument"
_TYPES = {
    r"xl/workbook\.xml": f"{_CONTENT}.spreadsheetml.sheet.main+xml",
    r"xl/worksheets/[^/]+\.xml": f"{_CONTENT}.spreadsheetml.worksheet+xml",
    r"xl/styles\.xml": f"{_CONTENT}.spreadsheetml.styles+xml",
    r"xl/theme/[^/]+\.xml": f"{_CONTENT}.theme+xml",
    r"xl/comments/[^/]+\.xml": f"{_CONTENT}.spreadsheetml.comments+xml",
    r".*\.vml": f"{_CONTENT}.vmlDrawing",
    r".*\.rels": "application/vnd.openxmlformats-package.relationships+xml",
    r"docProps/core\.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    r"docProps/app\.xml": f"{_CONTENT}.extended-properties+xml",
}
_WORKBOOK_ORDER = ("workbookPr", "workbookProtection", "bookViews", "sheets", "definedNames", "calcPr")
_SHEET_NAME = re.compile(r"[^\[\]:*?/\\]{1,31}")
_PRINT_NAMES = {"_xlnm.Print_Area", "_xlnm.Print_Titles"}
_OWNER = re.compile(r"^'((?:[^']|'')+)'!")


def faults(data: bytes) -> list[str]:
    """What is wrong with the workbook in these bytes, nothing where it is valid."""
    try:
        return [*Package(data).faults()]
    except (ParseError, KeyError, ValueError, zipfile.BadZipFile) as problem:
        return [f"the package cannot be read: {problem!r}"]


@dataclass
class Relation:
    """A relationship of a part: id, kind and the part that it leads to."""

    id: str
    kind: str
    target: str


class Package:
    """The parts of a workbook, parsed."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.entries = archive.namelist()
            self.parts = {name: archive.read(name) for name in self.entries}
        self.trees = {name: fromstring(part) for name, part in self.parts.items()}

    def faults(self) -> Iterator[str]:
        """The breaches, part by part."""
        yield from (f"the part {name} is there twice" for name, n in Counter(self.entries).items() if n > 1)
        yield from self._content_types()
        yield from self._relations()
        yield from self._workbook()
        yield from self._styles()
        for name, path in self.sheets.items():
            relations = {relation.id: relation for relation in self.relations(path)}
            comments = [self.trees[r.target] for r in relations.values() if r.kind == "comments"]
            found = sheet_faults(self.trees[path], self.styles, {*self.sheets}, {*relations}, comments)
            yield from (f"{name}: {fault}" for fault in found)

    @cached_property
    def workbook(self) -> Element:
        """The main part."""
        return self.trees["xl/workbook.xml"]

    @cached_property
    def sheets(self) -> dict[str, str]:
        """Sheet name -> its part, in order."""
        targets = {relation.id: relation.target for relation in self.relations("xl/workbook.xml")}
        found = self.workbook.iterfind(f"{MAIN}sheets/{MAIN}sheet")
        return {sheet.attrib["name"]: targets[sheet.attrib[f"{RELATIONS}id"]] for sheet in found}

    @cached_property
    def styles(self) -> Styles:
        """The styles that cells may have."""
        return Styles(self.trees["xl/styles.xml"])

    def relations(self, part: str) -> list[Relation]:
        """The relationships of a part, empty for the package's own."""
        folder, name = posixpath.split(part)
        tree = self.trees.get(f"{folder}/_rels/{name}.rels".removeprefix("/"))
        return [
            Relation(
                each.attrib["Id"],
                each.attrib["Type"].rpartition("/")[2],
                posixpath.normpath(posixpath.join("/" + folder, each.attrib["Target"])).removeprefix("/"),
            )
            for each in (tree if tree is not None else ())
        ]

    def _content_types(self) -> Iterator[str]:
        tree = self.trees["[Content_Types].xml"]
        defaults = {each.attrib["Extension"]: each.attrib["ContentType"] for each in tree if "Extension" in each.attrib}
        named = [each.attrib["PartName"].removeprefix("/") for each in tree if "PartName" in each.attrib]
        overrides = {
            each.attrib["PartName"].removeprefix("/"): each.attrib["ContentType"]
            for each in tree
            if "PartName" in each.attrib
        }
        yield from (f"the content type of {name} is told twice" for name, n in Counter(named).items() if n > 1)
        yield from (f"a content type is told for {name}, not there" for name in named if name not in self.parts)
        for name in self.entries:
            if name == "[Content_Types].xml":
                continue
            told = overrides.get(name, defaults.get(name.rpartition(".")[2]))
            wanted = next((kind for pattern, kind in _TYPES.items() if re.fullmatch(pattern, name)), None)
            if told is None or told != wanted:
                yield f"the part {name} has the content type {told}"

    def _relations(self) -> Iterator[str]:
        reached = {"[Content_Types].xml"}
        for rels in [name for name in self.entries if name.endswith(".rels")]:
            folder, name = posixpath.split(rels)
            owner = posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))
            reached.add(rels)
            if owner and owner not in self.parts:
                yield f"{rels} belongs to no part"
            found = self.relations(owner)
            yield from (f"{rels} has the id {key} twice" for key, n in Counter(r.id for r in found).items() if n > 1)
            yield from (f"{rels} leads to {r.target}, which is not there" for r in found if r.target not in self.parts)
            yield from (f"{rels} leads out of the file" for each in self.trees[rels] if "TargetMode" in each.attrib)
            reached |= {relation.target for relation in found}
        yield from (f"nothing leads to the part {name}" for name in self.entries if name not in reached)

    def _workbook(self) -> Iterator[str]:
        places = [_WORKBOOK_ORDER.index(child.tag.removeprefix(MAIN)) for child in self.workbook]
        if places != sorted(places):
            yield "the elements of the workbook are not in their order"
        sheets = [*self.workbook.iterfind(f"{MAIN}sheets/{MAIN}sheet")]
        for key in ("name", "sheetId", f"{RELATIONS}id"):
            values = Counter(sheet.attrib[key].casefold() for sheet in sheets)
            yield from (f"two sheets have the {key} {value}" for value, n in values.items() if n > 1)
        yield from (f"{name} is no name for a sheet" for name in self.sheets if not _SHEET_NAME.fullmatch(name))
        for view in self.workbook.iterfind(f"{MAIN}bookViews/{MAIN}workbookView"):
            if int(view.get("activeTab", 0)) != 0 or int(view.get("firstSheet", 0)) != 0:
                yield "the workbook does not open at its first sheet"
        yield from self._names([*self.sheets])

    def _names(self, sheets: list[str]) -> Iterator[str]:
        names = [*self.workbook.iterfind(f"{MAIN}definedNames/{MAIN}definedName")]
        keys = Counter((name.attrib["name"], name.get("localSheetId")) for name in names)
        yield from (f"the name {key} is there twice" for key, n in keys.items() if n > 1)
        for name in names:
            place, text = int(name.get("localSheetId", -1)), name.text or ""
            found = _OWNER.match(text)
            owner = found[1].replace("''", "'") if found else None
            if name.attrib["name"] not in _PRINT_NAMES or not 0 <= place < len(sheets) or owner != sheets[place]:
                yield f"the name {name.attrib['name']} of sheet {place} is an orphan: {text}"
            if "999999" in text or "#REF!" in text:
                yield f"the name {name.attrib['name']} leads nowhere: {text}"

    def _styles(self) -> Iterator[str]:
        yield from self.styles.faults()
