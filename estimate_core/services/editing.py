"""How an estimate is opened and changed: the one transaction that every edit goes through.

An edit takes the write lock before it reads, so that of two people on one estimate neither loses an edit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from estimate_core.desk import Desk
from estimate_core.domain.charge_rules import checked
from estimate_core.domain.errors import BadInput, NotNow
from estimate_core.domain.estimate import Estimate, price
from estimate_core.domain.people import Action, User
from estimate_core.domain.schedule import Schedule
from estimate_core.services.auditing import record_change, record_edit
from estimate_core.services.content import schedule_of_content
from estimate_core.services.doors import allowed
from estimate_core.services.schedules import ScheduleCard, schedule_card, schedule_title
from estimate_core.storage import estimates, library
from estimate_core.storage.database import Database, writing
from estimate_core.storage.estimates import Change, SavedEstimate

Edit = Callable[[Estimate, Schedule], Estimate]


@dataclass(frozen=True)
class OpenEstimate:
    """An estimate on the desk: its content, its schedule's card, and whether it can be undone or redone."""

    id: str
    estimate: Estimate
    schedule: ScheduleCard
    changed: datetime
    version: int
    can_undo: bool
    can_redo: bool


def opened(db: Database, user: User, estimate_id: str) -> OpenEstimate:
    """The estimate as it stands; NotFound for absent, foreign and deleted ones."""
    saved = estimates.get_estimate(db, user.organisation, estimate_id)
    return OpenEstimate(
        id=saved.id,
        estimate=saved.estimate,
        schedule=schedule_card(library.get_schedule(db, user.organisation, saved.schedule)),
        changed=saved.changed,
        version=saved.version,
        can_undo=saved.version > saved.oldest_version,
        can_redo=saved.version < saved.newest_version,
    )


@allowed(Action.WRITE)
def edit(desk: Desk, user: User, estimate_id: str, change: Edit) -> OpenEstimate:
    """Apply `change` to the newest state and keep the result as the next one, unless nothing differs.

    What `change` or the price refuses (BadInput) leaves the estimate as it was.
    """
    with desk.open_db() as db:
        with writing(db):
            saved = estimates.get_estimate(db, user.organisation, estimate_id)
            schedule = schedule_of(desk, db, user, saved.schedule)
            after = change(saved.estimate, schedule)
            if after.charges != saved.estimate.charges:
                checked(after.charges)
            if estimates.estimate_text(after) != estimates.estimate_text(saved.estimate):
                shrinks = len(after.lines) < len(saved.estimate.lines)
                amount = amount_of(after, schedule, forgiving=shrinks)
                step = Change(after, amount, desk.now(), user.id)
                estimates.append_state(db, user.organisation, saved, step)
                record_edit(db, user, step.at, estimate_id, saved.estimate, after)
        return opened(db, user, estimate_id)


@allowed(Action.WRITE)
def step(desk: Desk, user: User, estimate_id: str, by: int) -> OpenEstimate:
    """Show the state `by` versions away; where none is kept nothing changes."""
    with desk.open_db() as db:
        with writing(db):
            saved = estimates.get_estimate(db, user.organisation, estimate_id)
            version = saved.version + by
            if saved.oldest_version <= version <= saved.newest_version:
                state = estimates.get_state(db, user.organisation, estimate_id, version)
                amount = amount_of(state, schedule_of(desk, db, user, saved.schedule), forgiving=True)
                shown = Change(state, amount, desk.now(), user.id)
                estimates.show_version(db, user.organisation, estimate_id, version, shown)
                record_edit(db, user, shown.at, estimate_id, saved.estimate, state)
        return opened(db, user, estimate_id)


@allowed(Action.WRITE)
def put_on_schedule(desk: Desk, user: User, estimate_id: str, schedule_id: str) -> OpenEstimate:
    """Put an estimate without lines on another schedule; its earlier states are forgotten."""
    with desk.open_db() as db:
        with writing(db):
            saved = estimates.get_estimate(db, user.organisation, estimate_id)
            schedule = schedule_of(desk, db, user, schedule_id)
            if saved.schedule != schedule_id:
                refuse_retired(db, user, schedule_id)
                _put(desk, db, user, saved, schedule_id, schedule)
        return opened(db, user, estimate_id)


def _put(desk: Desk, db: Database, user: User, saved: SavedEstimate, schedule_id: str, schedule: Schedule) -> None:
    if saved.estimate.lines:
        raise BadInput(
            "The lines of this estimate belong to its schedule. Start a new estimate on the other schedule, "
            "or remove all lines first."
        )
    amount = amount_of(saved.estimate, schedule)
    change = Change(saved.estimate, amount, desk.now(), user.id)
    estimates.set_schedule(db, user.organisation, saved, schedule_id, change)
    record_change(db, user, change.at, saved.id, saved.estimate)


def schedule_of(desk: Desk, db: Database, user: User, schedule_id: str) -> Schedule:
    """The content of a schedule of the person's organisation."""
    row = library.get_schedule(db, user.organisation, schedule_id)
    return schedule_of_content(desk, user.organisation, row["content_hash"])


def refuse_retired(db: Database, user: User, schedule_id: str) -> None:
    """Raise NotNow where the schedule is not offered any more; NotFound for absent and foreign ones."""
    row = library.get_schedule(db, user.organisation, schedule_id)
    if row["retired"]:
        title = schedule_title(row["category"], row["edition"])
        raise NotNow(f"\u201c{title}\u201d was retired. Choose another schedule, or restore it on Schedules.")


def amount_of(estimate: Estimate, schedule: Schedule, forgiving: bool = False) -> Decimal:
    """What the lists show: the grand total, or the item total where the charges cannot be computed.

    An estimate that has no price at all raises BadInput, or comes to 0 if `forgiving`: taking lines away
    and going back must stay possible where a line lost its item, or nobody could ever mend it.
    """
    try:
        worth = price(estimate, schedule)
    except BadInput:
        if not forgiving:
            raise
        return Decimal(0)
    return worth.items_total if worth.problem else worth.grand_total
