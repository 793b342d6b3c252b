"""The gate: names of this desk come in, others do not, by any door."""

import asyncio
import platform
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from estimate_core.desk import Settings
from estimate_core.web.gate import HEADERS, Gate, is_own_name

SETTINGS = Settings(url="https://estimates.example.org/desk")


async def greet(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()


APP = Starlette(
    routes=[
        Route("/", lambda request: PlainTextResponse("hello", headers={"Referrer-Policy": "no-referrer"})),
        WebSocketRoute("/_stcore/stream", greet),
    ],
    middleware=[Middleware(Gate, settings_of=lambda: SETTINGS)],
)


def ask(host: str) -> httpx.Response:
    async def asking() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://desk") as client:
            return await client.get("/", headers={"Host": host})

    return asyncio.run(asking())


def open_socket(host: str) -> list[str]:
    """The kinds of messages that a websocket is answered."""
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": [(b"host", host.encode())], "subprotocols": []}
    asyncio.run(APP(scope, receive, send))  # type: ignore[arg-type]
    return sent


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8501",
        "LOCALHOST:8501",
        "desk.localhost",
        "127.0.0.1:8501",
        "192.168.1.20:8501",
        "[::1]:8501",
        "estimates.example.org",
        "Estimates.Example.org:443",
        "estimates.example.org.",
        platform.node(),
        f"{platform.node()}.local:8501",
    ],
)
def test_names_of_this_desk_come_in(host: str) -> None:
    answer = ask(host)

    assert (answer.status_code, answer.text) == (200, "hello")
    assert open_socket(host) == ["websocket.accept", "websocket.close"]


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8501",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "xlocalhost",
        "evil.example@localhost.evil.example",
        "[::1",
        "estimates.example.org.evil.example",
    ],
)
def test_foreign_names_are_refused_by_each_door(host: str) -> None:
    answer = ask(host)

    assert answer.status_code == 421
    assert answer.json()["error"].endswith("starts it again.")
    assert open_socket(host) == ["websocket.close"]


def test_every_answer_says_what_browsers_may_do_with_it() -> None:
    welcome, refused = ask("localhost").headers, ask("evil.example").headers

    assert {name: refused[name] for name in HEADERS} == HEADERS
    assert {name: welcome[name] for name in HEADERS} == HEADERS | {"Referrer-Policy": "no-referrer"}


def test_without_an_address_only_this_machine_is_known() -> None:
    assert not is_own_name("estimates.example.org", Settings())
    assert is_own_name("localhost", Settings())
