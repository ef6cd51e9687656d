"""One timer for the earliest of many things."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

_SOONEST_S = 0.001


class Alarm:
    """Rings once for the earliest time it was set to; times are the loop's seconds."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None
        self._due = math.inf

    def set(self, due: float | None) -> None:
        """None, or later than it is set to already, changes nothing."""
        if due is None or due >= self._due:
            return
        self.cancel()
        loop = asyncio.get_running_loop()
        self._due = due
        self._timer = loop.call_later(max(due - loop.time(), _SOONEST_S), self._rung)

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._due = None, math.inf

    def _rung(self) -> None:
        self._timer, self._due = None, math.inf
        self._ring()
