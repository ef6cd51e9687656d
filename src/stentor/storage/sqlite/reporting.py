"""The report outbox: pulled once, or pushed to a URL until it is taken or given up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw
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


def _owed(rows: Any) -> list[Owed]:
    return [Owed(Report(*row[:_REPORT_FIELDS]), Message(*row[_REPORT_FIELDS:])) for row in rows]


def take(connection: apsw.Connection, account: int, wanted: ReportFilter, at: int, writer: EventWriter) -> list[Owed]:
    """Oldest first; what is given is gone."""
    where = Where("r.account = ? AND m.account = r.account AND r.url IS NULL", account)
    where.among("m.bulk", wanted.bulk_ids)
    where.messages("m.id", "m.client_id", wanted.messages)
    if wanted.app is not None:
        where.also("ifnull(m.extra ->> 'app', '') = ?", wanted.app)
    rows = connection.execute(f"{_OWED} WHERE {where.sql} ORDER BY r.id LIMIT ?", (*where.values, wanted.limit))
    owed = _owed(rows)
    outbox.delete(connection, "report", [one.report.id for one in owed])
    writer.write(connection, [Event(one.message.id, at, EventKind.REPORT_PULLED, "", one.message) for one in owed])
    return owed


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
