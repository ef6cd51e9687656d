"""What stands in for a part of uvicorn's connection where that part does what we cannot use."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Connection(Protocol):
    """The connection they work for (`app.patience`)."""

    transport: asyncio.Transport

    def linger(self) -> None: ...
    def on_message_begin(self) -> None: ...
    def on_url(self, url: bytes) -> None: ...
    def on_header(self, name: bytes, value: bytes) -> None: ...
    def on_headers_complete(self) -> None: ...
    def on_body(self, body: bytes) -> None: ...
    def on_message_complete(self) -> None: ...


class Trailers(list[tuple[bytes, bytes]]):
    """Where fields after a body go: nowhere. As headers they would pass a proxy that filters headers."""

    def append(self, _: tuple[bytes, bytes], /) -> None:
        pass


TRAILERS = Trailers()


class Unhurried:
    """Stands for the transport of an answer while its request's body still comes: closing waits for the rest.

    A socket that is closed with unread octets resets the connection, and the client never sees the answer.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.write = connection.transport.write

    def is_closing(self) -> bool:
        return self._connection.transport.is_closing()

    def close(self) -> None:
        self._connection.linger()


class SaidAgain:
    """Hears a parser that is given a request's head again, and passes on what comes after that head."""

    def __init__(self, connection: Connection) -> None:
        self._to = connection
        self._in_head = True
        self.on_body = connection.on_body
        self.on_message_complete = connection.on_message_complete

    def on_message_begin(self) -> None:
        if not self._in_head:
            self._to.on_message_begin()

    def on_url(self, url: bytes) -> None:
        if not self._in_head:
            self._to.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:
            self._to.on_header(name, value)

    def on_headers_complete(self) -> None:
        if not self._in_head:
            self._to.on_headers_complete()
        self._in_head = False
