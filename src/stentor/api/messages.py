"""A request and an answer, apart from any server."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec

from stentor.core.account import Account
from stentor.core.pulling import Pulled

JSON = "application/json"
XML = "application/xml"


class Request(msgspec.Struct):
    """What a handler gets. Header names are lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[bytes, bytes]
    body: bytes
    caller: Account | None
    """The calling account on routes of access `account`, else None."""
    operator: str
    """The name of the calling operator on routes of access `admin`, else empty."""
    address: str
    """The client's address; empty on the local socket."""
    at: Mapping[str, str]
    """The values of the path's `{names}`."""
    scheme: str = "http"
    """What the client reached us by, "http" or "https"."""

    @property
    def account(self) -> Account:
        """The calling account; only for handlers of access `account`."""
        assert self.caller is not None
        return self.caller

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    def parameters(self) -> dict[str, list[str]]:
        """The query's values by name; empty ones are left out, as clients send them for "no filter"."""
        return parse_qs(self.query) if self.query else {}


class Response(msgspec.Struct):
    """A whole answer, or the beginning of one whose body is what `stream` yields until the client leaves."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()
    stream: AsyncGenerator[bytes, None] | None = None
    pulled: Pulled[Any] | None = None
    """What is given with this answer: it is settled once the answer has gone out, or could not."""


def giving(response: Response, pulled: Pulled[Any]) -> Response:
    """The answer that gives what was pulled."""
    response.pulled = pulled
    return response


Handler = Callable[[Request], Awaitable[Response]]
