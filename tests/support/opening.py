"""A store for a test that needs one: the embedded one, in a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from stentor.core.definitions import Record
from stentor.storage.sqlite import SqliteStore
from support.making import book, define


@asynccontextmanager
async def opened(folder: Path, defined: Sequence[Record] | None = None) -> AsyncIterator[SqliteStore]:
    """With two accounts, a price and a rule unless others are given."""
    store = SqliteStore(folder)
    try:
        await define(store, *(book() if defined is None else defined))
        yield store
    finally:
        await store.close()
