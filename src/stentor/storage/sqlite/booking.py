"""What the operator defined, and the revisions that made it so.

A large revision is staged and carried out in portions, so that an import of 100,000 prices does not hold up messages;
one that a crash cut off is finished at the next start when it was staged as a whole, and dropped otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import apsw
import msgspec
from msgspec.structs import replace

from stentor.core.definitions import (
    KINDS,
    SECRET_OPTIONS,
    Change,
    Credit,
    LedgerKey,
    LedgerRow,
    Link,
    Record,
    Revision,
    kind_of,
)
from stentor.core.errors import InvalidField
from stentor.storage.vault import Vault

PORTION = 250
_HEAD_SQL = "INSERT INTO revision (number, at, operator, action, size, state) VALUES (?, ?, ?, ?, ?, ?)"
_CHANGE_SQL = "INSERT INTO revision_change (revision, position, kind, key, before, after) VALUES (?, ?, ?, ?, ?, ?)"
_PUT_SQL = "INSERT OR REPLACE INTO definition (kind, key, value) VALUES (?, ?, ?)"
_DROP_SQL = "DELETE FROM definition WHERE kind = ? AND key = ?"
_ACCOUNT_SQL = "INSERT OR IGNORE INTO account (id, name) VALUES (?, ?)"
_UNSUBSCRIBED_SQL = "DELETE FROM subscription WHERE account = (SELECT id FROM account WHERE name = ?)"
_BALANCE_SQL = "UPDATE account SET balance = balance + ?1 WHERE id = ?2 AND balance + ?1 >= 0"
_CREDIT_SQL = "INSERT INTO ledger (id, kind, account, at, amount, note) VALUES (?, ?, ?, ?, ?, ?)"
_HEADS = "SELECT number, at, operator, action, size FROM revision WHERE state = 'done' AND number < ?"
_OF_KIND = " AND number IN (SELECT revision FROM revision_change WHERE kind = ?)"

Row = tuple[str, str, str | None, str | None]
"""Kind, key, and the JSON of before and after with its secrets sealed."""


class Sealing:
    """Records as JSON text and back; the secrets of connectors and resolvers are sealed on the way."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def text(self, record: Record | None) -> str | None:
        if record is None:
            return None
        if isinstance(record, Link):
            record = replace(record, options=dict(self._each(record, self._vault.seal)))
        return msgspec.json.encode(record).decode()

    def record(self, kind: str, text: str | None) -> Any:
        if text is None:
            return None
        record = msgspec.json.decode(text, type=KINDS[kind].record)
        if isinstance(record, Link):
            return replace(record, options=dict(self._each(record, self._vault.open)))
        return record

    def row(self, change: Change) -> Row:
        return change.kind, change.key, self.text(change.before), self.text(change.after)

    @staticmethod
    def _each(link: Link, turn: Callable[[str, str], str]) -> Iterator[tuple[str, Any]]:
        for name, value in link.options.items():
            secret = name in SECRET_OPTIONS and isinstance(value, str) and value
            yield name, turn(value, f"{kind_of(link).name}/{link.name}/{name}") if secret else value


def write(connection: apsw.Connection, revision: Revision, rows: Sequence[Row], paid: Sequence[Credit]) -> None:
    """A small revision as a whole."""
    begin(connection, revision, "done")
    stage(connection, revision.number, 0, rows)
    carry_out(connection, rows)
    pay(connection, revision.at, paid)


def begin(connection: apsw.Connection, revision: Revision, state: str) -> None:
    head = (revision.number, revision.at, revision.operator, revision.action, revision.size, state)
    connection.execute(_HEAD_SQL, head)


def stage(connection: apsw.Connection, number: int, start: int, rows: Sequence[Row]) -> None:
    connection.executemany(_CHANGE_SQL, [(number, start + place, *row) for place, row in enumerate(rows)])


def mark(connection: apsw.Connection, number: int, state: str) -> None:
    connection.execute("UPDATE revision SET state = ? WHERE number = ?", (state, number))


def staged(connection: apsw.Connection, number: int, rows: Sequence[Row], at: int, paid: Sequence[Credit]) -> None:
    """All of a large revision is on disk: from here on it will be finished, and money moves once."""
    open_accounts(connection, rows)
    pay(connection, at, paid)
    mark(connection, number, "staged")


