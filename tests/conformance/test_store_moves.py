"""Parts sent and moves: final is final, money goes back once, the queue follows."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.benches import Bench, balanced
from stentor.catalogue import StatusId
from stentor.core.lifecycle import PENDING_STATUSES, STATE_OF
from stentor.core.message import EventKind, Message, Move, Story
from stentor.core.ports import HeldReceipt, ReportFilter, Store
from support.making import PRICE, START, event, final_move, message, new, receipt, report, sent_part

CREDIT = 1_000 * PRICE
FINAL = sorted(set(STATE_OF) - set(PENDING_STATUSES))


def story_of(store: Store, one: Message) -> Story:
    story = store.story(one.id)
    assert story is not None
    return story


async def accepted(store: Store, **changes: Any) -> Message:
    one = message(**changes)
    await store.accept(new(one, in_hand=True))
    return one


async def test_a_complete_message_leaves_the_queue_as_sent(store: Store) -> None:
    one = await accepted(store)
    await store.sent([sent_part(one, "u1")], [event(one, EventKind.SENT)])
    story = story_of(store, one)
    assert story.queue is None
    assert (story.message.status, story.message.sent_at) == (StatusId.PENDING_WAITING_DELIVERY, START + 1)
    assert [(part.number, part.upstream_id, part.status) for part in story.parts] == [(1, "u1", None)]
    assert [one.kind for one in story.events] == [EventKind.ACCEPTED, EventKind.SENT]


async def test_an_incomplete_message_stays_queued(store: Store) -> None:
    one = await accepted(store, parts=2)
    await store.sent([sent_part(one, "u1", completes=False)], [])
    story = story_of(store, one)
    assert story.queue is not None
    assert story.message.status == StatusId.PENDING_ENROUTE


async def test_sent_does_not_revive_a_final_message(store: Store) -> None:
    one = await accepted(store)
    await store.move([final_move(one, StatusId.EXPIRED_EXPIRED)])
    await store.sent([sent_part(one, "u1")], [])
    story = story_of(store, one)
    assert story.message.status == StatusId.EXPIRED_EXPIRED
    assert story.parts


@pytest.mark.parametrize("status", FINAL)
async def test_final_is_final(store: Store, status: int) -> None:
    one = await accepted(store)
    assert await store.move([final_move(one, status)]) == [True]
    for later in (StatusId.DELIVERED_TO_HANDSET, StatusId.UNDELIVERABLE_NOT_DELIVERED, StatusId.PENDING_ENROUTE, None):
        late = Move(
            message=one.id, account=1, status=later, error=27, at=START + 9, refund=PRICE, due=9, report=report(one)
        )
        assert await store.move([late]) == [False]
    story = story_of(store, one)
    assert (story.message.status, story.message.error, story.message.done_at) == (status, 0, START)
    assert story.reports == ()
    assert store.balance(1) == CREDIT - PRICE


async def test_the_second_of_two_final_moves_in_one_call_is_late(store: Store) -> None:
    one = await accepted(store)
    moves = [final_move(one), final_move(one, StatusId.UNDELIVERABLE_NOT_DELIVERED)]
    assert await store.move(moves) == [True, False]
    assert story_of(store, one).message.status == StatusId.DELIVERED_TO_HANDSET


async def test_a_late_move_still_notes_its_part_and_history(store: Store) -> None:
    one = await accepted(store)
    await store.sent([sent_part(one, "u1")], [])
    await store.move([final_move(one, StatusId.EXPIRED_DLR_UNKNOWN)])
    late = final_move(one, part=1, part_status=5, part_error=0, events=(event(one, EventKind.RECEIPT, "late"),))
    assert await store.move([late]) == [False]
    story = story_of(store, one)
    assert story.parts[0].status == 5
    assert story.events[-1].detail == "late"
    assert story.message.status == StatusId.EXPIRED_DLR_UNKNOWN


async def test_a_refund_returns_the_price(bench: Bench, store: Store) -> None:
    one = await accepted(store, parts=3)
    assert balanced(bench) == CREDIT - 3 * PRICE
    await store.move([final_move(one, StatusId.UNDELIVERABLE_NOT_SENT, refund=one.charge)])
    assert balanced(bench) == CREDIT
    assert bench.ledger(1)[1:] == [("charge", -3 * PRICE), ("refund", 3 * PRICE)]
    assert story_of(store, one).message.price == 0


async def test_a_refund_is_paid_once(bench: Bench, store: Store) -> None:
    one = await accepted(store)
    refund = final_move(one, StatusId.UNDELIVERABLE_NOT_SENT, refund=one.charge)
    assert await store.move([refund, refund]) == [True, False]
    assert await store.move([refund]) == [False]
    assert balanced(bench) == CREDIT


async def test_a_report_is_owed(store: Store) -> None:
    one = await accepted(store)
    owed = report(one)
    await store.move([final_move(one, report=owed)])
    assert story_of(store, one).reports == (owed,)
    taken = await store.take_reports(1, ReportFilter(), START)
    assert [owed_one.report for owed_one in taken] == [owed]
    assert taken[0].message.status == StatusId.DELIVERED_TO_HANDSET


async def test_back_to_the_queue_with_a_later_time(store: Store) -> None:
    one = await accepted(store)
    later = Move(message=one.id, account=1, status=StatusId.PENDING_ENROUTE, error=34, at=START + 5, due=START + 5_000)
    assert await store.move([later]) == [True]
    assert story_of(store, one).queue == {
        "connector": "net",
        "priority": 0,
        "due": START + 5_000,
        "attempts": 1,
        "node": None,
    }
    assert await store.claim("net", 1, START + 4_999, 9) == []
    claimed = await store.claim("net", 1, START + 5_000, 9)
    assert [(c.message.id, c.message.error, c.attempts) for c in claimed] == [(one.id, 34, 1)]


async def test_a_move_may_leave_the_status(store: Store) -> None:
    one = await accepted(store)
    progress = Move(message=one.id, account=1, status=None, error=27, at=START + 5)
    assert await store.move([progress]) == [True]
    story = story_of(store, one)
    assert (story.message.status, story.message.error) == (StatusId.PENDING_ENROUTE, 27)
    assert story.queue is not None


async def test_dequeue(store: Store) -> None:
    one = await accepted(store)
    await store.move([final_move(one)])
    assert story_of(store, one).queue is None
    assert store.queued() == 0


async def test_drop_held_goes_with_the_moves(store: Store) -> None:
    one = await accepted(store)
    await store.hold([HeldReceipt(1, receipt("u1")), HeldReceipt(2, receipt("u2"))])
    await store.move([final_move(one)], [1])
    assert [held.id for held in store.held()] == [2]


async def test_events_are_added_to_the_history_in_order(store: Store) -> None:
    one = await accepted(store)
    details = [f"line {number}" for number in range(20)]
    await store.sent([], [event(one, EventKind.RETRY, detail) for detail in details])
    assert [line.detail for line in story_of(store, one).events[1:]] == details
