"""What the conformance suite asks of a store beside `core.ports.Store`: open it, look behind it, open it again."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from stentor.core.ports import Store
from stentor.storage.sqlite import SqliteStore
from support.making import FakeClock


class Bench(Protocol):
    """A store under test with its clock."""

    clock: FakeClock

    @property
    def store(self) -> Store: ...

    @property
    def commits(self) -> int: ...

    async def reopen(self) -> Store:
        """Close, and open again as the same node would after a restart."""

    async def close(self) -> None: ...

    def ledger(self, account: int) -> list[tuple[str, int]]:
        """(kind, amount) of the account's ledger, oldest first."""

    def rows(self, table: str) -> int:
        """How many rows there are."""


class SqliteBench:
    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self._folder = folder
        self._store = SqliteStore(folder)

    @property
    def store(self) -> SqliteStore:
        return self._store

    @property
    def commits(self) -> int:
        return self._store.commits

    async def reopen(self) -> SqliteStore:
        await self._store.close()
        self._store = SqliteStore(self._folder)
        return self._store

    async def close(self) -> None:
        await self._store.close()

    def ledger(self, account: int) -> list[tuple[str, int]]:
        reader = SqliteStore.reader(self._folder)
        sql = "SELECT kind, amount FROM ledger WHERE account = ? ORDER BY id"
        found = [(str(kind), int(amount)) for kind, amount in reader.execute(sql, (account,))]
        reader.close()
        return found

    def rows(self, table: str) -> int:
        reader = SqliteStore.reader(self._folder)
        found = int(next(iter(reader.execute(f"SELECT count(*) FROM {table}")))[0])
        reader.close()
        return found


def balanced(bench: Bench, account: int = 1) -> int:
    """The balance, which is the sum of the ledger at any time."""
    balance = bench.store.balance(account)
    assert balance == sum(amount for _, amount in bench.ledger(account))
    return balance
