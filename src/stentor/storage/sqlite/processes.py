"""Processes that customers define, beside what messages begin (`conversions`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw
from msgspec.structs import astuple

from stentor.core.browsers import OsType
from stentor.core.conversion import Ended, Narrowed, Process, Tag
from stentor.core.processes import NewLog
from stentor.core.rates import Counted, Span
from stentor.core.tracked import Run
from stentor.storage.sqlite import tracked
from stentor.storage.sqlite.conversions import ConversionRows, counting, made_tag, processes_of

_RUN = f"SELECT {tracked.RUN_COLUMNS} FROM process_run WHERE account = ? AND process = ?"
_INSERT_RUN = f"INSERT INTO process_run ({tracked.RUN_COLUMNS}) VALUES ({', '.join('?' * len(Run.__struct_fields__))})"
_TOTAL = "WITH counted (start, of, count, took) AS ({}) SELECT ?, of, sum(count), sum(took) FROM counted GROUP BY of"
_AGAIN = "UPDATE process_log SET count = count + 1 WHERE run = ? AND tag = ?"
_LOG = "SELECT at, count, os FROM process_log WHERE run = ? AND tag = ?"
_LOGS = "SELECT tag, at, os, count FROM process_log WHERE run = ? ORDER BY at, tag"


class ProcessRows(ConversionRows):
    """Implements `core.processes.ProcessStore`."""

    def all_processes(self, account: int) -> list[Process]:
        return processes_of(self._access.reader, account)

    async def describe(self, process: Process) -> None:
        sql = "UPDATE process SET name = ?, description = ? WHERE id = ?"
        values = (process.name, process.description, process.id)
        await self._access.run(lambda db: db.execute(sql, values), awaited=True)

    async def make_tag(self, process: int, tag: Tag) -> Tag:
        return await self._access.run(lambda db: made_tag(db, process, tag), awaited=True)

    async def describe_tag(self, tag: Tag) -> None:
        sql = "UPDATE process_tag SET name = ?, description = ? WHERE id = ?"
        await self._access.run(lambda db: db.execute(sql, (tag.name, tag.description, tag.id)), awaited=True)

    def run_of(self, process: int, account: int, wanted: int | str) -> Run | None:
        column = "id" if isinstance(wanted, int) else "key"
        sql = f"{_RUN} AND {column} = ? ORDER BY id DESC LIMIT 1"
        row: Any = self._access.reader.execute(sql, (account, process, wanted)).fetchone()
        return None if row is None else Run(*row)

    async def log(self, new: NewLog) -> tuple[int, int, OsType]:
        return await self._access.run(lambda db: _log(db, new), rows=5, awaited=True)

    async def totals(
        self, process: int, tags: tuple[int, int], parts: Sequence[Span], narrowed: Narrowed
    ) -> list[Counted]:
        return await self._access.search(_totals, process, tags, parts, narrowed)

    def logs_of(self, run: int) -> list[tuple[int, int, OsType, int]]:
        rows: Any = self._access.reader.execute(_LOGS, (run,))
        return list(rows)


def _totals(
    connection: apsw.Connection, process: int, tags: tuple[int, int], parts: Sequence[Span], narrowed: Narrowed
) -> list[Counted]:
    """Added up where they are: a month's counts by network are thousands of rows."""
    rows: list[Counted] = []
    for part in parts:
        for tag in dict.fromkeys(tags):
            sql, values = counting(process, tag, part, narrowed)
            found: Any = connection.execute(_TOTAL.format(sql), (*values, part.start))
            rows += (Counted(tag, *row) for row in found)
    return rows


def _log(connection: apsw.Connection, new: NewLog) -> tuple[int, int, OsType]:
    """The first time it counts; said again, it is noted."""
    if new.fresh:
        connection.execute(_INSERT_RUN, astuple(new.run))
    if not tracked.end(connection, Ended(new.run, new.tag, new.at, new.os)):
        connection.execute(_AGAIN, (new.run.id, new.tag))
    row: Any = connection.execute(_LOG, (new.run.id, new.tag)).fetchone()
    return row[0], row[1], row[2]
