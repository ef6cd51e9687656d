"""Messages of several parts on their way out, and messages that wait on disk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stentor.catalogue import StatusId
from stentor.core.message import Message
from stentor.core.ports import ReportFilter
from stentor.engine import dispatch
from support.making import ACME, OTHER, PRICE, START, FakeClock, message, new
from support.platform import Engine, engine, quiet, until

CREDIT = 1_000 * PRICE
SENT = StatusId.PENDING_WAITING_DELIVERY
REJECTED = StatusId.UNDELIVERABLE_REJECTED_OPERATOR


@pytest.fixture
async def e(tmp_path: Path) -> AsyncIterator[Engine]:
    async with engine(tmp_path) as running:
        yield running


@pytest.fixture
async def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    """Room for six messages, four of one account."""
    monkeypatch.setattr(dispatch, "IN_MEMORY", 6)
    monkeypatch.setattr(dispatch, "PER_ACCOUNT", 4)
    async with engine(tmp_path) as running:
        yield running


def long_message(parts: int = 2) -> Message:
    return message(text="a" * 153 * parts, parts=parts)


def clean(e: Engine) -> bool:
    return (e.held, e.dispatcher.in_flight, e.net.unsettled) == (0, 0, 0)


async def test_parts_go_together(e: Engine) -> None:
    one, other = long_message(3), message()
    await e.send(one, other)
    assert [(part.message.id, part.number, part.total) for part in e.net.seen] == [
        (one.id, 1, 3), (one.id, 2, 3), (one.id, 3, 3), (other.id, 1, 1)
    ]  # fmt: skip
    assert len({part.reference for part in e.net.seen[:3]}) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_sent_when_every_part_is_taken(e: Engine, order: tuple[int, int]) -> None:
    one = long_message()
    await e.send(one)
    parts = list(e.net.parts)
    e.net.parts.clear()
    e.net.take(parts[order[0]])
    await until(lambda: len(e.story(one).parts) == 1)
    assert e.status(one) == StatusId.PENDING_ENROUTE
    e.net.take(parts[order[1]])
    await until(lambda: e.status(one) == SENT and clean(e))


async def test_parts_wait_for_the_window(e: Engine) -> None:
    e.net.window = 1
    one = long_message()
    await e.send(one)
    for _ in range(2):
        e.net.take()
        await quiet(5)
    assert e.status(one) == SENT
    assert e.net.most == 1


@pytest.mark.parametrize("refused_first", [True, False])
async def test_one_part_refused(e: Engine, *, refused_first: bool) -> None:
    one = long_message()
    await e.send(one)
    if refused_first:
        e.net.refuse()
        await quiet(5)
        e.net.take()
    else:
        e.net.take()
        await quiet(5)
        e.net.refuse()
    await until(lambda: e.status(one) == REJECTED)
    await quiet(5)
    assert clean(e)
    assert len(await e.store.take_reports(1, ReportFilter(), START)) == 1


async def test_no_refund_when_a_part_was_taken(e: Engine) -> None:
    one = long_message()
    await e.send(one)
    e.net.take()
    e.net.refuse()
    await until(lambda: e.status(one) == REJECTED)
    assert e.store.balance(1) == CREDIT - 2 * PRICE


async def test_no_refund_when_the_other_part_is_taken_afterwards(e: Engine) -> None:
    one = long_message()
    await e.send(one)
    e.net.refuse()
    await quiet(5)
    e.net.take()
    await until(lambda: e.status(one) == REJECTED)
    assert e.store.balance(1) == CREDIT - 2 * PRICE


async def test_both_parts_refused(e: Engine) -> None:
    one = long_message()
    await e.send(one)
    e.net.refuse()
    e.net.refuse()
    await until(lambda: e.status(one) == REJECTED and clean(e))
    assert e.store.balance(1) == CREDIT


async def test_the_rest_is_not_sent_after_a_refusal(e: Engine) -> None:
    e.net.window = 1
    one = long_message(3)
    await e.send(one)
    e.net.refuse()
    await until(lambda: e.status(one) == REJECTED and clean(e))
    assert len(e.net.seen) == 1


@pytest.mark.parametrize("refused_first", [True, False])
async def test_a_taken_part_is_not_sent_again(e: Engine, *, refused_first: bool) -> None:
    one = long_message()
    await e.send(one)
    first, second = e.net.parts
    e.net.parts.clear()
    if refused_first:
        e.net.refuse(second, retry=True)
        await quiet(5)
        e.net.take(first)
    else:
        e.net.take(first)
        await quiet(5)
        e.net.refuse(second, retry=True)
    await until(lambda: clean(e) and e.story(one).parts)
    e.clock.pass_ms(5_000)
    await e.dispatcher.wake()
    await until(lambda: e.net.parts)
    assert [part.number for part in e.net.parts] == [2]
    e.net.take()
    await until(lambda: e.status(one) == SENT and clean(e))


async def test_a_part_still_unanswered_when_the_next_offer_is_due(e: Engine) -> None:
    one = long_message()
    await e.send(one)
    first, second = e.net.parts
    e.net.parts.clear()
    e.net.refuse(second, retry=True)
    await quiet(5)
    e.clock.pass_ms(60_000)
    await e.dispatcher.wake()
    await quiet(5)
    e.net.take(first)
    await quiet(5)
    e.clock.pass_ms(60_000)
    await e.dispatcher.wake()
    await until(lambda: e.net.parts)
    assert [part.number for part in e.net.parts] == [2]
    e.net.take()
    await until(lambda: e.status(one) == SENT and clean(e))


async def test_what_has_no_room_spills_and_comes_back_in_order(small: Engine) -> None:
    small.net.window = 1
    messages = [message(recipient=f"4179000{n:04}") for n in range(25)]
    await small.send(*messages)
    assert small.held <= 4
    for _ in messages:
        await until(lambda: small.net.parts)
        small.net.take()
        assert small.held <= 6
    await until(lambda: clean(small))
    assert small.net.recipients == [one.recipient for one in messages]
    assert small.store.queued() == 0


async def test_a_campaign_does_not_delay_another_account(small: Engine) -> None:
    small.net.window = 1
    await small.send(*[message() for _ in range(30)])
    await small.send(message(account=OTHER.id))
    for _ in range(3):
        small.net.take()
        await until(lambda: small.net.parts)
    assert OTHER.id in [part.message.account for part in small.net.seen]
    assert small.net.seen[0].message.account == ACME.id


async def test_messages_on_disk_are_found_after_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    messages = [message() for _ in range(3)]
    async with engine(tmp_path, clock) as before:
        before.net.window = 0
        await before.send(*messages)
    async with engine(tmp_path, clock) as after:
        await after.dispatcher.wake()
        await until(lambda: len(after.net.seen) == 3)
        assert [part.message.id for part in after.net.seen] == [one.id for one in messages]


async def test_scheduled_messages_are_found_when_they_are_due(e: Engine) -> None:
    one = message(status=StatusId.PENDING_ACCEPTED, sent_at=START + 100)
    await e.store.accept(new(one))
    await e.dispatcher.wake()
    await quiet(5)
    assert not e.net.seen
    e.clock.pass_ms(100)
    await e.dispatcher.wake()
    await until(lambda: e.net.seen)
    e.net.take()
    await until(lambda: e.status(one) == SENT)
