"""Definitions as revisions: everything comes back, a large one is there as a whole or not at all, money moves once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from conformance.benches import Bench, balanced
from stentor.core.account import Account, ApiKey, Operator, User, digest_of
from stentor.core.administration import NEWEST
from stentor.core.definitions import Blocked, Book, Change, Credit, Link, Record, Revision
from stentor.core.errors import InvalidField
from stentor.core.ports import Store
from stentor.core.pricing import Price
from stentor.core.routing import Rule, Target
from support.making import ACME, OTHER, PRICE, START, book, define, final_move, fresh_id, message, new

CREDIT = 1_000 * PRICE
ALL = (NEWEST, "")
N = 1_000_000
"""A revision's number above all that `define` counts."""
CANARY = "canary-4711-secret"
UPSTREAM = Link("up", "smsc", {"host": "smsc.example", "window": 7, "rate": 2.5, "password": CANARY})
THIRD = Account(
    id=3, name="third", currency="CHF", plan="gold", senders=("A", "B"), blocked_senders=("C",), default_sender="A",
    countries=("CH", "DE"), addresses=("192.0.2.0/24",), rate=2.5, accepted_status=7, keep_hours=5, enabled=False,
)  # fmt: skip
EVERYTHING: list[Record] = [
    THIRD,
    User("u", "acme", "hash"),
    User("v", "third", "hash2"),
    ApiKey(digest_of("k"), "third", "shop"),
    Operator("alice", digest_of("t")),
    UPSTREAM,
    Link("simulated", "simulated"),
    Price("gold", "22801", 5),
    Price("@third", "*", 0),
    Rule(name="r1", order=2, targets=(Target("up", 70), Target("simulated", 0)), country="CH", prefix="4179"),
    Rule(name="r2", order=-1, targets=(Target("up"),), account="third", mcc_mnc="22801", sender="A"),
    Blocked("41790000000"),
    Blocked("41790000000", "third"),
]


def sorted_(records: Sequence[Record]) -> list[str]:
    return sorted(map(repr, records))


def revision(store: Store, number: int, *wanted: Record, gone: Sequence[tuple[str, str]] = ()) -> Revision:
    changes = Book(store.records()).difference(wanted, gone)
    return Revision(number, START, "op", "tried", len(changes), changes)


def prices(count: int, micros: int = 1) -> list[Price]:
    return [Price("large", f"{place:06d}", micros) for place in range(count)]


async def test_everything_comes_back(bench: Bench, store: Store) -> None:
    await define(store, *EVERYTHING)
    expected = sorted_([*book(), *EVERYTHING])
    assert sorted_(store.records()) == expected
    assert sorted_((await bench.reopen()).records()) == expected


async def test_definitions_change_and_go(bench: Bench, store: Store) -> None:
    await define(store, *EVERYTHING)
    changed: list[Record] = [replace(THIRD, plan="silver"), Rule(name="r1", order=3, targets=(Target("up"),))]
    gone = [("user", "v"), ("price", "@third/*"), ("blocked", "*/41790000000"), ("connector", "simulated")]
    await define(store, *changed, gone=gone)
    kept = [one for one in EVERYTHING if one != THIRD and not repr(one).startswith("Rule(name='r1'")]
    kept = [one for one in kept if one not in (User("v", "third", "hash2"), Price("@third", "*", 0))]
    kept = [one for one in kept if one not in (Blocked("41790000000"), Link("simulated", "simulated"))]
    assert sorted_((await bench.reopen()).records()) == sorted_([*book(), *kept, *changed])


async def test_an_account_keeps_its_balance(bench: Bench, store: Store) -> None:
    await store.accept(new(message()))
    await define(store, replace(ACME, plan="gold"))
    assert balanced(bench) == CREDIT - PRICE
    await define(store, gone=[("account", "acme")])
    assert store.numbers() == {"acme": 1, "other": 2}
    await store.revise(revision(store, N, ACME))
    assert balanced(bench) == CREDIT - PRICE
    assert bench.ledger(1) == [("top-up", CREDIT), ("charge", -PRICE)]


