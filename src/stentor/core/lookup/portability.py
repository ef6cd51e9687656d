"""The imported file of ported numbers: its lines, and what it says about a number (`spec/domain.md` 4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from stentor.catalogue import StatusId
from stentor.core.errors import InvalidField
from stentor.core.lookup.records import Found, Place, place_of
from stentor.numbering import lookup, network_of

UNKNOWN_REACH = StatusId.EXPIRED_UNKNOWN
"""Answered, but whether the phone can be reached is not known."""
_NETWORK = re.compile("[0-9]{5,6}", re.ASCII)
_HEADER = ("number", "range", "msisdn", "first")


class Line(msgspec.Struct, frozen=True, gc=False):
    """Numbers from `first` to `last` belong to this network now."""

    first: int
    last: int
    mcc_mnc: str


class Counted(msgspec.Struct, frozen=True):
    """What a piece of the file did, or would do."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: Counted) -> Counted:
        return Counted(self.added + other.added, self.changed + other.changed, self.unchanged + other.unchanged)


class Holdings(msgspec.Struct, frozen=True):
    """How much there is."""

    numbers: int
    ranges: int


class PortabilityStore(Protocol):
    """Where the lines are. A number's own line goes before a range that holds it."""

    def network(self, number: str) -> str | None:
        """MCC and MNC, in microseconds."""

    async def put(self, lines: Sequence[Line], import_: int, *, preview: bool) -> Counted:
        """Add and change a few hundred lines; `InvalidField` for a range that overlaps another of this import.

        Of what an earlier import said, what overlaps goes and the rest stays.
        """

    async def prune(self, import_: int) -> int:
        """Drop lines that this import did not have; how many."""

    async def newest(self) -> int:
        """The number of the newest import; 0 when there was none."""

    async def holdings(self) -> Holdings: ...


class PortabilityFile:
    """A resolver (`core.lookup.ports.Resolver`)."""

    asks = False

    def __init__(self, name: str, store: PortabilityStore) -> None:
        self.name = name
        self._store = store

    def find(self, number: str) -> Found | None:
        mcc_mnc = self._store.network(number)
        return None if mcc_mnc is None else _belongs(number, mcc_mnc)

    async def ask(self, _numbers: Sequence[str]) -> Mapping[str, Found]:
        """Nothing more."""
        return {}

    async def close(self) -> None: ...


class StaticPlan:
    """A resolver: to whom a number was first given. It never claims that a phone is reachable."""

    asks = False

    def __init__(self, name: str) -> None:
        self.name = name

    def find(self, number: str) -> Found | None:
        network = lookup(number)
        if network is None:
            return None
        return Found(status=UNKNOWN_REACH, mcc_mnc=network.mcc_mnc, original=place_of(network))

    async def ask(self, _numbers: Sequence[str]) -> Mapping[str, Found]:
        """Nothing more."""
        return {}

    async def close(self) -> None: ...


def _belongs(number: str, mcc_mnc: str) -> Found:
    origin = lookup(number)
    if origin is None or origin.mcc_mnc is None:
        return Found(status=UNKNOWN_REACH, mcc_mnc=mcc_mnc, original=place_of(origin) if origin else None)
    own = network_of(mcc_mnc)
    return Found(
        status=UNKNOWN_REACH,
        mcc_mnc=mcc_mnc,
        original=place_of(origin),
        ported=origin.mcc_mnc != mcc_mnc,
        ported_to=place_of(own) if own else Place(country_prefix=origin.country_prefix),
    )


def lines(rows: Iterable[tuple[int, str]]) -> Iterator[tuple[int, Line]]:
    """`number,mccmnc` or `first-last,mccmnc`; `;` and tab work as well. A mistake is told with its line's number."""
    for number, row in rows:
        text = row.strip()
        if not text or text.startswith("#"):
            continue
        numbers, _, network = text.replace(";", ",").replace("\t", ",").partition(",")
        if number == 1 and numbers.strip().strip('"').lower() in _HEADER:
            continue
        yield number, _line(number, numbers.strip().strip('"'), network.partition(",")[0].strip().strip('"'))


def _line(place: int, numbers: str, network: str) -> Line:
    if not _NETWORK.fullmatch(network):
        raise InvalidField(f"line {place}", f"{network[:40]!r} is not an MCC/MNC such as 22801.")
    first, dash, last = numbers.partition("-")
    begin = _digits(place, first)
    end = _digits(place, last) if dash else begin
    if end < begin or len(str(end)) != len(str(begin)):
        raise InvalidField(f"line {place}", f"{numbers[:40]!r} does not go from a number to a larger one as long.")
    return Line(begin, end, network)


def _digits(place: int, text: str) -> int:
    digits = text.strip().removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15 and digits[0] != "0"):
        raise InvalidField(f"line {place}", f"{text[:40]!r} is not an international number in digits only.")
    return int(digits)
