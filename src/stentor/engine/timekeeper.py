"""What only time brings about: due messages, validity, owed reports, silent upstreams, forgetting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from stentor.catalogue import StatusId
from stentor.core.errors import StoreUnavailable
from stentor.core.lifecycle import VALIDITY_EXPIRED
from stentor.core.ports import Clock, Store
from stentor.core.settle import finish
from stentor.engine.dispatch import Dispatcher
from stentor.engine.moves import Mover
from stentor.engine.notify import Notifier
from stentor.engine.receipts import Receipts

log = structlog.get_logger()

KEEP_MS = 48 * 3_600_000
_GRACE_MS = 3_600_000
_BATCH = 500
_STRETCH = 5_000


class Timekeeper:
    """Each duty has its own period in seconds; a duty that fails is tried again in its next turn."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        mover: Mover,
        dispatcher: Dispatcher,
        receipts: Receipts,
        notifier: Notifier,
    ) -> None:
        self._store = store
        self._clock = clock
        self._mover = mover
        self._receipts = receipts
        self._looked_at = 0
        self._tasks: list[asyncio.Task[None]] = []
        self.duties: tuple[tuple[float, Callable[[], Awaitable[None]]], ...] = (
            (0.5, dispatcher.wake),
            (0.5, notifier.tick),
            (5.0, self.match_again),
            (5.0, self.expire),
            (1.0, self.give_up_silent),
            (60.0, self.forget),
        )

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(_repeat(period, duty)) for period, duty in self.duties]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def match_again(self) -> None:
        self._receipts.tick()

    async def expire(self) -> None:
        """Messages that wait on disk past their validity (those in memory are looked at when their turn comes)."""
        now = self._clock.now_ms()
        while overdue := self._store.overdue(now, _BATCH):
            reporter = self._mover.reporter
            await self._mover.carry_out(
                [
                    (finish(m, StatusId.EXPIRED_EXPIRED, VALIDITY_EXPIRED, now, reporter, taken=False), m)
                    for m in overdue
                ],
            )

    async def give_up_silent(self) -> None:
        """Sent, but no final receipt an hour after the validity passed: EXPIRED_DLR_UNKNOWN."""
        now = self._clock.now_ms()
        silent, self._looked_at = self._store.silent(now - _GRACE_MS, self._looked_at, _STRETCH)
        reporter = self._mover.reporter
        if silent:
            await self._mover.carry_out(
                [(finish(m, StatusId.EXPIRED_DLR_UNKNOWN, 0, now, reporter), m) for m in silent],
            )

    async def forget(self) -> None:
        """The log keeps a message 48 h (004 "SMS logs")."""
        purged = _BATCH
        while purged == _BATCH:
            purged = await self._store.purge(self._clock.now_ms() - KEEP_MS, _BATCH)


async def _repeat(period: float, duty: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await duty()
        except StoreUnavailable as error:
            log.error("duty postponed", duty=getattr(duty, "__name__", str(duty)), reason=str(error))
        except Exception:
            log.exception("duty failed", duty=getattr(duty, "__name__", str(duty)))
        await asyncio.sleep(period)
