"""The ASGI application: find the route, know the caller, read the body, answer. Dialects do the rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

from stentor.api import errors
from stentor.api.auth import Authenticator
from stentor.api.messages import Request, Response
from stentor.api.routes import Router
from stentor.core.errors import Refusal

log = structlog.get_logger()

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class _TooLarge(Exception):
    pass


class _Gone(Exception):
    """The client left before its request was complete."""


class HttpApi:
    def __init__(self, router: Router, authenticator: Authenticator, body_limit: int) -> None:
        self._router = router
        self._authenticator = authenticator
        self._body_limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            response = await self._respond(scope, receive)
        except _Gone:
            return
        except Refusal as refusal:
            response = errors.of_refusal(refusal)
        except Exception:
            log.exception("request failed", method=scope["method"], path=scope["path"])
            response = errors.render(errors.GENERAL)
        await _send(send, response)

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        path, method = scope["path"], scope["method"]
        handlers = self._router.find(path)
        if handlers is None:
            return errors.render(errors.NOT_FOUND, f"Requested URL not found: {path[:200]}")
        handler = handlers.get(method)
        if handler is None:
            allowed = ", ".join(sorted(handlers))
            text = f"Method {method} is not allowed for {path[:200]}; use {allowed}"
            return errors.render(errors.METHOD_NOT_ALLOWED, text, ((b"allow", allowed.encode()),))
        headers = dict(scope["headers"])
        account = await self._authenticator.account(headers.get(b"authorization", b""))
        if headers.get(b"content-encoding", b"identity") != b"identity":
            return errors.render(errors.UNSUPPORTED)
        try:
            body = await self._body(headers, receive)
        except _TooLarge:
            text = f"Request body is larger than {self._body_limit} octets"
            return errors.render(errors.TOO_LARGE, text, ((b"connection", b"close"),))
        query = scope["query_string"].decode("latin-1")
        return await handler(Request(method, path, query, headers, body, account))

    async def _body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        """The whole body; a length that is announced too large is not read at all."""
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._body_limit:
            raise _TooLarge
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._body_limit:
                raise _TooLarge
            chunks.append(chunk)
            if not message.get("more_body"):
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _send(send: Send, response: Response) -> None:
    body = response.body
    headers = [
        (b"content-type", response.content_type.encode()),
        (b"content-length", b"%d" % len(body)),
        *response.headers,
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
