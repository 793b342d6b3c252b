"""What most tests stand on: a desk of its own with a clock to set, three people, and a small schedule."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill

from estimate_core.desk import Desk, open_desk
from estimate_core.domain.people import LOCAL, User
from estimate_core.services.downloads import open_output
from estimate_core.services.schedules import ScheduleCard, upload_schedule
from estimate_core.settings import Settings
from estimate_core.storage.database import writing
from estimate_core.storage.people import ensure_person
from tests.doors.count import TRIED, told

MakeWorkbook = Callable[..., bytes]


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    at: datetime = field(default_factory=lambda: datetime(2026, 4, 1, 9, 30, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    """The time at the desk; `clock.move(60)` lets a minute pass."""
    return Clock()


@pytest.fixture
def rung() -> list[str]:
    """The job ids that were enqueued, in order."""
    return []


@pytest.fixture
def desk(tmp_path: Path, clock: Clock, rung: list[str]) -> Desk:
    """A desk of its own for each test, where the people of the fixtures are known."""
    made = open_desk(Settings(home=tmp_path / "home"), rung.append, clock)
    with made.open_db() as db, writing(db):
        for person in (LOCAL, COLLEAGUE, STRANGER):
            ensure_person(db, person)
    return made


COLLEAGUE = User(id="colleague", name="Asha", organisation="local")
STRANGER = User(id="stranger", name="Ravi", organisation="elsewhere")


@pytest.fixture
def user() -> User:
    """The person whose desk it is."""
    return LOCAL


@pytest.fixture
def colleague() -> User:
    """Another person of the same organisation."""
    return COLLEAGUE


@pytest.fixture
def stranger() -> User:
    """A person of another organisation."""
    return STRANGER


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how many doors were tried, where any were."""
    if TRIED:
        terminalreporter.write_line(told())


@pytest.fixture
def plain_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """A main module that a new process can import; the tests of pages leave behind one that runs a page."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


@dataclass(frozen=True)
class Block:
    """What a block of the small schedule is made from; without a rate it cannot be picked."""

    name: str
    group: str
    unit: str
    rate: float | None
    prefix: str = ""


LIGHT_POINT = Block("Light point", "Points", "Pts", 500, "Re-wiring of")
FAN = Block("Ceiling fan 1200 mm", "Fans", "Nos", 1250.5)
CABLE = Block("Cable 4 sqmm", "Cables", "Mtrs", 85.25)
UNPRICED = Block("Antique chandelier", "Fittings", "Nos", None)
BLOCKS = (LIGHT_POINT, FAN, CABLE, UNPRICED)
ROW_OF = {block.name: 1 + 6 * number for number, block in enumerate(BLOCKS)}
"""The heading row of each block; blocks are six rows apart."""


@pytest.fixture
def make_workbook() -> MakeWorkbook:
    """A function that gives the bytes of a schedule workbook of the given blocks (the four above if none)."""
    return workbook_of


@cache
def workbook_of(*blocks: Block) -> bytes:
    """The bytes of a schedule workbook of these blocks, or of `BLOCKS`; the same ones in every second of a run."""
    book = Workbook()
    master, groups = book.create_sheet("Master Datas"), book.create_sheet("Groups")
    del book["Sheet"]
    groups.append(["Item Name", "Group", "Prefix", "Unit"])
    for number, block in enumerate(blocks or BLOCKS):
        _write_block(master, 1 + 6 * number, number, block)
        groups.append([block.name, block.group, block.prefix, block.unit])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _write_block(sheet: Any, first: int, number: int, block: Block) -> None:
    heading = sheet.cell(first, 4, block.name)
    heading.fill = PatternFill("solid", fgColor="FFFFFF00")
    heading.font = Font(color="FFFF0000", bold=True)
    sheet.cell(first, 1, number + 1)
    sheet.cell(first, 2, f"T-{number + 1}")
    sheet.cell(first + 1, 4, f"Data {number + 1}")
    sheet.cell(first + 2, 4, f"Supplying and fixing of {block.name}, complete for finished item of work.")
    if block.rate is not None:
        row = first + 3
        for col, value in enumerate((1, block.name, 1, block.unit, 1, block.unit, block.rate), 3):
            sheet.cell(row, col, value)
        sheet.cell(row, 10, f"=E{row}*I{row}/G{row}")
        sheet.cell(first + 4, 4, "Rate per 1")
        sheet.cell(first + 4, 10, f"=J{row}")


def reach_of(desk: Desk, user: User, output_id: str) -> Path:
    """Where the file of a job lies, once it was found to be whole."""
    reach = open_output(desk, user, output_id).reach
    assert isinstance(reach, Path)
    return reach


@pytest.fixture
def schedule(desk: Desk, user: User, make_workbook: MakeWorkbook) -> ScheduleCard:
    """The small schedule, uploaded by `user` as Electrical 2025-26; three of its four items can be picked."""
    return upload_schedule(desk, user, "small.xlsx", make_workbook(), "Electrical", "2025-26")
