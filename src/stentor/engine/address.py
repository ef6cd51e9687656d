"""Which addresses the platform may call on a customer's word: public ones, and networks the operator allowed."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = ip_network("64:ff9b::/96")
_UNICAST_6 = ip_network("2000::/3")
"""All the IPv6 that IANA has given out to the public Internet; the rest is local, reserved or nobody's."""
_DENIED = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # looks public, and is the host's own service to its guests inside a large cloud
        "2001::/23", "2001:db8::/32", "3fff::/20",
    )
)  # fmt: skip
"""IANA special-purpose registries; written out because `ipaddress.is_global` of older Pythons errs on some."""


class AddressRefused(OSError):
    """The address behind a customer's URL is not one that the platform may call."""

    def __init__(self, why: str) -> None:
        super().__init__(errno.EACCES, f"{why}; the operator can allow its network ([notify] allow)")


class AddressPolicy:
    """`allowed`: networks the operator permits besides the public Internet, e.g. `127.0.0.0/8`."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = tuple(ip_network(network) for network in allowed)

    def permits(self, address: str) -> bool:
        """False too for what is no address at all: a name, or a number in an old spelling."""
        real = _read(address)
        return real is not None and (_inside(real, self._allowed) or _public(real))

    def check(self, address: str) -> None:
        if not self.permits(address):
            raise AddressRefused(f"{address} is not a public address")

    def socket(self, info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        """A socket for an address about to be connected to (aiohttp's `socket_factory`), or `AddressRefused`.

        The check is made on the resolved address, so that a name that changes its mind in between changes nothing.
        """
        family, kind, protocol, _, peer = info
        address = str(peer[0])
        self.check(address)
        if is_own(address) and not self._allows(address):
            raise AddressRefused(f"{address} is this machine itself")
        return socket.socket(family, kind, protocol)

    def _allows(self, address: str) -> bool:
        real = _read(address)
        return real is not None and _inside(real, self._allowed)


def unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped, NAT64 or 6to4 one: that is where the packets would go."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def is_own(address: str) -> bool:
    """Whether the machine itself has this address: the kernel would send from it to it. No packet leaves."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
        except OSError:  # no way there, as the connection will find too
            return False
        return _read(str(probe.getsockname()[0])) == _read(address)


def _read(address: str) -> Address | None:
    try:
        return unwrapped(ip_address(address.partition("%")[0]))
    except ValueError:
        return None


def _public(address: Address) -> bool:
    if _inside(address, _DENIED):
        return False
    if isinstance(address, IPv4Address):
        return True
    tunnelled = _isatap(address)
    return address in _UNICAST_6 and (tunnelled is None or _public(tunnelled))


def _isatap(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 end of an ISATAP tunnel (RFC 5214 §6.1); the network part must be public beside it."""
    number = int(address)
    return IPv4Address(number & 0xFFFFFFFF) if number >> 32 & 0xFDFFFFFF == 0x00005EFE else None


def _inside(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
