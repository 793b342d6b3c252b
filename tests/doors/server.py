"""The application in a process of its own, asked over HTTP with paths as they are written."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
IDLE = 2.0


@dataclass(frozen=True)
class Answer:
    """What was answered: the status, the headers by their names in small letters, and the body."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def told(self) -> str:
        """All that it tells."""
        return f"{dict(self.headers)} {self.body}"


@dataclass
class Server:
    """Asks the application that listens at a port of this machine; `routes` are its paths with their methods."""

    port: int
    routes: list[tuple[str, list[str]]] = field(default_factory=list)
    _line: HTTPConnection = field(init=False)
    _spoken: float = 0.0

    def __post_init__(self) -> None:
        self._line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send a request, the path as it is; gives the answer, which may be one that leads on."""
        if time.monotonic() - self._spoken > IDLE:
            # The server hangs up on who says nothing for a while, perhaps at this very moment.
            self.hang_up()
        self._line.putrequest(method, path, skip_accept_encoding=True)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self._line.putheader(name, value)
        self._line.endheaders(body)
        if hasattr(socket, "TCP_QUICKACK"):
            # Else each answer of two pieces takes 40 ms: its second waits until the first is said to have come.
            self._line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        answer = self._line.getresponse()
        text = answer.read().decode("utf-8", "replace")
        self._spoken = time.monotonic()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)

    def hang_up(self) -> None:
        """Begin anew with the next request."""
        self._line.close()

    def upgrade(self, path: str, headers: Mapping[str, str]) -> int:
        """Ask for a websocket; gives the status, which is 101 where it is opened."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        asked = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol": "streamlit",
        }
        try:
            line.request("GET", path, headers={**asked, **headers})
            return line.getresponse().status
        finally:
            line.close()


@contextmanager
def served(home: Path) -> Iterator[Server]:
    """The application at a home, until the block ends; its log and its routes are told beside it."""
    port, log, routes = _free_port(), home.parent / "log", home.parent / "routes"
    command = [sys.executable, "-m", "tests.doors.serving", str(home), str(port), str(routes)]
    with log.open("wb") as lines:
        process = subprocess.Popen(command, cwd=ROOT, stdout=lines, stderr=lines)
    try:
        server = Server(port)
        _wait_for(server, process, log)
        server.routes = [(path, methods) for path, methods in json.loads(routes.read_text(encoding="utf-8"))]
        yield server
        server.hang_up()
    finally:
        process.kill()
        process.wait()


def _wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        with suppress(OSError):
            if server.ask("GET", "/healthz", {}).status == 200:
                return
        server.hang_up()
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
