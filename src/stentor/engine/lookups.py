"""Lookups that nobody waits for: found in the background, an account at a time, and forgotten with the log's window."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence

import structlog

from stentor.core.account import Directory
from stentor.core.calls import Call
from stentor.core.lookup import LookupResult, LookupStore, Waiting
from stentor.core.ports import Clock
from stentor.core.sessions import is_session
from stentor.engine.forgetting import Forgetting

log = structlog.get_logger()

_WORKERS = 8
_PER_ACCOUNT = 4
"""Portions of one account under way at a time, so that a request for 10,000 numbers delays nobody else's."""
PORTION = 100
_IN_MEMORY = 20_000
"""More wait on disk."""
_AGAIN_S = 1.0
"""After the disk refused."""
_BATCH = 500

Settle = Callable[[Sequence[Waiting]], Awaitable[tuple[Sequence[LookupResult], Sequence[Call]]]]


class LookingUp:
    """Implements `core.lookup.Background`. `settle` is `Lookups.settle`; `soon` is called when a call may be owed."""

    def __init__(self, store: LookupStore, soon: Callable[[], object]) -> None:
        self.settle: Settle
        self._store = store
        self._soon = soon
        self.sessions_wait: Callable[[Iterable[int]], None] = lambda _: None
        """Told the accounts that have new results for SMPP sessions."""
        self._queues: dict[int, deque[Waiting]] = {}
        self._turns: deque[int] = deque()
        self._under_way: dict[int, int] = {}
        self._held: set[int] = set()
        self._on_disk = False
        """Whether some may wait on disk that are not in memory."""
        self._loading = False
        self._answered: set[int] = set()
        """While it loads: a page that was read before may still show them as waiting."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = False

    @property
    def held(self) -> int:
        """Waiting or under way."""
        return len(self._held)

    async def start(self) -> None:
        """Take up what a crash or a stop left."""
        self._running = True
        await self._load()

    async def stop(self) -> None:
        """What is under way is asked again at the next start."""
        self._running = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def take(self, waiting: Sequence[Waiting]) -> None:
        for one in waiting:
            if len(self._held) >= _IN_MEMORY:
                self._on_disk = True
                break
            self._enqueue(one)
        self._go_on()

    async def tick(self) -> None:
        """Fetch what waits on disk when there is room again."""
        if self._on_disk and not self._loading and len(self._held) < _IN_MEMORY // 2:
            await self._load()

    async def _load(self) -> None:
        self._loading, self._on_disk, whole = True, False, False
        try:
            whole = await self._read()
        finally:
            self._loading = False
            self._answered.clear()
            self._on_disk = self._on_disk or not whole
        self._go_on()

    async def _read(self) -> bool:
        """Whether that was all there is."""
        after = 0
        while len(self._held) < _IN_MEMORY:
            page = await self._store.waiting(after, _BATCH)
            for one in page:
                self._enqueue(one)
            if len(page) < _BATCH:
                return True
            after = page[-1].lookup.id
        return False

    def _enqueue(self, one: Waiting) -> None:
        account, number = one.lookup.account, one.lookup.id
        if number in self._held or number in self._answered:
            return
        self._held.add(number)
        if account not in self._queues:
            self._queues[account] = deque()
            self._turns.append(account)
        self._queues[account].append(one)

    def _go_on(self) -> None:
        while self._running and len(self._tasks) < _WORKERS:
            account = self._next()
            if account is None:
                return
            queue = self._queues[account]
            portion = [queue.popleft() for _ in range(min(PORTION, len(queue)))]
            if not queue:
                del self._queues[account]
                self._turns.remove(account)
            self._under_way[account] = self._under_way.get(account, 0) + 1
            task = asyncio.get_running_loop().create_task(self._find(account, portion))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _next(self) -> int | None:
        """The account whose turn it is."""
        for _ in range(len(self._turns)):
            self._turns.rotate(-1)
            account = self._turns[-1]
            if self._under_way.get(account, 0) < _PER_ACCOUNT:
                return account
        return None

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._go_on()

    async def _find(self, account: int, portion: list[Waiting]) -> None:
        try:
            await self._surely(portion)
        finally:
            left = self._under_way[account] - 1
            if left:
                self._under_way[account] = left
            else:
                del self._under_way[account]
        answered = {one.lookup.id for one in portion}
        self._held -= answered
        if self._loading:
            self._answered |= answered
        self._soon()
        if any(one.telling is not None and is_session(one.telling.url) for one in portion):
            self.sessions_wait((account,))

    async def _surely(self, portion: Sequence[Waiting]) -> None:
        """They are on disk: tried until they are answered. What was found out is not asked again."""
        settled = None
        while True:
            try:
                settled = settled or await self.settle(portion)
                return await self._store.finish(*settled)
            except Exception as error:  # noqa: BLE001 - whatever it was, nothing is lost by trying again
                log.warning("lookups postponed", lookups=len(portion), reason=str(error)[:200])
            await asyncio.sleep(_AGAIN_S)


def forgetting_of(store: LookupStore, directory: Directory, clock: Clock) -> Forgetting:
    """Lookups are kept as long as their account's messages are; none of them waits to be pulled."""
    return Forgetting(store.holders, lambda who, before, _, limit: store.purge(who, before, limit), directory, clock)
