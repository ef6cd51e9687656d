"""Messages that wait in the queue and of which nothing was sent: what a customer may still cancel or replace."""

from __future__ import annotations

from typing import Any

import apsw

from stentor.core.ids import first_at
from stentor.core.message import Message
from stentor.core.sessions import SCHEME
from stentor.storage.sqlite.access import Access
from stentor.storage.sqlite.rows import MESSAGE_COLUMNS, prefixed

_FREE = "q.node IS NULL AND q.account = ? AND NOT EXISTS (SELECT 1 FROM part p WHERE p.message = q.message)"
_FROM = f"SELECT {prefixed('m', MESSAGE_COLUMNS)} FROM queue q JOIN message m ON m.id = q.message WHERE {_FREE}"
_REPLACE = "UPDATE message SET text = ?, extra = ?, sent_at = ?, expires_at = ? WHERE id = ?"


class WaitingRows:
    """Implements `smppd.ancillary.Waiting`; what is taken is this node's, as after any claim."""

    def __init__(self, access: Access, node: int = 1) -> None:
        self._access = access
        self._node = node

    async def take(self, account: int, number: int) -> list[Message]:
        sql = f"{_FROM} AND q.message = ?"
        return await self._access.run(lambda db: self._taken(db, sql, (account, number)), awaited=True)

    async def take_between(self, account: int, sender: str, recipient: str, limit: int) -> list[Message]:
        sql = f"{_FROM} AND m.sender = ? AND m.recipient = ? ORDER BY q.message LIMIT ?"
        return await self._access.run(lambda db: self._taken(db, sql, (account, sender, recipient, limit)), rows=limit)

    async def replace(self, message: Message) -> bool:
        return await self._access.run(lambda db: _replaced(db, message), awaited=True)

    async def forget_results(self, before: int) -> None:
        """Results of lookups, from before that time, that no session came for."""
        sql = "DELETE FROM call WHERE host > ? AND host < ? AND node IS NULL AND id < ?"
        values = (SCHEME, SCHEME + "~", first_at(before))
        found = self._access.reader.execute(sql.replace("DELETE", "SELECT 1") + " LIMIT 1", values).fetchone()
        if found is not None:
            await self._access.run(lambda db: db.execute(sql, values), rows=100)

    def _taken(self, db: apsw.Connection, sql: str, values: tuple[Any, ...]) -> list[Message]:
        rows: Any = db.execute(sql, values).fetchall()
        messages = [Message(*row) for row in rows]
        marks = [(self._node, message.id) for message in messages]
        db.executemany("UPDATE queue SET node = ? WHERE message = ?", marks)
        return messages


def _replaced(db: apsw.Connection, message: Message) -> bool:
    sql = f"SELECT 1 FROM queue q WHERE {_FREE} AND q.message = ?"
    if db.execute(sql, (message.account, message.id)).fetchone() is None:
        return False
    db.execute(_REPLACE, (message.text, message.extra, message.sent_at, message.expires_at, message.id))
    moved = "UPDATE queue SET due = ?, expires = ? WHERE message = ?"
    db.execute(moved, (message.sent_at, message.expires_at, message.id))
    return True
