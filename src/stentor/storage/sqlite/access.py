"""How the parts of the store that have tables of their own write and read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import apsw

from stentor.storage.sqlite.writer import Writer

T = TypeVar("T")


class Access:
    """`run` writes with group commit, `reader` answers what takes microseconds, `search` what may look at much."""

    def __init__(self, writer: Writer, reader: apsw.Connection, searching: apsw.Connection) -> None:
        self.run = writer.run
        self._writer = writer
        self.reader = reader
        self.untidy = False
        """Whether something was deleted that may leave no trace; `SqliteStore.tidy` sees to it."""
        self._searching = searching
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="search")

    @property
    def backlog(self) -> int:
        """Work units that wait for the next commit."""
        return self._writer.backlog

    async def search(self, query: Callable[..., T], *arguments: Any) -> T:
        """`query(connection, *arguments)` on a thread: what may look at much, SQLite does without the GIL."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, query, self._searching, *arguments)

    def close(self) -> None:
        self._thread.shutdown()
        self._searching.close()
        self.reader.close()
