"""Whether the platform should get requests: started, not stopping, and able to write."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from stentor.api.operations import Readiness, UpstreamHealth
from stentor.core.errors import StoreUnavailable
from stentor.core.ports import Clock, Connector, Store

LEAST_FREE = 64 << 20
"""Octets that the disk should have left: some seconds of full load, time to act."""
_BETWEEN_WRITES_MS = 1_000
_NOTE = "ready"


class Health:
    """`phase` is set by the platform as it starts and stops. An upstream that is down is told, and is no reason."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        connectors: Callable[[], Iterable[Connector]],
        clock: Clock,
        *,
        least_free: int = LEAST_FREE,
        patience_s: float = 2.0,
    ) -> None:
        self.phase: Literal["starting", "serving", "stopping"] = "starting"
        self._store = store
        self._folder = folder
        self._connectors = connectors
        self._clock = clock
        self._least_free = least_free
        self._patience_s = patience_s
        self._written_at = 0
        self._writing: asyncio.Task[str | None] | None = None

    async def readiness(self) -> Readiness:
        reasons: list[str] = [] if self.phase == "serving" else [self.phase]
        free = free_bytes(self._folder)
        if free < self._least_free:
            reasons.append(f"the disk has {free >> 20} MiB left")
        trouble = await self._trouble()
        if trouble is not None:
            reasons.append(trouble)
        states = (connector.state() for connector in self._connectors())
        return Readiness(tuple(reasons), tuple(UpstreamHealth(state.name, state.bound > 0) for state in states))

    async def _trouble(self) -> str | None:
        """A real write, at most one a second however often one asks; a clock that went back is no excuse."""
        now = self._clock.now_ms()
        fresh = 0 <= now - self._written_at < _BETWEEN_WRITES_MS
        if self._writing is None or (self._writing.done() and not fresh):
            self._written_at = now
            self._writing = asyncio.get_running_loop().create_task(self._write(now))
        return await asyncio.shield(self._writing)

    async def _write(self, now: int) -> str | None:
        try:
            async with asyncio.timeout(self._patience_s):
                await self._store.write_note(_NOTE, str(now))
        except StoreUnavailable as error:
            return str(error)
        except TimeoutError:
            return f"the store did not write within {self._patience_s:.0f} s"
        return None


def free_bytes(folder: Path) -> int:
    """What an ordinary user may still write to the folder's disk."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize
