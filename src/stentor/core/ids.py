"""Identifiers: time-ordered internal numbers, and the public ids derived from them.

An internal id is a 63-bit number: milliseconds since 1970 in the upper 43 bits, a counter of 16 bits, the node in
the lowest 4. Rows inserted one after another lie beside each other on disk. The public form is a UUID (RFC 9562
version 7) whose last 54 bits are a keyed digest: it can be turned back into the number without an index, and nobody
can guess another customer's.

Messages of the legacy API have ids of 18 digits: the same number, its parts written in decimal. The highest bit of the
node's four says that a message is shown so.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

_NODE_BITS = 4
_COUNTER_BITS = 16
_LOW_BITS = _NODE_BITS + _COUNTER_BITS
_STEP = 1 << _NODE_BITS
_IN_DIGITS = 8
_SPREAD = 0x9E37
_MAC_BITS = 54
_MAC_MASK = (1 << _MAC_BITS) - 1

_HEX_ID = re.compile("([0-9a-f]{1,10}|[1-7][0-9a-f]{10})-([0-9a-f])-([0-9a-f]{1,4})", re.ASCII | re.IGNORECASE)
_REMEMBERED = 4_096
"""Public ids kept: one is asked for several times in the short life of a message, and costs 2 us to make."""

MESSAGE = b"message"
BULK = b"bulk"
LOOKUP = b"lookup"
INBOUND = b"inbound"
RUN = b"run"


def milliseconds_of(number: int) -> int:
    """When the number was made, in milliseconds since 1970."""
    return number >> _LOW_BITS


def short_number(number: int) -> str:
    """17 digits: the milliseconds, and a counter (001 "clientCorrelator")."""
    return f"{milliseconds_of(number)}{_counter(number) % 10_000:04d}"


def reference_of(number: int) -> int:
    """What tells the parts of this long message from those of others (3GPP 23.040 §9.2.3.24.1); take its low bits.

    The counter alone begins anew in every millisecond, so most messages would have the same one.
    """
    return milliseconds_of(number) * _SPREAD + (number >> _NODE_BITS) & 0xFFFF


def hex_id(number: int) -> str:
    """The milliseconds, the node and a counter in hexadecimal, e.g. `12a1d3981ac-1-1e` (003 §2.5)."""
    low = number & ((1 << _LOW_BITS) - 1)
    return f"{milliseconds_of(number):x}-{low & (_STEP - 1):x}-{low >> _NODE_BITS:x}"


def of_hex_id(text: str) -> int | None:
    """The number that is written so; None when it is nothing of that kind. It says nothing about whose it is."""
    found = _HEX_ID.fullmatch(text)
    if found is None:
        return None
    milliseconds, node, counter = (int(group, 16) for group in found.groups())
    return milliseconds << _LOW_BITS | counter << _NODE_BITS | node


def first_at(milliseconds: int) -> int:
    """The smallest number that can have been made at or after this time."""
    return milliseconds << _LOW_BITS


_TICKS = 100
"""Ids of digits in a millisecond."""
_LENGTH = 18
_DIGITS = re.compile(r"0([0-7])(\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})(\d\d)", re.ASCII)


def _in_digits(number: int) -> str:
    """Node 2, last digit of the year, MMddHHmmss, sequence 5: the millisecond and two digits (`spec/domain.md` 6)."""
    second, millisecond = divmod(milliseconds_of(number), 1_000)
    return f"{number & (_IN_DIGITS - 1):02d}{_second(second)}{millisecond:03d}{_counter(number):02d}"


@lru_cache(maxsize=8)
def _second(second: int) -> str:
    moment = datetime.fromtimestamp(second, UTC)
    return f"{moment.year % 10}{moment:%m%d%H%M%S}"


def _of_digits(text: str, last: int) -> int | None:
    """The number written so, of the ten years that end with the one after the number `last` was made."""
    found = _DIGITS.fullmatch(text)
    if found is None:
        return None
    node, digit, month, day, hour, minute, second, millisecond, counter = map(int, found.groups())
    latest = datetime.fromtimestamp(milliseconds_of(last) / 1_000, UTC).year + 1
    year = latest - (latest - digit) % 10
    try:
        seconds = datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None
    return int(seconds) * 1_000 + millisecond << _LOW_BITS | counter << _NODE_BITS | _IN_DIGITS | node


def _counter(number: int) -> int:
    return (number & ((1 << _LOW_BITS) - 1)) >> _NODE_BITS


class Ids:
    """Source of internal numbers for one node, and the two-way door to public ids.

    `secret` is the installation's random key (32 octets); with another key no public id of before is recognised.
    """

    def __init__(self, secret: bytes, node: int = 0, last: int = 0) -> None:
        self._secret = secret
        self._node = node
        self._last = last
        self._remembered = lru_cache(_REMEMBERED)(self._spelt)

    def take(self, now_ms: int, count: int = 1) -> range:
        """`count` fresh numbers, ascending, larger than any given before even when the clock goes back."""
        first = max(now_ms << _LOW_BITS, (self._last >> _NODE_BITS) + 1 << _NODE_BITS) | self._node
        self._last = first + (count - 1) * _STEP
        return range(first, self._last + 1, _STEP)

    def take_in_digits(self, now_ms: int, count: int = 1) -> Sequence[int]:
        """The same for messages whose public form is of 18 digits; a millisecond has 100 of them."""
        millisecond, counter = milliseconds_of(self._last), _counter(self._last)
        first = max(now_ms * _TICKS, millisecond * _TICKS + min(counter + 1, _TICKS))
        low = _IN_DIGITS | self._node
        ticks = range(first, first + count)
        numbers = [tick // _TICKS << _LOW_BITS | tick % _TICKS << _NODE_BITS | low for tick in ticks]
        self._last = numbers[-1]
        return numbers

    def public(self, number: int, kind: bytes = MESSAGE) -> str:
        """The UUID of a number, e.g. `018f3c5e-7b1a-7c00-9a4d-3f2e1d0c9b8a`, or its 18 digits, which clients read as
        a number of 64 bits.
        """
        return self._remembered(number, kind)

    def keyed(self, number: int) -> str:
        """The UUID of a message, also of one that is shown in digits: those another installation may give as well."""
        return self._uuid(number, MESSAGE) if number & _IN_DIGITS else self._remembered(number, MESSAGE)

    def _spelt(self, number: int, kind: bytes) -> str:
        return _in_digits(number) if number & _IN_DIGITS and kind is MESSAGE else self._uuid(number, kind)

    def _uuid(self, number: int, kind: bytes) -> str:
        low = number & ((1 << _LOW_BITS) - 1)
        head = f"{number >> _LOW_BITS:012x}7{low >> 8:03x}"
        tail = f"{(0b10 << 62) | ((low & 0xFF) << _MAC_BITS) | self._mac(number, kind):016x}"
        return f"{head[:8]}-{head[8:12]}-{head[12:]}-{tail[:4]}-{tail[4:]}"

    def number(self, public: str, kind: bytes = MESSAGE) -> int | None:
        """The number behind a public id or a keyed one, or None when it is not one of ours. Digits may be a client's
        own id too.
        """
        if kind is MESSAGE and len(public) == _LENGTH:
            return self.of_digits(public)
        digits = public.replace("-", "")
        try:
            value = int(digits, 16) if len(public) == 36 and len(digits) == 32 else -1
        except ValueError:
            return None
        if value < 0:
            return None
        low = ((value >> 64 & 0xFFF) << 8) | (value >> _MAC_BITS & 0xFF)
        number = (value >> 80) << _LOW_BITS | low
        if number >= 1 << 63:
            return None
        return number if self._uuid(number, kind) == public.lower() else None

    def spelt(self, given: Iterable[str | None]) -> dict[str, int]:
        """Ids of clients that read as ours of 18 digits, with their numbers; whether we gave them, the store knows."""
        return {one: number for one in given if one is not None and (number := self.of_digits(one)) is not None}

    def of_digits(self, text: str) -> int | None:
        """The number of these 18 digits; whether we gave it, the store knows."""
        return _of_digits(text, self._last)

    def _mac(self, number: int, kind: bytes) -> int:
        digest = hashlib.blake2b(number.to_bytes(8, "big"), digest_size=8, key=self._secret, person=kind)
        return int.from_bytes(digest.digest(), "big") & _MAC_MASK
