"""Forgetting: each account after its own time, a number when it is erased; money and what is owed stay."""

from __future__ import annotations

from typing import Any

from conformance.benches import Bench, balanced
from stentor.catalogue import StatusId
from stentor.core.message import EventKind, Message
from stentor.core.ports import Erased, HeldReceipt, ReportFilter, Store
from support.making import (
    HOST,
    HOUR,
    START,
    SWISS,
    URL,
    event,
    final_move,
    message,
    new,
    receipt,
    report,
    sent_part,
)

NUMBER = "41791112233"


async def final(store: Store, at: int = START, *, owed: dict[str, Any] | None = None, **changes: Any) -> Message:
    """A delivered message with two lines of history, and a report when one is `owed`."""
    one = message(at, **changes)
    await store.accept(new(one, in_hand=True))
    await store.sent([sent_part(one, f"u{one.id}")], [])
    made = None if owed is None else report(one, at, **owed)
    await store.move([final_move(one, at=at, report=made, events=(event(one, EventKind.FINAL),))])
    return one


def known(store: Store, *messages: Message) -> list[bool]:
    return [store.story(one.id) is not None for one in messages]


async def test_each_account_has_its_own_time(store: Store) -> None:
    mine, theirs = await final(store), await final(store, account=2)
    assert await store.purge(START + 1, 9, account=2) == 1
    assert known(store, mine, theirs) == [True, False]
    assert await store.purge(START + 1, 9, account=2) == 0
    assert await store.purge(START + 1, 9) == 1
    assert known(store, mine) == [False]


async def test_a_report_to_be_pulled_keeps_its_message_for_a_time_of_its_own(store: Store) -> None:
    silent, owing = await final(store), await final(store, owed={})
    assert await store.purge(START + HOUR, 9, account=1, unpulled=START) == 1
    assert known(store, silent, owing) == [False, True]
    pulled = await store.take_reports(1, ReportFilter(), START)
    assert [one.message.id for one in pulled] == [owing.id]
    assert await store.purge(START + HOUR, 9, account=1, unpulled=START) == 0
    await pulled.given()
    assert await store.purge(START + HOUR, 9, account=1, unpulled=START) == 1
    assert known(store, owing) == [False]


async def test_a_report_that_nobody_pulls_does_not_keep_it_for_ever(bench: Bench, store: Store) -> None:
    await final(store, owed={})
    assert await store.purge(START + 48 * HOUR, 9, account=1, unpulled=START) == 0
    assert await store.purge(START + 48 * HOUR, 9, account=1, unpulled=START + 1) == 1
    assert bench.rows("report") == 0


async def test_nothing_that_is_not_final_is_purged(store: Store) -> None:
    queued, scheduled, sent = message(), message(status=StatusId.PENDING_ACCEPTED), message()
    await store.accept(new(queued, scheduled, sent))
    await store.sent([sent_part(sent, "u")], [])
    assert await store.purge(START + 99 * HOUR, 9) == 0
    assert known(store, queued, scheduled, sent) == [True] * 3


async def test_many_go_in_portions_and_no_more_than_asked_for(bench: Bench, store: Store) -> None:
    messages = [await final(store, START + n) for n in range(230)]
    ledger = bench.ledger(1)
    assert await store.purge(START + 999, 220, account=1) == 220
    assert known(store, *messages) == [False] * 220 + [True] * 10
    left = store.story(messages[220].id)
    assert left is not None
    assert left.message.status == StatusId.DELIVERED_TO_HANDSET
    assert await store.purge(START + 999, 220, account=1) == 10
    assert [bench.rows(table) for table in ("message", "part", "event", "report")] == [0, 0, 0, 0]
    assert bench.ledger(1) == ledger
    assert balanced(bench) > 0


async def test_holders(store: Store) -> None:
    assert await store.holders() == {}
    first, other, _ = await final(store), await final(store, account=2), await final(store)
    assert await store.holders() == {1: first.id, 2: other.id}
    await store.purge(START + 1, 9, account=2)
    assert await store.holders() == {1: first.id}


async def test_receipts_that_matched_nothing(store: Store) -> None:
    receipts = [HeldReceipt(n, receipt(f"u{n}", at=START + n)) for n in range(1, 6)]
    await store.hold(receipts)
    assert await store.purge_receipts(START + 4, 2) == 2
    assert await store.purge_receipts(START + 4, 2) == 1
    assert await store.purge_receipts(START + 4, 2) == 0
    assert store.held() == receipts[3:]


async def test_history_that_came_late_goes_with_the_receipts(bench: Bench, store: Store) -> None:
    gone, kept = await final(store), await final(store, START + 1)
    await store.purge(START + 1, 9)
    await store.sent([], [event(gone, EventKind.RECEIPT)])
    await store.purge_receipts(START, 9)
    assert bench.rows("event") == 2
    story = store.story(kept.id)
    assert story is not None
    assert len(story.events) == 2


async def test_erase_takes_what_went_to_or_came_from_a_number(bench: Bench, store: Store) -> None:
    gone = [
        await final(store, recipient=NUMBER),
        await final(store, sender=NUMBER, account=2),
        await final(store, sender=f"+{NUMBER}"),
        await final(store, recipient=NUMBER, owed={}),
    ]
    kept = [await final(store), await final(store, recipient=NUMBER[:-1]), await final(store, text=NUMBER)]
    ledger = bench.ledger(1)
    assert await store.erase(f"+{NUMBER}") == Erased(4, 0)
    assert known(store, *gone) == [False] * 4
    assert known(store, *kept) == [True] * 3
    assert [bench.rows(table) for table in ("message", "part", "event", "report")] == [3, 3, 6, 0]
    assert bench.ledger(1) == ledger
    assert await store.erase(NUMBER) == Erased(0, 0)


async def test_erase_leaves_what_is_on_its_way(store: Store) -> None:
    queued, pushed = message(recipient=NUMBER), await final(store, recipient=NUMBER, owed={"url": URL})
    await store.accept(new(queued))
    assert await store.erase(NUMBER) == Erased(0, 2)
    assert known(store, queued, pushed) == [True, True]
    owed = await store.claim_reports(HOST, START, 9)
    await store.notified([owed[0].report.id], [])
    await store.move([final_move(queued)])
    assert await store.erase(NUMBER) == Erased(2, 0)


async def test_erase_for_one_account(store: Store) -> None:
    mine, theirs = await final(store, recipient=NUMBER), await final(store, recipient=NUMBER, account=2)
    assert await store.erase(NUMBER, account=2) == Erased(1, 0)
    assert known(store, mine, theirs) == [True, False]


async def test_erase_finds_each_of_many(store: Store) -> None:
    for start in range(0, 330, 3):
        several = [message(START + start + n, recipient=NUMBER if n else SWISS, price=0) for n in range(3)]
        await store.accept(new(*several))
        await store.move([final_move(one) for one in several])
    assert await store.erase(NUMBER) == Erased(220, 0)


async def test_a_tidy_store_works_on(store: Store) -> None:
    await final(store)
    await store.purge(START + 1, 9)
    await store.tidy()
    one = await final(store)
    await store.tidy()
    assert known(store, one) == [True]
