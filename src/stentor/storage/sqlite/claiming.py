"""The queue on disk: claims, leases given back, recovery at start, and what is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core.ids import first_at
from stentor.core.message import Event, EventKind, Message
from stentor.core.ports import Claimed
from stentor.storage.sqlite.rows import MESSAGE_COLUMNS, PENDING, EventWriter, prefixed

_CLAIM = (
    f"SELECT q.attempts, {prefixed('m', MESSAGE_COLUMNS)} FROM queue q JOIN message m ON m.id = q.message"
    " WHERE q.node IS NULL AND q.connector = ? AND q.account = ? AND q.due <= ? ORDER BY q.due LIMIT ?"
)
_PURGEABLE = (
    f"SELECT id FROM message WHERE id < ? AND done_at < ? AND status NOT IN {PENDING}"
    " AND NOT EXISTS (SELECT 1 FROM report WHERE report.message = message.id AND (url IS NOT NULL OR done_at >= ?))"
    " ORDER BY id LIMIT ?"
)


def claim(
    connection: apsw.Connection, connector: str, account: int, now: int, limit: int, node: int, events: EventWriter
) -> list[Claimed]:
    rows: list[Any] = list(connection.execute(_CLAIM, (connector, account, now, limit)))
    claimed = [_claimed(connection, row) for row in rows]
    late = [one for one in claimed if one.message.status == StatusId.PENDING_ACCEPTED]
    if late:
        sql = f"UPDATE message SET status = {StatusId.PENDING_ENROUTE:d} WHERE id = ?"
        connection.executemany(sql, [(one.message.id,) for one in late])
        events.write(connection, [Event(one.message.id, now, EventKind.DUE, "its time has come") for one in late])
    marks = [(node, one.message.id) for one in claimed]
    connection.executemany("UPDATE queue SET node = ? WHERE message = ?", marks)
    return [replace(one, message=replace(one.message, status=StatusId.PENDING_ENROUTE)) for one in claimed]


def _claimed(connection: apsw.Connection, row: Any) -> Claimed:
    message = Message(*row[1:])
    if message.parts == 1:
        return Claimed(message, frozenset(), row[0])
    sent = connection.execute("SELECT number FROM part WHERE message = ?", (message.id,))
    return Claimed(message, frozenset(int(part[0]) for part in sent), row[0])


def put_back(connection: apsw.Connection, messages: Sequence[int]) -> None:
    connection.executemany("UPDATE queue SET node = NULL WHERE message = ?", [(message,) for message in messages])


def recover(connection: apsw.Connection, node: int) -> None:
    """On start a node takes back its own leases at once: an attempt that was cut off is not counted."""
    with connection:
        connection.execute("UPDATE queue SET node = NULL WHERE node = ?", (node,))
        connection.execute("UPDATE report SET node = NULL, attempts = attempts - 1 WHERE node = ?", (node,))


def purge(connection: apsw.Connection, before: int, limit: int) -> int:
    """Forget final messages of before that time. A report for a URL keeps its message."""
    rows: Any = connection.execute(_PURGEABLE, (first_at(before), before, before, limit))
    gone = [(row[0],) for row in rows]
    for table, column in (("message", "id"), ("part", "message"), ("event", "message"), ("report", "message")):
        connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", gone)
    connection.execute("DELETE FROM held_receipt WHERE at < ?", (before,))
    return len(gone)
