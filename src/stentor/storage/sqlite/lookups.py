"""Lookups of numbers: charged when they are written, answered once, forgotten with their account's messages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import apsw
import msgspec

from stentor.catalogue import StatusId
from stentor.core.calls import Call
from stentor.core.errors import Throttled
from stentor.core.ids import first_at
from stentor.core.lookup.records import PENDING, Found, LookupFilter, LookupResult, NewLookups, Telling, Waiting
from stentor.storage.sqlite import calls as outbox
from stentor.storage.sqlite.accepting import debit
from stentor.storage.sqlite.access import Access
from stentor.storage.sqlite.forgetting import AHEAD, Stretch, everywhere, holders, in_portions, stretch, wipe, zeros
from stentor.storage.sqlite.where import Where

_SMALL = 4
"""Lookups of a request that is written before what nobody waits for."""
_MAX_BACKLOG = 5_000
_RESULT = "id, account, bulk, number, status, error, found, mcc_mnc, price, sent_at, done_at, resolver"
_INSERT = f"INSERT INTO lookup ({_RESULT}, telling, node) VALUES ({', '.join('?' * 14)})"
_LEDGER = "INSERT INTO ledger (id, kind, account, at, amount) VALUES (?, ?, ?, ?, ?)"
_CHARGE, _REFUND = "lookup", "lookup-refund"
_FINISH = (
    "UPDATE lookup SET status = ?, error = ?, found = ?, mcc_mnc = ?, price = ?, done_at = ?, resolver = ?,"
    " telling = NULL, node = NULL WHERE id = ?"
)
_BLANK = f"UPDATE lookup SET {', '.join(map(zeros, ('number', 'found', 'telling')))} WHERE id = ?"
_NO_CREDIT = StatusId.REJECTED_NOT_ENOUGH_CREDITS
_encode = msgspec.json.Encoder().encode
_found = msgspec.json.Decoder(Found).decode
_telling = msgspec.json.Decoder(Telling).decode


class LookupRows:
    """Implements `core.lookup.LookupStore`."""

    def __init__(self, access: Access, node: int = 1) -> None:
        self._access = access
        self._node = node

    async def accept(self, new: NewLookups) -> list[int | None]:
        if self._access.backlog > _MAX_BACKLOG:
            raise Throttled(1.0)
        rows = len(new.lookups)
        return await self._access.run(
            partial(_accept, new=new, node=self._node), rows=rows, awaited=rows <= _SMALL and new.telling is None
        )

    async def finish(self, done: Sequence[LookupResult], calls: Sequence[Call] = ()) -> None:
        rows = len(done)
        await self._access.run(partial(_finish, done=done, calls=calls), rows=rows, awaited=rows <= _SMALL)

    async def waiting(self, after: int, limit: int) -> list[Waiting]:
        return await self._access.search(_waiting, self._node, after, limit)

    async def logs(self, account: int, wanted: LookupFilter) -> list[LookupResult]:
        return await self._access.search(_logs, account, wanted)

    async def holders(self) -> list[int]:
        return await self._access.search(holders, "lookup")

    async def purge(self, account: int, before: int, limit: int) -> int:
        found = await self._access.search(_over, account, before, limit + AHEAD)
        await in_portions(self._access, _delete, found[:limit], found)
        return min(limit, len(found))

    async def erase(self, number: str) -> tuple[int, int]:
        search = partial(self._access.search, _of_number, number.removeprefix("+"))
        return await everywhere(self._access, _delete, search)


def _accept(connection: apsw.Connection, new: NewLookups, node: int) -> list[int | None]:
    refusals = _charge(connection, new)
    telling = None if new.telling is None else _encode(new.telling).decode()
    connection.executemany(_INSERT, [_row(*pair, telling, node) for pair in zip(new.lookups, refusals, strict=True)])
    return refusals


def _charge(connection: apsw.Connection, new: NewLookups) -> list[int | None]:
    """All at once when the credit suffices, else one by one in their order; a ledger row for each that is paid."""
    refusals: list[int | None] = [None] * len(new.lookups)
    paid = [place for place, one in enumerate(new.lookups) if one.price]
    total = sum(new.lookups[place].price for place in paid)
    if total and not debit(connection, new, total):
        for place in paid:
            if not debit(connection, new, new.lookups[place].price):
                refusals[place] = _NO_CREDIT
    charged = [new.lookups[place] for place in paid if refusals[place] is None]
    connection.executemany(_LEDGER, [(one.id, _CHARGE, new.account, new.at, -one.price) for one in charged])
    return refusals


def _row(one: LookupResult, refusal: int | None, telling: str | None, node: int) -> tuple[Any, ...]:
    head = (one.id, one.account, one.bulk, one.to)
    times = (one.sent_at, one.done_at)
    if refusal is not None:
        return (*head, refusal, 0, None, one.mcc_mnc, 0, *times, "", None, None)
    rest = (telling, node) if one.pending else (None, None)
    return (*head, one.status, one.error, _text(one.found), one.mcc_mnc, one.price, *times, one.resolver, *rest)


def _finish(connection: apsw.Connection, done: Sequence[LookupResult], calls: Sequence[Call]) -> None:
    """Calls of what was answered before are owed already."""
    fresh = 0
    for one in done:
        row: Any = connection.execute("SELECT price, status FROM lookup WHERE id = ?", (one.id,)).fetchone()
        if row is None or row[1] != PENDING:
            continue
        fresh += 1
        answer = (one.status, one.error, _text(one.found), one.mcc_mnc, one.price, one.done_at, one.resolver)
        connection.execute(_FINISH, (*answer, one.id))
        if row[0] > one.price:
            back = row[0] - one.price
            connection.execute("UPDATE account SET balance = balance + ? WHERE id = ?", (back, one.account))
            connection.execute(_LEDGER, (one.id, _REFUND, one.account, one.done_at, back))
    if fresh or not done:
        outbox.add(connection, calls)


def _waiting(connection: apsw.Connection, node: int, after: int, limit: int) -> list[Waiting]:
    sql = f"SELECT {_RESULT}, telling FROM lookup WHERE node = ? AND id > ? ORDER BY id LIMIT ?"
    rows: Any = connection.execute(sql, (node, after, limit))
    return [Waiting(_result(row), None if row[-1] is None else _telling(row[-1])) for row in rows]


def _logs(connection: apsw.Connection, account: int, wanted: LookupFilter) -> list[LookupResult]:
    where = Where("account = ? AND id >= ? AND sent_at >= ?", account, first_at(wanted.since), wanted.since)
    if wanted.until is not None:
        where.also("sent_at <= ?", wanted.until)
    where.among("number", wanted.numbers)
    where.among("bulk", wanted.bulk_ids)
    for column, values in (("id", wanted.ids), ("status", wanted.statuses)):
        if values is not None:
            where.also(f"{column} IN ({', '.join('?' * len(values))})", *values)
    if wanted.mcc is not None:
        where.also("substr(mcc_mnc, 1, 3) = ?", wanted.mcc)
    if wanted.mnc is not None:
        where.also("substr(mcc_mnc, 4) = ?", wanted.mnc)
    sql = f"SELECT {_RESULT} FROM lookup WHERE {where.sql} ORDER BY id DESC LIMIT ?"
    return [_result(row) for row in connection.execute(sql, (*where.values, wanted.limit))]


def _over(connection: apsw.Connection, account: int, before: int, limit: int) -> list[int]:
    sql = "SELECT id FROM lookup WHERE account = ? AND id < ? AND done_at < ? AND node IS NULL ORDER BY id LIMIT ?"
    rows: Any = connection.execute(sql, (account, first_at(before), before, limit))
    return [row[0] for row in rows]


def _of_number(connection: apsw.Connection, number: str, after: int) -> Stretch:
    """Those that are pending cannot go."""
    return stretch(connection, "lookup", Where("id > ?", after), Where("number = ?", number), "node IS NOT NULL")


def _delete(connection: apsw.Connection, gone: Sequence[int], blanked: Sequence[int]) -> None:
    wipe(connection, (_BLANK,), (("lookup", "id"),), gone, blanked)


def _text(found: Found | None) -> str | None:
    return None if found is None else _encode(found).decode()


def _result(row: Any) -> LookupResult:
    id_, account, bulk, to, status, error, found, mcc_mnc, price, sent_at, done_at, resolver = row[:12]
    return LookupResult(
        id=id_,
        account=account,
        bulk=bulk,
        to=to,
        status=status,
        error=error,
        found=None if found is None else _found(found),
        mcc_mnc=mcc_mnc,
        price=price,
        sent_at=sent_at,
        done_at=done_at,
        resolver=resolver,
    )
