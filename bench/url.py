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
_STAMP = re.compile(rb'"callbackData":"(\d{16})"')
_PEERS_ID = re.compile(rb"[?&]id=([\w-]+)")
"""Other platforms report with GET, one message a call."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """None yet: every process of the package takes some."""


class Counted(msgspec.Struct):
    """`last`: monotonic seconds of the newest unique report. The times are from request to report, where stamped."""

    calls: int = 0
    unique: int = 0
    duplicates: int = 0
    last: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0


class Reports:
    def __init__(self) -> None:
        self.counted = Counted()
        self._seen: set[bytes] = set()
        self._times: list[float] = []

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
            counted.last = now = time.monotonic()
            self._times += [1000 * now - int(stamp) / 1000 for stamp in _STAMP.findall(body)]

    def report(self) -> Counted:
        if self._times:
            times = sorted(self._times)
            self.counted.p50_ms, self.counted.p99_ms = times[len(times) // 2], times[len(times) * 99 // 100]
        return self.counted

    def reset(self) -> Counted:
        self.counted = Counted()
        self._seen.clear()
        self._times.clear()
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
