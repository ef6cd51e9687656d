"""Where a client calls from: networks that may, the unit that limits count, and whom a proxy speaks for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
_REMEMBERED = 10_000
_MOST_HOPS = 32
"""Entries of X-Forwarded-For that are looked at, from the right; nobody has that many proxies."""


@lru_cache(_REMEMBERED)
def networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Raises `ValueError` with the reason when one of them is no network."""
    return tuple(ip_network(text) for text in texts)


@lru_cache(_REMEMBERED)
def inside(texts: tuple[str, ...], address: str) -> bool:
    """Whether `address` is in one of these networks; text that is no address is in none."""
    found = _parsed(address)
    return found is not None and any(found in network for network in networks(texts))


@lru_cache(_REMEMBERED)
def unit_of(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 of an IPv6 one, which is what one subscriber gets."""
    found = _parsed(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((int(found), 64), strict=False))
    return address if found is None else str(found)


def speaking_for(peer: str, forwarded: Iterable[str], proxies: tuple[str, ...]) -> str:
    """The client behind trusted proxies: the last entry of X-Forwarded-For that is no proxy itself.

    `forwarded` are the values of all such headers in their order. Each proxy appends whom it heard, so entries are
    believed from the right only, up to the first one that a stranger wrote; what cannot be read ends the search.
    """
    address = peer
    entries = ",".join(forwarded).rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]
    while inside(proxies, address) and entries:
        entry = _without_port(entries.pop().strip())
        if _parsed(entry) is None:
            break
        address = entry
    return address


def _without_port(entry: str) -> str:
    """`192.0.2.1:4711` and `[2001:db8::1]:4711` are spellings that proxies use."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """IPv4 clients of an IPv6 socket come as `::ffff:192.0.2.1`; they are IPv4 clients."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
