"""Where a letter may go: the addresses behind a host's name, and which of them are not to be reached."""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from estimate_core.domain.errors import BadInput

Resolve = Callable[[str, int], list[str]]
"""Gives the IP addresses of a host and port; OSError or UnicodeError where the name is not known."""
_NAT64 = IPv6Network("64:ff9b::/96")


def resolve_host(host: str, port: int) -> list[str]:
    """The IP addresses that a host's name leads to, best first."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def checked_addresses(host: str, port: int, private: bool, resolve: Resolve) -> list[str]:
    """The IP addresses of a host; BadInput where its name is not known or, unless `private`, leads inside."""
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError, ValueError) as problem:
        raise BadInput(
            f"The name {host[:100]} leads nowhere. Check its spelling and this machine's network."
        ) from problem
    if not private and not all(is_public(address) for address in addresses):
        raise BadInput(
            f"{host[:100]} is this machine or in a private network, where nothing is sent to. If that is meant, "
            "whoever looks after Estimate Desk can set ESTIMATE_NOTIFY_PRIVATE=yes."
        )
    return addresses


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, and so is every address that is wrapped in it."""
    ip = ip_address(address.partition("%")[0])
    return all(one.is_global and not one.is_multicast for one in (ip, *_wrapped(ip)))


def _wrapped(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses to which gateways carry what is sent to an IPv6 address."""
    if isinstance(ip, IPv4Address):
        return []
    nat64 = IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
    return [one for one in (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ()), nat64) if one]
