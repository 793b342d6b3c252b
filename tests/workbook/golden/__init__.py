"""Whole workbooks as text, kept beside this module and compared part by part.

Each case is kept in a file of its own: its parts in order, each under a line `== path of the part`, a tag a line. What
is the same in all cases (styles, theme) stands in the first one only, and of a workbook of 500 lines there is a hash
of each part. When workbooks change on purpose, write the files anew, and look at what changed before committing it:

    python -m tests.workbook.golden
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from estimate_core.domain.charges import default_profile, with_grand_total, with_lump_sums, with_value
from estimate_core.domain.estimate import Estimate, Line
from estimate_core.domain.office import Cover, Office
from estimate_core.domain.schedule import Schedule
from estimate_core.workbook.output.mould import Mould, cut_mould
from tests.workbook.schedules import block, order_of, poured_order, read, small_schedule

FOLDER = Path(__file__).parent
SHARED = ("xl/styles.xml", "docProps/app.xml", "_rels/.rels")
HASHED = ("xl/theme/theme1.xml",)
_MARK = "== "

LINES = (
    Line("a", 5, Decimal("2.50")),
    Line("b", 25, Decimal("3")),
    Line("c", 15, Decimal("0.125"), "Sqm"),
)
WORK = Estimate("Class rooms & compound wall at <Kompally>", "original", LINES, cover=Cover(shown=False))
COVER = Cover(True, head_of_account="2059-80-053", work_id="TS/2025/0143", place="Hyderabad")
OFFICE = Office("Roads and Buildings Department", ("Prepared by\nAssistant Engineer", "Approved by"))
CHARGES = default_profile()


@lru_cache(maxsize=1)
def schedule() -> tuple[Schedule, Mould]:
    """Three items, one of which needs another, one a sheet."""
    data = small_schedule(
        block(5, "Brick work") | block(15, "Plaster", I19="=J31") | block(25, "Pipe", I29="=Rates!B1"),
        ["D5", "D15", "D25"],
        [
            ["Brick work", "Walls", "Re-", "Cum"],
            ["Plaster", "Walls", "Replacement of", "Sqm"],
            ["Pipe", "Water", "", "Mtr"],
        ],
        sheets={"Rates": {"A1": "Pipe", "B1": 33.333}},
    )
    book = read(data)
    return book.schedule, cut_mould(book)


def made(estimate: Estimate, datas: bool = True, cover: Cover = WORK.cover) -> bytes:
    """The workbook of an estimate of these items."""
    items, mould = schedule()
    order = order_of(estimate, items, datas, cover=cover, office=OFFICE, schedule_hash="0123456789abcdef" * 4)
    return poured_order(mould, order)


def charged(key: str, value: str | None) -> Callable[[], bytes]:
    """The estimate alone, in repair work, with one charge typed or switched off."""
    charges = with_value(CHARGES, key, None if value is None else Decimal(value))
    return lambda: made(replace(WORK, work_type="repair", charges=charges), datas=False)


def many(count: int) -> Callable[[], bytes]:
    """The items again and again."""
    lines = tuple(Line(str(n), (5, 15, 25)[n % 3], Decimal(n * 37 % 1000) / 8) for n in range(1, count + 1))
    return lambda: made(replace(WORK, lines=lines))


CASES: Mapping[str, Callable[[], bytes]] = {
    "original": lambda: made(WORK),
    "repair": lambda: made(replace(WORK, work_type="repair")),
    "grouped": lambda: made(replace(WORK, grouped=True)),
    "estimate only": lambda: made(WORK, datas=False),
    "with cover": lambda: made(WORK, cover=COVER),
    "with an empty cover, estimate only": lambda: made(WORK, datas=False, cover=Cover()),
    "with deduction": charged("deduction", "64"),
    "with excess": charged("tp", "4.5"),
    "without labour cess": charged("lc", None),
    "without quality control": charged("qc", None),
    "without NAC": charged("nac", None),
    "without GST": charged("gst", None),
    "with lump sums": lambda: made(
        replace(WORK, charges=with_lump_sums(CHARGES, [("name board", Decimal("150.50"))])), datas=False
    ),
    "with a typed grand total": lambda: made(
        replace(WORK, charges=with_grand_total(CHARGES, Decimal(5000))), datas=False
    ),
    "1 line": many(1),
    "500 lines": many(500),
}


def parts_of(name: str) -> dict[str, str]:
    """The parts of a case's workbook as they are kept, by path."""
    with zipfile.ZipFile(io.BytesIO(CASES[name]())) as archive:
        parts = {path: archive.read(path).decode("utf-8") for path in sorted(archive.namelist())}
    return {path: _kept(name, path, text) for path, text in parts.items() if name == "original" or path not in SHARED}


def _kept(name: str, path: str, text: str) -> str:
    if path in HASHED or (name == "500 lines" and path.startswith("xl/worksheets/")):
        return f"sha256 {hashlib.sha256(text.encode()).hexdigest()}"
    # Some XML libraries put a space before the end of an empty element.
    return text.replace(" />", "/>").replace("><", ">\n<")


def file_of(name: str) -> Path:
    """Where a case is kept."""
    return FOLDER / f"{name.replace(', ', ' ').replace(' ', '-')}.txt"


def kept(name: str) -> dict[str, str]:
    """The parts of a case as its file has them; none where there is no file."""
    if not file_of(name).exists():
        return {}
    sections = file_of(name).read_text(encoding="utf-8").removesuffix("\n").split(f"\n{_MARK}")
    pairs = (section.removeprefix(_MARK).partition("\n") for section in sections)
    return {path: text for path, _, text in pairs}


def write(name: str) -> None:
    """Keep a case's workbook as it is made now."""
    text = "\n".join(f"{_MARK}{path}\n{content}" for path, content in parts_of(name).items())
    file_of(name).write_text(text + "\n", encoding="utf-8", newline="\n")
