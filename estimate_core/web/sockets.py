"""How answers leave, which is at once, and where requests arrive."""

import gc
import socket

_INTERNET = (socket.AF_INET, socket.AF_INET6)


def send_at_once() -> list[str]:
    """Let each piece of an answer leave as it is written, on connections that are made from now on.

    Gives the addresses of the sockets that listen. The host of the pages opens its own in a way that leaves the delay
    on which asyncio switches off elsewhere: the second piece of an answer then waits about 40 ms for the receipt of the
    first. Connections inherit it from the socket that listens, and only the collector of garbage knows which that is.
    """
    listening = [one for one in gc.get_objects() if issubclass(type(one), socket.socket) and _listens(one)]
    for one in listening:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return [str(one.getsockname()[0]) for one in listening]


def _listens(one: socket.socket) -> bool:
    if one.fileno() < 0 or one.family not in _INTERNET or one.type != socket.SOCK_STREAM:
        return False
    return bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
