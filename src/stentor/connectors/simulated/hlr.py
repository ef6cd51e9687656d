"""The simulated HLR: an answer for every number of the numbering plan, always the same one.

THE table of magic numbers for lookups: a number that ends in `99KEEEE` chooses what is found. The table is printed in
docs/reference/simulated-network.md. Every other number is reachable at home, in the network it was given to.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from stentor.catalogue import StatusId
from stentor.core.lookup import Found, place_of
from stentor.numbering import Network, lookup, network_of, networks_of

_MAGIC = re.compile(r"99(\d)(\d{4})$")
_IMSI_DIGITS = 15
_ABSENT_SUBSCRIBER = 27
_ABROAD = ("26201", "22801")
"""Where a roaming phone is unless the number says it: Germany, or Switzerland for phones of Germany."""
DOCUMENTED_IMSI = {"41793026727": "228012120181810"}
"""As 004 "Number lookup" prints it."""
_TENTHS = 10


class Subscriber(msgspec.Struct, frozen=True):
    """What the HLR knows of a number. `home`: the network it belongs to now; `visited`: where the phone is."""

    original: Network
    home: Network
    visited: Network
    status: int = StatusId.DELIVERED_TO_HANDSET
    error: int = 0
    after: float = 0.0
    """Seconds until it answers, on top of the HLR's delay; below 0: never."""


class Magic(msgspec.Struct, frozen=True):
    """One row: the digit, its meaning in words, and the subscriber for (network, argument)."""

    digit: str
    meaning: str
    subscriber: Callable[[Network, int], Subscriber]


def _failed(status: int) -> Callable[[Network, int], Subscriber]:
    return lambda own, error: Subscriber(own, own, own, status, error)


def _absent(own: Network, error: int) -> Subscriber:
    return Subscriber(own, own, own, StatusId.UNDELIVERABLE_NOT_DELIVERED, error or _ABSENT_SUBSCRIBER)


def _after(own: Network, tenths: int) -> Subscriber:
    return Subscriber(own, own, own, after=tenths / _TENTHS)


def _ported(own: Network, argument: int) -> Subscriber:
    home = _other_home(own, argument)
    return Subscriber(own, home, home)


def _roaming(own: Network, argument: int) -> Subscriber:
    return Subscriber(own, own, _abroad(own, argument))


def _both(own: Network, argument: int) -> Subscriber:
    home = _other_home(own, 0)
    return Subscriber(own, home, _abroad(own, argument))


TABLE: tuple[Magic, ...] = (
    Magic("0", "undeliverable with GSM error EEEE", _failed(StatusId.UNDELIVERABLE_NOT_DELIVERED)),
    Magic("1", "rejected by the operator with GSM error EEEE", _failed(StatusId.UNDELIVERABLE_REJECTED_OPERATOR)),
    Magic("2", "expired with GSM error EEEE", _failed(StatusId.EXPIRED_EXPIRED)),
    Magic("3", "absent with GSM error EEEE (0000: 27)", _absent),
    Magic("4", "reachable, answered after EEEE tenths of a second", _after),
    Magic("5", "never answered: the next resolver is asked", lambda own, _: Subscriber(own, own, own, after=-1.0)),
    Magic("6", "ported to the network with MNC EEEE (0000: another one of the country)", _ported),
    Magic("7", "roaming in the country with MCC EEEE (0000: in Germany, or in Switzerland)", _roaming),
    Magic("8", "ported as with 60000, and roaming as with 7EEEE", _both),
)
_BY_DIGIT = {row.digit: row for row in TABLE}


class SimulatedHlr:
    """A resolver (`core.lookup.Resolver`); with a `delay`, it is asked like one that is far away."""

    asks = True

    def __init__(self, name: str, delay: float = 0.0) -> None:
        self.name = name
        self._delay = delay

    def find(self, number: str) -> Found | None:
        one = subscriber(number)
        return None if one is None or one.after or self._delay else answer(number, one)

    async def ask(self, numbers: Sequence[str]) -> Mapping[str, Found]:
        known = {number: one for number in numbers if (one := subscriber(number)) is not None}
        await asyncio.gather(*(self._wait(one) for one in known.values() if one.after or self._delay))
        return {number: answer(number, one) for number, one in known.items()}

    async def close(self) -> None: ...

    async def _wait(self, one: Subscriber) -> None:
        if one.after < 0:
            await asyncio.Event().wait()
        await asyncio.sleep(self._delay + one.after)


def subscriber(number: str) -> Subscriber | None:
    own = lookup(number)
    if own is None or own.mcc_mnc is None:
        return None
    magic = _MAGIC.search(number)
    row = _BY_DIGIT.get(magic[1]) if magic else None
    if magic is None or row is None:
        return Subscriber(own, own, own)
    return row.subscriber(own, int(magic[2]))


def answer(number: str, one: Subscriber) -> Found:
    """IMSI of the network it belongs to, MSC of the one it is in: a phone that does not answer has neither.

    Of such a phone the documents print no ported network either (003 §2.6, §3.2).
    """
    reachable = not one.error and one.status == StatusId.DELIVERED_TO_HANDSET
    home = one.home.mcc_mnc or ""
    digits = _digits(number)
    return Found(
        status=one.status,
        error=one.error,
        mcc_mnc=home,
        imsi=DOCUMENTED_IMSI.get(number, (home + digits)[:_IMSI_DIGITS]) if reachable else None,
        original=place_of(one.original),
        ported=home != one.original.mcc_mnc,
        ported_to=place_of(one.home) if reachable else None,
        roaming=home != one.visited.mcc_mnc,
        roaming_in=place_of(one.visited) if reachable else None,
        serving_msc=_station(one.visited, digits[:4]) if reachable else None,
        serving_hlr=_station(one.home, "0" + digits[4:7]) if reachable else None,
    )


def _digits(number: str) -> str:
    """Ten digits that are the number's own."""
    digest = hashlib.blake2b(number.encode(), digest_size=8).digest()
    return f"{int.from_bytes(digest, 'big') % 10**10:010d}"


def _station(network: Network, digits: str) -> str:
    """An address of a network's own equipment begins with the network's prefixes."""
    return f"{network.country_prefix}{network.network_prefix}{digits}"


def _other_home(own: Network, mnc: int) -> Network:
    """The network with that code; by default the next one of the country, so that there always is one."""
    networks = networks_of(own.country_code)
    codes = [network.mcc_mnc for network in networks]
    chosen = [network for network in networks if mnc and network.mnc and int(network.mnc) == mnc]
    if chosen:
        return chosen[0]
    after = codes.index(own.mcc_mnc) + 1 if own.mcc_mnc in codes else 0
    return networks[after % len(networks)] if networks else own


def _abroad(own: Network, mcc: int) -> Network:
    found = _of_mcc(f"{mcc:03d}") if mcc else None
    if found is not None:
        return found
    code = _ABROAD[own.mcc == _ABROAD[0][:3]]
    return network_of(code) or own


def _of_mcc(mcc: str) -> Network | None:
    return next((network for mnc in range(100) if (network := network_of(f"{mcc}{mnc:02d}")) is not None), None)
