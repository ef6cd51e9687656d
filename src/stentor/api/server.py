"""The ASGI application: find the route, know the caller, read the body, answer. Dialects do the rest."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

import structlog

from stentor.api import errors
from stentor.api.auth import Authenticator
from stentor.api.messages import Request, Response
from stentor.api.negotiation import wants_xml
from stentor.api.reading import Bodies, Gone, Receive, Unread
from stentor.api.router import Router
from stentor.core.account import Account
from stentor.core.errors import Refusal, StoreUnavailable, Unauthorized
from stentor.core.pulling import Pulled
from stentor.core.tally import Requests

log = structlog.get_logger()

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


_NOT_PACKED = (b"identity", b"utf-8", b"utf8")
"""What Content-Encoding may say: clients of 003 §2.2.1.1 name the charset there."""


_TURNS = 3
"""Turns of the loop after which an answer is with the system, or it is known that the system did not take it (with TLS
one turn later than without): not until then may it be written that it was given.
"""


class HttpApi:
    """`local_operator` names who calls admin routes on a socket that file permissions guard, of the name they give
    themselves; None asks for credentials.
    """

    def __init__(
        self,
        router: Router,
        authenticator: Authenticator,
        bodies: Bodies,
        *,
        local_operator: Callable[[str], str] | None = None,
        requests: Requests | None = None,
    ) -> None:
        self._router = router
        self._authenticator = authenticator
        self._bodies = bodies
        self._local_operator = local_operator
        self._requests = requests or Requests()
        self._streams: set[asyncio.Task[None]] = set()
        self._ending = False

    def end_streams(self) -> None:
        """A stream may go on as long as its client stays, so the server's stop must end it."""
        self._ending = True
        for stream in self._streams:
            stream.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        try:
            response = await self._respond(scope, receive)
        except Gone:
            return
        except Refusal as refusal:
            response = errors.of_refusal(refusal)
        except Exception:
            log.exception("request failed", method=scope["method"], path=scope["path"])
            response = errors.render(errors.GENERAL)
        if isinstance(response, errors.Refusing):
            spelt = scope.get("refused")
            if spelt is not None:
                response = spelt(response)
            elif wants_xml(dict(scope["headers"])):
                response = response.in_xml()
        if response.stream is not None:
            await self._stream(receive, send, response, response.stream)
        else:
            await _send(send, response)
            route, seconds = scope.get("route", ""), time.perf_counter() - started
            self._requests.count(scope["method"], route, response.status, seconds)
        if response.pulled:
            await _settle(response.pulled, scope.get("gone", _nobody_left))

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        path, method = scope["path"], scope["method"]
        match = self._router.find(path, scope["raw_path"])
        if match is None:
            scope["refused"] = self._router.spelling(path)
            return errors.render(errors.NOT_FOUND, f"Requested URL not found: {path[:200]}")
        route = match.methods.get(method)
        scope["refused"] = (route or next(iter(match.methods.values()))).refused
        if route is None:
            allowed = ", ".join(sorted(match.methods))
            text = f"Method {method} is not allowed for {path[:200]}; use {allowed}"
            return errors.render(errors.METHOD_NOT_ALLOWED, text, ((b"allow", allowed.encode()),))
        scope["route"] = route.path
        headers = dict(scope["headers"])
        client = scope["client"]
        address = client[0] if client else ""
        account, operator = None, ""
        try:
            if route.access == "account":
                authorization = headers.get(b"authorization", b"")
                if authorization or not route.login_in_query:
                    account = await self._authenticator.account(authorization, address)
                else:
                    account = await self._by_query(scope["query_string"], address)
            elif route.access == "admin":
                operator = await self._operator(headers, address)
        except Unauthorized:
            return errors.unauthorized(route.access)
        if headers.get(b"content-encoding", b"identity").lower() not in _NOT_PACKED:
            return errors.render(errors.UNSUPPORTED)
        try:
            body = await self._bodies.read(headers, receive)
        except Unread as unread:
            return unread.answer
        query = scope["query_string"].decode("latin-1")
        scheme = scope.get("scheme", "http")
        request = Request(method, path, query, headers, body, account, operator, address, match.at, scheme)
        try:
            return await route.handler(request)
        finally:
            self._bodies.release(body)

    async def _by_query(self, query: bytes, address: str) -> Account:
        """A login in the query string, where the account allows that."""
        account = await self._authenticator.account(_in_query(query), address)
        if not account.query_login:
            raise Unauthorized
        return account

    async def _operator(self, headers: dict[bytes, bytes], address: str) -> str:
        if self._local_operator is not None:
            return self._local_operator(headers.get(b"stentor-user", b"").decode("latin-1")[:64] or "somebody")
        return await self._authenticator.operator(headers.get(b"authorization", b""), address)

    async def _stream(
        self, receive: Receive, send: Send, response: Response, chunks: AsyncGenerator[bytes, None]
    ) -> None:
        """Send chunks until the client leaves, the server stops or there are no more; `chunks` is closed at the end."""
        headers = [(b"content-type", response.content_type.encode()), *response.headers]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        sending = asyncio.ensure_future(_pump(send, chunks))
        leaving = asyncio.ensure_future(_left(receive))
        self._streams.add(sending)
        if self._ending:
            sending.cancel()
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._streams.discard(sending)
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            await chunks.aclose()
        if not sending.cancelled():
            sending.result()
        await send({"type": "http.response.body", "body": b""})


async def _settle(pulled: Pulled[Any], gone: Callable[[], Awaitable[bool]]) -> None:
    """`gone`: whether the client had left before it could have the whole answer."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)
    try:
        await (pulled.put_back() if await gone() else pulled.given())
    except StoreUnavailable as error:
        log.error("what was pulled is not settled, and is given again after a restart", reason=str(error))


async def _nobody_left() -> bool:
    return False


async def _pump(send: Send, chunks: AsyncGenerator[bytes, None]) -> None:
    async for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _left(receive: Receive) -> None:
    """Returns when the client has closed its connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _in_query(query: bytes) -> bytes:
    """The login of a query string as Basic would have it."""
    given = parse_qs(query.decode("latin-1"))
    login = f"{given.get('username', [''])[-1]}:{given.get('password', [''])[-1]}"
    return b"Basic " + base64.b64encode(login.encode())


async def _send(send: Send, response: Response) -> None:
    body = response.body
    headers = [*response.headers]
    if response.status != 204:  # No Content, of which no length may be told (RFC 9110 8.6)
        headers[:0] = [
            (b"content-type", response.content_type.encode()),
            (b"content-length", b"%d" % len(body)),
        ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
