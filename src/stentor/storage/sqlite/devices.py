"""Devices of push applications."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import apsw
from msgspec.structs import astuple, replace

from stentor.core.devices import DEVICES_OF_A_NUMBER, Device
from stentor.storage.sqlite.access import Access

_COLUMNS = ", ".join(Device.__struct_fields__)
_INSERT = f"INSERT INTO device ({_COLUMNS}) VALUES ({', '.join('?' * len(Device.__struct_fields__))})"
_COUNT = "SELECT count(*) FROM device WHERE application = ?"
_COUNTED_AGAIN_S = 60.0
"""Where there was no room; counting a million takes some 20 ms."""


class DeviceRows:
    """Implements `core.devices.DeviceStore`."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._room: dict[str, _Room] = {}

    async def register(self, device: Device, claimed: int | None, most: int) -> Device | None:
        room = self._room.setdefault(device.application, _Room())
        if room.must_count(most):
            await self._count(room, device.application, most)
        return await self._access.run(lambda db: _register(db, device, claimed, room), awaited=True)

    async def bind(self, device: int, application: str, msisdn: str | None) -> bool:
        sql = "UPDATE device SET msisdn = ? WHERE id = ? AND application = ?"
        return await self._changes(sql, msisdn, device, application)

    async def untie(self, msisdn: str) -> None:
        await self._changes("UPDATE device SET msisdn = NULL WHERE msisdn = ?", msisdn.removeprefix("+"))

    async def drop(self, devices: Sequence[Device]) -> None:
        sql = "DELETE FROM device WHERE id = ? AND token = ? AND at = ?"
        rows = [(one.id, one.token, one.at) for one in devices]
        await self._access.run(lambda db: db.executemany(sql, rows), rows=len(rows))

    def of_number(self, application: str, msisdn: str) -> list[Device]:
        found = "application = ? AND msisdn = ? ORDER BY id DESC LIMIT ?"
        return self._found(found, application, msisdn, DEVICES_OF_A_NUMBER)

    def of_token(self, application: str, token: str) -> list[Device]:
        return self._found("application = ? AND token = ?", application, token)

    def get(self, device: int) -> Device | None:
        return next(iter(self._found("id = ?", device)), None)

    async def page(self, application: str | None, after: int, limit: int) -> list[Device]:
        if application is None:
            return await self._access.search(_found, "id > ? ORDER BY id LIMIT ?", after, limit)
        where = "application = ? AND id > ? ORDER BY id LIMIT ?"
        return await self._access.search(_found, where, application, after, limit)

    async def count(self, application: str) -> int:
        def query(connection: apsw.Connection) -> int:
            row: Any = connection.execute(_COUNT, (application,)).get
            return int(row)

        return await self._access.search(query)

    async def remove(self, device: int) -> bool:
        return await self._changes("DELETE FROM device WHERE id = ?", device)

    async def forget(self, application: str) -> None:
        await self._changes("DELETE FROM device WHERE application = ?", application)
        self._room.pop(application, None)

    async def _count(self, room: _Room, application: str, most: int) -> None:
        """Once for all that wait for it."""
        async with room.counting:
            if room.must_count(most):
                room.counted(await self.count(application), most)

    async def _changes(self, sql: str, *values: Any) -> bool:
        def work(connection: apsw.Connection) -> bool:
            connection.execute(sql, values)
            return connection.changes() > 0

        return await self._access.run(work, awaited=True)

    def _found(self, where: str, *values: Any) -> list[Device]:
        return _found(self._access.reader, where, *values)


def _found(connection: apsw.Connection, where: str, *values: Any) -> list[Device]:
    rows = connection.execute(f"SELECT {_COLUMNS} FROM device WHERE {where}", values)
    return [Device(*row) for row in rows]


class _Room:
    """How many devices more an application may have, as it was counted last. What is removed counts at the next."""

    def __init__(self) -> None:
        self.counting = asyncio.Lock()
        self._most = -1
        self._left = 0
        self._again = 0.0

    def must_count(self, most: int) -> bool:
        return most != self._most or (self._left <= 0 and time.monotonic() >= self._again)

    def counted(self, devices: int, most: int) -> None:
        self._most, self._left = most, most - devices
        self._again = time.monotonic() + _COUNTED_AGAIN_S

    def take(self) -> bool:
        self._left -= 1
        return self._left >= 0


def _register(connection: apsw.Connection, device: Device, claimed: int | None, room: _Room) -> Device | None:
    """By the id it says it has (its token may be new), else by its token."""
    by_id = connection.execute(f"SELECT {_COLUMNS} FROM device WHERE id = ?", (claimed,)).fetchone()
    ours = by_id if by_id is not None and Device(*by_id).application == device.application else None
    by_token = connection.execute(
        f"SELECT {_COLUMNS} FROM device WHERE application = ? AND token = ?", (device.application, device.token)
    ).fetchone()
    known = ours or by_token
    if known is None:
        free = claimed is not None and by_id is None  # its id of before it was forgotten
        fresh = replace(device, id=claimed) if free else device
        if not room.take():
            return None
        connection.execute(_INSERT, astuple(fresh))
        return fresh
    kept = replace(Device(*known), token=device.token, platform=device.platform, at=device.at)
    if by_token is not None and by_token[0] != kept.id:  # the token moved to another installation
        connection.execute("DELETE FROM device WHERE id = ?", (by_token[0],))
    sql = "UPDATE device SET token = ?, platform = ?, at = ? WHERE id = ?"
    connection.execute(sql, (kept.token, kept.platform, kept.at, kept.id))
    return kept
