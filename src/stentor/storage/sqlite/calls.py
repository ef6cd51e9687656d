"""The outbox of calls: `core.calls.Call` rows that a host's line takes from disk."""

from __future__ import annotations

from collections.abc import Sequence

import apsw
from msgspec.structs import astuple, replace

from stentor.core.calls import Call
from stentor.storage.sqlite.access import Access

_COLUMNS = ", ".join(Call.__struct_fields__)
_INSERT = f"INSERT INTO call ({_COLUMNS}) VALUES ({', '.join('?' * len(Call.__struct_fields__))})"
_DUE_HOSTS = """
WITH RECURSIVE one (host) AS (
    SELECT min(host) FROM call WHERE node IS NULL
    UNION ALL
    SELECT (SELECT min(host) FROM call WHERE host > one.host AND node IS NULL) FROM one WHERE one.host IS NOT NULL
)
SELECT host FROM one WHERE host IS NOT NULL
AND (SELECT min(due) FROM call c WHERE c.host = one.host AND c.node IS NULL) <= ?
"""


def add(connection: apsw.Connection, calls: Sequence[Call]) -> None:
    """In the transaction of what they tell."""
    connection.executemany(_INSERT, map(astuple, calls))


class CallRows:
    """Implements `core.ports.CallStore`."""

    def __init__(self, access: Access, node: int) -> None:
        self._access = access
        self._node = node

    def due_hosts(self, now: int) -> list[str]:
        """One step of the index for each host, however much is due there."""
        return [str(row[0]) for row in self._access.reader.execute(_DUE_HOSTS, (now,))]

    async def claim(self, host: str, now: int, limit: int) -> list[Call]:
        return await self._access.run(lambda db: _claim(db, host, now, limit, self._node), rows=limit)

    async def done(self, calls: Sequence[int]) -> None:
        await self._access.run(
            lambda db: db.executemany("DELETE FROM call WHERE id = ?", [(call,) for call in calls]),
            rows=len(calls),
        )

    async def later(self, calls: Sequence[int], due: int) -> None:
        sql = "UPDATE call SET due = ?, node = NULL WHERE id = ?"
        await self._access.run(lambda db: db.executemany(sql, [(due, call) for call in calls]), rows=len(calls))

    async def put_back(self, calls: Sequence[int]) -> None:
        sql = "UPDATE call SET node = NULL, attempts = attempts - 1 WHERE id = ?"
        await self._access.run(lambda db: db.executemany(sql, [(call,) for call in calls]), rows=len(calls))


def recover(connection: apsw.Connection, node: int) -> None:
    """What this node had in hand when it ended; the attempt under way counts."""
    connection.execute("UPDATE call SET node = NULL WHERE node = ?", (node,))


def _claim(connection: apsw.Connection, host: str, now: int, limit: int, node: int) -> list[Call]:
    sql = f"SELECT {_COLUMNS} FROM call WHERE host = ? AND node IS NULL AND due <= ? ORDER BY due LIMIT ?"
    calls = [Call(*row) for row in connection.execute(sql, (host, now, limit))]
    mark = "UPDATE call SET node = ?, attempts = attempts + 1 WHERE id = ?"
    connection.executemany(mark, [(node, call.id) for call in calls])
    return [replace(call, attempts=call.attempts + 1) for call in calls]
