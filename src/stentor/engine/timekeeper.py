"""What only time brings about: due messages, validity, owed reports, silent upstreams, forgetting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog

from stentor.catalogue import StatusId
from stentor.core.account import Directory
from stentor.core.errors import StoreUnavailable
from stentor.core.ids import first_at
from stentor.core.lifecycle import VALIDITY_EXPIRED
from stentor.core.message import Owed
from stentor.core.ports import Clock, Store
from stentor.core.settle import finish
from stentor.engine.dispatch import Dispatcher
from stentor.engine.forgetting import BATCH, UNPULLED_MS, in_batches, kept_ms
from stentor.engine.moves import Mover
from stentor.engine.notify import Notifier
from stentor.engine.receipts import Receipts

log = structlog.get_logger()

Duty = tuple[float, Callable[[], Awaitable[None]]]
"""Its period in seconds, and what is done."""

_GRACE_MS = 3_600_000
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
        notifier: Notifier[Owed],
        directory: Directory,
        more: Sequence[Duty] = (),
    ) -> None:
        self._store = store
        self._clock = clock
        self._directory = directory
        self._mover = mover
        self._receipts = receipts
        self._looked_at = 0
        self._tasks: list[asyncio.Task[None]] = []
        self.duties: tuple[Duty, ...] = (
            (0.5, dispatcher.wake),
            (0.5, notifier.tick),
            (5.0, self.match_again),
            (5.0, self.expire),
            (1.0, self.give_up_silent),
            (60.0, self.forget),
            *more,
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
        while overdue := self._store.overdue(now, BATCH):
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
        """Messages whose account keeps them no longer, and receipts that matched none."""
        now = self._clock.now_ms()
        unpulled = now - UNPULLED_MS
        for account, oldest in (await self._store.holders()).items():
            before = now - kept_ms(self._directory, account)
            if oldest < first_at(before):
                some = partial(self._store.purge, before, BATCH, account=account, unpulled=min(before, unpulled))
                await in_batches(some)
        await in_batches(partial(self._store.purge_receipts, unpulled, BATCH))
        await self._store.tidy()


async def _repeat(period: float, duty: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await duty()
        except StoreUnavailable as error:
            log.error("duty postponed", duty=getattr(duty, "__name__", str(duty)), reason=str(error))
        except Exception:
            log.exception("duty failed", duty=getattr(duty, "__name__", str(duty)))
        await asyncio.sleep(period)
