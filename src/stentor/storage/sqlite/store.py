"""The embedded store as one object: `core.ports.Store` over one writing and one reading connection."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import apsw

from stentor.core.bulk import Bulk
from stentor.core.definitions import Credit, LedgerKey, LedgerRow, Record, Revision
from stentor.core.errors import StoreUnavailable, Throttled
from stentor.core.message import Event, Message, Move, Owed, SentPart, Story
from stentor.core.ports import (
    Claimed,
    Erased,
    HeldReceipt,
    LogFilter,
    Matched,
    NewMessages,
    ReportFilter,
)
from stentor.core.pulling import Pulled
from stentor.core.tally import Histogram
from stentor.storage.sqlite import (
    accepting,
    booking,
    bulks,
    calls,
    claiming,
    forgetting,
    inbox,
    moving,
    omni,
    outbox,
    reading,
    reporting,
    tracked,
)
from stentor.storage.sqlite.access import Access
from stentor.storage.sqlite.checkpoints import Checkpoints
from stentor.storage.sqlite.migrations import migrate
from stentor.storage.sqlite.rows import EventWriter
from stentor.storage.sqlite.writer import Writer
from stentor.storage.vault import Vault

FILE_NAME = "stentor.db"
_BUSY_MS = 5_000
_CACHE_KIB = 16_000
_CHECKPOINT_PAGES = 1_000
_SMALL = 4
"""Messages of a request that is written before what nobody waits for."""
_MAX_BACKLOG = 5_000
"""Requests that may wait for the disk; more are told to come back."""
_LARGE_LOG = 64 << 20
"""Octets; a log grows beyond its usual 4 MB only while someone reads for long, e.g. a backup."""
_REWRITE_AFTER_S = 0.5
_TRIES, _PAUSE_S = 40, 0.025
"""How long `tidy` waits for a moment in which nobody writes."""


_NUMBERED = ("message", "report", "held_receipt", "ledger", "call", "inbound", "inbound_part", "lookup",
             "subscription", "process_run", "scenario", "omni", "omni_attempt", "omni_report", "device")  # fmt: skip
"""Tables whose rows have numbers of `core.ids`."""


class DataInUse(Exception):
    """Another process runs on the same data folder."""


class DataUnusable(Exception):
    """The data folder cannot be made or written to."""


class SqliteStore:
    """Messages in `FOLDER/stentor.db`. One process writes; others may read (`SqliteStore.reader`)."""

    def __init__(
        self,
        folder: Path,
        node: int = 1,
        vault: Vault | None = None,
        publish: Callable[[Sequence[Event]], None] | None = None,
    ) -> None:
        """`publish` gets the events of each transaction after its commit."""
        self._lock = lock_folder(folder)
        self._sealing = booking.Sealing(vault or Vault.of(folder))
        self._node = node
        self._connection = _connect(folder / FILE_NAME)
        migrate(self._connection)
        self._events = EventWriter(_largest(self._connection, "event"), publish)
        checkpoints = Checkpoints(self._connection, _connect(folder / FILE_NAME), _CHECKPOINT_PAGES)
        self._writer = Writer(self._connection, self._events, checkpoints)
        self.access = Access(self._writer, _connect(folder / FILE_NAME), _connect(folder / FILE_NAME))
        self.calls = calls.CallRows(self.access, node)
        self._reader, self._search = self.access.reader, self.access.search
        self._log = folder / f"{FILE_NAME}-wal"
        self._untidy = True
        """Whether something was deleted since the log was cut; after a crash nobody knows."""
        claiming.recover(self._connection, node)
        calls.recover(self._connection, node)
        inbox.recover(self._connection, node)
        omni.recover(self._connection, node)
        booking.recover(self._connection)

    @classmethod
    def reader(cls, folder: Path) -> apsw.Connection:
        """A read-only connection beside a running program; `FileNotFoundError` when there is no store."""
        path = folder / FILE_NAME
        if not path.exists():
            raise FileNotFoundError(path)
        return apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)

    async def close(self) -> None:
        await self._writer.close()
        self.access.close()
        self._connection.close()
        os.close(self._lock)

    @property
    def backlog(self) -> int:
        """Work units that wait for the next commit."""
        return self._writer.backlog

    @property
    def commits(self) -> int:
        return self._writer.commits

    @property
    def commit_times(self) -> Histogram:
        return self._writer.commit_times

    @property
    def commit_s(self) -> float:
        return self._writer.commit_s

    @property
    def failures(self) -> int:
        """Work units that the database refused."""
        return self._writer.failures

    def secret(self) -> bytes:
        """The installation's random key, made at first use."""
        return bytes(_setting(self._connection, "secret", lambda: secrets.token_bytes(32)))

    def largest_id(self) -> int:
        """Of all that were given: with the clock behind, numbers are counted on from here."""
        return max(_largest(self._connection, table) for table in _NUMBERED)

    async def accept(self, new: NewMessages) -> list[int | None]:
        if self._writer.backlog > _MAX_BACKLOG:
            raise Throttled(1.0)
        rows = len(new.messages)
        work = partial(accepting.accept, new=new, node=self._node, events=self._events)
        return await self._writer.run(work, rows=rows, awaited=rows <= _SMALL)

    def sent(self, parts: Sequence[SentPart], events: Sequence[Event], *, urgent: bool = False) -> asyncio.Future[None]:
        work = partial(moving.sent, parts=parts, events=events, writer=self._events)
        return self._writer.run(work, rows=len(parts), urgent=urgent)

    async def move(self, moves: Sequence[Move], drop_held: Sequence[int] = ()) -> list[bool]:
        work = partial(moving.move, moves=moves, drop_held=drop_held, node=self._node, writer=self._events)
        return await self._writer.run(work, rows=len(moves))

    async def claim(self, connector: str, account: int, now: int, limit: int, priority: int = 0) -> list[Claimed]:
        stream = (connector, account, priority)
        return await self._writer.run(
            lambda db: claiming.claim(db, stream, now, limit, self._node, self._events), rows=limit
        )

    async def put_back(self, messages: Sequence[int]) -> None:
        await self._writer.run(lambda db: claiming.put_back(db, messages))

    def waiting(self, now: int) -> list[tuple[str, int, int]]:
        return reading.waiting(self._reader, now)

    def overdue(self, now: int, limit: int) -> list[Message]:
        return reading.overdue(self._reader, now, limit)

    def silent(self, before: int, after: int, limit: int) -> tuple[list[Message], int]:
        return reading.silent(self._reader, before, after, limit)

    async def match(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Matched]:
        """On the writing connection: its pages are warm, while every commit makes a reader drop all of its own."""
        return await self._writer.run(lambda db: reading.match_all(db, keys), rows=len(keys))

    async def hold(self, receipts: Sequence[HeldReceipt]) -> None:
        await self._writer.run(lambda db: moving.hold(db, receipts))

    def held(self) -> list[HeldReceipt]:
        return reading.held(self._reader)

    async def take_reports(self, account: int, wanted: ReportFilter, at: int) -> Pulled[Owed]:
        owed = await self._taken(account, wanted)
        return Pulled(
            owed,
            lambda: self._writer.run(lambda db: reporting.pulled(db, owed, at, self._events), rows=len(owed)),
            lambda: self._writer.run(lambda db: reporting.not_pulled(db, owed), rows=len(owed)),
        )

    async def _taken(self, account: int, wanted: ReportFilter) -> list[Owed]:
        if not reporting.searched(wanted):
            return await self._writer.run(lambda db: reporting.take(db, account, wanted, self._node))
        while True:
            found = await self._search(reporting.find, account, wanted)
            owed = await self._take_found(account, wanted, found) if found else []
            if owed or not found:
                return owed

    async def _take_found(self, account: int, wanted: ReportFilter, found: Sequence[int]) -> list[Owed]:
        """Fewer, or none, when another pull was faster."""
        return await self._writer.run(lambda db: reporting.take(db, account, wanted, self._node, found))

    def due_hosts(self, now: int) -> list[str]:
        return outbox.due_hosts(self._reader, "report", now)

    async def claim_reports(self, host: str, now: int, limit: int) -> list[Owed]:
        return await self._writer.run(lambda db: reporting.claim(db, host, now, limit, self._node))

    async def notified(self, reports: Sequence[int], events: Sequence[Event]) -> None:
        await self._writer.run(lambda db: reporting.notified(db, reports, events, self._events))

    async def notify_later(self, reports: Sequence[int], due: int, events: Sequence[Event]) -> None:
        await self._writer.run(lambda db: reporting.later(db, reports, due, events, self._events))

    async def put_back_reports(self, reports: Sequence[int]) -> None:
        await self._writer.run(lambda db: outbox.put_back(db, "report", reports))

    async def logs(self, account: int, wanted: LogFilter) -> list[Message]:
        return await self._search(reading.logs, account, wanted)

    def balance(self, account: int) -> int:
        return reading.balance(self._reader, account)

    def queued(self) -> int:
        return reading.queued(self._reader)

    def unfinished(self, connector: str) -> list[tuple[str, str, str]]:
        return reading.unfinished(self._reader, connector)

    def story(self, message: int | str, account: int | None = None) -> Story | None:
        return reading.story(self._reader, message, account)

    async def holders(self) -> dict[int, int]:
        return await self._search(forgetting.oldest)

    async def purge(self, before: int, limit: int, *, account: int | None = None, unpulled: int | None = None) -> int:
        kept = before if unpulled is None else unpulled
        found = await self._search(forgetting.over, account, before, kept, limit + forgetting.AHEAD)
        await forgetting.in_portions(self.access, forgetting.forget, found[:limit], found)
        return min(limit, len(found))

    async def purge_receipts(self, before: int, limit: int) -> int:
        found = await self._search(forgetting.old_receipts, before, limit)
        await self._writer.run(lambda db: forgetting.forget_receipts(db, found))
        self._untidy = self._untidy or bool(found)
        return len(found)

    async def erase(self, number: str, account: int | None = None) -> Erased:
        search = partial(self._search, forgetting.of_number, number.removeprefix("+"), account)
        erased, left = await forgetting.everywhere(self.access, forgetting.forget, search)
        self._untidy = True
        await self.tidy()
        return Erased(erased, left)

    async def tidy(self) -> None:
        """Cut the write-ahead log, in which what was deleted can still be read, unless it is always in use."""
        self._untidy, self.access.untidy = self._untidy or self.access.untidy, False
        if not self._untidy and self._log.stat().st_size < _LARGE_LOG:
            return
        for _ in range(_TRIES):
            self._untidy = not await self._cut()
            if not self._untidy:
                return
            await asyncio.sleep(_PAUSE_S)

    async def _cut(self) -> bool:
        try:
            return await self._search(forgetting.truncated)
        except apsw.Error as error:
            raise StoreUnavailable(f"the write-ahead log cannot be cut: {error}") from error

    async def revise(self, revision: Revision, paid: Sequence[Credit] = ()) -> None:
        """In one transaction; a large one in portions that other work goes between (see `booking`)."""
        number, at = revision.number, revision.at
        run, size = self._writer.run, booking.PORTION
        if len(revision.changes) <= size:
            small = [self._sealing.row(change) for change in revision.changes]
            await run(lambda db: booking.write(db, revision, small, paid))
            return
        rows: list[booking.Row] = []
        await run(lambda db: booking.begin(db, revision, "staging"))
        for start in range(0, len(revision.changes), size):
            rows += map(self._sealing.row, revision.changes[start : start + size])
            await run(partial(booking.stage, number=number, start=start, rows=rows[start:]))
        await run(lambda db: booking.staged(db, number, rows, at, paid))
        for start in range(0, len(rows), size):
            await self._surely(partial(booking.carry_out, rows=rows[start : start + size]))
        await self._surely(lambda db: booking.mark(db, number, "done"))

    async def _surely(self, work: Callable[[apsw.Connection], None]) -> None:
        """What is staged will be carried out: while the disk refuses, no later revision may come between."""
        while True:
            try:
                return await self._writer.run(work)
            except StoreUnavailable:
                await asyncio.sleep(_REWRITE_AFTER_S)

    def records(self) -> list[Record]:
        return booking.records(self._reader, self._sealing)

    def numbers(self) -> dict[str, int]:
        return booking.numbers(self._reader)

    async def revisions(self, kind: str | None, before: int, limit: int) -> list[Revision]:
        return await self._search(booking.revisions, kind, before, limit)

    async def revision(self, number: int) -> Revision | None:
        return await self._search(booking.revision, number, self._sealing)

    async def ledger(self, account: int, before: LedgerKey, limit: int) -> list[LedgerRow]:
        return await self._search(booking.ledger, account, before, limit)

    def bulk(self, account: int, bulk_id: str) -> Bulk | None:
        return bulks.bulk(self._reader, account, bulk_id)

    async def reschedule(self, account: int, bulk_id: str, at: int) -> None:
        messages = await self._writer.run(lambda db: bulks.reschedule(db, account, bulk_id, at))
        for start in range(0, len(messages), forgetting.PORTION):
            portion = messages[start : start + forgetting.PORTION]
            await self._writer.run(partial(tracked.move, messages=portion, at=at), rows=len(portion))

    async def pause(self, account: int, bulk_id: str, *, paused: bool) -> None:
        await self._writer.run(lambda db: bulks.pause(db, account, bulk_id, paused=paused))

    async def take_scheduled(self, account: int, bulk_id: str, limit: int) -> list[Message]:
        return await self._writer.run(lambda db: bulks.take(db, account, bulk_id, limit, self._node))

    async def not_sent(self, messages: Sequence[int]) -> None:
        await self._writer.run(lambda db: tracked.take_back(db, messages))

    def note(self, name: str) -> str | None:
        row: Any = self._reader.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    async def write_note(self, name: str, value: str) -> None:
        sql = "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)"
        await self._writer.run(lambda db: db.execute(sql, (name, value)))


def lock_folder(folder: Path) -> int:
    """Only one process may own the folder: it takes back its leases at start."""
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
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
    path.touch(0o600)  # SQLite gives its log the same mode, and would let everyone read
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(_BUSY_MS)
    # SQLite is built with STAT4 here and would parse a statement anew for each newly bound value.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    connection.execute("PRAGMA secure_delete = ON").fetchall()  # FAST leaves half of it in freed pages
    for pragma in (
        "journal_mode = WAL",
        "wal_autocheckpoint = 0",
        "synchronous = FULL",
        f"cache_size = -{_CACHE_KIB}",
        "temp_store = MEMORY",
    ):
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
