from __future__ import annotations

import socket

import pytest

from stentor.engine.address import AddressPolicy, AddressRefused

DENIED = [
    "127.0.0.1",
    "127.255.255.254",
    "::1",
    "::",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "192.88.99.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2002:c0a8:101::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "100::1",
    "2001:db8::1",
    "2001::1",
    "2001:0:7f00:1::",
    "3fff::1",
    "5f00::1",
]
PERMITTED = [
    "8.8.8.8",
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "169.253.0.1",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::",
    "2a00:1450::1",
]


@pytest.mark.parametrize("address", DENIED)
def test_denied(address: str) -> None:
    assert not AddressPolicy().permits(address)


@pytest.mark.parametrize("address", PERMITTED)
def test_permitted(address: str) -> None:
    assert AddressPolicy().permits(address)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fd00::1", "8.8.8.8"]
)
def test_the_operator_may_allow_networks(address: str) -> None:
    assert AddressPolicy(["127.0.0.0/8", "fd00::/16"]).permits(address)


@pytest.mark.parametrize("address", ["10.0.0.1", "::1", "fd01::1", "169.254.169.254"])
def test_what_is_not_allowed_stays_denied(address: str) -> None:
    assert not AddressPolicy(["127.0.0.0/8", "fd00::/16"]).permits(address)


def test_a_socket_only_for_a_permitted_address() -> None:
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    with pytest.raises(AddressRefused, match=r"127\.0\.0\.1"):
        AddressPolicy().socket(info)
    AddressPolicy(["127.0.0.1/32"]).socket(info).close()


def test_a_network_that_is_none() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        AddressPolicy(["nonsense"])
