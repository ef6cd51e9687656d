"""The application between server and handlers: who may, path names, and answers that go on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from stentor.api.auth import Authenticator
from stentor.api.messages import Request, Response, giving
from stentor.api.reading import Bodies
from stentor.api.route import Route
from stentor.api.router import Router
from stentor.api.server import HttpApi
from stentor.core.errors import StoreUnavailable
from stentor.core.pulling import Pulled
from stentor.core.rulebook import Rulebook
from support.making import book

Message = MutableMapping[str, Any]


class Connection:
    """One request to the application, as a server makes it; `leave` closes the client's end."""

    def __init__(self, api: HttpApi, method: str, path: str, *headers: tuple[bytes, bytes], client: Any) -> None:
        self.sent: asyncio.Queue[Message] = asyncio.Queue()
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        self._incoming.put_nowait({"type": "http.request", "body": b"", "more_body": False})
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": list(headers),
            "client": client,
        }
        self.task = asyncio.create_task(api(scope, self._incoming.get, self.sent.put))

    def leave(self) -> None:
        self._incoming.put_nowait({"type": "http.disconnect"})

    async def next(self) -> Message:
        return await asyncio.wait_for(self.sent.get(), 5)


class Handlers:
    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.closed = asyncio.Event()
        self.settled = 0

    async def show(self, request: Request) -> Response:
        self.seen.append(request)
        return Response(200, b"{}")

    async def pull(self, _: Request) -> Response:
        async def settle() -> None:
            self.settled += 1
            raise StoreUnavailable("no space left")

        return giving(Response(200, b"{}"), Pulled([1], settle, settle))

    async def tail(self, _: Request) -> Response:
        return Response(200, content_type="text/plain", stream=self._lines())

    async def few(self, _: Request) -> Response:
        return Response(200, stream=_few())

    async def _lines(self) -> AsyncGenerator[bytes, None]:
        try:
            yield b"first\n"
            await asyncio.Event().wait()
        finally:
            self.closed.set()


async def _few() -> AsyncGenerator[bytes, None]:
    yield b"1"
    yield b"2"


@asynccontextmanager
async def _api(handlers: Handlers, local_operator: Callable[[str], str] | None = None) -> AsyncIterator[HttpApi]:
    rows = (
        Route("GET", "/admin/1/x/{name}", handlers.show, "", "", "", access="admin"),
        Route("GET", "/open", handlers.show, "", "", "", access="public"),
        Route("GET", "/tail", handlers.tail, "", "", "", access="public"),
        Route("GET", "/pull", handlers.pull, "", "", "", access="public"),
        Route("GET", "/few", handlers.few, "", "", "", access="public"),
        Route("GET", "/mine", handlers.show, "", "", ""),
    )
    authenticator = Authenticator(Rulebook(book()))
    try:
        yield HttpApi(Router(rows), authenticator, Bodies(1000, 1000), local_operator=local_operator)
    finally:
        authenticator.close()


async def _status(api: HttpApi, path: str, client: Any = ("192.0.2.1", 1)) -> tuple[int, dict[bytes, bytes], bytes]:
    connection = Connection(api, "GET", path, client=client)
    start, body = await connection.next(), await connection.next()
    await connection.task
    return start["status"], dict(start["headers"]), body["body"]


@pytest.mark.parametrize(("path", "scheme"), [("/admin/1/x/y", b"Bearer "), ("/mine", b"Basic ")])
async def test_without_credentials_the_answer_names_the_scheme(path: str, scheme: bytes) -> None:
    handlers = Handlers()
    async with _api(handlers) as api:
        status, headers, body = await _status(api, path)
    assert (status, json.loads(body)["requestError"]["serviceException"]["messageId"]) == (401, "UNAUTHORIZED")
    assert headers[b"www-authenticate"].startswith(scheme)
    assert not handlers.seen


async def test_a_public_route_needs_none() -> None:
    handlers = Handlers()
    async with _api(handlers) as api:
        assert (await _status(api, "/open"))[0] == 200
    assert [(seen.caller, seen.operator, seen.address) for seen in handlers.seen] == [(None, "", "192.0.2.1")]


async def test_the_local_socket_is_the_operator_but_no_customer() -> None:
    handlers = Handlers()
    async with _api(handlers, lambda user: f"{user} local") as api:
        assert (await _status(api, "/admin/1/x/y", None))[0] == 200
        assert (await _status(api, "/mine", None))[0] == 401
    assert [(seen.operator, seen.address, dict(seen.at)) for seen in handlers.seen] == [
        ("somebody local", "", {"name": "y"})
    ]


async def test_what_cannot_be_settled_costs_no_answer() -> None:
    handlers = Handlers()
    async with _api(handlers) as api:
        assert (await _status(api, "/pull"))[0] == 200
        assert (await _status(api, "/open"))[0] == 200
    assert handlers.settled == 1


async def test_a_stream_ends_with_its_chunks() -> None:
    async with _api(Handlers()) as api:
        connection = Connection(api, "GET", "/few", client=None)
        sent = [await connection.next() for _ in range(4)]
        await connection.task
    assert b"content-length" not in dict(sent[0]["headers"])
    assert [(one["body"], one.get("more_body", False)) for one in sent[1:]] == [
        (b"1", True),
        (b"2", True),
        (b"", False),
    ]


@pytest.mark.parametrize("ends", ["client", "server", "server first"])
async def test_a_stream_is_closed_when_client_or_server_leaves(ends: str) -> None:
    handlers = Handlers()
    async with _api(handlers) as api:
        if ends == "server first":
            api.end_streams()
        connection = Connection(api, "GET", "/tail", client=None)
        assert (await connection.next())["status"] == 200
        if ends != "server first":
            assert (await connection.next())["body"] == b"first\n"
            assert not handlers.closed.is_set()
            connection.leave() if ends == "client" else api.end_streams()
        await asyncio.wait_for(connection.task, 5)
        assert handlers.closed.is_set() or ends == "server first"
        assert (await connection.next())["body"] == b""
