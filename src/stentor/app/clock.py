"""The clock of the running program."""

from __future__ import annotations

import time
from collections.abc import Callable

_MS = 1_000_000


class SystemClock:
    """Implements `core.ports.Clock`: the wall clock, which never goes back while the program runs.

    After the wall clock was set back, time goes on at half its pace until the wall clock has caught up. What waits on
    disk waits for a time of day: if that went back an hour, everything would wait an hour longer.
    """

    def __init__(self, wall: Callable[[], int] = time.time_ns, steady: Callable[[], int] = time.monotonic_ns) -> None:
        self._wall = wall
        self._steady = steady
        self._shown = wall()
        self._looked = steady()

    def now_ms(self) -> int:
        looked = self._steady()
        self._shown = max(self._wall(), self._shown + (looked - self._looked) // 2)
        self._looked = looked
        return self._shown // _MS
