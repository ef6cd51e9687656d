"""The log of moves: a line for each line of a message's history, with the message's id. Never what was written in it.

These lines are many, so they don't pass structlog, and those of a moment are written at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Sequence
from typing import BinaryIO, Literal

import msgspec

from stentor.catalogue import STATUSES
from stentor.core.ids import Ids
from stentor.core.message import Event

LEVEL = "info"
"""What these lines are logged as; `[log] level` may leave them out."""


class _Line(msgspec.Struct, frozen=True, rename={"message_id": "messageId"}):
    event: str
    message_id: str
    status: str
    detail: str
    level: str
    timestamp: str


_GATHER_S = 0.05
_encode = msgspec.json.Encoder().encode


class MoveLog:
    """Subscribes to the feed. Quoting is JSON's in both forms: an upstream's words cannot begin a line of their own."""

    def __init__(self, ids: Ids, stream: BinaryIO, form: Literal["text", "json"]) -> None:
        self._ids = ids
        self._stream = stream
        self._write: Callable[[_Line], bytes] = _json if form == "json" else _text
        self._second = (0, "")
        self._waiting: list[Event] = []

    def __call__(self, events: Sequence[Event]) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_later(_GATHER_S, self.flush)
        self._waiting += events

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        lines = b"".join([self._write(self._line(event)) for event in waiting])
        with contextlib.suppress(OSError, ValueError):  # nobody reads the log any more; messages go on
            self._stream.write(lines)
            self._stream.flush()

    def _line(self, event: Event) -> _Line:
        message = event.of
        client_id = None if message is None else message.client_id
        status = message.status if message is not None and event.status is None else event.status
        return _Line(
            event.kind,
            client_id or self._ids.public(event.message),
            "" if status is None else STATUSES[status].name,
            event.detail,
            LEVEL,
            self._time(event.at),
        )

    def _time(self, milliseconds: int) -> str:
        second, rest = divmod(milliseconds, 1000)
        if second != self._second[0]:
            self._second = (second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)))
        return f"{self._second[1]}.{rest:03d}Z"


def _json(line: _Line) -> bytes:
    return _encode(line) + b"\n"


def _text(line: _Line) -> bytes:
    """Laid out as structlog lays out all other lines."""
    head = f"{line.timestamp} [{line.level:<9}] {line.event:<30} messageId=".encode()
    return b"%b%b status=%b detail=%b\n" % (
        head,
        _quoted(line.message_id),
        line.status.encode(),
        _quoted(line.detail),
    )


def _quoted(text: str) -> bytes:
    """JSON leaves U+0085, U+2028 and C1 controls as they are; some readers take them for line breaks or commands."""
    return _encode(text) if text.isprintable() else json.dumps(text).encode()
