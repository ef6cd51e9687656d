"""Wrong logins are counted, so that guessing is slow and nobody is locked out by somebody else's guesses."""

from __future__ import annotations

from collections import OrderedDict

from stentor.core.addresses import unit_of
from stentor.core.errors import Throttled

_WINDOW_MS = 60_000
_OVER_ALL_LOGINS = 5
_OVER_ALL_ADDRESSES = 50
_COUNTS = 50_000


class Failures:
    """`per_minute` wrong logins of one name from one client, 5 times as many of one client, 50 times of one name.

    A client is an address, or an IPv6 /64 (`core.addresses.unit_of`). Each count is a level that a failure raises and
    time lowers: a burst of so many is let through, later ones come evenly. Time is an argument, in milliseconds of a
    clock that never goes back.
    """

    def __init__(self, per_minute: int, counts: int = _COUNTS) -> None:
        interval = _WINDOW_MS / per_minute
        self._intervals = (interval, interval / _OVER_ALL_LOGINS, interval / _OVER_ALL_ADDRESSES)
        self._most = counts
        self._empty_at: OrderedDict[int, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._empty_at)

    def spend(self, address: str, login: str | None, now: int) -> None:
        """Count an attempt as a failure before it is looked at, so that many at once count as many.

        `login` None: credentials without a name, such as keys. Raises `Throttled` with the seconds until the next one
        may be tried, and then counts nothing. The local socket (no address) is not limited.
        """
        counts = self._counts(address, login)
        levels = [(key, interval, max(self._empty_at.get(key, 0.0), now)) for key, interval in counts]
        wait = max((level + interval - now - _WINDOW_MS for _, interval, level in levels), default=0.0)
        if wait > 0:
            raise Throttled(wait / 1000)
        for key, interval, level in levels:
            self._empty_at[key] = level + interval
            self._empty_at.move_to_end(key)
        while len(self._empty_at) > self._most:
            self._empty_at.popitem(last=False)

    def forgive(self, address: str, login: str | None) -> None:
        """The attempt was none of a guesser: take its count back."""
        for key, interval in self._counts(address, login):
            if key in self._empty_at:
                self._empty_at[key] -= interval

    def _counts(self, address: str, login: str | None) -> tuple[tuple[int, float], ...]:
        """Keys are hashes, so that a name of 60,000 octets costs no more memory than a short one."""
        if not address:
            return ()
        unit = unit_of(address)
        both, client, name = self._intervals
        if login is None:
            return ((hash((unit, None)), client),)
        return (hash((unit, login)), both), (hash((unit, None)), client), (hash((None, login)), name)
