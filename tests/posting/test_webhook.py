"""Webhooks against a receiver on this machine: what is sent, and what comes of each kind of trouble."""

import hashlib
import hmac
import socket
from collections.abc import Iterator
from threading import Thread

import pytest

from estimate_core.domain.errors import BadInput
from estimate_core.posting.hosts import resolve_host
from estimate_core.posting.webhook import Webhooks, signature
from tests.posting.conftest import SECRET, Write
from tests.receiver import Receiver


@pytest.fixture
def webhooks() -> Webhooks:
    """Webhooks that may go to this machine, in little time."""
    return Webhooks(private=True, seconds=0.3, resolve=resolve_host)


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A receiver that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def address_of(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}/"


def test_a_letter_arrives_whole_and_signed(webhooks: Webhooks, receiver: Receiver, write: Write) -> None:
    letter = write(receiver.url)

    answer = webhooks.send(letter)

    [request] = receiver.requests
    time, _, sign = request.headers["x-estimate-signature"].partition(",v1=")
    signed = f"{int(letter.at.timestamp())}.".encode() + request.body
    assert (answer.sent, answer.words) == (True, "200 OK: thanks")
    assert (request.path, request.body.decode()) == ("/hook?key=1", letter.body)
    assert time == f"t={int(letter.at.timestamp())}"
    assert sign == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-estimate-delivery"] == "delivery-1"
    assert request.headers["x-estimate-event"] == "job.completed"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"


def test_another_secret_time_or_body_signs_otherwise() -> None:
    signs = {signature("a", 1, "b"), signature("c", 1, "b"), signature("a", 2, "b"), signature("a", 1, "d")}

    assert len(signs) == 4


@pytest.mark.parametrize(("status", "sent"), [(204, True), (404, False), (500, False)])
def test_only_an_answer_of_the_two_hundreds_is_taken_as_sent(
    webhooks: Webhooks, receiver: Receiver, write: Write, status: int, sent: bool
) -> None:
    receiver.answers = [(status, {}, b"")]

    answer = webhooks.send(write(receiver.url))

    assert answer.sent is sent
    assert answer.words.startswith(str(status))


def test_a_redirect_is_not_followed(webhooks: Webhooks, receiver: Receiver, write: Write) -> None:
    receiver.answers = [(307, {"Location": f"http://127.0.0.1:{receiver.port}/elsewhere"}, b"")]

    answer = webhooks.send(write(receiver.url))

    assert (answer.sent, len(receiver.requests)) == (False, 1)
    assert "sends on to another address" in answer.words


def test_a_long_answer_is_kept_short_and_plain(webhooks: Webhooks, receiver: Receiver, write: Write) -> None:
    receiver.answers = [(200, {}, b"\x1b[31m<b>\n" + b"x" * 1_000_000 + b"\xff")]

    answer = webhooks.send(write(receiver.url))

    assert answer.sent
    assert len(answer.words) == 300
    assert answer.words.isprintable()


def test_a_refused_connection_is_told(silent: socket.socket, write: Write) -> None:
    address = address_of(silent)
    silent.close()

    # Windows tries for some seconds before it says so.
    answer = Webhooks(private=True, seconds=20, resolve=resolve_host).send(write(address))

    assert (answer.sent, answer.words) == (False, "The connection was refused.")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_receiver_that_says_nothing_is_waited_for_only_so_long(
    webhooks: Webhooks, silent: socket.socket, write: Write, scheme: str
) -> None:
    answer = webhooks.send(write(address_of(silent).replace("http", scheme)))

    assert (answer.sent, answer.words) == (False, "No answer within 0.3 seconds.")


def test_a_receiver_that_drips_does_not_hold_the_post_up(
    webhooks: Webhooks, silent: socket.socket, write: Write
) -> None:
    ended: list[bool] = []

    def drip() -> None:
        line, _ = silent.accept()
        with line:
            line.settimeout(0.05)
            try:
                while True:
                    line.sendall(b"H")
                    if _is_closed(line):
                        break
            except OSError:
                pass
        ended.append(True)

    thread = Thread(target=drip, daemon=True)
    thread.start()

    answer = webhooks.send(write(address_of(silent)))
    thread.join(10)

    assert not answer.sent
    assert ended


def _is_closed(line: socket.socket) -> bool:
    """Wait a moment for what the other side sends; nothing more comes where it hung up."""
    try:
        return line.recv(10_000) == b""
    except TimeoutError:
        return False


def test_a_receiver_that_hangs_up_is_told(webhooks: Webhooks, silent: socket.socket, write: Write) -> None:
    def hang_up() -> None:
        silent.accept()[0].close()

    thread = Thread(target=hang_up, daemon=True)
    thread.start()

    answer = webhooks.send(write(address_of(silent)))
    thread.join(10)

    assert (answer.sent, answer.words) == (False, "The connection broke off.")


def test_https_to_a_receiver_without_it_is_told(webhooks: Webhooks, receiver: Receiver, write: Write) -> None:
    answer = webhooks.send(write(receiver.url.replace("http:", "https:")))

    assert (answer.sent, answer.words) == (False, "It does not speak HTTPS as it should.")


def test_an_address_that_begins_to_lead_inside_is_not_reached(receiver: Receiver, write: Write) -> None:
    found = ["93.184.216.34"]
    webhooks = Webhooks(private=False, seconds=0.3, resolve=lambda *_: found)
    webhooks.check(f"http://moving.example.org:{receiver.port}/")
    found[:] = ["127.0.0.1"]

    answer = webhooks.send(write(f"http://moving.example.org:{receiver.port}/"))

    assert not answer.sent
    assert "private network" in answer.words
    assert receiver.requests == []


def test_the_letter_goes_to_the_address_that_was_checked(receiver: Receiver, write: Write) -> None:
    asked: list[str] = []

    def resolve(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    answer = Webhooks(private=True, seconds=5, resolve=resolve).send(
        write(f"http://named.example.org:{receiver.port}/")
    )

    assert answer.sent
    assert asked == ["named.example.org"]
    assert receiver.requests[0].headers["host"] == f"named.example.org:{receiver.port}"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ftp://example.org/", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("example.org/hook", "begins with https"),
        ("https://", "begins with https"),
        ("https://example.org:99999/", "begins with https"),
        ("https://[::1/", "begins with https"),
        ("https://user:password@example.org/", "user name and the password out"),
        ("https://user@example.org/", "user name and the password out"),
        ("https://ex\u0430mple.org/", "plain ASCII"),
        ("http://127.0.0.1/", "this machine or in a private network"),
        ("http://[::1]:8080/", "this machine or in a private network"),
        ("http://localhost/", "this machine or in a private network"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_what_to_do(address: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Webhooks(private=False, seconds=1, resolve=resolve_host).check(address)


def test_what_may_be_a_key_in_an_address_is_masked() -> None:
    webhooks = Webhooks(private=False, seconds=1, resolve=lambda *_: ["93.184.216.34"])

    assert webhooks.check("https://example.org:8443/T0KEN?key=K3Y") == "https://example.org:8443/\u2026"
    assert webhooks.check("https://example.org") == "https://example.org/"
