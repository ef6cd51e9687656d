"""What accounts keep no longer is forgotten: messages to phones and from them, lookups, OMNI messages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from stentor.core.account import DEFAULT_KEEP_HOURS, Directory
from stentor.core.ports import Clock

_HOUR_MS = 3_600_000
UNPULLED_MS = 48 * _HOUR_MS
"""How long something waits to be pulled, whatever the account keeps."""
BATCH = 500
_PAUSE_S = 0.05
"""Between two batches that are forgotten, so that messages go first: 10,000 a second at most."""

Holders = Callable[[], Awaitable[Iterable[int]]]
Purge = Callable[[int, int, int, int], Awaitable[int]]
"""Forget things of an account from before a time, those that nobody pulled from before another, at most so many."""


class Forgetting:
    """A duty: one kind of things of every account that has some."""

    def __init__(self, holders: Holders, purge: Purge, directory: Directory, clock: Clock) -> None:
        self._holders = holders
        self._purge = purge
        self._directory = directory
        self._clock = clock

    async def forget(self) -> None:
        now = self._clock.now_ms()
        for account in await self._holders():
            await self._forget(account, now - kept_ms(self._directory, account), now - UNPULLED_MS)

    async def _forget(self, account: int, before: int, unpulled: int) -> None:
        await in_batches(lambda: self._purge(account, before, min(before, unpulled), BATCH))


def kept_ms(directory: Directory, account: int) -> int:
    """How long an account keeps what it has (48 h unless it says otherwise: 004 "SMS logs")."""
    known = directory.accounts.get(account)
    return (DEFAULT_KEEP_HOURS if known is None else known.keep_hours) * _HOUR_MS


async def in_batches(forget: Callable[[], Awaitable[int]]) -> None:
    """Until a batch is not full; what is sent goes first."""
    while True:
        if await forget() < BATCH:
            return
        await asyncio.sleep(_PAUSE_S)
