"""What is no workbook, or more than can be read, is refused before it costs anything; odd spellings are read."""

import io
import re
import struct
import zipfile
from decimal import Decimal

import pytest

from estimate_core.domain.errors import NotASchedule
from estimate_core.workbook.reading import intake, limits, sheet_part
from tests.workbook.packages import packed, parts_of, with_part, with_text
from tests.workbook.schedules import block, read, small_schedule

MASTER = "xl/worksheets/sheet1.xml"
GOOD = small_schedule(block(5, "Good"), ["D5"])
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def refused(data: bytes) -> NotASchedule:
    """The refusal of a file, whose finding says the same as its sentence."""
    with pytest.raises(NotASchedule) as caught:
        read(data)
    finding = caught.value.findings[0]
    assert (finding.severity, f"{finding.sentence} {finding.mend}") == ("error", str(caught.value))
    return caught.value


def is_read(data: bytes) -> bool:
    """Whether the one item of the good schedule is there with its rate."""
    return [(item.name, item.rate) for item in read(data).schedule.items] == [("Good", Decimal(220))]


OTHER_FILES = {
    "nothing": (b"", "The file is empty"),
    "csv": (b"item,quantity\n1,2\n", "a text, such as CSV"),
    "web page": (b"<html><table><tr><td>1</td></tr></table></html>", "a web page"),
    "pdf": (b"%PDF-1.4\n\x01", "a PDF"),
    "xml 2003": (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "XML Spr"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\x01\x02", "not an Excel workbook, or it is damaged"),
    "old workbook": (OLE, "old .xls format"),
    "encrypted workbook": (OLE + "EncryptedPackage".encode("utf-16-le"), "is password-protected"),
    "binary workbook": (packed({"[Content_Types].xml": b"<a/>", "xl/workbook.bin": b"x"}), r"\.xlsb"),
    "open document": (packed({"mimetype": b"x", "content.xml": b"<a/>"}), r"\.ods"),
    "other archive": (packed({"readme.txt": b"hello"}), "zip archive, but no Excel workbook"),
}


@pytest.mark.parametrize("kind", OTHER_FILES)
def test_another_kind_of_file_is_named(kind: str) -> None:
    data, words = OTHER_FILES[kind]

    assert re.search(words, str(refused(data)))


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9, 0.99])
def test_a_file_that_was_cut_off_is_refused(share: float) -> None:
    assert "damaged" in str(refused(GOOD[: int(len(GOOD) * share)]))


def test_an_archive_with_a_password_is_refused() -> None:
    at = GOOD.rfind(b"PK\x01\x02")
    locked = bytearray(GOOD)
    struct.pack_into("<H", locked, at + 8, 1)

    assert "zip archive with a password" in str(refused(bytes(locked)))


def test_a_compression_that_is_not_known_is_refused() -> None:
    odd = bytearray(GOOD)
    for entry in re.finditer(rb"PK\x01\x02", GOOD):
        struct.pack_into("<H", odd, entry.start() + 10, 97)

    assert "damaged" in str(refused(bytes(odd)))


def test_a_part_that_is_larger_than_it_says_is_refused() -> None:
    stream = io.BytesIO(GOOD)
    with zipfile.ZipFile(stream) as archive:
        size = archive.getinfo(MASTER).file_size
    small = GOOD.replace(struct.pack("<L", size), struct.pack("<L", 100))

    assert "damaged" in str(refused(small))


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_UNPACKED", 2**20)
    bomb = packed(parts_of(GOOD) | {"xl/media/image1.png": bytes(5 * 2**20)})

    assert "unpacks to 6 MB; the limit is 1 MB" in str(refused(bomb))


def test_too_many_parts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_PARTS", 20)
    many = packed(parts_of(GOOD) | {f"xl/media/{number}": b"" for number in range(20)})

    assert "has 30 parts; the limit is 20" in str(refused(many))


def test_styles_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_TREE", 2**20)
    large = with_text(GOOD, "xl/styles.xml", "<fonts", f"<!--{'x' * 2**20}--><fonts")

    assert "xl/styles.xml of the workbook has 2 MB; the limit is 1 MB" in str(refused(large))


