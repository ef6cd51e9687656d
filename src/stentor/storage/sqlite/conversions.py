"""Processes, their runs, and what is counted of them (`counts`)."""

from __future__ import annotations

from typing import Any

import apsw
from msgspec.structs import replace

from stentor.core.conversion import Ended, Process, Selection, Tag
from stentor.core.ids import first_at
from stentor.core.rates import Counted
from stentor.core.tracked import Run
from stentor.storage.sqlite import counts, tracked
from stentor.storage.sqlite.access import Access

_PROCESS = "SELECT id, account, key, name, description, type, track, added_at FROM process WHERE"
_TAGS = "SELECT id, key, name, description, type FROM process_tag WHERE process = ? ORDER BY id"
_MAKE = (
    "INSERT OR IGNORE INTO process (account, key, name, description, type, track, added_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_MAKE_TAG = "INSERT INTO process_tag (process, key, name, description, type) VALUES (?, ?, ?, ?, ?)"


class ConversionRows:
    """Implements `core.conversion.ConversionStore`."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def process_of_type(self, account: int, track: str) -> Process | None:
        return _one(self._access.reader, "account = ? AND track = ?", account, track)

    def process_of_key(self, account: int, key: str) -> Process | None:
        return _one(self._access.reader, "key = ? AND account = ?", key, account)

    def process(self, number: int) -> Process | None:
        return _one(self._access.reader, "id = ?", number)

    def processes(self, account: int) -> int:
        row: Any = self._access.reader.execute("SELECT count(*) FROM process WHERE account = ?", (account,)).fetchone()
        return int(row[0])

    async def make(self, process: Process) -> Process:
        return await self._access.run(lambda db: _make(db, process), awaited=True)

    def run(self, account: int, wanted: int | str) -> Run | None:
        column = "id" if isinstance(wanted, int) else "key"
        sql = f"SELECT {tracked.RUN_COLUMNS} FROM process_run WHERE account = ? AND {column} = ?"
        row: Any = self._access.reader.execute(f"{sql} ORDER BY id DESC LIMIT 1", (account, wanted)).fetchone()
        return None if row is None else Run(*row)

    async def end(self, ended: Ended) -> bool:
        return await self._access.run(lambda db: tracked.end(db, ended), rows=4, awaited=True)

    async def counted(self, selection: Selection) -> list[Counted]:
        return await self._access.search(counts.counted, selection)

    async def lines(self, selection: Selection, most: int) -> int:
        return await self._access.search(counts.lines, selection, most)

    async def forget(self, before: int, limit: int) -> int:
        return await self._access.run(lambda db: _forget(db, before, limit), rows=limit)


def _one(connection: apsw.Connection, condition: str, *values: Any) -> Process | None:
    row: Any = connection.execute(f"{_PROCESS} {condition}", values).fetchone()
    if row is None:
        return None
    return replace(Process(*row), tags=_tags_of(connection, row[0]))


def process_of(connection: apsw.Connection, number: int) -> Process:
    """One that is there: processes stay."""
    found = _one(connection, "id = ?", number)
    assert found is not None
    return found


def _make(connection: apsw.Connection, process: Process) -> Process:
    values = (process.account, process.key, process.name, process.description, process.type, process.track)
    connection.execute(_MAKE, (*values, process.added_at))
    if connection.changes():
        number = connection.last_insert_rowid()
        tags = [(number, tag.key, tag.name, tag.description, tag.type) for tag in process.tags]
        connection.executemany(_MAKE_TAG, tags)
        return process_of(connection, number)
    found = _one(connection, "account = ? AND track = ?", process.account, process.track)
    assert found is not None
    return found


def processes_of(connection: apsw.Connection, account: int) -> list[Process]:
    rows: Any = connection.execute(f"{_PROCESS} account = ? ORDER BY id", (account,)).fetchall()
    return [Process(*row) for row in rows]


def made_tag(connection: apsw.Connection, process: int, tag: Tag) -> Tag:
    connection.execute(_MAKE_TAG, (process, tag.key, tag.name, tag.description, tag.type))
    return replace(tag, id=connection.last_insert_rowid())


def _tags_of(connection: apsw.Connection, process: int) -> tuple[Tag, ...]:
    rows: Any = connection.execute(_TAGS, (process,))
    return tuple(Tag(*tag) for tag in rows)


def _forget(connection: apsw.Connection, before: int, limit: int) -> int:
    """Runs by their ids, which are as old as they are, but for those of messages that were sent long after."""
    found: Any = connection.execute(
        "SELECT id FROM process_run WHERE id < ? AND at < ? ORDER BY id LIMIT ?", (first_at(before), before, limit)
    ).fetchall()
    for table, column in (("process_log", "run"), ("process_run", "id")):
        connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", found)
    return max(len(found), counts.forget_minutes(connection, before, limit))
