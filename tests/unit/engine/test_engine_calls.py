"""Calls that are no reports: sent as they were written, tried again like reports, kept over a crash."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from stentor.core.calls import Call, owed
from stentor.core.errors import StoreUnavailable
from stentor.core.notify import MINUTE_MS
from stentor.engine.notify import Notifier, NotifyLimits
from stentor.engine.outboxes import CallOutbox
from stentor.storage.sqlite import SqliteStore
from stentor.storage.sqlite.calls import add
from support.making import START, FakeClock
from support.opening import opened
from support.platform import ScriptedCaller, quiet, until

HERE = "https://customer.example/in?from=41"
THERE = "https://other.example/in"


class Calling:
    def __init__(self, store: SqliteStore, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.caller = ScriptedCaller(clock)
        outbox = CallOutbox(store.calls)
        self.notifier = Notifier(outbox=outbox, clock=clock, caller=self.caller, limits=NotifyLimits())

    async def write(self, *calls: Call) -> None:
        await self.store.access.run(lambda db: add(db, calls))

    @property
    def left(self) -> list[tuple[int, int]]:
        """Attempts and due time of what is on disk."""
        rows = self.store.access.reader.execute("SELECT attempts, due FROM call ORDER BY id")
        return [(int(attempts), int(due)) for attempts, due in rows]

    def stands_at(self, attempt: int, due: int) -> bool:
        return self.left == [(attempt, due)]

    def written_after(self, attempts: int, due: int) -> bool:
        """What became of the call that stood there."""
        return all(now[0] > attempts and now[1] > due for now in self.left)


@asynccontextmanager
async def calling(folder: Path, clock: FakeClock) -> AsyncIterator[Calling]:
    async with opened(folder) as store:
        running = Calling(store, clock)
        yield running
        await running.notifier.stop(0.01)


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[Calling]:
    async with calling(tmp_path, FakeClock()) as running:
        yield running


def post(number: int, url: str = THERE, body: bytes = b"<a/>") -> Call:
    return owed(number, 1, "inbound", number, url, at=START, content_type="application/xml", body=body)


async def test_each_goes_alone_and_as_it_was_written(it: Calling) -> None:
    await it.write(owed(1, 1, "inbound", 7, HERE, at=START), post(2), post(3, body=b"<b/>"))
    it.notifier.soon()
    await until(lambda: not it.left)
    assert sorted(call[1:] for call in it.caller.calls) == [
        (HERE, "", b""),
        (THERE, "application/xml", b"<a/>"),
        (THERE, "application/xml", b"<b/>"),
    ]


async def test_looking_again_while_looking_misses_nothing(it: Calling) -> None:
    for number in range(1, 51):
        await it.write(post(number, f"https://customer-{number}.example/"))
        it.notifier.soon()
    await until(lambda: not it.left)
    assert len(it.caller.calls) == 50


async def test_a_failed_one_is_tried_again_at_the_documented_offsets(it: Calling) -> None:
    it.caller.failing.add(THERE)
    await it.write(post(1))
    for attempt, minutes in enumerate((1, 2, 5, 10), start=1):
        due = it.clock.now_ms() + minutes * MINUTE_MS
        await it.notifier.tick()
        await until(partial(it.stands_at, attempt, due))
        it.clock.now = due
    it.caller.failing.clear()
    await it.notifier.tick()
    await until(lambda: not it.left)
    assert len(it.caller.calls) == 5


async def test_it_is_given_up_after_twenty_tries_again(it: Calling) -> None:
    it.caller.failing.add(THERE)
    await it.write(post(1))
    while it.left:
        (before,) = it.left
        it.clock.now = before[1]
        await it.notifier.tick()
        await until(partial(it.written_after, *before))
    assert len(it.caller.calls) == 21


async def test_what_was_in_hand_at_a_crash_is_called_after_it(tmp_path: Path) -> None:
    clock = FakeClock()
    async with opened(tmp_path) as store:
        running = Calling(store, clock)
        await running.write(post(1))
        assert len(await store.calls.claim("https://other.example", START, 10)) == 1
        assert await store.calls.claim("https://other.example", START, 10) == []
    async with calling(tmp_path, clock) as after:
        await after.notifier.tick()
        await until(lambda: not after.left)
        assert len(after.caller.calls) == 1


async def test_stopping_gives_back_what_waits(it: Calling) -> None:
    await it.write(*(post(number) for number in range(1, 31)))
    claimed = await it.store.calls.claim("https://other.example", START, 30)
    it.notifier._stopped = True
    await it.store.calls.put_back([call.id for call in claimed])
    assert {attempts for attempts, _ in it.left} == {0}
    assert len(await it.store.calls.claim("https://other.example", START, 30)) == 30


async def test_a_full_disk_is_no_surprise_to_a_look(it: Calling, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[str] = []
    surprises: list[dict[str, Any]] = []

    async def claim(host: str, _now: int, _limit: int) -> list[Call]:
        refused.append(host)
        raise StoreUnavailable("no space left")

    asyncio.get_running_loop().set_exception_handler(lambda _, context: surprises.append(context))
    await it.write(post(1))
    with monkeypatch.context() as full:
        full.setattr(it.store.calls, "claim", claim)
        it.notifier.soon()
        await until(lambda: refused)
    await quiet()
    gc.collect()
    assert not surprises
    it.notifier.soon()
    await until(lambda: it.caller.calls)
