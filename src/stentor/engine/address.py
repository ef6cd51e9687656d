"""Which addresses the platform may call on a customer's word: public ones, and networks the operator allowed."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = ip_network("64:ff9b::/96")
_DENIED = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7",
        "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
"""IANA special-purpose registries; written out because `ipaddress.is_global` of older Pythons errs on some."""


class AddressRefused(OSError):
    """The address behind a customer's URL is not one that the platform may call."""


class AddressPolicy:
    """`allowed`: networks the operator permits besides the public Internet, e.g. `127.0.0.0/8`."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = tuple(ip_network(network) for network in allowed)

    def permits(self, address: str) -> bool:
        real = unwrapped(ip_address(address.partition("%")[0]))
        return _inside(real, self._allowed) or not _inside(real, _DENIED)

    def socket(self, info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        """A socket for an address about to be connected to (aiohttp's `socket_factory`), or `AddressRefused`.

        The check is made on the resolved address, so that a name that changes its mind in between changes nothing.
        """
        family, kind, protocol, _, peer = info
        address = str(peer[0])
        if not self.permits(address):
            why = f"{address} is not a public address; the operator can allow its network ([notify] allow)"
            raise AddressRefused(errno.EACCES, why)
        return socket.socket(family, kind, protocol)


def unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped, NAT64 or 6to4 one: that is where the packets would go."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _inside(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
