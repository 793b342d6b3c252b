"""What one route of the API does, told once: the routes and their documentation are both made from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from starlette.responses import Response

from estimate_core.desk import Desk
from estimate_core.domain.people import User
from estimate_core.web.models import Nothing


@dataclass(frozen=True)
class Asked:
    """A request that was read: who asks for what. `query` and `body` are of the operation's models."""

    desk: Desk
    user: User
    path: Mapping[str, str]
    query: Any
    body: Any
    key: str | None
    begins: bool = True
    """Whether a file is asked for from its first byte, rather than for its headers or a later part."""


@dataclass(frozen=True)
class Operation:
    """A method on a path below /api.

    `call` calls one use case and gives the answer, of the model `answer`, or of the media types where that is a file.
    `refusals` are the statuses of its refusals besides 400, each with when it is so.
    """

    method: Literal["GET", "POST"]
    path: str
    name: str
    summary: str
    call: Callable[[Asked], BaseModel | Response]
    answer: type[BaseModel] | tuple[str, ...]
    told: str = ""
    status: int = 200
    query: type[BaseModel] = Nothing
    body: type[BaseModel] = Nothing
    keyed: bool = False
    streamed: bool = False
    """Whether a file is made while it is sent, so that no part of it can be asked for and no store has it."""
    refusals: Mapping[int, str] | None = None

    @property
    def writes(self) -> bool:
        """Whether it changes something, so that other sites are kept from it."""
        return self.method != "GET"
