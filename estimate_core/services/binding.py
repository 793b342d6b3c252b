"""Where a desk without accounts may be reached: on its own machine alone, unless its host says that anyone may."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput
from estimate_core.services.doors import is_open
from estimate_core.settings import Settings

ANYONE = "yes-anyone"
"""What ESTIMATE_OPEN says where whoever reaches the desk may use it, accounts or none."""
_REFUSED = (
    "Estimate Desk is not started: it would be reached from other machines by {addresses}, and nobody has an account "
    "yet. Create the first account: with `python -m estimate_core add-organisation` and `add-user`, or in a browser on "
    "this machine, with Estimate Desk started at the address 127.0.0.1. Or set ESTIMATE_OPEN={anyone}: then anyone who "
    "reaches it sees, changes and deletes everything, and can make the first account their own."
)


def refuse_open_addresses(desk: Desk, addresses: Iterable[str]) -> None:
    """Raise BadInput where other machines would reach a desk by one of these addresses without an account."""
    reached = sorted({address for address in addresses if not is_this_machine(address)})
    if reached and not is_for_anyone(desk.settings) and is_open(desk):
        raise BadInput(_REFUSED.format(addresses=", ".join(reached), anyone=ANYONE))


def is_for_anyone(settings: Settings) -> bool:
    """Whether the host says that whoever reaches a desk without accounts may use it."""
    return settings.open == ANYONE


def is_this_machine(address: str) -> bool:
    """Whether only this machine itself is reached by an address, or can come from it; False for what is none."""
    found = find_address(address)
    return found is not None and found.is_loopback


def network_of(address: str) -> str:
    """What one house has of addresses: with IPv6 a network of 2**64, from which it may ask by another each time."""
    found = find_address(address)
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else address


def find_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text is, or None; one of IPv4 written as IPv6, as sockets of both give it, as IPv4."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
