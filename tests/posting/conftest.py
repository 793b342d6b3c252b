"""A receiver, a letter to it, and postmen."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from estimate_core.domain.notice import Event, Letter, Way
from tests.receiver import Receiver, receiving

SECRET = "a secret of the channel"
Write = Callable[..., Letter]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


@pytest.fixture
def write() -> Write:
    """A function that writes a letter to an address."""

    def write(address: str, way: Way = Way.WEBHOOK) -> Letter:
        at = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)
        body = '{"event": "job.completed", "work": "\u0c2a\u0c28\u0c3f"}'
        return Letter("delivery-1", way, Event.COMPLETED, at, "Ready: Estimate", "Two\nlines", body, address, SECRET)

    return write
