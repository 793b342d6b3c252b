"""The door: who asks is looked up at each request and each websocket, before anything behind it answers.

While no account exists the door stands open. From then on only the forms by which people come in, and what monitors
ask, answer to whoever is not signed in.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from estimate_core.desk import Desk
from estimate_core.domain.errors import DeskError, NotAllowed, SignedOut
from estimate_core.domain.people import LOCAL, User
from estimate_core.services.doors import is_open
from estimate_core.services.signing_in import Caller, Visitor, find_user_by_token
from estimate_core.services.troubles import trouble_of
from estimate_core.web.answers import PRIVATE, refused
from estimate_core.web.forms import told_page
from estimate_core.web.peers import address_of, refuses_peer
from estimate_core.web.sign_in import (
    FIRST_ACCOUNT,
    INVITATION,
    NEW_PASSWORD,
    OIDC,
    OIDC_DONE,
    SIGN_IN,
    caller_of,
    sign_in_address,
    visitor_of,
)

USER = "estimate_user"
"""Where the scope of a request says who asks."""
SESSION = "x-estimate-session"
"""The header in which the door alone tells the pages' library whose session asks."""
_POLICY_BROKEN = 1008
_ANYONES = frozenset({SIGN_IN, OIDC, OIDC_DONE, FIRST_ACCOUNT, NEW_PASSWORD, "/healthz", "/metrics"})
"""What answers to everybody: forms that let people in, and what monitors ask, which names nobody and no work."""
_LIBRARYS = re.compile(r"/static/(css|js|media)/\w[\w.-]*")
"""Scripts, styles and fonts of the pages' library, as anyone can have them from its makers.

A page that is open when its session ends may need one more of them to show that it ended.
"""
_SIGN_IN_FIRST = "Sign in first: open this address in a browser, or send a token with the header Authorization: Bearer."
_BAD_TOKEN = "This token opens nothing: it expired, was revoked, or is not whole. Make another on Team, Tokens."
_CHANGE_FIRST = "Choose another password first: sign in with a browser."
_HOMELESS = "Your account belongs to no organisation any more. Ask an owner of one to invite you."


@dataclass(frozen=True)
class Passage:
    """Who may go on, or the answer to who may not."""

    user: User | None = None
    refusal: Response | None = None


class Door:
    """Lets those in who are signed in, or everybody while no account exists."""

    def __init__(self, app: ASGIApp, desk_of: Callable[[], Desk]) -> None:
        self._app = app
        self._desk_of = desk_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with who asks, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        passage = await run_in_threadpool(_find_passage, self._desk_of(), HTTPConnection(scope))
        if passage.refusal is None:
            await self._app(_told_who(scope, passage.user), receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_BROKEN})
        else:
            await passage.refusal(scope, receive, send)


def _told_who(scope: Scope, user: User | None) -> Scope:
    """The scope with who asks in it, and their session in a header that nobody else can write."""
    others = [(name, value) for name, value in scope["headers"] if name.lower() != SESSION.encode()]
    if user is None:
        return {**scope, "headers": others}
    return {**scope, USER: user, "headers": [*others, (SESSION.encode(), user.session.encode())]}


def _find_passage(desk: Desk, asked: HTTPConnection) -> Passage:
    try:
        return _passage(desk, asked)
    except DeskError as refusal:
        return _shut(asked, refusal)
    except Exception as error:
        trouble = trouble_of(error)
        if trouble is None:
            raise
        return _shut(asked, trouble)


def _shut(asked: HTTPConnection, refusal: DeskError) -> Passage:
    """The answer to who is refused by the door itself, and would be at any other address."""
    return Passage(refusal=refused(refusal, _is_for_reading(asked), leads_on=False))


def _passage(desk: Desk, asked: HTTPConnection) -> Passage:
    path, is_request = asked.scope["path"], asked.scope["type"] == "http"
    if is_request and path == "/healthz":
        # Answers as well where the database does not.
        return Passage()
    if is_open(desk):
        sentence = refuses_peer(asked.scope, desk.settings)
        if sentence:
            raise NotAllowed(sentence)
        return Passage(replace(LOCAL, address=address_of(asked.scope, desk.settings)))
    if is_request and _is_anyones(path):
        return Passage()
    token = _token(asked)
    if token is not None and path.startswith("/api/"):
        return Passage(_by_token(desk, token, caller_of(desk, asked)))
    return _by_ticket(asked, visitor_of(desk, asked))


def _is_anyones(path: str) -> bool:
    folder, _, secret = path.rpartition("/")
    return path in _ANYONES or (folder == INVITATION and bool(secret)) or bool(_LIBRARYS.fullmatch(path))


def _by_token(desk: Desk, token: str, caller: Caller) -> User:
    user = find_user_by_token(desk, token, caller)
    if user is None:
        raise SignedOut(_BAD_TOKEN)
    return user


def _by_ticket(asked: HTTPConnection, visitor: Visitor | None) -> Passage:
    if visitor is None:
        return Passage(refusal=_stop(asked, SignedOut(_SIGN_IN_FIRST), sign_in_address(_asked_for(asked))))
    if visitor.must_change:
        return Passage(refusal=_stop(asked, NotAllowed(_CHANGE_FIRST), NEW_PASSWORD))
    if visitor.user is None:
        ways = ((SIGN_IN, "Sign in as another"),)
        told = told_page("No organisation", _HOMELESS, ways, 403)
        return Passage(refusal=told if _is_for_reading(asked) else refused(NotAllowed(_HOMELESS)))
    return Passage(visitor.user)


def _stop(asked: HTTPConnection, refusal: DeskError, leads_to: str) -> Response:
    """A person who reads is led on; a program is told."""
    if _is_for_reading(asked):
        return RedirectResponse(leads_to, 303, PRIVATE)
    return refused(refusal)


def _is_for_reading(asked: HTTPConnection) -> bool:
    reads = asked.scope["type"] == "http" and asked.scope["method"] in ("GET", "HEAD")
    return reads and "text/html" in asked.headers.get("accept", "")


def _asked_for(asked: HTTPConnection) -> str:
    query = asked.scope["query_string"].decode("ascii", "replace")
    return f"{asked.scope['path']}?{query}" if query else str(asked.scope["path"])


def _token(asked: HTTPConnection) -> str | None:
    kind, _, token = asked.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None
