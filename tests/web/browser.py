"""Somebody's browser before the routes behind the door, without a server."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from estimate_core.desk import Desk
from estimate_core.web import api
from estimate_core.web.door import SESSION, USER, Door

HTML, JSON = {"Accept": "text/html"}, {"Accept": "application/json"}


def tell_who(request: Request) -> Response:
    return PlainTextResponse(request.scope[USER].name)


def tell_session(request: Request) -> Response:
    return PlainTextResponse(",".join(request.headers.getlist(SESSION)))


async def greet(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()


def application(desk_of: Callable[[], Desk]) -> Starlette:
    """The routes behind the door, with a page and a websocket as the pages have them."""
    own = [
        Route("/jobs", tell_who),
        Route("/", tell_who),
        Route("/session", tell_session),
        WebSocketRoute("/{below:path}", greet),
    ]
    return Starlette(
        routes=[*api.routes(desk_of), *own],
        middleware=[Middleware(Door, desk_of=desk_of)],
        exception_handlers=api.exception_handlers(),
    )


@dataclass
class Browser:
    """Somebody's browser: it keeps cookies and fills in forms."""

    desk: Desk
    cookies: dict[str, str] = field(default_factory=dict)
    address: str = "127.0.0.1"
    site: str = "http://desk"

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.ask("GET", path, headers=headers or HTML)

    def send(self, path: str, typed: dict[str, str], headers: dict[str, str] | None = None) -> httpx.Response:
        """Open a form, fill it in as it came, and send it."""
        page = self.get(path)
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', page.text))
        return self.ask("POST", path, data=hidden | typed, headers=headers)

    def ask(self, method: str, path: str, **sent: object) -> httpx.Response:
        return asyncio.run(self._ask(method, path, **sent))

    async def _ask(self, method: str, path: str, **sent: object) -> httpx.Response:
        transport = httpx.ASGITransport(
            application(lambda: self.desk), raise_app_exceptions=False, client=(self.address, 1)
        )
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {**(sent.pop("headers", None) or {}), **({"Cookie": kept} if kept else {})}  # type: ignore[dict-item]
        async with httpx.AsyncClient(transport=transport, base_url=self.site) as client:
            answer = await client.request(method, path, headers=headers, **sent)  # type: ignore[arg-type]
        for told in answer.headers.get_list("set-cookie"):
            name, _, value = told.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer
