"""What became of the SMS that are steps of scenarios: their reports, on the way back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from stentor.catalogue import StatusId
from stentor.core.errors import StoreUnavailable
from stentor.core.message import Owed, ReportKind
from stentor.core.omni.flow import HOST, attempt_of
from stentor.core.omni.records import End
from stentor.core.ports import Clock, Store
from stentor.engine.insist import insist
from stentor.engine.scenario import Scenarios

log = structlog.get_logger()

_AT_A_TIME = 500
_BUSY = 1_000
"""Reports in memory; more wait on disk."""


class SmsEnds:
    """Implements `engine.moves.Reports`: from memory or, after a crash, from disk."""

    def __init__(self, scenarios: Scenarios, store: Store, clock: Clock) -> None:
        self._scenarios = scenarios
        self._store = store
        self._clock = clock
        self._waiting: list[Owed] = []
        self._reserved = 0
        self._writing: asyncio.Task[None] | None = None
        self._stopping = False

    def reserve(self, _url: str) -> bool:
        room = not self._stopping and self._reserved < _BUSY
        self._reserved += room
        return room

    def release(self, _url: str) -> None:
        self._reserved -= 1

    def push(self, item: Owed) -> None:
        self._waiting.append(item)
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def tick(self) -> None:
        """Those that had no place in memory, or were on disk at start."""
        while not self._stopping and HOST in self._store.due_hosts(self._clock.now_ms()):
            batch = await self._store.claim_reports(HOST, self._clock.now_ms(), _AT_A_TIME)
            if not batch:
                return
            await self._told(batch)

    async def stop(self) -> None:
        """While the disk refuses, what waits stays there as a report in hand: the next start takes it back."""
        self._stopping = True
        while self._writing is not None:
            await asyncio.wait([self._writing])

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_AT_A_TIME], self._waiting[_AT_A_TIME:]
                await self._told(batch)
                self._reserved -= len(batch)
        finally:
            self._writing = None

    async def _told(self, batch: Sequence[Owed]) -> None:
        """One that cannot be told must not take its neighbours with it: it waits on disk."""
        try:
            await self._tell(batch)
        except Exception:
            if len(batch) > 1:
                for one in batch:
                    await self._told([one])
                return
            log.exception("end of a step not recorded", message=batch[0].message.id)

    async def _tell(self, batch: Sequence[Owed]) -> None:
        try:
            await insist(
                lambda: self._scenarios.ended([_end(one) for one in batch], [one.report.id for one in batch]),
                refused="ends of steps not recorded, trying again",
                over=lambda: self._stopping,
            )
        except StoreUnavailable as error:
            log.error("ends of steps stay in hand until the next start", reason=str(error))


def _end(owed: Owed) -> End:
    report, message = owed.report, owed.message
    final = report.kind == ReportKind.FINAL  # a text where it comes from disk
    status = report.status if final else StatusId.PENDING_WAITING_DELIVERY
    return End(
        attempt_of(report.url or ""),
        status,
        report.error,
        report.done_at,
        "",
        message.parts,
        message.mcc_mnc,
        message.price,
        message.sent_at,
    )
