"""Logs and stories."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.benches import Bench, balanced
from stentor.core.message import Message
from stentor.core.ports import LogFilter, Store
from support.making import HOST, HOUR, PRICE, START, URL, final_move, message, new, report, sent_part

CREDIT = 1_000 * PRICE


async def filled(store: Store) -> list[Message]:
    messages = [
        message(client_id="c0", bulk="b0", sender="One"),
        message(bulk="b1", recipient="385911234567", mcc_mnc="21910", sent_at=START + 1),
        message(client_id="c2", mcc_mnc=None, recipient="14155550123", sent_at=START + 2),
        message(mcc_mnc="310004", status=6, price=0, sent_at=START + 3),
    ]
    await store.accept(new(*messages))
    return messages


CASES: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [3, 2, 1, 0]),
    ({"since": START + 1}, [3, 2, 1]),
    ({"until": START + 1}, [1, 0]),
    ({"since": START + 1, "until": START + 2}, [2, 1]),
    ({"since": START + 9}, []),
    ({"limit": 2}, [3, 2]),
    ({"sender": "One"}, [0]),
    ({"recipients": ("14155550123", "385911234567", "7")}, [2, 1]),
    ({"bulk_ids": ("b0", "b1", "none")}, [1, 0]),
    ({"messages": ("c0", "c2")}, [2, 0]),
    ({"messages": ()}, []),
    ({"messages": (1,)}, []),
    ({"statuses": (6,)}, [3]),
    ({"statuses": (6, 7)}, [3, 2, 1, 0]),
    ({"statuses": ()}, []),
    ({"mcc": "228"}, [0]),
    ({"mnc": "10"}, [1]),
    ({"mcc": "310", "mnc": "004"}, [3]),
    ({"mcc": "228", "mnc": "10"}, []),
    ({"sender": "Stentor", "recipients": ("14155550123",), "messages": ("c2", "c0"), "mcc": None}, [2]),
]


@pytest.mark.parametrize(("wanted", "expected"), CASES, ids=[str(case[0]) for case in CASES])
async def test_logs(store: Store, wanted: dict[str, Any], expected: list[int]) -> None:
    messages = await filled(store)
    found = await store.logs(1, LogFilter(**{"since": START, **wanted}))
    assert [messages.index(one) for one in found] == expected


async def test_logs_by_our_number(store: Store) -> None:
    messages = await filled(store)
    assert await store.logs(1, LogFilter(since=START, messages=(messages[1].id, "c0"))) == [messages[1], messages[0]]


async def test_logs_are_each_accounts_own(store: Store) -> None:
    messages = await filled(store)
    wanted = LogFilter(since=0, messages=(messages[0].id, "c0"))
    assert await store.logs(2, wanted) == []
    assert await store.logs(2, LogFilter(since=0)) == []


async def test_balance_of_nobody(store: Store) -> None:
    assert store.balance(77) == 0


async def test_story(store: Store) -> None:
    one = message(client_id="mine", parts=2)
    await store.accept(new(one, in_hand=True))
    await store.sent([sent_part(one, "u1", 1, completes=False)], [])
    story = store.story(one.id)
    assert story is not None
    assert story == store.story("mine")
    assert story == store.story(one.id, 1)
    assert [part.upstream_id for part in story.parts] == ["u1"]
    assert store.story(one.id, 2) is None
    assert store.story("mine", 2) is None
    assert store.story("other") is None
    assert store.story(one.id + 16) is None


async def test_story_by_the_client_id_of_an_account(store: Store) -> None:
    mine, theirs = message(client_id="same"), message(client_id="same", account=2)
    await store.accept(new(mine))
    await store.accept(new(theirs))
    for account, expected in ((1, mine), (2, theirs)):
        story = store.story("same", account)
        assert story is not None
        assert story.message == expected


async def final(store: Store, at: int, **of_report: Any) -> Message:
    one = message(at)
    await store.accept(new(one, in_hand=True))
    await store.sent([sent_part(one, f"u{one.id}")], [])
    owed = report(one, at, **of_report) if of_report else None
    await store.move([final_move(one, at=at, report=owed)])
    return one


async def test_purge_forgets_what_is_final_and_old(bench: Bench, store: Store) -> None:
    old = await final(store, START)
    fresh = await final(store, START + 2)
    queued = message()
    await store.accept(new(queued))
    assert await store.purge(START + 2, 99) == 1
    assert store.story(old.id) is None
    assert store.story(fresh.id) is not None
    assert store.story(queued.id) is not None
    assert await store.match([("net", f"u{old.id}")]) == {}
    assert (bench.rows("part"), bench.rows("event"), bench.rows("message")) == (1, 2, 2)
    assert balanced(bench) == CREDIT - 3 * PRICE


async def test_purge_keeps_a_message_that_became_final_lately(store: Store) -> None:
    one = message()
    await store.accept(new(one))
    await store.move([final_move(one, at=START + HOUR)])
    assert await store.purge(START + HOUR, 9) == 0
    assert await store.purge(START + HOUR + 1, 9) == 1


async def test_purge_keeps_what_is_owed_to_a_url(store: Store) -> None:
    one = await final(store, START, url=URL)
    assert await store.purge(START + 50 * HOUR, 9) == 0
    claimed = await store.claim_reports(HOST, START, 9)
    await store.notified([claimed[0].report.id], [])
    assert await store.purge(START + 50 * HOUR, 9) == 1
    assert store.story(one.id) is None


async def test_purge_forgets_reports_that_nobody_pulled(bench: Bench, store: Store) -> None:
    await final(store, START, url=None)
    assert await store.purge(START, 9) == 0
    assert await store.purge(START + 1, 9) == 1
    assert bench.rows("report") == 0


async def test_purge_up_to_the_limit(store: Store) -> None:
    for _ in range(3):
        await final(store, START)
    assert [await store.purge(START + 1, 2) for _ in range(3)] == [2, 1, 0]


async def test_a_purged_client_id_may_be_used_again(store: Store) -> None:
    one = message(client_id="again")
    await store.accept(new(one))
    await store.move([final_move(one)])
    assert await store.accept(new(message(client_id="again"))) == [23]
    await store.purge(START + 1, 9)
    assert await store.accept(new(message(client_id="again"))) == [None]
