"""The disk refuses in the middle of a large revision."""

from __future__ import annotations

import asyncio
from pathlib import Path

import apsw
import pytest

from stentor.core.definitions import Book, Credit, Revision
from stentor.core.errors import StoreUnavailable
from stentor.core.pricing import Price
from stentor.storage.sqlite import SqliteStore
from support.disk import Disk, Note, Sync
from support.making import ACME, START, define, fresh_id

N = 1_000_000
"""A revision's number above all that `define` counts."""


class Refusing:
    """From the `nth` sync on the disk is full, until it is said to be well."""

    def __init__(self, nth: int) -> None:
        self.left = nth
        self.well = False

    def __call__(self, note: Note) -> Exception | None:
        if self.well or not isinstance(note, Sync):
            return None
        self.left -= 1
        return apsw.FullError("no space left") if self.left < 0 else None


def large(store: SqliteStore, number: int, micros: int) -> Revision:
    wanted = [Price("large", f"{place:06d}", micros) for place in range(600)]
    changes = Book(store.records()).difference(wanted)
    return Revision(number, START, "op", "tried", len(changes), changes)


def stored(store: SqliteStore) -> set[int]:
    return {record.micros for record in store.records() if isinstance(record, Price)}


@pytest.mark.parametrize("nth", range(5))
async def test_a_revision_that_was_not_staged_is_refused(tmp_path: Path, nth: int) -> None:
    disk = Disk()
    with disk.mounted():
        store = SqliteStore(tmp_path)
    await define(store, ACME, credit=0)
    refusing = Refusing(nth)
    disk.fault = refusing
    with pytest.raises(StoreUnavailable):
        await store.revise(large(store, N, 1), [Credit(fresh_id(), 1, "top-up", 7)])
    refusing.well = True
    assert (stored(store), store.balance(1), await store.revision(N)) == (set(), 0, None)
    await store.revise(large(store, N + 1, 2))
    assert stored(store) == {2}
    await store.close()


@pytest.mark.parametrize("nth", [5, 8])
async def test_a_revision_that_was_staged_is_finished_when_the_disk_is_well_again(tmp_path: Path, nth: int) -> None:
    """Nothing may come between: it would be undone when the staged one is finished after a restart."""
    disk = Disk()
    with disk.mounted():
        store = SqliteStore(tmp_path)
    await define(store, ACME, credit=0)
    disk.fault = refusing = Refusing(nth)
    writing = asyncio.create_task(store.revise(large(store, N, 1), [Credit(fresh_id(), 1, "top-up", 7)]))
    while not store.failures:
        await asyncio.sleep(0.001)
    assert not writing.done()
    refusing.well = True
    await writing
    assert (stored(store), store.balance(1)) == ({1}, 7)
    await store.close()
