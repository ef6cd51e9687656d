"""How commands reach the management API: through the running program's local socket, else in process on its folder."""

from __future__ import annotations

import asyncio
import getpass
import http.client
import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from stentor.app.local_socket import SOCKET, USER_HEADER, short_path
from stentor.cli.exits import Problem

_JSON = "application/json"
_PATIENCE_S = 10.0
_PAUSE_S = 0.05
_INVALID = re.compile(r"\[(.*?) : (.*)\]", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(\w+)`")


class Answer(msgspec.Struct):
    status: int
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body) if self.body else None

    def text(self) -> str:
        return self.body.decode()


class _Connection(http.client.HTTPConnection):
    """HTTP on the socket in a data folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__("stentor")
        self._folder = folder

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with short_path(self._folder) as path:
            self.sock.connect(path)


class Desk:
    """`config`: a configuration file, which is applied first where the program does not run."""

    def __init__(self, data: Path, config: Path | None = None) -> None:
        self._config = config
        self.folder = _folder_of(config) if config is not None else data

    def call(self, method: str, *path: str, query: dict[str, Any] | None = None, body: bytes = b"") -> Answer:
        """An answer of the 2xx kind; a refusal becomes a `Problem` in the API's own words."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        target = f"/admin/1/{'/'.join(quote(piece, safe='') for piece in path)}"
        query_string = urlencode(given)
        answer = self._answer(method, target, query_string, body)
        if answer.status >= http.client.BAD_REQUEST:
            raise Problem(_refusal(answer))
        return answer

    def _answer(self, method: str, target: str, query: str, body: bytes) -> Answer:
        """Another command on the folder takes a moment, and a program that starts will answer soon."""
        patience = time.monotonic() + _PATIENCE_S
        while not self.running:
            from stentor.storage.sqlite.store import DataInUse  # noqa: PLC0415 - a running program spares us the store

            try:
                return asyncio.run(self._answer_here(method, target, query, body))
            except DataInUse:
                if time.monotonic() > patience:
                    raise
                time.sleep(_PAUSE_S)
        return self._ask(method, f"{target}?{query}" if query else target, body)

    @property
    def running(self) -> bool:
        """Whether a program answers on the folder's socket."""
        if not (self.folder / SOCKET).exists():
            return False
        connection = _Connection(self.folder)
        try:
            connection.connect()
        except PermissionError:
            raise Problem(f"{self.folder} belongs to another user; run the command as the program's user") from None
        except OSError:
            return False
        finally:
            connection.close()
        return True

    def lines(self, *path: str, query: dict[str, Any]) -> Iterator[bytes]:
        """The lines of a stream for as long as it lasts; only from a running program."""
        if not self.running:
            raise Problem(f"no program runs on {self.folder}; start it, or give its --data or --config")
        connection = _Connection(self.folder)
        given = urlencode({name: value for name, value in query.items() if value is not None})
        connection.request("GET", f"/admin/1/{'/'.join(path)}?{given}", headers={USER_HEADER: _user()})
        response = connection.getresponse()
        if response.status >= http.client.BAD_REQUEST:
            raise Problem(_refusal(Answer(response.status, response.read())))
        while line := response.readline():
            yield line

    def _ask(self, method: str, target: str, body: bytes) -> Answer:
        connection = _Connection(self.folder)
        try:
            connection.request(method, target, body or None, {"Content-Type": _JSON, USER_HEADER: _user()})
            response = connection.getresponse()
            return Answer(response.status, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise Problem(f"the program on {self.folder} broke off: {str(error) or type(error).__name__}") from None
        finally:
            connection.close()

    async def _answer_here(self, method: str, path: str, query: str, body: bytes) -> Answer:
        from stentor.app.desk import opened  # noqa: PLC0415 - loads the store, which a running program spares us

        if self._config is None:
            self._check_folder(changes=method != "GET")
        async with opened(self.folder, self._config) as ask:
            status, answer = await ask(method, path, query, body, _user())
            return Answer(status, answer)

    def _check_folder(self, *, changes: bool) -> None:
        """A mistyped folder must not become a new platform."""
        from stentor.storage.sqlite.store import FILE_NAME  # noqa: PLC0415 - as above

        if not self.folder.exists():
            new = f" (for a new one: mkdir {self.folder})" if changes else ""
            raise Problem(f"there is no data folder {self.folder}; give it with --data or --config{new}")
        if not changes and not (self.folder / FILE_NAME).exists():
            raise Problem(f"{self.folder} has no data yet; give the data folder with --data or --config")


def _folder_of(config: Path) -> Path:
    from stentor.config import load  # noqa: PLC0415 - only with --config

    return Path(load(config).storage.data)


def _refusal(answer: Answer) -> str:
    try:
        exception = answer.json()["requestError"]["serviceException"]
        return _in_options(str(exception["text"]))
    except (ValueError, KeyError, TypeError, msgspec.DecodeError):
        return f"the program answered {answer.status}"


def _in_options(text: str) -> str:
    """The API's `[field : reason]` as a sentence about the command's options."""
    match = _INVALID.fullmatch(text)
    if match is None:
        return text
    field, reason = match.groups()
    missing, unknown = _MISSING.fullmatch(reason), _UNKNOWN.fullmatch(reason)
    if missing is not None:
        return f"--{missing[1].replace('_', '-')} is needed"
    if unknown is not None:
        return f"--{unknown[1].replace('_', '-')} does not belong to one of this type"
    return reason if field in ("body", "file") else f"{field}: {reason}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
