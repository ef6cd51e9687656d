"""What the two tables of things owed to URLs have in common, `report` and `call`: due by host, held by a node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import apsw

Table = Literal["report", "call"]
_DUE_HOSTS = """
WITH RECURSIVE one (host) AS (
    SELECT min(host) FROM {table} WHERE host IS NOT NULL AND node IS NULL
    UNION ALL
    SELECT (SELECT min(host) FROM {table} WHERE host > one.host AND node IS NULL) FROM one WHERE one.host IS NOT NULL
)
SELECT host FROM one WHERE host IS NOT NULL
AND (SELECT min(due) FROM {table} r WHERE r.host = one.host AND r.node IS NULL) <= ?
"""


def due_hosts(connection: apsw.Connection, table: Table, now: int) -> list[str]:
    """One step of the index for each host, however much is due there."""
    return [str(row[0]) for row in connection.execute(_DUE_HOSTS.format(table=table), (now,))]


def take(connection: apsw.Connection, table: Table, numbers: Sequence[int], node: int) -> None:
    """For this node, with the attempt about to be made counted."""
    sql = f"UPDATE {table} SET node = ?, attempts = attempts + 1 WHERE id = ?"
    connection.executemany(sql, [(node, number) for number in numbers])


def later(connection: apsw.Connection, table: Table, numbers: Sequence[int], due: int) -> None:
    sql = f"UPDATE {table} SET due = ?, node = NULL WHERE id = ?"
    connection.executemany(sql, [(due, number) for number in numbers])


def put_back(connection: apsw.Connection, table: Table, numbers: Sequence[int]) -> None:
    """The attempt that was not made is not counted."""
    sql = f"UPDATE {table} SET node = NULL, attempts = attempts - 1 WHERE id = ?"
    connection.executemany(sql, [(number,) for number in numbers])


def delete(connection: apsw.Connection, table: Table, numbers: Sequence[int]) -> None:
    connection.executemany(f"DELETE FROM {table} WHERE id = ?", [(number,) for number in numbers])
