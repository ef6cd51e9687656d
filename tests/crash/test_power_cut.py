"""The power is cut at any write or sync: what was acknowledged is there, whole, and nothing is half there.

A run lets the real store live on a disk that notes everything (`support.disk`), cuts the power many times
(`support.powercut`), and opens the store on what is left. What it then holds must be, row for row, what it held after
some commit: at least the last one acknowledged, at most the one under way.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import apsw
import msgspec
import pytest

from crash.conftest import Show
from crash.state import Fact, facts, state_of, wrong_money
from crash.workload import CREDIT, Step, Workload
from stentor.storage.sqlite import SqliteStore
from support.disk import Disk
from support.making import FakeClock, book, define, message, new
from support.powercut import PowerCut, cuts, put

_STEPS = 100
_CUTS = 50
_CHECKPOINTS = (4, 40, 1_000)
"""Pages of log after which SQLite copies it into the database; 1,000 is what production has."""

_SLOW_S = 1e9
"""Every other run commits on its thread, as it does when the disk has been slow."""
_KINDS = {
    "message": "messages",
    "part": "sent parts",
    "report": "reports",
    "held": "held receipts",
    "top-up": "payments",
    "omni": "messages of scenarios",
    "step": "steps",
}


class Result(msgspec.Struct):
    """Counted over all cuts of all runs."""

    cuts: int = 0
    attempted: int = 0
    acknowledged: int = 0
    survived: int = 0
    lost: dict[str, int] = msgspec.field(default_factory=dict)
    unexpected: int = 0
    damaged: int = 0
    """Images that the store would not open, or SQLite found damaged."""
    strange: int = 0
    """States that no commit made."""
    unbalanced: int = 0

    def lines(self) -> dict[str, int]:
        kinds = {f"lost {name}": self.lost.get(kind, 0) for kind, name in _KINDS.items()}
        return {
            "power cuts": self.cuts,
            "attempted": self.attempted,
            "acknowledged": self.acknowledged,
            "survived": self.survived,
            **kinds,
            "unexpected": self.unexpected,
            "damaged": self.damaged,
            "states no commit made": self.strange,
            "unbalanced": self.unbalanced,
        }

    @property
    def harm(self) -> dict[str, int]:
        wrong = {"damaged": self.damaged, "strange": self.strange, "unbalanced": self.unbalanced}
        return {name: count for name, count in {**self.lost, **wrong}.items() if count}


async def power_cuts(folder: Path, seed: int, result: Result, synchronous: str = "FULL") -> None:
    """One run: a life, then `_CUTS` cuts of it."""
    chance, clock = random.Random(seed), FakeClock()
    disk = Disk()
    with disk.mounted():
        store = SqliteStore(folder / f"life-{seed}")
    store._connection.execute(f"PRAGMA synchronous = {synchronous}")
    store._writer._checkpoints.pages = chance.choice(_CHECKPOINTS)
    if seed % 2:
        store._writer._commit_s = _SLOW_S
    await define(store, *book(), credit=CREDIT)
    life = Workload(store, disk, chance, clock)
    await life.run(_STEPS)
    await store.close()
    power = PowerCut(disk)
    for number, at in enumerate(cuts(disk.notes, _CUTS, chance)):
        power.go_to(at)
        left = put(power.image(chance), folder / f"cut-{seed}-{number}", chance)
        await _examine(left, at, life.steps, clock, result)


async def _examine(left: Path, at: int, steps: Sequence[Step], clock: FakeClock, result: Result) -> None:
    result.cuts += 1
    try:
        with Disk().mounted():
            store = SqliteStore(left)
    except apsw.Error:
        result.damaged += 1
        return
    try:
        await _look_at(store, at, steps, clock, result)
    except apsw.Error:
        result.damaged += 1
    finally:
        await store.close()


async def _look_at(store: SqliteStore, at: int, steps: Sequence[Step], clock: FakeClock, result: Result) -> None:
    if store._connection.execute("PRAGMA integrity_check").get != "ok":
        result.damaged += 1
        return
    _compare(store, at, steps, result)
    await _goes_on(store, clock)


def _compare(store: SqliteStore, at: int, steps: Sequence[Step], result: Result) -> None:
    done = [step for step in steps if step.acknowledged <= at]
    begun = [step for step in steps if step.began < at]
    made = set[Fact]().union(*(step.made for step in done))
    gone = set[Fact]().union(*(step.gone for step in begun))
    there = facts(store._reader)
    result.attempted += len(set[Fact]().union(*(step.made for step in begun)))
    result.acknowledged += len(made)
    result.survived += len(made & (there | gone))
    result.unexpected += len(there - made)
    for kind, _, _ in made - gone - there:
        result.lost[kind] = result.lost.get(kind, 0) + 1
    if done:
        # A crash in the middle of what comes next leaves what was before it, or all of it.
        possible = {step.state for step in (done[-1], *begun[len(done) :])}
        result.strange += state_of(store._reader) not in possible
        result.unbalanced += bool(wrong_money(store._reader))


async def _goes_on(store: SqliteStore, clock: FakeClock) -> None:
    """The store that was opened works."""
    await define(store, *book(), credit=CREDIT)
    one = message(clock.now_ms(), price=0)
    assert await store.accept(new(one)) == [None]
    assert store.story(one.id) is not None


async def _run(folder: Path, runs: int, synchronous: str = "FULL") -> Result:
    result = Result()
    for seed in range(runs):
        await power_cuts(folder, seed, result, synchronous)
    return result


async def test_150_power_cuts_lose_nothing_acknowledged(tmp_path: Path) -> None:
    result = await _run(tmp_path, 3)
    assert not result.harm, result.lines()
    assert result.cuts == 150
    assert result.acknowledged > 10_000


@pytest.mark.long
async def test_5000_power_cuts_lose_nothing_acknowledged(tmp_path: Path, show: Show) -> None:
    result = await _run(tmp_path, 100)
    show("Power cuts, synchronous = FULL", result.lines())
    assert not result.harm
    assert result.cuts == 5_000


async def test_with_synchronous_normal_messages_are_lost(tmp_path: Path) -> None:
    """What shows that the cuts cut: one setting less, and acknowledged messages are gone (though nothing is torn)."""
    result = await _run(tmp_path, 1, "NORMAL")
    assert result.lost["message"] > 0, result.lines()
    assert result.lost["part"] > 0
    assert result.damaged == result.unbalanced == 0


async def test_without_syncs_the_database_is_damaged(tmp_path: Path) -> None:
    """What shows that the cuts tear: with no order at all between writes, even SQLite cannot put it right."""
    result = await _run(tmp_path, 1, "OFF")
    assert result.damaged > 0, result.lines()
