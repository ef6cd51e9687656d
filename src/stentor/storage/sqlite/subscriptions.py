"""Subscriptions on disk: few rows, read once at start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw
from msgspec.structs import astuple

from stentor.core.calls import Call
from stentor.core.subscriptions import Subscription
from stentor.storage.sqlite import calls as outbox
from stentor.storage.sqlite.access import Access

_COLUMNS = ", ".join(Subscription.__struct_fields__)
_WISH = "account = ? AND kind = ? AND address = ? AND criteria = ? AND url = ? AND callback_data IS ?"
_SAME = f"SELECT {_COLUMNS} FROM subscription WHERE {_WISH}"
"""In the order of `Subscription.wish`."""
_COUNT = "SELECT count(*) FROM subscription WHERE account = ? AND kind = ?"
_INSERT = f"INSERT INTO subscription ({_COLUMNS}) VALUES ({', '.join('?' * len(Subscription.__struct_fields__))})"


class SubscriptionRows:
    """Implements `core.subscriptions.SubscriptionStore`."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def all(self) -> list[Subscription]:
        rows: Any = self._access.reader.execute(f"SELECT {_COLUMNS} FROM subscription ORDER BY id")
        return [Subscription(*row) for row in rows]

    async def add(self, subscription: Subscription, most: int) -> Subscription | None:
        return await self._access.run(lambda db: _added(db, subscription, most), awaited=True)

    async def remove(self, number: int) -> None:
        await self._access.run(lambda db: db.execute("DELETE FROM subscription WHERE id = ?", (number,)), awaited=True)

    async def tell(self, calls: Sequence[Call]) -> None:
        await self._access.run(lambda db: outbox.add(db, calls), rows=len(calls), awaited=True)


def _added(connection: apsw.Connection, new: Subscription, most: int) -> Subscription | None:
    """Looked at in the transaction that writes: requests that arrive together wait for each other here."""
    same: Any = connection.execute(_SAME, new.wish).fetchone()
    if same is not None:
        return Subscription(*same)
    if connection.execute(_COUNT, (new.account, new.kind)).get >= most:
        return None
    connection.execute(_INSERT, astuple(new))
    return new
