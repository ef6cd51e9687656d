"""Receipts: the part behind an upstream id, and those that nobody knows yet."""

from __future__ import annotations

from conformance.benches import Bench
from stentor.core.message import PartState
from stentor.core.ports import HeldReceipt, Store
from support.making import START, final_move, message, new, receipt, sent_part


async def test_match(store: Store) -> None:
    one = message()
    await store.accept(new(one))
    await store.sent([sent_part(one, "u1")], [])
    found = await store.match([("net", "u1"), ("net", "u2"), ("second", "u1")])
    assert list(found) == [("net", "u1")]
    matched = found["net", "u1"]
    assert (matched.message.id, matched.number, matched.total) == (one.id, 1, 1)
    assert matched.parts == (PartState(1, "u1", None, 0),)


async def test_match_of_nothing(store: Store) -> None:
    assert await store.match([]) == {}


async def test_the_newest_message_under_an_id_wins(store: Store) -> None:
    old, newer = message(), message(START + 1)
    await store.accept(new(old, newer))
    await store.sent([sent_part(newer, "u1")], [])
    await store.sent([sent_part(old, "u1")], [])
    assert (await store.match([("net", "u1")]))["net", "u1"].message.id == newer.id


async def test_the_parts_of_a_long_message(store: Store) -> None:
    one = message(parts=3)
    await store.accept(new(one))
    await store.sent([sent_part(one, f"u{n}", n, completes=n == 3) for n in (3, 1, 2)], [])
    await store.move([final_move(one, 9, part=2, part_status=9, part_error=27)])
    matched = (await store.match([("net", "u3")]))["net", "u3"]
    assert (matched.number, matched.total) == (3, 3)
    assert matched.parts == (PartState(1, "u1", None, 0), PartState(2, "u2", 9, 27), PartState(3, "u3", None, 0))


async def test_a_part_sent_again_has_its_new_id(store: Store) -> None:
    one = message()
    await store.accept(new(one))
    await store.sent([sent_part(one, "u1")], [])
    await store.sent([sent_part(one, "u2")], [])
    assert list(await store.match([("net", "u1"), ("net", "u2")])) == [("net", "u2")]


async def test_held_receipts_come_back_oldest_first(bench: Bench, store: Store) -> None:
    held = [HeldReceipt(number, receipt(f"u{number}", 9, error=27, final=number % 2 == 0)) for number in (3, 1, 2)]
    await store.hold(held)
    assert store.held() == sorted(held, key=lambda one: one.id)
    assert (await bench.reopen()).held() == sorted(held, key=lambda one: one.id)


async def test_holding_the_same_twice_keeps_one(store: Store) -> None:
    await store.hold([HeldReceipt(1, receipt("u1"))])
    await store.hold([HeldReceipt(1, receipt("u1")), HeldReceipt(2, receipt("u2"))])
    assert [one.id for one in store.held()] == [1, 2]


async def test_dropped_receipts_are_gone(store: Store) -> None:
    await store.hold([HeldReceipt(number, receipt(f"u{number}")) for number in range(1, 5)])
    await store.move([], [1, 3, 77])
    assert [one.id for one in store.held()] == [2, 4]
