"""Notices: what is told of a job's end, to whom, by which way, and how often it is tried."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import UNNAMED
from estimate_core.domain.job import TITLES, JobType
from estimate_core.domain.money import grouped
from estimate_core.domain.people import Action
from estimate_core.domain.text import one_line


class Way(StrEnum):
    """How a channel reaches its receiver: a service for people, or a web address that a program listens at."""

    SERVICE = "apprise"
    WEBHOOK = "webhook"


class Event(StrEnum):
    """What is told."""

    COMPLETED = "job.completed"
    FAILED = "job.failed"
    TEST = "test"


TOLD = (Event.COMPLETED, Event.FAILED)
"""The events that a channel may ask for."""


class State(StrEnum):
    """How a delivery stands: one that waits is tried when it is due."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


RETRY_AFTER = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
"""How long a delivery rests after each try that failed."""
TRIES = len(RETRY_AFTER) + 1
MAX_LABEL = 80
MAX_ADDRESS = 2_000
MAX_SHOWN = 200
MAX_ANSWER = 300


@dataclass(frozen=True)
class Channel:
    """A way to tell; `user` is whose it is, or None for the whole organisation. `address` is masked."""

    id: str
    organisation: str
    user: str | None
    way: Way
    label: str
    address: str
    events: tuple[Event, ...]
    paused: bool
    created: datetime
    created_by: str


def needed_for(channel: Channel) -> Action:
    """What a person must be allowed in order to change a channel: to manage, where it is the organisation's."""
    return Action.WRITE if channel.user else Action.MANAGE


@dataclass(frozen=True)
class Delivery:
    """A notice on its way by one channel: how often it was tried, and what was answered last."""

    id: str
    channel: str
    event: Event
    work_name: str
    state: State
    tries: int
    next_try: datetime | None
    answer: str
    created: datetime
    ended: datetime | None


@dataclass(frozen=True)
class NoticeFile:
    """A file of the job that is told of; `path` begins with a slash, `size` is in bytes."""

    id: str
    filename: str
    file_type: str
    size: int
    path: str


@dataclass(frozen=True)
class Notice:
    """What is told of the end of a job (or of none, where a channel is tested), without any address."""

    event: Event
    organisation: str
    created: datetime
    job: str = ""
    type: JobType | None = None
    work_name: str = ""
    by: str = ""
    lines: int = 0
    grand_total: Decimal | None = None
    error_message: str = ""
    files: tuple[NoticeFile, ...] = ()

    @property
    def status(self) -> str:
        """The state of the job, or nothing where a channel is tested."""
        return "" if self.event is Event.TEST else self.event.rpartition(".")[2]


@dataclass(frozen=True)
class Letter:
    """What is sent to whom. A service gets `subject` and `text`, a webhook the `body`, signed with `secret`."""

    delivery: str
    way: Way
    event: Event
    at: datetime
    subject: str
    text: str
    body: str
    address: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What came of sending a letter: whether it was taken, and in words what was answered."""

    sent: bool
    words: str


def subject_of(notice: Notice) -> str:
    """One line that tells what happened to what."""
    if notice.type is None:
        return "A test by Estimate Desk"
    verb = "Ready" if notice.event is Event.COMPLETED else "Failed"
    return _plain(f"{verb}: {TITLES[notice.type]}, {notice.work_name or UNNAMED}")


def text_of(notice: Notice, url: str) -> str:
    """The message for people, in lines; `url` is the address at which they reach Estimate Desk, or nothing."""
    if notice.type is None:
        return "This channel works. It will tell when a job ends."
    lines = [_plain(notice.work_name or UNNAMED), _plain(_what(notice))]
    if notice.grand_total is not None:
        lines.append(f"Grand total {grouped(notice.grand_total)}")
    if notice.error_message:
        lines.append(_plain(notice.error_message))
    lines += [_plain(file.filename) for file in notice.files]
    return "\n".join(lines + ([f"{url}/jobs"] if url else []))


def _what(notice: Notice) -> str:
    pieces = [TITLES[notice.type]] if notice.type else []
    if notice.lines:
        pieces.append(f"{notice.lines:,} {'line' if notice.lines == 1 else 'lines'}")
    return ", ".join([*pieces, *([f"by {notice.by}"] if notice.by else [])])


_CALL = re.compile(r"(?<=@)(?=\w)|(?<=<)(?=[!@#])")
_WORD_JOINER = "\u2060"


def _plain(text: str) -> str:
    """One line in which nothing calls a whole chat room: a character without width parts what would."""
    return _CALL.sub(_WORD_JOINER, one_line(text))


def rest_after(tries: int) -> timedelta | None:
    """How long to wait after that many tries that failed; None where it is not tried again."""
    return RETRY_AFTER[tries - 1] if tries < TRIES else None


def clean_label(text: str) -> str:
    """The name of a channel as one line; BadInput where there is none or it is too long."""
    label = one_line(text)
    if not label:
        raise BadInput("Type a name for the channel, such as Rates section.")
    if len(label) > MAX_LABEL:
        raise BadInput(f"The name of a channel has at most {MAX_LABEL} characters. Shorten it.")
    return label


def clean_address(text: str) -> str:
    """An address as it was typed, without outer spaces; BadInput for none, too long ones and inner spaces."""
    address = text.strip()
    if not address:
        raise BadInput("Type the address of the channel.")
    if len(address) > MAX_ADDRESS:
        raise BadInput(f"The address has more than {MAX_ADDRESS:,} characters. Check what was pasted.")
    if any(character.isspace() or not character.isprintable() for character in address):
        raise BadInput("An address has no spaces. Check what was pasted; write a space in it as %20.")
    return address


def clean_events(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """The events a channel tells, each once in a fixed order; BadInput where none is chosen."""
    chosen = tuple(event for event in TOLD if event in events)
    if not chosen:
        raise BadInput("Choose at least one of completed and failed.")
    return chosen
