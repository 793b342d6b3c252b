"""Peers: a desk without accounts answers its own machine alone, and headers are believed from trusted proxies only."""

import asyncio
from ipaddress import ip_network
from typing import Any

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from estimate_core.settings import Settings
from estimate_core.web.peers import _tell_of_proxy, address_of, comes_by_proxy, is_secure, refuses_peer, see_true_peers


def behind(*proxies: str) -> Settings:
    """Settings that trust these proxies."""
    return Settings(proxy_addresses=tuple(ip_network(proxy) for proxy in proxies))


def asked(peer: str | None, *headers: tuple[str, str], scheme: str = "http") -> dict[str, Any]:
    """The scope of a request from there."""
    written = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return {
        "type": "http",
        "scheme": scheme,
        "client": None if peer is None else (peer, 50000),
        "headers": [(b"host", b"localhost:8501"), *written],
    }


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_use_a_desk_without_accounts(peer: str) -> None:
    assert refuses_peer(asked(peer), Settings()) is None


@pytest.mark.parametrize(
    "peer",
    [None, "", "192.168.1.20", "10.0.0.1", "0.0.0.0", "::", "::ffff:192.168.1.20", "2001:db8::1", "fe80::1%eth0"]
    + ["testclient", "127.0.0.1.example", "localhost"],
)
def test_others_may_not_use_a_desk_without_accounts(peer: str | None) -> None:
    assert "open on its own machine alone" in (refuses_peer(asked(peer), Settings()) or "")


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-For", "x-forwarded-proto", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "Via", "True-Client-IP"],
)
def test_who_asks_through_a_proxy_on_this_machine_may_not_use_a_desk_without_accounts(header: str) -> None:
    said = [(header, ""), (header, "127.0.0.1")]

    refused = [refuses_peer(asked("127.0.0.1", one), Settings()) or "" for one in said]

    assert all("does not answer through a proxy" in sentence for sentence in refused)


def test_a_trusted_proxy_does_not_open_a_desk_without_accounts() -> None:
    settings = behind("127.0.0.1/32")

    assert refuses_peer(asked("127.0.0.1", ("X-Forwarded-For", "127.0.0.1")), settings)


def test_anyone_may_use_a_desk_that_its_host_opened() -> None:
    settings = Settings(open="yes-anyone")

    assert refuses_peer(asked("192.168.1.20"), settings) is None
    assert refuses_peer(asked("127.0.0.1", ("X-Forwarded-For", "203.0.113.9")), settings) is None


@pytest.mark.parametrize("peer", ["203.0.113.9", "127.0.0.1"])
def test_headers_of_who_is_no_trusted_proxy_are_not_believed(peer: str) -> None:
    scope = asked(peer, ("X-Forwarded-For", "198.51.100.7"), ("X-Forwarded-Proto", "https"))

    told = [(address_of(scope, one), is_secure(scope, one), comes_by_proxy(scope, one)) for one in (Settings(), NEAR)]

    assert told == [(peer, False, False)] * 2


NEAR = behind("10.0.0.0/24", "2001:db8:1::/48")


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ([], "10.0.0.1"),
        (["203.0.113.9"], "203.0.113.9"),
        (["198.51.100.7, 203.0.113.9"], "203.0.113.9"),
        (["198.51.100.7", "203.0.113.9"], "203.0.113.9"),
        (["198.51.100.7, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        (["203.0.113.9,10.0.0.2", "10.0.0.3"], "203.0.113.9"),
        (["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ([" 203.0.113.9:4711 "], "203.0.113.9"),
        (["[2001:db8:2::9]:4711"], "2001:db8:2::9"),
        (["[2001:DB8:2::9]"], "2001:db8:2::9"),
        (["2001:db8:2:0::9, 2001:db8:1::2"], "2001:db8:2::9"),
        (["::ffff:203.0.113.9"], "203.0.113.9"),
        (["198.51.100.7, unknown"], "10.0.0.1"),
        (["198.51.100.7, unknown, 10.0.0.2"], "10.0.0.2"),
        (["198.51.100.7, "], "10.0.0.1"),
        ([""], "10.0.0.1"),
        (["203.0.113.9, 1.2.3.4.5:x"], "10.0.0.1"),
        (["[203.0.113.9"], "203.0.113.9"),
    ],
)
def test_the_address_is_the_right_most_that_is_no_trusted_proxy(headers: list[str], address: str) -> None:
    scope = asked("10.0.0.1", *(("X-Forwarded-For", value) for value in headers))

    assert address_of(scope, NEAR) == address


@pytest.mark.parametrize(
    ("peer", "address"),
    [("::ffff:192.0.2.1", "192.0.2.1"), ("2001:DB8::1", "2001:db8::1"), ("testclient", "testclient"), (None, "")],
)
def test_the_address_of_who_asks_directly_is_the_peers(peer: str | None, address: str) -> None:
    assert address_of(asked(peer), Settings()) == address


@pytest.mark.parametrize(
    ("said", "scheme", "secure"),
    [
        ([], "http", False),
        ([], "https", True),
        ([], "wss", True),
        (["https"], "http", True),
        (["HTTPS"], "ws", True),
        (["http"], "https", False),
        (["https, http"], "http", False),
        (["http", "https"], "http", True),
        (["ftp"], "http", False),
        ([""], "https", True),
    ],
)
def test_a_trusted_proxy_tells_whether_the_browser_asks_by_https(said: list[str], scheme: str, secure: bool) -> None:
    scope = asked("10.0.0.1", *(("X-Forwarded-Proto", value) for value in said), scheme=scheme)

    assert is_secure(scope, NEAR) is secure
    assert comes_by_proxy(scope, NEAR)


def test_the_server_tells_the_true_peer_whatever_headers_say() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["client"][0], scope["scheme"]))

    server = ProxyHeadersMiddleware(app, "*")
    said = (("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-Proto", "https"))

    found = see_true_peers()

    asyncio.run(server(asked("127.0.0.1", *said), None, None))  # type: ignore[arg-type]
    assert found >= 1
    assert seen == [("127.0.0.1", "http")]


def test_whoever_hosts_is_told_once_of_a_proxy_that_is_not_trusted(caplog: pytest.LogCaptureFixture) -> None:
    _tell_of_proxy.cache_clear()
    told = ("X-Forwarded-For", "203.0.113.9")

    for _ in range(3):
        address_of(asked("10.1.2.3", told), Settings())
    address_of(asked("10.1.2.4", told), behind("10.1.2.4"))
    address_of(asked("8.8.8.8", told), Settings())
    address_of(asked("10.1.2.5"), Settings())

    [record] = caplog.records
    assert record.getMessage().startswith("a proxy seems to ask from 10.1.2.3, and all who come by it count as one")
