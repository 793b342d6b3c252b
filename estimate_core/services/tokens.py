"""Tokens, by which programs ask over HTTP in a person's name: made, listed, revoked.

A token allows what its scope and its person's role of that moment both allow, for one organisation. Its secret is
shown once; only the hash is kept.
"""

from datetime import timedelta
from uuid import uuid4

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.errors import BadInput, NotFound, NotNow
from estimate_core.domain.people import (
    TOKEN_LONGEST,
    Action,
    Scope,
    User,
    clean_name,
    may,
    refuse_unless_allowed,
)
from estimate_core.services.auditing import record
from estimate_core.services.doors import allowed
from estimate_core.services.people import account_of
from estimate_core.services.signing_in import hash_secret, new_secret
from estimate_core.storage import tokens
from estimate_core.storage.database import writing
from estimate_core.storage.tokens import Token as Token  # pages name the type through here

MAX_TOKENS = 20
"""As many of a person's in an organisation may be alive at a time."""
PREFIX = "ed_"
"""What a secret begins with, so that people and programs that look for leaked secrets know one when they see it."""
_MANY = f"You have {MAX_TOKENS} tokens that work. Revoke one that is not used any more."
_DAYS = f"A token works for 1 to {TOKEN_LONGEST.days} days. Choose a number of days within that."
_NO_TOKEN = "This token does not exist, or it was revoked already. Choose one from the list."


@allowed(Action.OWN)
def create_token(desk: Desk, user: User, name: str, scope: Scope, days: int) -> tuple[Token, str]:
    """Make a token for the person; gives it with its secret, told this once.

    BadInput for a name or a number of days that cannot be, NotAllowed for more than the role allows, NotNow for too
    many or while the desk is open.
    """
    label = clean_name(name, "name of the token")
    if not 1 <= days <= TOKEN_LONGEST.days:
        raise BadInput(_DAYS)
    if scope is Scope.WRITE:
        refuse_unless_allowed(user, Action.WRITE)
    now, secret = desk.now(), PREFIX + new_secret()
    token = Token(str(uuid4()), user.id, user.name, label, scope, now, now + timedelta(days=days))
    with desk.open_db() as db, writing(db):
        # What is made at an open desk would be a way in for whoever made it, once the desk is closed.
        account_of(db, user)
        if sum(one.is_alive(now) for one in tokens.list_tokens_of(db, user.organisation, user.id)) >= MAX_TOKENS:
            raise NotNow(_MANY)
        tokens.insert_token(db, user.organisation, token, hash_secret(secret))
        record(db, user, now, Deed.CREATED, Kind.TOKEN, token.id, f"{label}, {scope}")
    return token, secret


@allowed(Action.OWN)
def list_own_tokens(desk: Desk, user: User) -> list[Token]:
    """The person's tokens of this organisation, newest first, those that ended too."""
    with desk.open_db() as db:
        return tokens.list_tokens_of(db, user.organisation, user.id)


@allowed(Action.MANAGE)
def list_tokens(desk: Desk, user: User) -> list[Token]:
    """Everybody's tokens of the organisation, newest first, those that ended too."""
    with desk.open_db() as db:
        return tokens.list_tokens(db, user.organisation)


@allowed(Action.OWN)
def revoke_token(desk: Desk, user: User, token_id: str) -> None:
    """Have a token open nothing any more: one's own, or for an owner anybody's of the organisation.

    NotFound for other ones and for one that was revoked.
    """
    now = desk.now()
    with desk.open_db() as db, writing(db):
        token = tokens.find_token(db, user.organisation, token_id)
        is_theirs = token is not None and (token.user == user.id or may(user, Action.MANAGE))
        if token is None or not is_theirs or token.revoked:
            raise NotFound(_NO_TOKEN)
        tokens.revoke_token(db, user.organisation, token.id, now)
        record(db, user, now, Deed.REMOVED, Kind.TOKEN, token.id, token.name)
