"""The command line: `python -m estimate_core items SCHEDULE.xlsx` and `... build SCHEDULE.xlsx LINES.csv -o OUT.xlsx`.

What goes wrong is told in sentences on stderr and ends with exit status 2, and an output that was there stays.
"""

import argparse
import csv
import io
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TextIO
from uuid import uuid4

from estimate_core.domain.charges import default_profile, with_grand_total
from estimate_core.domain.errors import BadInput, DeskError
from estimate_core.domain.estimate import MAX_LINES, Estimate, Line, Price, clean_name, clean_unit, price
from estimate_core.domain.money import grouped, read_amount, read_quantity
from estimate_core.domain.schedule import Item, Schedule, pick_item
from estimate_core.workbook.book import Book
from estimate_core.workbook.mould import cut_mould
from estimate_core.workbook.pour import Order, pour
from estimate_core.workbook.reader import read_schedule

FINE, REFUSED, STOPPED = 0, 2, 130
MAX_TOLD = 20
"""Bad lines that are told one by one."""

_COLUMNS = ("item", "quantity", "unit")
_PROGRAM = "python -m estimate_core"
_REPORT_IT = "Save the schedule anew in Excel and try again; if it stays, report it with its file."
_log = logging.getLogger(__name__)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Row = tuple[int, list[str]]
"""The number of a line of LINES.csv and its fields."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status: 0, 2 for a refusal, 130 when stopped by the person."""
    _speak_utf_8()
    chosen = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = chosen.run
    try:
        run(chosen)
        sys.stdout.flush()
    except DeskError as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except BrokenPipeError:
        # The reader of the pipe has gone (`... | head`); without this the interpreter's last flush would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return STOPPED
    except Exception as error:  # the outermost frame: a person gets a sentence, a developer the log
        _log.debug("an error that nobody foresaw", exc_info=True)
        print(f"This should not have happened: {type(error).__name__}: {error}. {_REPORT_IT}", file=sys.stderr)
        return REFUSED
    return FINE


def _speak_utf_8() -> None:
    """UTF-8 whatever the console's code page is, and line ends as they are written."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=_PROGRAM, description="Estimates from a schedule of rates.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    items = commands.add_parser("items", help="print the items of a schedule as CSV")
    items.add_argument("schedule", type=Path, metavar="SCHEDULE.xlsx")
    items.set_defaults(run=_items)
    build = commands.add_parser("build", help="make an estimate workbook")
    build.add_argument("schedule", type=Path, metavar="SCHEDULE.xlsx")
    build.add_argument(
        "lines",
        type=Path,
        metavar="LINES.csv",
        help="item,quantity[,unit] with a header; an item is a name, a code or row:123",
    )
    build.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.xlsx")
    build.add_argument("--work-name", default="", metavar="TEXT", help="the name of the work")
    build.add_argument("--work-type", choices=("original", "repair"), default="original")
    build.add_argument("--grand-total", metavar="N", help="rupees that the estimate is fitted to")
    build.add_argument("--estimate-only", action="store_true", help="without the rate analyses")
    build.set_defaults(run=_build)
    return parser


def _items(chosen: argparse.Namespace) -> None:
    schedule = _read_book(chosen.schedule).schedule
    _print_items(schedule, sys.stdout)


def _print_items(schedule: Schedule, stream: TextIO) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("name", "code", "group", "unit", "rate", "row"))
    for item in schedule.items:
        rate = "" if item.rate is None else format(item.rate.normalize(), "f")
        writer.writerow((item.name, item.code, item.group, item.unit, rate, item.row))


def _build(chosen: argparse.Namespace) -> None:
    target = _usable_target(chosen.output, (chosen.schedule, chosen.lines))
    estimate = Estimate(
        name=clean_name(chosen.work_name),
        work_type=chosen.work_type,
        charges=with_grand_total(default_profile(), read_amount(chosen.grand_total, "grand total")),
    )
    book = _read_book(chosen.schedule)
    lines = _read_lines(chosen.lines, book.schedule)
    priced = price(Estimate(estimate.name, estimate.work_type, lines, estimate.charges), book.schedule)
    order = Order(
        price=priced,
        name=estimate.name,
        work_type=estimate.work_type,
        with_datas=not chosen.estimate_only,
        schedule_title=chosen.schedule.stem,
        created=_created((chosen.schedule, chosen.lines)),
    )
    _write_workbook(book, order, target)
    _tell(priced, chosen.output)


def _tell(priced: Price, output: Path) -> None:
    print(f"Grand Total {grouped(priced.grand_total)}")
    print(output)


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise BadInput(f"{path} cannot be read: {_reason(problem)}. Check its name and try again.") from problem


def _reason(problem: OSError) -> str:
    return problem.strerror or type(problem).__name__


def _read_book(path: Path) -> Book:
    data = _read_bytes(path)
    with warnings.catch_warnings():
        # openpyxl warns of extensions that it leaves out; nothing here needs them.
        warnings.simplefilter("ignore")
        try:
            return read_schedule(io.BytesIO(data))
        except BadInput as refusal:
            raise BadInput(f"{path}: {refusal}") from refusal


def _read_lines(path: Path, schedule: Schedule) -> tuple[Line, ...]:
    """The lines of LINES.csv; BadInput tells of every line that cannot be used, up to 20."""
    (header_at, header), *rows = list(_rows(path)) or [(1, [])]
    columns = _columns(f"{path} line {header_at}", header)
    if not rows:
        raise BadInput(f"{path} has no lines below its header. Write an item and its quantity on each.")
    if len(rows) > MAX_LINES:
        raise BadInput(f"{path} line {rows[MAX_LINES][0]}: An estimate takes at most {MAX_LINES:,} lines. Make two.")
    pick = cache(partial(pick_item, schedule))
    lines: list[Line] = []
    problems: list[str] = []
    for number, fields in rows:
        try:
            lines.append(_line(str(len(lines) + 1), columns, fields, pick))
        except BadInput as refusal:
            problems.append(f"{path} line {number}: {refusal}")
    if problems:
        raise BadInput(_listed(problems))
    return tuple(lines)


def _listed(problems: list[str]) -> str:
    more = len(problems) - MAX_TOLD
    rest = [f"and {more} more {'line' if more == 1 else 'lines'} that cannot be used."] if more > 0 else []
    return "\n".join(problems[:MAX_TOLD] + rest)


def _rows(path: Path) -> Iterator[Row]:
    """(line number, fields) of each record that is not blank; a record over several lines has its first's number."""
    reader = csv.reader(io.StringIO(_decoded(path, _read_bytes(path)), newline=""), strict=True)
    number = 1
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                yield number, [field.strip() for field in fields]
            number = reader.line_num + 1
    except csv.Error as problem:
        raise BadInput(f"{path} line {number}: This is not CSV ({problem}). Check its quotation marks.") from problem


