"""Processes that customers define, beside what messages begin (`conversions`)."""

from __future__ import annotations

from typing import Any

import apsw
from msgspec.structs import astuple

from stentor.core.browsers import OsType
from stentor.core.conversion import Ended, Process, Tag
from stentor.core.processes import NewLog, TagCheck
from stentor.core.tracked import Run
from stentor.storage.sqlite import tracked
from stentor.storage.sqlite.conversions import ConversionRows, made_tag, process_of, processes_of

_RUN = f"SELECT {tracked.RUN_COLUMNS} FROM process_run WHERE account = ? AND process = ?"
_INSERT_RUN = f"INSERT INTO process_run ({tracked.RUN_COLUMNS}) VALUES ({', '.join('?' * len(Run.__struct_fields__))})"
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

    async def make_tag(self, process: int, tag: Tag, check: TagCheck) -> Tag:
        return await self._access.run(lambda db: _make_tag(db, process, tag, check), awaited=True)

    async def describe_tag(self, process: int, tag: Tag, check: TagCheck) -> None:
        await self._access.run(lambda db: _describe_tag(db, process, tag, check), awaited=True)

    def run_of(self, process: int, account: int, wanted: int | str) -> Run | None:
        return _run_of(self._access.reader, process, account, wanted)

    async def log(self, new: NewLog) -> tuple[Run, int, int, OsType]:
        return await self._access.run(lambda db: _log(db, new), rows=5, awaited=True)

    def logs_of(self, run: int) -> list[tuple[int, int, OsType, int]]:
        rows: Any = self._access.reader.execute(_LOGS, (run,))
        return list(rows)


def _make_tag(connection: apsw.Connection, process: int, tag: Tag, check: TagCheck) -> Tag:
    """Another request may have made one of its name since it was checked."""
    return made_tag(connection, process, check(process_of(connection, process), tag))


def _describe_tag(connection: apsw.Connection, process: int, tag: Tag, check: TagCheck) -> None:
    tag = check(process_of(connection, process), tag)
    sql = "UPDATE process_tag SET name = ?, description = ? WHERE id = ?"
    connection.execute(sql, (tag.name, tag.description, tag.id))


def _run_of(connection: apsw.Connection, process: int, account: int, wanted: int | str) -> Run | None:
    column = "id" if isinstance(wanted, int) else "key"
    sql = f"{_RUN} AND {column} = ? ORDER BY id DESC LIMIT 1"
    row: Any = connection.execute(sql, (account, process, wanted)).fetchone()
    return None if row is None else Run(*row)


def _log(connection: apsw.Connection, new: NewLog) -> tuple[Run, int, int, OsType]:
    """The first time it counts; said again, it is noted."""
    run = _begun(connection, new.run) if new.fresh else new.run
    if not tracked.end(connection, Ended(run, new.tag, new.at, new.os)):
        connection.execute(_AGAIN, (run.id, new.tag))
    row: Any = connection.execute(_LOG, (run.id, new.tag)).fetchone()
    return run, *row


def _begun(connection: apsw.Connection, run: Run) -> Run:
    """Written now, or the one of that name which a request at the same time has written."""
    found = _run_of(connection, run.process, run.account, run.key) if run.key is not None else None
    if found is None:
        connection.execute(_INSERT_RUN, astuple(run))
    return found or run
