"""The gate: who asks under a foreign name is refused, at each door, and so is a page of another site that would change
something; doors that nobody needs are closed; every answer says what browsers may do with it.

A page of another site can have its name lead to this machine (DNS rebinding) and so ask as if it were of this site.
Its name then stands in the header Host, which no page can change. Addresses made of digits cannot be turned that way.
"""

import ipaddress
import logging
import platform
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from estimate_core.settings import Settings
from estimate_core.web.answers import absent, refusal, unknown_name
from estimate_core.web.origins import OTHER_SITE, is_asked_by_other_site
from estimate_core.web.policy import add_headers, is_needed

_log = logging.getLogger(__name__)

_READING = ("GET", "HEAD", "OPTIONS")
"""What changes nothing; a websocket has no method, and is none of it."""
_FOREIGN = 1008
"""The code that closes a websocket whose asker breaks the rules."""


class Gate:
    """Lets requests and websockets through that come under a name of this desk."""

    def __init__(self, app: ASGIApp, settings_of: Callable[[], Settings]) -> None:
        self._app = app
        self._settings_of = settings_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is None:
            await self._app(scope, receive, _with_headers(send))
        else:
            await _refuse(refused, scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        """Why a request or a websocket may not come in, or None."""
        headers, settings, path = Headers(scope=scope), self._settings_of(), scope["path"]
        asked = headers.get("host", "")
        if not is_own_name(asked, settings):
            _log.warning("refused who asked under the name %r", asked[:100])
            return unknown_name(asked)
        if scope.get("method") not in _READING and is_asked_by_other_site(headers, settings.url):
            _log.warning("refused a page of %r that asked for %r", headers.get("origin", "")[:100], path[:100])
            return refusal(OTHER_SITE, 403)
        return None if is_needed(path) else absent()


def is_own_name(host: str, settings: Settings) -> bool:
    """Whether a header Host names this desk: by digits, as localhost, as this machine, or as ESTIMATE_URL says."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    name = name.rstrip(".")
    return _is_address(name) or name in _own_names(settings) or name.endswith(".localhost")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _own_names(settings: Settings) -> set[str]:
    machine = platform.node().lower()
    named = {"localhost", machine, f"{machine}.local", machine.partition(".")[0], urlsplit(settings.url).hostname}
    return {name for name in named if name}


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            add_headers(MutableHeaders(scope=message))
        await send(message)

    return sending


async def _refuse(refused: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _FOREIGN})
        return
    await refused(scope, receive, _with_headers(send))
