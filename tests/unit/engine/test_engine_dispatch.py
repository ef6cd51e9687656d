"""From the queue to a network that answers as the test says, over the real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from stentor.catalogue import StatusId
from stentor.core.errors import StoreUnavailable
from stentor.core.message import EventKind, Message
from stentor.core.ports import Claimed, Outcome, ReportFilter
from support.making import ACME, HOUR, OTHER, PRICE, START, message, new
from support.platform import Engine, engine, quiet, until

CREDIT = 1_000 * PRICE
SENT = StatusId.PENDING_WAITING_DELIVERY


@pytest.fixture
async def e(tmp_path: Path) -> AsyncIterator[Engine]:
    async with engine(tmp_path) as running:
        yield running


def numbered(count: int, account: int = ACME.id) -> list[Message]:
    return [message(account=account, recipient=f"4179{account}{n:06}") for n in range(count)]


async def test_in_order(e: Engine) -> None:
    messages = numbered(8)
    await e.send(*messages)
    assert e.net.recipients == [one.recipient for one in messages]


async def test_sent(e: Engine) -> None:
    one = message()
    await e.send(one)
    upstream_id = e.net.take()
    await until(lambda: e.status(one) == SENT and not e.held)
    assert list(await e.store.match([("net", upstream_id)])) == [("net", upstream_id)]
    assert (e.net.unsettled, e.held, e.store.queued()) == (0, 0, 0)


async def test_accounts_take_turns(e: Engine) -> None:
    e.net.window = 0
    await e.send(*numbered(6), *numbered(2, OTHER.id))
    e.net.window = 10
    e.dispatcher.room("net")
    await quiet(2)
    assert [part.message.account for part in e.net.seen] == [1, 2, 1, 2, 1, 1, 1, 1]


async def test_connectors_do_not_wait_for_each_other(e: Engine) -> None:
    second = e.add("second")
    e.net.window = 0
    await e.send(message(), message(connector="second"))
    assert (len(e.net.seen), len(second.seen)) == (0, 1)


async def test_the_window_is_settled_only_when_it_is_written(e: Engine) -> None:
    e.net.window = 2
    messages = numbered(5)
    await e.send(*messages)
    assert len(e.net.seen) == 2
    e.net.take()
    assert e.net.unsettled == 2
    await until(lambda: len(e.net.seen) == 3)
    await until(lambda: e.status(messages[0]) == SENT)
    while e.net.parts:
        e.net.take()
        await quiet(5)
    await until(lambda: not e.held)
    assert (len(e.net.seen), e.net.most, e.net.unsettled) == (5, 2, 0)


async def test_retry_then_delivered(e: Engine) -> None:
    one = message()
    await e.send(one)
    e.net.refuse(retry=True)
    await until(lambda: e.held == 0)
    story = e.story(one)
    assert story.queue == {"connector": "net", "priority": 0, "due": START + 5_000, "attempts": 1, "node": None}
    assert (story.message.status, story.message.error) == (StatusId.PENDING_ENROUTE, 34)
    e.clock.pass_ms(4_999)
    await e.dispatcher.wake()
    await quiet()
    assert not e.net.parts
    e.clock.pass_ms(1)
    await e.dispatcher.wake()
    await until(lambda: e.net.parts)
    e.net.take()
    await until(lambda: e.status(one) == SENT)
    assert e.story(one).message.error == 0
    assert e.store.balance(1) == CREDIT - PRICE


async def test_retries_grow_longer_but_end_with_the_validity(e: Engine) -> None:
    one = message(expires_at=START + 12_000)
    await e.send(one)
    for due in (5_000, 12_000):
        e.net.refuse(retry=True)
        await until(lambda: e.held == 0)
        queue = e.story(one).queue
        assert queue is not None
        assert queue["due"] == START + due
        e.clock.now = START + due
        await e.dispatcher.wake()
        await quiet()
    assert e.status(one) == StatusId.EXPIRED_EXPIRED
    assert e.store.balance(1) == CREDIT


async def test_a_permanent_refusal_refunds_and_reports(e: Engine) -> None:
    one = message()
    await e.send(one)
    e.net.refuse()
    await until(lambda: e.status(one) == StatusId.UNDELIVERABLE_REJECTED_OPERATOR and not e.held)
    story = e.story(one)
    assert (story.message.error, story.message.price, story.queue) == (34, 0, None)
    assert e.store.balance(1) == CREDIT
    owed = await e.store.take_reports(1, ReportFilter(), START)
    assert [(o.report.status, o.report.error) for o in owed] == [(4, 34)]
    assert [event.kind for event in story.events[-2:]] == [EventKind.REJECTED, EventKind.FINAL]
    assert (e.net.unsettled, e.held) == (0, 0)


async def test_an_uncertain_part_is_sent_again(e: Engine) -> None:
    one, other = message(), message()
    await e.send(one, other)
    e.net.lose()
    await until(lambda: len(e.net.seen) == 3)
    assert [part.message.id for part in e.net.seen] == [one.id, other.id, one.id]
    e.net.take()
    e.net.take()
    await until(lambda: e.status(one) == e.status(other) == SENT and not e.held)
    assert EventKind.UNCERTAIN in [event.kind for event in e.story(one).events]
    assert (e.net.unsettled, e.held) == (0, 0)


async def test_lost_parts_are_sent_again_in_their_order(e: Engine) -> None:
    messages = numbered(4)
    await e.send(*messages)
    for _ in messages:
        e.net.lose()
    await until(lambda: len(e.net.seen) == 8)
    assert e.net.recipients[4:] == [one.recipient for one in messages]
    while e.net.parts:
        e.net.take()


async def test_an_uncertain_part_is_parked_where_the_owner_wants_that(e: Engine) -> None:
    e.net.on_uncertain = "park"
    one = message()
    await e.send(one)
    e.net.lose()
    await until(lambda: e.status(one) == SENT and not e.held)
    assert (len(e.net.seen), e.net.unsettled, e.held) == (1, 0, 0)
    assert e.story(one).parts[0].upstream_id.startswith("unknown")


async def test_an_uncertain_part_is_not_sent_after_its_validity(e: Engine) -> None:
    one = message(expires_at=START + HOUR)
    await e.send(one)
    e.net.window = 0
    e.net.lose()
    e.clock.pass_ms(HOUR)
    e.net.window = 10
    e.dispatcher.room("net")
    await quiet()
    assert len(e.net.seen) == 1
    assert e.status(one) == StatusId.EXPIRED_EXPIRED


async def test_expired_in_the_queue(e: Engine) -> None:
    e.net.window = 0
    late, fresh = message(expires_at=START + 5), message()
    await e.send(late, fresh)
    e.clock.pass_ms(5)
    e.net.window = 1
    e.dispatcher.room("net")
    await until(lambda: e.status(late) == StatusId.EXPIRED_EXPIRED)
    assert [part.message.id for part in e.net.seen] == [fresh.id]
    assert e.store.balance(1) == CREDIT - PRICE
    assert e.story(late).message.error == 4101
    e.net.take()


async def test_an_unknown_connector_leaves_the_message_on_disk(e: Engine) -> None:
    await e.send(message(connector="nowhere"))
    assert e.store.waiting(START) == [("nowhere", 1, 0)]
    await e.dispatcher.wake()


async def test_a_full_disk_is_asked_again_at_the_next_look_and_not_at_each_answer(
    e: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    async def claim(_connector: str, account: int, _now: int, _limit: int, _priority: int) -> Sequence[Claimed]:
        asked.append(account)
        raise StoreUnavailable("no space left")

    one = message()
    await e.store.accept(new(one, in_hand=False))
    with monkeypatch.context() as full:
        full.setattr(e.store, "claim", claim)
        await e.dispatcher.wake()
        for _ in range(10):
            await quiet(2)
            e.dispatcher.room("net")
        assert asked == [1]
    await e.dispatcher.wake()
    await until(lambda: e.net.parts)
    e.net.take()


async def test_an_answer_for_nothing_is_ignored(e: Engine) -> None:
    await e.send(message())
    part = e.net.parts[0]
    e.net.take()
    await until(lambda: e.held == 0)
    e.dispatcher.answered(Outcome(part, "again"))


async def test_stop_drains(e: Engine) -> None:
    e.net.window = 2
    messages = numbered(4)
    await e.send(*messages)
    stopping = asyncio.ensure_future(e.dispatcher.stop(2))
    await quiet(3)
    assert not stopping.done()
    e.net.take()
    e.net.take()
    await stopping
    assert [e.status(one) for one in messages] == [SENT, SENT, 7, 7]
    assert len(e.net.seen) == 2
    assert not e.dispatcher.reserve("net", 1)


async def test_stop_does_not_wait_for_ever(e: Engine) -> None:
    await e.send(message())
    await e.dispatcher.stop(0.02)
    e.net.take()