@pytest.mark.parametrize("count", [1, 250, 251, 612])
async def test_small_and_large_revisions(bench: Bench, store: Store, count: int) -> None:
    """Up to 250 changes are one transaction, more are staged."""
    before = store.records()
    one = revision(store, N, *prices(count))
    await store.revise(one, [Credit(fresh_id(), 1, "top-up", 7)])
    expected = sorted_([*before, *prices(count)])
    for again in (False, True):
        read = (await bench.reopen()) if again else store
        assert sorted_(read.records()) == expected
        assert await read.revision(N) == one
        assert balanced(bench) == CREDIT + 7


async def test_a_small_revision_is_one_commit(bench: Bench, store: Store) -> None:
    before = bench.commits
    await store.revise(revision(store, N, *prices(250)), [Credit(fresh_id(), 1, "top-up", 7)])
    assert bench.commits == before + 1


async def test_a_large_revision_replaces_and_removes(bench: Bench, store: Store) -> None:
    await store.revise(revision(store, N, *prices(400)))
    gone = [("price", f"large/{place:06d}") for place in range(100, 400)]
    await store.revise(revision(store, N + 1, *prices(100, micros=2), gone=gone))
    left = [one for one in (await bench.reopen()).records() if isinstance(one, Price) and one.list == "large"]
    assert sorted_(left) == sorted_(prices(100, micros=2))


async def interrupted(bench: Bench, large: Revision, paid: Sequence[Credit], commits: int) -> bool:
    """The program dies after so many commits of the revision, and starts again; whether it died before the end."""
    dead = bench.commits + commits
    writing = asyncio.create_task(bench.store.revise(large, paid))
    while not writing.done() and bench.commits < dead:
        await asyncio.sleep(0)
    died = not writing.done()
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    await bench.reopen()
    return died


STEPS = range(11)
"""600 changes are begun, staged in three portions, taken as a whole, carried out in three portions, and done."""


@pytest.mark.parametrize("commits", STEPS)
async def test_a_crash_at_any_step_leaves_all_or_nothing(bench: Bench, commits: int) -> None:
    before = sorted_(bench.store.records())
    large = revision(bench.store, N, Account(id=7, name="fresh"), Account(id=8, name="plain"), *prices(598))
    died = await interrupted(bench, large, [Credit(fresh_id(), 7, "top-up", 12_345)], commits)
    store = bench.store
    there = sorted_(store.records()) != before
    if there:
        assert sorted_(store.records()) == sorted([*before, *(repr(change.after) for change in large.changes)])
        assert {"fresh", "plain"} <= set(store.numbers())
    assert await store.revision(N) == (large if there else None)
    assert [one.number for one in await store.revisions("price", NEWEST, 9)][:-1] == [N] * there
    assert bench.ledger(7) == [("top-up", 12_345)] * there
    assert balanced(bench, 7) == 12_345 * there
    assert died or commits >= STEPS[-2], "each step was tried"
    assert commits < STEPS[-1] or not died
    assert there or commits < STEPS[-2]
    assert commits or not there
    await store.revise(revision(store, N + 1, *prices(300, micros=2)))
    assert (await store.revisions(None, NEWEST, 1))[0].number == N + 1


async def test_a_large_revision_that_is_refused_leaves_nothing(bench: Bench, store: Store) -> None:
    before = sorted_(store.records())
    with pytest.raises(InvalidField, match="less than that"):
        await store.revise(revision(store, N, *prices(400)), [Credit(fresh_id(), 1, "correction", -CREDIT - 1)])
    for again in (False, True):
        read = (await bench.reopen()) if again else store
        assert sorted_(read.records()) == before
        assert await read.revision(N) is None
        assert balanced(bench) == CREDIT
    assert bench.rows("revision_change") == len(book())


async def test_a_small_revision_that_is_refused_leaves_nothing(bench: Bench, store: Store) -> None:
    with pytest.raises(InvalidField, match="less than that"):
        await store.revise(revision(store, N, *prices(3)), [Credit(fresh_id(), 1, "correction", -CREDIT - 1)])
    assert await store.revision(N) is None
    assert not [one for one in store.records() if isinstance(one, Price) and one.list == "large"]


async def test_credit_may_be_taken_back_to_the_last_cent(bench: Bench, store: Store) -> None:
    await store.revise(Revision(N, START, "op", "credit", 0), [Credit(fresh_id(), 1, "correction", -CREDIT)])
    assert balanced(bench) == 0


