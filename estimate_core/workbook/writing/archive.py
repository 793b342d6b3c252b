"""The zip of a workbook without the clock: the same content gives the same bytes."""

import zipfile
from datetime import UTC, datetime

from openpyxl.packaging.core import DocumentProperties

from estimate_core.workbook.writing.markup import xml_text

AUTHOR = "Estimate Desk"

PROPERTIES = "docProps/core.xml"


def entry(path: str) -> zipfile.ZipInfo:
    """A zip entry that says nothing of the clock or the machine."""
    made = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
    made.compress_type = zipfile.ZIP_DEFLATED
    made.create_system = 0
    made.external_attr = 0
    return made


def properties(title: str, created: datetime) -> str:
    """The part with what a workbook tells about itself."""
    moment = created.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    told = DocumentProperties(creator=AUTHOR, title=title[:250], created=moment, modified=moment)
    return xml_text(told.to_tree())
