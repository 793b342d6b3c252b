"""A client of the routes without a server."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from starlette.applications import Starlette

from estimate_core.desk import Desk
from estimate_core.web import api


def application(desk_of: Callable[[], Desk]) -> Starlette:
    """The routes alone, without the pages."""
    return Starlette(routes=api.routes(desk_of), exception_handlers=api.exception_handlers())


@dataclass(frozen=True)
class Client:
    """Asks the routes without a server; faults are answered as a server would."""

    desk_of: Callable[[], Desk]

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.ask("GET", path, headers)

    def post(self, path: str, sent: object = None, headers: dict[str, str] | None = None) -> httpx.Response:
        """Send JSON, or nothing."""
        return self.ask("POST", path, headers, **({} if sent is None else {"json": sent}))

    def ask(self, method: str, path: str, headers: object = None, **sent: object) -> httpx.Response:
        return asyncio.run(self._ask(method, path, headers=headers, **sent))

    async def _ask(self, method: str, path: str, **sent: object) -> httpx.Response:
        transport = httpx.ASGITransport(application(self.desk_of), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
            return await client.request(method, path, **sent)  # type: ignore[arg-type]
