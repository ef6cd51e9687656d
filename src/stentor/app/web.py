"""uvicorn inside our own event loop, beside the engine; signals stay ours."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from stentor.api.server import HttpApi
from stentor.config import Settings


class CannotListen(Exception):
    """The address is taken or not ours, or the certificate is of no use."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Listens from `start` to `stop`; a request under way at `stop` is answered."""

    def __init__(self, api: HttpApi, settings: Settings) -> None:
        http = settings.http
        self._socket = _listen(http.host, http.port)
        self.host, self.port = self._socket.getsockname()[:2]
        self.scheme = "https" if http.tls_certificate else "http"
        config = uvicorn.Config(
            api,
            http="httptools",
            ws="none",
            loop="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=10,
            ssl_certfile=http.tls_certificate,
            ssl_keyfile=http.tls_key,
        )
        try:
            config.load()
        except OSError as error:
            self._socket.close()
            raise CannotListen(f"cannot use {http.tls_certificate} and {http.tls_key}: {error}") from None
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
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setblocking(False)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise CannotListen(f"cannot listen on {host}:{port}: {reason}; choose another port") from None
    return listener
