"""The door of every use case: who asks is looked up in the database at that moment, and the domain decides.

A use case takes the desk and a user first. While no account exists the desk is open, and whoever asks is let in. From
then on a user counts only as far as their session or token does now: what a page knew of them a moment ago does not.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from estimate_core.desk import Desk
from estimate_core.domain.errors import SignedOut
from estimate_core.domain.people import Action, User, refuse_unless_allowed
from estimate_core.storage import accounts, sessions

P = ParamSpec("P")
R = TypeVar("R")
UseCase = Callable[Concatenate[Desk, User, P], R]

_SIGNED_OUT = "You are not signed in, or no longer. Sign in, then do it again."
_let_in: ContextVar[User | None] = ContextVar("let in", default=None)
"""Who was let in and is still inside: use cases within need not look them up again."""


def allowed(action: Action) -> Callable[[UseCase[P, R]], UseCase[P, R]]:
    """Make a function of the desk and a user a use case: who may not do `action` gets SignedOut or NotAllowed."""

    def behind_door(use_case: UseCase[P, R]) -> UseCase[P, R]:
        @wraps(use_case)
        def behind(desk: Desk, user: User, /, *args: P.args, **kwargs: P.kwargs) -> R:
            with let_in(desk, user) as known:
                refuse_unless_allowed(known, action)
                return use_case(desk, known, *args, **kwargs)

        behind.action = action  # type: ignore[attr-defined]
        return behind

    return behind_door


@contextmanager
def let_in(desk: Desk, user: User) -> Iterator[User]:
    """Look up who asks, once for all use cases of the block; gives them as they stand, or raises SignedOut.

    For what is over in a moment: a request, or one run of a page.
    """
    known = user if user == _let_in.get() else get_standing(desk, user)
    before = _let_in.set(known)
    try:
        yield known
    finally:
        _let_in.reset(before)


def get_standing(desk: Desk, user: User) -> User:
    """The person as they stand at this moment; SignedOut where they have no way in any more."""
    with desk.open_db() as db:
        if not accounts.has_accounts(db):
            return user
        known = sessions.find_standing(db, user, desk.now(), idle_time(desk))
    if known is None:
        raise SignedOut(_SIGNED_OUT)
    return known


def is_open(desk: Desk) -> bool:
    """Whether no account exists yet, so that whoever reaches the desk may use it."""
    with desk.open_db() as db:
        return not accounts.has_accounts(db)


def idle_time(desk: Desk) -> timedelta:
    """After how long without use a session ends."""
    return timedelta(days=desk.settings.session_days)
