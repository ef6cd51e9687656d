"""The other side is away: an SMSC for ten minutes, a customer's URL for 41 hours and a half."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from crash.state import wrong_money
from stentor.connectors.simulated.smsc import SmscOptions
from stentor.core.message import EventKind
from support.making import HOUR, START, FakeClock
from support.network import HOST, Customer, Line, RecordingSmsc, customer
from support.node import FastClock, Node, node
from support.tally import Tally

_MINUTE = 60_000
_WAITS = [1, 2, 5, 10, 17, 26, 37, 50, 65, 82, 101, 122, 145, 170, 197, 226, 257, 290, 325, 362]
"""Minutes before each retry (004 "Delivery reports on a notify URL")."""


async def _until(done: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not done():
            await asyncio.sleep(0.005)


async def test_an_smsc_that_is_away_for_ten_minutes(tmp_path: Path) -> None:
    tally, clock = Tally(), FastClock()
    smsc = RecordingSmsc(tally.delivered, SmscOptions(delay=0.01))
    line = Line(await smsc.start(HOST, 0))
    await line.open()
    async with customer(tally.reported) as known, node(tmp_path / "data", line.port, clock) as one:
        await _until(lambda: one.bound)
        await _send(one, known, tally, "before", 20)
        await _settled(one, tally)
        await line.close()
        await _until(lambda: not one.bound)
        for minute in range(10):
            await _send(one, known, tally, f"minute{minute}", 5)
            clock.jumped += _MINUTE
            await one.duties()
        assert len(tally.delivered) == 20
        await line.open()
        await _settled(one, tally)
        assert wrong_money(one.store._reader) == {}
    await line.close()
    await smsc.stop()
    assert tally.with_reports() == {
        "attempted": 70,
        "acknowledged": 70,
        "delivered": 70,
        "lost": 0,
        "unexpected": 0,
        "duplicated": 0,
        "reports missing": 0,
        "reported twice": 0,
    }


async def _send(one: Node, known: Customer, tally: Tally, kind: str, count: int) -> None:
    for number in range(count):
        name = f"{kind}-{number}"
        tally.attempted += 1
        status, answer = await one.send(name, known.url)
        assert (status, answer["messages"][0]["status"]["groupName"]) == (200, "ACCEPTED")
        tally.acknowledged.add(name)


async def _settled(one: Node, tally: Tally) -> None:
    async with asyncio.timeout(60):
        while not all(one.settled(name) for name in tally.acknowledged):
            await one.duties()
            await asyncio.sleep(0.01)


def _tries(one: Node) -> list[tuple[int, EventKind]]:
    """When the customer's URL was tried, in minutes since the message was sent, and what came of it."""
    story = one.story("m")
    assert story is not None
    kinds = (EventKind.NOTIFIED, EventKind.NOTIFY_FAILED, EventKind.NOTIFY_GIVEN_UP)
    return [((event.at - START) // _MINUTE, event.kind) for event in story.events if event.kind in kinds]


async def _away(folder: Path, reported: Counter[str], retries: int) -> tuple[list[tuple[int, EventKind]], int]:
    """The URL refuses the first try and so many retries; then it is back, for as long as anybody tries.

    The program is stopped and started after each fifth retry.
    """
    clock, submitted = FakeClock(), Counter[str]()
    smsc = RecordingSmsc(submitted, SmscOptions(delay=0.01))
    port = await smsc.start(HOST, 0)
    async with customer(reported) as known:
        known.away = True
        one = Node(folder / "data", port, clock)
        await one.platform.start()
        await one.send("m", known.url)
        await _until(lambda: len(_tries(one)) == 1)
        for number, minutes in enumerate(_WAITS, start=1):
            known.away = number <= retries
            await _step_to(one, clock, clock.now + minutes * _MINUTE, known)
            if number % 5 == 0:
                await one.stop()
                one = Node(folder / "data", port, clock)
                await one.platform.start()
        clock.pass_ms(1_000 * HOUR)
        await one.platform.notifier.tick()
        await asyncio.sleep(0.05)
        tries, calls, settled = _tries(one), known.calls, one.settled("m")
        await one.stop()
    await smsc.stop()
    assert settled
    assert submitted == {"m": 1}
    return tries, calls


async def _step_to(one: Node, clock: FakeClock, due: int, known: Customer) -> None:
    """Nothing a millisecond before; one call when its time has come."""
    calls, tried = known.calls, len(_tries(one))
    clock.now = due - 1
    await one.platform.notifier.tick()
    await asyncio.sleep(0.01)
    assert known.calls == calls
    clock.now = due
    await one.platform.notifier.tick()
    await _until(lambda: len(_tries(one)) == tried + 1)


def _offsets(retries: int) -> list[int]:
    return [sum(_WAITS[:number]) for number in range(retries + 1)]


async def test_a_url_that_is_away_for_good_is_tried_20_times_over_41_hours_and_a_half(tmp_path: Path) -> None:
    reported = Counter[str]()
    tries, calls = await _away(tmp_path, reported, len(_WAITS))
    assert tries == [
        *((offset, EventKind.NOTIFY_FAILED) for offset in _offsets(19)),
        (41 * 60 + 30, EventKind.NOTIFY_GIVEN_UP),
    ]
    assert calls == 21
    assert reported == {}


async def test_a_url_that_is_back_for_the_last_retry_gets_its_report(tmp_path: Path) -> None:
    reported = Counter[str]()
    tries, calls = await _away(tmp_path, reported, 19)
    assert tries == [
        *((offset, EventKind.NOTIFY_FAILED) for offset in _offsets(19)),
        (41 * 60 + 30, EventKind.NOTIFIED),
    ]
    assert calls == 21
    assert reported == {"m": 1}
