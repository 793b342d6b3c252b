"""A mail server on this machine: takes one message and keeps it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

_ANSWERS = {b"EHLO": b"250-here\r\n250 AUTH PLAIN\r\n", b"AUTH": b"235 known\r\n", b"DATA": b"354 go on\r\n"}


@dataclass
class Mailbox:
    """The port of the server, and the lines that it was sent."""

    port: int
    lines: list[bytes] = field(default_factory=list)


@contextmanager
def taking_mail() -> Iterator[Mailbox]:
    """A mail server that listens until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        mailbox = Mailbox(listening.getsockname()[1])
        thread = Thread(target=_serve, args=(listening, mailbox), daemon=True)
        thread.start()
        yield mailbox
        thread.join(10)


def _serve(listening: socket.socket, mailbox: Mailbox) -> None:
    line, _ = listening.accept()
    with line, line.makefile("rb") as sent:
        line.sendall(b"220 here\r\n")
        in_message = False
        for text in sent:
            mailbox.lines.append(text)
            if in_message and text != b".\r\n":
                continue
            word = text[:4].upper()
            in_message = word == b"DATA"
            line.sendall(_ANSWERS.get(word, b"250 good\r\n"))
            if word == b"QUIT":
                break
