"""The local door for commands: the same HTTP API on a socket in the data folder, guarded by the file's permissions."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from stentor.api.server import HttpApi
from stentor.app.local_socket import SOCKET, short_path

_PATIENCE_S = 5.0


class LocalServer:
    def __init__(self, api: HttpApi, folder: Path) -> None:
        self._api = api
        self._folder = folder
        self._config = uvicorn.Config(
            api, http="httptools", ws="none", loop="none", lifespan="off", log_config=None, access_log=False
        )
        self._state = ServerState()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._config.load()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(
            lambda: HttpToolsProtocol(self._config, self._state, {}), sock=self._listen()
        )

    async def stop(self) -> None:
        """Requests under way are answered."""
        if self._server is None:
            return
        self._api.end_streams()
        self._server.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                while self._state.connections:  # noqa: ASYNC110 - only at the very end
                    await asyncio.sleep(0.01)
        (self._folder / SOCKET).unlink(missing_ok=True)

    def _listen(self) -> socket.socket:
        (self._folder / SOCKET).unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.setblocking(False)
        before = os.umask(0o177)
        try:
            with short_path(self._folder) as path:
                listener.bind(path)
        finally:
            os.umask(before)
        listener.listen(64)
        return listener
