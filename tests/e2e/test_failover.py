"""Two SMSCs behind one rule, over real sockets: left when down, throttled or slow, and taken back by itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.connectors.simulated.smsc import SimulatedSmsc, SmscOptions
from stentor.connectors.smsc.connector import SmscConnector
from stentor.connectors.smsc.options import SmscOptions as LinkOptions
from stentor.core.choice import Choice
from stentor.core.message import EventKind, Message
from stentor.core.routing import Rule, Target
from stentor.engine.upstream import EngineDoor
from support.making import message
from support.platform import Engine, engine, until
from support.smsc_link import HOST, WireTap

DELIVERED = {int(StatusId.DELIVERED_TO_HANDSET)}


class Upstream:
    """An SMSC, the wire to it and our link."""

    def __init__(self, name: str, smsc: SimulatedSmsc, tap: WireTap, running: Engine, options: dict[str, Any]) -> None:
        self.smsc, self.tap = smsc, tap
        chosen = LinkOptions(name=name, host=HOST, port=tap.port, **options)
        self.link = SmscConnector(chosen, EngineDoor(running.dispatcher, running.receipts), running.clock)
        running.dispatcher.add(self.link)

    @property
    def taken(self) -> int:
        return self.smsc.submitted - self.smsc.throttled

    def now(self, **options: Any) -> None:
        """From now on the SMSC behaves so."""
        self.smsc.options = replace(self.smsc.options, **options)


class Pair:
    """Messages are accepted as the platform does it: the rule's choice, then the engine."""

    def __init__(self, running: Engine, rule: Rule) -> None:
        self.engine = running
        self.rule = rule
        self.messages: list[Message] = []
        self._choice = Choice(running.dispatcher.trouble)
        running.targets[rule.name] = rule.targets

    async def send(self, count: int) -> list[Message]:
        sent: list[Message] = []
        while len(sent) < count:
            chosen = [self._choice.of(self.rule)[0] for _ in range(min(10, count - len(sent)))]
            batch = [message(connector=connector, rule=self.rule.name) for connector in chosen]
            await self.engine.send(*batch)
            sent += batch
        self.messages += sent
        return sent

    def carried(self, messages: list[Message]) -> Counter[str]:
        return Counter(self.engine.story(one).message.connector for one in messages)

    async def handed_over(self) -> None:
        """An SMSC has each of them: receipts of those that the dead one took come when it is back."""
        await until(lambda: StatusId.PENDING_ENROUTE not in {self.engine.status(one) for one in self.messages})

    async def delivered(self) -> None:
        await until(lambda: {self.engine.status(one) for one in self.messages} == DELIVERED)
        await until(lambda: self.engine.held == 0)


@asynccontextmanager
async def pair(
    folder: Path, weights: tuple[int, int], **options: Any
) -> AsyncIterator[tuple[Pair, Upstream, Upstream]]:
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(engine(folder))
        upstreams = []
        for name in "ab":
            smsc = SimulatedSmsc(SmscOptions(delay=0.01))
            tap = WireTap(await smsc.start(HOST, 0))
            stack.push_async_callback(smsc.stop)
            stack.push_async_callback(tap.cut)
            await tap.start()
            upstreams.append(Upstream(name, smsc, tap, running, options))
            stack.push_async_callback(upstreams[-1].link.stop)
            await upstreams[-1].link.start()
        stack.push_async_callback(running.dispatcher.stop, 0.2)
        a, b = upstreams
        await until(lambda: a.link.state().bound == b.link.state().bound == 1)
        rule = Rule(name="both", order=1, targets=(Target("a", weights[0]), Target("b", weights[1])))
        yield Pair(running, rule), a, b


@pytest.fixture(autouse=True)
def reconnect_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stentor.connectors.smsc.pool._FIRST_PAUSE_S", 0.02)


async def test_weights(tmp_path: Path) -> None:
    async with pair(tmp_path, (70, 30)) as (both, a, b):
        await both.send(100)
        await both.delivered()
        assert (a.taken, b.taken) == (70, 30)


