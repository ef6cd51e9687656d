"""OMNI messages are kept as long as their account's messages are."""

from __future__ import annotations

import asyncio

from stentor.core.account import DEFAULT_KEEP_HOURS, Directory
from stentor.core.omni.ports import OmniStore
from stentor.core.ports import Clock

_HOUR_MS = 3_600_000
_UNPULLED_MS = 48 * _HOUR_MS
_BATCH = 500
_PAUSE_S = 0.05


class OmniForgetting:
    def __init__(self, store: OmniStore, directory: Directory, clock: Clock) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock

    async def forget(self) -> None:
        now = self._clock.now_ms()
        for account in await self._store.holders():
            known = self._directory.accounts.get(account)
            hours = DEFAULT_KEEP_HOURS if known is None else known.keep_hours
            await self._forget(account, now - hours * _HOUR_MS, now - _UNPULLED_MS)

    async def _forget(self, account: int, before: int, unpulled: int) -> None:
        """Messages that are sent go first: a pause after each batch."""
        while True:
            if await self._store.purge(account, before, _BATCH, unpulled=min(before, unpulled)) < _BATCH:
                return
            await asyncio.sleep(_PAUSE_S)
