"""Estimates: make, open, edit, undo, copy and delete. Every edit gives the estimate as it stands after it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import reduce
from uuid import uuid4

from estimate_core.desk import Desk
from estimate_core.domain import estimate as rules
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.charges import Charge, Profile, find_charge, with_grand_total, with_lump_sums, with_value
from estimate_core.domain.errors import BadInput, NotFound
from estimate_core.domain.estimate import Estimate, Line, WorkType
from estimate_core.domain.money import read_amount, read_percent, read_quantity
from estimate_core.domain.people import Action, User
from estimate_core.domain.schedule import Schedule
from estimate_core.services.auditing import record
from estimate_core.services.doors import allowed
from estimate_core.services.editing import OpenEstimate as OpenEstimate
from estimate_core.services.editing import amount_of, edit, opened, put_on_schedule, refuse_retired, schedule_of, step
from estimate_core.services.samples import sample_lines
from estimate_core.services.schedules import get_schedule_card, load_schedule, schedule_title
from estimate_core.storage import estimates, people
from estimate_core.storage.database import Row, read_time, writing
from estimate_core.storage.estimates import Change

MAX_PROVISION_NAME = 200

LineCell = tuple[str, str]
"""A line's id and `quantity` or `unit`."""


@dataclass(frozen=True)
class EstimateCard:
    """An estimate as lists show it; `amount` is its grand total in rupees."""

    id: str
    name: str
    work_type: WorkType
    amount: Decimal
    lines: int
    schedule_title: str
    changed: datetime
    changed_by: str
    deleted: bool


@allowed(Action.READ)
def list_estimates(desk: Desk, user: User) -> list[EstimateCard]:
    """The organisation's estimates that are not deleted, the last changed first."""
    with desk.open_db() as db:
        return [_card(row) for row in estimates.list_estimates(db, user.organisation)]


@allowed(Action.WRITE)
def create_estimate(desk: Desk, user: User, schedule_id: str, name: str = "") -> OpenEstimate:
    """A new estimate without lines on that schedule, opened; NotFound for one that is not there, NotNow if retired."""
    return _begin(desk, user, schedule_id, Estimate(name=rules.clean_name(name)))


@allowed(Action.WRITE)
def create_sample_estimate(desk: Desk, user: User, schedule_id: str) -> OpenEstimate:
    """A new estimate of about eight items from several groups with plausible quantities, opened."""
    card = get_schedule_card(desk, user, schedule_id)
    lines = sample_lines(load_schedule(desk, user, schedule_id))
    return _begin(desk, user, schedule_id, Estimate(f"Sample estimate: {card.title}", lines=lines))


@allowed(Action.READ)
def open_estimate(desk: Desk, user: User, estimate_id: str) -> OpenEstimate:
    """The estimate as it stands, remembered as the person's open one; NotFound where it is not there."""
    with desk.open_db() as db:
        estimate = opened(db, user, estimate_id)
        people.set_open_estimate(db, user.organisation, user.id, estimate_id)
        return estimate


@allowed(Action.READ)
def last_estimate(desk: Desk, user: User) -> OpenEstimate | None:
    """The estimate that the person had open last, or None where there is none or it was deleted."""
    with desk.open_db() as db:
        estimate_id = people.find_open_estimate(db, user.organisation, user.id)
        if estimate_id is None:
            return None
        try:
            return opened(db, user, estimate_id)
        except NotFound:
            return None


@allowed(Action.WRITE)
def duplicate_estimate(desk: Desk, user: User, estimate_id: str) -> OpenEstimate:
    """A copy named `Copy of ...`, opened, with a history of its own."""
    source = open_estimate(desk, user, estimate_id)
    name = f"Copy of {source.estimate.name or rules.UNNAMED}"[: rules.MAX_NAME]
    return _create(desk, user, source.schedule.id, replace(source.estimate, name=name), Deed.COPIED)


@allowed(Action.WRITE)
def rename_estimate(desk: Desk, user: User, estimate_id: str, name: str) -> OpenEstimate:
    """The estimate with another name of work."""
    return set_work(desk, user, estimate_id, name=name)


@allowed(Action.WRITE)
def delete_estimate(desk: Desk, user: User, estimate_id: str) -> None:
    """Take the estimate out of every list; `restore_estimate` brings it back as it was."""
    _set_deleted(desk, user, estimate_id, Deed.DELETED)


@allowed(Action.WRITE)
def restore_estimate(desk: Desk, user: User, estimate_id: str) -> None:
    """Bring a deleted estimate back; one that is not deleted stays."""
    _set_deleted(desk, user, estimate_id, Deed.RESTORED)


