"""Queries; but for `match_all` they run on reading connections, see what is committed and never wait for the writer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw

from stentor.catalogue import StatusId
from stentor.core.ids import first_at
from stentor.core.message import Event, EventKind, Message, PartState, Report, Story, UpstreamReceipt
from stentor.core.ports import HeldReceipt, LogFilter, Matched
from stentor.storage.sqlite.rows import MESSAGE_COLUMNS, PENDING, REPORT_COLUMNS, prefixed
from stentor.storage.sqlite.where import Where

_MATCH = (
    f"SELECT p.number, p.total, p.status, p.error, {prefixed('m', MESSAGE_COLUMNS)}"
    " FROM part p JOIN message m ON m.id = p.message"
    " WHERE p.connector = ? AND p.upstream_id = ? ORDER BY p.message DESC LIMIT 1"
)
_PARTS = "SELECT number, upstream_id, status, error FROM part WHERE message = ? ORDER BY number"
_STREAM = "connector, account, priority"
_FIRST = f"SELECT rowid FROM queue WHERE node IS NULL AND {{}} ORDER BY {_STREAM} LIMIT 1"
_WAITING = f"""
WITH RECURSIVE stream ({_STREAM}) AS (
    SELECT * FROM (SELECT {_STREAM} FROM queue WHERE node IS NULL ORDER BY {_STREAM} LIMIT 1)
    UNION ALL
    SELECT {prefixed("q", _STREAM)} FROM stream s, queue q WHERE q.rowid = coalesce(
        ({_FIRST.format("connector = s.connector AND account = s.account AND priority > s.priority")}),
        ({_FIRST.format("connector = s.connector AND account > s.account")}),
        ({_FIRST.format("connector > s.connector")}))
)
SELECT {_STREAM} FROM stream s WHERE EXISTS (
    SELECT 1 FROM queue q WHERE q.node IS NULL AND q.connector = s.connector AND q.account = s.account
    AND q.priority = s.priority AND q.due <= ?)
"""


def match(connection: apsw.Connection, connector: str, upstream_id: str) -> Matched | None:
    """The newest part under that id: an upstream that starts its ids anew means its latest."""
    row: Any = connection.execute(_MATCH, (connector, upstream_id)).fetchone()
    if row is None:
        return None
    number, total, status, error = row[:4]
    message = Message(*row[4:])
    if total == 1:
        return Matched(message, number, total, (PartState(number, upstream_id, status, error),))
    return Matched(message, number, total, parts_of(connection, message.id))


def match_all(connection: apsw.Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Matched]:
    found = ((key, match(connection, *key)) for key in keys)
    return {key: matched for key, matched in found if matched is not None}


def parts_of(connection: apsw.Connection, message: int) -> tuple[PartState, ...]:
    return tuple(PartState(*row) for row in connection.execute(_PARTS, (message,)))


def waiting(connection: apsw.Connection, now: int) -> list[tuple[str, int, int]]:
    """One step of the index for each stream, however long it is: a million rows cost 80 ms, twice a second."""
    rows: Any = connection.execute(_WAITING, (now,))
    return list(rows)


def overdue(connection: apsw.Connection, now: int, limit: int) -> list[Message]:
    sql = (
        f"SELECT {prefixed('m', MESSAGE_COLUMNS)} FROM queue q JOIN message m ON m.id = q.message"
        " WHERE q.expires <= ? AND q.node IS NULL LIMIT ?"
    )
    return [Message(*row) for row in connection.execute(sql, (now, limit))]


def silent(connection: apsw.Connection, before: int, after: int, limit: int) -> tuple[list[Message], int]:
    """Looks at `limit` messages older than `before`, from `after` on, however many of them are meant."""
    stretch = "SELECT max(id), count(*) FROM (SELECT id FROM message WHERE id > ? AND id < ? ORDER BY id LIMIT ?)"
    row: Any = connection.execute(stretch, (after, first_at(before), limit)).fetchone()
    last, seen = row
    if not seen:
        return [], 0
    sql = f"SELECT {MESSAGE_COLUMNS} FROM message WHERE id > ? AND id <= ? AND status = ? AND expires_at < ?"
    rows = connection.execute(sql, (after, last, StatusId.PENDING_WAITING_DELIVERY, before))
    return [Message(*row) for row in rows], int(last) if seen == limit else 0


def unfinished(connection: apsw.Connection, connector: str) -> list[tuple[str, str, str]]:
    sql = (
        "SELECT p.upstream_id, m.sender, m.recipient FROM message m JOIN part p ON p.message = m.id"
        f" WHERE m.status IN {PENDING} AND p.connector = ? AND p.status IS NULL"
    )
    return [(str(row[0]), str(row[1]), str(row[2])) for row in connection.execute(sql, (connector,))]


def held(connection: apsw.Connection) -> list[HeldReceipt]:
    sql = "SELECT id, connector, upstream_id, status, error, at, final, said FROM held_receipt ORDER BY id"
    return [
        HeldReceipt(row[0], UpstreamReceipt(row[1], row[2], row[3], row[4], row[5], bool(row[6]), row[7]))
        for row in connection.execute(sql)
    ]


def logs(connection: apsw.Connection, account: int, wanted: LogFilter) -> list[Message]:
    """Newest first, as 004 prints them."""
    where = Where("account = ? AND sent_at >= ?", account, wanted.since)
    where.log(wanted)
    sql = f"SELECT {MESSAGE_COLUMNS} FROM message WHERE {where.sql} ORDER BY id DESC LIMIT ?"
    return [Message(*row) for row in connection.execute(sql, (*where.values, wanted.limit))]


def balance(connection: apsw.Connection, account: int) -> int:
    row: Any = connection.execute("SELECT balance FROM account WHERE id = ?", (account,)).fetchone()
    return int(row[0]) if row else 0


def queued(connection: apsw.Connection) -> int:
    row: Any = connection.execute("SELECT count(*) FROM queue").fetchone()
    return int(row[0])


def story(connection: apsw.Connection, message: int | str, account: int | None) -> Story | None:
    column = "id" if isinstance(message, int) else "client_id"
    where = Where(f"{column} = ?", message)
    if account is not None:
        where.also("account = ?", account)
    row = connection.execute(f"SELECT {MESSAGE_COLUMNS} FROM message WHERE {where.sql}", where.values).fetchone()
    if row is None:
        return None
    found = Message(*row)
    return Story(
        found,
        parts_of(connection, found.id),
        tuple(_events(connection, found.id)),
        tuple(Report(*r) for r in _of_message(connection, REPORT_COLUMNS, "report", found.id)),
        _queue_entry(connection, found.id),
    )


def _events(connection: apsw.Connection, message: int) -> Sequence[Event]:
    rows = connection.execute("SELECT message, at, kind, detail FROM event WHERE message = ? ORDER BY id", (message,))
    return [Event(row[0], row[1], EventKind(row[2]), row[3]) for row in rows]


def _queue_entry(connection: apsw.Connection, message: int) -> dict[str, Any] | None:
    names = "connector, priority, due, attempts, node"
    for row in _of_message(connection, names, "queue", message):
        return dict(zip(names.split(", "), row, strict=True))
    return None


def _of_message(connection: apsw.Connection, columns: str, table: str, message: int) -> Any:
    return connection.execute(f"SELECT {columns} FROM {table} WHERE message = ?", (message,))
