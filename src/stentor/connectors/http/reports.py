"""Delivery reports of another platform: pulled, or taken at our door; and its log, asked for those that do not come.

A pulled report is given once. It is handed to the engine at once and given again until it is on disk; what a crash in
between costs, the log there still has.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import structlog

from stentor.catalogue import GroupId
from stentor.connectors.http import answers, wire
from stentor.connectors.http.options import HttpOptions
from stentor.connectors.http.waiting import Waiting
from stentor.core.ports import Clock, Upstream

if TYPE_CHECKING:
    from stentor.connectors.http.client import HttpClient

log = structlog.get_logger()

_AGAIN_S = 0.5
_FAREWELL_S = 3.0
_SOON_S = 2.0
"""After a start, when reports that were pulled before a crash may be missing."""
_LOOK_S = 1.0


class Reports:
    def __init__(self, options: HttpOptions, upstream: Upstream, clock: Clock) -> None:
        self._name = options.name
        self._pulls = options.reports == "pull"
        self._every = options.pull_every
        self._upstream = upstream
        self._clock = clock
        self._waiting = Waiting(options.ask_after)
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._complained = False
        self._client: HttpClient

    def start(self, client: HttpClient, reachable: Callable[[], bool]) -> None:
        """`reachable`: whether the other platform is worth asking now."""
        self._client = client
        loops = (self._pull, self._search) if self._pulls else (self._search,)
        self._tasks = [asyncio.get_running_loop().create_task(run(reachable)) for run in loops]

    async def stop(self) -> None:
        """A pull under way is finished if it comes soon: what it brings is given only once."""
        self._stopping.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_FAREWELL_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def resume(self, upstream_ids: Iterable[str]) -> None:
        """Taken before the start and not reported yet. What is notified comes again by itself; what is pulled not."""
        now = asyncio.get_running_loop().time()
        for upstream_id in upstream_ids:
            self._waiting.add(upstream_id, now, _SOON_S if self._pulls else None)

    def expect(self, upstream_id: str) -> None:
        self._waiting.add(upstream_id, asyncio.get_running_loop().time())

    async def arrived(self, given: Sequence[wire.Report]) -> bool:
        """Whether these are on disk now."""
        if not given:
            return True
        now = self._clock.now_ms()
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        receipts = [answers.receipt(self._name, report, now) for report in given]
        self._upstream.receipts(receipts, lambda done: None if kept.done() else kept.set_result(done))
        if not await kept:
            return False
        self._waiting.done(receipt.upstream_id for receipt in receipts if receipt.final)
        return True

    def unreadable(self, count: int) -> None:
        if count:
            log.warning("reports that cannot be read", connector=self._name, count=count)

    def keep_final(self, lines: Iterable[wire.Report]) -> None:
        """What the log says of messages sent before; lost here, the same is asked again later."""
        final = [line for line in lines if answers.is_final(line) and not _never_taken(line)]
        if final:
            task = asyncio.get_running_loop().create_task(self._kept(final))
            self._tasks.append(task)
            task.add_done_callback(self._tasks.remove)

    async def ask(self, upstream_ids: Sequence[str]) -> dict[str, wire.Report]:
        """The lines that the log there has for these, by id."""
        query = [("messageId", one) for one in upstream_ids]
        lines, _ = await self._results(wire.LOGS_PATH, query)
        return {line.id: line for line in reversed(lines)}

    async def _results(self, path: str, query: list[tuple[str, str]]) -> tuple[list[wire.Report], int]:
        reply = await self._client.get(path, [*query, ("limit", str(wire.MOST_RESULTS))])
        if reply.status != 200:
            raise wire.Unreadable(f"{reply.status} {wire.refusal(reply.body)}".rstrip())
        return wire.reports(reply.body)

    # Loops

    async def _pull(self, reachable: Callable[[], bool]) -> None:
        while not self._stopping.is_set():
            if not reachable() or await self._pulled() < wire.MOST_RESULTS:
                await self._pause(self._every)

    async def _pulled(self) -> int:
        """How many reports there were; they are on disk."""
        from stentor.connectors.http.client import NoAnswer, NotSent  # noqa: PLC0415 - loaded when the link started

        try:
            found, bad = await self._results(wire.REPORTS_PATH, [])
        except (NotSent, NoAnswer, wire.Unreadable) as error:
            self._complain(str(error))
            return 0
        self._complained = False
        self.unreadable(bad)
        await self._kept(found)
        return len(found) + bad

    def _complain(self, why: str) -> None:
        """Once, until it works again."""
        if not self._complained:
            log.warning("reports cannot be pulled", connector=self._name, reason=why)
        self._complained = True

    async def _kept(self, reports: Sequence[wire.Report]) -> None:
        """Given once, so held until the disk takes them."""
        while not await self.arrived(reports):  # noqa: ASYNC110 - what is waited for is the disk
            await asyncio.sleep(_AGAIN_S)

    async def _search(self, reachable: Callable[[], bool]) -> None:
        """Ask the log for what should have been reported long ago."""
        from stentor.connectors.http.client import NoAnswer, NotSent  # noqa: PLC0415 - loaded when the link started

        while not self._stopping.is_set():
            due = self._waiting.due(asyncio.get_running_loop().time(), wire.MOST_ASKED) if reachable() else []
            if not due:
                await self._pause(_LOOK_S)
                continue
            try:
                lines = await self.ask(due)
            except (NotSent, NoAnswer, wire.Unreadable) as error:
                log.warning("log of the other platform cannot be read", connector=self._name, reason=str(error))
                await self._pause(_LOOK_S)
                continue
            final = [line for line in lines.values() if answers.is_final(line)]
            if final:
                log.info("found in the log of the other platform", connector=self._name, count=len(final))
            await self._kept(final)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


def _never_taken(line: wire.Report) -> bool:
    return answers.group_of(line.status) is GroupId.REJECTED
