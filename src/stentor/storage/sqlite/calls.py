"""The outbox of calls: `core.calls.Call` rows that a host's line takes from disk."""

from __future__ import annotations

from collections.abc import Sequence

import apsw
from msgspec.structs import astuple, replace

from stentor.core.calls import Call
from stentor.storage.sqlite import outbox
from stentor.storage.sqlite.access import Access

_COLUMNS = ", ".join(Call.__struct_fields__)
_INSERT = f"INSERT INTO call ({_COLUMNS}) VALUES ({', '.join('?' * len(Call.__struct_fields__))})"


def add(connection: apsw.Connection, calls: Sequence[Call]) -> None:
    """In the transaction of what they tell."""
    connection.executemany(_INSERT, map(astuple, calls))


class CallRows:
    """Implements `core.ports.CallStore`."""

    def __init__(self, access: Access, node: int) -> None:
        self._access = access
        self._node = node

    def due_hosts(self, now: int) -> list[str]:
        return outbox.due_hosts(self._access.reader, "call", now)

    async def claim(self, host: str, now: int, limit: int) -> list[Call]:
        return await self._access.run(lambda db: _claim(db, host, now, limit, self._node), rows=limit)

    async def done(self, calls: Sequence[int]) -> None:
        await self._access.run(lambda db: outbox.delete(db, "call", calls), rows=len(calls))

    async def later(self, calls: Sequence[int], due: int) -> None:
        await self._access.run(lambda db: outbox.later(db, "call", calls, due), rows=len(calls))

    async def put_back(self, calls: Sequence[int]) -> None:
        await self._access.run(lambda db: outbox.put_back(db, "call", calls), rows=len(calls))


def recover(connection: apsw.Connection, node: int) -> None:
    """What this node had in hand when it ended; the attempt under way counts."""
    connection.execute("UPDATE call SET node = NULL WHERE node = ?", (node,))


def _claim(connection: apsw.Connection, host: str, now: int, limit: int, node: int) -> list[Call]:
    sql = f"SELECT {_COLUMNS} FROM call WHERE host = ? AND node IS NULL AND due <= ? ORDER BY due LIMIT ?"
    calls = [Call(*row) for row in connection.execute(sql, (host, now, limit))]
    outbox.take(connection, "call", [call.id for call in calls], node)
    return [replace(call, attempts=call.attempts + 1) for call in calls]
