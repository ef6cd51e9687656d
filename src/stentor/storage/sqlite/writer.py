"""Group commit: what arrives together, or while a commit is under way, shares a transaction.

The statements run on the event loop's thread. So does COMMIT while the disk is fast; a slow disk's fsync runs on
another thread, so that the loop goes on. Measured: a writer thread that runs the statements itself fights the loop for
the interpreter lock, 100 to 2,500 us a row against 4 us here (docs/decisions/0003-group-commit.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import apsw

from stentor.core.errors import StoreUnavailable
from stentor.core.tally import FINE_S, Histogram
from stentor.storage.sqlite.checkpoints import Checkpoints
from stentor.storage.sqlite.rows import EventWriter

_FAST_S = 0.003
"""A disk that commits faster than this, on average, is not worth another thread (docs/decisions/0003)."""
_WEIGHT = 0.1
"""Of the latest commit in that average."""
_TURNS = 3
"""Turns of the loop from the first unit to the transaction."""
_FEW, _MANY = 4, 25
"""Units somebody waits for, and rows of others, that are not put into one transaction: 25 rows take some 1 ms."""

T = TypeVar("T")
Work = Callable[[apsw.Connection], T]
_Unit = tuple[Work[Any], asyncio.Future[Any]]


class Writer:
    """The one writing connection. `max_batch` bounds the work units of one transaction.

    `events` learns whether what it wrote in a transaction is durable.
    """

    def __init__(
        self, connection: apsw.Connection, events: EventWriter, checkpoints: Checkpoints, max_batch: int = 512
    ) -> None:
        self._connection = connection
        self._checkpoints = checkpoints
        self._events = events
        self._max_batch = max_batch
        self._waiting: list[_Unit] = []
        self._rows = 0
        """Of the units that wait."""
        self._awaited: list[_Unit] = []
        self._first = False
        """Whether the last transaction held awaited units only, and the rest waits."""
        self._busy = False
        self._scheduled = False
        self._commit_s = 0.0
        self._took = 0.0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self.commits = 0
        self.commit_times = Histogram(FINE_S)
        self.failures = 0
        """Units that the database refused."""

    def run(self, work: Work[T], *, urgent: bool = False, rows: int = 1, awaited: bool = False) -> asyncio.Future[T]:
        """Run `work` inside the next transaction; the future is done when that is on disk.

        What arrives in one loop turn shares a transaction. An urgent unit does not wait for the end of the turn; with a
        fast disk its future is done when this returns. A few awaited ones do not wait for many rows of others.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if awaited:
            self._awaited.append((work, future))
        else:
            self._waiting.append((work, future))
            self._rows += rows
        if self._busy:
            return future
        if urgent:
            self._begin()
        elif not self._scheduled:
            self._scheduled = True
            loop.call_soon(self._gather, _TURNS)
        return future

    @property
    def commit_s(self) -> float:
        """Seconds a commit takes, smoothed."""
        return self._commit_s

    @property
    def backlog(self) -> int:
        return len(self._awaited) + len(self._waiting)

    async def close(self) -> None:
        """Wait for what is under way, then stop the thread."""
        while self._busy or self.backlog:  # noqa: ASYNC110 - only at the very end
            await asyncio.sleep(0.001)
        self._thread.shutdown()
        self._checkpoints.close()

    def _gather(self, turns: int) -> None:
        """Let the loop serve what is ready first: under load that fills the batch, in quiet it takes no time."""
        if turns:
            asyncio.get_running_loop().call_soon(self._gather, turns - 1)
        else:
            self._begin()

    def _begin(self) -> None:
        self._scheduled = False
        batch = [] if self._busy else self._next()
        if not batch:
            return
        try:
            results = self._execute(batch)
        except Exception as error:  # noqa: BLE001 - whatever broke one unit must not take its neighbours with it
            self._fall_back(batch, error)
            return
        if self._commit_s < _FAST_S:
            self._finish(batch, results, self._committed())
            return
        self._busy = True
        commit = asyncio.get_running_loop().run_in_executor(self._thread, self._committed)
        commit.add_done_callback(lambda done: self._finish(batch, results, done.result()))

    def _next(self) -> list[_Unit]:
        """The units of the next transaction: only the awaited ones where those are few and the rest takes long.

        The rest is in the one after that, whoever else came.
        """
        batch, self._awaited = self._awaited, []
        self._first = 0 < len(batch) <= _FEW and self._rows >= _MANY and not self._first
        if not self._first:
            room = max(0, self._max_batch - len(batch))
            batch += self._waiting[:room]
            self._waiting = self._waiting[room:]
            self._rows = 0
        return batch

    def _execute(self, batch: list[_Unit]) -> list[Any]:
        self._connection.execute("BEGIN IMMEDIATE")
        return [work(self._connection) for work, _ in batch]

    def _committed(self) -> apsw.Error | None:
        """COMMIT, with its duration noted; the error if there was one."""
        started = time.perf_counter()
        try:
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            return error
        self._took = time.perf_counter() - started
        self._commit_s += (self._took - self._commit_s) * _WEIGHT
        return None

    def _finish(
        self,
        batch: list[_Unit],
        results: list[Any],
        error: apsw.Error | None,
    ) -> None:
        self._busy = False
        if error is not None:
            self._rollback()
            self._fail(batch, error)
        else:
            self._succeed(batch, results)
        self._go_on()

    def _succeed(self, batch: list[_Unit], results: list[Any]) -> None:
        self.commits += 1
        self.commit_times.add(self._took)
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
        self._events.committed()
        self._checkpoints.look()

    def _fail(self, batch: list[_Unit], error: BaseException) -> None:
        self.failures += isinstance(error, apsw.Error)
        for _, future in batch:
            if not future.done():
                future.set_exception(_refusal(error))

    def _go_on(self) -> None:
        if self.backlog and not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._gather, _TURNS)

    def _fall_back(self, batch: list[_Unit], error: Exception) -> None:
        """One unit broke the transaction: give each its own, so that the others are not lost with it."""
        self._rollback()
        if len(batch) == 1:
            self._fail(batch, error)
        else:
            for unit in batch:
                self._alone(unit)
        self._go_on()

    def _alone(self, unit: _Unit) -> None:
        results: list[Any] = []
        try:
            results = self._execute([unit])
            error: BaseException | None = self._committed()
        except Exception as trouble:  # noqa: BLE001 - it goes to the one who waits for it
            error = trouble
        if error is None:
            self._succeed([unit], results)
        else:
            self._rollback()
            self._fail([unit], error)

    def _rollback(self) -> None:
        self._events.rolled_back()
        with contextlib.suppress(apsw.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def _refusal(error: BaseException) -> BaseException:
    """The database's trouble is a refusal that callers know; a mistake in our own code stays what it is."""
    if not isinstance(error, apsw.Error):
        return error
    refusal = StoreUnavailable(f"the store cannot write: {error}")
    refusal.__cause__ = error
    return refusal