def carry_out(connection: apsw.Connection, rows: Sequence[Row]) -> None:
    """Twice does no harm: a revision that was cut off is carried out again from its beginning."""
    connection.executemany(_DROP_SQL, [(kind, key) for kind, key, _, after in rows if after is None])
    connection.executemany(_PUT_SQL, [(kind, key, after) for kind, key, _, after in rows if after is not None])
    # Whoever has the name of an account next must not find its messages told to the URLs of the one before.
    other = [(key,) for kind, key, before, after in rows if kind == "account" and None in (before, after)]
    connection.executemany(_UNSUBSCRIBED_SQL, other)
    open_accounts(connection, rows)


def open_accounts(connection: apsw.Connection, rows: Sequence[Row]) -> None:
    """A balance for each account that is new."""
    accounts = [msgspec.json.decode(after) for kind, _, _, after in rows if kind == "account" and after is not None]
    connection.executemany(_ACCOUNT_SQL, [(account["id"], account["name"]) for account in accounts])


def pay(connection: apsw.Connection, at: int, paid: Sequence[Credit]) -> None:
    for credit in paid:
        connection.execute(_BALANCE_SQL, (credit.amount, credit.account))
        if not connection.changes():  # messages that were accepted meanwhile may have spent it
            raise InvalidField("amount", "the account has less than that.")
        connection.execute(_CREDIT_SQL, (credit.id, credit.kind, credit.account, at, credit.amount, credit.note))


def recover(connection: apsw.Connection) -> None:
    """Finish or drop what a crash cut off."""
    with connection:
        rows: Any = connection.execute("SELECT number, state FROM revision WHERE state != 'done'").fetchall()
        for number, state in rows:
            if state == "staged":
                sql = "SELECT kind, key, before, after FROM revision_change WHERE revision = ? ORDER BY position"
                changes: Any = connection.execute(sql, (number,)).fetchall()
                carry_out(connection, changes)
                mark(connection, number, "done")
            else:
                connection.execute("DELETE FROM revision_change WHERE revision = ?", (number,))
                connection.execute("DELETE FROM revision WHERE number = ?", (number,))


def records(connection: apsw.Connection, sealing: Sealing) -> list[Record]:
    rows: Any = connection.execute("SELECT kind, value FROM definition")
    return [sealing.record(kind, value) for kind, value in rows]


def links(connection: apsw.Connection) -> list[Link]:
    """The connectors, beside a running program or without one; their secrets stay sealed."""
    if not connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'definition'").get:
        return []  # a folder of an earlier program, which none of this version was started on
    rows: Any = connection.execute("SELECT value FROM definition WHERE kind = 'connector'")
    return [msgspec.json.decode(value, type=Link) for (value,) in rows]


def numbers(connection: apsw.Connection) -> dict[str, int]:
    rows: Any = connection.execute("SELECT name, id FROM account")
    return dict(rows)


def revisions(connection: apsw.Connection, kind: str | None, before: int, limit: int) -> list[Revision]:
    sql, values = (_HEADS, (before, limit)) if kind is None else (_HEADS + _OF_KIND, (before, kind, limit))
    rows: Any = connection.execute(f"{sql} ORDER BY number DESC LIMIT ?", values)
    return [Revision(*row) for row in rows]


def revision(connection: apsw.Connection, number: int, sealing: Sealing) -> Revision | None:
    sql = "SELECT number, at, operator, action, size FROM revision WHERE number = ? AND state = 'done'"
    head: Any = connection.execute(sql, (number,)).fetchone()
    if head is None:
        return None
    sql = "SELECT kind, key, before, after FROM revision_change WHERE revision = ? ORDER BY position"
    rows: Any = connection.execute(sql, (number,))
    changes = [
        Change(kind, key, sealing.record(kind, before), sealing.record(kind, after))
        for kind, key, before, after in rows
    ]
    number, at, operator, action, size = head
    return Revision(number, at, operator, action, size, changes)


def ledger(connection: apsw.Connection, account: int, before: LedgerKey, limit: int) -> list[LedgerRow]:
    sql = (
        "SELECT id, kind, at, amount, note FROM ledger WHERE account = ? AND (id, kind) < (?, ?)"
        " ORDER BY id DESC, kind DESC LIMIT ?"
    )
    rows: Any = connection.execute(sql, (account, *before, limit))
    return [LedgerRow(*row) for row in rows]
