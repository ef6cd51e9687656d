"""At most so many submit_sm a second: a bucket that holds a tenth of a second's worth, and a limit that is learned.

An SMSC that throttles tells its limit: what it took in the last second. That is a guess at first, which doubles each
second. Throttled again, sending goes on at 0.9 of what was found, comes back to it within 2 seconds, and looks for more
ever faster: a cubic curve over the time in which the limit held something back, as TCP CUBIC (RFC 9438) has it. A time
without traffic changes nothing.
"""

from __future__ import annotations

from collections import deque

_BURST_S = 0.1
_AFTER_THROTTLE = 0.9
_BACK_S = 2.0
_STEEPNESS = (1 - _AFTER_THROTTLE) / _BACK_S**3
_MOST_DOWN = 0.7
"""One throttle takes the limit down to this at most, for what was taken in the last second may have been little."""
_LEAST_AT_FIRST = 10.0
"""A second: a guess from a few parts would hold back a link that only met a full queue once."""
_SECOND, _SLICES = 1.0, 10
_SATURATED_S = 0.3
_PAUSE_S = 0.25
"""A limit that holds something back without such a pause between is one and the same shortage."""


class Rate:
    """`configured` None: no limit of its own. Times are seconds of any clock."""

    def __init__(self, configured: float | None) -> None:
        self.configured = configured
        self._known: float | None = None
        self._guessed = False
        self._held_back_s = 0.0
        self._held_back_at = 0.0
        self._short_since = self._short_at = float("-inf")
        self._level = max(1.0, (configured or 0) * _BURST_S)
        self._at = 0.0
        self._taken = Taken()

    @property
    def learned(self) -> float | None:
        """What the SMSC was found to take; None while it never throttled."""
        if self._known is None:
            return None
        if self._guessed:
            return self._known * _AFTER_THROTTLE * 2**self._held_back_s
        return self._known * (1 + _STEEPNESS * (self._held_back_s - _BACK_S) ** 3)

    @property
    def limit(self) -> float | None:
        learned = self.learned
        if learned is None or (self.configured is not None and self.configured < learned):
            return self.configured
        return learned

    def room(self, now: float) -> int | None:
        """How many may go now; None for no limit."""
        if self._known is None and self.configured is None:
            return None
        passed = now - self._at
        if self._level < 1:
            self._held_back_s += min(passed, _SECOND)
            self._held_back_at = now
        limit = self.limit or 0.0
        self._level = min(max(1.0, limit * _BURST_S), self._level + passed * limit)
        self._at = now
        if self._level < 1:
            self._short_since = self._short_since if self._short(now) else now
            self._short_at = now
        return int(self._level)

    def saturated(self, now: float) -> bool:
        """The learned limit has held something back for a while and still does."""
        return self._short(now) and self._short_at - self._short_since >= _SATURATED_S and self.limit != self.configured

    def relax(self) -> bool:
        """Nothing more is to be sent now: whether that leaves some of the rate unused, which ends a shortage."""
        if self._level < 1:
            return False
        self._short_at = float("-inf")
        return True

    def _short(self, now: float) -> bool:
        return now - self._short_at < max(_PAUSE_S, 2 / (self.limit or 1.0))

    def spend(self) -> None:
        self._level -= 1

    def wait(self) -> float:
        """Seconds until one more may go."""
        limit = self.limit
        return 0.0 if not limit else max(0.0, (1 - self._level) / limit)

    def taken(self, count: int, now: float) -> None:
        """So many were taken by the SMSC."""
        self._taken.add(count, now)

    def throttled(self, now: float) -> None:
        """It takes no more than this: once for all that were throttled together."""
        taken = self._taken.within(now)
        held_back = now - self._held_back_at < _SECOND
        learned = self.learned
        if learned is not None and held_back:
            self._known, self._guessed = min(learned, max(taken + 1, _MOST_DOWN * learned)), False
        elif taken:
            self._known, self._guessed = max(taken, _LEAST_AT_FIRST), True
        if self._known is not None:
            self._held_back_s = 0.0
            self._level, self._at = 0.0, now


class Taken:
    """How much happened in the last second, counted in tenths of it."""

    def __init__(self) -> None:
        self._slices: deque[tuple[int, int]] = deque(maxlen=_SLICES + 1)

    def add(self, count: int, now: float) -> None:
        tenth = int(now * _SLICES)
        slices = self._slices
        if slices and slices[-1][0] == tenth:
            slices[-1] = (tenth, slices[-1][1] + count)
        else:
            slices.append((tenth, count))

    def within(self, now: float) -> float:
        """The slice that is a second old counts for the share of it that still lies within the second."""
        tenths = now * _SLICES
        return sum(count * min(1.0, max(0.0, at + 1 + _SLICES - tenths)) for at, count in self._slices)
