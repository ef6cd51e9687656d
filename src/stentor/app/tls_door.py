"""Accepts TLS connections: they count from the accept on, and a handshake that does not end is ended.

`loop.create_server` would make the connection known to us only after its handshake.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable

import structlog

from stentor.app.guests import Guests, Place

log = structlog.get_logger()

_AT_ONCE = 64
"""Connections accepted before others of the loop get their turn."""
_WITHOUT_FILES_S = 1.0
_NO_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class TlsDoor:
    """What uvicorn's server calls on its listeners: `close` and `wait_closed`.

    `shutdown_s` bounds the reading of an answer after which we close; a connection's own deadline is what ends it.
    """

    def __init__(
        self,
        listener: socket.socket,
        context: ssl.SSLContext,
        guests: Guests,
        handshake_s: float,
        shutdown_s: float,
        protocol: Callable[[Place], asyncio.Protocol],
    ) -> None:
        self._listener = listener
        self._context = context
        self._guests = guests
        self._handshake_s = handshake_s
        self._shutdown_s = shutdown_s
        self._protocol = protocol
        self._handshakes: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._open()

    def close(self) -> None:
        self._loop.remove_reader(self._listener)
        for handshake in self._handshakes:
            handshake.cancel()

    async def wait_closed(self) -> None:
        await asyncio.gather(*self._handshakes, return_exceptions=True)

    def _open(self) -> None:
        if self._listener.fileno() >= 0:
            self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, address = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _NO_FILES:
                    self._rest(error)
                return
            place = self._guests.enter(address[0], self._loop.time())
            if place is None:
                connection.close()
            else:
                connection.setblocking(False)
                task = self._loop.create_task(self._welcome(connection, place))
                self._handshakes.add(task)
                task.add_done_callback(self._handshakes.discard)

    def _rest(self, error: OSError) -> None:
        log.error("connections wait", reason=str(error))
        self._loop.remove_reader(self._listener)
        self._loop.call_later(_WITHOUT_FILES_S, self._open)

    async def _welcome(self, connection: socket.socket, place: Place) -> None:
        """After the handshake the place is the protocol's."""
        try:
            await self._loop.connect_accepted_socket(
                lambda: self._protocol(place),
                connection,
                ssl=self._context,
                ssl_handshake_timeout=self._handshake_s,
                ssl_shutdown_timeout=self._shutdown_s,
            )
        except (OSError, asyncio.CancelledError):
            connection.close()
            place.leave()
