"""The simulated push service: devices that say what they have, as their registration id asks for.

A registration id that begins with `gone:` is unknown to the service, `refused:` is refused, `busy:` is refused for now,
`silent:` takes messages and never says so, `late:N:` says so after N seconds. Any other says so after the delay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal

from stentor.core.devices import Notification, Told

Receipts = Callable[[Sequence[str]], object]
"""Takes the ids of messages that devices say they have."""

_FATES: dict[str, Literal["gone", "refused", "later"]] = {"gone": "gone", "refused": "refused", "busy": "later"}


class SimulatedPush:
    """Implements `core.devices.PushService`."""

    def __init__(self, delay: float, receipts: Receipts) -> None:
        self._delay = delay
        self._receipts = receipts
        self._timers: set[asyncio.TimerHandle] = set()

    async def push(self, batch: Sequence[Notification]) -> Sequence[Told]:
        return [self._one(note) for note in batch]

    async def close(self) -> None:
        for timer in self._timers:
            timer.cancel()

    def _one(self, note: Notification) -> Told:
        word, _, rest = note.device.token.partition(":")
        fate = _FATES.get(word)
        if fate is not None:
            return Told(fate, f"simulated: {word}")
        if word != "silent":
            after = rest.partition(":")[0] if word == "late" else ""
            self._later(float(after) if after.replace(".", "", 1).isdigit() else self._delay, note.id)
        return Told("taken")

    def _later(self, seconds: float, message: str) -> None:
        def say() -> None:
            self._timers.discard(timer)
            self._receipts([message])

        timer = asyncio.get_running_loop().call_later(seconds, say)
        self._timers.add(timer)
