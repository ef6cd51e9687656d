"""What each channel has in hand for each sender: one whose service is slow, or gone, holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

_SLOW_S = 1.0
"""A service that takes longer for what it was given is slow."""
_ENOUGH = 2_000
"""Steps that a slow one has in hand at most, so that memory is bounded."""
_AWAY_MS, _APART_MS, _LONGEST_MS = 1_000, 2, 60_000
"""When those that a slow one cannot take come again: a second later, 500 a second, within a minute."""

Line = tuple[str, str]
"""Channel and sender."""


class _Hand:
    def __init__(self) -> None:
        self.steps = 0
        self.slow = 0
        """Calls of its carrier that take long."""
        self.away = 0
        """Steps that were turned away since it is slow."""


class ChannelLines:
    def __init__(self) -> None:
        self._hands: dict[Line, _Hand] = {}
        self.parked = 0
        """Steps whose channel takes long: they wait for nobody else, so nobody waits for them."""

    def turned_away(self, line: Line, steps: int) -> list[int] | None:
        """Milliseconds until each of so many steps had better come again; None: they may go now."""
        hand = self._hands.get(line)
        if hand is None or not hand.slow or hand.steps < _ENOUGH:
            return None
        first, hand.away = hand.away, hand.away + steps
        return [min(_AWAY_MS + _APART_MS * place, _LONGEST_MS) for place in range(first, hand.away)]

    @contextmanager
    def carrying(self, line: Line, steps: int) -> Iterator[None]:
        """While the carrier has them."""
        hand = self._hands.setdefault(line, _Hand())
        hand.steps += steps
        slow = False

        def note() -> None:
            nonlocal slow
            slow = True
            hand.slow += 1
            self.parked += steps

        timer = asyncio.get_running_loop().call_later(_SLOW_S, note)
        try:
            yield
        finally:
            timer.cancel()
            hand.steps -= steps
            if slow:
                hand.slow -= 1
                self.parked -= steps
                hand.away = hand.away if hand.slow else 0
            if not hand.steps:
                self._hands.pop(line, None)
