"""Lookups that nobody waits for: found in turns between accounts, taken up again, tried until they are on disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from stentor.core.account import Directory
from stentor.core.calls import Call
from stentor.core.errors import StoreUnavailable
from stentor.core.lookup import LookupFilter, LookupResult, Waiting
from stentor.engine.lookups import PORTION, LookingUp, forgetting_of
from stentor.storage.sqlite.access import Access
from stentor.storage.sqlite.lookups import LookupRows
from support.lookups import answered, asked, new
from support.making import ACME, HOUR, START, FakeClock
from support.opening import opened
from support.platform import quiet, until


class Settling:
    """Stands for `Lookups.settle`: answers when the gate is open."""

    def __init__(self) -> None:
        self.portions: list[list[int]] = []
        self.accounts: list[int] = []
        self.gate = asyncio.Event()

    async def __call__(self, waiting: Sequence[Waiting]) -> tuple[list[LookupResult], list[Call]]:
        self.portions.append([one.lookup.id for one in waiting])
        self.accounts.append(waiting[0].lookup.account)
        await self.gate.wait()
        return [answered(one.lookup) for one in waiting], []


class Rows(LookupRows):
    """`refusals`: so often the disk refuses; `page`: when what was read is given."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self.refusals = 0
        self.pages = 0
        self.page = asyncio.Event()
        self.page.set()

    async def finish(self, done: Sequence[LookupResult], calls: Sequence[Call] = ()) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreUnavailable("disk full")
        await super().finish(done, calls)

    async def waiting(self, after: int, limit: int) -> list[Waiting]:
        read = await super().waiting(after, limit)
        self.pages += 1
        await self.page.wait()
        return read


@asynccontextmanager
async def background(folder: Path) -> AsyncIterator[tuple[LookingUp, Settling, Rows]]:
    async with opened(folder) as store:
        rows = Rows(store.access)
        made = LookingUp(rows, lambda: None)
        made.settle = settling = Settling()
        yield made, settling, rows
        await made.stop()


async def test_what_was_left_is_taken_up_at_the_start(tmp_path: Path) -> None:
    async with background(tmp_path) as (made, settling, rows):
        left = [asked() for _ in range(3)]
        await rows.accept(new(*left))
        settling.gate.set()
        await made.start()
        await until(lambda: not made.held)
        assert settling.portions == [[one.id for one in left]]
        assert not any(one.pending for one in await rows.logs(1, LookupFilter(since=0)))


async def test_a_large_request_leaves_room_for_others(tmp_path: Path) -> None:
    async with background(tmp_path) as (made, settling, _):
        await made.start()
        made.take([Waiting(asked()) for _ in range(PORTION * 20)])
        made.take([Waiting(asked(account=2))])
        await quiet(3)
        assert sorted(settling.accounts) == [1, 1, 1, 1, 2]


async def test_when_the_disk_refuses_it_is_tried_again_and_nobody_is_asked_twice(tmp_path: Path) -> None:
    async with background(tmp_path) as (made, settling, rows):
        one = asked()
        await rows.accept(new(one))
        rows.refusals = 2
        settling.gate.set()
        await made.start()
        await until(lambda: not made.held)
        assert settling.portions == [[one.id]]
        assert (await rows.logs(1, LookupFilter(since=0))) == [answered(one)]


async def test_what_is_taken_twice_is_found_once(tmp_path: Path) -> None:
    async with background(tmp_path) as (made, settling, rows):
        one = asked()
        await rows.accept(new(one))
        await made.start()
        made.take([Waiting(one)])
        await quiet(3)
        assert settling.portions == [[one.id]]


async def test_what_is_answered_while_a_page_is_read_is_not_found_again(tmp_path: Path) -> None:
    async with background(tmp_path) as (made, settling, rows):
        one = asked()
        await rows.accept(new(one))
        rows.page.clear()
        settling.gate.set()
        starting = asyncio.create_task(made.start())
        await until(lambda: rows.pages)
        made.take([Waiting(one)])
        await until(lambda: settling.portions and not made.held)
        rows.page.set()
        await starting
        await until(lambda: not made.held)
        assert settling.portions == [[one.id]]


async def test_stopping_leaves_them_on_disk(tmp_path: Path) -> None:
    async with background(tmp_path) as (made, settling, rows):
        one = asked()
        await rows.accept(new(one))
        await made.start()
        await until(lambda: settling.portions)
        await made.stop()
        assert [waiting.lookup for waiting in await rows.waiting(0, 10)] == [one]


async def test_lookups_are_kept_as_long_as_messages(tmp_path: Path) -> None:
    clock, directory = FakeClock(START + 48 * HOUR), Directory()
    directory.accounts[1] = ACME
    async with opened(tmp_path) as store:
        rows = LookupRows(store.access)
        old, fresh = answered(asked(price=0)), answered(asked(START + 1, price=0), START + 1)
        gone = answered(asked(account=7, price=0))
        for one in (old, fresh, gone):
            await rows.accept(new(one))
        clock.pass_ms(1)
        await forgetting_of(rows, directory, clock).forget()
        assert await rows.logs(1, LookupFilter(since=0)) == [fresh]
        assert await rows.holders() == [1]
