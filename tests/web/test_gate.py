"""The gate: names of this desk come in, others do not, by any door."""

import asyncio
import platform
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from estimate_core.settings import Settings
from estimate_core.web.gate import Gate, is_own_name
from estimate_core.web.policy import HEADERS

SETTINGS = Settings(url="https://estimates.example.org")


async def greet(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()


def hello(request: Request) -> Response:
    return PlainTextResponse("hello", headers={"Referrer-Policy": "no-referrer"})


METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
APP = Starlette(
    routes=[
        Route("/", hello, methods=METHODS),
        Route("/page", lambda request: HTMLResponse("hello")),
        Route("/media/{name}", hello),
        WebSocketRoute("/_stcore/stream", greet),
    ],
    middleware=[Middleware(Gate, settings_of=lambda: SETTINGS)],
)


def ask(host: str, path: str = "/", method: str = "GET", headers: dict[str, str] | None = None) -> httpx.Response:
    async def asking() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://desk") as client:
            return await client.request(method, path, headers={"Host": host, **(headers or {})})

    return asyncio.run(asking())


def open_socket(host: str, path: str = "/_stcore/stream", headers: dict[str, str] | None = None) -> list[str]:
    """The kinds of messages that a websocket is answered."""
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    raw = [(name.lower().encode(), value.encode()) for name, value in {"Host": host, **(headers or {})}.items()]
    scope = {"type": "websocket", "path": path, "headers": raw, "subprotocols": []}
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


@pytest.mark.parametrize(
    ("host", "path", "method", "status"),
    [
        ("localhost", "/", "GET", 200),
        ("localhost", "/page", "GET", 200),
        ("localhost", "/nothing", "GET", 404),
        ("localhost", "/page", "POST", 405),
        ("localhost", "/media/file", "GET", 404),
        ("evil.example", "/", "GET", 421),
    ],
)
def test_every_answer_says_what_browsers_may_do_with_it(host: str, path: str, method: str, status: int) -> None:
    answer = ask(host, path, method)

    own = {"Referrer-Policy": "no-referrer"} if answer.text == "hello" and path == "/" else {}
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS | own
    assert ("script-src" in answer.headers["Content-Security-Policy"]) == (path == "/page" and status == 200)


def test_no_browser_keeps_a_page() -> None:
    kept = {path: ask("localhost", path).headers.get("Cache-Control") for path in ("/page", "/")}

    assert kept == {"/page": "no-store", "/": None}


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_page_of_another_site_can_send_nothing(method: str) -> None:
    foreign = ask("localhost:8501", method=method, headers={"Origin": "http://localhost:3000"})
    own = ask("localhost:8501", method=method, headers={"Origin": "http://localhost:8501"})
    program = ask("localhost:8501", method=method)

    assert foreign.status_code == 403
    assert foreign.json()["error"].startswith("Another site asked for this")
    assert (own.status_code, program.status_code) == (200, 200)


def test_a_link_from_another_site_leads_here() -> None:
    assert ask("localhost", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_site_opens_no_websocket(headers: dict[str, str]) -> None:
    assert open_socket("localhost:8501", headers=headers) == ["websocket.close"]


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8501", "http://localhost:8501"),
        ("estimates.example.org", "https://estimates.example.org"),
        ("127.0.0.1:8501", "https://estimates.example.org"),
    ],
)
def test_a_page_of_the_desk_opens_its_websocket_behind_a_proxy_too(host: str, origin: str) -> None:
    assert open_socket(host, headers={"Origin": origin}) == ["websocket.accept", "websocket.close"]


def test_files_that_the_library_would_hand_to_anyone_are_not_there() -> None:
    answer = ask("localhost", "/media/file")

    assert answer.status_code == 404
    assert answer.json()["error"].startswith("There is no such address here.")
    assert open_socket("localhost", "/media/file") == ["websocket.close"]


def test_without_an_address_only_this_machine_is_known() -> None:
    assert not is_own_name("estimates.example.org", Settings())
    assert is_own_name("localhost", Settings())
