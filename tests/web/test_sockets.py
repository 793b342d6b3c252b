"""Answers leave at once, and it is known where requests arrive."""

import socket

import pytest

from estimate_core.web.sockets import send_at_once


def delays(one: socket.socket) -> bool:
    return not one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_connections_to_a_listening_socket_send_at_once() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        found = send_at_once()

        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert "127.0.0.1" in found
                assert not delays(accepted)


def test_other_sockets_stay_as_they_are() -> None:
    left, right = socket.socketpair()
    with socket.socket() as bound, left, right, socket.socket(type=socket.SOCK_DGRAM):
        bound.bind(("127.0.0.1", 0))
        gone = socket.socket()
        gone.close()

        send_at_once()

        assert delays(bound)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "::1"])
def test_the_addresses_that_are_listened_at_are_told(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as listening, socket.socket() as bound:
        listening.bind((address, 0))
        listening.listen()
        bound.bind(("127.77.7.7", 0))

        found = send_at_once()

    assert address in found
    assert "127.77.7.7" not in found
