"""The embedded store as one object: `core.ports.Store` over one writing and one reading connection."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apsw

from stentor.core.errors import Throttled
from stentor.core.message import Event, Message, Move, Owed, SentPart, Story
from stentor.core.ports import (
    Book,
    Claimed,
    Clock,
    HeldReceipt,
    LogFilter,
    Matched,
    NewMessages,
    ReportFilter,
)
from stentor.storage.sqlite import accepting, booking, claiming, moving, reading, reporting
from stentor.storage.sqlite.migrations import migrate
from stentor.storage.sqlite.rows import EventWriter
from stentor.storage.sqlite.writer import Writer

FILE_NAME = "stentor.db"
_BUSY_MS = 5_000
_CACHE_KIB = 16_000
_MAX_BACKLOG = 5_000
"""Requests that may wait for the disk; more are told to come back."""


class DataInUse(Exception):
    """Another process runs on the same data folder."""


class DataUnusable(Exception):
    """The data folder cannot be made or written to."""


class SqliteStore:
    """Messages in `FOLDER/stentor.db`. One process writes; others may read (`SqliteStore.reader`)."""

    def __init__(self, folder: Path, clock: Clock, node: int = 1) -> None:
        self._lock = _lock(folder)
        self._clock = clock
        self._node = node
        self._connection = _connect(folder / FILE_NAME)
        migrate(self._connection)
        self._reader = _connect(folder / FILE_NAME)
        self._searching = _connect(folder / FILE_NAME)
        self._searcher = ThreadPoolExecutor(1, thread_name_prefix="search")
        self._writer = Writer(self._connection)
        self._events = EventWriter(_largest(self._connection, "event"))
        claiming.recover(self._connection, node)

    @classmethod
    def reader(cls, folder: Path) -> apsw.Connection:
        """A read-only connection beside a running program; `FileNotFoundError` when there is no store."""
        path = folder / FILE_NAME
        if not path.exists():
            raise FileNotFoundError(path)
        return apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)

    async def close(self) -> None:
        await self._writer.close()
        self._searcher.shutdown()
        self._searching.close()
        self._reader.close()
        self._connection.close()
        os.close(self._lock)

    @property
    def backlog(self) -> int:
        """Work units that wait for the next commit."""
        return self._writer.backlog

    @property
    def commits(self) -> int:
        return self._writer.commits

    def secret(self) -> bytes:
        """The installation's random key, made at first use."""
        return bytes(_setting(self._connection, "secret", lambda: secrets.token_bytes(32)))

    def largest_id(self) -> int:
        return _largest(self._connection, "message")

    async def accept(self, new: NewMessages) -> list[int | None]:
        if self._writer.backlog > _MAX_BACKLOG:
            raise Throttled(1.0)
        return await self._writer.run(lambda db: accepting.accept(db, new, self._node, self._events))

    def sent(self, parts: Sequence[SentPart], events: Sequence[Event], *, urgent: bool = False) -> asyncio.Future[None]:
        return self._writer.run(lambda db: moving.sent(db, parts, events, self._events), urgent=urgent)

    async def move(self, moves: Sequence[Move], drop_held: Sequence[int] = ()) -> list[bool]:
        return await self._writer.run(lambda db: moving.move(db, moves, drop_held, self._node, self._events))

    async def log(self, events: Sequence[Event]) -> None:
        await self._writer.run(lambda db: self._events.write(db, events))

    async def claim(self, connector: str, account: int, now: int, limit: int) -> list[Claimed]:
        return await self._writer.run(
            lambda db: claiming.claim(db, connector, account, now, limit, self._node, self._events),
        )

    async def put_back(self, messages: Sequence[int]) -> None:
        await self._writer.run(lambda db: claiming.put_back(db, messages))

    def waiting(self, now: int) -> list[tuple[str, int]]:
        return reading.waiting(self._reader, now)

    def overdue(self, now: int, limit: int) -> list[Message]:
        return reading.overdue(self._reader, now, limit)

    def silent(self, before: int, after: int, limit: int) -> tuple[list[Message], int]:
        return reading.silent(self._reader, before, after, limit)

    async def match(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Matched]:
        """On the writing connection: its pages are warm, while every commit makes a reader drop all of its own."""
        return await self._writer.run(lambda db: reading.match_all(db, keys))

    async def hold(self, receipts: Sequence[HeldReceipt]) -> None:
        await self._writer.run(lambda db: moving.hold(db, receipts))

    def held(self) -> list[HeldReceipt]:
        return reading.held(self._reader)

    async def take_reports(self, account: int, wanted: ReportFilter, at: int) -> list[Owed]:
        return await self._writer.run(lambda db: reporting.take(db, account, wanted, at, self._events))

    def due_hosts(self, now: int) -> list[str]:
        return reporting.due_hosts(self._reader, now)

    async def claim_reports(self, host: str, now: int, limit: int) -> list[Owed]:
        return await self._writer.run(lambda db: reporting.claim(db, host, now, limit, self._node))

    async def notified(self, reports: Sequence[int], events: Sequence[Event]) -> None:
        await self._writer.run(lambda db: reporting.notified(db, reports, events, self._events))

    async def notify_later(self, reports: Sequence[int], due: int, events: Sequence[Event]) -> None:
        await self._writer.run(lambda db: reporting.later(db, reports, due, events, self._events))

    async def put_back_reports(self, reports: Sequence[int]) -> None:
        await self._writer.run(lambda db: reporting.put_back(db, reports))

    async def logs(self, account: int, wanted: LogFilter) -> list[Message]:
        """On a thread: a filter that matches little may look at much, and SQLite does that without the lock."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._searcher, reading.logs, self._searching, account, wanted)

    def balance(self, account: int) -> int:
        return reading.balance(self._reader, account)

    def queued(self) -> int:
        return reading.queued(self._reader)

    def unfinished(self, connector: str) -> list[tuple[str, str, str]]:
        return reading.unfinished(self._reader, connector)

    def story(self, message: int | str, account: int | None = None) -> Story | None:
        return reading.story(self._reader, message, account)

    async def purge(self, before: int, limit: int) -> int:
        return await self._writer.run(lambda db: claiming.purge(db, before, limit))

    async def define(self, book: Book) -> None:
        await self._writer.run(lambda db: booking.define(db, book, self._clock.now_ms()))

    def book(self) -> Book:
        return booking.book(self._reader)


def _lock(folder: Path) -> int:
    """Only one process may own the folder: it takes back its leases at start."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "stentor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DataUnusable(f"cannot keep data in {folder}: {error.strerror}; give another folder") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise DataInUse(f"{folder} is in use by another running Stentor: stop it, or give another --data") from None
    return handle


def _connect(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(_BUSY_MS)
    # SQLite is built with STAT4 here and would parse a statement anew for each newly bound value.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", f"cache_size = -{_CACHE_KIB}", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _largest(connection: apsw.Connection, table: str) -> int:
    """Event numbers are ascending over the whole table, and the newest message has the newest ones."""
    sql = f"SELECT ifnull(max(id), 0) FROM {table}"
    if table == "event":
        sql += " WHERE message IN (SELECT id FROM message ORDER BY id DESC LIMIT 1000)"
    return int(connection.execute(sql).get)


def _setting(connection: apsw.Connection, name: str, make: Callable[[], Any]) -> Any:
    row = connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    if row is not None:
        return row[0]
    value = make()
    connection.execute("INSERT INTO setting VALUES (?, ?)", (name, value))
    return value
