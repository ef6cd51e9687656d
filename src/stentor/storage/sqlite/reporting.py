"""The report outbox: pulled once, or pushed to a URL until it is taken or given up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw
import msgspec
from msgspec.structs import replace

from stentor.core.message import Event, EventKind, Message, Owed, Report
from stentor.core.ports import ReportFilter
from stentor.storage.sqlite import outbox
from stentor.storage.sqlite.rows import MESSAGE_COLUMNS, REPORT_COLUMNS, EventWriter, prefixed
from stentor.storage.sqlite.where import Where

_REPORT_FIELDS = len(Report.__struct_fields__)
_OWED = (
    f"SELECT {prefixed('r', REPORT_COLUMNS)}, {prefixed('m', MESSAGE_COLUMNS)}"
    " FROM report r JOIN message m ON m.id = r.message"
)
_OF_MESSAGES = """
r.message IN (
    SELECT id FROM message WHERE account = ? AND id IN (SELECT value FROM json_each(?))
    UNION ALL
    SELECT id FROM message WHERE account = ? AND client_id IN (SELECT value FROM json_each(?))
)
"""
_FEW = 1_000
"""Ids that lead to reports in some milliseconds."""
_encode = msgspec.json.Encoder().encode


def _owed(rows: Any) -> list[Owed]:
    return [Owed(Report(*row[:_REPORT_FIELDS]), Message(*row[_REPORT_FIELDS:])) for row in rows]


def searched(wanted: ReportFilter) -> bool:
    """Whether much may have to be looked at: then `find` comes before `take`, where it delays no writer."""
    if wanted.messages is not None:
        return len(wanted.messages) > _FEW
    return wanted.app is not None or bool(wanted.bulk_ids)


def find(connection: apsw.Connection, account: int, wanted: ReportFilter) -> list[int]:
    """The numbers of the reports that `take` would give."""
    where = _waiting(account, wanted)
    sql = f"SELECT r.id FROM report r JOIN message m ON m.id = r.message WHERE {where.sql} ORDER BY r.id LIMIT ?"
    rows: Any = connection.execute(sql, (*where.values, wanted.limit))
    return [row[0] for row in rows]


def take(
    connection: apsw.Connection,
    account: int,
    wanted: ReportFilter,
    node: int,
    found: Sequence[int] | None = None,
) -> list[Owed]:
    """Oldest first, held by this node. `found`: only these, as far as they still wait."""
    where = _waiting(account, wanted)
    if found is not None:
        where.also("r.id IN (SELECT value FROM json_each(?))", _listed(found))
    rows = connection.execute(f"{_OWED} WHERE {where.sql} ORDER BY r.id LIMIT ?", (*where.values, wanted.limit))
    owed = _owed(rows)
    connection.executemany("UPDATE report SET node = ? WHERE id = ?", [(node, one.report.id) for one in owed])
    return owed


def pulled(connection: apsw.Connection, owed: Sequence[Owed], at: int, writer: EventWriter) -> None:
    """The answer with them has gone out."""
    events = [Event(one.message.id, at, EventKind.REPORT_PULLED, "", one.message) for one in owed]
    notified(connection, [one.report.id for one in owed], events, writer)


def not_pulled(connection: apsw.Connection, owed: Sequence[Owed]) -> None:
    connection.executemany("UPDATE report SET node = NULL WHERE id = ?", [(one.report.id,) for one in owed])


def _waiting(account: int, wanted: ReportFilter) -> Where:
    """With ids they lead to the reports: the plus keeps SQLite from going through all that wait."""
    owner = "r.account" if wanted.messages is None else "+r.account"
    where = Where(f"{owner} = ? AND m.account = r.account AND r.url IS NULL AND r.node IS NULL", account)
    where.among("m.bulk", wanted.bulk_ids)
    if wanted.app is not None:
        where.also("ifnull(m.extra ->> 'app', '') = ?", wanted.app)
    if wanted.messages is not None:
        numbers = [one for one in wanted.messages if isinstance(one, int)]
        names = [one for one in wanted.messages if isinstance(one, str)]
        where.also(_OF_MESSAGES, account, _listed(numbers), account, _listed(names))
    return where


def _listed(values: Sequence[int | str]) -> str:
    return _encode(values).decode()


def claim(connection: apsw.Connection, host: str, now: int, limit: int, node: int) -> list[Owed]:
    sql = f"{_OWED} WHERE r.host = ? AND r.node IS NULL AND r.due <= ? ORDER BY r.due LIMIT ?"
    owed = _owed(connection.execute(sql, (host, now, limit)))
    outbox.take(connection, "report", [one.report.id for one in owed], node)
    return [Owed(replace(one.report, attempts=one.report.attempts + 1), one.message) for one in owed]


def notified(connection: apsw.Connection, reports: Sequence[int], events: Sequence[Event], writer: EventWriter) -> None:
    outbox.delete(connection, "report", reports)
    writer.write(connection, events)


def later(
    connection: apsw.Connection, reports: Sequence[int], due: int, events: Sequence[Event], writer: EventWriter
) -> None:
    outbox.later(connection, "report", reports, due)
    writer.write(connection, events)
