"""What is found on a desk after a benchmark: was each order made once, and is each file what was ordered?"""

import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import openpyxl

from benchmarks.orders import Order
from estimate_core.desk import Desk
from estimate_core.domain.errors import DeskError
from estimate_core.storage.database import Row, rows

_QUANTITY, _HEADING, _ROW = 2, "Sl.No", 3


@dataclass(frozen=True)
class Evidence:
    """Counts of jobs by what became of them, and of files; `wrong` names what should not be."""

    asked: int
    refused: int
    completed: int
    failed: int
    cancelled: int
    stuck: int
    lost: int
    double: int
    files_whole: int
    files_without_a_row: int
    attempts_lost_with_a_worker: int
    most_attempts: int
    wrong: list[str]

    @property
    def is_good(self) -> bool:
        """True where every order was completed once with a file that is whole."""
        return not self.wrong and self.asked == self.completed == self.files_whole

    def figures(self) -> dict[str, object]:
        """All counts, for a table."""
        return {name: value for name, value in vars(self).items() if name != "wrong"}


def gather(desk: Desk, orders: Mapping[str, tuple[str, Order]], refused: list[str]) -> Evidence:
    """Look at every job and every file that came of these orders (job id -> organisation and order)."""
    with desk.open_db() as db:
        jobs = {row["id"]: row for row in rows(db, "SELECT id, status, attempts, losses, error_message FROM jobs")}
        outputs = defaultdict(list)
        for row in rows(db, "SELECT id, job, organisation, sha256 FROM outputs"):
            outputs[row["job"]].append(row)
    states = Counter(jobs[job_id]["status"] for job_id in orders if job_id in jobs)
    double = [job_id for job_id in orders if len(outputs[job_id]) > 1]
    faults = {job_id: _fault(desk, outputs[job_id], order) for job_id, (_, order) in orders.items() if job_id in jobs}
    kept = {row["id"] for found in outputs.values() for row in found}
    strays = [path.name for path in desk.files.folder.glob("*/outputs/*") if path.name.split(".")[0] not in kept]
    # Half-written files of killed workers are told by their ending and are cleaned later.
    strays = [name for name in strays if not name.endswith(".part")]
    unknown = [f"a job that nobody asked for: {job_id}" for job_id in jobs if job_id not in orders]
    return Evidence(
        asked=len(orders) + len(refused),
        refused=len(refused),
        completed=states["completed"],
        failed=states["failed"],
        cancelled=states["cancelled"],
        stuck=states["queued"] + states["running"],
        lost=sum(job_id not in jobs for job_id in orders),
        double=len(double),
        files_whole=sum(not fault for fault in faults.values()),
        files_without_a_row=len(strays),
        attempts_lost_with_a_worker=sum(row["losses"] for row in jobs.values()),
        most_attempts=max((row["attempts"] for row in jobs.values()), default=0),
        wrong=[
            *refused,
            *unknown,
            *(f"a file without a row: {name}" for name in strays),
            *(f"{job_id}: {fault} {jobs[job_id]['error_message']}" for job_id, fault in faults.items() if fault),
        ],
    )


def _fault(desk: Desk, outputs: list[Row], order: Order) -> str:
    if len(outputs) != 1:
        return f"{len(outputs)} files"
    [row] = outputs
    try:
        with desk.files.open(f"{row['organisation']}/outputs/{row['id']}") as stream:
            data = stream.read()
    except DeskError as refusal:
        return str(refusal)
    if hashlib.sha256(data).hexdigest() != row["sha256"]:
        return "the file is not the one that was made"
    return "" if _lines_of(data) == order.lines else "the lines are not those that were ordered"


def _lines_of(data: bytes) -> tuple[tuple[int, Decimal], ...]:
    """The rows and quantities of a workbook, from its sheets `Check` and `Estimate`."""
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True, read_only=True)
    estimate = list(book["Estimate"].iter_rows(min_row=4, values_only=True))
    quantities = [Decimal(str(row[_QUANTITY - 1])) for row in estimate if isinstance(row[0], int)]
    check = list(book["Check"].iter_rows(values_only=True))
    first = next(number for number, row in enumerate(check) if row[0] == _HEADING) + 1
    places = [int(row[_ROW - 1]) for row in check[first:] if isinstance(row[0], int)]
    return tuple(zip(places, quantities, strict=True))
