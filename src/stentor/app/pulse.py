"""How late the event loop is: what runs too long in it delays everything else."""

from __future__ import annotations

import asyncio

from stentor.core.tally import FINE_S, Histogram

PERIOD_S = 0.5


class Pulse:
    """Asks to be called twice a second and notes how much later that happens."""

    def __init__(self) -> None:
        self.lag = Histogram(FINE_S)
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() + PERIOD_S
        self._timer = loop.call_at(self._due, self._beat)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _beat(self) -> None:
        self.lag.add(max(0.0, asyncio.get_running_loop().time() - self._due))
        self.start()
