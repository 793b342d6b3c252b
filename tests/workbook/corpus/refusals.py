"""Files that cannot be used as a schedule, each with the sentence that says so."""

import io

from openpyxl import Workbook, load_workbook

from tests.workbook.corpus.case import GROUPS, MASTER, error, note, one, schedule, warning
from tests.workbook.packages import packed, with_part
from tests.workbook.schedules import block, saved, small_schedule


@schedule(refused="has no sheet \u201cMaster Datas\u201d", told=[error("sheet-missing", "", "")])
def no_sheet_of_blocks() -> bytes:
    workbook = load_workbook(io.BytesIO(one()))
    workbook[MASTER].title = "Analyses"
    return saved(workbook)


@schedule(refused="Its sheet \u201cMaster Data\u201d may be meant.", told=[error("sheet-missing", "", "")])
def a_sheet_of_blocks_with_nearly_the_name() -> bytes:
    workbook = load_workbook(io.BytesIO(one()))
    workbook[MASTER].title = "Master Data"
    return saved(workbook)


@schedule(refused="has no sheet \u201cGroups\u201d", told=[error("sheet-missing", "", "")])
def no_sheet_of_groups() -> bytes:
    workbook = load_workbook(io.BytesIO(one()))
    workbook[GROUPS].title = "List"
    return saved(workbook)


@schedule(refused="has no sheet", told=[error("sheet-missing", "", "")])
def an_empty_workbook() -> bytes:
    return saved(Workbook())


@schedule(refused="no cell of columns A to J has yellow fill and red text", told=[error("no-heading", "")])
def no_heading_at_all() -> bytes:
    return small_schedule(block(5, "Wall"), [], [["Wall", "Works", "", "Nos"]])


@schedule(
    refused="no cell of columns A to J",
    told=[error("no-heading", ""), warning("heading-beyond-j", "K5"), note("yellow-not-red", "D20")],
)
def nothing_but_near_misses() -> bytes:
    data = small_schedule({"K5": "Wall", "D20": "Floor"}, ["K5", "D20"], [["Roof", "Works", "", "Nos"]])
    workbook = load_workbook(io.BytesIO(data))
    workbook[MASTER]["D20"].font = None
    return saved(workbook)


@schedule(refused="no header row with Item Name, Group and Prefix", told=[error("no-group-titles", "A1", GROUPS)])
def groups_without_its_titles() -> bytes:
    workbook = load_workbook(io.BytesIO(one()))
    workbook[GROUPS]["A1"] = "Name of work"
    return saved(workbook)


@schedule(refused="first 20 rows", told=[error("no-group-titles", "A1", GROUPS)])
def groups_with_its_titles_in_row_21() -> bytes:
    workbook = load_workbook(io.BytesIO(one()))
    workbook[GROUPS].insert_rows(1, 20)
    return saved(workbook)


_DAMAGED = [error("damaged-file", "", "")]
_OTHER = [error("not-a-workbook", "", "")]


@schedule(refused="not an Excel workbook", told=_OTHER)
def an_empty_file() -> bytes:
    return b""


@schedule(refused="not an Excel workbook", told=_OTHER)
def a_text_with_the_wrong_name() -> bytes:
    return b"item,quantity\n"


@schedule(refused="password-protected or in the old .xls format", told=_OTHER)
def an_old_workbook() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@schedule(refused="password-protected.", told=[error("protected-file", "", "")])
def an_encrypted_workbook() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)


@schedule(refused="a zip archive, but no Excel workbook", told=_OTHER)
def another_zip_archive() -> bytes:
    return packed({"readme.txt": b"hello"})


@schedule(refused="damaged", told=_DAMAGED)
def a_workbook_that_was_cut_off() -> bytes:
    data = one()
    return data[: len(data) // 2]


@schedule(refused="damaged", told=[error("damaged-file", "")])
def a_part_that_was_cut_off() -> bytes:
    return with_part(one(), "xl/worksheets/sheet1.xml", lambda xml: xml[:-40])


@schedule(refused="merges 17,", told=[error("too-large", "")])
def merges_over_whole_columns() -> bytes:
    merge = b'</sheetData><mergeCells><mergeCell ref="K1:XFD1048576"/></mergeCells>'
    return with_part(one(), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", merge))