def _decoded(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        number = data.count(b"\n", 0, problem.start) + 1
        raise BadInput(f"{path} line {number}: The text is not UTF-8. Save the file as CSV UTF-8.") from problem


def _columns(place: str, header: list[str]) -> tuple[str, ...]:
    """The columns of LINES.csv in the order of its header."""
    columns = tuple(title.casefold() for title in header)
    for required in ("item", "quantity"):
        if required not in columns:
            raise BadInput(f"{place}: The header has no column {required}. Begin the file with item,quantity,unit.")
    unknown = [title for at, title in enumerate(columns) if title not in _COLUMNS or title in columns[:at]]
    if unknown:
        raise BadInput(
            f"{place}: The header has the column \u201c{unknown[0][:40]}\u201d, which is unknown or there twice. "
            "Keep item, quantity and unit."
        )
    return columns


def _line(line_id: str, columns: tuple[str, ...], fields: list[str], pick: Callable[[str], Item]) -> Line:
    if len(fields) > len(columns):
        raise BadInput(
            f"The line has {len(fields)} columns, and the header {len(columns)}. Put a text that holds a comma "
            "in quotation marks."
        )
    record = dict.fromkeys(_COLUMNS, "") | dict(zip(columns, fields, strict=False))
    if not record["item"]:
        raise BadInput("The item is missing. Write its name, its code or row:123.")
    item = pick(record["item"])
    if not record["quantity"]:
        raise BadInput("The quantity is missing. Type a number, like 12.5.")
    line = Line(line_id, item.row, read_quantity(record["quantity"]), clean_unit(record["unit"]))
    price(Estimate(lines=(line,), charges=()), Schedule((item,), ()))  # refuses an amount that is too large
    return line


def _created(inputs: tuple[Path, ...]) -> datetime:
    """What the workbook tells as its time: SOURCE_DATE_EPOCH, else the last change of the inputs.

    Not the clock, so that the same inputs give the same bytes.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "").strip()
    try:
        seconds = int(given) if given else int(max(path.stat().st_mtime for path in inputs))
        return _EPOCH + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        raise BadInput("SOURCE_DATE_EPOCH is not a number of seconds. Correct it, or unset it.") from None
    except OSError as problem:
        raise BadInput(f"{problem.filename} cannot be read: {_reason(problem)}.") from problem


def _usable_target(output: Path, inputs: tuple[Path, ...]) -> Path:
    """Where the workbook goes, behind any link; BadInput where it would take the place of something else."""
    try:
        target = output.resolve()
        if target.exists() and not target.is_file():
            raise BadInput(f"{output} is not a file, so no workbook can be written there. Give another name.")
        if any(target == path.resolve() for path in inputs):
            raise BadInput(f"{output} is one of the files to be read. Give the workbook another name.")
    except (OSError, RuntimeError) as problem:  # RuntimeError: links that lead round in a circle
        raise BadInput(f"{output} cannot be written: {problem}. Give another name.") from problem
    return target


def _write_workbook(book: Book, order: Order, target: Path) -> None:
    """Write beside the target and then take its place, so that a failure leaves what was there."""
    partial_file = target.with_name(f".{uuid4().hex}.tmp")
    try:
        with partial_file.open("xb") as stream:
            pour(cut_mould(book), order, stream, _no_progress)
        os.replace(partial_file, target)
    except OSError as problem:
        raise BadInput(
            f"{target} cannot be written: {_reason(problem)}. Close it if it is open, and check the folder."
        ) from problem
    finally:
        _remove(partial_file)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as problem:
        print(f"{path} is left over: {_reason(problem)}. Delete it.", file=sys.stderr)


def _no_progress(percent: int, words: str) -> None:
    """Nobody watches."""


if __name__ == "__main__":
    sys.exit(main())
