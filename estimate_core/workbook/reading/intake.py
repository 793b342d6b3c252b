"""The package of a workbook, checked before openpyxl sees it: what kind of file it is, how large, how it is written.

openpyxl makes an object of each cell and a tree of each other part, so a few kilobytes that unpack to gigabytes would
take all memory. Each part is looked at when it is read, whatever its name and place: nothing else is ever opened.
"""

import io
import re
import struct
import zipfile
import zlib
from typing import IO
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

from openpyxl.formula.tokenizer import TokenizerError
from openpyxl.utils.exceptions import IllegalCharacterError, InvalidFileException

from estimate_core.domain.errors import NotASchedule
from estimate_core.domain.finding import Finding

MAX_UNPACKED = 300 * 1024 * 1024
MAX_PARTS = 10_000
MAX_TREE = 24 * 1024 * 1024
"""Bytes of a part that is held as a tree: all but sheets and the table of texts."""

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    InvalidFileException,
    IllegalCharacterError,
    TokenizerError,
    ParseError,
    ExpatError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    EOFError,
    OSError,
    RuntimeError,
)
"""What openpyxl was seen to raise on files that are damaged, or made by programs that do not keep to the standard."""

SAVE_AGAIN = "Open it in Excel, let Excel repair it if it offers to, save it as .xlsx and upload that."
_SAVE_AS = "Open it in Excel, choose Save As, Excel Workbook (.xlsx), and upload that."

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_LOOKED_AT = 4096
_FLAG_ENCRYPTED = 0x1

_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_KNOWN_ENCODING = re.compile(r"(us-)?ascii|utf-?8|utf-?16(-?[lb]e)?|latin-?1|iso-?8859-?\d+|(windows-?|cp)125\d", re.I)
_TRANSITIONAL = b"http://schemas.openxmlformats.org/"
_STRICT = tuple(
    (b"http://purl.oclc.org/ooxml/" + strict, _TRANSITIONAL + usual)
    for strict, usual in (
        (b"spreadsheetml/main", b"spreadsheetml/2006/main"),
        (b"officeDocument/relationships", b"officeDocument/2006/relationships"),
        (b"drawingml/main", b"drawingml/2006/main"),
    )
)
"""Namespaces of Excel's `Strict Open XML Spreadsheet`, which says the same in other words."""


def refusal(kind: str, sentence: str, mend: str, sheet: str = "", row: int | None = None) -> NotASchedule:
    """A file that cannot be used: the sentence and what to do, for the person and as a finding."""
    return NotASchedule(f"{sentence} {mend}", (Finding("error", kind, sheet, row, "", sentence, mend),))


class Package:
    """The parts of an .xlsx or .xlsm by name, as UTF-8 and in the usual namespaces.

    It stands where openpyxl expects its zip file; `replaced` has parts that are to be read in another form.
    """

    filename = None

    def __init__(self, data: bytes) -> None:
        _refuse_other_files(data)
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except DAMAGED as problem:
            sentence = "The file is not an Excel workbook, or it is damaged."
            raise refusal("damaged-file", sentence, SAVE_AGAIN) from problem
        entries = self._archive.infolist()
        self._entries = {entry.filename.replace("\\", "/").lstrip("/"): entry for entry in entries}
        self._spelling = {name.casefold(): name for name in self._entries}
        _refuse_other_packages(self._spelling, entries)
        self.replaced: dict[str, bytes] = {}

    def namelist(self) -> "Names":
        """The names of the parts; a name is in it in any case of its letters."""
        return Names(self._spelling)

    def read(self, name: str) -> bytes:
        """A part that openpyxl holds as a tree; KeyError where there is none."""
        part = self.replaced.get(name)
        return self.part(name, MAX_TREE) if part is None else part

    def open(self, name: str, mode: str = "r") -> IO[bytes]:
        """A part that openpyxl reads piece by piece."""
        part = self.replaced.get(name)
        return io.BytesIO(self.part(name) if part is None else part)

    def part(self, name: str, most: int = MAX_UNPACKED) -> bytes:
        """A part as the file has it; NotASchedule where it has more than `most` bytes or brings definitions."""
        entry = self._entries[self._spelling[name.casefold()]]
        if entry.file_size > most:
            sentence = (
                f"The part {entry.filename} of the workbook has {_megabytes(entry.file_size)} MB; the limit is "
                f"{_megabytes(most)} MB."
            )
            mend = "Copy the sheets of the schedule into a new workbook, which leaves unused styles behind."
            raise refusal("too-large", sentence, f"{mend} Upload that.")
        part = _as_utf8(self._archive.read(entry))
        if b"<!DOCTYPE" in part:
            sentence = f"The part {entry.filename} of the file has a document type, which Excel never writes."
            raise refusal("damaged-file", sentence, SAVE_AGAIN)
        return _in_usual_namespaces(part)

    def close(self) -> None:
        """Nothing is kept open."""


