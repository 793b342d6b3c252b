"""A connection to work with."""

from collections.abc import Iterator

import pytest

from estimate_core.desk import Desk
from estimate_core.storage.database import Database


@pytest.fixture
def db(desk: Desk) -> Iterator[Database]:
    """A connection to the desk's database."""
    with desk.open_db() as opened:
        yield opened
