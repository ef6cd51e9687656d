"""The simulated network in process, over the real engine."""

from __future__ import annotations

from pathlib import Path

from stentor.catalogue import StatusId
from stentor.connectors.simulated.connector import SimulatedConnector
from stentor.connectors.simulated.network import Limit
from stentor.core.message import Message
from stentor.core.routing import Target
from stentor.engine.upstream import EngineDoor
from support.making import message
from support.platform import Engine, engine, until

DELIVERED = {int(StatusId.DELIVERED_TO_HANDSET)}


def add(e: Engine, name: str, rate: float | None = None) -> SimulatedConnector:
    door = EngineDoor(e.dispatcher, e.receipts)
    connector = SimulatedConnector(name, delay=0.01, window=10, rate=rate, upstream=door, clock=e.clock)
    e.dispatcher.add(connector)
    return connector


def statuses(e: Engine, messages: list[Message]) -> set[int]:
    return {e.status(one) for one in messages}


def test_a_limit_counts_each_second() -> None:
    limit = Limit()
    assert [limit.exceeded(2, now) for now in (5.0, 5.5, 5.9, 6.0, 6.1, 6.2)] == [False, False, True] * 2
    assert not any(limit.exceeded(None, 7.0) for _ in range(10))


async def test_it_throttles_and_another_carries_the_rest(tmp_path: Path) -> None:
    async with engine(tmp_path) as e:
        e.targets["all"] = (Target("slow"), Target("fast", 0))
        slow, fast = add(e, "slow", rate=3.0), add(e, "fast")
        messages = [message(connector="slow") for _ in range(30)]
        await e.send(*messages)
        await until(lambda: statuses(e, messages) == DELIVERED and not e.held)
        assert slow.state().throttled > 0
        assert fast.state().answered >= 20
        assert slow.state().answered + fast.state().answered == 30
        assert slow.state().in_window == fast.state().in_window == 0
        await slow.stop()
        await fast.stop()


async def test_alone_it_gets_throttled_messages_again_in_their_order(tmp_path: Path) -> None:
    async with engine(tmp_path) as e:
        slow = add(e, "slow", rate=5.0)
        messages = [message(connector="slow") for _ in range(12)]
        await e.send(*messages)
        await until(lambda: statuses(e, messages) == DELIVERED and not e.held)
        assert slow.state().throttled > 0
        ids = [int(e.story(one).parts[0].upstream_id) for one in messages]
        assert ids == sorted(ids)
        assert slow.trouble() is None
        await slow.stop()