async def test_one_dies_and_comes_back(tmp_path: Path) -> None:
    async with pair(tmp_path, (70, 30), window=5, reconnect_max=0.1, slow_after=30.0) as (both, a, _):
        a.now(round_trip=10.0)
        first = await both.send(40)
        await until(lambda: len(a.tap.submitted) >= 5)
        await a.tap.cut()
        await until(lambda: (a.link.trouble() or "").startswith("down: "))
        second = await both.send(20)
        await both.handed_over()
        assert both.carried(second) == {"b": 20}
        assert both.carried(first) == {"b": 40}
        kinds = [event.kind for one in first for event in both.engine.story(one).events]
        assert EventKind.DIVERTED in kinds
        assert a.link.state().bound == 0
        a.now(round_trip=0.0)
        await a.tap.start()
        await until(lambda: a.link.trouble() is None)
        third = await both.send(10)
        await both.delivered()
        assert both.carried(third) == {"a": 7, "b": 3}


async def test_a_message_is_sent_once_unless_its_answer_was_lost(tmp_path: Path) -> None:
    async with pair(tmp_path, (1, 0), window=5) as (both, a, b):
        a.now(round_trip=0.1)
        await both.send(30)
        await until(lambda: len(a.tap.submitted) >= 5)
        await a.tap.cut()
        await both.handed_over()
        assert a.taken + b.taken <= 30 + 5


async def test_throttled(tmp_path: Path) -> None:
    async with pair(tmp_path, (1, 0), throttle_pause=0.3) as (both, a, b):
        a.now(rate=20.0)
        await both.send(150)
        await both.delivered()
        assert a.taken >= 20
        assert b.taken >= 60
        assert a.taken + b.taken == 150
        assert a.link.state().throttled == a.smsc.throttled > 0
        a.now(rate=None)
        await until(lambda: a.link.trouble() is None)
        late = await both.send(1)
        await both.delivered()
        assert both.carried(late) == {"a": 1}


async def test_slow(tmp_path: Path) -> None:
    async with pair(tmp_path, (1, 0), slow_after=0.2) as (both, a, _):
        a.now(round_trip=1.5)
        await both.send(10)
        await until(lambda: (a.link.trouble() or "").startswith("slow: "))
        later = await both.send(20)
        await until(lambda: {both.engine.status(one) for one in later} == DELIVERED)
        assert both.carried(later) == {"b": 20}
        a.now(round_trip=0.0)
        await both.delivered()
        await until(lambda: a.link.trouble() is None)
        trial = await both.send(1)
        await both.delivered()
        assert both.carried(trial) == {"a": 1}
        await until(lambda: a.link.trouble() is None)
        assert both.carried(await sent_and_delivered(both, 5)) == {"a": 5}


async def sent_and_delivered(both: Pair, count: int) -> list[Message]:
    sent = await both.send(count)
    await both.delivered()
    return sent


async def test_alone_a_throttled_smsc_gets_everything_at_its_pace(tmp_path: Path) -> None:
    async with pair(tmp_path, (1, 0), throttle_pause=0.1) as (both, a, b):
        await b.link.stop()
        a.now(rate=30.0)
        await sent_and_delivered(both, 45)
        while (learned := a.link.state().learned_rate) is None:  # a machine too busy to send faster than that
            await sent_and_delivered(both, 45)
        assert (a.taken, b.taken) == (len(both.messages), 0)
        assert 10 < learned < 60


async def test_nothing_is_diverted_while_the_first_links_are_made(tmp_path: Path) -> None:
    async with pair(tmp_path, (1, 0)) as (both, a, b):
        await a.link.stop()
        fresh = Upstream("a", a.smsc, a.tap, both.engine, {})
        assert fresh.link.trouble() is None
        await fresh.link.start()
        try:
            await both.send(5)
            await both.delivered()
            assert b.taken == 0
        finally:
            await fresh.link.stop()
        await asyncio.sleep(0)
