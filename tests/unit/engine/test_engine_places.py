"""Places that accounts share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stentor.engine.places import Places
from support.platform import quiet


class Crowd:
    """Tasks that take a place and keep it until told."""

    def __init__(self, most: int) -> None:
        self.places = Places(most)
        self.inside: list[str] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ends: dict[str, asyncio.Event] = {}

    async def come(self, account: int, *names: str) -> None:
        for name in names:
            self._ends[name] = asyncio.Event()
            self._tasks[name] = asyncio.create_task(self._stay(account, name))
        await quiet(2)

    async def go(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()
        await quiet(2)

    async def give_up(self, *names: str) -> None:
        for name in names:
            self._tasks[name].cancel()
        await quiet(2)

    async def _stay(self, account: int, name: str) -> None:
        async with self.places.of(account):
            self.inside.append(name)
            await self._ends[name].wait()


@asynccontextmanager
async def crowd(most: int) -> AsyncIterator[Crowd]:
    one = Crowd(most)
    try:
        yield one
    finally:
        await one.give_up(*one._tasks)


async def test_no_account_has_more_than_half() -> None:
    async with crowd(4) as c:
        await c.come(1, "a1", "a2", "a3")
        assert c.inside == ["a1", "a2"]
        await c.come(2, "b1")
        assert c.inside == ["a1", "a2", "b1"]
        await c.go("a1")
        assert c.inside == ["a1", "a2", "b1", "a3"]


async def test_those_that_wait_are_served_in_turn() -> None:
    async with crowd(2) as c:
        await c.come(1, "a1", "a2", "a3")
        await c.come(2, "b1", "b2")
        await c.come(3, "c1")
        assert c.inside == ["a1", "b1"]
        for one in ("a1", "b1", "a2", "b2", "c1"):
            await c.go(one)
        assert c.inside == ["a1", "b1", "a2", "b2", "c1", "a3"]


async def test_who_stops_waiting_takes_no_place() -> None:
    async with crowd(2) as c:
        await c.come(1, "a1", "a2", "a3")
        await c.give_up("a2")
        await c.go("a1")
        assert c.inside == ["a1", "a3"]


async def test_who_is_cancelled_with_a_place_in_hand_gives_it_back() -> None:
    async with crowd(2) as c:
        await c.come(1, "a1", "a2", "a3")
        c._ends["a1"].set()
        await asyncio.sleep(0)
        c._tasks["a2"].cancel()
        await quiet(2)
        assert c.inside == ["a1", "a3"]


async def test_all_places_come_back() -> None:
    async with crowd(10) as c:
        for number in range(50):
            await c.come(number % 3, f"{number}")
        for _ in range(50):
            await c.go(*c.inside)
        assert len(c.inside) == 50
    assert (c.places._free, dict(c.places._used), c.places._waiting) == (10, {}, {})


async def test_a_single_place() -> None:
    async with crowd(1) as c:
        await c.come(1, "a1", "a2")
        assert c.inside == ["a1"]
        await c.go("a1")
        assert c.inside == ["a1", "a2"]
