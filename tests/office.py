"""LibreOffice as a second opinion: recalculates workbooks so that tests can compare the values."""

import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
TIMEOUT = 120  # seconds for a start, and as much again for each hundred workbooks
SIDE_BY_SIDE = 2

# In CI the tests must run, so there a missing LibreOffice fails them instead of skipping.
needs_office = pytest.mark.skipif(
    SOFFICE is None and os.environ.get("CI") != "true",
    reason="LibreOffice (soffice) is not installed",
)

# LibreOffice trusts the values that a file holds unless it is told to compute always (0).
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""


def recalculated(workbook: Path | bytes) -> Workbook:
    """The workbook with the values that LibreOffice computes, to be read like a file opened data_only."""
    data = workbook if isinstance(workbook, bytes) else workbook.read_bytes()
    return openpyxl.load_workbook(io.BytesIO(recalculate(data)), data_only=True)


def recalculate(data: bytes) -> bytes:
    """The xlsx as LibreOffice saves it after computing every formula anew."""
    return recalculate_all([data])[0]


def recalculate_all(workbooks: Sequence[bytes]) -> list[bytes]:
    """Many workbooks, in few runs of LibreOffice: a start takes as long as twenty small files."""
    if SOFFICE is None:
        pytest.fail("LibreOffice (soffice) is not installed, and CI=true says that it must be")
    shares = [workbooks[begin::SIDE_BY_SIDE] for begin in range(SIDE_BY_SIDE)]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        done = [iter(share) for share in pool.map(_recalculate_share, shares)]
    return [next(done[place % SIDE_BY_SIDE]) for place in range(len(workbooks))]


def _recalculate_share(workbooks: Sequence[bytes]) -> list[bytes]:
    if not workbooks:
        return []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        names = [f"{place}.xlsx" for place in range(len(workbooks))]
        for file_name, data in zip(names, workbooks, strict=True):
            (folder / file_name).write_bytes(data)
        said = _convert(folder, names)
        missing = [file_name for file_name in names if not (folder / "out" / file_name).exists()]
        if missing:
            pytest.fail(f"LibreOffice made no workbook of {missing}: {said}")
        return [(folder / "out" / file_name).read_bytes() for file_name in names]


def _convert(folder: Path, names: list[str]) -> str:
    """Convert files of a folder into its folder `out`; gives what LibreOffice says."""
    # A profile of its own lets calls run side by side, also beside an office that a person has open.
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
    command = [str(SOFFICE), f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
    command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", "out", *names]
    limit = TIMEOUT * (1 + len(names) // 100)
    result = subprocess.run(command, capture_output=True, text=True, timeout=limit, cwd=folder)
    return f"{result.stdout[-2000:]} {result.stderr[-2000:]}"
