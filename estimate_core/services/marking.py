"""A copy of a workbook with its findings marked: asked for of a schedule or a refused upload, made in isolation."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO

from estimate_core.desk import Desk, Watch
from estimate_core.domain.errors import BadInput
from estimate_core.domain.finding import Finding
from estimate_core.domain.job import Job, JobType
from estimate_core.domain.people import Action, User
from estimate_core.domain.progress import Progress
from estimate_core.services.content import load_refusal, read_original, schedule_of_content
from estimate_core.services.doors import allowed
from estimate_core.services.jobs import new_job, queue_job
from estimate_core.services.making import Keep, file_label, keep_file, output_file_id
from estimate_core.services.schedules import get_schedule_card
from estimate_core.services.uploads import get_read_content, upload_findings
from estimate_core.storage.files import Files, Published
from estimate_core.storage.queue import Claim
from estimate_core.workbook.reports.marked import write_marked

_NOTHING = "Nothing was noticed in this workbook, so there is nothing to mark in a copy of it."

Publish = Callable[[Callable[[BinaryIO], None]], Published]
"""Publishes the file that a function fills."""


@dataclass(frozen=True)
class Marking:
    """Which content to mark; `is_refused` tells that its findings are those of a refusal."""

    title: str
    content_hash: str
    is_refused: bool


@allowed(Action.WRITE)
def submit_findings(desk: Desk, user: User, schedule_id: str) -> Job:
    """Queue a job for a copy of the schedule with its findings marked; BadInput where there is none."""
    card = get_schedule_card(desk, user, schedule_id)
    if not card.errors + card.warnings + card.notes:
        raise BadInput(_NOTHING)
    return _submit(desk, user, Marking(card.title, card.content_hash, False), schedule_id)


@allowed(Action.WRITE)
def submit_upload_findings(desk: Desk, user: User, job_id: str) -> Job:
    """Queue a job for a copy of a refused workbook with its findings marked; BadInput where there is none."""
    if not upload_findings(desk, user, job_id):
        raise BadInput(_NOTHING)
    title, content_hash = get_read_content(desk, user, job_id)
    return _submit(desk, user, Marking(title, content_hash, True), "")


def make_findings(desk: Desk, mine: Claim, job: Job, snapshot_text: str, watch: Watch) -> Keep:
    """Mark the findings of a content in a copy of its workbook and publish that."""
    marking = Marking(**json.loads(snapshot_text))
    watch(5, "Loading the findings...")
    findings = _findings(desk, job.organisation, marking)
    publish = partial(desk.outputs.publish, output_file_id(mine, job.organisation), label=file_label(job))
    task = partial(
        mark_content, desk.files, job.organisation, marking.content_hash, findings, marking.title, job.created, publish
    )
    outcome: dict[str, Any] = desk.isolate(task, watch)
    return keep_file(desk, mine, job, Published(**outcome), {"findings": len(findings)})


def mark_content(
    files: Files,
    organisation: str,
    content_hash: str,
    findings: Sequence[Finding],
    title: str,
    created: datetime,
    publish: Publish,
    progress: Progress,
) -> dict[str, object]:
    """Publish a copy of an original with the findings marked; what was published, as plain data."""
    progress(20, "Opening the workbook...")
    original = BytesIO(read_original(files, organisation, content_hash))

    def write(stream: BinaryIO) -> None:
        progress(40, "Marking the findings...")
        write_marked(original, findings, title, created, stream)

    return asdict(publish(write))


def _submit(desk: Desk, user: User, marking: Marking, schedule_id: str) -> Job:
    job = new_job(user.organisation, user.id, JobType.FINDINGS, marking.title, desk.now(), schedule=schedule_id)
    return queue_job(desk, user, job, json.dumps(asdict(marking)), marking.title)


def _findings(desk: Desk, organisation: str, marking: Marking) -> tuple[Finding, ...]:
    if marking.is_refused:
        return load_refusal(desk.files, organisation, marking.content_hash)
    return schedule_of_content(desk, organisation, marking.content_hash).findings
