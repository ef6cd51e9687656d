"""Column lists and the SQL made of them; the records' field order is the column order (see `core.message`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import apsw
import msgspec
import structlog

from stentor.core.lifecycle import PENDING_STATUSES
from stentor.core.message import Event, Message, Report

log = structlog.get_logger()

_EVENT_SQL = "INSERT INTO event (message, id, at, kind, detail) VALUES (?, ?, ?, ?, ?)"

MESSAGE_COLUMNS = ", ".join(Message.__struct_fields__)
REPORT_COLUMNS = ", ".join(Report.__struct_fields__)
INSERT_MESSAGE = f"INSERT INTO message ({MESSAGE_COLUMNS}) VALUES ({', '.join('?' * len(Message.__struct_fields__))})"
INSERT_REPORT = (
    f"INSERT INTO report ({REPORT_COLUMNS}, node) VALUES ({', '.join('?' * len(Report.__struct_fields__))}, ?)"
)

PENDING = f"({', '.join(str(status) for status in PENDING_STATUSES)})"
"""The statuses that are not final, for `status IN`."""

astuple = msgspec.structs.astuple


def prefixed(table: str, columns: str) -> str:
    """`a, b` to `m.a, m.b`."""
    return ", ".join(f"{table}.{column}" for column in columns.split(", "))


class EventWriter:
    """Gives each event a number that is larger than any before, so that a history reads in order.

    `publish` gets the events of each transaction once it is committed.
    """

    def __init__(self, last: int, publish: Callable[[Sequence[Event]], None] | None = None) -> None:
        self._last = last
        self._publish = publish
        self._fresh: list[Event] = []

    def write(self, connection: apsw.Connection, events: Sequence[Event]) -> None:
        rows = []
        for event in events:
            self._last = max(self._last + 1, event.at * 1000)
            rows.append((event.message, self._last, event.at, event.kind, event.detail))
        connection.executemany(_EVENT_SQL, rows)
        self.tell(events)

    def tell(self, events: Sequence[Event]) -> None:
        """Publish with the others what belongs to no history."""
        if self._publish is not None:
            self._fresh += events

    def committed(self) -> None:
        """What is durable stays so, whatever happens to those who watch."""
        if self._publish is None or not self._fresh:
            return
        fresh, self._fresh = self._fresh, []
        try:
            self._publish(fresh)
        except Exception:
            log.exception("events not published")

    def rolled_back(self) -> None:
        self._fresh.clear()
