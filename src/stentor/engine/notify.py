"""Calls to customers' URLs: delivery reports, and whatever else is owed to them (`engine.outboxes`).

An attempt is written down before it is made. Every host has its own line and a few calls at a time, and accounts share
the calls of all hosts (`Places`), so slow or dead ones delay nobody else; several reports for one URL go in one POST.
What does not fit in memory waits on disk.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec
import structlog

from stentor.core.errors import StoreUnavailable
from stentor.core.notify import host_of, next_try
from stentor.core.ports import Clock
from stentor.engine.insist import insist
from stentor.engine.places import Places

log = structlog.get_logger()

_TROUBLED_AFTER = 3

T = TypeVar("T")


class Target(msgspec.Struct, frozen=True):
    """What may go in one call: one customer's, for one URL."""

    account: int
    url: str
    content_type: str
    single: int = 0
    """The number of a thing that goes alone."""


class Answer(Exception):
    """The customer's URL did not take what it was sent; the message says why."""


class Caller(Protocol):
    """Calls a URL and says what it answered, in words such as `200 in 12 ms`; raises `Answer` unless that is 2xx."""

    async def post(self, url: str, content_type: str, body: bytes) -> str: ...

    async def get(self, url: str) -> str: ...

    async def close(self) -> None: ...


class Outbox(Protocol[T]):
    """One kind of things owed to URLs, kept on disk until they are taken or given up."""

    def host(self, item: T) -> str: ...

    def target(self, item: T) -> Target: ...

    def attempts(self, item: T) -> int:
        """The one under way included."""

    def retries(self, item: T, /) -> int:
        """How often it is tried again."""

    def due_hosts(self, now: int) -> list[str]:
        """Hosts for which something is due that nobody holds."""

    async def claim(self, host: str, now: int, limit: int) -> list[T]:
        """Take what is due there; the attempt about to be made is counted in the same step."""

    async def send(self, caller: Caller, target: Target, batch: Sequence[T]) -> str: ...

    async def done(self, batch: Sequence[T], at: int, said: str) -> None: ...

    async def given_up(self, batch: Sequence[T], at: int, said: str) -> None: ...

    async def later(self, batch: Sequence[T], due: int, at: int, said: str) -> None: ...

    async def put_back(self, batch: Sequence[T]) -> None:
        """Not tried: the attempt is not counted."""


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


