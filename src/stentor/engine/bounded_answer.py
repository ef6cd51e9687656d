"""A connection to whoever: what its answer may cost, and when it serves again."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from aiohttp import StreamReader
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage

ANSWER_OCTETS = 65_536
_IDLE = 60
"""With more connections than that, none is kept for the next call."""
_END_OF_HEAD = b"\r\n\r\n"
_SWITCHING = 101


class TooLong(aiohttp.ClientError):
    """The answer's head does not end."""


class Connections:
    """How many are open, idle ones too."""

    count = 0


class BoundedAnswer(ResponseHandler):
    """One connection; it ends when an answer passes the limit, head and all, or when something comes after an answer.

    What is left in the buffer would pass for the answer to the next call.
    """

    _room = 0
    _answered = True

    def __init__(self, loop: asyncio.AbstractEventLoop, connections: Connections) -> None:
        super().__init__(loop)
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._connections.count += 1
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._connections.count -= 1
        super().connection_lost(exc)

    @property
    def should_close(self) -> bool:
        """Instead of being kept."""
        return super().should_close or self._connections.count > _IDLE

    def set_response_params(self, **parameters: Any) -> None:
        """A request begins."""
        self._room = ANSWER_OCTETS
        self._answered = False
        super().set_response_params(**parameters)

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """A head is complete."""
        self._answered = data[0].code >= 200 or data[0].code == _SWITCHING
        super().feed_data(data, size)

    def data_received(self, data: bytes) -> None:
        rest = data[: max(self._room, 0)]
        self._room -= len(data)
        while rest and not self._over():
            rest = self._first_piece(rest)
        if self._room < 0:
            self.set_exception(TooLong())
        if rest or self.exception() is not None:
            self._give_up()

    def _first_piece(self, data: bytes) -> bytes:
        """Head by head, so that a status that came counts whatever comes after it."""
        end = -1 if self._answered else data.find(_END_OF_HEAD)
        piece = data if end < 0 else data[: end + len(_END_OF_HEAD)]
        super().data_received(piece)
        return data[len(piece) :]

    def _give_up(self) -> None:
        broken = self.exception()
        if broken is not None and self._payload is not None and not self._payload.is_eof():
            self._payload.set_exception(aiohttp.ClientPayloadError())  # or its reader would wait for nothing
        if self.transport is not None:
            self.transport.abort()

    def _over(self) -> bool:
        return self._answered and (self._payload is None or self._payload.is_eof())


def bounded(loop: asyncio.AbstractEventLoop, connections: Connections) -> ResponseHandler:
    return BoundedAnswer(loop, connections)
