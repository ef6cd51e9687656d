"""Receipts, over the real store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from stentor.catalogue import StatusId
from stentor.core.errors import StoreUnavailable
from stentor.core.message import EventKind, Message, UpstreamReceipt
from stentor.core.ports import HeldReceipt, Matched, ReportFilter
from stentor.core.settle import finish
from stentor.engine.receipts import HOLD_MS
from support.making import START, FakeClock, message, new, receipt, sent_part
from support.platform import Engine, engine, quiet, until

SENT = StatusId.PENDING_WAITING_DELIVERY


@pytest.fixture
async def e(tmp_path: Path) -> AsyncIterator[Engine]:
    async with engine(tmp_path) as running:
        yield running


async def sent(e: Engine, *upstream_ids: str, **changes: Any) -> Message:
    """A message whose parts the upstream took under these ids."""
    one = message(parts=len(upstream_ids), **changes)
    await e.store.accept(new(one, in_hand=True))
    last = len(upstream_ids)
    await e.store.sent([sent_part(one, u, n, completes=n == last) for n, u in enumerate(upstream_ids, 1)], [])
    return one


async def arrive(e: Engine, *receipts: UpstreamReceipt) -> bool:
    """Whether they were kept."""
    answers: list[bool] = []
    e.receipts.arrived(receipts, answers.append)
    await until(lambda: answers)
    return answers[0]


async def reports(e: Engine) -> Sequence[int]:
    return [o.report.status for o in await e.store.take_reports(1, ReportFilter(), START)]


async def test_delivered(e: Engine) -> None:
    one = await sent(e, "u1")
    assert await arrive(e, receipt("u1"))
    assert e.status(one) == StatusId.DELIVERED_TO_HANDSET
    assert await reports(e) == [5]


async def test_done_means_durable(e: Engine) -> None:
    one = await sent(e, "u1")
    seen: list[int] = []
    e.receipts.arrived([receipt("u1", 9, error=27)], lambda _: seen.append(e.status(one)))
    await until(lambda: seen)
    assert seen == [9]


async def test_an_overtaking_receipt_is_held_then_matched(e: Engine) -> None:
    one = message()
    await e.send(one)
    assert await arrive(e, receipt("net-1"))
    assert [held.receipt.upstream_id for held in e.store.held()] == ["net-1"]
    assert e.status(one) == StatusId.PENDING_ENROUTE
    e.net.take()
    await until(lambda: e.status(one) == StatusId.DELIVERED_TO_HANDSET)
    assert e.store.held() == []
    assert await reports(e) == [5]


async def test_an_overtaking_receipt_survives_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    async with engine(tmp_path, clock) as before:
        one = message()
        await before.send(one)
        await arrive(before, receipt("net-1"))
    async with engine(tmp_path, clock) as after:
        await after.dispatcher.wake()
        await until(lambda: after.net.parts)
        after.net.take()
        await until(lambda: after.status(one) == StatusId.DELIVERED_TO_HANDSET)
        assert after.store.held() == []


async def test_held_ones_are_looked_at_again(e: Engine) -> None:
    await arrive(e, receipt("u1"))
    one = await sent(e, "u1")
    e.clock.pass_ms(HOLD_MS)
    e.receipts.tick()
    await until(lambda: e.status(one) == StatusId.DELIVERED_TO_HANDSET)
    assert e.store.held() == []


async def test_unmatched_after_ten_minutes(e: Engine) -> None:
    await arrive(e, receipt("u1"))
    e.clock.pass_ms(HOLD_MS + 1)
    e.receipts.tick()
    await quiet(3)
    one = await sent(e, "u1")
    e.receipts.sent([("net", "u1")])
    e.receipts.tick()
    await quiet(3)
    assert e.status(one) == SENT
    assert len(e.store.held()) == 1


async def test_the_parts_of_one_message_in_one_batch(e: Engine) -> None:
    one = await sent(e, "u1", "u2", "u3")
    assert await arrive(e, receipt("u3"), receipt("u1"), receipt("u2"))
    assert e.status(one) == StatusId.DELIVERED_TO_HANDSET
    assert await reports(e) == [5]
    assert [part.status for part in e.story(one).parts] == [5, 5, 5]


async def test_the_parts_one_by_one(e: Engine) -> None:
    one = await sent(e, "u1", "u2")
    await arrive(e, receipt("u2", StatusId.DELIVERED_TO_OPERATOR))
    assert e.status(one) == SENT
    await arrive(e, receipt("u1"))
    assert e.status(one) == StatusId.DELIVERED_TO_OPERATOR
    assert await reports(e) == [2]


async def test_one_failed_part_in_a_batch(e: Engine) -> None:
    one = await sent(e, "u1", "u2")
    await arrive(e, receipt("u1"), receipt("u2", 9, error=27))
    assert e.status(one) == 9
    assert await reports(e) == [9]


async def test_duplicates_in_one_batch(e: Engine) -> None:
    one = await sent(e, "u1")
    assert await arrive(e, receipt("u1"), receipt("u1"), receipt("u1", 9))
    assert e.status(one) == StatusId.DELIVERED_TO_HANDSET
    assert await reports(e) == [5]


async def test_duplicates_later(e: Engine) -> None:
    one = await sent(e, "u1")
    assert await arrive(e, receipt("u1"))
    assert await arrive(e, receipt("u1"))
    assert await arrive(e, receipt("u1", 9, error=27))
    assert (e.status(one), e.story(one).message.error) == (StatusId.DELIVERED_TO_HANDSET, 0)
    assert await reports(e) == [5]
    again = await sent(e, "u2")
    assert await arrive(e, receipt("u2"))
    assert e.status(again) == StatusId.DELIVERED_TO_HANDSET


async def test_a_receipt_after_the_message_expired(e: Engine) -> None:
    one = await sent(e, "u1")
    stored = e.story(one).message
    await e.mover.carry_out([(finish(stored, StatusId.EXPIRED_DLR_UNKNOWN, 0, START, e.mover.reporter), stored)])
    assert await arrive(e, receipt("u1"))
    assert e.status(one) == StatusId.EXPIRED_DLR_UNKNOWN
    assert e.story(one).events[-1].kind == EventKind.RECEIPT


async def test_an_intermediate_receipt(e: Engine) -> None:
    one = await sent(e, "u1", intermediate=True, notify_url="http://c.example/")
    await arrive(e, receipt("u1", SENT, error=27, final=False))
    assert (e.status(one), e.story(one).message.error) == (SENT, 27)
    await until(lambda: e.caller.calls)
    await arrive(e, receipt("u1"))
    assert e.status(one) == StatusId.DELIVERED_TO_HANDSET
    await until(lambda: len(e.caller.calls) == 2)


async def test_known_and_unknown_in_one_batch(e: Engine) -> None:
    one = await sent(e, "u1")
    assert await arrive(e, receipt("x"), receipt("u1"), receipt("u1", connector="second"))
    assert e.status(one) == StatusId.DELIVERED_TO_HANDSET
    assert len(e.store.held()) == 2


class Full:
    """The store, while its disk is full."""

    def __init__(self, e: Engine) -> None:
        self._e = e

    def __getattr__(self, name: str) -> Any:
        return getattr(self._e.store, name)

    async def hold(self, _: Sequence[HeldReceipt]) -> None:
        raise StoreUnavailable("no space left")


async def test_what_was_not_kept_is_forgotten_for_the_upstream_sends_it_again(e: Engine) -> None:
    e.receipts._store = Full(e)
    for _ in range(3):
        assert not await arrive(e, receipt("u1"), receipt("u2"))
    assert not e.receipts._held
    e.receipts._store = e.store
    assert await arrive(e, receipt("u1"))
    one = await sent(e, "u1")
    e.receipts.sent([("net", "u1")])
    await until(lambda: not e.store.held())
    assert [event.kind for event in e.story(one).events].count(EventKind.RECEIPT) == 1


class StaleMatch:
    """The store, where a part becomes durable after the look at the disk and before `match` answers."""

    def __init__(self, e: Engine, upstream_id: str) -> None:
        self._e, self._upstream_id = e, upstream_id

    def __getattr__(self, name: str) -> Any:
        return getattr(self._e.store, name)

    async def match(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Matched]:
        found = await self._e.store.match(keys)
        self._e.receipts._store = self._e.store
        await sent(self._e, self._upstream_id)
        self._e.receipts.sent([("net", self._upstream_id)])
        return found


async def test_a_part_that_becomes_durable_while_its_receipt_is_matched(e: Engine) -> None:
    e.receipts._store = StaleMatch(e, "u1")
    assert await arrive(e, receipt("u1"))
    await until(lambda: not e.store.held())
    assert await reports(e) == [5]
