"""A customer's URL: answers every request at once with 200 and counts the unique reports pushed to it.

`python -m bench.url '{}'` prints its port and answers `report` and `reset` on stdin.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import cast

import msgspec
import uvloop

from bench import asked

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_MESSAGE_ID = re.compile(rb'"messageId":"([^"]+)"')
_PEERS_ID = re.compile(rb"[?&]id=([\w-]+)")
"""Other platforms report with GET, one message a call."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """None yet: every process of the package takes some."""


class Counted(msgspec.Struct):
    """`last`: monotonic seconds of the newest unique report."""

    calls: int = 0
    unique: int = 0
    duplicates: int = 0
    last: float = 0.0


class Reports:
    def __init__(self) -> None:
        self.counted = Counted()
        self._seen: set[bytes] = set()

    def take(self, head: bytes, body: bytes) -> None:
        found = _MESSAGE_ID.findall(body) if body else _PEERS_ID.findall(head)[:1]
        before = len(self._seen)
        self._seen.update(found)
        fresh = len(self._seen) - before
        counted = self.counted
        counted.calls += 1
        counted.unique += fresh
        counted.duplicates += len(found) - fresh
        if fresh:
            counted.last = time.monotonic()

    def report(self) -> Counted:
        return self.counted

    def reset(self) -> Counted:
        self.counted = Counted()
        self._seen.clear()
        return self.counted


class Connection(asyncio.Protocol):
    def __init__(self, reports: Reports) -> None:
        self._reports = reports
        self._transport: asyncio.Transport | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._buffer += data
        while (split := self._buffer.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._buffer, 0, split)
            end = split + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < end:
                return
            self._reports.take(self._buffer[:split], self._buffer[split + 4 : end])
            self._buffer = self._buffer[end:]
            self._transport.write(_OK)


async def main() -> None:
    reports = Reports()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(reports), "127.0.0.1", 0)
    asked.say(server.sockets[0].getsockname()[1])
    await asked.answer({"report": reports.report, "reset": reports.reset})


if __name__ == "__main__":
    asked.options(Options)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
