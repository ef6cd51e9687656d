"""Ported numbers: one row a number, one row a range; the newest import of a line counts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import apsw

from stentor.core.errors import InvalidField
from stentor.core.lookup.portability import Counted, Holdings, Line
from stentor.storage.sqlite.access import Access

_NUMBER = "SELECT mcc_mnc FROM ported_number WHERE number = ?"
_RANGE = "SELECT mcc_mnc, last FROM ported_range WHERE first <= ? ORDER BY first DESC LIMIT 1"
_PUT_NUMBER = (
    "INSERT INTO ported_number (number, mcc_mnc, import) VALUES (?1, ?2, ?3)"
    " ON CONFLICT DO UPDATE SET mcc_mnc = ?2, import = ?3"
)
_PUT_RANGE = (
    "INSERT INTO ported_range (first, last, mcc_mnc, import) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT DO UPDATE SET last = ?2, mcc_mnc = ?3, import = ?4"
)
_UP_TO = "SELECT first, last, mcc_mnc, import FROM ported_range WHERE first <= ? ORDER BY first DESC"
_PORTION = 500
_TABLES = (("ported_number", "number"), ("ported_range", "first"))


class PortabilityRows:
    """Implements `core.lookup.portability.PortabilityStore`."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def network(self, number: str) -> str | None:
        value = int(number)
        row: Any = self._access.reader.execute(_NUMBER, (value,)).fetchone()
        if row is not None:
            return str(row[0])
        row = self._access.reader.execute(_RANGE, (value,)).fetchone()
        return str(row[0]) if row is not None and value <= row[1] else None

    async def put(self, lines: Sequence[Line], import_: int, *, preview: bool) -> Counted:
        if preview:
            return await self._access.search(_counted, lines)
        return await self._access.run(partial(_put, lines=lines, import_=import_), rows=len(lines))

    async def prune(self, import_: int) -> int:
        dropped = 0
        for table, key in _TABLES:
            sql = f"DELETE FROM {table} WHERE {key} = ?"
            stale = await self._access.search(_stale, table, key, import_)
            for start in range(0, len(stale), _PORTION):
                gone = [(one,) for one in stale[start : start + _PORTION]]
                await self._access.run(partial(_delete, sql=sql, gone=gone), rows=len(gone))
            dropped += len(stale)
        return dropped

    async def newest(self) -> int:
        return await self._access.search(_newest)

    async def holdings(self) -> Holdings:
        return await self._access.search(_holdings)


def _put(connection: apsw.Connection, lines: Sequence[Line], import_: int) -> Counted:
    counted = _counted(connection, lines)
    singles = [(one.first, one.mcc_mnc, import_) for one in lines if one.first == one.last]
    connection.executemany(_PUT_NUMBER, singles)
    for one in lines:
        if one.first != one.last:
            _make_room(connection, one, import_)
            connection.execute(_PUT_RANGE, (one.first, one.last, one.mcc_mnc, import_))
    return counted


def _make_room(connection: apsw.Connection, line: Line, import_: int) -> None:
    """Ranges lie beside each other, so those that overlap are neighbours in the order of their beginnings."""
    rows: Any = connection.execute(_UP_TO, (line.last,))
    overlapping = []
    for row in rows:
        if row[1] < line.first:
            break
        overlapping.append(row)
    for first, last, mcc_mnc, older in overlapping:
        if older == import_ and (first, last) != (line.first, line.last):
            raise InvalidField(f"{line.first}-{line.last}", f"it overlaps {first}-{last} of the same file.")
        connection.execute("DELETE FROM ported_range WHERE first = ?", (first,))
        if first < line.first:
            connection.execute(_PUT_RANGE, (first, line.first - 1, mcc_mnc, older))
        if last > line.last:
            connection.execute(_PUT_RANGE, (line.last + 1, last, mcc_mnc, older))


def _counted(connection: apsw.Connection, lines: Sequence[Line]) -> Counted:
    added = changed = unchanged = 0
    for one in lines:
        if one.first == one.last:
            row: Any = connection.execute(_NUMBER, (one.first,)).fetchone()
            same = row is not None and row[0] == one.mcc_mnc
        else:
            sql = "SELECT mcc_mnc, last FROM ported_range WHERE first = ?"
            row = connection.execute(sql, (one.first,)).fetchone()
            same = row is not None and row == (one.mcc_mnc, one.last)
        added += row is None
        unchanged += same
        changed += row is not None and not same
    return Counted(added, changed, unchanged)


def _stale(connection: apsw.Connection, table: str, key: str, import_: int) -> list[int]:
    rows: Any = connection.execute(f"SELECT {key} FROM {table} WHERE import != ?", (import_,))
    return [row[0] for row in rows]


def _delete(connection: apsw.Connection, sql: str, gone: Sequence[tuple[int]]) -> None:
    connection.executemany(sql, gone)


def _newest(connection: apsw.Connection) -> int:
    return max(int(connection.execute(f"SELECT ifnull(max(import), 0) FROM {table}").get) for table, _ in _TABLES)


def _holdings(connection: apsw.Connection) -> Holdings:
    return Holdings(*(int(connection.execute(f"SELECT count(*) FROM {table}").get) for table, _ in _TABLES))
