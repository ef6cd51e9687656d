"""What is forgotten: messages whose time is over, those of a number that is erased, and every trace of them.

`secure_delete` overwrites what a deletion frees, but a page that SQLite puts in order anew may keep a copy of a row in
its unused middle. Deleting is what makes it do so, to the rows beside; so a row is blanked where it lies before it or
its neighbours are deleted (docs/decisions/0008-forgetting.md has the figures).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import apsw

from stentor.core.ids import first_at
from stentor.core.sessions import SCHEME
from stentor.storage.sqlite.access import Access
from stentor.storage.sqlite.rows import PENDING
from stentor.storage.sqlite.where import Where

PORTION = 100
"""Messages deleted in one transaction: 2 ms of the loop's time."""
AHEAD = 50
"""Messages after them that are blanked with them, more than fit on the next page."""
_STRETCH = 20_000
"""Rows that one search of an erasure looks at, so that other searches go between."""

_OWED = "EXISTS (SELECT 1 FROM report r WHERE r.message = message.id AND {})"
_FOR_URL = f"(r.url IS NOT NULL AND r.url NOT GLOB '{SCHEME}*')"
_CALLED = "id IN (SELECT subject FROM call WHERE about = 'receipt')"
"""A subscription is owed a call that names the number."""
_HOLDERS = """
WITH RECURSIVE holder (account) AS (
    SELECT min(account) FROM {0}
    UNION ALL
    SELECT (SELECT min(account) FROM {0} WHERE account > holder.account) FROM holder WHERE account IS NOT NULL
)
SELECT account FROM holder WHERE account IS NOT NULL
"""
_OLDEST = (
    f"SELECT account, (SELECT min(id) FROM message WHERE account = h.account) FROM ({_HOLDERS.format('message')}) h"
)

Delete = Callable[..., None]
"""`delete(connection, gone=, blanked=)`: `gone` with all that belongs to them. `blanked`: these and the next to go."""
Stretch = tuple[list[int], int, int]
"""Of a stretch of a table: what can go, how many cannot, and where to go on: 0 at the end."""


def zeros(column: str) -> str:
    """As long as before, so that the row stays in its place."""
    return f"{column} = iif({column} IS NULL, NULL, CAST(zeroblob(octet_length({column})) AS TEXT))"


_CONTENT = ("sender", "recipient", "text", "callback_data", "notify_url")
_BLANK_MESSAGE = f"UPDATE message SET {', '.join(map(zeros, _CONTENT))} WHERE id = ?"
_BLANK_EVENT = f"UPDATE event SET {zeros('detail')} WHERE message = ?"
_TRACES = (("part", "message"), ("event", "message"), ("report", "message"), ("message", "id"))


def holders(connection: apsw.Connection, table: str) -> list[int]:
    """Accounts with rows in a table: one step of the index for each, however many rows it has."""
    return [int(row[0]) for row in connection.execute(_HOLDERS.format(table))]


def oldest(connection: apsw.Connection) -> dict[int, int]:
    """Accounts with messages, each with its oldest."""
    return {int(account): int(message) for account, message in connection.execute(_OLDEST)}


async def in_portions(access: Access, delete: Delete, gone: Sequence[int], blanked: Sequence[int]) -> None:
    """Each portion is blanked with its neighbours before it is deleted."""
    for start in range(0, len(gone), PORTION):
        end = start + PORTION
        portion = partial(delete, gone=gone[start:end], blanked=blanked[start : end + AHEAD])
        await access.run(portion, rows=PORTION)
        access.untidy = True


async def everywhere(access: Access, delete: Delete, search: Callable[[int], Awaitable[Stretch]]) -> tuple[int, int]:
    """Delete what `search` finds from a row on, stretch by stretch: how many went, and how many could not."""
    erased, left, after = 0, 0, 0
    while True:
        gone, kept, after = await search(after)
        await in_portions(access, delete, gone, gone)
        erased, left = erased + len(gone), left + kept
        if not after:
            return erased, left


def stretch(connection: apsw.Connection, table: str, where: Where, match: Where, kept: str) -> Stretch:
    """What `match` finds among the next rows of `where`; those that are `kept` cannot go."""
    sql = f"SELECT max(id), count(*) FROM (SELECT id FROM {table} WHERE {where.sql} ORDER BY id LIMIT ?)"
    row: Any = connection.execute(sql, (*where.values, _STRETCH)).fetchone()
    last, seen = row
    where.also("id <= ?", last)
    sql = f"SELECT id, {kept} FROM {table} WHERE {where.sql} AND {match.sql}"
    found: Any = connection.execute(sql, (*where.values, *match.values)).fetchall()
    gone = [number for number, stays in found if not stays]
    return gone, len(found) - len(gone), last if seen == _STRETCH else 0


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
    wipe(connection, (_BLANK_MESSAGE, _BLANK_EVENT), _TRACES, gone, blanked)


def wipe(
    connection: apsw.Connection,
    blanks: Sequence[str],
    traces: Sequence[tuple[str, str]],
    gone: Sequence[int],
    blanked: Sequence[int],
) -> None:
    """Run `blanks` for those that are `blanked`, and delete `gone` from `traces`: tables, each with its column."""
    for sql in blanks:
        connection.executemany(sql, [(one,) for one in blanked])
    for table, column in traces:
        connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(one,) for one in gone])


def old_receipts(connection: apsw.Connection, before: int, limit: int) -> list[int]:
    rows: Any = connection.execute("SELECT id FROM held_receipt WHERE at < ? LIMIT ?", (before, limit))
    return [row[0] for row in rows]


def forget_receipts(connection: apsw.Connection, receipts: Sequence[int]) -> None:
    """Also lines of history that came after their message was forgotten, once all before the oldest are."""
    connection.executemany("DELETE FROM held_receipt WHERE id = ?", [(receipt,) for receipt in receipts])
    connection.execute("DELETE FROM event WHERE message < (SELECT min(id) FROM message)")


def of_number(connection: apsw.Connection, number: str, account: int | None, after: int) -> Stretch:
    """Messages to or from the number; those cannot go that are not final, or whose report is owed to a URL."""
    where = Where("id > ?", after)
    if account is not None:
        where.also("account = ?", account)
    match = Where("(recipient = ? OR sender IN (?, ?))", number, number, f"+{number}")
    kept = f"status IN {PENDING} OR {_OWED.format('r.url IS NOT NULL')} OR {_CALLED}"
    return stretch(connection, "message", where, match, kept)


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
