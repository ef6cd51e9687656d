"""The load: keep-alive connections that send one request after the other, or a fixed number of them a second.

`python -m bench.load '{"port": 8080, ...}'` prints one line, `Done`, and ends.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from typing import cast

import msgspec
import uvloop

from bench import asked
from bench.requests import Load, Requests

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_LAST_CHUNK = b"0\r\n\r\n"
"""Short answers without a length: all there at the latest with their last chunk."""
_TICK_S = 0.001


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """`began` and `ended` are monotonic seconds; `complaint` is the first answer that was no acceptance."""

    answered: int
    failed: int
    messages: int
    began: float
    ended: float
    p50_ms: float
    p99_ms: float
    cpu: float
    complaint: str = ""


class Connection(asyncio.Protocol):
    def __init__(self, client: Client) -> None:
        self._client = client
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._wanted = 0
        self._since = 0.0

    def send(self, request: bytes, since: float) -> None:
        """`since`: when the request was due, from where its latency counts."""
        assert self._transport is not None
        self._since = since
        self._transport.write(request)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._client.lost(exc)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._wanted:
            split = self._buffer.find(b"\r\n\r\n")
            if split < 0:
                return
            found = _LENGTH.search(self._buffer, 0, split)
            self._wanted = split + 4 + (int(found[1]) if found else len(_LAST_CHUNK))
        if len(self._buffer) >= self._wanted:
            answer, self._buffer, self._wanted = bytes(self._buffer), bytearray(), 0
            self._client.answered(self, answer, self._since)


class Client:
    def __init__(self, load: Load) -> None:
        self._load = load
        self._requests = Requests(load)
        self._idle: deque[Connection] = deque()
        self._due: deque[float] = deque()
        self._sent = 0
        self._times: list[float] = []
        self._failed = 0
        self._complaint = ""
        self._deadline = 0.0
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> Done:
        loop = asyncio.get_running_loop()
        for _ in range(self._load.connections):
            _, connection = await loop.create_connection(lambda: Connection(self), "127.0.0.1", self._load.port)
            self._idle.append(connection)
        cpu, began = time.process_time(), time.perf_counter()
        self._deadline = began + self._load.seconds if self._load.seconds else float("inf")
        if self._load.rate:
            await self._at_rate(began)
        else:
            while self._idle and self._more(began):
                self._send(self._idle.popleft(), began)
        if self._sent > len(self._times) + self._failed:
            await self._over
        return self._done(began, time.process_time() - cpu)

    def answered(self, connection: Connection, answer: bytes, since: float) -> None:
        now = time.perf_counter()
        taken = answer.startswith((b"HTTP/1.1 20", b"HTTP/1.1 302"))
        if taken and b"REJECTED" not in answer and b"<status>-" not in answer:
            self._times.append(now - since)
        else:
            self._failed += 1
            self._complaint = self._complaint or answer.decode(errors="replace")[:500]
        if self._due:
            self._send(connection, self._due.popleft())
        elif not self._load.rate and self._more(now):
            self._send(connection, now)
        else:
            self._idle.append(connection)
            if not self._more(now) and len(self._idle) == self._load.connections and not self._over.done():
                self._over.set_result(None)

    def lost(self, error: Exception | None) -> None:
        if not self._over.done():
            self._over.set_exception(ConnectionError(f"the server closed a connection: {error}"))

    def _more(self, now: float) -> bool:
        return now < self._deadline and (not self._load.requests or self._sent < self._load.requests)

    def _send(self, connection: Connection, since: float) -> None:
        self._sent += 1
        connection.send(self._requests.make(), since)

    async def _at_rate(self, began: float) -> None:
        """Requests come when they are due, whether or not a connection is free: waiting for one is latency too."""
        made = 0
        while (now := time.perf_counter()) < self._deadline:
            for number in range(made, int((now - began) * self._load.rate)):
                made += 1
                due = began + number / self._load.rate
                if self._idle:
                    self._send(self._idle.popleft(), now)
                else:
                    self._due.append(due)
            await asyncio.sleep(_TICK_S)
        self._due.clear()

    def _done(self, began: float, cpu: float) -> Done:
        times = sorted(self._times) or [0.0]
        offset = time.monotonic() - time.perf_counter()
        return Done(
            answered=len(self._times),
            failed=self._failed,
            messages=len(self._times) * self._load.destinations,
            began=began + offset,
            ended=time.perf_counter() + offset,
            p50_ms=1000 * times[len(times) // 2],
            p99_ms=1000 * times[len(times) * 99 // 100],
            cpu=cpu,
            complaint=self._complaint,
        )


async def main() -> None:
    asked.say(await Client(asked.options(Load)).run())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
