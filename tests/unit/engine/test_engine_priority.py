"""The priority of a route: what goes first where several messages wait for a connector (architecture 4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stentor.core.routing import Target
from stentor.engine import dispatch
from support.making import HOUR, START, message, new
from support.platform import Engine, ScriptedConnector, engine, until

LONG = "x" * 400


@pytest.fixture
async def e(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    """Room for eight messages of a priority, four of one account, and one part at a time."""
    monkeypatch.setattr(dispatch, "IN_MEMORY", 8)
    monkeypatch.setattr(dispatch, "PER_ACCOUNT", 4)
    async with engine(tmp_path) as running:
        running.net.window = 1
        yield running


async def taken(e: Engine, net: ScriptedConnector, count: int) -> list[int]:
    """The messages whose parts the connector got, in their order."""
    while len(net.seen) < count or net.parts:
        await until(lambda: net.parts)
        net.take()
    await until(lambda: not e.held)
    return [part.message.id for part in net.seen]


async def test_the_higher_goes_first(e: Engine) -> None:
    low, middle, high = ([message() for _ in range(3)] for _ in range(3))
    await e.send(*low)
    await e.send(*middle, priority=3)
    await e.send(*high, priority=9)
    expected = [low[0], *high, *middle, *low[1:]]
    assert await taken(e, e.net, 9) == [one.id for one in expected]


async def test_a_campaign_on_disk_is_not_waited_for(e: Engine) -> None:
    campaign, password = [message() for _ in range(12)], message()
    await e.send(*campaign)
    await e.send(password, priority=5)
    assert (await taken(e, e.net, 13))[:2] == [campaign[0].id, password.id]


async def test_what_was_left_on_disk_goes_by_priority_after_a_restart(e: Engine) -> None:
    low, high = message(sent_at=START + HOUR), message(sent_at=START + HOUR)
    await e.store.accept(new(low))
    await e.store.accept(new(high, priority=4))
    blocking = message()
    await e.send(blocking)
    e.clock.pass_ms(HOUR)
    await e.dispatcher.wake()
    await until(lambda: e.held == 3)
    assert await taken(e, e.net, 3) == [blocking.id, high.id, low.id]


async def test_a_half_sent_message_is_finished_after_the_higher(e: Engine) -> None:
    long, high = message(text=LONG, parts=3), message()
    await e.send(long)
    await e.send(high, priority=1)
    assert await taken(e, e.net, 4) == [long.id, high.id, long.id, long.id]


async def test_a_message_keeps_its_priority_with_another_connector(e: Engine) -> None:
    other = e.add("other")
    other.window = 1
    e.targets["all"] = (Target("net"), Target("other", 0))
    busy, waits = [message(connector="other") for _ in range(3)], [message() for _ in range(2)]
    await e.send(*busy)
    await e.send(*waits, priority=2)
    e.net.say("down: for a test")
    e.net.lose()
    await until(lambda: e.dispatcher.held()["net"] == 0)
    e.clock.pass_ms(1)
    ids = await taken(e, other, 5)
    assert ids[0] == busy[0].id
    assert set(ids[1:3]) == {one.id for one in waits}
    assert ids[3:] == [one.id for one in busy[1:]]