async def test_messages_go_between_the_portions_of_a_large_revision(store: Store) -> None:
    writing = asyncio.create_task(store.revise(revision(store, N, *prices(2_000))))
    taken = 0
    while not writing.done():
        assert await store.accept(new(message())) == [None]
        taken += 1
    await writing
    assert taken > 4


async def test_pages_of_revisions(store: Store) -> None:
    for number in range(N, N + 5):
        wanted = prices(1, micros=number) if number % 2 else [User("u", "acme", str(number))]
        await store.revise(revision(store, number, *wanted))
    await store.revise(Revision(N + 5, START, "eve", "something done", 0))
    assert [one.number for one in await store.revisions(None, NEWEST, 3)] == [N + 5, N + 4, N + 3]
    assert [one.number for one in await store.revisions(None, N + 3, 2)] == [N + 2, N + 1]
    assert [one.number for one in await store.revisions("price", NEWEST, 2)] == [N + 3, N + 1]
    assert [one.number for one in await store.revisions("user", N + 4, 9)] == [N + 2, N]
    assert await store.revisions("operator", NEWEST, 9) == []
    assert await store.revisions(None, 0, 9) == []
    (head,) = await store.revisions(None, NEWEST, 1)
    assert (head.operator, head.action, head.at, head.size, list(head.changes)) == (
        "eve",
        "something done",
        START,
        0,
        [],
    )
    assert await store.revision(N + 6) is None


async def test_a_revision_tells_before_and_after_in_order(store: Store) -> None:
    first, second = Price("standard", "*", 5), Price("standard", "*", 6)
    await define(store, first)
    changes = [
        Change("price", "standard/*", first, second),
        Change("user", "u", None, User("u", "acme", "h")),
        Change("account", "other", OTHER, None),
    ]
    await store.revise(Revision(N, START, "op", "tried", 3, changes))
    told = await store.revision(N)
    assert told is not None
    assert told.changes == changes


async def test_pages_of_a_ledger(store: Store) -> None:
    """A message's charge and its refund have one id: a page may end between them."""
    messages = [message() for _ in range(3)]
    for one in messages:
        await store.accept(new(one))
        await store.move([final_move(one, 31, refund=PRICE)])
    whole = await store.ledger(1, ALL, 99)
    assert [(row.kind, row.amount) for row in whole] == [("refund", PRICE), ("charge", -PRICE)] * 3 + [
        ("top-up", CREDIT)
    ]
    assert [row.id for row in whole[:6:2]] == [one.id for one in reversed(messages)]
    for size in (1, 2, 3):
        pages, before = [], ALL
        while page := await store.ledger(1, before, size):
            pages += page
            before = (page[-1].id, page[-1].kind)
        assert pages == whole
    assert [row.kind for row in await store.ledger(2, ALL, 9)] == ["top-up"]
    assert await store.ledger(77, ALL, 9) == []


async def test_notes_of_credit(store: Store) -> None:
    await store.revise(Revision(N, START + 5, "op", "credit", 0), [Credit(fresh_id(), 1, "top-up", 7, "invoice 17")])
    (row,) = await store.ledger(1, ALL, 1)
    assert (row.kind, row.amount, row.note, row.at) == ("top-up", 7, "invoice 17", START + 5)


async def test_secrets_are_sealed_on_disk_and_open_again(bench: Bench, store: Store, tmp_path: Path) -> None:
    await define(store, UPSTREAM)
    await define(store, replace(UPSTREAM, options={**UPSTREAM.options, "window": 8}))
    await define(store, *prices(300), gone=[("connector", "up")])
    again = await bench.reopen()
    histories = [await again.revision(one.number) for one in await again.revisions("connector", NEWEST, 9)]
    passwords = [
        record.options["password"]
        for one in histories
        if one is not None
        for change in one.changes
        for record in (change.before, change.after)
        if isinstance(record, Link)
    ]
    assert passwords == [CANARY] * 4
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert any(b"smsc.example" in octets for octets in files.values())
    assert not [name for name, octets in files.items() if CANARY.encode() in octets]


async def test_what_the_platform_remembers(bench: Bench, store: Store) -> None:
    assert store.note("file") is None
    await store.write_note("file", "one")
    await store.write_note("file", "two")
    assert store.note("file") == "two"
    assert (await bench.reopen()).note("file") == "two"
