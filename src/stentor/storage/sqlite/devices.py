"""Devices of push applications."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw
from msgspec.structs import astuple, replace

from stentor.core.devices import DEVICES_OF_A_NUMBER, Device
from stentor.storage.sqlite.access import Access

_COLUMNS = ", ".join(Device.__struct_fields__)
_INSERT = f"INSERT INTO device ({_COLUMNS}) VALUES ({', '.join('?' * len(Device.__struct_fields__))})"


class DeviceRows:
    """Implements `core.devices.DeviceStore`."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def register(self, device: Device) -> Device:
        return await self._access.run(lambda db: _register(db, device), awaited=True)

    async def bind(self, device: int, application: str, msisdn: str | None) -> bool:
        sql = "UPDATE device SET msisdn = ? WHERE id = ? AND application = ?"
        return await self._changes(sql, msisdn, device, application)

    async def untie(self, msisdn: str) -> None:
        await self._changes("UPDATE device SET msisdn = NULL WHERE msisdn = ?", msisdn.removeprefix("+"))

    async def drop(self, tokens: Sequence[tuple[str, str]]) -> None:
        sql = "DELETE FROM device WHERE application = ? AND token = ?"
        await self._access.run(lambda db: db.executemany(sql, tokens), rows=len(tokens))

    def of_number(self, application: str, msisdn: str) -> list[Device]:
        found = "application = ? AND msisdn = ? ORDER BY id DESC LIMIT ?"
        return self._found(found, application, msisdn, DEVICES_OF_A_NUMBER)

    def of_token(self, application: str, token: str) -> list[Device]:
        return self._found("application = ? AND token = ?", application, token)

    def get(self, device: int) -> Device | None:
        return next(iter(self._found("id = ?", device)), None)

    def page(self, application: str | None, after: int, limit: int) -> list[Device]:
        if application is None:
            return self._found("id > ? ORDER BY id LIMIT ?", after, limit)
        return self._found("application = ? AND id > ? ORDER BY id LIMIT ?", application, after, limit)

    def count(self, application: str) -> int:
        row: Any = self._access.reader.execute("SELECT count(*) FROM device WHERE application = ?", (application,)).get
        return int(row)

    async def remove(self, device: int) -> bool:
        return await self._changes("DELETE FROM device WHERE id = ?", device)

    async def forget(self, application: str) -> None:
        await self._changes("DELETE FROM device WHERE application = ?", application)

    async def _changes(self, sql: str, *values: Any) -> bool:
        def work(connection: apsw.Connection) -> bool:
            connection.execute(sql, values)
            return connection.changes() > 0

        return await self._access.run(work, awaited=True)

    def _found(self, where: str, *values: Any) -> list[Device]:
        rows = self._access.reader.execute(f"SELECT {_COLUMNS} FROM device WHERE {where}", values)
        return [Device(*row) for row in rows]


def _register(connection: apsw.Connection, device: Device) -> Device:
    """By its id where it has one (its token may be new), else by its token."""
    by_id = connection.execute(
        f"SELECT {_COLUMNS} FROM device WHERE id = ? AND application = ?", (device.id, device.application)
    ).fetchone()
    by_token = connection.execute(
        f"SELECT {_COLUMNS} FROM device WHERE application = ? AND token = ?", (device.application, device.token)
    ).fetchone()
    known = by_id or by_token
    if known is None:
        connection.execute(_INSERT, astuple(device))
        return device
    kept = replace(Device(*known), token=device.token, platform=device.platform)
    if by_token is not None and by_token[0] != kept.id:  # the token moved to another installation
        connection.execute("DELETE FROM device WHERE id = ?", (by_token[0],))
    connection.execute("UPDATE device SET token = ?, platform = ? WHERE id = ?", (kept.token, kept.platform, kept.id))
    return kept
