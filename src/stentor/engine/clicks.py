"""Clicks on their way to disk: a phone is sent on at once, and what it did is written behind its back, in batches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from stentor.core.account import Directory
from stentor.core.calls import Call, owed
from stentor.core.errors import StoreUnavailable
from stentor.core.ids import Ids
from stentor.core.tracked import Click

log = structlog.get_logger()

BATCH = 100
"""Clicks in one unit: a millisecond of the loop's time."""
ROOM = 50_000
_PAUSE_S = 0.01
"""Between units, and after the first click: more share a transaction, and redirects go first."""
_AGAIN_S = 0.5

_Owing = tuple[Click, Call | None]
Render = Callable[[Click], bytes]


class ClickStore(Protocol):
    async def clicked(self, clicks: Sequence[_Owing]) -> list[int]:
        """Write clicks with the calls owed for them; the processes of which a run has come to its end by that."""


class Clicks:
    """`note` takes a click and returns; `stop` returns when all are on disk. `ended` is told processes of ended runs.

    What it holds, for 10 ms or while the disk refuses, a crash loses; over 50,000 it lets go of the newest.
    """

    def __init__(
        self,
        *,
        store: ClickStore,
        ids: Ids,
        directory: Directory,
        render: Render,
        ended: Callable[[Sequence[int]], None],
    ) -> None:
        self.soon: Callable[[], None] | None = None
        """Called when calls to customers' URLs were written."""
        self.noted = 0
        self.lost = 0
        self._store = store
        self._ids = ids
        self._directory = directory
        self._render = render
        self._ended = ended
        self._waiting: deque[Click] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._stopping = False

    def note(self, click: Click) -> None:
        if len(self._waiting) >= ROOM:
            self.lost += 1
            return
        self.noted += 1
        self._waiting.append(click)
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def stop(self) -> None:
        """While the disk refuses, what waits is given up."""
        self._stopping = True
        while self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(_PAUSE_S)
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                if not await self._written([self._owing(click) for click in batch]):
                    self._waiting.extendleft(reversed(batch))
                    if self._stopping:
                        self.lost += len(self._waiting)
                        self._waiting.clear()
                    await asyncio.sleep(_AGAIN_S)
        finally:
            self._writing = None

    async def _written(self, owing: Sequence[_Owing]) -> bool:
        try:
            self._ended(await self._store.clicked(owing))
        except StoreUnavailable as error:
            log.error("clicks wait", clicks=len(self._waiting) + len(owing), reason=str(error))
            return False
        if self.soon is not None and any(call is not None for _, call in owing):
            self.soon()
        return True

    def _owing(self, click: Click) -> _Owing:
        account = self._directory.accounts.get(click.link.account)
        if account is None or account.click_url is None:
            return click, None
        (number,) = self._ids.take(click.at)
        body, json = self._render(click), "application/json"
        call = owed(
            number, account.id, "click", click.link.code, account.click_url, at=click.at, content_type=json, body=body
        )
        return click, call
