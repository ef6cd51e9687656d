"""What keeps a service that is in trouble from being asked more than it can bear."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from math import ceil
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Lost(Exception):
    """No answer; `retry_ms`: how long to leave the service alone."""

    def __init__(self, why: str, retry_ms: int) -> None:
        super().__init__(why)
        self.retry_ms = retry_ms


class Backoff:
    """A pause that is doubled by each failure after it, until something works. `now`: seconds of any clock."""

    def __init__(self, first_ms: int, longest_ms: int, now: Callable[[], float] = time.monotonic) -> None:
        self._first, self._longest, self._now = first_ms, longest_ms, now
        self._pause = 0
        self._until = 0.0

    @property
    def left_ms(self) -> int:
        return max(0, ceil((self._until - self._now()) * 1_000)) if self._pause else 0

    def failed(self) -> int:
        """Milliseconds to wait. Failures within a pause are those of requests that began before it."""
        if not self.left_ms:
            self._pause = min(2 * self._pause or self._first, self._longest)
            self._until = self._now() + self._pause / 1_000
        return self.left_ms

    def worked(self) -> None:
        self._pause = 0


class Shared(Generic[T]):
    """Many ask for it at a time, and it is done once for all of them: its result, or its failure."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._work = work
        self._task: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())
            self._task.add_done_callback(self._done)
        return await asyncio.shield(self._task)

    def _done(self, task: asyncio.Task[T]) -> None:
        self._task = None
        if not task.cancelled():
            task.exception()  # those who waited may have left
