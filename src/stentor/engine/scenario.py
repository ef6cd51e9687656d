"""OMNI messages on their way: each step is begun, handed to its channel, and ended; then the next begins.

What is decided is `core.omni.flow`; what is written, one transaction a turn (`storage/sqlite/omni.py`). What has to be
looked at is found by its time, so that a crash loses nothing: a step that was begun is handed over again, under the
same number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core.errors import StoreUnavailable
from stentor.core.lifecycle import is_final
from stentor.core.message import Owed, ReportKind
from stentor.core.omni.flow import HOST, Flow, attempt_of
from stentor.core.omni.ports import LATE, UNPAID, Carrier, OmniStore
from stentor.core.omni.records import End, Handed, Running, Turn
from stentor.core.ports import Clock, Store

log = structlog.get_logger()

_AT_A_TIME = 500
_BUSY = 1_000
"""Messages in hand; more wait on disk."""
_RETRY_MS = 1_000
_REWRITE_AFTER_S = 0.5


class Scenarios:
    """`carriers` by channel. `soon`: there may be something to do; `called`: calls to customers may be owed."""

    def __init__(
        self,
        *,
        store: OmniStore,
        carriers: Mapping[str, Carrier],
        flow: Flow,
        clock: Clock,
        called: Callable[[], object],
    ) -> None:
        self._store = store
        self._carriers = carriers
        self._flow = flow
        self._clock = clock
        self._called = called
        self._busy: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking = False
        self._stopping = False

    def soon(self) -> None:
        """Look, at the end of this turn of the loop."""
        if not self._looking and not self._stopping:
            self._looking = True
            asyncio.get_running_loop().call_soon(self._look)

    async def tick(self) -> None:
        self.soon()

    async def stop(self) -> None:
        """What is under way is written down; what channels still do comes back at the next start."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5.0)
        for task in self._tasks:
            task.cancel()

    @property
    def held(self) -> int:
        """Messages in hand."""
        return len(self._busy)

    async def ended(self, ends: Sequence[End], drop_reports: Sequence[int] = ()) -> None:
        """What channels say of steps that they took."""
        known = await self._store.running([end.attempt for end in ends])
        turns, running = [], []
        for end in ends:
            one = known.get(end.attempt)
            if one is not None:
                running.append(one)
                turns.append(self._end(one, end))
        begun = await self._take(running, turns, drop_reports)
        fresh = [one for one in begun if one.message.id not in self._busy]
        self._busy.update(one.message.id for one in fresh)
        self._hand_out(fresh)

    def _end(self, running: Running, end: End) -> Turn:
        if is_final(end.status):
            return self._flow.ended(running, end)
        message = running.message
        return Turn(message=message, was_at=message.position, at=end.at, calls=self._flow.delayed(running, end))

    def _look(self) -> None:
        self._looking = False
        room = _BUSY - len(self._busy)
        if room <= 0 or self._stopping:
            return
        try:
            due = self._store.due(self._clock.now_ms(), len(self._busy) + _AT_A_TIME)
        except StoreUnavailable as error:
            log.error("scenarios not readable", reason=str(error))
            return
        fresh = [one for one in due if one.message.id not in self._busy][: min(room, _AT_A_TIME)]
        if fresh:
            self._busy.update(one.message.id for one in fresh)
            self._spawn(self._begin(fresh), fresh)

    async def _begin(self, batch: Sequence[Running]) -> None:
        """Each from where it is: before a step, at one that was not handed over, or at one whose time is over."""
        now = self._clock.now_ms()
        turns, moving, waiting = [], [], []
        for one in batch:
            attempt = one.attempt
            if attempt is not None and attempt.status == StatusId.PENDING_ENROUTE:
                waiting.append(one)
                continue
            over = attempt is None or is_final(attempt.status)
            moving.append(one)
            turns.append(self._flow.begin(one, now) if over else self._flow.expired(one, now))
        self._hand_out([*waiting, *await self._take(moving, turns)])

    async def _take(
        self, running: Sequence[Running], turns: Sequence[Turn], drop_reports: Sequence[int] = ()
    ) -> list[Running]:
        """Write turns; the messages that are at a new step now. The others are out of hand."""
        begun: list[Running] = []
        while turns or drop_reports:
            written = await self._written(turns, drop_reports)
            drop_reports = ()
            unpaid: list[Running] = []
            for one, turn, what in zip(running, turns, written, strict=True):
                if what == UNPAID:
                    at = one.message.position if turn.refused is None else turn.refused.position
                    last = turn.ended or turn.refused or one.attempt
                    unpaid.append(Running(replace(one.message, position=at), last))
                elif what != LATE and turn.begun is not None:
                    begun.append(Running(turn.message, turn.begun))
                else:
                    self._busy.discard(one.message.id)
                    self._note_late(turn, what)
            running = unpaid
            turns = [self._flow.unpaid(one, self._clock.now_ms()) for one in unpaid]
        return begun

    async def _written(self, turns: Sequence[Turn], drop_reports: Sequence[int]) -> list[int]:
        while True:
            try:
                written = await self._store.advance(turns, drop_reports)
            except StoreUnavailable as error:
                log.error("scenario not recorded, trying again", reason=str(error))
                await asyncio.sleep(_REWRITE_AFTER_S)
            else:
                if any(turn.calls for turn in turns):
                    self._called()
                return written

    def _note_late(self, turn: Turn, what: int) -> None:
        if what == LATE and turn.ended is not None:
            ended = turn.ended
            log.info("step ended before", channel=ended.channel, attempt=ended.id, said=ended.detail)

    def _hand_out(self, begun: Sequence[Running]) -> None:
        """Each channel by itself: a slow one holds up no other."""
        by_channel: dict[str, list[Running]] = {}
        for one in begun:
            assert one.attempt is not None
            by_channel.setdefault(one.attempt.channel, []).append(one)
        for channel, work in by_channel.items():
            self._spawn(self._carry(channel, work), work)

    async def _carry(self, channel: str, work: Sequence[Running]) -> None:
        answers = await self._answers(channel, work)
        now = self._clock.now_ms()
        turns = [self._flow.handed(one, answer, now) for one, answer in zip(work, answers, strict=True)]
        self._hand_out(await self._take(work, turns))

    async def _answers(self, channel: str, work: Sequence[Running]) -> Sequence[Handed]:
        carrier = self._carriers.get(channel)
        if carrier is None:
            gone = Handed(StatusId.REJECTED_ROUTE_NOT_AVAILABLE, said=f"no connector for {channel}", free=True)
            return [gone] * len(work)
        try:
            return await carrier.carry(work)
        except StoreUnavailable as error:
            log.error("step not handed over, trying again", channel=channel, reason=str(error))
        except Exception:
            log.exception("step not handed over, trying again", channel=channel)
        return [Handed(0, retry_ms=_RETRY_MS)] * len(work)

    def _spawn(self, work: Coroutine[Any, Any, None], batch: Sequence[Running]) -> None:
        ids = [one.message.id for one in batch]

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if task.cancelled() or task.exception() is not None:
                self._busy.difference_update(ids)
                if not task.cancelled():
                    log.error("scenario stopped, goes on from disk", exc_info=task.exception())
            self.soon()

        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(done)


class SmsEnds:
    """Implements `engine.moves.Reports`: what became of the SMS that are steps, from memory or, after a crash, disk."""

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
        if HOST in self._store.due_hosts(self._clock.now_ms()):
            await self._tell(await self._store.claim_reports(HOST, self._clock.now_ms(), _AT_A_TIME))

    async def stop(self) -> None:
        self._stopping = True
        while self._writing is not None:
            await asyncio.wait([self._writing])

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_AT_A_TIME], self._waiting[_AT_A_TIME:]
                await self._tell(batch)
                self._reserved -= len(batch)
        finally:
            self._writing = None

    async def _tell(self, batch: Sequence[Owed]) -> None:
        while True:
            try:
                return await self._scenarios.ended([_end(one) for one in batch], [one.report.id for one in batch])
            except StoreUnavailable as error:
                log.error("ends of steps not recorded, trying again", reason=str(error))
                await asyncio.sleep(_REWRITE_AFTER_S)


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
