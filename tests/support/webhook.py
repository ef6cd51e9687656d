"""Servers behind customers' URLs that answer octet by octet as a test says, and count who came."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

EMPTY_200 = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
LAST_200 = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Got(NamedTuple):
    """A request as it came."""

    head: bytes
    body: bytes

    def header(self, name: str) -> str | None:
        for line in self.head.decode("latin-1").split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None


class Talk:
    """One connection, seen from the server."""

    def __init__(self, listener: Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._listener, self._reader, self._writer = listener, reader, writer

    async def request(self) -> Got:
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(Got(head, b"").header("content-length") or 0)
        got = Got(head, await self._reader.readexactly(length))
        self._listener.requests.append(got)
        return got

    async def send(self, octets: bytes) -> None:
        self._writer.write(octets)
        await self._writer.drain()
        self._listener.sent += len(octets)

    async def endlessly(self, octets: bytes) -> None:
        """Until the other side has had enough."""
        while True:
            await self.send(octets)

    def cut(self) -> None:
        """Reset the connection."""
        self._writer.transport.abort()


Script = Callable[[Talk], Awaitable[None]]


class Listener:
    def __init__(self, script: Script) -> None:
        self._script = script
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.connections = 0
        self.most = 0
        """Connections at a time."""
        self.requests: list[Got] = []
        self.sent = 0

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.most = max(self.most, len(self._tasks))
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
            await self._script(Talk(self, reader, writer))
        writer.close()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def polite(talk: Talk) -> None:
    """200 to everything, on one connection as long as the caller likes."""
    while True:
        await talk.request()
        await talk.send(EMPTY_200)


def saying(octets: bytes) -> Script:
    """This answer to one request, then the end of the connection."""

    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.send(octets)

    return script


@asynccontextmanager
async def listening(
    script: Script = polite, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Listener]:
    listener = Listener(script)
    server = await asyncio.start_server(listener.accept, host, port, ssl=tls)
    listener.port = server.sockets[0].getsockname()[1]
    try:
        yield listener
    finally:
        server.close()
        await listener.stop()
