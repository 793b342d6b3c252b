"""Uploads: hand in a workbook to be read by a job; look at those that are on their way or were refused.

The original is kept under its content first, then the job's row is written, then the bell is rung. The same content is
read by one job, however often and by however many it is handed in at the same moment.
"""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import uuid4

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.errors import NotNow
from estimate_core.domain.finding import Finding
from estimate_core.domain.job import Job, JobType
from estimate_core.domain.people import Action, User
from estimate_core.services.auditing import record
from estimate_core.services.content import is_cut, load_refusal, publish_original
from estimate_core.services.doors import allowed
from estimate_core.services.jobs import new_job
from estimate_core.services.quotas import check_submission
from estimate_core.services.schedules import Incoming, ScheduleCard, check_upload, offered_card, schedule_title
from estimate_core.storage import jobs, library, uploads
from estimate_core.storage.database import Database, Row, writing
from estimate_core.storage.files import content_folder
from estimate_core.storage.uploads import Read
from estimate_core.workbook.stored import FORMAT

KEPT_FOR = timedelta(days=7)
"""How long a refused workbook stays to be looked at."""


@dataclass(frozen=True)
class Upload:
    """A workbook that was handed in: the job that reads it, or the card of the schedule that it was already.

    `is_new` tells that a job was made for it just now, rather than it being there or on its way before.
    """

    filename: str
    category: str
    edition: str
    job: Job | None
    card: ScheduleCard | None = None
    is_new: bool = False

    @property
    def title(self) -> str:
        """`Electrical 2025-26`."""
        return schedule_title(self.category, self.edition)


@allowed(Action.WRITE)
def submit_upload(desk: Desk, user: User, filename: str, data: bytes, category: str, edition: str) -> Upload:
    """Keep a workbook and queue the job that reads it, unless its content is there or on its way already.

    Raises BadInput with what to do for a file or a label that cannot be used, QuotaReached where no more may be asked
    for or kept; nothing of them is kept.
    """
    incoming = check_upload(desk, filename, data, category, edition)
    with desk.open_db() as db:
        if not (_find_offered(desk, db, user, incoming) or _find_on_its_way(db, user, incoming)):
            # Before anything is kept; whoever comes in between is met by the check that comes with the row.
            check_submission(desk, db, user.organisation, user.id, len(data))
    publish_original(desk.files, user.organisation, incoming.content_hash, data)
    with desk.open_db() as db, writing(db):
        # Published before too, so that a large file is not written while all others wait; here in case that what was
        # there already has just been dismissed.
        publish_original(desk.files, user.organisation, incoming.content_hash, data)
        upload = _find_known(desk, db, user, incoming) or _queue(desk, db, user, incoming)
    if upload.job and upload.is_new:
        desk.enqueue(upload.job.id)
    return upload


@allowed(Action.READ)
def list_uploads(desk: Desk, user: User) -> list[Upload]:
    """The uploads that are being read or failed, and were not dismissed, newest first; each has its job."""
    with desk.open_db() as db:
        return [_upload(read) for read in uploads.list_reads(db, user.organisation)]


@allowed(Action.READ)
def get_upload(desk: Desk, user: User, job_id: str) -> Upload:
    """One upload by the job that reads or read it; NotFound for absent, foreign and other jobs alike."""
    with desk.open_db() as db:
        return _upload(uploads.get_read(db, user.organisation, job_id))


@allowed(Action.READ)
def get_read_content(desk: Desk, user: User, job_id: str) -> tuple[str, str]:
    """Title and content hash of an upload; NotFound as for `get_upload`."""
    with desk.open_db() as db:
        read = uploads.get_read(db, user.organisation, job_id)
    return _upload(read).title, read.content_hash


@allowed(Action.READ)
def upload_findings(desk: Desk, user: User, job_id: str) -> tuple[Finding, ...]:
    """What was noticed about a refused workbook; NotFound where nothing is kept of it."""
    with desk.open_db() as db:
        read = uploads.get_read(db, user.organisation, job_id)
    return load_refusal(desk.files, user.organisation, read.content_hash)


@allowed(Action.WRITE)
def dismiss_upload(desk: Desk, user: User, job_id: str) -> None:
    """Take a failed upload out of the list and delete its files; NotNow while it is being read."""
    with desk.open_db() as db, writing(db):
        read = uploads.get_read(db, user.organisation, job_id)
        if not read.job.is_complete:
            raise NotNow("This workbook is still being read. Cancel the job first, or wait for its end.")
        _dismiss(desk, db, read)
        record(db, user, desk.now(), Deed.DISMISSED, Kind.SCHEDULE, read.job.schedule, _upload(read).title)


