"""Acceptance: charged exactly, refused message by message, unique per account and client id."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from conformance.benches import Bench, balanced
from stentor.catalogue import StatusId
from stentor.core.message import EventKind
from stentor.core.ports import LogFilter, Store
from support.making import HOUR, PRICE, START, message, new

CREDIT = 1_000 * PRICE
NO_CREDIT = StatusId.REJECTED_NOT_ENOUGH_CREDITS
DUPLICATE = StatusId.REJECTED_DUPLICATE_MESSAGE_ID


async def test_charges_exactly(bench: Bench, store: Store) -> None:
    messages = [message(), message(parts=3), message(price=12_345, parts=2)]
    assert await store.accept(new(*messages)) == [None] * 3
    charges = [PRICE, 3 * PRICE, 2 * 12_345]
    assert balanced(bench) == CREDIT - sum(charges)
    assert bench.ledger(1) == [("top-up", CREDIT), *(("charge", -charge) for charge in charges)]


async def test_a_free_message_needs_no_ledger_line(bench: Bench, store: Store) -> None:
    assert await store.accept(new(message(price=0))) == [None]
    assert bench.ledger(1) == [("top-up", CREDIT)]


async def test_what_is_accepted_can_be_read_back(store: Store) -> None:
    one = message(client_id="mine", callback_data="data", notify_url="http://x", flash=True, intermediate=True)
    await store.accept(new(one))
    story = store.story(one.id)
    assert story is not None
    assert story.message == one
    assert [(event.kind, event.detail) for event in story.events] == [(EventKind.ACCEPTED, "why")]
    assert story.queue == {"connector": "net", "priority": 0, "due": START, "attempts": 0, "node": None}


async def test_a_message_in_hand_is_leased(store: Store) -> None:
    one = message()
    await store.accept(new(one, in_hand=True))
    assert store.waiting(START) == []
    assert await store.claim("net", 1, START, 10) == []
    assert store.queued() == 1


async def test_an_empty_request(bench: Bench, store: Store) -> None:
    assert await store.accept(new()) == []
    assert balanced(bench) == CREDIT


async def test_insufficient_credit_refuses_one_by_one_in_order(bench: Bench, store: Store) -> None:
    messages = [message(price=CREDIT // 2), message(price=CREDIT), message(price=CREDIT // 2), message(price=1)]
    assert await store.accept(new(*messages)) == [None, NO_CREDIT, None, NO_CREDIT]
    assert balanced(bench) == 0
    assert bench.ledger(1)[1:] == [("charge", -CREDIT // 2)] * 2
    assert store.queued() == 2


async def test_a_free_message_passes_without_credit(store: Store) -> None:
    await store.accept(new(message(price=CREDIT)))
    assert await store.accept(new(message(price=0), message(price=1))) == [None, NO_CREDIT]


async def test_a_message_without_credit_is_in_the_log_with_price_0(store: Store) -> None:
    poor = message(price=CREDIT + 1)
    await store.accept(new(poor))
    logged = await store.logs(1, LogFilter(since=START))
    assert logged == [replace(poor, status=NO_CREDIT, price=0)]
    story = store.story(poor.id)
    assert story is not None
    assert [event.kind for event in story.events] == [EventKind.REJECTED]
    assert story.queue is None


async def test_a_message_refused_before_is_neither_charged_nor_queued(bench: Bench, store: Store) -> None:
    refused = message(status=StatusId.REJECTED_NETWORK, price=0)
    assert await store.accept(new(refused, message())) == [None, None]
    assert balanced(bench) == CREDIT - PRICE
    assert store.queued() == 1
    assert refused in await store.logs(1, LogFilter(since=START))


async def test_duplicate_within_a_request(bench: Bench, store: Store) -> None:
    first, second = message(client_id="a", text="first"), message(client_id="a", text="second")
    assert await store.accept(new(first, second, message(client_id="b"))) == [None, DUPLICATE, None]
    assert balanced(bench) == CREDIT - 2 * PRICE
    assert store.story(second.id) is None
    story = store.story("a", 1)
    assert story is not None
    assert story.message.text == "first"


async def test_duplicate_across_requests(bench: Bench, store: Store) -> None:
    await store.accept(new(message(client_id="a")))
    assert await store.accept(new(message(client_id="a"), message(client_id="c"))) == [DUPLICATE, None]
    assert balanced(bench) == CREDIT - 2 * PRICE
    await bench.reopen()
    assert await bench.store.accept(new(message(client_id="a"))) == [DUPLICATE]


async def test_an_id_that_is_a_number_of_ours(bench: Bench, store: Store) -> None:
    first, foreign, own = message(), message(account=2), message(client_id="own")
    await store.accept(new(first, own))
    await store.accept(new(foreign))
    spelt = {"1": first.id, "2": foreign.id, "3": own.id, "4": own.id + 16}
    again = replace(new(*(message(client_id=name) for name in spelt)), spelt=spelt)
    assert await store.accept(again) == [DUPLICATE, None, None, None]


async def test_client_ids_are_each_accounts_own(bench: Bench, store: Store) -> None:
    await store.accept(new(message(client_id="a")))
    assert await store.accept(new(message(client_id="a", account=2))) == [None]
    assert (balanced(bench, 1), balanced(bench, 2)) == (CREDIT - PRICE, CREDIT - PRICE)


async def test_messages_without_a_client_id_are_never_duplicates(store: Store) -> None:
    assert await store.accept(new(message(), message())) == [None, None]


@pytest.mark.parametrize(
    "text", ["", "a" * 39_000, "é ß € \u4f60\u597d \U0001f600", "line\nline\ttab\x1b", "'; DROP TABLE--"]
)
async def test_texts_survive(store: Store, text: str) -> None:
    one = message(text=text, sender="Ünï", callback_data=text)
    await store.accept(new(one))
    assert await store.logs(1, LogFilter(since=START)) == [one]


async def test_a_scheduled_message_waits_for_its_time(store: Store) -> None:
    later = message(status=StatusId.PENDING_ACCEPTED, sent_at=START + HOUR)
    await store.accept(new(later))
    story = store.story(later.id)
    assert story is not None
    assert story.queue == {"connector": "net", "priority": 0, "due": START + HOUR, "attempts": 0, "node": None}


async def test_a_daily_limit_is_kept_to_the_micro(bench: Bench, store: Store) -> None:
    """It holds for the day of `at`, beside the credit, and a new day starts anew."""
    limited = replace(new(message(), message(), message()), daily_limit=2 * PRICE)
    assert await store.accept(limited) == [None, None, NO_CREDIT]
    assert await store.accept(replace(new(message()), daily_limit=2 * PRICE)) == [NO_CREDIT]
    tomorrow = replace(new(message(), at=START + 24 * HOUR), daily_limit=2 * PRICE)
    assert await store.accept(tomorrow) == [None]
    assert balanced(bench) == CREDIT - 3 * PRICE
