"""A message with a time window goes out in it only, and its validity begins when it opens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core.content import Extra, written
from stentor.core.message import EventKind, Message
from stentor.core.window import Window, opens
from support.making import HOUR, START, message
from support.platform import Engine, engine, quiet, until

DAY = 24 * HOUR
MINUTE_OF_START = START // 60_000 % 1440
CLOSED = Window(tuple(range(7)), (MINUTE_OF_START + 120) % 1440, (MINUTE_OF_START + 240) % 1440)
OPENING = opens(CLOSED, START)


@pytest.fixture
async def e(tmp_path: Path) -> AsyncIterator[Engine]:
    async with engine(tmp_path) as running:
        yield running


def within(window: Window, **more: Any) -> Message:
    return replace(message(**more), extra=written(Extra(window=window)))


async def test_outside_it_waits_on_disk_and_goes_out_when_it_opens(e: Engine) -> None:
    one = within(CLOSED, expires_at=START + HOUR)
    await e.send(one)
    await until(lambda: e.status(one) == StatusId.PENDING_TIME_VIOLATION and not e.held)
    assert not e.net.seen
    story = e.story(one)
    assert story.queue is not None
    assert story.queue["due"] == OPENING
    assert story.queue["attempts"] == 0
    assert story.message.expires_at == OPENING + HOUR
    e.clock.now = OPENING
    await e.dispatcher.wake()
    await until(lambda: e.net.seen)
    e.net.take()
    await until(lambda: e.status(one) == StatusId.PENDING_WAITING_DELIVERY)
    kinds = [event.kind for event in e.story(one).events]
    assert kinds[-3:] == [EventKind.HELD, EventKind.DUE, EventKind.SENT]


async def test_inside_it_goes_out_at_once(e: Engine) -> None:
    one = within(Window(tuple(range(7))))
    await e.send(one)
    assert [part.message.recipient for part in e.net.seen] == [one.recipient]


async def test_one_that_waited_until_it_closed_is_held_back(e: Engine) -> None:
    e.net.window = 0
    one = within(Window(tuple(range(7)), MINUTE_OF_START, (MINUTE_OF_START + 60) % 1440))
    await e.send(one)
    e.clock.pass_ms(2 * HOUR)
    e.net.window = 10
    e.dispatcher.room("net")
    await until(lambda: e.status(one) == StatusId.PENDING_TIME_VIOLATION)
    story = e.story(one)
    assert story.queue is not None
    assert START + DAY - 60_000 < story.queue["due"] <= START + DAY


async def test_what_was_begun_is_sent_to_its_end(e: Engine) -> None:
    e.net.window = 1
    one = within(Window(tuple(range(7)), MINUTE_OF_START, (MINUTE_OF_START + 60) % 1440), text="x" * 400, parts=3)
    await e.send(one)
    e.clock.pass_ms(2 * HOUR)
    for _ in range(3):
        await until(lambda: e.net.parts)
        e.net.take()
        e.dispatcher.room("net")
        await quiet(2)
    await until(lambda: e.status(one) == StatusId.PENDING_WAITING_DELIVERY)
