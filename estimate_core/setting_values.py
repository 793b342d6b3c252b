"""Values of settings: how each kind is read from a text. Values of the right type pass as they are.

The description of a kind says what a variable is to be set to, for the sentence that refuses another value.
"""

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

Network = IPv4Network | IPv6Network
_ANSWERS = {"yes": True, "true": True, "no": False, "false": False}
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_IPV4_IN_IPV6 = IPv6Network("::ffff:0:0/96")


class ReasonedError(ValueError):
    """Why a value cannot be used where that does not go without saying, as the end of a sentence.

    It tells nothing of the value: that may be a secret from a file that was named by mistake.
    """


def whole(lowest: int, highest: int, why: str = "") -> Any:
    """What a whole number may be, and how that is said, with why where that does not go without saying."""
    return Field(ge=lowest, le=highest, description=f"a whole number from {lowest} to {highest}{why}")


def _read_whole(value: object) -> object:
    if not isinstance(value, str):
        return value
    # As numbers are written by hand: neither 1_000 nor 2.0, which pydantic would take.
    if not re.fullmatch(r"[0-9]{1,12}", value):
        raise ValueError("no whole number")
    return int(value)


def _read_answer(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.lower() not in _ANSWERS:
        raise ValueError("neither yes nor no")
    return _ANSWERS[value.lower()]


def _read_address(text: str) -> str:
    url = text.removesuffix("/")
    if not url:
        return url
    parts = _split(url)
    if parts.scheme not in ("http", "https"):
        raise ValueError("no address of pages")
    if parts.path or "?" in url:
        raise ReasonedError("it must end with the host or its port, since nothing is served below a path")
    return url


def _read_provider(text: str) -> str:
    parts = _split(text) if text else None
    if parts and parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(parts.hostname or "")):
        raise ValueError("no address that is safe on its way")
    return text


def _split(url: str) -> SplitResult:
    """The parts of an address of a host; ValueError for what is none, or says who asks or where to look on a page."""
    parts = urlsplit(url)
    if not parts.hostname or parts.port == 0 or "@" in parts.netloc or "#" in url or re.search(r"\s", url):
        raise ValueError("no plain address")
    return parts


def _is_this_machine(name: str) -> bool:
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _read_header_name(text: str) -> str:
    if text and not _HEADER_NAME.fullmatch(text):
        raise ValueError("no name of a header")
    return text


def _read_networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(_read_network(part.strip()) for part in value.split(",")) if value else ()


def _read_network(text: str) -> Network:
    if "%" in text:
        raise ReasonedError("what stands behind % is a card of this machine and no part of the address of a proxy")
    network = ip_network(text, strict=False)
    if ip_address(text.partition("/")[0]) != network.network_address:
        raise ReasonedError("a network is written with its first address, as 10.0.0.0/24 is")
    if isinstance(network, IPv6Network) and network.subnet_of(_IPV4_IN_IPV6):
        # Who asks is known by the address of IPv4 alone.
        network = ip_network((int(network.network_address) & 0xFFFF_FFFF, network.prefixlen - 96))
    if network.prefixlen == 0:
        raise ReasonedError("it holds every address, so that whoever asks could say to be anyone")
    return network


DIGITS = BeforeValidator(_read_whole)
"""Has a number written by digits alone; `whole` says which numbers."""
ANY_CASE = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)
YesOrNo = Annotated[bool, BeforeValidator(_read_answer), Field(description="yes or no")]
PageAddress = Annotated[
    str, AfterValidator(_read_address), Field(description="an address such as https://estimates.example.org")
]
ProviderAddress = Annotated[
    str,
    AfterValidator(_read_provider),
    Field(description="an address such as https://login.example.org/.well-known/openid-configuration"),
]
HeaderName = Annotated[
    str, AfterValidator(_read_header_name), Field(description="the name of a header such as X-Forwarded-Email")
]
Networks = Annotated[
    tuple[Network, ...],
    BeforeValidator(_read_networks),
    Field(description="addresses or networks with commas between, such as 127.0.0.1, 10.0.0.0/24"),
]
