"""Damaged and hostile schedules, made from good ones by changes that are drawn at random."""

import io
import random
import re
import warnings
import zipfile
from collections.abc import Callable
from datetime import datetime
from xml.etree import ElementTree

import xlsxwriter

from tests.workbook.schedules import block, small_schedule

Parts = dict[str, bytes]

_SHEETS = re.compile(r"xl/worksheets/[^/]+\.xml")
_ODD = (
    *("", " ", "0", "-1", "1", "7", "99999999999999999999", "1E400", "-1E308", "NaN", "INF", "0.1.2", "1e", "9" * 5000),
    *("A1", "a1", "XFD1048576", "XFE1", "AAAA1", "A1048577", "A0", "1A", "A:A", "1:1048576", "A1:XFD1048576", "B2:A1"),
    *("true", "maybe", "n", "s", "b", "e", "d", "str", "inlineStr", "shared", "array", "dataTable", "hidden"),
    *("#REF!", "#N/A", "2024-02-30", "2024-02-29T10:00:00", "12:00", "rId1", "rId99", "FFFF0000", "xyz", "%", "="),
    *("\u0c24\u0c46\u0c32\u0c41\u0c17\u0c41", "\u0939\u093f\u0928\u094d\u0926\u0940", "\u05d0\u05d1", "\U0001f3d7"),
    *("_x0000_", "_xD800_", "line\rline", "\u202ereversed", "x" * 40_000, "Master Datas", "Groups", "../../x", "&"),
)
_FORMULAS = (
    *("", "=", "1/0", "A1", "J11", "J10", "SUM(A:XFD)", "SUM(1:1048576)", "J1048576", "XFE1", "'No sheet'!A1", "#REF!"),
    *("[1]lead!B4", "Rate", "undefined_name", "SUM(", ")", '"', "'", "{", "{1,2;3}", "1+", "+", "J10%%%", "--J10"),
    *("VLOOKUP(1,Groups!A:D,2,0)", "INDEX(J:J,5)", "OFFSET(J10,1,0)", "INDIRECT(A1)", "TEXT(1,0)", "ROUND(J10)"),
    *("ROUND(J10,1E9)", "10^10000", "-2^0.5", "MROUND(5,-2)", "MOD(5,0)", "REPT(1,1E9)", '"x"&1E400', "SUM(J9:J10 J9)"),
    *("IF(1,2,3,4)", "IF()", "NOT", "A1:B2:C3", "J9,J10", "@J10", "J9#", "Table1[Rate]", "_xlfn.XLOOKUP(1,A:A,B:B)"),
    *(
        "(" * 300 + "1" + ")" * 300,
        "1" + "+1" * 4000,
        "SUM(" + ",".join(["J9"] * 2500) + ")",
        "IF(1," * 70 + "1" + ")" * 70,
    ),
)
_ENCODINGS = ("utf-16", "utf-16-le", "latin-1", "utf-8-sig", "utf-32", "cp500", "utf-7")


def base_files() -> tuple[bytes, ...]:
    """Small good schedules of several kinds."""
    plain = block(5, "Brick wall") | block(20, "Lead") | {"J24": "=J11*2", "I24": "=Rates!B2", "A1": 10}
    rates = {"Rates": {"A1": "Rate", "B2": "=Rate*2", "B3": 50}}
    named = small_schedule(plain, ["D5", "D20"], sheets=rates, names={"Rate": "Rates!$B$3"})
    made = small_schedule(block(5, "Light point"), ["D5"]), named, _by_xlsxwriter()
    return tuple(map(_without_clock, made))


