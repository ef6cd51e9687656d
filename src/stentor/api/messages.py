"""A request and an answer, apart from any server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qs

import msgspec

from stentor.core.account import Account

JSON = "application/json"
XML = "application/xml"


class Request(msgspec.Struct):
    """What a handler gets. `path` has no trailing slash; header names are lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[bytes, bytes]
    body: bytes
    account: Account

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    def parameters(self) -> dict[str, list[str]]:
        """The query's values by name; empty ones are left out, as clients send them for "no filter"."""
        return parse_qs(self.query) if self.query else {}


class Response(msgspec.Struct):
    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


Handler = Callable[[Request], Awaitable[Response]]
