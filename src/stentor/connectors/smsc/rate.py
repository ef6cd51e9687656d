"""At most so many submit_sm a second: a bucket that holds a tenth of a second's worth."""

from __future__ import annotations

_BURST_S = 0.1


class Rate:
    """`per_second` None: no limit. Times are seconds of any clock."""

    def __init__(self, per_second: float | None) -> None:
        self._per_second = per_second
        self._most = max(1.0, (per_second or 0) * _BURST_S)
        self._level = self._most
        self._at = 0.0

    def room(self, now: float) -> int | None:
        """How many may go now; None for no limit."""
        if self._per_second is None:
            return None
        self._level = min(self._most, self._level + (now - self._at) * self._per_second)
        self._at = now
        return int(self._level)

    def spend(self) -> None:
        self._level -= 1

    def wait(self) -> float:
        """Seconds until one more may go."""
        return 0.0 if self._per_second is None else max(0.0, (1 - self._level) / self._per_second)
