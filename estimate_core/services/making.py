"""Making a job's workbook: load what was frozen, price it, pour it into a file."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID, uuid5

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import UNNAMED, Price, price
from estimate_core.domain.job import TITLES, Job, JobType, Output
from estimate_core.domain.text import one_line
from estimate_core.services.jobs import Snapshot, read_snapshot
from estimate_core.services.schedules import open_mould, schedule_of_content
from estimate_core.storage.files import output_id as file_id_of
from estimate_core.storage.jobs import Claim
from estimate_core.workbook.mould import Mould
from estimate_core.workbook.pour import Order, pour

Progress = Callable[[int, str], None]

FILE_TYPE = "xlsx"
MAX_STEM = 80
_MAX_STEM_BYTES = 240
_PIECE = 1 << 20
_RESERVED = '<>:"/\\|?*'


@dataclass(frozen=True)
class Made:
    """A published file and what to remember of it."""

    output: Output
    sha256: str
    result: dict[str, object]


def make_file(desk: Desk, mine: Claim, job: Job, snapshot_text: str, progress: Progress) -> Made:
    """Pour the workbook of a job and publish it; its row is the caller's to write.

    `progress` is told the percents and words of every step but the last; what it raises ends the work and
    leaves no file.
    """
    mould, order = _prepare(desk, job, read_snapshot(snapshot_text), progress)
    output_id = _output_id(mine)
    file_id = file_id_of(job.organisation, output_id)

    def write(stream: BinaryIO) -> None:
        pour(mould, order, stream, progress)

    size = desk.files.publish(file_id, write)
    name = output_filename(job.type, job.work_name)
    output = Output(output_id, job.id, job.organisation, name, FILE_TYPE, size, 0, desk.now())
    result: dict[str, object] = {"output": output_id, "grand_total": str(order.price.grand_total)}
    return Made(output, _sha256(desk, file_id), result)


def discard_file(desk: Desk, claim: Claim, organisation: str) -> None:
    """Delete the file that an attempt may have published without finishing the job."""
    desk.files.delete(file_id_of(organisation, _output_id(claim)))


def output_filename(job_type: JobType, work_name: str) -> str:
    """`Estimate - <name of work>.xlsx`, fit for every file system: printable, not reserved, short."""
    name = one_line("".join(" " if c in _RESERVED else c for c in work_name)) or UNNAMED
    stem = f"{TITLES[job_type]} - {name}"[:MAX_STEM]
    # Names are limited in bytes on some systems and in characters on others.
    stem = stem.encode()[:_MAX_STEM_BYTES].decode(errors="ignore")
    return f"{stem.rstrip(' .')}.{FILE_TYPE}"


def _output_id(claim: Claim) -> str:
    """One id per attempt, so that the file of an attempt that died can be found and never hides another's."""
    return str(uuid5(UUID(claim.job), f"{claim.worker} {claim.attempt}"))


def _sha256(desk: Desk, file_id: str) -> str:
    digest = hashlib.sha256()
    with desk.files.open(file_id) as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _prepare(desk: Desk, job: Job, snapshot: Snapshot, progress: Progress) -> tuple[Mould, Order]:
    with_datas = job.type is JobType.OUTPUT
    progress(*((5, "Loading backend data...") if with_datas else (10, "Loading items...")))
    mould = open_mould(desk, job.organisation, snapshot.schedule_hash)
    if with_datas:
        progress(15, "Loading items and groups...")
    priced = _priced(desk, job, snapshot)
    if with_datas:
        progress(20, "Loading prefix data...")
        # Said before the pour begins: its own first word comes after the first item, beyond 30.
        progress(30, "Building Output sheet...")
    return mould, Order(
        price=priced,
        name=snapshot.estimate.name,
        work_type=snapshot.estimate.work_type,
        with_datas=with_datas,
        schedule_title=snapshot.schedule_title,
        created=job.created,
    )


def _priced(desk: Desk, job: Job, snapshot: Snapshot) -> Price:
    schedule = schedule_of_content(desk, job.organisation, snapshot.schedule_hash)
    priced = price(snapshot.estimate, schedule)
    if priced.problem:
        raise BadInput(priced.problem)
    return priced
