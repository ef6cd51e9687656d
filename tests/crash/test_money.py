"""Money is exact: random requests, refunds and payments, with the power cut between and in the middle of them.

After every step and every cut the balance is the sum of the ledger, nobody is below zero, and each message that stands
was charged once, in full.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable
from pathlib import Path

import pytest

from crash.conftest import Show
from crash.state import wrong_money
from stentor.catalogue import StatusId
from stentor.core.definitions import Credit, Revision
from stentor.core.errors import InvalidField
from stentor.core.message import Message
from stentor.storage.sqlite import SqliteStore
from support.disk import Disk
from support.making import PRICE, FakeClock, book, define, final_move, fresh_id, message, new
from support.powercut import PowerCut, put

_CREDIT = 60 * PRICE
_ACCOUNTS = (1, 2)
_STEPS = 40
_NO_CREDIT = StatusId.REJECTED_NOT_ENOUGH_CREDITS
_revisions = itertools.count(10_000)


class Purses:
    """What each account must have, reckoned beside the store from what it acknowledged."""

    def __init__(self) -> None:
        self.sure = dict.fromkeys(_ACCOUNTS, 0)
        self.counts = {"charged": 0, "refunded": 0, "refused for want of credit": 0, "payments": 0, "not taken back": 0}

    def known(self, store: SqliteStore) -> None:
        self.sure = {account: store.balance(account) for account in _ACCOUNTS}


class Life:
    """One stretch between two power cuts."""

    def __init__(self, store: SqliteStore, chance: random.Random, purses: Purses, queued: list[Message]) -> None:
        self.store, self.chance, self.purses, self.queued = store, chance, purses, queued
        self.clock = FakeClock()

    async def step(self, take_back: int = 1) -> None:
        """Some at once; then the store must agree with our own account of it."""
        possible = (self._accept, self._refund, self._pay, self._take_back)
        kinds = self.chance.choices(possible, (6, 3, 1, take_back), k=self.chance.randint(1, 4))
        work: list[Awaitable[None]] = [kind() for kind in kinds]
        await asyncio.gather(*work)
        self.check()

    def check(self) -> None:
        assert wrong_money(self.store._reader) == {}
        assert {account: self.store.balance(account) for account in _ACCOUNTS} == self.purses.sure

    async def _accept(self) -> None:
        account = self.chance.choice(_ACCOUNTS)
        messages = [
            message(
                account=account,
                price=self.chance.choice((0, 1, PRICE, self.chance.randint(0, 5 * PRICE))),
                parts=self.chance.randint(1, 4),
                client_id=self.chance.choice((None, f"c{self.chance.randint(1, 50)}")),
            )
            for _ in range(self.chance.randint(1, 6))
        ]
        refusals = await self.store.accept(new(*messages))
        for one, refusal in zip(messages, refusals, strict=True):
            self.purses.counts["refused for want of credit"] += refusal == _NO_CREDIT
            if refusal is None:
                self.purses.sure[account] -= one.charge
                self.purses.counts["charged"] += bool(one.charge)
                self.queued.append(one)

    async def _refund(self) -> None:
        """Refused before anything was sent; said twice, the money goes back once."""
        self.chance.shuffle(self.queued)
        refused = self.queued[: self.chance.randint(0, 4)]
        del self.queued[: len(refused)]
        twice = [*refused, *refused[: self.chance.randint(0, 1)]]
        happened = await self.store.move([final_move(one, 4, refund=one.charge) for one in twice])
        assert happened == [place < len(refused) for place in range(len(twice))]
        for one in refused:
            self.purses.sure[one.account] += one.charge
            self.purses.counts["refunded"] += bool(one.charge)

    async def _pay(self) -> None:
        account, amount = self.chance.choice(_ACCOUNTS), self.chance.randint(1, 10 * PRICE)
        now = self.clock.now_ms()
        credit = Credit(fresh_id(now), account, "top-up", amount)
        await self.store.revise(Revision(next(_revisions), now, "test", "paid", 0), [credit])
        self.purses.sure[account] += amount
        self.purses.counts["payments"] += 1

    async def _take_back(self) -> None:
        """All that an account has now, while others spend it: never more than is left."""
        account, now = self.chance.choice(_ACCOUNTS), self.clock.now_ms()
        amount = self.store.balance(account)
        credit = Credit(fresh_id(now), account, "correction", -amount)
        try:
            await self.store.revise(Revision(next(_revisions), now, "test", "taken back", 0), [credit])
        except InvalidField:
            self.purses.counts["not taken back"] += 1
        else:
            self.purses.sure[account] -= amount


async def _lives(folder: Path, seed: int, lives: int) -> dict[str, int]:
    chance, purses, queued = random.Random(seed), Purses(), list[Message]()
    left: Path | None = None
    for number in range(lives):
        disk = Disk(left)
        with disk.mounted():
            store = SqliteStore(left or folder / f"first-{seed}")
        await define(store, *book(), credit=_CREDIT)
        queued = _still_queued(store, queued)
        purses.known(store)
        life = Life(store, chance, purses, queued)
        for _ in range(chance.randint(1, _STEPS)):
            await life.step()
        left = await _crash(folder / f"{seed}-{number}", life, disk)
    return {**purses.counts, "power cuts": lives}


async def _crash(folder: Path, life: Life, disk: Disk) -> Path:
    """The power goes in the middle of one more transaction, or right after it was acknowledged."""
    before, began = dict(life.purses.sure), len(disk.notes)
    await life.step(take_back=0)
    at = life.chance.randint(began, len(disk.notes))
    power = PowerCut(disk)
    power.go_to(at)
    left = put(power.image(life.chance), folder, life.chance)
    done = len(disk.notes) == at
    await life.store.close()
    with Disk().mounted():
        store = SqliteStore(left)
    assert wrong_money(store._reader) == {}
    found = {account: store.balance(account) for account in _ACCOUNTS}
    assert found == life.purses.sure or (found == before and not done)
    await store.close()
    return left


def _still_queued(store: SqliteStore, messages: list[Message]) -> list[Message]:
    """Of what was acknowledged or under way at the cut: what is there and was not refused."""
    there = {row[0] for row in store._reader.execute("SELECT message FROM queue")}
    return [one for one in messages if one.id in there]


async def _runs(folder: Path, runs: int, lives: int) -> dict[str, int]:
    found = [await _lives(folder, seed, lives) for seed in range(runs)]
    return {name: sum(one[name] for one in found) for name in found[0]}


async def test_balances_are_the_sum_of_the_ledger_over_power_cuts(tmp_path: Path) -> None:
    counts = await _runs(tmp_path, 4, 5)
    assert min(counts.values()) >= 10, counts


@pytest.mark.long
async def test_balances_over_many_power_cuts(tmp_path: Path, show: Show) -> None:
    counts = await _runs(tmp_path, 100, 10)
    show("Money over random runs with power cuts: wrong balances 0, charged twice 0", counts)
    assert counts["power cuts"] == 1_000
