"""Carry the write-ahead log back into the database on a thread, so that no message waits for it.

A pass over a log that goes on growing never reaches its end, and only a log carried back to its end is written from
the start again: so the short rest is carried back between two transactions.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import apsw

_AT_ONCE = 200
"""Pages that may be carried back between two transactions: some 2 ms."""


class Checkpoints:
    """Implements SQLite's automatic checkpoint of `writing` with passes of `carrying`, a connection of its own.

    What fails is done by a later pass: until then the log grows.
    """

    def __init__(self, writing: apsw.Connection, carrying: apsw.Connection, pages: int) -> None:
        self.pages = pages
        """New ones in the log before a pass."""
        self._writing = writing
        self._carrying = carrying
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._in_log = 0
        self._carried = 0
        self._busy = False
        self._short = False
        """Whether a pass has just left only what came during it."""
        writing.set_wal_hook(self._grown)

    def look(self) -> None:
        """After a commit, on the loop, while nothing else uses the writing connection."""
        if self._busy:
            return
        left = self._in_log - self._carried
        if self._short and left <= _AT_ONCE:
            self._carried = _pass(self._writing)
        elif left >= self.pages:
            self._busy = True
            passing = asyncio.get_running_loop().run_in_executor(self._thread, _pass, self._carrying)
            passing.add_done_callback(self._passed)
        self._short = False

    def close(self) -> None:
        self._thread.shutdown()
        self._carrying.close()

    def _grown(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        """Called by COMMIT, on whatever thread."""
        if pages < self._carried:
            self._carried = 0  # the log is written from its start again
        self._in_log = pages
        return apsw.SQLITE_OK

    def _passed(self, passing: asyncio.Future[int]) -> None:
        self._busy, self._short = False, True
        self._carried = passing.result()


def _pass(connection: apsw.Connection) -> int:
    """How many pages of the log are carried back."""
    try:
        return max(0, connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)[1])
    except apsw.Error:
        return 0
