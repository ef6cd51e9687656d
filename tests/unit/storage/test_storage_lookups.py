"""Lookups in the store: charged once, answered once, found by their account only, forgotten without a trace."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core.calls import Call, owed
from stentor.core.lookup import LookupFilter, LookupResult, Place, Telling
from stentor.storage.sqlite import SqliteStore
from stentor.storage.sqlite.lookups import LookupRows
from support.lookups import REACHED, answered, asked, new
from support.making import CREDIT, HOUR, PRICE, START, fresh_id
from support.opening import opened
from support.traces import found

TELLING = Telling("https://customer.example/lookups", "application/xml")
_NO_CREDIT = StatusId.REJECTED_NOT_ENOUGH_CREDITS


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with opened(tmp_path) as running:
        yield running


@pytest.fixture
def rows(store: SqliteStore) -> LookupRows:
    return LookupRows(store.access)


def call(one: LookupResult) -> Call:
    return owed(fresh_id(), one.account, "lookup", one.id, TELLING.url, at=START, content_type="x", body=b"y")


def calls(store: SqliteStore) -> int:
    return int(store.access.reader.execute("SELECT count(*) FROM call").get)


async def balanced(store: SqliteStore, account: int = 1) -> int:
    """The balance, which is the sum of the ledger."""
    total = sum(row.amount for row in await store.ledger(account, (1 << 62, ""), 100_000))
    assert store.balance(account) == total
    return total


async def test_an_answer_that_is_there_is_one_transaction(store: SqliteStore, rows: LookupRows) -> None:
    one, before = answered(asked()), store.commits
    assert await rows.accept(new(one)) == [None]
    assert store.commits == before + 1
    assert await rows.logs(1, LookupFilter(since=0)) == [one]
    assert await balanced(store) == CREDIT - PRICE
    assert await rows.waiting(0, 10) == []


async def test_a_pending_one_is_answered_once(store: SqliteStore, rows: LookupRows) -> None:
    one = asked()
    await rows.accept(new(one, telling=TELLING))
    (waiting,) = await rows.waiting(0, 10)
    assert (waiting.lookup, waiting.telling) == (one, TELLING)
    await rows.finish([answered(one)], [call(one)])
    await rows.finish([answered(one, status=StatusId.UNDELIVERABLE_NOT_DELIVERED)], [call(one)])
    assert await rows.logs(1, LookupFilter(since=0)) == [answered(one)]
    assert await rows.waiting(0, 10) == []
    assert calls(store) == 1
    assert await balanced(store) == CREDIT - PRICE


async def test_nothing_found_is_paid_back_once(store: SqliteStore, rows: LookupRows) -> None:
    one = asked()
    await rows.accept(new(one))
    for _ in range(2):
        await rows.finish([replace(one, status=StatusId.REJECTED_SYSTEM_ERROR, price=0)])
    assert await balanced(store) == CREDIT
    kinds = [row.kind for row in await store.ledger(1, (1 << 62, ""), 10)]
    assert sorted(kinds) == ["lookup", "lookup-refund", "top-up"]


async def test_credit_is_spent_to_its_end_in_order(store: SqliteStore, rows: LookupRows) -> None:
    many = [answered(asked(price=CREDIT // 4, to=str(41790000000 + n))) for n in range(6)]
    assert await rows.accept(new(*many)) == [None] * 4 + [_NO_CREDIT] * 2
    assert await balanced(store) == 0
    kept = await rows.logs(1, LookupFilter(since=0))
    assert [(one.status, one.price, one.found) for one in kept[:2]] == [(_NO_CREDIT, 0, None)] * 2


async def test_the_limit_of_the_day_counts_lookups(store: SqliteStore, rows: LookupRows) -> None:
    many = [answered(asked(to=str(41790000000 + n))) for n in range(3)]
    assert await rows.accept(new(*many, limit=2 * PRICE)) == [None, None, _NO_CREDIT]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 32))
async def test_money_is_exact_whatever_comes(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    chance = random.Random(seed)
    async with opened(tmp_path_factory.mktemp("money")) as store:
        rows = LookupRows(store.access)
        sure, pending = CREDIT, list[LookupResult]()
        for _ in range(12):
            batch = [asked(price=chance.choice((0, 1, PRICE, CREDIT // 5))) for _ in range(chance.randint(1, 5))]
            batch = [answered(one) if chance.random() < 0.4 else one for one in batch]
            refusals = await rows.accept(new(*batch))
            taken = [one for one, refusal in zip(batch, refusals, strict=True) if refusal is None]
            sure -= sum(one.price for one in taken)
            pending += [one for one in taken if one.pending]
            done = [pending.pop() for _ in range(chance.randint(0, len(pending)))]
            free = [one for one in done if chance.random() < 0.3]
            sure += sum(one.price for one in free)
            work = [answered(one, **({"price": 0} if one in free else {})) for one in done]
            await asyncio.gather(*(rows.finish(part) for part in (work, work[:1])))
            assert await balanced(store) == sure >= 0


async def test_logs_are_the_accounts_own_and_filtered(rows: LookupRows) -> None:
    mine = [
        answered(asked(START + n, to=f"4179000000{n}", bulk=f"b{n % 2}", mcc_mnc=["22801", "22802"][n % 2]))
        for n in range(4)
    ]
    theirs = answered(asked(account=2))
    for one in (*mine, theirs):
        await rows.accept(new(one))
    newest = mine[::-1]

    async def ask(**filters: object) -> list[LookupResult]:
        return await rows.logs(1, LookupFilter(since=0, **filters))  # type: ignore[arg-type]

    assert await ask() == newest
    assert await ask(limit=2) == newest[:2]
    assert await ask(numbers=("41790000001", "41790000003")) == [mine[3], mine[1]]
    assert await ask(bulk_ids=("b0",)) == [mine[2], mine[0]]
    assert await ask(ids=(mine[1].id, theirs.id)) == [mine[1]]
    assert await ask(ids=()) == []
    assert await ask(statuses=(StatusId.UNDELIVERABLE_NOT_DELIVERED,)) == []
    assert await ask(mcc="228", mnc="02") == [mine[3], mine[1]]
    assert await ask(until=START + 1) == [mine[1], mine[0]]
    assert await rows.logs(1, LookupFilter(since=START + 2)) == newest[:2]
    assert await rows.logs(2, LookupFilter(since=0)) == [theirs]


async def test_a_record_comes_back_as_it_went(rows: LookupRows) -> None:
    place = Place("Swisscom", "79", "Switzerland", "41", "CH")
    whole = replace(REACHED, original=place, ported_to=place, roaming=True, roaming_in=place, serving_msc="1")
    one = answered(asked(), found=replace(whole, serving_hlr="2", error=27), error=27)
    await rows.accept(new(one))
    assert await rows.logs(1, LookupFilter(since=0)) == [one]


async def test_numbers_go_on_from_the_largest(store: SqliteStore, rows: LookupRows) -> None:
    one = answered(asked(START + 1_000_000, price=0))
    await rows.accept(new(one))
    assert store.largest_id() == one.id


async def test_what_is_over_is_forgotten_and_what_waits_is_not(rows: LookupRows) -> None:
    old, waiting, fresh = answered(asked()), asked(), answered(asked(START + HOUR), START + HOUR)
    for one in (old, waiting, fresh):
        await rows.accept(new(one))
    assert await rows.holders() == [1]
    assert await rows.purge(1, START + HOUR, 100) == 1
    assert await rows.logs(1, LookupFilter(since=0)) == [fresh, waiting]


async def test_no_octet_of_an_erased_number_is_left(tmp_path: Path, store: SqliteStore, rows: LookupRows) -> None:
    canary, imsi, msc = "41790099887", "228019998887776", "41795556667"
    others = [answered(asked(price=0, to=str(41790000000 + n))) for n in range(60)]
    mine = answered(asked(price=0, to=canary), found=replace(REACHED, imsi=imsi, serving_msc=msc))
    for one in (*others[:30], mine, *others[30:]):
        await rows.accept(new(one))
    await rows.accept(new(asked(to=canary, price=0)))
    assert await rows.erase(f"+{canary}") == (1, 1)
    await store.tidy()
    assert found(tmp_path, imsi, msc) == set()
    (waiting,) = await rows.waiting(0, 10)
    await rows.finish([answered(waiting.lookup)])
    assert await rows.erase(canary) == (1, 0)
    await store.tidy()
    assert found(tmp_path, canary, imsi, msc) == set()
    assert len(await rows.logs(1, LookupFilter(since=0, limit=100))) == 60


async def test_no_octet_of_a_forgotten_lookup_is_left(tmp_path: Path, store: SqliteStore, rows: LookupRows) -> None:
    many = [answered(asked(price=0, to=f"417900998{n:02d}")) for n in range(80)]
    for one in many:
        await rows.accept(new(one))
    assert await rows.purge(1, START + 1, 500) == 80
    await store.tidy()
    assert found(tmp_path, "417900998", "228012120181810") == set()
