"""Turns between accounts at acceptance: one that floods does not make another's single message wait behind it all."""

from __future__ import annotations

import asyncio
from collections import deque

from stentor.core.ports import Clock

AT_ONCE = 4
"""Messages of one account that may be decided and written at a time while other accounts send too."""
PORTION = 250
"""Messages of a large request written as one unit: some 5 ms of work."""
SMALL_PORTION = 25
"""The same while other accounts send: 1 ms of work, and a pause after it."""
_PAUSE_S = 0.010
_RECENT_MS = 1_000


class Turns:
    """Implements `core.ports.Turns`. An account that is alone goes through without a look at any limit."""

    def __init__(self, clock: Clock, at_once: int = AT_ONCE) -> None:
        self._clock = clock
        self._at_once = at_once
        self._under_way: dict[int, int] = {}
        self._waiting: dict[int, deque[tuple[int, asyncio.Future[None]]]] = {}
        self._latest = (0, 0)
        self._other = (0, 0)

    def portion(self, account: int, messages: int) -> int:
        return min(messages, SMALL_PORTION if self._others(account) else PORTION)

    def enter(self, account: int, messages: int) -> bool:
        """Whether it is the account's turn at once; otherwise `wait` for it."""
        crowded = self._others(account)
        under_way = self._under_way.get(account, 0)
        if crowded and under_way and (account in self._waiting or under_way + messages > self._at_once):
            return False
        self._under_way[account] = under_way + messages
        return True

    async def wait(self, account: int, messages: int) -> None:
        """In the order of their coming; the turn is taken when this returns."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(account, deque()).append((messages, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(account, messages)
            raise

    def leave(self, account: int, messages: int) -> None:
        """After a portion others have a moment for themselves, if there are any."""
        if messages > self._at_once and self._crowded():
            asyncio.get_running_loop().call_later(_PAUSE_S, self._left, account, messages)
        else:
            self._left(account, messages)

    def _left(self, account: int, messages: int) -> None:
        left = self._under_way[account] - messages
        if left:
            self._under_way[account] = left
        else:
            del self._under_way[account]
        if account in self._waiting:
            self._next(account)

    def _next(self, account: int) -> None:
        waiting = self._waiting[account]
        while waiting:
            messages, turn = waiting[0]
            under_way = self._under_way.get(account, 0)
            if under_way and under_way + messages > self._at_once:
                return
            waiting.popleft()
            if not turn.done():
                self._under_way[account] = under_way + messages
                turn.set_result(None)
        del self._waiting[account]

    def _others(self, account: int) -> bool:
        """Whether another account sent something lately."""
        if account != self._latest[0]:
            self._other = self._latest
        self._latest = (account, self._clock.now_ms())
        return self._crowded()

    def _crowded(self) -> bool:
        """Whether more than one account sent something lately."""
        return self._other[1] > self._latest[1] - _RECENT_MS
