"""Calls to customers' URLs with delivery reports.

An attempt is written down before it is made. Every host has its own line and a few calls at a time, and accounts share
the calls of all hosts (`Places`), so slow or dead ones delay nobody else; several reports for one URL go in one POST.
What does not fit in memory waits on disk.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec
import structlog

from stentor.core.errors import StoreUnavailable
from stentor.core.message import Event, EventKind, Owed
from stentor.core.notify import host_of, next_try
from stentor.core.ports import Clock, Store
from stentor.engine.places import Places

log = structlog.get_logger()

_TROUBLED_AFTER = 3
_REWRITE_AFTER_S = 0.5

Target = tuple[int, str, str]
"""Account, URL and content type: what one call carries is one customer's."""

Render = Callable[[Sequence[Owed], str], bytes]


class Answer(Exception):
    """The customer's URL did not take the reports; the message says why."""


class Caller(Protocol):
    """POSTs a body; raises `Answer` unless the URL answers 2xx."""

    async def post(self, url: str, content_type: str, body: bytes) -> str:
        """What it answered, in words such as `200 in 12 ms`."""

    async def close(self) -> None: ...


class NotifyLimits(msgspec.Struct, frozen=True):
    """`config.NotifySettings` says what they mean."""

    in_memory: int = 20_000
    per_host: int = 8
    reports_per_call: int = 100
    calls: int = 160


class HostHealth(msgspec.Struct, frozen=True):
    """How it stands with one customer's host."""

    host: str
    waiting: int
    calls: int
    failures: int
    """In a row."""
    troubled: bool


