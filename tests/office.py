"""LibreOffice as a second opinion: recalculates a workbook so that tests can compare the values."""

import io
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
TIMEOUT = 120  # seconds; the first start of a profile is slow

# In CI the tests must run, so there a missing LibreOffice fails them instead of skipping.
needs_office = pytest.mark.skipif(
    SOFFICE is None and os.environ.get("CI") != "true",
    reason="LibreOffice (soffice) is not installed",
)


def recalculated(workbook: Path | bytes) -> Workbook:
    """The workbook with the values that LibreOffice computes, to be read like a file opened data_only."""
    data = workbook if isinstance(workbook, bytes) else workbook.read_bytes()
    return openpyxl.load_workbook(io.BytesIO(recalculate(data)), data_only=True)


def recalculate(data: bytes) -> bytes:
    """The xlsx as LibreOffice saves it after computing every formula anew."""
    if SOFFICE is None:
        pytest.fail("LibreOffice (soffice) is not installed, and CI=true says that it must be")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source, target = folder / "in" / "book.xlsx", folder / "out" / "book.xlsx"
        source.parent.mkdir()
        source.write_bytes(without_values(data))
        # A profile of its own lets calls run side by side, also beside an office that a person has open.
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        to = ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(target.parent)]
        command = [SOFFICE, profile, "--headless", "--norestore", *to, str(source)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
        if not target.exists():
            pytest.fail(f"LibreOffice made no workbook: {result.stdout} {result.stderr}")
        return target.read_bytes()


def without_values(data: bytes) -> bytes:
    """The same formulas with no stored values, because LibreOffice trusts those that it finds."""
    stream = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(data)).save(stream)
    return stream.getvalue()
