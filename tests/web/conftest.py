"""A client of the routes, and other people who ask."""

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.people import User
from estimate_core.web import api
from tests.web.client import Client


@pytest.fixture
def client(desk: Desk) -> Client:
    """A client of the desk's routes."""
    return Client(lambda: desk)


@pytest.fixture
def as_stranger(monkeypatch: pytest.MonkeyPatch, stranger: User) -> None:
    """Everything is asked by a person of another organisation."""
    monkeypatch.setattr(api, "visitor", lambda request: stranger)
