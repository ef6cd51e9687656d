"""Messages from phones on disk: the parts that wait, the log, what waits to be pulled or for a session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

import apsw
from msgspec.structs import astuple

from stentor.core.assembly import InboundPart, KeptPart
from stentor.core.ids import first_at
from stentor.core.inbound import NOBODY, Inbound
from stentor.core.inbox import NO_KEYWORD, InboxFilter, Received
from stentor.core.pulling import Pulled
from stentor.storage.sqlite import calls
from stentor.storage.sqlite.access import Access
from stentor.storage.sqlite.forgetting import AHEAD, Stretch, everywhere, holders, in_portions, stretch, wipe, zeros
from stentor.storage.sqlite.where import Where

_COLUMNS = ", ".join(Inbound.__struct_fields__)
_INSERT = f"INSERT INTO inbound ({_COLUMNS}, waits) VALUES ({', '.join('?' * len(Inbound.__struct_fields__))}, ?)"
_PART_COLUMNS = ", ".join(InboundPart.__struct_fields__)
_INSERT_PART = (
    f"INSERT INTO inbound_part (id, digest, done, {_PART_COLUMNS})"
    f" VALUES (?, ?, ?, {', '.join('?' * len(InboundPart.__struct_fields__))})"
)
_PARTS = f"SELECT id, digest, done, {_PART_COLUMNS} FROM inbound_part ORDER BY id"
_FORGET_CONTENT = "UPDATE inbound_part SET done = 1, data = zeroblob(length(data)) WHERE id = ?"
_BLANK_PART = (
    f"UPDATE inbound_part SET {zeros('sender')}, {zeros('recipient')}, data = zeroblob(length(data)) WHERE id = ?"
)
_TEXTS = ("sender", "recipient", "text", "clean_text", "keyword", "callback_data")
_BLANK = f"UPDATE inbound SET {', '.join(map(zeros, _TEXTS))}, data = zeroblob(length(data)) WHERE id = ?"
_WAITING = "waits = 1 AND node IS NULL"
_FOR_SESSIONS = f"""
WITH RECURSIVE one (account) AS (
    SELECT min(account) FROM inbound WHERE {_WAITING} AND way = 'smpp'
    UNION ALL
    SELECT (SELECT min(account) FROM inbound WHERE {_WAITING} AND way = 'smpp' AND account > one.account)
    FROM one WHERE one.account IS NOT NULL
)
SELECT account FROM one WHERE account IS NOT NULL
"""
_OLDEST = f"SELECT {_COLUMNS} FROM inbound WHERE {_WAITING} AND way = ? AND account = ? ORDER BY id LIMIT ?"
_PENDING = f"SELECT count(*) FROM inbound WHERE {_WAITING} AND way = 'pull' AND account = ?"
_OWED = "id IN (SELECT subject FROM call WHERE about = 'inbound')"
_MOST_AWAITED = 50
"""Messages that a pull takes before what nobody waits for."""


class InboundRows:
    """Implements `core.inbox.InboxStore` and `core.inbox.InboundForSessions`."""

    def __init__(self, access: Access, node: int = 1) -> None:
        self._access = access
        self._node = node
        self.given: Counter[str] = Counter()
        """Messages taken by their owners since the start, by way."""

    async def receive(self, received: Received) -> None:
        rows = len(received.messages) + len(received.calls) + len(received.kept)
        await self._access.run(partial(_receive, received=received), rows=rows)

    def parts(self) -> list[KeptPart]:
        rows: Any = self._access.reader.execute(_PARTS)
        return [KeptPart(row[0], row[1], bool(row[2]), InboundPart(*row[3:])) for row in rows]

    async def take(self, account: int, limit: int) -> Pulled[Inbound]:
        found = await self._access.run(
            lambda db: _taken(db, "pull", account, limit, self._node), rows=limit, awaited=limit <= _MOST_AWAITED
        )
        ids = [one.id for one in found]
        return Pulled(found, lambda: self._given("pull", ids), lambda: self.put_back(ids))

    async def pending(self, account: int) -> int:
        return await self._access.search(lambda db: int(db.execute(_PENDING, (account,)).get))

    async def logs(self, account: int, wanted: InboxFilter) -> list[Inbound]:
        return await self._access.search(_logs, account, wanted)

    async def holders(self) -> list[int]:
        return await self._access.search(holders, "inbound")

    async def purge(self, account: int, before: int, unpulled: int, limit: int) -> int:
        found = await self._access.search(_over, account, before, unpulled, limit + AHEAD)
        await in_portions(self._access, _delete, found[:limit], found)
        return min(limit, len(found))

    async def erase(self, number: str) -> tuple[int, int]:
        number = number.removeprefix("+")
        erased, left = await everywhere(self._access, _delete, partial(self._access.search, _of_number, number))
        left += await self._access.run(lambda db: _erase_parts(db, number))
        self._access.untidy = True
        return erased, left

    def waiting_accounts(self) -> list[int]:
        """One step of the index for each account, however much waits."""
        return [int(row[0]) for row in self._access.reader.execute(_FOR_SESSIONS)]

    async def claim(self, account: int, limit: int) -> list[Inbound]:
        return await self._access.run(lambda db: _taken(db, "smpp", account, limit, self._node), rows=limit)

    async def delivered(self, ids: Sequence[int]) -> None:
        await self._given("smpp", ids)

    async def _given(self, way: str, ids: Sequence[int]) -> None:
        await self._mark("waits = 0, node = NULL", ids)
        self.given[way] += len(ids)

    async def put_back(self, ids: Sequence[int]) -> None:
        await self._mark("node = NULL", ids)

    async def _mark(self, change: str, ids: Sequence[int]) -> None:
        sql = f"UPDATE inbound SET {change} WHERE id = ?"
        await self._access.run(lambda db: db.executemany(sql, [(one,) for one in ids]), rows=len(ids))


def recover(connection: apsw.Connection, node: int) -> None:
    """What this node had in hand when it ended waits again."""
    connection.execute("UPDATE inbound SET node = NULL WHERE node = ?", (node,))


def _receive(connection: apsw.Connection, received: Received) -> None:
    _delete_parts(connection, received.gone)
    connection.executemany(_INSERT, [(*astuple(one), _waits(one)) for one in received.messages])
    calls.add(connection, received.calls)
    connection.executemany(
        _INSERT_PART, [(one.assembly, one.digest, one.done, *astuple(one.part)) for one in received.kept]
    )
    connection.executemany(_FORGET_CONTENT, [(assembly,) for assembly in received.done])


def _waits(inbound: Inbound) -> bool:
    return inbound.way in ("pull", "smpp") and inbound.account != NOBODY


def _taken(connection: apsw.Connection, way: str, account: int, limit: int, node: int) -> list[Inbound]:
    rows: Any = connection.execute(_OLDEST, (way, account, limit))
    found = [Inbound(*row) for row in rows]
    connection.executemany("UPDATE inbound SET node = ? WHERE id = ?", [(node, one.id) for one in found])
    return found


def _logs(connection: apsw.Connection, account: int, wanted: InboxFilter) -> list[Inbound]:
    where = Where("account = ? AND id >= ? AND received_at >= ?", account, first_at(wanted.since), wanted.since)
    if wanted.until is not None:
        where.also("received_at <= ?", wanted.until)
    where.among("recipient", wanted.recipients)
    if wanted.keyword is not None:
        where.also("keyword = ? COLLATE NOCASE", "" if wanted.keyword.upper() == NO_KEYWORD else wanted.keyword)
    sql = f"SELECT {_COLUMNS} FROM inbound WHERE {where.sql} ORDER BY id DESC LIMIT ?"
    rows: Any = connection.execute(sql, (*where.values, wanted.limit))
    return [Inbound(*row) for row in rows]


def _over(connection: apsw.Connection, account: int, before: int, unpulled: int, limit: int) -> list[int]:
    sql = (
        "SELECT id FROM inbound WHERE account = ? AND id < ? AND received_at < iif(waits = 1, ?, ?)"
        " AND node IS NULL ORDER BY id LIMIT ?"
    )
    rows: Any = connection.execute(sql, (account, first_at(max(before, unpulled)), unpulled, before, limit))
    return [row[0] for row in rows]


def _delete(connection: apsw.Connection, gone: Sequence[int], blanked: Sequence[int]) -> None:
    wipe(connection, (_BLANK,), (("inbound", "id"),), gone, blanked)


def _delete_parts(connection: apsw.Connection, assemblies: Sequence[int]) -> None:
    for sql in (_BLANK_PART, "DELETE FROM inbound_part WHERE id = ?"):
        connection.executemany(sql, [(assembly,) for assembly in assemblies])


def _of_number(connection: apsw.Connection, number: str, after: int) -> Stretch:
    """Those cannot go that somebody has in hand, or whose call to a URL is owed."""
    match = Where("? IN (sender, recipient)", number)
    return stretch(connection, "inbound", Where("id > ?", after), match, f"node IS NOT NULL OR {_OWED}")


def _erase_parts(connection: apsw.Connection, number: str) -> int:
    """What is left of long messages that went on; how many still wait for parts, and stay."""
    sql = "SELECT DISTINCT id, done FROM inbound_part WHERE ?1 IN (ltrim(sender, '+'), ltrim(recipient, '+'))"
    found: Any = connection.execute(sql, (number,)).fetchall()
    _delete_parts(connection, [assembly for assembly, done in found if done])
    return sum(not done for _, done in found)
