"""Scenarios of accounts (002 "Create OMNI scenario")."""

from __future__ import annotations

from typing import Any

import apsw

from stentor.core.omni.records import Scenario, flow_of, kept
from stentor.storage.sqlite.access import Access

_COLUMNS = "id, account, key, name, flow, is_default"
_SAVE = (
    f"INSERT INTO scenario ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (key) DO UPDATE SET name = excluded.name, flow = excluded.flow, is_default = excluded.is_default"
)


class ScenarioRows:
    """Implements `core.omni.ports.ScenarioStore`."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def save(self, scenario: Scenario) -> None:
        await self._access.run(lambda db: _save(db, scenario), awaited=True)

    def all(self, account: int) -> list[Scenario]:
        return self._found("account = ? ORDER BY id", account)

    def get(self, account: int, key: str) -> Scenario | None:
        return next(iter(self._found("account = ? AND key = ?", account, key)), None)

    def default(self, account: int) -> Scenario | None:
        return next(iter(self._found("account = ? AND is_default = 1", account)), None)

    def _found(self, where: str, *values: Any) -> list[Scenario]:
        rows = self._access.reader.execute(f"SELECT {_COLUMNS} FROM scenario WHERE {where}", values)
        return [_scenario(row) for row in rows]


def _save(connection: apsw.Connection, scenario: Scenario) -> None:
    if scenario.default:
        connection.execute("UPDATE scenario SET is_default = 0 WHERE account = ?", (scenario.account,))
    one = scenario
    connection.execute(_SAVE, (one.id, one.account, one.key, one.name, kept(one.flow), one.default))


def _scenario(row: Any) -> Scenario:
    id_, account, key, name, flow, default = row
    return Scenario(id=id_, account=account, key=key, name=name, flow=flow_of(flow), default=bool(default))