LIMITS = {
    "MAX_SHEETS": (1, "more than 1 sheets"),
    "MAX_CELLS": (20, "has 24 cells down to"),
    "MAX_ROWS": (5, "has 7 rows down to its last value; the limit is 5"),
    "MAX_FORMULAS": (2, "has 3 formulas down to the sheet \u201cMaster Datas\u201d; the limit is 2"),
    "MAX_CHARACTERS": (100, "has texts and formulas of "),
    "MAX_TEXT": (50, "The cell D7 of the sheet \u201cMaster Datas\u201d has 58 characters; the limit is 50"),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_what_is_too_much_is_told_with_its_figures(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    most, sentence = LIMITS[limit]
    monkeypatch.setattr(limits, limit, most)

    assert sentence in str(refused(GOOD))


def test_merges_that_cover_too_much_are_refused() -> None:
    merged = with_text(GOOD, MASTER, "</sheetData>", '</sheetData><mergeCells><mergeCell ref="K1:XFD99"/></mergeCells>')

    assert "merges 1,621,026 cells; the limit is 300,000" in str(refused(merged))


def test_a_shared_formula_that_would_be_written_out_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_TRANSLATED", 1000)
    shared = "".join(f'<c r="L{row}"><f t="shared" si="0"/></c>' for row in range(12, 112))
    rows = f'<row r="12"><c r="K12"><f t="shared" si="0" ref="K12:L112">J10+J11+J12</f></c>{shared}</row></sheetData>'

    assert "formulas of 1,111 characters" in str(refused(with_text(GOOD, MASTER, "</sheetData>", rows)))


def test_a_sheet_of_more_elements_than_can_be_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_part, "MAX_ELEMENTS", 30)

    assert "pieces or more; at most 30 are read" in str(refused(GOOD))


@pytest.mark.parametrize(
    "definition",
    ['<!ENTITY a "1"><!ENTITY b "&a;&a;">', '<!ENTITY b SYSTEM "file:///etc/passwd">', '<!ENTITY % b "c">%b;', ""],
)
@pytest.mark.parametrize("path", [MASTER, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
def test_a_document_type_is_refused_in_any_part(path: str, definition: str) -> None:
    data = with_part(GOOD, path, lambda part: f"<!DOCTYPE x [{definition}]>".encode() + part)

    assert "document type, which Excel never writes" in str(refused(data))


def prefixed(part: bytes) -> bytes:
    return re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", part).replace(b"xmlns=", b"xmlns:x=", 1)


SPELLINGS = {
    "utf-16": lambda part: part.decode().encode("utf-16"),
    "utf-16 without mark": lambda part: part.decode().encode("utf-16-le"),
    "declared in another encoding": lambda part: b'<?xml version="1.0" encoding="utf-16"?>' + part,
    "latin": lambda part: b"<?xml version='1.0' encoding='ISO-8859-1'?>" + part.decode().encode("latin-1"),
    "byte order mark": lambda part: b"\xef\xbb\xbf" + part,
    "prefixes": prefixed,
    "comments": lambda part: part.replace(b"<row", b"<!-- </sheetData><c/> --><row"),
    "character data": lambda part: re.sub(rb"<f>(.*?)</f>", rb"<f><![CDATA[\1]]></f>", part),
    "line breaks": lambda part: part.replace(b"><", b">\r\n<"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_sheet_is_read_in_any_spelling(spelling: str) -> None:
    assert is_read(with_part(GOOD, MASTER, SPELLINGS[spelling]))


def test_an_unusual_encoding_is_refused() -> None:
    data = with_part(GOOD, MASTER, lambda part: b"<?xml version='1.0' encoding='utf-7'?>" + part)

    assert "its sheet \u201cMaster Datas\u201d seems to be damaged" in str(refused(data))


def test_a_strict_workbook_is_read() -> None:
    usual = b"http://schemas.openxmlformats.org/"
    main, relations = b"spreadsheetml/2006/main", b"officeDocument/2006/relationships"
    strict = b"http://purl.oclc.org/ooxml/"
    parts = {
        name: part.replace(usual + main, strict + b"spreadsheetml/main").replace(
            usual + relations, strict + b"officeDocument/relationships"
        )
        for name, part in parts_of(GOOD).items()
    }

    assert parts["xl/workbook.xml"].count(strict) == 2
    assert is_read(packed(parts))


NAMES = {
    "another folder": lambda name: name.replace("worksheets/sheet1", "odd/place"),
    "another case": str.upper,
    "backslashes": lambda name: name.replace("/", "\\"),
    "from the root": lambda name: "/" + name,
}


@pytest.mark.parametrize("naming", NAMES)
def test_parts_are_found_under_odd_names(naming: str) -> None:
    parts = {
        NAMES[naming](name): part.replace(b"worksheets/sheet1", b"odd/place") if "folder" in naming else part
        for name, part in parts_of(GOOD).items()
    }

    assert is_read(packed(parts))


def test_names_that_lead_out_of_the_package_are_never_opened() -> None:
    assert is_read(packed(parts_of(GOOD) | {"../../outside.txt": b"x", "/absolute": b"y"}))


def test_limits_hold_for_sheets_in_any_folder_and_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_ROWS", 5)
    parts = parts_of(with_part(GOOD, MASTER, lambda part: prefixed(part).decode().encode("utf-16")))
    moved = {
        name.replace("worksheets/sheet1", "odd/place"): part.replace(b"worksheets/sheet1", b"odd/place")
        for name, part in parts.items()
    }

    assert "has 7 rows down to its last value" in str(refused(packed(moved)))
