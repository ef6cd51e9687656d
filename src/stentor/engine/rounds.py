"""Work that comes in bits and is done in rounds: the bits of a moment share one, and rounds never overlap."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Rounds:
    """`work` is one round and handles its own errors; it begins `gather_s` seconds after it was asked for."""

    def __init__(self, work: Callable[[], Awaitable[None]], gather_s: float) -> None:
        self._work = work
        self._gather_s = gather_s
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    def soon(self) -> None:
        """There is something to do; also before the start, and while a round goes on."""
        self._wake.set()

    async def stop(self) -> None:
        """A round that goes on is cut off."""
        if self._task is not None:
            await asyncio.sleep(0)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(self._gather_s)
            self._wake.clear()
            await self._work()
