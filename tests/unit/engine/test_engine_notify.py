"""Calls to customers' URLs, over virtual time and the real outbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from stentor.core.message import EventKind, Message
from stentor.core.notify import RETRY_AFTER_MS
from stentor.engine.notify import NotifyLimits
from support.making import HOST, HOUR, START, URL, FakeClock, final_move, message, new, report
from support.platform import Engine, engine, quiet, until

OTHER_URL = "http://other.example/reports"


@pytest.fixture
async def e(tmp_path: Path) -> AsyncIterator[Engine]:
    async with engine(tmp_path, limits=NotifyLimits(reports_per_call=10, per_host=2)) as running:
        yield running


async def final(e: Engine, *urls: str | None, **changes: Any) -> list[Message]:
    """Messages that become final at once, each with a report for its URL."""
    messages = [message(notify_url=url, **changes) for url in urls]
    await e.store.accept(new(*messages, in_hand=True))
    now = e.clock.now_ms()
    await e.mover.carry_out(
        [
            (final_move(m, at=now, report=report(m, now, url=m.notify_url, content_type=m.notify_type, due=now)), m)
            for m in messages
        ]
    )
    return messages


def kinds(e: Engine, one: Message) -> list[EventKind]:
    return [event.kind for event in e.story(one).events if event.kind != EventKind.ACCEPTED]


async def test_success_at_once(e: Engine) -> None:
    (one,) = await final(e, URL)
    await until(lambda: not e.story(one).reports)
    assert kinds(e, one) == [EventKind.NOTIFIED]
    assert e.caller.calls == [(START, URL, "application/json", f"{one.id}:5".encode())]
    assert e.story(one).events[-1].detail.startswith("final report, try 1: 200")


async def test_a_report_to_pull_is_not_called(e: Engine) -> None:
    (one,) = await final(e, None)
    await e.notifier.tick()
    await quiet()
    assert e.caller.calls == []
    assert len(e.story(one).reports) == 1


async def test_every_retry_at_its_time_then_given_up(e: Engine) -> None:
    e.caller.failing.add(URL)
    (one,) = await final(e, URL)
    await until(lambda: len(kinds(e, one)) == 1)
    for number, wait in enumerate(RETRY_AFTER_MS, start=2):
        due = e.clock.now + wait
        e.clock.now = due - 1
        await e.notifier.tick()
        await quiet(2)
        assert len(e.caller.calls) == number - 1
        e.clock.now = due
        await e.notifier.tick()
        await until(lambda number=number: len(kinds(e, one)) == number)  # type: ignore[misc]
    offsets = [(at - START) // 60_000 for at in e.caller.times]
    assert offsets[:8] == [0, 1, 3, 8, 18, 35, 61, 98]
    assert len(offsets) == 21
    assert e.caller.times[-1] - START == 41 * HOUR + HOUR // 2
    assert e.story(one).reports == ()
    assert kinds(e, one) == [EventKind.NOTIFY_FAILED] * 20 + [EventKind.NOTIFY_GIVEN_UP]
    e.clock.pass_ms(1_000 * HOUR)
    await e.notifier.tick()
    await quiet(3)
    assert len(e.caller.calls) == 21


async def test_a_url_that_recovers(e: Engine) -> None:
    e.caller.failing.add(URL)
    (one,) = await final(e, URL)
    await until(lambda: kinds(e, one) == [EventKind.NOTIFY_FAILED])
    e.caller.failing.clear()
    e.clock.pass_ms(60_000)
    await e.notifier.tick()
    await until(lambda: kinds(e, one) == [EventKind.NOTIFY_FAILED, EventKind.NOTIFIED])
    assert e.story(one).reports == ()


async def test_a_slow_url_delays_nobody_else(tmp_path: Path) -> None:
    async with engine(tmp_path, limits=NotifyLimits(in_memory=40, per_host=2, reports_per_call=5)) as e:
        e.caller.hanging[URL] = asyncio.Event()
        slow = await final(e, *[URL] * 100)
        (other,) = await final(e, OTHER_URL)
        await e.notifier.tick()
        await until(lambda: kinds(e, other) == [EventKind.NOTIFIED])
        assert len([call for call in e.caller.calls if call[1] == URL]) == 2
        e.caller.hanging[URL].set()
        while any(e.story(one).reports for one in slow):
            await e.notifier.tick()
            await quiet(2)
        assert sorted(_ids(e, URL)) == sorted(one.id for one in slow)


def _ids(e: Engine, url: str) -> list[int]:
    return [int(one.split(b":")[0]) for _, to, _, body in e.caller.calls if to == url for one in body.split(b",")]


async def test_a_dead_url_is_called_once_at_a_time(e: Engine) -> None:
    e.caller.failing.add(URL)
    for _ in range(4):
        await final(e, URL)
        await quiet(3)
    e.caller.hanging[URL] = asyncio.Event()
    before = len(e.caller.calls)
    e.clock.pass_ms(60_000)
    await e.notifier.tick()
    await final(e, *[URL] * 20)
    await e.notifier.tick()
    await quiet(5)
    assert len(e.caller.calls) == before + 1
    e.caller.hanging[URL].set()


@pytest.fixture
async def busy(tmp_path: Path) -> AsyncIterator[Engine]:
    """One call at a time to a host, and the first one is under way until `go_on`."""
    async with engine(tmp_path, limits=NotifyLimits(reports_per_call=10, per_host=1)) as running:
        running.caller.hanging[URL] = asyncio.Event()
        await final(running, URL)
        await until(lambda: running.caller.calls)
        running.caller.calls.clear()
        yield running


def go_on(e: Engine) -> None:
    e.caller.hanging[URL].set()


async def test_several_reports_in_one_call(busy: Engine) -> None:
    messages = await final(busy, *[URL] * 19)
    await busy.notifier.tick()
    go_on(busy)
    await until(lambda: not any(busy.story(one).reports for one in messages))
    assert [len(call[3].split(b",")) for call in busy.caller.calls] == [10, 9]
    assert _ids(busy, URL) == [one.id for one in messages]


async def test_urls_and_content_types_are_not_mixed(busy: Engine) -> None:
    await final(busy, URL, URL + "?2", URL)
    xml = await final(busy, URL, notify_type="application/xml")
    go_on(busy)
    await until(lambda: not busy.story(xml[0]).reports)
    assert [(call[1], call[2], call[3].count(b":")) for call in busy.caller.calls] == [
        (URL, "application/json", 2),
        (URL + "?2", "application/json", 1),
        (URL, "application/xml", 1),
    ]


async def test_reports_of_different_age_in_one_call_keep_their_own_schedules(busy: Engine) -> None:
    e = busy
    old, young = message(notify_url=URL), message(notify_url=URL)
    await e.store.accept(new(old, young, in_hand=True))
    await e.store.move([final_move(one, report=report(one, url=URL)) for one in (old, young)])
    await e.store.claim_reports(HOST, START, 1)
    await e.store.notify_later([e.story(old).reports[0].id], START, [])
    e.caller.failing.add(URL)
    await e.notifier.tick()
    go_on(e)
    await until(lambda: kinds(e, old) == kinds(e, young) == [EventKind.NOTIFY_FAILED])
    assert [e.story(one).reports[0].due - START for one in (old, young)] == [120_000, 60_000]
    assert [call[3].count(b":") for call in e.caller.calls] == [2]


async def test_a_restart_in_the_middle_of_an_attempt(tmp_path: Path) -> None:
    clock = FakeClock()
    async with engine(tmp_path, clock) as before:
        before.caller.hanging[URL] = asyncio.Event()
        (one,) = await final(before, URL)
        await until(lambda: before.caller.calls)
        assert before.story(one).reports[0].attempts == 1
    assert before.caller.closed
    async with engine(tmp_path, clock) as after:
        assert after.story(one).reports[0].attempts == 0
        await after.notifier.tick()
        await until(lambda: not after.story(one).reports)
        assert [call[0] for call in after.caller.calls] == [START]


async def test_stop_puts_back_what_waits(tmp_path: Path) -> None:
    clock = FakeClock()
    async with engine(tmp_path, clock, NotifyLimits(per_host=1, reports_per_call=1)) as e:
        e.caller.hanging[URL] = asyncio.Event()
        messages = await final(e, URL, URL)
        await quiet(3)
        e.caller.hanging[URL].set()
        await e.notifier.stop()
        assert [len(e.story(one).reports) for one in messages] == [0, 1]
        assert e.story(messages[1]).reports[0].attempts == 0


async def test_what_has_no_room_in_memory_waits_on_disk(tmp_path: Path) -> None:
    async with engine(tmp_path, limits=NotifyLimits(in_memory=3, reports_per_call=2, per_host=1)) as e:
        e.caller.hanging[URL] = asyncio.Event()
        messages = await final(e, *[URL] * 8)
        await quiet(3)
        assert [e.story(one).reports[0].attempts for one in messages] == [1] * 3 + [0] * 5
        e.caller.hanging[URL].set()
        for _ in range(6):
            await quiet(3)
            await e.notifier.tick()
        await until(lambda: not any(e.story(one).reports for one in messages))
        assert sorted(_ids(e, URL)) == [one.id for one in messages]
