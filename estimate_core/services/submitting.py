"""Jobs that programs ask for: the estimate is written out in what they send, and frozen without being saved."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from estimate_core.desk import Desk
from estimate_core.domain.charges import Profile, find_charge, with_grand_total, with_lump_sums
from estimate_core.domain.errors import BadInput, NotNow
from estimate_core.domain.estimate import Estimate, Line, WorkType, clean_name
from estimate_core.domain.job import Job, JobType
from estimate_core.domain.money import read_amount
from estimate_core.domain.office import Cover, clean_cover
from estimate_core.domain.people import Action, User
from estimate_core.domain.profiles import with_typed_value
from estimate_core.domain.schedule import Schedule
from estimate_core.domain.written_lines import read_all, read_line
from estimate_core.services.content import schedule_of_content
from estimate_core.services.doors import allowed
from estimate_core.services.editing import refuse_retired
from estimate_core.services.estimates import read_provision
from estimate_core.services.jobs import Snapshot, new_job, queue_job, read_snapshot, refuse_unpriced, snapshot_text
from estimate_core.services.profiles import get_profile_called, kept_id
from estimate_core.services.schedules import ScheduleCard, schedule_card
from estimate_core.storage import jobs as rows
from estimate_core.storage import library
from estimate_core.storage.office import get_office

_OTHER_CONTENT = (
    "This Idempotency-Key was sent before with something else. Send each job under a key of its own; to have the "
    "earlier job again, send what was sent then."
)


@dataclass(frozen=True)
class WrittenLine:
    """A line as a program writes it: the item by name, code or `row:N`, the quantity and unit as text."""

    item: str
    quantity: str
    unit: str = ""


@dataclass(frozen=True)
class WrittenCharges:
    """Charges as a program writes them: a profile by id or name, values by row, provisions, grand total; as text."""

    profile: str = "standard"
    values: Mapping[str, str] = field(default_factory=dict)
    lump_sums: tuple[tuple[str, str], ...] = ()
    grand_total: str = ""


@dataclass(frozen=True)
class WrittenEstimate:
    """An estimate as a program writes it; `schedule` is the id of one that is offered."""

    schedule: str
    lines: tuple[WrittenLine, ...]
    work_name: str = ""
    work_type: WorkType = "original"
    charges: WrittenCharges = WrittenCharges()
    grouped: bool = False
    cover: Cover = Cover()


@dataclass(frozen=True)
class Key:
    """What a program calls its request, so that sending it twice makes one job; `content` tells what was sent."""

    name: str
    content: str


@allowed(Action.WRITE)
def submit_written(desk: Desk, user: User, written: WrittenEstimate, job_type: JobType, key: Key | None = None) -> Job:
    """Queue a job for an estimate that is written out, and ring the worker; the job of before for a key of before.

    BadInput tells of every line that cannot be used, NotFound of a schedule or profile that is not there, NotNow of
    a retired schedule or of a key that was sent with other content.
    """
    known = _find_known(desk, user, key)
    if known:
        return known
    with desk.open_db() as db:
        refuse_retired(db, user, written.schedule)
        card = schedule_card(library.get_schedule(db, user.organisation, written.schedule))
        office = get_office(db, user.organisation)
    estimate = _read(desk, user, written, schedule_of_content(desk, user.organisation, card.content_hash))
    snapshot = Snapshot(estimate, card.content_hash, card.title, office, key.content if key else "")
    return _queue(desk, user, card, snapshot, job_type, key)


def _queue(desk: Desk, user: User, card: ScheduleCard, snapshot: Snapshot, job_type: JobType, key: Key | None) -> Job:
    name, lines = snapshot.estimate.name, len(snapshot.estimate.lines)
    new = new_job(user.organisation, user.id, job_type, name, desk.now(), schedule=card.id, lines=lines)
    job = queue_job(desk, user, new, snapshot_text(snapshot), card.title, key.name if key else None)
    # Another one where the same key was sent twice at once: it is looked at as one of before.
    return job if job.id == new.id else _find_known(desk, user, key) or job


def _find_known(desk: Desk, user: User, key: Key | None) -> Job | None:
    """The job of that key, or None; NotNow where other content was sent with it."""
    if key is None:
        return None
    with desk.open_db() as db:
        known = rows.find_by_key(db, user.organisation, user.id, key.name)
    if known is None:
        return None
    job, snapshot = known
    if read_snapshot(snapshot).asked != key.content:
        raise NotNow(_OTHER_CONTENT)
    return job


def _read(desk: Desk, user: User, written: WrittenEstimate, schedule: Schedule) -> Estimate:
    """The estimate that is written, fit to be priced."""
    profile = get_profile_called(desk, user, written.charges.profile)
    estimate = Estimate(
        name=clean_name(written.work_name),
        work_type=written.work_type,
        charges=_charges(profile.rows, written.charges),
        grouped=written.grouped,
        cover=clean_cover(**vars(written.cover)),
        profile=kept_id(profile.id),
    )
    numbered = ((f"Line {number}", line) for number, line in enumerate(written.lines, 1))
    estimate = replace(estimate, lines=read_all(numbered, partial(_line, schedule)))
    refuse_unpriced(estimate, schedule)
    return estimate


def _line(schedule: Schedule, line_id: str, line: WrittenLine) -> Line:
    return read_line(schedule, line_id, line.item.strip(), line.quantity.strip(), line.unit)


def _charges(profile: Profile, written: WrittenCharges) -> Profile:
    for key, text in written.values.items():
        if find_charge(profile, key) is None:
            known = ", ".join(row.key for row in profile if row.kind in ("percent", "fixed"))
            raise BadInput(f"The charges have no row \u201c{key[:60]}\u201d. Give values to {known}.")
        profile = with_typed_value(profile, key, text)
    provisions = [read_provision(name, amount) for name, amount in written.lump_sums]
    profile = with_lump_sums(profile, [(name, amount) for name, amount in provisions if amount])
    total = read_amount(written.grand_total, "grand total")
    return with_grand_total(profile, total) if total else profile
