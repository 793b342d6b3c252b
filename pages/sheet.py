"""The estimate on the desk while a page shows it: what is open, its schedule, its price; and the edits on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

import streamlit as st

from estimate_core.domain.errors import BadInput, NotFound
from estimate_core.domain.estimate import Estimate, Line, Price, price
from estimate_core.domain.people import User
from estimate_core.domain.schedule import Item, Schedule
from estimate_core.services import estimates, schedules
from estimate_core.services.estimates import OpenEstimate
from estimate_core.services.jobs import Desk
from estimate_core.services.schedules import ScheduleCard
from pages.roles import can_write

OPEN = "estimate"
_EDITION = "edition of widgets"
T = TypeVar("T")


@dataclass(frozen=True)
class Sheet:
    """What the Estimate page works on; `opened` is None until the person's first edit makes an estimate."""

    desk: Desk
    user: User
    card: ScheduleCard
    schedule: Schedule
    opened: OpenEstimate | None = None
    empty: Estimate = field(default_factory=Estimate)

    @property
    def estimate(self) -> Estimate:
        """The estimate as it stands."""
        return self.opened.estimate if self.opened else self.empty

    @property
    def can_write(self) -> bool:
        """Whether the person may change it, rather than only read it."""
        return can_write(self.user)

    @property
    def has_estimate(self) -> bool:
        """Whether there is one to show: who may write begins with a blank one."""
        return self.opened is not None or self.can_write

    @cached_property
    def items(self) -> dict[int, Item]:
        """The schedule's items by their row."""
        return {item.row: item for item in self.schedule.items}

    @cached_property
    def price(self) -> Price:
        """What the estimate comes to; a line that lost its item leaves a price without lines and a problem."""
        try:
            return price(self.estimate, self.schedule)
        except BadInput as refusal:
            return Price((), Decimal(0), (), Decimal(0), str(refusal))

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number that each line is printed with, by its id, in that order."""
        printed = [line.line for line in self.price.lines] or self.estimate.lines
        return {line.id: number for number, line in enumerate(printed, 1)}

    def has_rate(self, line: Line) -> bool:
        """Whether the line's item is in the schedule and can be priced."""
        return line.row in self.items and self.items[line.row].rate is not None

    def key(self, name: str) -> str:
        """A widget's key: another one for each estimate, and after each change that came from elsewhere."""
        return f"{name} {self.opened.id if self.opened else '-'} {st.session_state.get(_EDITION, 0)}"

    def edit(self, change: Callable[..., T], *args: object) -> T:
        """Apply a use case `change(desk, user, estimate_id, *args)`, making the estimate where none is open."""
        return change(self.desk, self.user, self.ensured_id(), *args)

    def ensured_id(self) -> str:
        """The id of the open estimate, made now where none is open."""
        if self.opened:
            return self.opened.id
        made = estimates.create_estimate(self.desk, self.user, self.card.id)
        remember(made.id)
        return made.id


def start_estimate(sheet: Sheet, schedule_id: str) -> None:
    """A new estimate on that schedule, opened."""
    remember(estimates.create_estimate(sheet.desk, sheet.user, schedule_id).id)


def renew_widgets() -> None:
    """Have all widgets of the sheet made anew, so that they show what is stored."""
    st.session_state[_EDITION] = st.session_state.get(_EDITION, 0) + 1


def remember(estimate_id: str) -> None:
    """Have this estimate open from the next run on."""
    st.session_state[OPEN] = estimate_id
    st.query_params[OPEN] = estimate_id


def open_sheet(desk: Desk, user: User) -> Sheet | None:
    """The person's open estimate, else a blank sheet on the first schedule; None where there is no schedule."""
    opened = _find_open(desk, user)
    if opened is None:
        cards = schedules.list_schedules(desk, user)
        wanted = st.session_state.get("blank schedule")
        card = next((card for card in cards if card.id == wanted), cards[0] if cards else None)
    else:
        remember(opened.id)
        card = opened.schedule
    return Sheet(desk, user, card, schedules.load_schedule(desk, user, card.id), opened) if card else None


def _find_open(desk: Desk, user: User) -> OpenEstimate | None:
    wanted = st.query_params.get(OPEN) or st.session_state.get(OPEN)
    last = estimates.last_estimate(desk, user)
    if not wanted or (last and last.id == wanted):
        return last
    try:
        return estimates.open_estimate(desk, user, wanted)
    except NotFound:
        st.query_params.pop(OPEN, None)
        st.session_state.pop(OPEN, None)
        return last
