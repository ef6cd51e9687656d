"""A store made large in a minute: the rows of real messages copied by SQL, each time some seconds older."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw

from stentor.catalogue import StatusId

_ID_BITS = 20
"""Of a number, below its milliseconds (`core.ids`)."""
_CACHE_KIB = 500_000
_SHIFTED = {
    "message": {"id": "id", "bulk": "bulk", "recipient": "number", "sent_at": "time", "done_at": "time"},
    "queue": {"message": "id", "due": "time"},
    "part": {"message": "id", "upstream_id": "upstream", "at": "time"},
    "event": {"message": "id", "id": "event", "at": "time"},
    "report": {"id": "id", "message": "id", "done_at": "time", "due": "time"},
    "ledger": {"id": "id", "at": "time"},
}
_AS = {
    "id": f"{{}} - (k.n * :spread + :older << {_ID_BITS})",
    "time": "{} - k.n * :spread - :older",
    "event": "{} - (k.n * :spread + :older) * 1000",
    "bulk": "printf('%08x', 0x7fffffff - k.n) || substr({}, 9)",
    "number": "printf('%d', {} - k.n * :messages)",
    "upstream": "printf('%010d', {} - k.n * :messages)",
}
_COPIES = "WITH RECURSIVE k (n) AS (SELECT :copies UNION ALL SELECT n - 1 FROM k WHERE n > 1)"


def grow(database: Path, wanted: int, older: int = 0) -> int:
    """Copy all messages there with all that belongs to them, until there are about `wanted`; how many there are.

    Copies are at least `older` milliseconds older.

    The platform is not running. Copies are older than what they copy, so numbers stay in order of time.
    """
    connection = apsw.Connection(str(database))
    for pragma in (
        "journal_mode = OFF",
        "synchronous = OFF",
        "locking_mode = EXCLUSIVE",
        f"cache_size = -{_CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    row: Any = connection.execute(f"SELECT count(*), min(id) >> {_ID_BITS}, max(id) >> {_ID_BITS} FROM message").get
    count, first, last = map(int, row)
    copies = max(0, round(wanted / count) - 1)
    if copies:
        values = {"copies": copies, "spread": last - first + 1, "messages": count, "older": older}
        for table, shifted in _SHIFTED.items():
            _copy(connection, table, shifted, values)
    connection.close()
    return count * (copies + 1)


def postpone(database: Path, milliseconds: int) -> None:
    """Make every queued message wait that much longer, as if `sendAt` had asked for it."""
    connection = apsw.Connection(str(database))
    connection.execute("UPDATE queue SET due = due + ?1, expires = expires + ?1", (milliseconds,))
    sql = f"UPDATE message SET status = {StatusId.PENDING_ACCEPTED:d} WHERE id IN (SELECT message FROM queue)"
    connection.execute(sql)
    connection.close()


def _copy(connection: apsw.Connection, table: str, shifted: dict[str, str], values: dict[str, int]) -> None:
    """Oldest first and in the order of the key, so that rows are appended."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    taken = ", ".join(_AS[shifted[one]].format(f"t.{one}") if one in shifted else f"t.{one}" for one in columns)
    sql = f"{_COPIES} INSERT INTO {table} ({', '.join(columns)}) SELECT {taken} FROM k CROSS JOIN original t"
    given: Any = {name: value for name, value in values.items() if f":{name}" in sql}
    connection.execute(f"CREATE TEMP TABLE original AS SELECT * FROM {table}")
    with connection:
        connection.execute(sql, given)
    connection.execute("DROP TABLE original")
