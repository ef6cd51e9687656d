"""How much waits on disk, counted beside the platform's work on a thread and with a connection of its own."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import apsw
import msgspec

_CACHE_KIB = 1_000
_QUEUED = "SELECT connector, sum(due <= ?1), sum(due > ?1) FROM queue WHERE node IS NULL GROUP BY connector"
_TO_PULL = "SELECT (SELECT count(*) FROM report WHERE url IS NULL) + (SELECT count(*) FROM omni_report)"
_TO_NOTIFY = (
    "SELECT (SELECT count(*) FROM report WHERE host IS NOT NULL AND node IS NULL)"
    " + (SELECT count(*) FROM call WHERE node IS NULL)"
)


_INBOUND = "SELECT way, count(*) FROM inbound WHERE waits = 1 AND node IS NULL GROUP BY way"
_OMNI = "SELECT ifnull(sum(due <= ?1), 0), ifnull(sum(due > ?1), 0) FROM omni WHERE due IS NOT NULL"
_INBOUND_CALLS = "SELECT count(*) FROM call WHERE about = 'inbound'"


class Waiting(msgspec.Struct, frozen=True):
    queued: dict[str, tuple[int, int]]
    """Messages that no node holds in memory, by connector: those that are due, and those that are due later."""
    to_pull: int
    to_notify: int
    """Reports and calls that no node holds in memory."""
    inbound: dict[str, int] = {}
    """Messages from phones that are not yet with their owner: for "pull", "smpp" or a "url"."""
    omni: tuple[int, int] = (0, 0)
    """Messages of scenarios that are to be looked at: now, and later."""


class Depths:
    """A million rows take a tenth of a second, so calls that come together share one count."""

    def __init__(self, path: Path, thread: Executor) -> None:
        self._path = path
        self._thread = thread
        self._connection: apsw.Connection | None = None
        self._under_way: asyncio.Future[Waiting] | None = None

    async def read(self, now: int) -> Waiting:
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.get_running_loop().run_in_executor(self._thread, self._count, now)
        return await asyncio.shield(self._under_way)

    def close(self) -> None:
        """When the thread has ended."""
        if self._connection is not None:
            self._connection.close()

    def _count(self, now: int) -> Waiting:
        if self._connection is None:
            self._connection = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY)
            self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        rows: Any = self._connection.execute(_QUEUED, (now,))
        queued = {connector: (due, later) for connector, due, later in rows}
        waits: Any = self._connection.execute(_INBOUND)
        inbound = {"pull": 0, "smpp": 0, **dict(waits), "url": self._one(_INBOUND_CALLS)}
        now_or_later: Any = self._connection.execute(_OMNI, (now,)).fetchone()
        return Waiting(queued, self._one(_TO_PULL), self._one(_TO_NOTIFY), inbound, now_or_later)

    def _one(self, sql: str) -> int:
        assert self._connection is not None
        return int(self._connection.execute(sql).get)
