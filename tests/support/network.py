"""The world around a platform, in this process: an SMSC and a customer's URL that keep count, and lines that break."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from stentor.connectors.simulated.smsc import SimulatedSmsc, SmscOptions, _Connection
from stentor.smpp.pdu import SubmitSm

HOST = "127.0.0.1"


class RecordingSmsc(SimulatedSmsc):
    """Counts the texts it was given."""

    def __init__(self, submitted: Counter[str], options: SmscOptions | None = None) -> None:
        super().__init__(options or SmscOptions(delay=0.02))
        self._texts = submitted

    def submit(self, connection: _Connection, pdu: SubmitSm) -> None:
        self._texts[pdu.short_message.decode()] += 1
        super().submit(connection, pdu)


class Customer:
    """A customer's server: counts the reports of each message. While `away` it answers 503."""

    def __init__(self, reported: Counter[str]) -> None:
        self.reported = reported
        self.calls = 0
        self.away = False
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/reports"

    async def take(self, request: web.Request) -> web.Response:
        self.calls += 1
        body = await request.json()
        if self.away:
            return web.Response(status=503)
        self.reported.update(result["messageId"] for result in body["results"])
        return web.Response()


@asynccontextmanager
async def customer(reported: Counter[str]) -> AsyncIterator[Customer]:
    one = Customer(reported)
    app = web.Application(client_max_size=10_000_000)
    app.router.add_post("/reports", one.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    one.port = runner.addresses[0][1]
    try:
        yield one
    finally:
        await runner.cleanup()


class Line:
    """A TCP relay. `breaks` is asked at each connection and each piece of data; when it says so, the line breaks.

    Half of that piece still arrives.
    """

    def __init__(self, port: int, breaks: Callable[[], bool] = lambda: False) -> None:
        self.port = 0
        self._target = port
        self._breaks = breaks
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._accept, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Nobody answers there until `open`."""
        if self._server is not None:
            self._server.close()
        for writer in [*self._writers]:
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._breaks():
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(HOST, self._target)
        self._writers |= {writer, back}
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._relay(source, sink, (writer, back)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _relay(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, both: tuple[asyncio.StreamWriter, ...]
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                if self._breaks():
                    sink.write(data[: len(data) // 2])
                    await sink.drain()
                    break
                sink.write(data)
        for writer in both:
            writer.close()
            self._writers.discard(writer)