class _Line(Generic[T]):
    """What waits for one host, by what goes together; `held` counts it and what is reserved or under way."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.soon = False
        self.waiting: dict[Target, deque[T]] = {}
        self.held = 0
        self.calls = 0
        self.failures = 0

    @property
    def troubled(self) -> bool:
        return self.failures >= _TROUBLED_AFTER

    def take(self, limit: int) -> tuple[Target, list[T]]:
        """What goes in the next call; the URL goes to the end of the line."""
        target = next(iter(self.waiting))
        queue = self.waiting.pop(target)
        batch = [queue.popleft() for _ in range(min(limit, len(queue)))]
        if queue:
            self.waiting[target] = queue
        return target, batch


class Notifier(Generic[T]):
    def __init__(self, *, outbox: Outbox[T], clock: Clock, caller: Caller, limits: NotifyLimits) -> None:
        self._outbox = outbox
        self._clock = clock
        self._caller = caller
        self._limits = limits
        self._places = Places(limits.calls)
        self._lines: dict[str, _Line[T]] = {}
        self._held = 0
        self._calls: set[asyncio.Task[None]] = set()
        self._claiming = False
        self._looking = False
        self._again = False
        """Somebody wanted to look during a look."""
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

    def push(self, item: T) -> None:
        """A durable one whose place was reserved, its attempt counted."""
        line = self._line(self._outbox.host(item))
        line.waiting.setdefault(self._outbox.target(item), deque()).append(item)
        if not line.soon:
            line.soon = True
            asyncio.get_running_loop().call_soon(self._advance, line)

    @property
    def held(self) -> int:
        """In memory."""
        return self._held

    def hosts(self) -> list[HostHealth]:
        """Those with reports in hand, and those whose last call failed."""
        return [
            HostHealth(line.host, sum(map(len, line.waiting.values())), line.calls, line.failures, line.troubled)
            for line in self._lines.values()
        ]

    def soon(self) -> None:
        """Something that is due was written: look now instead of at the next tick."""
        if not self._looking:
            self._looking = True
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        self._looking = False
        looking = asyncio.get_running_loop().create_task(self._looked())
        self._calls.add(looking)
        looking.add_done_callback(self._calls.discard)

    async def _looked(self) -> None:
        try:
            await self.tick()
        except StoreUnavailable as error:
            log.error("calls wait for the next look", reason=str(error))

    async def tick(self) -> None:
        """Take what is due from disk, host by host, while there is room for it."""
        if self._stopped or self._claiming:
            self._again = self._claiming
            return
        self._claiming = True
        try:
            for host in self._outbox.due_hosts(self._clock.now_ms()):
                await self._claim(host)
        finally:
            self._claiming = False
        if self._again:
            self._again = False
            self.soon()

    async def _claim(self, host: str) -> None:
        line = self._line(host)
        room = self._room(line)
        if not room:
            return
        self._hold(line, room)
        owed: list[T] = []
        try:
            owed = await self._outbox.claim(host, self._clock.now_ms(), room)
        finally:
            self._hold(line, len(owed) - room)
        for one in owed:
            self.push(one)

    def _line(self, host: str) -> _Line[T]:
        line = self._lines.get(host)
        if line is None:
            line = self._lines[host] = _Line[T](host)
        return line

    def _room(self, line: _Line[T]) -> int:
        """One host may hold two rounds of its calls; one that fails only its next call."""
        if self._stopped:
            return 0
        limits = self._limits
        most = limits.reports_per_call * (1 if line.troubled else 2 * limits.per_host)
        return max(0, min(most - line.held, limits.in_memory - self._held))

    def _hold(self, line: _Line[T], count: int) -> None:
        line.held += count
        self._held += count
        if not line.held and not line.failures:
            self._lines.pop(line.host, None)

    async def stop(self, patience: float = 5.0) -> None:
        """Finish the calls under way; what waits goes back to disk."""
        self._stopped = True
        if self._calls:
            await asyncio.wait(self._calls, timeout=patience)
        left = [one for line in self._lines.values() for queue in line.waiting.values() for one in queue]
        if left:
            try:
                await self._outbox.put_back(left)
            except StoreUnavailable as error:
                log.error("calls stay in hand until the next start", reason=str(error))
        for call in self._calls:
            call.cancel()
        await self._caller.close()

    def _advance(self, line: _Line[T]) -> None:
        line.soon = False
        allowed = 1 if line.troubled else self._limits.per_host
        while line.waiting and line.calls < allowed and not self._stopped:
            target, batch = line.take(self._limits.reports_per_call)
            line.calls += 1
            task = asyncio.get_running_loop().create_task(self._call(line, target, batch))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def _call(self, line: _Line[T], target: Target, batch: list[T]) -> None:
        try:
            async with self._places.of(target.account):
                await self._try(line, target, batch)
        finally:
            line.calls -= 1
            self._hold(line, -len(batch))
            self._advance(line)

    async def _try(self, line: _Line[T], target: Target, batch: list[T]) -> None:
        started = self._clock.now_ms()
        try:
            answer = await self._outbox.send(self._caller, target, batch)
        except Answer as refusal:
            line.failures += 1
            await self._failed(batch, started, str(refusal))
        else:
            line.failures = 0
            await self._record(lambda: self._outbox.done(batch, started, answer))

    async def _failed(self, batch: list[T], started: int, why: str) -> None:
        """Each by its own number of attempts: try again later, or give up."""
        by_attempts: dict[int, list[T]] = {}
        for one in batch:
            by_attempts.setdefault(self._outbox.attempts(one), []).append(one)
        for attempts, group in by_attempts.items():
            await self._tried(group, next_try(attempts, self._outbox.retries(group[0])), started, why)

    async def _tried(self, group: list[T], wait: int | None, started: int, why: str) -> None:
        if wait is None:
            await self._record(lambda: self._outbox.given_up(group, started, why))
            log.warning("notify given up", host=self._outbox.host(group[0]), calls=len(group), reason=why)
        else:
            said = f"{why}; next try in {wait // 60_000} min"
            await self._record(lambda: self._outbox.later(group, started + wait, started, said))

    async def _record(self, write: Callable[[], Awaitable[None]]) -> None:
        """Until its result is written, nobody can try it again: while the disk refuses, we try to write it."""
        await insist(write, refused="notify result not recorded, trying again")
