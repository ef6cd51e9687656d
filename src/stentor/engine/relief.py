"""While a connector is in trouble: its waiting messages leave for other targets of their rule, a portion at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from stentor.engine.failover import Doors, Failover
from stentor.engine.lanes import Flight
from stentor.engine.outlets import Outlet, Outlets

_LOOK_S = 0.05
_IDLE_S = 0.2
"""Between two looks at the lanes, while messages leave and while none does."""
_PORTION = 500
"""Messages that leave one lane in one look: some 5 ms of work."""


class Relief:
    """`divert` hands a message over to an outlet where its place is reserved; `expire` ends one that is too old."""

    def __init__(
        self,
        outlets: Outlets,
        failover: Failover,
        *,
        divert: Callable[[Flight, Outlet, str], None],
        expire: Callable[[Flight], None],
        soon: Callable[[Outlet], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._outlets = outlets
        self._failover = failover
        self._divert = divert
        self._expire = expire
        self._soon = soon
        self._now_ms = now_ms
        self._next: asyncio.TimerHandle | None = None
        self._stopped = False

    def stop(self) -> None:
        self._stopped = True
        if self._next is not None:
            self._next.cancel()

    def needed(self, seconds: float = _LOOK_S) -> None:
        """Something waits for a connector in trouble."""
        if self._next is None and not self._stopped:
            self._next = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        self._next = None
        waiting, gone = False, 0
        for outlet in list(self._outlets):
            trouble = outlet.trouble() if outlet.waiting else None
            if trouble is not None:
                waiting = True
                gone += self._relieve(outlet, f"{outlet.name} is {trouble}")
        if waiting:
            self.needed(_LOOK_S if gone else _IDLE_S)

    def _relieve(self, outlet: Outlet, why: str) -> int:
        """How many left."""
        now = self._now_ms()
        doors = Doors(self._failover, (outlet.name,))
        leaving: list[tuple[Flight, Outlet | None]] = []

        def leaves(flight: Flight) -> bool:
            late = now >= flight.message.expires_at
            other = None if late else doors.choose(flight)
            if late or other is not None:
                leaving.append((flight, other))
            return late or other is not None

        for lane in outlet.lanes:
            lane.let_go(leaves, _PORTION - len(leaving))
        for flight, other in leaving:
            if other is None:
                self._expire(flight)
            else:
                self._divert(flight, other, why)
        if leaving:
            self._soon(outlet)
        return len(leaving)