class Names(list[str]):
    """Names of parts, which packages spell in any case."""

    def __init__(self, spelling: dict[str, str]) -> None:
        super().__init__(spelling.values())
        self._spelling = spelling

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.casefold() in self._spelling


def _refuse_other_files(data: bytes) -> None:
    if data.startswith(b"PK"):
        return
    if data.startswith(_OLE_MAGIC):
        if _ENCRYPTED in data:
            mend = "Open it in Excel, remove the password (File, Info, Protect Workbook), save it and upload it again."
            raise refusal("protected-file", "The file is password-protected.", mend)
        sentence = "The file is password-protected or in the old .xls format."
        raise refusal("not-a-workbook", sentence, "Remove the password if it has one. " + _SAVE_AS)
    kind = _kind(data)
    if kind:
        raise refusal("not-a-workbook", f"The file is {kind}, not an Excel workbook, in spite of its name.", _SAVE_AS)
    what = "not an Excel workbook, or it is damaged" if data else "empty, so it is not an Excel workbook"
    raise refusal("not-a-workbook", f"The file is {what}.", SAVE_AGAIN)


def _kind(data: bytes) -> str:
    """What a file that is no zip archive looks like; empty where it looks like nothing known."""
    start = data[:_LOOKED_AT].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\0", b"").lower()
    if start.startswith(b"%pdf"):
        return "a PDF"
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start and b"<html" not in start:
        return "an XML Spreadsheet 2003"
    if b"<html" in start or b"<table" in start or start.startswith(b"<!doctype html"):
        return "a web page"
    if start.startswith(b"<?xml"):
        return "an XML text"
    return "" if not start or re.search(rb"[\x01-\x08\x0e-\x1f]", start) else "a text, such as CSV"


def _refuse_other_packages(spelling: dict[str, str], entries: list[zipfile.ZipInfo]) -> None:
    if "xl/workbook.bin" in spelling:
        raise refusal("not-a-workbook", "The file is an Excel Binary Workbook (.xlsb).", _SAVE_AS)
    if "content.xml" in spelling and "mimetype" in spelling:
        mend = "Open it, choose Save As, Excel Workbook (.xlsx), and upload that."
        raise refusal("not-a-workbook", "The file is an OpenDocument file (.ods), in spite of its name.", mend)
    if "[content_types].xml" not in spelling or not any(name.startswith("xl/") for name in spelling):
        sentence = "The file is a zip archive, but no Excel workbook."
        raise refusal("not-a-workbook", sentence, "Choose an .xlsx or .xlsm file.")
    if any(entry.flag_bits & _FLAG_ENCRYPTED for entry in entries):
        mend = "Make the file again without a password and upload that."
        raise refusal("protected-file", "The file is a zip archive with a password.", mend)
    if len(entries) > MAX_PARTS:
        sentence = f"The workbook has {len(entries):,} parts; the limit is {MAX_PARTS:,}."
        raise refusal("too-large", sentence, "Delete unused sheets and pictures, and upload it again.")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED:
        sentence = f"The workbook unpacks to {_megabytes(unpacked)} MB; the limit is {_megabytes(MAX_UNPACKED)} MB."
        raise refusal("too-large", sentence, "Delete unused sheets and stray formatted rows, and upload it again.")


def _megabytes(size: int) -> str:
    return f"{-(-size // 2**20):,}"


def _as_utf8(part: bytes) -> bytes:
    """An XML part in UTF-8, so that it can be searched and cut; other parts as they are."""
    encoding = _encoding(part)
    if encoding is None:
        return part
    text = part.decode(encoding).removeprefix("\ufeff")
    return re.sub(r"^\s*<\?xml.*?\?>", "", text, count=1, flags=re.DOTALL).encode()


def _encoding(part: bytes) -> str | None:
    """The encoding of an XML part that is not UTF-8; ValueError for one that workbooks are not written in."""
    if part.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if part.startswith((b"<\0", b"\0<")):
        return "utf-16-le" if part.startswith(b"<") else "utf-16-be"
    declared = _DECLARATION.match(part)
    if declared is None:
        return None
    name = declared[1].decode()
    if not _KNOWN_ENCODING.fullmatch(name):
        raise ValueError(f"encoding {name}")
    if name.lower() in ("utf-8", "us-ascii", "ascii"):
        return None
    return "utf-8" if name.lower().startswith("utf") else name  # read as single bytes, it cannot be UTF-16


def _in_usual_namespaces(part: bytes) -> bytes:
    for strict, usual in _STRICT:
        if strict in part:
            part = part.replace(strict, usual)
    return part
