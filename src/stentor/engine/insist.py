"""Writing what must not be lost: while the disk refuses, it is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from stentor.core.errors import StoreUnavailable

log = structlog.get_logger()

_REST_S = 0.5
T = TypeVar("T")


async def insist(write: Callable[[], Awaitable[T]], *, refused: str, over: Callable[[], bool] = lambda: False) -> T:
    """What `write` answers in the end. `refused`: what the log says of each refusal.

    Raises `StoreUnavailable` once it is `over`; all other errors at once.
    """
    while True:
        try:
            return await write()
        except StoreUnavailable as error:
            if over():
                raise
            log.error(refused, reason=str(error))
            await asyncio.sleep(_REST_S)
