"""The files that jobs made: whole, or told why not; and made again from what their job was asked for."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.errors import NoFile, NotFound, NotNow
from estimate_core.domain.job import Job, JobType, Output
from estimate_core.domain.people import Action, User
from estimate_core.services.auditing import record
from estimate_core.services.doors import allowed
from estimate_core.services.jobs import new_job, queue_job
from estimate_core.storage import jobs, outputs
from estimate_core.storage.database import writing
from estimate_core.storage.files import output_id as file_id_of
from estimate_core.storage.files import sha256_of
from estimate_core.storage.outputs import Kept


class FileState(StrEnum):
    """What became of a file that a job made."""

    WHOLE = "whole"
    MISSING = "missing"
    DAMAGED = "damaged"
    REMOVED = "removed"


SENTENCES = {
    FileState.MISSING: "This file is no longer where it was kept. Make it again; it will be as it was.",
    FileState.DAMAGED: "This file was changed or damaged after it was made, so it is not handed out. Make it again.",
    FileState.REMOVED: "This file was deleted because it is as old as your organisation keeps files. Make it again; it "
    "will be as it was.",
}
_ACTIVE = "This job is {status}. Wait for its end, or cancel it, before it is made again."
_READ = "A reading is not made again. Upload the workbook once more on Schedules."


@dataclass(frozen=True)
class Download:
    """A file that is whole, and how a browser gets it: from a path of this machine, or by a link that expires soon."""

    output: Output
    reach: Path | str


@dataclass(frozen=True)
class MadeFile:
    """A file that a job made, and what became of it."""

    output: Output
    state: FileState


@allowed(Action.READ)
def open_output(desk: Desk, user: User, output_id: str, begins: bool = True) -> Download:
    """A file, compared with what was made; counted, and told in the log, where its download `begins`.

    NotFound for absent and foreign ones alike; NoFile, with what to do, for one that is not whole.
    """
    with desk.open_db() as db:
        kept = outputs.get_kept(db, user.organisation, output_id)
    state = _state(desk, kept)
    if state is not FileState.WHOLE:
        raise NoFile(SENTENCES[state])
    reach = desk.outputs.reach(_file_id(kept.output))
    if begins:
        with desk.open_db() as db, writing(db):
            outputs.count_download(db, user.organisation, output_id)
            record(db, user, desk.now(), Deed.DOWNLOADED, Kind.FILE, output_id, kept.output.filename)
    return Download(kept.output, reach)


@allowed(Action.READ)
def list_files(desk: Desk, user: User, job_id: str) -> list[MadeFile]:
    """The files of a job, each compared with what was made; NotFound for absent and foreign jobs alike."""
    with desk.open_db() as db:
        jobs.get_job(db, user.organisation, job_id)
        kept = outputs.list_kept(db, user.organisation, job_id)
    return [MadeFile(each.output, _state(desk, each)) for each in kept]


@allowed(Action.WRITE)
def make_again(desk: Desk, user: User, job_id: str) -> Job:
    """A new job for what an earlier one was asked to make, on the same edition, whatever changed since.

    NotNow while that one is active, and for readings.
    """
    with desk.open_db() as db:
        old = jobs.get_job(db, user.organisation, job_id)
        frozen = jobs.get_frozen(db, user.organisation, job_id)
    if not old.is_complete:
        raise NotNow(_ACTIVE.format(status=old.status))
    if old.type is JobType.READ:
        raise NotNow(_READ)
    again = new_job(
        user.organisation, user.id, old.type, old.work_name, desk.now(), old.estimate, old.schedule, old.lines
    )
    return queue_job(desk, user, again, frozen.snapshot, frozen.schedule_title, deed=Deed.MADE_AGAIN)


def _state(desk: Desk, kept: Kept) -> FileState:
    if kept.removed:
        return FileState.REMOVED
    try:
        with desk.outputs.open(_file_id(kept.output)) as stream:
            return FileState.WHOLE if sha256_of(stream) == kept.sha256 else FileState.DAMAGED
    except NotFound:
        return FileState.MISSING


def _file_id(output: Output) -> str:
    return file_id_of(output.organisation, output.id)
