"""Peers: from where a request comes, whom to believe about it, and who may ask a desk that has no accounts.

Anybody can write any header. What X-Forwarded-For and X-Forwarded-Proto say counts only where the connection itself
comes from a proxy that ESTIMATE_PROXY_ADDRESSES names.
"""

import gc
import logging
from functools import lru_cache

from starlette.datastructures import Headers
from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from estimate_core.services.binding import find_address, is_for_anyone, is_this_machine
from estimate_core.settings import Settings

_log = logging.getLogger(__name__)

_MARKS = frozenset({"forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip"})
"""Headers by which a proxy tells that it asks for another, besides those that begin with x-forwarded-."""
_ELSEWHERE = (
    "Nobody has an account on this Estimate Desk yet, so it is open on its own machine alone. Whoever hosts it creates "
    "the first account, in a browser on that machine or with \u201cpython -m estimate_core add-user\u201d."
)
_BY_PROXY = (
    "Nobody has an account on this Estimate Desk yet, so it does not answer through a proxy. Whoever hosts it creates "
    "the first account, in a browser on its own machine or with \u201cpython -m estimate_core add-user\u201d."
)


def refuses_peer(scope: Scope, settings: Settings) -> str | None:
    """Why whoever asks may not use a desk without accounts, as a sentence for them; None where they may.

    Only this machine itself may, and no proxy on it: behind that may be anybody.
    """
    if is_for_anyone(settings):
        return None
    if not is_this_machine(peer_of(scope)):
        return _ELSEWHERE
    return _BY_PROXY if tells_of_proxy(scope) else None


def address_of(scope: Scope, settings: Settings) -> str:
    """The address of who asks: the peer's, or what trusted proxies say it is; empty where there is none.

    Each proxy writes down whom it was asked by at the right of X-Forwarded-For; what stands left of the first that is
    not trusted, anybody may have made up.
    """
    address = peer_of(scope)
    told = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
    if any(told) and not is_trusted(address, settings):
        _tell_of_proxy(address)
    while told and is_trusted(address, settings):
        found = find_address(_without_port(told.pop().strip()))
        if found is None:
            break
        address = str(found)
    return address


def is_secure(scope: Scope, settings: Settings) -> bool:
    """Whether the browser asks by https: of this program, or of a trusted proxy."""
    scheme = str(scope.get("scheme", ""))
    if is_trusted(peer_of(scope), settings):
        # The proxy next to us writes it last.
        told = ",".join(Headers(scope=scope).getlist("x-forwarded-proto")).split(",")[-1].strip().lower()
        scheme = told or scheme
    return scheme in ("https", "wss")


def comes_by_proxy(scope: Scope, settings: Settings) -> bool:
    """Whether the connection itself comes from a proxy that the host trusts."""
    return is_trusted(peer_of(scope), settings)


def tells_of_proxy(scope: Scope) -> bool:
    """Whether headers tell that a proxy asks for another, trusted or not."""
    return any(_is_mark(name) for name in Headers(scope=scope))


def is_trusted(address: str, settings: Settings) -> bool:
    """Whether that is the address of a proxy that the host trusts."""
    found = find_address(address)
    return found is not None and any(found in network for network in settings.proxy_addresses)


def peer_of(scope: Scope) -> str:
    """The address at the other end of the connection; empty where there is none."""
    client = scope.get("client")
    host = str(client[0]) if client else ""
    return str(find_address(host) or host)


def see_true_peers() -> int:
    """Have the server tell the other end of each connection, whatever headers say; gives how many listened to them.

    It would put the address of X-Forwarded-For in the place of the peer's for whoever asks on this machine, so that any
    program on it could pass for a trusted proxy elsewhere. It offers no setting in time, and only the collector of
    garbage knows its middleware.
    """
    listening = [one for one in gc.get_objects() if type(one) is ProxyHeadersMiddleware]
    for one in listening:
        one.trusted_hosts = ()  # type: ignore[assignment]
    return len(listening)


@lru_cache(maxsize=64)
def _tell_of_proxy(address: str) -> None:
    """Log, once for each address, that a proxy of this machine or network may be one that nobody told of."""
    found = find_address(address)
    if found and found.is_private:
        _log.warning(
            "a proxy seems to ask from %s, and all who come by it count as one; see ESTIMATE_PROXY_ADDRESSES",
            address,
        )


def _is_mark(name: str) -> bool:
    return name in _MARKS or name.startswith("x-forwarded-")


def _without_port(text: str) -> str:
    """An address of X-Forwarded-For without the port that some proxies add: 192.0.2.1:80, [2001:db8::1]:80."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
