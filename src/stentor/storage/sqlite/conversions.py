"""Processes, their runs, and what is counted of them: statistics read counts, never logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw
from msgspec.structs import replace

from stentor.core.conversion import Aggregation, Ended, Narrowed, Process, Tag
from stentor.core.ids import first_at
from stentor.core.rates import MINUTE_MS, Counted, Span
from stentor.core.tracked import Run
from stentor.storage.sqlite import tracked
from stentor.storage.sqlite.access import Access
from stentor.storage.sqlite.where import Where

_PROCESS = "SELECT id, account, key, name, description, type, track, added_at FROM process WHERE"
_TAGS = "SELECT id, key, name, description, type FROM process_tag WHERE process = ? ORDER BY id"
_MAKE = (
    "INSERT OR IGNORE INTO process (account, key, name, description, type, track, added_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_MAKE_TAG = "INSERT INTO process_tag (process, key, name, description, type) VALUES (?, ?, ?, ?, ?)"
_COLUMN: dict[Aggregation | None, str] = {None: "''", "country": "country", "network": "mcc_mnc", "os": "os"}


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

    async def counted(
        self, process: int, tags: tuple[int, int], parts: Sequence[Span], narrowed: Narrowed
    ) -> list[Counted]:
        return await self._access.search(counted, process, tags, parts, narrowed)

    async def forget(self, before: int, limit: int) -> int:
        return await self._access.run(lambda db: _forget(db, before, limit), rows=limit)


def _one(connection: apsw.Connection, condition: str, *values: Any) -> Process | None:
    row: Any = connection.execute(f"{_PROCESS} {condition}", values).fetchone()
    if row is None:
        return None
    return replace(Process(*row), tags=_tags_of(connection, row[0]))


def _make(connection: apsw.Connection, process: Process) -> Process:
    values = (process.account, process.key, process.name, process.description, process.type, process.track)
    connection.execute(_MAKE, (*values, process.added_at))
    if connection.changes():
        number = connection.last_insert_rowid()
        tags = [(number, tag.key, tag.name, tag.description, tag.type) for tag in process.tags]
        connection.executemany(_MAKE_TAG, tags)
        found = _one(connection, "id = ?", number)
    else:
        found = _one(connection, "account = ? AND track = ?", process.account, process.track)
    assert found is not None
    return found


def processes_of(connection: apsw.Connection, account: int) -> list[Process]:
    rows: Any = connection.execute(f"{_PROCESS} account = ? ORDER BY id", (account,)).fetchall()
    return [replace(Process(*row), tags=_tags_of(connection, row[0])) for row in rows]


def made_tag(connection: apsw.Connection, process: int, tag: Tag) -> Tag:
    connection.execute(_MAKE_TAG, (process, tag.key, tag.name, tag.description, tag.type))
    return replace(tag, id=connection.last_insert_rowid())


def _tags_of(connection: apsw.Connection, process: int) -> tuple[Tag, ...]:
    rows: Any = connection.execute(_TAGS, (process,))
    return tuple(Tag(*tag) for tag in rows)


def counted(
    connection: apsw.Connection, process: int, tags: tuple[int, int], parts: Sequence[Span], narrowed: Narrowed
) -> list[Counted]:
    rows: list[Counted] = []
    for part in parts:
        for tag in dict.fromkeys(tags):
            sql, values = counting(process, tag, part, narrowed)
            rows += (Counted(tag, *row) for row in connection.execute(sql, values))
    return rows


def counting(process: int, tag: int, part: Span, narrowed: Narrowed) -> tuple[str, tuple[Any, ...]]:
    """One range of the primary key."""
    where = Where("process = ? AND length = ? AND tag = ?", process, part.length, tag)
    where.also("start >= ? AND start < ?", part.start, part.end)
    if narrowed.mcc is not None:
        where.also("substr(mcc_mnc, 1, 3) = ?", narrowed.mcc)
    if narrowed.mnc is not None:
        where.also("substr(mcc_mnc, 4) = ?", narrowed.mnc)
    if narrowed.country is not None:
        where.also("country = ?", narrowed.country)
    if narrowed.os is not None:
        where.also("os = ?", narrowed.os)
    of = _COLUMN[narrowed.by]
    sql = f"SELECT start, {of}, sum(count), sum(took) FROM process_count WHERE {where.sql} GROUP BY start, {of}"
    return sql, tuple(where.values)


def _forget(connection: apsw.Connection, before: int, limit: int) -> int:
    """Runs by their ids, which are as old as they are."""
    found: Any = connection.execute(
        "SELECT id FROM process_run WHERE id < ? ORDER BY id LIMIT ?", (first_at(before), limit)
    ).fetchall()
    for table, column in (("process_log", "run"), ("process_run", "id")):
        connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", found)
    connection.execute(
        "DELETE FROM process_count WHERE (process, length, tag, start, mcc_mnc, country, os) IN"
        " (SELECT process, length, tag, start, mcc_mnc, country, os FROM process_count"
        f" WHERE length = {MINUTE_MS} AND start < ? ORDER BY start LIMIT ?)",
        (before, limit),
    )
    return len(found)
