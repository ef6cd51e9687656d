"""What the operator defined: accounts, users, keys, prices, rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from stentor.core.account import Account, ApiKey, User
from stentor.core.ports import Book, Opening
from stentor.core.pricing import Price
from stentor.core.routing import Rule


def define(connection: apsw.Connection, book: Book, now: int) -> None:
    """Users, keys, prices and rules are replaced as a whole; an account that exists keeps its balance."""
    for opening in book.accounts:
        _open(connection, opening, now)
    _replace(connection, "user", book.users)
    _replace(connection, "api_key", book.keys)
    _replace(connection, "price", book.prices)
    connection.execute("DELETE FROM rule")
    rows = [(rule.name, rule.order, msgspec.json.encode(rule).decode()) for rule in book.rules]
    connection.executemany("INSERT INTO rule VALUES (?, ?, ?)", rows)


def _open(connection: apsw.Connection, opening: Opening, now: int) -> None:
    account = opening.account
    options = msgspec.json.encode(account).decode()
    if connection.execute("SELECT 1 FROM account WHERE id = ?", (account.id,)).fetchone():
        connection.execute("UPDATE account SET name = ?, options = ? WHERE id = ?", (account.name, options, account.id))
        return
    connection.execute(
        "INSERT INTO account (id, name, balance, options) VALUES (?, ?, ?, ?)",
        (account.id, account.name, opening.credit, options),
    )
    sql = "INSERT INTO ledger (account, at, kind, amount) VALUES (?, ?, 'opening', ?)"
    connection.execute(sql, (account.id, now, opening.credit))


def _replace(connection: apsw.Connection, table: str, records: Sequence[User | ApiKey | Price]) -> None:
    connection.execute(f"DELETE FROM {table}")
    rows = [msgspec.structs.astuple(record) for record in records]
    if rows:
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def book(connection: apsw.Connection) -> Book:
    def all_of(table: str, *columns: str) -> Any:
        return connection.execute(f"SELECT {', '.join(columns)} FROM {table}")

    return Book(
        tuple(
            Opening(msgspec.json.decode(options, type=Account), balance)
            for options, balance in all_of("account", "options", "balance")
        ),
        tuple(User(*row) for row in all_of("user", "name", "account", "password_hash")),
        tuple(ApiKey(*row) for row in all_of("api_key", "digest", "account")),
        tuple(Price(*row) for row in all_of("price", "plan", "place", "micros")),
        tuple(msgspec.json.decode(row[0], type=Rule) for row in all_of("rule", "options")),
    )