def dismiss_left_uploads(desk: Desk) -> None:
    """Dismiss, in all organisations, the uploads that were cancelled, or failed a week ago."""
    with desk.open_db() as db, writing(db):
        for read in uploads.list_left_reads(db, desk.now() - KEPT_FOR):
            _dismiss(desk, db, read)


def submit_outdated(desk: Desk) -> None:
    """After an update of the program, have each listed schedule read anew that is stored in an older format."""
    with desk.open_db() as db:
        with writing(db):
            queued = [_queue_again(desk, db, row) for row in library.list_outdated(db, FORMAT)]
        for job_id in queued:
            if job_id:
                desk.enqueue(job_id)


def incoming_text(incoming: Incoming) -> str:
    """What is to be read, as JSON text."""
    return json.dumps(asdict(incoming), ensure_ascii=False, separators=(",", ":"))


def read_incoming(text: str) -> Incoming:
    """What `incoming_text` spelled."""
    return Incoming(**json.loads(text))


def _find_offered(desk: Desk, db: Database, user: User, incoming: Incoming) -> Row | None:
    """The row of the schedule that it is already."""
    is_there = is_cut(desk.files, user.organisation, incoming.content_hash)
    return library.find_by_content(db, user.organisation, incoming.content_hash) if is_there else None


def _find_on_its_way(db: Database, user: User, incoming: Incoming) -> Read | None:
    """The job that is reading it already."""
    read = uploads.find_active_read(db, user.organisation, incoming.content_hash)
    # A reading that was asked to stop will keep nothing, so whoever hands the workbook in again needs another.
    return read if read and not read.job.is_cancel_asked else None


def _find_known(desk: Desk, db: Database, user: User, incoming: Incoming) -> Upload | None:
    row = _find_offered(desk, db, user, incoming)
    if row:
        card = offered_card(desk, db, user, row)
        return Upload(card.filename, card.category, card.edition, None, card)
    read = _find_on_its_way(db, user, incoming)
    return _upload(read) if read else None


def _queue(desk: Desk, db: Database, user: User, incoming: Incoming) -> Upload:
    """A new job in the place of failed ones; a schedule whose files were lost keeps its row and its labels."""
    check_submission(desk, db, user.organisation, user.id)
    row = library.find_by_content(db, user.organisation, incoming.content_hash)
    if row:
        incoming = _incoming(offered_card(desk, db, user, row))
    job = _insert_read(desk, db, user.organisation, user.id, row["id"] if row else str(uuid4()), incoming)
    title = schedule_title(incoming.category, incoming.edition)
    record(db, user, job.created, Deed.UPLOADED, Kind.SCHEDULE, job.schedule, title)
    return Upload(incoming.filename, incoming.category, incoming.edition, job, is_new=True)


def _queue_again(desk: Desk, db: Database, row: Row) -> str | None:
    # Noted now and not when it is read: one that cannot be read any more is asked for once, not at every start.
    library.set_format(db, row["organisation"], row["id"], FORMAT)
    if uploads.find_active_read(db, row["organisation"], row["content_hash"]):
        return None
    incoming = Incoming(row["filename"], row["category"], row["edition"], row["content_hash"])
    return _insert_read(desk, db, row["organisation"], row["created_by"], row["id"], incoming).id


def _insert_read(
    desk: Desk, db: Database, organisation: str, user_id: str, schedule_id: str, incoming: Incoming
) -> Job:
    uploads.dismiss_reads(db, organisation, incoming.content_hash, desk.now())
    title = schedule_title(incoming.category, incoming.edition)
    job = new_job(organisation, user_id, JobType.READ, title, desk.now(), schedule=schedule_id)
    jobs.insert_job(db, job, incoming_text(incoming), title, incoming.content_hash)
    return job


def _incoming(card: ScheduleCard) -> Incoming:
    return Incoming(card.filename, card.category, card.edition, card.content_hash)


def _upload(read: Read) -> Upload:
    incoming = read_incoming(read.snapshot)
    return Upload(incoming.filename, incoming.category, incoming.edition, read.job)


def _dismiss(desk: Desk, db: Database, read: Read) -> None:
    """Dismissing and deleting under one lock: who hands in the same content meanwhile finds all or nothing of it."""
    organisation = read.job.organisation
    uploads.dismiss_reads(db, organisation, read.content_hash, desk.now())
    if not uploads.is_content_wanted(db, organisation, read.content_hash):
        desk.files.delete_all(content_folder(organisation, read.content_hash))
