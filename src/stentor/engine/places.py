"""Places for a limited number of things at a time, shared fairly by accounts."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Places:
    """`most` places. No account has more than half of them, and those that wait are served in turn.

    So what one account holds up, with URLs that hang, is its own; another's call waits for a place at most as long as
    a few calls take.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._each = max(1, most // 2)
        self._used: Counter[int] = Counter()
        self._waiting: dict[int, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def of(self, account: int) -> AsyncIterator[None]:
        """A place of that account's, waited for as long as it takes."""
        await self._enter(account)
        try:
            yield
        finally:
            self._leave(account)

    async def _enter(self, account: int) -> None:
        if self._free and self._used[account] < self._each:
            self._take(account)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(account, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave(account)
            raise

    def _take(self, account: int) -> None:
        self._free -= 1
        self._used[account] += 1

    def _leave(self, account: int) -> None:
        self._free += 1
        self._used[account] -= 1
        if not self._used[account]:
            del self._used[account]
        self._serve()

    def _serve(self) -> None:
        """At most two accounts can have their half: what is looked at in vain is little."""
        while self._free:
            account = next((one for one in self._waiting if self._used[one] < self._each), None)
            if account is None:
                return
            turns = self._waiting.pop(account)
            turn = turns.popleft()
            if turns:
                self._waiting[account] = turns
            if not turn.cancelled():
                self._take(account)
                turn.set_result(None)
