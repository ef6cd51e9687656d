"""Many at once, failures beside successes, restarts, and money that always adds up."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.benches import Bench, balanced
from conformance.conftest import STORES
from stentor.catalogue import StatusId
from stentor.core.errors import StoreUnavailable
from stentor.core.message import Message
from stentor.core.ports import HeldReceipt, Store
from support.making import (
    PRICE,
    START,
    URL,
    FakeClock,
    book,
    define,
    event,
    final_move,
    message,
    new,
    receipt,
    report,
    sent_part,
)

CREDIT = 1_000 * PRICE


async def test_everything_is_there_after_a_restart(bench: Bench) -> None:
    sent, queued = message(client_id="a", parts=2), message(notify_url=URL)
    await bench.store.accept(new(sent, queued))
    await bench.store.sent([sent_part(sent, f"u{n}", n, completes=n == 2) for n in (1, 2)], [event(sent)])
    await bench.store.move([final_move(sent, report=report(sent), part=1, part_status=5)])
    await bench.store.hold([HeldReceipt(1, receipt("x"))])
    before = [bench.store.story(one.id) for one in (sent, queued)]
    rows = {table: bench.rows(table) for table in ("message", "part", "queue", "report", "event", "ledger")}
    balance = balanced(bench)
    store = await bench.reopen()
    assert [store.story(one.id) for one in (sent, queued)] == before
    assert {table: bench.rows(table) for table in rows} == rows
    assert (balanced(bench), store.queued(), len(store.held())) == (balance, 1, 1)


async def test_history_goes_on_in_order_after_a_restart(bench: Bench) -> None:
    one = message()
    await bench.store.accept(new(one))
    await bench.store.sent([], [event(one, detail=f"{n}") for n in range(5)])
    store = await bench.reopen()
    await store.sent([], [event(one, detail=f"{n}") for n in range(5, 9)])
    story = store.story(one.id)
    assert story is not None
    assert [line.detail for line in story.events[1:]] == [f"{n}" for n in range(9)]


async def test_credit_for_half_of_those_who_come_at_once(bench: Bench, store: Store) -> None:
    await store.accept(new(message(price=CREDIT - 100 * PRICE)))
    answers = await asyncio.gather(*(store.accept(new(message())) for _ in range(200)))
    assert [answer for answer in answers if answer == [None]] == [[None]] * 100
    assert [answer for answer in answers if answer != [None]] == [[StatusId.REJECTED_NOT_ENOUGH_CREDITS]] * 100
    assert balanced(bench) == 0
    assert store.queued() == 101


async def test_many_at_once_share_few_commits(bench: Bench, store: Store) -> None:
    before = bench.commits
    await asyncio.gather(*(store.accept(new(message())) for _ in range(300)))
    assert bench.commits - before <= 3


async def test_one_who_fails_does_not_take_the_others_along(bench: Bench, store: Store) -> None:
    known = message()
    await store.accept(new(known))
    batch = [message() for _ in range(9)]
    units = [store.accept(new(one)) for one in (*batch[:4], known, *batch[4:])]
    answers = await asyncio.gather(*units, return_exceptions=True)
    assert isinstance(answers.pop(4), StoreUnavailable)
    assert answers == [[None]] * 9
    assert balanced(bench) == CREDIT - 10 * PRICE
    assert bench.rows("message") == 10


BROKEN: dict[str, dict[str, Any]] = {
    "half a surrogate": {"text": "\ud800"},
    "no integer of the store's": {"mcc_mnc": 1 << 70},
    "nothing a store knows": {"bulk": object()},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=list(BROKEN))
async def test_what_cannot_be_written_fails_alone(bench: Bench, store: Store, broken: dict[str, Any]) -> None:
    units = [store.accept(new(one)) for one in (message(), message(**broken), message())]
    answers = await asyncio.wait_for(asyncio.gather(*units, return_exceptions=True), 2)
    assert [answers[0], answers[2]] == [[None], [None]]
    assert isinstance(answers[1], Exception)
    assert balanced(bench) == CREDIT - 2 * PRICE
    await store.accept(new(message()))
    assert store.queued() == 3


async def test_a_caller_who_gave_up_changes_nothing_for_the_others(bench: Bench, store: Store) -> None:
    tasks = [asyncio.ensure_future(store.accept(new(message()))) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [answers[0], answers[2]] == [[None], [None]]
    assert balanced(bench) % PRICE == 0


class Life:
    """Random acceptance, refunds and deliveries; what is charged follows from what is left."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.open: list[Message] = []

    async def accept(self, prices: list[int], client_id: str | None) -> None:
        messages = [message(price=price, client_id=client_id) for price in prices]
        answers = await self.bench.store.accept(new(*messages))
        self.open += [one for one, answer in zip(messages, answers, strict=True) if answer is None]

    async def end(self, which: int, *, refund: bool) -> None:
        if self.open:
            one = self.open[which % len(self.open)]
            amount = one.charge if refund else 0
            await self.bench.store.move([final_move(one, refund=amount)])

    async def purge(self) -> None:
        await self.bench.store.purge(START + 1, 99)


ACCEPT = st.tuples(
    st.just("accept"), st.lists(st.integers(0, CREDIT // 2), min_size=1, max_size=4), st.sampled_from([None, "a", "b"])
)
END = st.tuples(st.just("end"), st.integers(0, 99), st.booleans())
OTHER = st.tuples(st.sampled_from(["purge", "reopen"]), st.none(), st.none())


@pytest.mark.parametrize("kind", STORES)
@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(ACCEPT, END, OTHER), max_size=15))
def test_the_balance_is_the_sum_of_the_ledger(kind: str, steps: list[tuple[str, Any, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(lived(STORES[kind], Path(folder), steps))


async def lived(make: Any, folder: Path, steps: list[tuple[str, Any, Any]]) -> None:
    bench: Bench = make(folder)
    assert isinstance(bench.clock, FakeClock)
    await define(bench.store, *book())
    life = Life(bench)
    for what, first, second in steps:
        if what == "accept":
            await life.accept(first, second)
        elif what == "end":
            await life.end(first, refund=second)
        elif what == "purge":
            await life.purge()
        else:
            await bench.reopen()
        assert 0 <= balanced(bench) <= CREDIT
    await bench.close()
