"""The web server alone, in a thread with the loop it has in production, behind a few routes of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from typing import Any

import msgspec
import uvloop

from stentor.api.auth import Authenticator
from stentor.api.messages import Request, Response, giving
from stentor.api.reading import Bodies
from stentor.api.route import Route
from stentor.api.router import Router
from stentor.api.server import HttpApi
from stentor.app.web import WebServer
from stentor.config import HttpSettings, Settings
from stentor.core.definitions import Record
from stentor.core.pulling import Pulled
from stentor.core.rulebook import Rulebook
from support.web import TIMEOUT_S

LARGE = 8_000_000


class Serving:
    """`seen` are the requests that came to a handler; `gate` holds back the answer of `/slow`, and `settled` says what
    became of the one thing that it or `/large` gives, and that `/stream` ended. `meanwhile` is called right before the
    answer of `/slow` is written.
    """

    def __init__(self, http: HttpSettings, records: list[Record]) -> None:
        self.seen: list[Request] = []
        self.settled: SimpleQueue[str] = SimpleQueue()
        self.meanwhile: Callable[[], None] = lambda: None
        self.rulebook = Rulebook(records)
        self.loop = uvloop.new_event_loop()
        self.bodies = Bodies(http.body_limit, http.bodies_limit)
        self._http = http
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @property
    def address(self) -> tuple[str, int]:
        return self._web.host, self._web.port

    @property
    def connected(self) -> int:
        """Connections that have a place."""
        return self._web.guests.connected

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(TIMEOUT_S)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(TIMEOUT_S)
        assert not self._thread.is_alive()

    def release(self) -> None:
        """Let `/slow` answer."""
        self.loop.call_soon_threadsafe(self._gate.set)

    def connect(self, receive_buffer: int | None = None) -> socket.socket:
        connection = socket.socket()
        if receive_buffer is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(TIMEOUT_S)
        connection.connect(self.address)
        return connection

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._main())

    async def _main(self) -> None:
        self._stop, self._gate = asyncio.Event(), asyncio.Event()
        authenticator = Authenticator(self.rulebook, self._http.login_failures)
        api = HttpApi(Router(self._routes()), authenticator, self.bodies)
        self._web = WebServer(api, Settings(http=self._http))
        await self._web.start()
        self._ready.set()
        await self._stop.wait()
        self._gate.set()
        await self._web.stop()
        authenticator.close()

    def _routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/open", self._echo, "", "", "", access="public"),
            Route("POST", "/open", self._echo, "", "", "", access="public"),
            Route("POST", "/mine", self._echo, "", "", ""),
            Route("GET", "/admin", self._echo, "", "", "", access="admin"),
            Route("GET", "/slow", self._slow, "", "", "", access="public"),
            Route("GET", "/large", self._large, "", "", "", access="public"),
            Route("GET", "/stream", self._stream, "", "", "", access="public"),
        )

    async def _echo(self, request: Request) -> Response:
        self.seen.append(request)
        return Response(200, msgspec.json.encode({"address": request.address, "octets": len(request.body)}))

    async def _slow(self, request: Request) -> Response:
        self.seen.append(request)
        await self._gate.wait()
        self.meanwhile()
        return self._giving(b'"slow"')

    def _giving(self, body: bytes) -> Response:
        return giving(Response(200, body), Pulled([1], partial(self._settle, "given"), partial(self._settle, "back")))

    async def _stream(self, request: Request) -> Response:
        self.seen.append(request)
        return Response(200, stream=self._lines())

    async def _lines(self) -> AsyncGenerator[bytes, None]:
        """As one with a quick heartbeat."""
        try:
            while True:
                yield b"line"
                await asyncio.sleep(0.01)
        finally:
            self.settled.put("ended")

    async def _settle(self, how: str) -> None:
        self.settled.put(how)

    async def _large(self, request: Request) -> Response:
        self.seen.append(request)
        return self._giving(b" " * LARGE)


@contextmanager
def serving(*records: Record, **http: Any) -> Iterator[Serving]:
    """With these settings of `[http]`."""
    running = Serving(msgspec.convert({"port": 0, **http}, HttpSettings), list(records))
    running.start()
    try:
        yield running
    finally:
        running.stop()


def read_all(connection: socket.socket) -> bytes:
    """Everything until the other side closes; a reset ends it too."""
    octets = b""
    while True:
        try:
            piece = connection.recv(65_536)
        except ConnectionResetError:
            return octets
        if not piece:
            return octets
        octets += piece
