"""What upstreams said, written down: the answers of one loop turn as one unit, and then their places are free."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from stentor.core.ports import Store
from stentor.engine.insist import insist
from stentor.engine.moves import Mover
from stentor.engine.outlets import Outlet, Results
from stentor.engine.receipts import Receipts

log = structlog.get_logger()


class Recorder:
    """`written` is called when the answers of an outlet are durable."""

    def __init__(self, *, store: Store, mover: Mover, receipts: Receipts, written: Callable[[Outlet], None]) -> None:
        self._store = store
        self._mover = mover
        self._receipts = receipts
        self._done = written
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def writing(self) -> bool:
        return bool(self._tasks)

    def results_of(self, outlet: Outlet) -> Results:
        """Where to note what happens; written at the end of this loop turn, or by `flush`."""
        results = outlet.results
        if results is None:
            results = outlet.results = Results(outlet.connector)
            asyncio.get_running_loop().call_soon(self.flush, outlet)
        return results

    def flush(self, outlet: Outlet) -> None:
        """Mostly parts were taken and nothing else; a full window is then filled again in this very turn."""
        results, outlet.results = outlet.results, None
        if results is None:
            return
        writing: asyncio.Future[None] | None = None
        if not results.moves:
            full = outlet.room() <= 0
            writing = asyncio.ensure_future(self._store.sent(results.sent, results.events, urgent=full))
            if writing.done() and writing.exception() is None:
                self._written(outlet, results)
                return
        task = asyncio.get_running_loop().create_task(self._write(outlet, results, writing))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write(self, outlet: Outlet, results: Results, writing: asyncio.Future[None] | None) -> None:
        """What the upstream said must not be lost: while the disk refuses, the window stays closed and we try again."""

        async def write() -> None:
            nonlocal writing
            begun, writing = writing, None
            await (begun or self._store.sent(results.sent, results.events))
            if results.moves:
                await self._mover.carry_out(results.moves)

        try:
            await insist(write, refused="answers not recorded, trying again")
        except Exception:
            log.exception("answers not recorded; what they belong to is sent again after a restart")
        self._written(outlet, results)

    def _written(self, outlet: Outlet, results: Results) -> None:
        self._receipts.sent((part.connector, part.upstream_id) for part in results.sent)
        for flight in results.landed:
            flight.lane.release(flight.message.account)
        if results.connector is not None:
            results.connector.settled(results.count)
        self._done(outlet)
