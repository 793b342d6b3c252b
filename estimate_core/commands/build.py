"""`items` prints what a schedule offers; `build` makes an estimate workbook from LINES.csv."""

import argparse
import csv
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TextIO

from estimate_core.commands.files import created, read_book, read_bytes, usable_target, write_workbook
from estimate_core.commands.lines import read_lines
from estimate_core.domain.charges import default_profile, with_grand_total
from estimate_core.domain.estimate import Estimate, Price, clean_name, price
from estimate_core.domain.money import grouped, read_amount
from estimate_core.domain.office import SIGNATURES, clean_cover, clean_office
from estimate_core.domain.progress import no_progress
from estimate_core.domain.schedule import Schedule
from estimate_core.workbook.output.mould import cut_mould
from estimate_core.workbook.output.pour import Order, pour


def items(chosen: argparse.Namespace) -> int:
    """Print the items of a schedule as CSV."""
    _print_items(read_book(chosen.schedule).schedule, sys.stdout)
    return 0


def _print_items(schedule: Schedule, stream: TextIO) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("name", "code", "group", "unit", "rate", "row"))
    for item in schedule.items:
        rate = "" if item.rate is None else format(item.rate.normalize(), "f")
        writer.writerow((item.name, item.code, item.group, item.unit, rate, item.row))


def build(chosen: argparse.Namespace) -> int:
    """Make an estimate workbook; print its total and its path."""
    target = usable_target(chosen.output, (chosen.schedule, chosen.lines))
    estimate = Estimate(
        name=clean_name(chosen.work_name),
        work_type=chosen.work_type,
        charges=with_grand_total(default_profile(), read_amount(chosen.grand_total, "grand total")),
        grouped=chosen.grouped,
        cover=clean_cover(chosen.cover, chosen.head_of_account, chosen.work_id, chosen.place),
    )
    office = clean_office(chosen.department, SIGNATURES)
    book = read_book(chosen.schedule)
    priced = price(replace(estimate, lines=read_lines(chosen.lines, book.schedule)), book.schedule)
    order = Order(
        price=priced,
        name=estimate.name,
        work_type=estimate.work_type,
        with_datas=not chosen.estimate_only,
        schedule_title=chosen.schedule.stem,
        created=created((chosen.schedule, chosen.lines)),
        cover=estimate.cover,
        office=office,
        schedule_hash=sha256(read_bytes(chosen.schedule)).hexdigest(),
    )
    write_workbook(target, lambda stream: pour(cut_mould(book), order, stream, no_progress))
    _tell(priced, chosen.output)
    return 0


def _tell(priced: Price, output: Path) -> None:
    print(f"Grand Total {grouped(priced.grand_total)}")
    print(output)
