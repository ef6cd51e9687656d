"""The queue on disk: claims, leases given back, recovery at start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core.lifecycle import HELD_BACK
from stentor.core.message import Event, EventKind, Message
from stentor.core.ports import Claimed
from stentor.storage.sqlite.rows import MESSAGE_COLUMNS, EventWriter, prefixed

_CLAIM = (
    f"SELECT q.attempts, {prefixed('m', MESSAGE_COLUMNS)} FROM queue q JOIN message m ON m.id = q.message"
    " WHERE q.node IS NULL AND q.connector = ? AND q.account = ? AND q.priority = ? AND q.due <= ?"
    " ORDER BY q.due LIMIT ?"
)


def claim(
    connection: apsw.Connection, stream: tuple[str, int, int], now: int, limit: int, node: int, events: EventWriter
) -> list[Claimed]:
    """`stream`: connector, account and priority."""
    rows: list[Any] = list(connection.execute(_CLAIM, (*stream, now, limit)))
    claimed = [_claimed(connection, row) for row in rows]
    late = [one for one in claimed if one.message.status in HELD_BACK]
    if late:
        sql = f"UPDATE message SET status = {StatusId.PENDING_ENROUTE:d} WHERE id = ?"
        connection.executemany(sql, [(one.message.id,) for one in late])
        events.write(connection, [_due(one.message, now) for one in late])
    marks = [(node, one.message.id) for one in claimed]
    connection.executemany("UPDATE queue SET node = ? WHERE message = ?", marks)
    return [replace(one, message=replace(one.message, status=StatusId.PENDING_ENROUTE)) for one in claimed]


def _due(message: Message, now: int) -> Event:
    return Event(message.id, now, EventKind.DUE, "its time has come", message, StatusId.PENDING_ENROUTE)


def _claimed(connection: apsw.Connection, row: Any) -> Claimed:
    message = Message(*row[1:])
    if message.parts == 1:
        return Claimed(message, frozenset(), row[0])
    sent: Any = connection.execute("SELECT number, connector FROM part WHERE message = ?", (message.id,)).fetchall()
    return Claimed(message, frozenset(part[0] for part in sent), row[0], sent[0][1] if sent else "")


def put_back(connection: apsw.Connection, messages: Sequence[int]) -> None:
    connection.executemany("UPDATE queue SET node = NULL WHERE message = ?", [(message,) for message in messages])


def recover(connection: apsw.Connection, node: int) -> None:
    """On start a node takes back its own leases at once: an attempt that was cut off is not counted, a pull is none."""
    with connection:
        connection.execute("UPDATE queue SET node = NULL WHERE node = ?", (node,))
        reports = "UPDATE report SET node = NULL, attempts = attempts - (url IS NOT NULL) WHERE node = ?"
        connection.execute(reports, (node,))
