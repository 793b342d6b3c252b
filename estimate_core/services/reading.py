"""Reading an uploaded workbook, as the worker does it: in isolation, files first, the schedule's row last."""

import io
from dataclasses import asdict
from functools import partial
from typing import Any

from estimate_core.desk import Desk, Watch
from estimate_core.domain.errors import NotASchedule
from estimate_core.domain.job import Job
from estimate_core.domain.progress import Progress
from estimate_core.services.content import (
    Counts,
    count_all,
    load_refusal,
    publish_cut,
    publish_refusal,
    read_original,
    refuse_without_items,
)
from estimate_core.services.making import Keep
from estimate_core.services.schedules import new_schedule
from estimate_core.services.uploads import read_incoming
from estimate_core.storage import library
from estimate_core.storage.database import Database
from estimate_core.storage.files import Files
from estimate_core.storage.queue import Claim
from estimate_core.workbook.reader import read_schedule


def read_upload(desk: Desk, mine: Claim, job: Job, snapshot_text: str, watch: Watch) -> Keep:
    """Read and publish a workbook's schedule and mould; NotASchedule, its findings kept, where it cannot be used."""
    incoming = read_incoming(snapshot_text)
    outcome: dict[str, Any] = desk.isolate(
        partial(read_content, desk.files, job.organisation, incoming.content_hash), watch
    )
    if "refused" in outcome:
        findings = load_refusal(desk.files, job.organisation, incoming.content_hash)
        raise NotASchedule(outcome["refused"], findings)
    counts = Counts(**outcome)
    new = new_schedule(desk, job.user, job.schedule, incoming, counts)

    def keep(db: Database) -> dict[str, object]:
        row = library.add_schedule(db, job.organisation, new)
        return {"schedule": row["id"], **asdict(counts)}

    return keep


def read_content(files: Files, organisation: str, content_hash: str, progress: Progress) -> dict[str, object]:
    """Read an original and publish what it gives; the counts, or the sentence with which it was refused."""
    progress(2, "Checking the file...")
    data = read_original(files, organisation, content_hash)
    try:
        book = read_schedule(io.BytesIO(data), progress)
        refuse_without_items(book.schedule)
    except NotASchedule as refusal:
        publish_refusal(files, organisation, content_hash, refusal.findings)
        return {"refused": str(refusal)}
    counts = count_all(book.schedule)
    progress(85, "Preparing the workbook's mould...")
    publish_cut(files, organisation, content_hash, book)
    progress(95, "Storing...")
    return dict(asdict(counts))
