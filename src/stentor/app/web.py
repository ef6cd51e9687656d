"""uvicorn inside our own event loop, beside the engine; signals stay ours."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Iterator

import uvicorn

from stentor.api.server import HttpApi
from stentor.app.guests import Guests, Place
from stentor.app.patience import GuardedConfig, GuardedProtocol
from stentor.app.proxied import Proxied
from stentor.app.tls_door import TlsDoor
from stentor.config import HttpSettings, Settings

_SWEEP_TICKS = 2
"""Deadlines are looked at every so many of uvicorn's ticks, which are 0.1 s."""


class CannotListen(Exception):
    """The address is taken or not ours, or the certificate is of no use."""


class _Server(uvicorn.Server):
    config: GuardedConfig

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """TLS connections come through our own door; the others as uvicorn takes them."""
        context = self.config.ssl
        if context is None:
            await super().startup(sockets)
            return
        limits, guests = self.config.limits, self.config.guests
        self.servers = [
            TlsDoor(one, context, guests, limits.handshake_timer, limits.transfer_max, self._protocol)  # type: ignore[misc]
            for one in sockets or ()
        ]
        self.started = True

    def _protocol(self, place: Place) -> GuardedProtocol:
        return GuardedProtocol(self.config, self.server_state, {}, place=place)

    async def on_tick(self, counter: int) -> bool:
        if counter % _SWEEP_TICKS == 0:
            self._sweep(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    def _sweep(self, now: float) -> None:
        late = [connection for connection in self.server_state.connections if connection.deadline <= now]  # type: ignore[union-attr]
        for connection in late:
            connection.expire(now)  # type: ignore[union-attr]


class WebServer:
    """Listens from `start` to `stop`; a request under way at `stop` is answered."""

    def __init__(self, api: HttpApi, settings: Settings) -> None:
        http = settings.http
        self._api = api
        self._socket = listen(http.host, http.port)
        self.host, self.port = self._socket.getsockname()[:2]
        self.scheme = "https" if http.tls_certificate else "http"
        try:
            config = _config(api, http)
        except OSError as error:
            self._socket.close()
            raise CannotListen(f"cannot use {http.tls_certificate} and {http.tls_key}: {error}") from None
        self.guests = config.guests
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise CannotListen("the HTTP server stopped at once")
            await asyncio.sleep(0.002)

    async def stop(self) -> None:
        self._api.end_streams()
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()


def _config(api: HttpApi, http: HttpSettings) -> GuardedConfig:
    """Raises `OSError` when the certificate is of no use."""
    config = GuardedConfig(
        Proxied(api, http.proxies) if http.proxies else api,
        http=GuardedProtocol,
        ws="none",
        loop="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        ssl_certfile=http.tls_certificate,
        ssl_keyfile=http.tls_key,
    )
    config.limits = http
    config.guests = Guests(http.connections, http.connections_per_address, http.proxies)
    config.load()
    if config.ssl is not None:
        config.ssl.options |= ssl.OP_NO_RENEGOTIATION
    return config


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setblocking(False)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        other = "port" if error.errno in (errno.EADDRINUSE, errno.EACCES) else "host"
        reason = error.strerror or str(error)
        raise CannotListen(f"cannot listen on {host}:{port}: {reason}; choose another {other}") from None
    return listener
