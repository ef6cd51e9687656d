"""The wall clock is set: an hour back, a day ahead, to 1970. Messages flow on, and nothing expires for it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from crash.state import wrong_money
from stentor.app.clock import SystemClock
from stentor.connectors.simulated.smsc import SmscOptions
from stentor.core.ids import Ids
from stentor.core.message import EventKind
from stentor.storage.sqlite import SqliteStore
from support.making import HOUR, START, FakeClock, book, define, final_move, message, new, report
from support.network import HOST, Customer, RecordingSmsc, customer
from support.node import Node, node
from support.tally import Tally

_MS = 1_000_000
_SPEED = 300
JUMPS = {"an hour back": -HOUR, "a day ahead": 24 * HOUR, "back to 1970": -START}


class Wall:
    """A wall clock that can be set, and a steady one; both run fast, so that a retry's minutes pass."""

    def __init__(self) -> None:
        self.off = START * _MS
        self._started = time.monotonic_ns()

    def steady(self) -> int:
        return (time.monotonic_ns() - self._started) * _SPEED

    def now(self) -> int:
        return self.off + self.steady()

    def clock(self) -> SystemClock:
        return SystemClock(self.now, self.steady)


def test_the_clock_follows_ahead_and_never_back() -> None:
    wall, steady = [1_000 * _MS], [0]
    clock = SystemClock(lambda: wall[0], lambda: steady[0])
    shown = []
    for wall_ms, steady_ms in [(1_000, 0), (1_010, 10), (510, 20), (530, 40), (2_000, 50), (0, 60), (1, 2_060)]:
        wall[0], steady[0] = wall_ms * _MS, steady_ms * _MS
        shown.append(clock.now_ms())
    assert shown == [1_000, 1_010, 1_015, 1_025, 2_000, 2_005, 3_005]


def test_after_a_step_back_the_wall_clock_catches_up() -> None:
    off = -HOUR * _MS
    steady = [0]
    clock = SystemClock(lambda: steady[0] + off * (steady[0] > 0), lambda: steady[0])
    steady[0] = 2 * HOUR * _MS
    assert clock.now_ms() == HOUR
    steady[0] += 1_000 * _MS
    assert clock.now_ms() == HOUR + 1_000


async def _until_settled(one: Node, names: list[str]) -> None:
    async with asyncio.timeout(10):
        while not all(one.settled(name) for name in names):
            await one.duties()
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
async def test_a_jump_while_messages_flow(tmp_path: Path, jump: int) -> None:
    """Some are on their way, some wait for another try, some reports wait for theirs; then all goes on."""
    tally, wall = Tally(), Wall()
    smsc = RecordingSmsc(tally.delivered, SmscOptions(delay=0.02))
    port = await smsc.start(HOST, 0)
    async with customer(tally.reported) as known, node(tmp_path / "data", port, wall.clock()) as one:
        known.away = True
        names = await _send(one, known, tally, "before", 20)
        late = await _send(one, known, tally, "later", 3, magic="9990001")  # refused for now, once
        async with asyncio.timeout(10):
            while not all(_happened(one, name, EventKind.NOTIFY_FAILED) for name in names):
                await asyncio.sleep(0.005)
        wall.off += jump * _MS
        known.away = False
        names += late + await _send(one, known, tally, "after", 20)
        await _until_settled(one, names)
        ids = [_number(one, name) for name in names]
        statuses = {_status(one, name) for name in names}
        assert wrong_money(one.store._reader) == {}
    await smsc.stop()
    assert ids == sorted(set(ids))
    assert statuses == {5}
    lines = tally.with_reports()
    assert (lines["lost"], lines["reports missing"], lines["reported twice"]) == (0, 0, 0)
    assert {name: count for name, count in tally.delivered.items() if count > 1} == dict.fromkeys(late, 2)


async def _send(one: Node, known: Customer, tally: Tally, kind: str, count: int, magic: str = "3026727") -> list[str]:
    names = [f"{kind}{number}" for number in range(count)]
    for number, name in enumerate(names):
        tally.attempted += 1
        assert (await one.send(name, known.url, to=f"4179{number:03}{magic}"))[0] == 200
        tally.acknowledged.add(name)
    return names


def _happened(one: Node, name: str, kind: EventKind) -> bool:
    story = one.story(name)
    return story is not None and kind in [event.kind for event in story.events]


def _number(one: Node, name: str) -> int:
    story = one.story(name)
    assert story is not None
    return story.message.id


def _status(one: Node, name: str) -> int:
    story = one.story(name)
    assert story is not None
    return story.message.status


async def test_starts_with_the_clock_behind_give_no_number_twice(tmp_path: Path) -> None:
    """With the clock an hour behind numbers are counted on: also after a start they are larger than any before."""
    given: list[int] = []
    for back in (0, HOUR, 2 * HOUR):
        clock = FakeClock(START - back)
        store = SqliteStore(tmp_path)
        await define(store, *book())
        ids = Ids(b"s" * 32, last=store.largest_id())
        for _ in range(5):
            one = message(id=ids.take(clock.now_ms())[0])
            owed = report(one, clock.now_ms(), id=ids.take(clock.now_ms())[0])
            assert await store.accept(new(one)) == [None]
            assert await store.move([final_move(one, report=owed)]) == [True]
            given += [one.id, owed.id]
        await store.close()
    assert given == sorted(set(given))
