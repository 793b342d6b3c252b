"""Who is at the desk: people, the organisation whose things they see, and what their role lets them do."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from estimate_core.domain.errors import BadInput, NotAllowed
from estimate_core.domain.text import one_line

MAX_NAME = 80
MAX_EMAIL = 254
_EMAIL = re.compile(r"[^\s@<>\"(),;:\\\[\]]+@[^\s@<>\"(),;:\\\[\]]+\.[^\s@<>\"(),;:\\\[\].]+")


_FILLERS = "\u115f\u1160\u3164\uffa0"
"""Letters of Korean that show nothing."""


class Role(StrEnum):
    """What a person is in an organisation, the one who may do most first."""

    OWNER = "owner"
    ESTIMATOR = "estimator"
    VIEWER = "viewer"

    @property
    def with_article(self) -> str:
        """`an owner`, `a viewer`: what somebody is, in a sentence."""
        return f"{'an' if self[0] in 'aeiou' else 'a'} {self}"


class Action(StrEnum):
    """A kind of use case: to look and download, to work on estimates, to manage people and settings, to care for
    one's own account."""

    READ = "read"
    WRITE = "write"
    MANAGE = "manage"
    OWN = "own"


class Scope(StrEnum):
    """What a token lets a program do in its person's name."""

    READ = "read"
    WRITE = "write"


_ALLOWED = {
    Role.OWNER: frozenset(Action),
    Role.ESTIMATOR: frozenset({Action.READ, Action.WRITE, Action.OWN}),
    Role.VIEWER: frozenset({Action.READ, Action.OWN}),
}
_SCOPES = {Scope.READ: frozenset({Action.READ}), Scope.WRITE: frozenset({Action.READ, Action.WRITE})}
_WANTED = {
    Action.READ: "look at this",
    Action.WRITE: "change anything here",
    Action.MANAGE: "manage the organisation",
    Action.OWN: "do this",
}
_READS_ONLY = "This token only reads. Make one that also writes on Team, Tokens."
_NO_TOKEN = "No token opens this. Sign in with a browser."


@dataclass(frozen=True)
class User:
    """A person at work for one organisation; all ids are text.

    `id` is that of the person in this organisation: who belongs to several is another user in each. `session` and
    `token` say by which of the two they came (neither while no account exists), `scope` what a token allows, `address`
    from where they ask.
    """

    id: str
    name: str
    organisation: str
    role: Role = Role.OWNER
    session: str = ""
    token: str = ""
    scope: Scope | None = None
    address: str = ""

    @property
    def is_signed_in(self) -> bool:
        """Whether they came by a session or a token, rather than through a desk that is open to all."""
        return bool(self.session or self.token)


LOCAL = User(id="local", name="local", organisation="local")
"""The one person of the one organisation while no accounts exist."""


@dataclass(frozen=True)
class Account:
    """Who can sign in: one person, whatever organisations they belong to.

    `must_change` says that the password was chosen by another and is to be changed first, `has_password` that there is
    one at all, `proven` that the account was made by more than the link of an invitation, which others may have had.
    """

    id: str
    email: str
    name: str
    has_password: bool
    must_change: bool
    disabled: datetime | None
    created: datetime
    proven: bool = True


@dataclass(frozen=True)
class Organisation:
    """A tenant by its id and its name."""

    id: str
    name: str


def may(user: User, action: Action) -> bool:
    """Whether the person's role, and the token where they came by one, lets them do this."""
    by_token = user.scope is None or action in _SCOPES[user.scope]
    return by_token and action in _ALLOWED[user.role]


def refuse_unless_allowed(user: User, action: Action) -> None:
    """Raise NotAllowed, with what to do, where `may` says no."""
    if may(user, action):
        return
    if action not in _ALLOWED[user.role]:
        # First, since another token would be of no use then.
        here = f"You are {user.role.with_article} here"
        raise NotAllowed(f"{here} and cannot {_WANTED[action]}. Ask an owner of your organisation.")
    raise NotAllowed(_READS_ONLY if action in _SCOPES[Scope.WRITE] else _NO_TOKEN)


def folded_email(text: str) -> str:
    """An e-mail address as accounts are told apart by it: in small letters.

    A letter of another alphabet stays, though its small one be one of ours: the sign of Kelvin is no k, and who has an
    address with it elsewhere is not who has it with a k here.
    """
    return "".join(map(_folded, text.strip()))


def _folded(letter: str) -> str:
    small = letter.lower()
    return letter if small.isascii() and not letter.isascii() else small


def clean_email(text: str) -> str:
    """An e-mail address in small letters; BadInput for what is none."""
    email = folded_email(text)
    if len(email) > MAX_EMAIL or not email.isprintable() or not _EMAIL.fullmatch(email):
        raise BadInput("This is not an e-mail address. Write one like name@example.org.")
    return email


def clean_name(text: str, what: str = "name") -> str:
    """A person's or an organisation's name in one line; BadInput where nothing of it is seen or it is too long."""
    name = one_line(text)
    if not name or len(name) > MAX_NAME:
        raise BadInput(f"Write a {what} of 1 to {MAX_NAME} characters.")
    if not any(letter.isalnum() and letter not in _FILLERS for letter in name):
        raise BadInput(f"Write a {what} with a letter or a digit in it.")
    return name


def read_role(text: str) -> Role:
    """The role of that name; BadInput names those that there are."""
    try:
        return Role(text.strip().lower())
    except ValueError:
        raise BadInput(f"There is no role \u201c{text[:40]}\u201d. Choose owner, estimator or viewer.") from None


SESSION_LONGEST = timedelta(days=90)
"""A session ends after this, however much it is used."""
INVITATION_LIFE = timedelta(days=7)
"""How long an invitation can be accepted."""
TOKEN_LONGEST = timedelta(days=365)
"""A token expires after this at the latest."""
