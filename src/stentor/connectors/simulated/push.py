"""The simulated push service: devices that say what they have, as their registration id asks for.

A registration id that begins with `gone:` is unknown to the service, `refused:` is refused, `busy:` is refused for now,
`silent:` takes messages and never says so, `late:N:` says so after N seconds. Any other says so after the delay.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Literal

from stentor.core.devices import Notification, Told

Receipts = Callable[[Sequence[str]], object]
"""Takes the ids of messages that devices say they have."""

_FATES: dict[str, Literal["gone", "refused", "later"]] = {"gone": "gone", "refused": "refused", "busy": "later"}
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)


class Phones:
    """What the devices of all simulated applications have still to say."""

    def __init__(self, receipts: Receipts) -> None:
        self._receipts = receipts
        self._timers: set[asyncio.TimerHandle] = set()

    def say(self, message: str, seconds: float) -> None:
        """That a device has it, in so many seconds."""

        def say() -> None:
            self._timers.discard(timer)
            self._receipts([message])

        timer = asyncio.get_running_loop().call_later(max(seconds, 0.0), say)
        self._timers.add(timer)

    def stop(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()


class SimulatedPush:
    """Implements `core.devices.PushService`. `delay`: seconds until a device says that it has a message."""

    def __init__(self, delay: float, phones: Phones) -> None:
        self._delay = delay
        self._phones = phones

    async def push(self, batch: Sequence[Notification]) -> Sequence[Told]:
        return [self._one(note) for note in batch]

    async def close(self) -> None:
        """Phones that have a message say so all the same."""

    def resume(self, note: Notification, seconds: float) -> None:
        """Phones do not forget when the platform restarts: this one was taken so many seconds ago."""
        if _word(note) not in _FATES:
            self._answer(note, seconds)

    def _one(self, note: Notification) -> Told:
        word = _word(note)
        fate = _FATES.get(word)
        if fate is not None:
            return Told(fate, f"simulated: {word}")
        self._answer(note, 0.0)
        return Told("taken")

    def _answer(self, note: Notification, since: float) -> None:
        word, _, rest = note.device.token.partition(":")
        if word == "silent":
            return
        wanted = _SECONDS.fullmatch(rest.partition(":")[0]) if word == "late" else None
        self._phones.say(note.id, (self._delay if wanted is None else float(wanted[0])) - since)


def _word(note: Notification) -> str:
    return note.device.token.partition(":")[0]
