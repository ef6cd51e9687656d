"""A store for a test that needs one: the embedded one, in a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from stentor.core.ports import Book
from stentor.storage.sqlite import SqliteStore
from support.making import FakeClock, book


@asynccontextmanager
async def opened(folder: Path, clock: FakeClock, defined: Book | None = None) -> AsyncIterator[SqliteStore]:
    """With two accounts, a price and a rule unless another book is given."""
    store = SqliteStore(folder, clock)
    try:
        await store.define(defined or book())
        yield store
    finally:
        await store.close()
