"""Scheduled bulks. A paused message stays in the queue, due at the end of time."""

from __future__ import annotations

from typing import Any

import apsw

from stentor.catalogue import StatusId
from stentor.core.bulk import CANCELED_ERROR, Bulk
from stentor.core.message import Message
from stentor.storage.sqlite.rows import MESSAGE_COLUMNS, PENDING, prefixed

_PAUSED = (1 << 63) - 1
_SCHEDULED = int(StatusId.PENDING_ACCEPTED)
_WAITING = (
    "FROM message m JOIN queue q ON q.message = m.id"
    f" WHERE m.account = ?1 AND m.bulk = ?2 AND m.status = {_SCHEDULED} AND q.node IS NULL"
)
_COUNTS = f"""
SELECT count(*), sum(m.status = {_SCHEDULED}), sum(q.due = {_PAUSED}), sum(m.status IN {PENDING}),
    sum(m.error = {CANCELED_ERROR}), min(iif(m.status = {_SCHEDULED}, m.sent_at, NULL)), min(m.sent_at)
FROM message m LEFT JOIN queue q ON q.message = m.id WHERE m.account = ? AND m.bulk = ?
"""


def bulk(connection: apsw.Connection, account: int, bulk_id: str) -> Bulk | None:
    row: Any = connection.execute(_COUNTS, (account, bulk_id)).fetchone()
    count, scheduled, paused, pending, canceled, first, sent_at = row
    if not count:
        return None
    return Bulk(scheduled, paused or 0, pending - scheduled, canceled, sent_at if first is None else first)


def reschedule(connection: apsw.Connection, account: int, bulk_id: str, at: int) -> list[int]:
    """The validity goes with it. Answers which messages these are."""
    rows: Any = connection.execute(f"SELECT m.id, m.sent_at, q.due {_WAITING}", (account, bulk_id)).fetchall()
    messages = "UPDATE message SET sent_at = ?1, done_at = ?1, expires_at = expires_at + ?2 WHERE id = ?3"
    queue = "UPDATE queue SET due = ?1, expires = expires + ?2 WHERE message = ?3"
    for message, before, due in rows:
        connection.execute(messages, (at, at - before, message))
        connection.execute(queue, (_PAUSED if due == _PAUSED else at, at - before, message))
    return [message for message, *_ in rows]


def pause(connection: apsw.Connection, account: int, bulk_id: str, *, paused: bool) -> None:
    due = str(_PAUSED) if paused else "(SELECT sent_at FROM message WHERE id = queue.message)"
    sql = f"UPDATE queue SET due = {due} WHERE message IN (SELECT m.id {_WAITING})"
    connection.execute(sql, (account, bulk_id))


def take(connection: apsw.Connection, account: int, bulk_id: str, limit: int, node: int) -> list[Message]:
    sql = f"SELECT {prefixed('m', MESSAGE_COLUMNS)} {_WAITING} ORDER BY m.id LIMIT ?3"
    messages = [Message(*row) for row in connection.execute(sql, (account, bulk_id, limit))]
    connection.executemany("UPDATE queue SET node = ? WHERE message = ?", [(node, one.id) for one in messages])
    return messages