class _Line:
    """What waits for one host, by URL and content type; `held` counts it and what is reserved or under way."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.soon = False
        self.waiting: dict[Target, deque[Owed]] = {}
        self.held = 0
        self.calls = 0
        self.failures = 0

    @property
    def troubled(self) -> bool:
        return self.failures >= _TROUBLED_AFTER

    def take(self, limit: int) -> tuple[Target, list[Owed]]:
        """The reports for the next call; the URL goes to the end of the line."""
        target = next(iter(self.waiting))
        queue = self.waiting.pop(target)
        batch = [queue.popleft() for _ in range(min(limit, len(queue)))]
        if queue:
            self.waiting[target] = queue
        return target, batch


class Notifier:
    def __init__(self, *, store: Store, clock: Clock, caller: Caller, render: Render, limits: NotifyLimits) -> None:
        self._store = store
        self._clock = clock
        self._caller = caller
        self._render = render
        self._limits = limits
        self._places = Places(limits.calls)
        self._lines: dict[str, _Line] = {}
        self._held = 0
        self._calls: set[asyncio.Task[None]] = set()
        self._claiming = False
        self._stopped = False

    def reserve(self, url: str) -> bool:
        """Whether a report can be tried as soon as it is durable."""
        line = self._line(host_of(url))
        if line.troubled or not self._room(line):
            return False
        self._hold(line, 1)
        return True

    def release(self, url: str) -> None:
        self._hold(self._line(host_of(url)), -1)

    def push(self, owed: Owed) -> None:
        """A durable report whose place was reserved, its attempt counted."""
        report = owed.report
        assert report.url is not None
        assert report.host is not None
        line = self._line(report.host)
        line.waiting.setdefault((report.account, report.url, report.content_type), deque()).append(owed)
        if not line.soon:
            line.soon = True
            asyncio.get_running_loop().call_soon(self._advance, line)

    @property
    def held(self) -> int:
        """Reports in memory."""
        return self._held

    def hosts(self) -> list[HostHealth]:
        """Those with reports in hand, and those whose last call failed."""
        return [
            HostHealth(line.host, sum(map(len, line.waiting.values())), line.calls, line.failures, line.troubled)
            for line in self._lines.values()
        ]

    async def tick(self) -> None:
        """Take what is due from disk, host by host, while there is room for it."""
        if self._stopped or self._claiming:
            return
        self._claiming = True
        try:
            for host in self._store.due_hosts(self._clock.now_ms()):
                await self._claim(host)
        finally:
            self._claiming = False

    async def _claim(self, host: str) -> None:
        line = self._line(host)
        room = self._room(line)
        if not room:
            return
        self._hold(line, room)
        owed: list[Owed] = []
        try:
            owed = await self._store.claim_reports(host, self._clock.now_ms(), room)
        finally:
            self._hold(line, len(owed) - room)
        for one in owed:
            self.push(one)

    def _line(self, host: str) -> _Line:
        line = self._lines.get(host)
        if line is None:
            line = self._lines[host] = _Line(host)
        return line

    def _room(self, line: _Line) -> int:
        """One host may hold two rounds of its calls; one that fails only its next call."""
        if self._stopped:
            return 0
        limits = self._limits
        most = limits.reports_per_call * (1 if line.troubled else 2 * limits.per_host)
        return max(0, min(most - line.held, limits.in_memory - self._held))

    def _hold(self, line: _Line, count: int) -> None:
        line.held += count
        self._held += count
        if not line.held and not line.failures:
            self._lines.pop(line.host, None)

    async def stop(self, patience: float = 5.0) -> None:
        """Finish the calls under way; what waits goes back to disk."""
        self._stopped = True
        if self._calls:
            await asyncio.wait(self._calls, timeout=patience)
        left = [one.report.id for line in self._lines.values() for queue in line.waiting.values() for one in queue]
        if left:
            try:
                await self._store.put_back_reports(left)
            except StoreUnavailable as error:
                log.error("reports stay in hand until the next start", reason=str(error))
        for call in self._calls:
            call.cancel()
        await self._caller.close()

    def _advance(self, line: _Line) -> None:
        line.soon = False
        allowed = 1 if line.troubled else self._limits.per_host
        while line.waiting and line.calls < allowed and not self._stopped:
            target, batch = line.take(self._limits.reports_per_call)
            line.calls += 1
            task = asyncio.get_running_loop().create_task(self._call(line, target, batch))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def _call(self, line: _Line, target: Target, batch: list[Owed]) -> None:
        try:
            async with self._places.of(batch[0].report.account):
                await self._try(line, target, batch)
        finally:
            line.calls -= 1
            self._hold(line, -len(batch))
            self._advance(line)

    async def _try(self, line: _Line, target: Target, batch: list[Owed]) -> None:
        _, url, content_type = target
        started = self._clock.now_ms()
        try:
            answer = await self._caller.post(url, content_type, self._render(batch, content_type))
        except Answer as refusal:
            line.failures += 1
            await self._failed(batch, started, str(refusal))
        else:
            line.failures = 0
            events = _events(batch, started, EventKind.NOTIFIED, answer)
            await self._record(lambda: self._store.notified(_ids(batch), events))

    async def _failed(self, batch: list[Owed], started: int, why: str) -> None:
        """Each report by its own number of attempts: try again later, or give up."""
        by_attempts: dict[int, list[Owed]] = {}
        for one in batch:
            by_attempts.setdefault(one.report.attempts, []).append(one)
        for attempts, group in by_attempts.items():
            await self._tried(group, next_try(attempts), started, why)

    async def _tried(self, group: list[Owed], wait: int | None, started: int, why: str) -> None:
        reports = _ids(group)
        if wait is None:
            events = _events(group, started, EventKind.NOTIFY_GIVEN_UP, why)
            await self._record(lambda: self._store.notified(reports, events))
            log.warning("notify given up", host=group[0].report.host, reports=len(group), reason=why)
        else:
            events = _events(group, started, EventKind.NOTIFY_FAILED, f"{why}; next try in {wait // 60_000} min")
            await self._record(lambda: self._store.notify_later(reports, started + wait, events))

    async def _record(self, write: Callable[[], Awaitable[None]]) -> None:
        """Until its result is written, nobody can try a report again: while the disk refuses, we try to write it."""
        while True:
            try:
                return await write()
            except StoreUnavailable as error:
                log.error("notify result not recorded, trying again", reason=str(error))
                await asyncio.sleep(_REWRITE_AFTER_S)


def _ids(batch: Sequence[Owed]) -> list[int]:
    return [one.report.id for one in batch]


def _events(batch: Sequence[Owed], at: int, kind: EventKind, answer: str) -> list[Event]:
    return [
        Event(one.message.id, at, kind, f"{one.report.kind} report, try {one.report.attempts}: {answer}", one.message)
        for one in batch
    ]
