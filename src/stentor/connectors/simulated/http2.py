"""A small HTTP/2 server over TLS, for the local push services."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import msgspec
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, DataReceived, Event, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError


class Asked(msgspec.Struct, frozen=True):
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.headers.get(":path", "")


class Answered(msgspec.Struct, frozen=True):
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}


Answer = Callable[[Asked], Answered | None]
"""None: the connection is cut instead."""


class Http2Server:
    """`answer` answers each request at once."""

    def __init__(self, answer: Answer, certificate: Path, key: Path) -> None:
        self._answer = answer
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        self._tls.set_alpn_protocols(["h2"])
        self._server: asyncio.Server | None = None
        self._open: list[_Connection] = []

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self._asked, self._made), host, port, ssl=self._tls)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for one in self._open:
            one.abort()

    @property
    def connections(self) -> int:
        """How many were made."""
        return len(self._open)

    def goodbye(self) -> None:
        """Takes nothing more on the connections there are (GOAWAY)."""
        for one in self._open:
            one.goodbye()

    def speak(self, protocol: str) -> None:
        """What it offers from now on (ALPN)."""
        self._tls.set_alpn_protocols([protocol])

    def _made(self, connection: _Connection) -> None:
        self._open.append(connection)

    def _asked(self, asked: Asked) -> Answered | None:
        return self._answer(asked)


class _Connection(asyncio.Protocol):
    def __init__(self, answer: Answer, made: Callable[[_Connection], None]) -> None:
        self._answer = answer
        self._made = made
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._open: dict[int, tuple[dict[str, str], bytearray]] = {}
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # of uvloop it is no such class
        self._made(self)
        self._h2.initiate_connection()
        self._transport.write(self._h2.data_to_send())

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def goodbye(self) -> None:
        assert self._transport is not None
        self._h2.close_connection()
        self._transport.write(self._h2.data_to_send())

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        try:
            for event in self._h2.receive_data(data):
                if not self._take(event):
                    self._transport.abort()
                    return
        except ProtocolError:
            self._h2.close_connection(ErrorCodes.PROTOCOL_ERROR)
        self._transport.write(self._h2.data_to_send())

    def _take(self, event: Event) -> bool:
        """False: cut the connection."""
        if isinstance(event, RequestReceived):
            headers = {str(name): str(value) for name, value in event.headers or ()}
            self._open[event.stream_id or 0] = (headers, bytearray())
        elif isinstance(event, DataReceived):
            self._open[event.stream_id or 0][1].extend(event.data or b"")
            self._h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
        elif isinstance(event, StreamEnded):
            return self._ended(event.stream_id or 0)
        elif isinstance(event, StreamReset):
            self._open.pop(event.stream_id or 0, None)
        return not isinstance(event, ConnectionTerminated)

    def _ended(self, stream: int) -> bool:
        headers, body = self._open.pop(stream)
        answered = self._answer(Asked(headers, bytes(body)))
        if answered is None:
            return False
        head = [(":status", str(answered.status)), *answered.headers.items()]
        self._h2.send_headers(stream, head, end_stream=not answered.body)
        if answered.body:
            self._h2.send_data(stream, answered.body, end_stream=True)
        return True
