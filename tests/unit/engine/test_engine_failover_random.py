"""Connectors that take, throttle, refuse for now, lose answers and fail at random: every part is taken once."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from pathlib import Path

import pytest

from stentor.catalogue import StatusId
from stentor.core.message import Message
from stentor.core.ports import OutgoingPart
from stentor.core.routing import Target
from stentor.engine import dispatch
from support.making import ACME, OTHER, message
from support.platform import Engine, ScriptedConnector, engine, quiet, until
from support.waiting import PATIENCE_S

RULES = {
    "one": (Target("net"),),
    "two": (Target("net"), Target("b", 0)),
    "three": (Target("net", 50), Target("b", 30), Target("c", 20)),
    "spare": (Target("b"), Target("c", 0), Target("net", 0)),
}
FORMS = [("udh 8", 8, False), ("udh 16", 16, False), ("payload 8", 8, True)]
TROUBLES = [None, None, "down: link lost", "throttled: it rests", "slow: no answer within 0.7 s"]

Taken = dict[int, list[OutgoingPart]]


class Chaos:
    def __init__(self, e: Engine, seed: int) -> None:
        self.e = e
        self.random = random.Random(seed)
        self.nets = [e.net, e.add("b"), e.add("c")]
        self.taken: Taken = defaultdict(list)
        e.targets.update(RULES)
        for net in self.nets:
            net.window = self.random.randint(1, 6)
            net.piece_form, net.reference_bits, net.whole_messages = self.random.choice(FORMS)

    def messages(self, count: int) -> list[Message]:
        return [self._message() for _ in range(count)]

    def _message(self) -> Message:
        rule = self.random.choice(sorted(RULES))
        parts = self.random.choice([1, 1, 2, 3])
        account = self.random.choice([ACME.id, OTHER.id])
        connector = RULES[rule][0].connector
        return message(rule=rule, account=account, connector=connector, text="a" * 150 * parts, parts=parts)

    def happens(self) -> None:
        net = self.random.choice(self.nets)
        kind = self.random.random()
        if kind < 0.15:
            net.say(self.random.choice(TROUBLES))
        elif net.parts:
            self._answered(net, kind)

    def _answered(self, net: ScriptedConnector, kind: float) -> None:
        part = self.random.choice(net.parts)
        net.parts.remove(part)
        if kind < 0.3:
            net.refuse(part, retry=True)
        elif kind < 0.45:
            net.give_back(part)
        elif kind < 0.6:
            net.lose(part)
        else:
            self.take(net, part)
        self.e.dispatcher.room(net.name)

    def take(self, net: ScriptedConnector, part: OutgoingPart) -> None:
        self.taken[part.message.id].append(part)
        net.take(part)

    async def calm(self) -> None:
        """All are well again, and take what comes; due offers are made."""
        for net in self.nets:
            net.say(None)
        while self.e.store.queued() or self.e.held:
            for net in self.nets:
                while net.parts:
                    self.take(net, net.parts.popleft())
            self.e.clock.pass_ms(60_000)
            await self.e.dispatcher.wake()
            await quiet(3)


@pytest.mark.parametrize("seed", range(8))
async def test_every_part_is_taken_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(dispatch, "IN_MEMORY", 16)
    monkeypatch.setattr(dispatch, "PER_ACCOUNT", 8)
    async with engine(tmp_path) as e:
        chaos = Chaos(e, seed)
        messages = chaos.messages(40)
        for start in range(0, len(messages), 4):
            await e.send(*messages[start : start + 4])
            for _ in range(30):
                chaos.happens()
                await quiet(chaos.random.choice([0, 0, 1]))
        async with asyncio.timeout(PATIENCE_S):
            await chaos.calm()
        await until(lambda: not e.dispatcher.in_flight)
        for one in messages:
            assert e.status(one) == StatusId.PENDING_WAITING_DELIVERY
            parts = chaos.taken[one.id]
            (total,) = {part.total for part in parts}
            assert sorted(part.number for part in parts) == list(range(1, total + 1))
            assert total <= one.parts
            assert len({(part.reference, part.total) for part in parts}) == 1
        assert [net.unsettled for net in chaos.nets] == [0, 0, 0]