@allowed(Action.WRITE)
def add_item(desk: Desk, user: User, estimate_id: str, row: int) -> tuple[OpenEstimate, str]:
    """One line more, of the item whose heading is in `row`, with quantity 0; gives the line's id too."""
    line_id = uuid4().hex

    def added(estimate: Estimate, schedule: Schedule) -> Estimate:
        item = schedule.item_at(row)
        if item.rate is None:
            raise BadInput(f"\u201c{item.name}\u201d has no rate in the schedule, so it cannot be added.")
        return rules.with_line(estimate, Line(line_id, row))

    return edit(desk, user, estimate_id, added), line_id


@allowed(Action.WRITE)
def set_quantity(desk: Desk, user: User, estimate_id: str, line_id: str, text: object) -> OpenEstimate:
    """Another quantity, as typed; a line that is gone changes nothing. BadInput for what is no quantity."""
    return _change_line(desk, user, estimate_id, line_id, _with_quantity(text))


@allowed(Action.WRITE)
def set_unit(desk: Desk, user: User, estimate_id: str, line_id: str, text: str) -> OpenEstimate:
    """Another unit; an empty one goes back to the item's. A line that is gone changes nothing."""
    return _change_line(desk, user, estimate_id, line_id, _with_unit(text))


@allowed(Action.WRITE)
def set_cells(
    desk: Desk, user: User, estimate_id: str, texts: Mapping[LineCell, str]
) -> tuple[OpenEstimate, dict[LineCell, str]]:
    """Quantities and units of many lines, as typed or pasted, in one step; with the sentence for each refused one.

    BadInput, and nothing changed, where the quantities are fine but what they come to is not.
    """
    changes: dict[str, list[Callable[[Line], Line]]] = {}
    refused: dict[LineCell, str] = {}
    for (line_id, field), text in texts.items():
        try:
            changes.setdefault(line_id, []).append(_READ_CELL[field](text))
        except BadInput as refusal:
            refused[line_id, field] = str(refusal)

    def changed(line: Line) -> Line:
        return reduce(lambda so_far, change: change(so_far), changes.get(line.id, ()), line)

    after = edit(desk, user, estimate_id, lambda so_far, _: replace(so_far, lines=tuple(map(changed, so_far.lines))))
    return after, refused


@allowed(Action.WRITE)
def set_work(
    desk: Desk, user: User, estimate_id: str, name: str | None = None, work_type: WorkType | None = None
) -> OpenEstimate:
    """Another name of work, type of work, or both; None leaves it."""
    if work_type not in ("original", "repair", None):
        raise BadInput("The type of work is either original or repair. Choose one of them.")
    cleaned = None if name is None else rules.clean_name(name)

    def changed(estimate: Estimate) -> Estimate:
        return replace(
            estimate,
            name=estimate.name if cleaned is None else cleaned,
            work_type=work_type or estimate.work_type,
        )

    return edit(desk, user, estimate_id, lambda estimate, _: changed(estimate))


@allowed(Action.WRITE)
def move_line(desk: Desk, user: User, estimate_id: str, line_id: str, by: int) -> OpenEstimate:
    """The line `by` places further down (negative: up) as it is printed, no further than the ends, or its group's."""

    def moved(estimate: Estimate, schedule: Schedule) -> Estimate:
        if estimate.grouped:
            return rules.with_line_moved_in_group(estimate, schedule, line_id, by)
        return rules.with_moved_line(estimate, line_id, by)

    return edit(desk, user, estimate_id, moved)


@allowed(Action.WRITE)
def remove_lines(desk: Desk, user: User, estimate_id: str, line_ids: Iterable[str]) -> OpenEstimate:
    """The estimate without these lines; ones that are gone change nothing."""
    gone = set(line_ids)
    return edit(desk, user, estimate_id, lambda estimate, _: rules.without_lines(estimate, gone))


@allowed(Action.WRITE)
def clear_lines(desk: Desk, user: User, estimate_id: str) -> OpenEstimate:
    """The estimate without any line."""
    return edit(desk, user, estimate_id, lambda estimate, _: replace(estimate, lines=()))


@allowed(Action.WRITE)
def set_charge(desk: Desk, user: User, estimate_id: str, key: str, text: object) -> OpenEstimate:
    """The percentage or rupees of one charge row as typed; empty or 0 leaves the row out."""

    def changed(estimate: Estimate, _: Schedule) -> Estimate:
        value = _read_charge(find_charge(estimate.charges, key), text)
        return replace(estimate, charges=with_value(estimate.charges, key, value))

    return edit(desk, user, estimate_id, changed)


@allowed(Action.WRITE)
def set_lump_sums(desk: Desk, user: User, estimate_id: str, provisions: Sequence[tuple[str, object]]) -> OpenEstimate:
    """These lump-sum provisions (name, rupees as typed) in place of the earlier ones, without empty pairs."""
    read = [read_provision(name, amount) for name, amount in provisions]
    kept = [(name, amount or Decimal(0)) for name, amount in read if name or amount is not None]
    return _change_charges(desk, user, estimate_id, lambda charges: with_lump_sums(charges, kept))


