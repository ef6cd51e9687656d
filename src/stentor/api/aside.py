"""Answers of many lines, written beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from stentor.api.messages import Response

_FEW = 500
"""Lines that take a millisecond or two."""


class Aside:
    """Writes long answers on a thread, one at a time, so that other requests go on meanwhile."""

    def __init__(self) -> None:
        self._one = asyncio.Semaphore(1)

    async def write(self, lines: int, answer: Callable[[], Response]) -> Response:
        if lines <= _FEW:
            return answer()
        async with self._one:
            return await asyncio.to_thread(answer)
