"""What is forgotten: messages whose time is over, those of a number that is erased, and every trace of them.

`secure_delete` overwrites what a deletion frees, but a page that SQLite puts in order anew may keep a copy of a row in
its unused middle. Deleting is what makes it do so, to the rows beside; so a row is blanked where it lies before it or
its neighbours are deleted (docs/decisions/0008-forgetting.md has the figures).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw

from stentor.core.ids import first_at
from stentor.core.sessions import SCHEME
from stentor.storage.sqlite.rows import PENDING
from stentor.storage.sqlite.where import Where

PORTION = 100
"""Messages deleted in one transaction: 2 ms of the loop's time."""
AHEAD = 50
"""Messages after them that are blanked with them, more than fit on the next page."""

_OWED = "EXISTS (SELECT 1 FROM report r WHERE r.message = message.id AND {})"
_FOR_URL = f"(r.url IS NOT NULL AND r.url NOT GLOB '{SCHEME}*')"
_CALLED = "id IN (SELECT subject FROM call WHERE about = 'receipt')"
"""A subscription is owed a call that names the number."""
_HOLDERS = """
WITH RECURSIVE holder (account) AS (
    SELECT min(account) FROM message
    UNION ALL
    SELECT (SELECT min(account) FROM message WHERE account > holder.account) FROM holder WHERE account IS NOT NULL
)
SELECT account, (SELECT min(id) FROM message WHERE message.account = holder.account)
FROM holder WHERE account IS NOT NULL
"""


def zeros(column: str) -> str:
    """As long as before, so that the row stays in its place."""
    return f"{column} = iif({column} IS NULL, NULL, CAST(zeroblob(octet_length({column})) AS TEXT))"


_CONTENT = ("sender", "recipient", "text", "callback_data", "notify_url")
_BLANK_MESSAGE = f"UPDATE message SET {', '.join(map(zeros, _CONTENT))} WHERE id = ?"
_BLANK_EVENT = f"UPDATE event SET {zeros('detail')} WHERE message = ?"
_TRACES = (("part", "message"), ("event", "message"), ("report", "message"), ("message", "id"))


def holders(connection: apsw.Connection) -> dict[int, int]:
    """One step of the index for each account, however many messages it has."""
    return {int(account): int(oldest) for account, oldest in connection.execute(_HOLDERS)}


def over(connection: apsw.Connection, account: int | None, before: int, unpulled: int, limit: int) -> list[int]:
    """Messages that were final before `before`, oldest first, unless a report is owed.

    Owed is a report for a URL, and one that waits to be pulled or for an SMPP session and is not older than `unpulled`.
    """
    where = Where("id < ? AND done_at < ?", first_at(before), before)
    where.also(f"status NOT IN {PENDING}")
    where.also("NOT " + _OWED.format(f"({_FOR_URL} OR r.done_at >= ?)"), unpulled)
    if account is not None:
        where.also("account = ?", account)
    rows: Any = connection.execute(
        f"SELECT id FROM message WHERE {where.sql} ORDER BY id LIMIT ?", (*where.values, limit)
    )
    return [row[0] for row in rows]


def forget(connection: apsw.Connection, gone: Sequence[int], blanked: Sequence[int]) -> None:
    """Delete `gone` with all that belongs to them. `blanked`: these and the next ones to go."""
    for sql in (_BLANK_MESSAGE, _BLANK_EVENT):
        connection.executemany(sql, [(message,) for message in blanked])
    for table, column in _TRACES:
        connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(message,) for message in gone])


def old_receipts(connection: apsw.Connection, before: int, limit: int) -> list[int]:
    rows: Any = connection.execute("SELECT id FROM held_receipt WHERE at < ? LIMIT ?", (before, limit))
    return [row[0] for row in rows]


def forget_receipts(connection: apsw.Connection, receipts: Sequence[int]) -> None:
    """Also lines of history that came after their message was forgotten, once all before the oldest are."""
    connection.executemany("DELETE FROM held_receipt WHERE id = ?", [(receipt,) for receipt in receipts])
    connection.execute("DELETE FROM event WHERE message < (SELECT min(id) FROM message)")


def of_number(
    connection: apsw.Connection, number: str, account: int | None, after: int, stretch: int
) -> tuple[list[int], int, int]:
    """Messages to or from the number among `stretch` messages from `after` on.

    Those that can go, how many cannot (not final, or a report is owed to a URL), and where to go on: 0 at the end.
    """
    where = Where("id > ?", after)
    if account is not None:
        where.also("account = ?", account)
    sql = f"SELECT max(id), count(*) FROM (SELECT id FROM message WHERE {where.sql} ORDER BY id LIMIT ?)"
    row: Any = connection.execute(sql, (*where.values, stretch)).fetchone()
    last, seen = row
    where.also("id <= ? AND (recipient = ? OR sender IN (?, ?))", last, number, number, f"+{number}")
    kept = f"status IN {PENDING} OR {_OWED.format('r.url IS NOT NULL')} OR {_CALLED}"
    sql = f"SELECT id, {kept} FROM message WHERE {where.sql}"
    found: Any = connection.execute(sql, where.values).fetchall()
    gone = [message for message, kept in found if not kept]
    return gone, len(found) - len(gone), last if seen == stretch else 0


def truncated(connection: apsw.Connection) -> bool:
    """Copy the write-ahead log into the database and cut it to nothing; False when it is in use just now.

    The first, longer part goes on beside the writer; only the rest, a few pages, makes it wait.
    """
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    patience: Any = connection.execute("PRAGMA busy_timeout").get
    connection.set_busy_timeout(0)  # with patience it would hold up the writer while it waits for readers
    try:
        row: Any = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.set_busy_timeout(patience)
    return not row[0]
