"""OMNI messages on their way: each step is begun, handed to its channel, and ended; then the next begins.

What is decided is `core.omni.flow`; what is written, one transaction a turn (`storage/sqlite/omni.py`). What has to be
looked at is found by its time, so that a crash loses nothing: a step that was begun is handed over again, under the
same number.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog
from msgspec.structs import replace

from stentor.catalogue import STATUSES, GroupId, StatusId
from stentor.core.errors import StoreUnavailable
from stentor.core.lifecycle import is_final
from stentor.core.omni.channels import CHANNELS
from stentor.core.omni.flow import Flow
from stentor.core.omni.ports import LATE, UNPAID, WRITTEN, Carrier, OmniStore
from stentor.core.omni.records import Attempt, End, Handed, Running, Turn
from stentor.core.ports import Clock
from stentor.engine.channel_lines import ChannelLines, Line
from stentor.engine.insist import insist

log = structlog.get_logger()

_AT_A_TIME = 500
_BUSY = 1_000
"""Messages in hand whose channels are quick; more wait on disk."""
_MOST = 20_000
"""Messages in hand, those of slow channels with them."""
_RETRY_MS = 1_000
_DRAIN_S = 5.0


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
        self._lines = ChannelLines()
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking = False
        self._stopping = False
        self._stopped = False
        """Nothing is tried again any more."""
        self.begun: Counter[str] = Counter()
        """Steps by channel, since the start."""
        self.finished: Counter[tuple[str, int]] = Counter()
        """Steps by channel and status, since the start."""
        self.late: Counter[str] = Counter()
        """Ends of steps by channel that came when the step was over."""

    def soon(self) -> None:
        """Look, at the end of this turn of the loop."""
        if not self._looking and not self._stopping:
            self._looking = True
            asyncio.get_running_loop().call_soon(self._look)

    async def tick(self) -> None:
        self.soon()

    async def stop(self) -> None:
        """What is under way is written down, and no other step is handed out; all that comes back at the next start."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_DRAIN_S)
        left = [*self._tasks]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        self._stopped = True

    @property
    def held(self) -> int:
        """Messages in hand."""
        return len(self._busy)

    async def ended(self, ends: Sequence[End], drop_reports: Sequence[int] = ()) -> None:
        """What channels say of steps that they took. Raises `StoreUnavailable` once it has stopped trying."""
        known = await self._store.running([end.attempt for end in ends])
        turns, running = [], []
        for end in ends:
            one = known.get(end.attempt)
            if one is not None:
                running.append(one)
                turns.append(self._end(one, end))
        begun = await self._take(running, turns, drop_reports, ours=False)
        fresh = [one for one in begun if one.message.id not in self._busy]
        self._busy.update(one.message.id for one in fresh)
        self._hand_out(fresh)

    def _end(self, running: Running, end: End) -> Turn:
        if is_final(end.status):
            return self._flow.ended(running, end)
        message, calls = running.message, self._flow.delayed(running, end)
        return Turn(message=message, was_at=message.position, at=end.at, calls=calls, only_calls=True)

    def _look(self) -> None:
        self._looking = False
        room = min(_BUSY + self._lines.parked, _MOST) - len(self._busy)
        if room <= 0 or self._stopping:
            return
        try:
            fresh = self._store.due(self._clock.now_ms(), min(room, _AT_A_TIME), self._busy)
        except StoreUnavailable as error:
            log.error("scenarios not readable", reason=str(error))
            return
        if fresh:
            self._busy.update(one.message.id for one in fresh)
            self._spawn(self._begin(fresh), fresh)

    async def _begin(self, batch: Sequence[Running]) -> None:
        """Each from where it is: before a step, at one that was not handed over, or at one whose time is over."""
        now = self._clock.now_ms()
        turns, moving, waiting = [], [], []
        for one in batch:
            if _to_hand_over(one, now):
                waiting.append(one)
                continue
            over = one.attempt is None or is_final(one.attempt.status)
            moving.append(one)
            turns.append(self._flow.begin(one, now) if over else self._flow.expired(one, now))
        self._hand_out([*waiting, *await self._take(moving, turns)])

    async def _take(
        self,
        running: Sequence[Running],
        turns: Sequence[Turn],
        drop_reports: Sequence[int] = (),
        *,
        ours: bool = True,
    ) -> list[Running]:
        """Write turns; the messages that are at a new step now. The others are out of hand, if they were in ours."""
        begun: list[Running] = []
        while turns or drop_reports:
            written = await self._written(turns, drop_reports)
            drop_reports = ()
            unpaid: list[Running] = []
            for one, turn, what in zip(running, turns, written, strict=True):
                self._count(turn, what)
                if what == UNPAID:
                    at = one.message.position if turn.refused is None else turn.refused.position
                    last = turn.ended or turn.refused or one.attempt
                    unpaid.append(Running(replace(one.message, position=at), last))
                elif what != LATE and turn.begun is not None:
                    begun.append(Running(turn.message, turn.begun))
                elif ours:
                    self._busy.discard(one.message.id)
            await self._note_late([turn.ended for turn, what in zip(turns, written, strict=True) if what == LATE])
            running = unpaid
            turns = [self._flow.unpaid(one, self._clock.now_ms()) for one in unpaid]
        return begun

    async def _written(self, turns: Sequence[Turn], drop_reports: Sequence[int]) -> list[int]:
        written = await insist(
            lambda: self._store.advance(turns, drop_reports),
            refused="scenario not recorded, trying again",
            over=lambda: self._stopped,
        )
        if any(turn.calls for turn in turns):
            self._called()
        return written

    def _count(self, turn: Turn, what: int) -> None:
        over = turn.ended or turn.refused
        if what == LATE:
            self.late.update([] if turn.ended is None else [turn.ended.channel])
        elif over is not None:
            self.finished[over.channel, over.status] += 1
        if what == WRITTEN and turn.begun is not None:
            self.begun[turn.begun.channel] += 1

    async def _note_late(self, late: Sequence[Attempt | None]) -> None:
        """A delivery that comes when the step is over is recorded, and changes nothing else."""
        ends = [one for one in late if one is not None]
        for one in ends:
            log.info("step ended before", channel=one.channel, attempt=one.id, said=one.detail)
        arrived = [one for one in ends if STATUSES[one.status].group_id == GroupId.DELIVERED]
        if not arrived:
            return
        try:
            await self._store.noticed([one.id for one in arrived], self._clock.now_ms(), seen=False)
        except StoreUnavailable as error:
            log.error("late deliveries not recorded", count=len(arrived), reason=str(error))

    def _hand_out(self, begun: Sequence[Running]) -> None:
        """Each channel and sender by itself: a slow one holds up no other."""
        if self._stopping:
            return
        lines: dict[Line, list[Running]] = {}
        for one in begun:
            assert one.attempt is not None
            lines.setdefault((one.attempt.channel, one.attempt.sender), []).append(one)
        for line, work in lines.items():
            self._spawn(self._carry(line, work), work)

    async def _carry(self, line: Line, work: Sequence[Running]) -> None:
        waits = self._lines.turned_away(line, len(work))
        if waits is None:
            with self._lines.carrying(line, len(work)):
                answers = await self._answers(line[0], work)
        else:
            answers = [Handed(0, said="its channel is slow", retry_ms=wait) for wait in waits]
        now = self._clock.now_ms()
        turns = [self._flow.handed(one, answer, now) for one, answer in zip(work, answers, strict=True)]
        self._hand_out(await self._take(work, turns))

    async def _answers(self, channel: str, work: Sequence[Running]) -> Sequence[Handed]:
        carrier = self._carriers.get(channel)
        if carrier is None:
            gone = Handed(StatusId.REJECTED_ROUTE_NOT_AVAILABLE, said=f"no connector for {channel}", free=True)
            return [gone] * len(work)
        try:
            answers = await carrier.carry(work)
            if len(answers) == len(work):
                return answers
            log.error("channel left steps unanswered, trying again", channel=channel)
        except StoreUnavailable as error:
            log.error("step not handed over, trying again", channel=channel, reason=str(error))
        except Exception:
            if len(work) > 1:  # one that breaks its channel must not take its neighbours with it
                half = len(work) // 2
                return [*await self._answers(channel, work[:half]), *await self._answers(channel, work[half:])]
            log.exception("step not handed over, trying again", channel=channel)
        return [Handed(0, retry_ms=_RETRY_MS)] * len(work)

    def _spawn(self, work: Coroutine[Any, Any, None], batch: Sequence[Running]) -> None:
        ids = [one.message.id for one in batch]

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if not task.cancelled() and task.exception() is None:
                return self.soon()
            self._busy.difference_update(ids)
            if not task.cancelled():
                log.error("scenario stopped, goes on from disk", exc_info=task.exception())
            return None

        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(done)


def _to_hand_over(running: Running, now: int) -> bool:
    """Begun and not yet with its channel, or not known to be there. One that is too old for that is not sent any more;
    where each step ends by itself, the channel says so.
    """
    attempt = running.attempt
    if attempt is None or attempt.status != StatusId.PENDING_ENROUTE:
        return False
    return now < attempt.expires or CHANNELS[attempt.channel].ends_itself
