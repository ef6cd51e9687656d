"""Scheduled bulks: show, reschedule, pause, go on, cancel (`spec/wire.md` (b)4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from stentor.catalogue import StatusId
from stentor.core.bulk import CANCELED_ERROR, Bulk
from stentor.core.errors import InvalidField, NotFound
from stentor.core.message import Message, Move
from stentor.core.ports import Clock, Store
from stentor.core.settle import Reporter, finish
from stentor.core.submit import MAX_AHEAD_MS, MAX_BULK_ID

_PORTION = 250

CarryOut = Callable[[Sequence[tuple[Move, Message]]], Awaitable[None]]
"""Writes moves and sees to the reports they owe."""


class Bulks:
    def __init__(self, *, store: Store, clock: Clock, carry_out: CarryOut, reporter: Reporter) -> None:
        self._store = store
        self._clock = clock
        self._carry_out = carry_out
        self._reporter = reporter

    def show(self, account: int, bulk_id: str) -> Bulk:
        """`NotFound` for an id that no message of the account has."""
        found = self._store.bulk(account, bulk_id[:MAX_BULK_ID])
        if found is None:
            raise NotFound("Bulk not found")
        return found

    async def reschedule(self, account: int, bulk_id: str, send_at: int) -> Bulk:
        """A time that has passed means at once; a paused bulk stays paused."""
        now = self._clock.now_ms()
        if send_at > now + MAX_AHEAD_MS:
            raise InvalidField("sendAt", "A message can be scheduled at most 180 days ahead.")
        self._scheduled(account, bulk_id)
        await self._store.reschedule(account, bulk_id[:MAX_BULK_ID], max(send_at, now))
        return self.show(account, bulk_id)

    async def set(self, account: int, bulk_id: str, status: str) -> Bulk:
        """PAUSED, PENDING (go on) or CANCELED; a canceled message is charged back and reported."""
        if status not in ("PAUSED", "PENDING", "CANCELED"):
            raise InvalidField("status", f"{status[:40]!r} is not PENDING, PAUSED or CANCELED.")
        self._scheduled(account, bulk_id)
        if status == "CANCELED":
            await self._cancel(account, bulk_id[:MAX_BULK_ID])
        else:
            await self._store.pause(account, bulk_id[:MAX_BULK_ID], paused=status == "PAUSED")
        return self.show(account, bulk_id)

    def _scheduled(self, account: int, bulk_id: str) -> None:
        bulk = self.show(account, bulk_id)
        if not bulk.scheduled:
            raise InvalidField("bulkId", f"The bulk is {bulk.status}: only one that is not sent yet can be changed.")

    async def _cancel(self, account: int, bulk_id: str) -> None:
        now = self._clock.now_ms()
        while messages := await self._store.take_scheduled(account, bulk_id, _PORTION):
            moves = [
                finish(one, StatusId.REJECTED_NOT_SENT, CANCELED_ERROR, now, self._reporter, taken=False)
                for one in messages
            ]
            await self._carry_out(list(zip(moves, messages, strict=True)))
            await self._store.not_sent([one.id for one in messages])
