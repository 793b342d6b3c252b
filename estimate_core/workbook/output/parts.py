"""Changes to the parts of a saved package: sheets taken out, comments put in.

The patterns are those of openpyxl's own writing, which `package` made.
"""

import re

from estimate_core.workbook.output.package import Frame

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CONTENT = "application/vnd.openxmlformats-officedocument"


def without_sheets(files: dict[str, str], frames: list[Frame]) -> None:
    """Take sheets out of the parts that list them; print titles and print areas of the sheets go with them."""
    gone = {_number(frame.path) - 1 for frame in frames}
    files["xl/workbook.xml"] = _without_names(files["xl/workbook.xml"], gone)
    for frame in frames:
        number = _number(frame.path)
        _drop(files, "xl/workbook.xml", rf'<sheet [^>]*sheetId="{number}"[^>]*/>')
        _drop(
            files,
            "xl/_rels/workbook.xml.rels",
            rf'<Relationship [^>]*Target="/{re.escape(frame.path)}"[^>]*/>',
        )
        _drop(files, "[Content_Types].xml", rf'<Override [^>]*PartName="/{re.escape(frame.path)}"[^>]*/>')


def _without_names(workbook: str, gone: set[int]) -> str:
    """The workbook's part without the names of sheets at these places; a name counts sheets, so others move up."""

    def kept(found: re.Match[str]) -> str:
        before, place, after = found[1], int(found[2]), found[3]
        return "" if place in gone else f"{before}{place - sum(other < place for other in gone)}{after}"

    return re.sub(r'(<definedName [^>]*localSheetId=")(\d+)("[^>]*>.*?</definedName>)', kept, workbook, flags=re.S)


def add_notes(files: dict[str, str], sheet_path: str, tail: str, parts: tuple[str, str]) -> str:
    """Add a sheet's comments and their drawing to the package; gives the end of the sheet that names them."""
    number = _number(sheet_path)
    comments, drawing = f"xl/comments/comment{number}.xml", f"xl/drawings/commentsDrawing{number}.vml"
    files[comments], files[drawing] = parts
    files[f"xl/worksheets/_rels/sheet{number}.xml.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Type="{_RELATIONS}/comments" Target="/{comments}" Id="comments"/>'
        f'<Relationship Type="{_RELATIONS}/vmlDrawing" Target="/{drawing}" Id="anysvml"/></Relationships>'
    )
    _add_content_types(files, comments)
    legacy = f'<legacyDrawing xmlns:r="{_RELATIONS}" r:id="anysvml"/>'
    return tail.replace("</worksheet>", legacy + "</worksheet>")


def _add_content_types(files: dict[str, str], comments: str) -> None:
    types = files["[Content_Types].xml"]
    if 'Extension="vml"' not in types:
        vml = f'<Default Extension="vml" ContentType="{_CONTENT}.vmlDrawing"/>'
        types = re.sub(r"(<Types[^>]*>)", lambda found: found[0] + vml, types, count=1)
    override = f'<Override PartName="/{comments}" ContentType="{_CONTENT}.spreadsheetml.comments+xml"/>'
    files["[Content_Types].xml"] = types.replace("</Types>", override + "</Types>")


def _drop(files: dict[str, str], path: str, pattern: str) -> None:
    files[path] = re.sub(pattern, "", files[path], flags=re.S)


def _number(sheet_path: str) -> int:
    found = re.search(r"sheet(\d+)\.xml$", sheet_path)
    assert found is not None, sheet_path
    return int(found[1])
