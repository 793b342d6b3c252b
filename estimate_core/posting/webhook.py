"""Webhooks: a letter as JSON by POST, signed, to one checked address and nowhere else."""

import hashlib
import hmac
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from urllib.parse import SplitResult, urlsplit

import certifi

from estimate_core.domain.errors import BadInput
from estimate_core.domain.notice import MAX_ANSWER, MAX_SHOWN, Answer, Letter
from estimate_core.domain.text import one_line
from estimate_core.posting.hosts import Resolve, checked_addresses

_PORTS = {"http": 80, "https": 443}
_READ = 2_000
"""Bytes of an answer that are looked at."""
_PROBLEMS: tuple[tuple[type[Exception], str], ...] = (
    (ConnectionRefusedError, "The connection was refused."),
    (ssl.SSLCertVerificationError, "Its certificate cannot be trusted."),
    (ssl.SSLError, "It does not speak HTTPS as it should."),
    (Exception, "The connection broke off."),
)


class Webhooks:
    """Posts to web addresses, each within `seconds`; `private` allows this machine and private networks."""

    def __init__(self, private: bool, seconds: float, resolve: Resolve) -> None:
        self._private = private
        self._seconds = seconds
        self._resolve = resolve

    def check(self, address: str) -> str:
        """The address, masked; BadInput where it is no web address or leads where nothing is sent to."""
        parts = _parts(address)
        checked_addresses(parts.hostname or "", _port(parts), self._private, self._resolve)
        return f"{parts.scheme}://{parts.netloc}/"[:MAX_SHOWN] + (
            "\u2026" if parts.path.strip("/") or parts.query else ""
        )

    def send(self, letter: Letter) -> Answer:
        """Post a letter once and tell what was answered. Whatever the network does, nothing is raised."""
        late: list[bool] = []
        try:
            with self._connected(_parts(letter.address), late) as connection:
                return _posted(connection, letter)
        except BadInput as refusal:
            return Answer(False, str(refusal))
        except (OSError, HTTPException, ValueError) as problem:
            if late or isinstance(problem, TimeoutError):
                return Answer(False, f"No answer within {self._seconds:g} seconds.")
            return Answer(False, _words_of(problem))

    @contextmanager
    def _connected(self, parts: SplitResult, late: list[bool]) -> Iterator[HTTPConnection]:
        """A connection to an address that was checked, cut when the time is over: `late` is then not empty."""
        host, port = parts.hostname or "", _port(parts)
        addresses = checked_addresses(host, port, self._private, self._resolve)
        line = _connect(addresses, port, self._seconds)
        line = _secured(line, host) if parts.scheme == "https" else line
        made = (HTTPSConnection if parts.scheme == "https" else HTTPConnection)(host, port)
        made.sock = line
        # A receiver that sends a byte now and then would pass every time-out of the socket.
        timer = Timer(self._seconds, _cut, (line, late))
        timer.daemon = True
        timer.start()
        try:
            if isinstance(line, ssl.SSLSocket):
                line.do_handshake()
            yield made
        finally:
            timer.cancel()
            line.close()


def signature(secret: str, timestamp: int, body: str) -> str:
    """What `X-Estimate-Signature` says: HMAC-SHA256, in hex, of the timestamp, a dot and the body."""
    signed = hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256)
    return f"t={timestamp},v1={signed.hexdigest()}"


def _words_of(problem: Exception) -> str:
    return next(words for kind, words in _PROBLEMS if isinstance(problem, kind))


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _port(parts)
    except (ValueError, KeyError) as problem:
        raise BadInput("A webhook\u2019s address begins with https:// or http:// and a host. Check it.") from problem
    if not parts.hostname:
        raise BadInput("A webhook\u2019s address begins with https:// or http:// and a host. Check it.")
    if parts.username is not None or parts.password is not None:
        raise BadInput("Leave the user name and the password out of the address; the signature proves who sends.")
    if not address.isascii():
        raise BadInput("Write the address in plain ASCII characters, as a browser copies it.")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


def _connect(addresses: list[str], port: int, seconds: float) -> socket.socket:
    """The first of the addresses that takes the connection, all within the time of one."""
    for address in addresses[:-1]:
        try:
            return socket.create_connection((address, port), seconds / len(addresses))
        except OSError:
            continue
    return socket.create_connection((addresses[-1], port), seconds / len(addresses))


def _cut(line: socket.socket, late: list[bool]) -> None:
    late.append(True)
    # The plain socket's own, and nothing where it was closed meanwhile: nobody waits for it any more.
    with suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)


def _secured(line: socket.socket, host: str) -> ssl.SSLSocket:
    # The handshake comes later, so that it too can be cut.
    return _trust().wrap_socket(line, server_hostname=host, do_handshake_on_connect=False)


@cache
def _trust() -> ssl.SSLContext:
    """Whom to believe: the system's authorities, such as an office's own, and those that come along."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _posted(connection: HTTPConnection, letter: Letter) -> Answer:
    parts, body = _parts(letter.address), letter.body.encode()
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("POST", target, body, _headers(letter))
    response = connection.getresponse()
    start = response.read(_READ).decode("utf-8", "replace")
    status = one_line(f"{response.status} {response.reason}")
    if response.status in range(300, 400):
        return Answer(False, f"{status}: it sends on to another address. Enter the address where it ends.")
    words = status if not start.strip() else f"{status}: {one_line(start)}"
    return Answer(response.status in range(200, 300), words[:MAX_ANSWER])


def _headers(letter: Letter) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "Estimate-Desk",
        "X-Estimate-Event": letter.event.value,
        "X-Estimate-Delivery": letter.delivery,
        "X-Estimate-Signature": signature(letter.secret, int(letter.at.timestamp()), letter.body),
        "Connection": "close",
    }
