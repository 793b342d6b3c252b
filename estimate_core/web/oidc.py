"""Signing in by the organisation's own provider (OpenID Connect), where the host set one.

Streamlit brings a sign-in of this kind along, which ends on the pages with a cookie of its own whatever came of it.
Here it ends with a session like any other, or with a sentence.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from estimate_core.desk import Desk
from estimate_core.domain.errors import DeskError, OutOfOrder
from estimate_core.services.signing_in import sign_in_by_email
from estimate_core.settings import Settings
from estimate_core.web.answers import absent
from estimate_core.web.forms import is_by_https, signed_in, site_address, told_page
from estimate_core.web.sign_in import OIDC, OIDC_DONE, SIGN_IN, caller_of

if TYPE_CHECKING:
    from estimate_core.web.provider import Provider

DeskOf = Callable[[], Desk]
_COOKIE = "estimate_oidc"
_PATIENCE = 600
"""Seconds that a person may take at the provider."""
_KNOWN_FOR = timedelta(minutes=10)
"""How long what a provider says of itself is believed: it may change its keys."""
_NEXT = "next"
_LONGEST_PATH = 1000
"""A cookie holds 4,096 bytes, with all that Authlib keeps."""


def oidc_routes(desk_of: DeskOf) -> list[BaseRoute]:
    """The two routes; without a provider in the settings there is nothing at either."""
    known = _Known()

    async def begin(request: Request) -> Response:
        return await _answered(desk_of(), request, known, _begin)

    async def finish(request: Request) -> Response:
        return await _answered(desk_of(), request, known, _finish)

    return [Route(OIDC, begin), Route(OIDC_DONE, finish)]


class _Known:
    """The provider, known anew from time to time."""

    def __init__(self) -> None:
        self._kept: tuple[datetime, Provider] | None = None

    async def provider_of(self, desk: Desk) -> "Provider":
        now = desk.now()
        if self._kept is None or not timedelta() <= now - self._kept[0] < _KNOWN_FOR:
            self._kept = (now, await run_in_threadpool(_provider_of, desk.settings))
        return self._kept[1]


def _provider_of(settings: Settings) -> "Provider":
    # Only here: a desk without a provider loads nothing of what is needed to speak with one.
    from estimate_core.web.provider import Provider

    return Provider(settings)


async def _answered(desk: Desk, request: Request, known: _Known, answer: Callable[..., Any]) -> Response:
    if not desk.settings.oidc_url:
        return absent()
    # What Authlib calls the session is a cookie of ours, for as long as one sign-in takes; Streamlit has another.
    request = Request({**request.scope, "session": _read_cookie(desk, request)}, request.receive)
    try:
        response: Response = await answer(desk, request, await known.provider_of(desk))
    except DeskError as refusal:
        ways = ((OIDC, f"Begin again with {desk.settings.oidc_name}"), (SIGN_IN, "Sign in with a password"))
        response = told_page("Not signed in", str(refusal), ways, 503 if isinstance(refusal, OutOfOrder) else 403)
    _write_cookie(desk, request, response)
    return response


async def _begin(desk: Desk, request: Request, provider: "Provider") -> Response:
    request.session.clear()
    request.session[_NEXT] = request.query_params.get(_NEXT, "/")[:_LONGEST_PATH]
    # The provider knows the address that it sends people back to, and sends them to no other.
    sent = await provider.begin(request, site_address(desk, request) + OIDC_DONE)
    sent.headers["Cache-Control"] = "no-store"
    return sent


async def _finish(desk: Desk, request: Request, provider: "Provider") -> Response:
    email = await provider.get_email(request)
    to = str(request.session.get(_NEXT, "/"))
    request.session.clear()
    ticket = await run_in_threadpool(sign_in_by_email, desk, email, "oidc", caller_of(desk, request))
    return signed_in(desk, request, ticket, to)


def _read_cookie(desk: Desk, request: Request) -> dict[str, Any]:
    try:
        return dict(_serializer(desk).loads(request.cookies.get(_COOKIE, ""), max_age=_PATIENCE))
    except BadData:
        return {}


def _write_cookie(desk: Desk, request: Request, response: Response) -> None:
    if not request.session and _COOKIE not in request.cookies:
        return
    kept = str(_serializer(desk).dumps(request.session)) if request.session else ""
    age = _PATIENCE if kept else 0
    # Lax: the provider leads people back here, from another site.
    response.set_cookie(_COOKIE, kept, age, path=OIDC, httponly=True, samesite="lax", secure=is_by_https(desk, request))


def _serializer(desk: Desk) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(desk.key, salt="oidc", signer_kwargs={"digest_method": sha256})
