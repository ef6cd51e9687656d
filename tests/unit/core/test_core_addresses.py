"""Where clients call from: networks, the unit that counts, and proxies that may be believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.core.addresses import inside, networks, speaking_for, unit_of

PROXIES = ("10.0.0.0/8", "2001:db8:1::/48")


@pytest.mark.parametrize(
    ("texts", "address", "expected"),
    [
        (("192.0.2.0/24",), "192.0.2.255", True),
        (("192.0.2.0/24",), "192.0.3.0", False),
        (("192.0.2.7",), "192.0.2.7", True),
        (("192.0.2.7",), "192.0.2.8", False),
        (("192.0.2.0/24",), "::ffff:192.0.2.7", True),
        (("192.0.2.0/24",), "::192.0.2.7", False),
        (("2001:db8::/32",), "2001:DB8:0::1", True),
        (("2001:db8::/32",), "2001:db9::1", False),
        (("0.0.0.0/0",), "2001:db8::1", False),
        (("fe80::/10",), "fe80::1%eth0", True),
        (("198.51.100.0/24", "2001:db8::/32"), "2001:db8::1", True),
        ((), "192.0.2.7", False),
        (("0.0.0.0/0", "::/0"), "", False),
        (("0.0.0.0/0", "::/0"), "unknown", False),
        (("0.0.0.0/0", "::/0"), "192.0.2.07", False),
    ],
)
def test_an_address_is_inside_a_network(texts: tuple[str, ...], address: str, *, expected: bool) -> None:
    assert inside(texts, address) is expected


@pytest.mark.parametrize("text", ["10.0.0.1/8", "10.0.0/8", "x", "", "10.0.0.0/33"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        networks((text,))


@pytest.mark.parametrize(
    ("address", "unit"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("", ""),
    ],
)
def test_a_client_is_an_address_or_a_64(address: str, unit: str) -> None:
    assert unit_of(address) == unit


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.1", ["192.0.2.7"], "192.0.2.7"),
        ("10.0.0.1", ["192.0.2.7:4711"], "192.0.2.7"),
        ("10.0.0.1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("10.0.0.1", ["[2001:db8::7]"], "2001:db8::7"),
        ("10.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", ["1.1.1.1, 192.0.2.7"], "192.0.2.7"),
        ("10.0.0.1", ["1.1.1.1, 192.0.2.7, 10.9.9.9"], "192.0.2.7"),
        ("10.0.0.1", ["1.1.1.1", "192.0.2.7", "10.9.9.9"], "192.0.2.7"),
        ("10.0.0.1", ["1.1.1.1, 192.0.2.7 ,2001:db8:1::5"], "192.0.2.7"),
        ("10.0.0.1", ["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        ("10.0.0.1", ["1.1.1.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["1.1.1.1, , 10.2.2.2"], "10.2.2.2"),
        ("10.0.0.1", ["192.0.2.7, \r\nX: y"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("192.0.2.9", ["1.1.1.1"], "192.0.2.9"),
        ("::ffff:10.0.0.1", ["192.0.2.7"], "192.0.2.7"),
    ],
)
def test_the_last_stranger_is_the_client(peer: str, forwarded: list[str], client: str) -> None:
    assert speaking_for(peer, forwarded, PROXIES) == client


@given(st.lists(st.text(alphabet="0123456789.:, abc[]", max_size=40), max_size=5))
def test_what_a_stranger_writes_changes_nothing(forged: list[str]) -> None:
    """The proxy appends to what it got, in the same field or in one of its own."""
    assert speaking_for("10.0.0.1", [*forged, "192.0.2.7"], PROXIES) == "192.0.2.7"
    assert speaking_for("10.0.0.1", [", ".join([*forged, "192.0.2.7"])], PROXIES) == "192.0.2.7"


def test_a_long_list_of_proxies_is_not_followed_for_ever() -> None:
    assert speaking_for("10.0.0.1", ["1.1.1.1, " + ", ".join(["10.0.0.2"] * 20_000)], PROXIES) == "10.0.0.2"
