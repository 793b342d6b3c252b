"""Making the workbook of an estimate: load what was frozen, price it, pour it into a file; and keeping files."""

import logging
from collections.abc import Callable
from typing import BinaryIO
from uuid import UUID, uuid5

from estimate_core.desk import Desk, Watch
from estimate_core.domain.errors import BadInput, OutOfOrder
from estimate_core.domain.estimate import UNNAMED, Price, price
from estimate_core.domain.job import MEDIA_TYPES, TITLES, Job, JobType, Output
from estimate_core.domain.office import Cover
from estimate_core.domain.progress import Progress
from estimate_core.domain.text import one_line
from estimate_core.services.content import open_mould, schedule_of_content
from estimate_core.services.jobs import Snapshot, read_snapshot
from estimate_core.storage import outputs
from estimate_core.storage.database import Database
from estimate_core.storage.files import Label, Published
from estimate_core.storage.files import output_id as file_id_of
from estimate_core.storage.queue import Claim
from estimate_core.workbook.output.mould import Mould
from estimate_core.workbook.output.pour import Order, pour

_log = logging.getLogger(__name__)

Keep = Callable[[Database], dict[str, object]]
"""Writes the rows of what a job made and gives the job's result; called in the transaction that completes the job."""

XLSX, PDF = "xlsx", "pdf"
MAX_STEM = 80
_MAX_STEM_BYTES = 240
_RESERVED = '<>:"/\\|?*'


def make_estimate(desk: Desk, mine: Claim, job: Job, snapshot_text: str, watch: Watch) -> Keep:
    """Pour the workbook of an estimate and publish it; its row is the caller's to write.

    `watch` is told the percents and words of every step but the last; what it raises ends the work and leaves no file.
    """
    mould, order = _prepare(desk, job, read_snapshot(snapshot_text), watch)

    def write(stream: BinaryIO) -> None:
        pour(mould, order, stream, watch)

    return publish_file(desk, mine, job, write, {"grand_total": str(order.price.grand_total)})


def publish_file(
    desk: Desk, mine: Claim, job: Job, write: Callable[[BinaryIO], None], result: dict[str, object]
) -> Keep:
    """Publish the file of an attempt, filled by `write`, and give how to keep it; its id is added to the result."""
    published = desk.outputs.publish(output_file_id(mine, job.organisation), write, file_label(job))
    return keep_file(desk, mine, job, published, result)


def keep_file(desk: Desk, mine: Claim, job: Job, published: Published, result: dict[str, object]) -> Keep:
    """How to keep the file that an attempt published; its id is added to the result."""
    output_id, name = _output_id(mine), output_filename(job.type, job.work_name)
    output = Output(output_id, job.id, job.organisation, name, file_type(job.type), published.size, 0, desk.now())

    def keep(db: Database) -> dict[str, object]:
        outputs.insert_output(db, output, published.sha256)
        return {"output": output_id, **result}

    return keep


def output_file_id(claim: Claim, organisation: str) -> str:
    """The file id of what an attempt makes."""
    return file_id_of(organisation, _output_id(claim))


def discard_file(desk: Desk, claim: Claim, organisation: str) -> None:
    """Delete the file that an attempt may have published without finishing the job; what stays is cleaned later."""
    try:
        desk.outputs.delete(output_file_id(claim, organisation))
    except OutOfOrder as trouble:
        _log.warning("job %s: the file of attempt %d stays: %s", claim.job, claim.attempt, trouble)


def file_label(job: Job) -> Label:
    """What a browser is told of the file that a job makes."""
    return Label(output_filename(job.type, job.work_name), MEDIA_TYPES[file_type(job.type)])


def file_type(job_type: JobType) -> str:
    """The ending of the file that such a job makes."""
    return PDF if job_type is JobType.PDF else XLSX


def output_filename(job_type: JobType, work_name: str) -> str:
    """`Estimate - <name of work>.xlsx`, fit for every file system: printable, not reserved, short."""
    # The ending says that it is a PDF.
    title = TITLES[JobType.ESTIMATE if job_type is JobType.PDF else job_type]
    name = one_line("".join(" " if c in _RESERVED else c for c in work_name)) or UNNAMED
    stem = f"{title} - {name}"[:MAX_STEM]
    # Names are limited in bytes on some systems and in characters on others.
    stem = stem.encode()[:_MAX_STEM_BYTES].decode(errors="ignore")
    return f"{stem.rstrip(' .')}.{file_type(job_type)}"


def _output_id(claim: Claim) -> str:
    """One id per attempt, so that the file of an attempt that died can be found and never hides another's."""
    return str(uuid5(UUID(claim.job), f"{claim.worker} {claim.attempt}"))


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
        cover=snapshot.estimate.cover if with_datas else Cover(shown=False),
        office=snapshot.office,
        schedule_hash=snapshot.schedule_hash,
    )


def _priced(desk: Desk, job: Job, snapshot: Snapshot) -> Price:
    schedule = schedule_of_content(desk, job.organisation, snapshot.schedule_hash)
    priced = price(snapshot.estimate, schedule)
    if priced.problem:
        raise BadInput(priced.problem)
    return priced
