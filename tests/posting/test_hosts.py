"""Where letters may go: the open internet, and inside only where that is meant."""

import pytest

from estimate_core.domain.errors import BadInput
from estimate_core.posting.hosts import checked_addresses, is_public, resolve_host


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.7",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.7",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_addresses_that_lead_inside_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(address)


def test_one_inner_address_among_others_refuses_the_host() -> None:
    with pytest.raises(BadInput, match="private network.*ESTIMATE_NOTIFY_PRIVATE"):
        checked_addresses("both.example.org", 443, False, lambda *_: ["93.184.216.34", "10.0.0.7"])


def test_inner_addresses_may_be_meant() -> None:
    assert checked_addresses("inside.example.org", 443, True, lambda *_: ["10.0.0.7"]) == ["10.0.0.7"]


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f000001", "127.1"])
def test_other_spellings_of_this_machine_are_seen_through(host: str) -> None:
    with pytest.raises(BadInput, match="this machine|leads nowhere"):
        checked_addresses(host, 80, False, resolve_host)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".org", "bad..dots"])
def test_a_name_that_leads_nowhere_is_told(host: str) -> None:
    with pytest.raises(BadInput, match="leads nowhere"):
        checked_addresses(host, 80, False, resolve_host)