def _without_clock(data: bytes) -> bytes:
    """The same workbook whenever it is made, so that the same number gives the same file."""
    parts = _unpacked(data)
    core = "docProps/core.xml"
    return _packed(parts | {core: re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2025-04-01T00:00:00Z", parts[core])})


def _by_xlsxwriter() -> bytes:
    """With stored values, shared texts, rich text, merges, links, comments, a validation and a conditional format."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True})
    master, groups = workbook.add_worksheet("Master Datas"), workbook.add_worksheet("Groups")
    heading = workbook.add_format({"bg_color": "#FFFF00", "font_color": "#FF0000", "bold": True, "border": 1})
    bold, money = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "#,##0.00"})
    dated = workbook.add_format({"num_format": "dd/mm/yyyy"})
    master.set_column("D:D", 40)
    for first in (3, 14):
        for place, value in block(first, f"Item {first}").items():
            if isinstance(value, str) and value.startswith("="):
                master.write_formula(place, value, money, 200 if "J7" in place else 220)
            else:
                master.write(place, value, heading if place == f"D{first}" else None)
        master.write_rich_string(f"D{first + 2}", "Supplying and ", bold, "fixing", " of the item, complete.")
    master.merge_range("D30:H30", "Note: rates are of 2025-26", bold)
    master.write_datetime("B30", datetime(2025, 4, 1), dated)
    master.write_url("D31", "https://example.org", string="Order")
    master.write_comment("E7", "checked")
    master.data_validation("E7", {"validate": "decimal", "criteria": ">", "value": 0})
    master.conditional_format("J3:J20", {"type": "cell", "criteria": "<", "value": 0, "format": bold})
    for row, texts in enumerate((["Item Name", "Group", "Prefix", "Unit"], ["Item 3", "Works", "Re-", "Nos"])):
        groups.write_row(row, 0, texts)
    workbook.define_name("Rate", "='Master Datas'!$J$9")
    workbook.close()
    return stream.getvalue()


def mutated(base: bytes, kind: str, draw: random.Random) -> bytes:
    """A base file with one to four changes of a kind."""
    change = MUTATIONS[kind]
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        base = change(base, draw)
    return base


def _unpacked(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(parts: Parts, twice: tuple[str, bytes] | None = None) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # a name that occurs twice is meant
        for name, part in (*parts.items(), *([twice] if twice else [])):
            archive.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _in_a_part(change: Callable[[bytes, random.Random], bytes]) -> Callable[[bytes, random.Random], bytes]:
    """A change of one part, mostly a sheet, of a package that can still be opened."""

    def changed(data: bytes, draw: random.Random) -> bytes:
        if not zipfile.is_zipfile(io.BytesIO(data)):
            return data
        parts = _unpacked(data)
        sheets = [name for name in parts if _SHEETS.fullmatch(name)]
        name = draw.choice(sheets if sheets and draw.random() < 0.5 else list(parts))
        return _packed(parts | {name: change(parts[name], draw)})

    return changed


def _bytes(data: bytes, draw: random.Random) -> bytes:
    """Bits flipped, a piece cut, put in, set to one byte, or moved."""
    at, to = sorted(draw.randrange(len(data) + 1) for _ in range(2))
    near = min(to, at + draw.choice((1, 3, 50, 1000)))
    action = draw.randrange(6)
    if action == 0 and data:
        flipped = bytearray(data)
        for _ in range(draw.choice((1, 4, 40))):
            flipped[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        return bytes(flipped)
    if action == 1:
        return data[:at]
    if action == 2:
        return data[:at] + data[near:]
    if action == 3:
        return data[:at] + draw.randbytes(draw.choice((1, 4, 100))) + data[at:]
    if action == 4:
        return data[:at] + bytes([draw.choice((0, 32, 60, 255))]) * (near - at) + data[near:]
    return data[:at] + data[to:] + data[at:to]


def _xml(part: bytes, draw: random.Random) -> bytes:
    """Elements dropped, doubled, moved or nested; attributes and texts replaced by odd ones."""
    try:
        root = ElementTree.fromstring(part)
    except (ElementTree.ParseError, ValueError, LookupError):
        return part
    parents = [node for node in root.iter() if len(node)]
    node = draw.choice(list(root.iter()))
    action = draw.randrange(8)
    if action <= 3 and parents:
        _move(draw.choice(parents), draw.choice(parents), action, draw)
    elif action <= 5 and node.attrib:
        node.set(draw.choice(list(node.attrib)), draw.choice(_ODD))
    elif action == 6:
        node.set(draw.choice(("r", "s", "t", "ht", "hidden", "ref", "count", "name", "si")), draw.choice(_ODD))
    else:
        node.text = draw.choice(_ODD)
    return bytes(ElementTree.tostring(root, xml_declaration=draw.random() < 0.5, encoding="utf-8"))


def _move(parent: ElementTree.Element, other: ElementTree.Element, action: int, draw: random.Random) -> None:
    child = parent[draw.randrange(len(parent))]
    if action == 0:
        parent.remove(child)
    elif action == 1:
        parent.append(child)
    elif action == 2:
        other.insert(draw.randrange(len(other) + 1), ElementTree.fromstring(ElementTree.tostring(child)))
    else:
        parent[:] = draw.sample(list(parent), len(parent))


def _spelling(part: bytes, draw: random.Random) -> bytes:
    """The same or nearly the same XML in other namespaces, encodings, with comments, entities and definitions."""
    text = part.decode("utf-8", "replace")
    action = draw.randrange(9)
    if action == 0:
        return text.replace("UTF-8", "utf-16").encode("utf-16")
    if action == 1:
        encoding = draw.choice(_ENCODINGS)
        return re.sub(r"UTF-8|utf-8", encoding, text, count=1).encode(encoding, "replace")
    if action == 2:
        return text.replace("http://schemas.openxmlformats.org/", "http://purl.oclc.org/ooxml/").encode()
    if action == 3:
        return text.replace("/2006/main", draw.choice(("/2006/other", ""))).encode()
    if action == 4:
        return _prefixed(text).encode()
    if action == 5:
        return re.sub(r"(</?[a-z]+)", r"<!-- <row> -->\1", text, count=draw.randrange(1, 20)).encode()
    if action == 6:
        return re.sub(r"<(v|t|f)>([^<]*)<", r"<\1><![CDATA[\2]]><", text).encode()
    if action == 7:
        definition = draw.choice(('<!ENTITY a "1">', '<!ENTITY a SYSTEM "file:///x">', '<!ENTITY % a "b">%a;', ""))
        return (
            re.sub(r"(<[a-zA-Z])", rf"<!DOCTYPE x [{definition}]>\1", text, count=1)
            .replace("<v>2<", "<v>&a;<")
            .encode()
        )
    return text.replace("\n", "").replace("><", draw.choice(("> <", ">\r\n<", ">text<"))).encode()


def _prefixed(text: str) -> str:
    named = re.sub(r"<(/?)(?=[a-z])", r"<\1x:", text)
    return named.replace("xmlns=", "xmlns:x=", 1)


def _formula(data: bytes, draw: random.Random) -> bytes:
    """Formulas replaced, shortened, made shared or arrays, or a reference in them changed."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return data
    parts = _unpacked(data)
    for name in [name for name in parts if _SHEETS.fullmatch(name)]:
        text = parts[name].decode()
        parts[name] = re.sub(r"<f>(.*?)</f>", lambda found: _other_formula(found[1], draw), text).encode()
    return _packed(parts)


def _other_formula(text: str, draw: random.Random) -> str:
    action = draw.randrange(8)
    if action == 0:
        text = _escaped(draw.choice(_FORMULAS))
    elif action == 1:
        text = re.sub(r"[A-Z]+[0-9]+", lambda found: _escaped(draw.choice((*_ODD[12:22], "J11", "J26"))), text)
    elif action == 2:
        text = text[: draw.randrange(len(text) + 1)]
    elif action == 3:
        text += draw.choice("+*^&%:, !$#'\"(){}").replace("&", "&amp;") + text
    elif action == 4:
        text = _escaped(
            "".join(draw.choice("AJ1$:!'\"(),+-*/^%&<>= {};SUMROUND#[]") for _ in range(draw.randrange(40)))
        )
    attributes = ""
    if action == 5:
        attributes = f' t="{draw.choice(("shared", "array", "dataTable"))}" si="{draw.randrange(2)}" ref="J9:J11"'
        text = draw.choice((text, ""))
    return f"<f{attributes}>{text}</f>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _structure(data: bytes, draw: random.Random) -> bytes:
    """Parts removed, emptied, doubled, renamed or exchanged; relationships, sheets and content types changed."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return data
    parts = _unpacked(data)
    name, other = draw.choice(list(parts)), draw.choice(list(parts))
    action = draw.randrange(8)
    if action == 0:
        del parts[name]
    elif action == 1:
        parts[name], parts[other] = parts[other], parts[name]
    elif action == 2:
        return _packed(parts, (name, parts[other]))
    elif action == 3:
        parts[draw.choice((name.upper(), "/" + name, name.replace("/", "\\"), "../" + name, "x" + name))] = parts.pop(
            name
        )
    elif action == 4:
        parts[name] = b""
    else:
        listing = draw.choice(("xl/_rels/workbook.xml.rels", "xl/workbook.xml", "[Content_Types].xml"))
        parts[listing] = _relisted(parts.get(listing, b"").decode("utf-8", "replace"), draw).encode()
    return _packed(parts)


def _relisted(text: str, draw: random.Random) -> str:
    """An entry's names and targets exchanged with another's, made equal, or replaced."""
    found = re.findall(r'(?:name|Target|PartName|ContentType|Id|r:id|state|sheetId|localSheetId|Type)="([^"]*)"', text)
    if not found:
        return text
    one, two = draw.choice(found), draw.choice((*found, *map(_escaped, _ODD)))
    if draw.random() < 0.3:
        return text.replace(f'"{one}"', '"\0"').replace(f'"{two}"', f'"{one}"').replace("\0", two)
    return text.replace(f'"{one}"', f'"{two}"', draw.choice((1, -1)))


MUTATIONS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "bytes of the zip": _bytes,
    "bytes of a part": _in_a_part(_bytes),
    "elements": _in_a_part(_xml),
    "spelling": _in_a_part(_spelling),
    "formulas": _formula,
    "structure": _structure,
}
"""Kind of change -> what makes it."""