@allowed(Action.WRITE)
def set_grand_total(desk: Desk, user: User, estimate_id: str, text: object) -> OpenEstimate:
    """The grand total as typed, the balance going to unforeseen items; empty goes back to the sum."""
    total = read_amount(text, "grand total")
    return _change_charges(desk, user, estimate_id, lambda charges: with_grand_total(charges, total))


def read_provision(name: str, amount: object) -> tuple[str, Decimal | None]:
    """A lump-sum provision as typed: its name and rupees; BadInput for a long name and for what is no amount."""
    cleaned = rules.clean_name(name)
    if len(cleaned) > MAX_PROVISION_NAME:
        raise BadInput(f"The name of a provision is too long. Shorten it to {MAX_PROVISION_NAME} characters.")
    return cleaned, read_amount(amount, f"provision for {cleaned or 'other works'}")


@allowed(Action.WRITE)
def undo(desk: Desk, user: User, estimate_id: str) -> OpenEstimate:
    """One state back; at the oldest one nothing changes."""
    return step(desk, user, estimate_id, -1)


@allowed(Action.WRITE)
def redo(desk: Desk, user: User, estimate_id: str) -> OpenEstimate:
    """One undone state forward; at the newest one nothing changes."""
    return step(desk, user, estimate_id, +1)


@allowed(Action.WRITE)
def change_schedule(desk: Desk, user: User, estimate_id: str, schedule_id: str) -> OpenEstimate:
    """The estimate on another schedule, its earlier states forgotten; BadInput while it has lines."""
    return put_on_schedule(desk, user, estimate_id, schedule_id)


def _begin(desk: Desk, user: User, schedule_id: str, estimate: Estimate) -> OpenEstimate:
    with desk.open_db() as db:
        refuse_retired(db, user, schedule_id)
    return _create(desk, user, schedule_id, estimate, Deed.CREATED)


def _create(desk: Desk, user: User, schedule_id: str, estimate: Estimate, deed: Deed) -> OpenEstimate:
    estimate_id = str(uuid4())
    with desk.open_db() as db:
        with writing(db):
            amount = amount_of(estimate, schedule_of(desk, db, user, schedule_id))
            change = Change(estimate, amount, desk.now(), user.id)
            estimates.insert_estimate(db, user.organisation, estimate_id, schedule_id, change)
            people.set_open_estimate(db, user.organisation, user.id, estimate_id)
            record(db, user, change.at, deed, Kind.ESTIMATE, estimate_id, estimate.name or rules.UNNAMED)
        return opened(db, user, estimate_id)


def _set_deleted(desk: Desk, user: User, estimate_id: str, deed: Deed) -> None:
    now = desk.now()
    with desk.open_db() as db, writing(db):
        name = estimates.set_deleted(db, user.organisation, estimate_id, now if deed is Deed.DELETED else None)
        if name is not None:
            record(db, user, now, deed, Kind.ESTIMATE, estimate_id, name or rules.UNNAMED)


def _with_quantity(text: object) -> Callable[[Line], Line]:
    quantity = read_quantity(text)
    return lambda line: replace(line, quantity=quantity)


def _with_unit(text: str) -> Callable[[Line], Line]:
    unit = rules.clean_unit(text)
    return lambda line: replace(line, unit=unit)


_READ_CELL: dict[str, Callable[[str], Callable[[Line], Line]]] = {"quantity": _with_quantity, "unit": _with_unit}


def _change_line(
    desk: Desk, user: User, estimate_id: str, line_id: str, change: Callable[[Line], Line]
) -> OpenEstimate:
    return edit(desk, user, estimate_id, lambda estimate, _: rules.with_changed_line(estimate, line_id, change))


def _change_charges(desk: Desk, user: User, estimate_id: str, change: Callable[[Profile], Profile]) -> OpenEstimate:
    return edit(desk, user, estimate_id, lambda estimate, _: replace(estimate, charges=change(estimate.charges)))


def _read_charge(row: Charge | None, text: object) -> Decimal | None:
    """What was typed into a charge row; an unknown row is left to `with_value` to refuse."""
    if row is None:
        return None
    if row.kind == "percent":
        return read_percent(text, row.name)
    if row.kind == "fixed":
        return read_amount(text, row.name)
    raise BadInput(f"The {row.name} is computed from other rows. Change those instead.")


def _card(row: Row) -> EstimateCard:
    return EstimateCard(
        id=row["id"],
        name=row["name"],
        work_type=row["work_type"],
        amount=Decimal(row["amount"]),
        lines=row["lines"],
        schedule_title=schedule_title(row["category"], row["edition"]),
        changed=read_time(row["changed"]),
        changed_by=row["changer"],
        deleted=row["deleted"] is not None,
    )
