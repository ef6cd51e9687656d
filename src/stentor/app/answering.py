"""How an answer leaves: head and body in one write, and the names of headers as the documents write them.

uvicorn writes them apart: two system calls and two packets (with TLS two records) for an answer of 300 octets, and a
client that wakes up twice. It writes names in lower case, where small clients look for `Content-Length:` in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from uvicorn._types import ASGISendEvent, HTTPResponseBodyEvent, HTTPResponseStartEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

_MUCH = 65_536
"""Octets of a body that are not copied to stand beside their head. A larger one is written in pieces of this size: TLS
passes on whatever it is given, and then says that nothing waits, however slow the client reads.
"""
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_WITHOUT_BODY = (204, 304)
_SPELT = {b"www-authenticate": b"WWW-Authenticate"}
Header = tuple[bytes, bytes]


class Answer:
    """The ASGI `send` of one request, in place of its cycle's own; `lost` is called if the connection was over."""

    def __init__(self, cycle: RequestResponseCycle, lost: Callable[[], None]) -> None:
        self._cycle = cycle
        self._lost = lost
        self._head = b""
        """What waits for its body."""
        self._measured = False
        """Whether the head says how long the body is."""

    async def __call__(self, message: ASGISendEvent) -> None:
        flow = self._cycle.flow
        if flow.write_paused and not self._cycle.disconnected:
            await flow.drain()
        if self._cycle.disconnected:
            return
        begun, kind = self._cycle.response_started, message["type"]
        if message["type"] == "http.response.start" and not begun:
            self._begin(message)
        elif message["type"] == "http.response.body" and begun:
            self._go_on(message)
        else:
            raise RuntimeError(f"{kind} of an answer that {'has begun' if begun else 'has no head'}")

    def _begin(self, message: HTTPResponseStartEvent) -> None:
        """An answer of known length waits for its body; the head of a stream goes at once."""
        cycle, status, headers = self._cycle, message["status"], message.get("headers", ())
        lines = [STATUS_LINE[status], *_lines(cycle.default_headers), *_lines(headers)]
        told = dict(headers)
        length = told.get(b"content-length")
        if told.get(b"connection") == b"close":
            cycle.keep_alive = False
        elif not cycle.keep_alive:
            lines.append(b"Connection: close\r\n")
        self._measured = length is not None or status in _WITHOUT_BODY
        if self._measured:
            cycle.expected_content_length = int(length or 0)
        elif cycle.scope["method"] != "HEAD" and cycle.scope["http_version"] != "1.0":
            cycle.chunked_encoding = True
            lines.append(b"Transfer-Encoding: chunked\r\n")
        lines.append(b"\r\n")
        cycle.response_started = True
        cycle.waiting_for_100_continue = False
        self._head = b"".join(lines)
        if not self._measured:
            self._write(b"")

    def _go_on(self, message: HTTPResponseBodyEvent) -> None:
        cycle, body, more = self._cycle, message.get("body", b""), message.get("more_body", False)
        if cycle.response_complete:
            raise RuntimeError("an answer goes on after its end")
        if cycle.scope["method"] == "HEAD":
            body = b""
        elif cycle.chunked_encoding:
            body = _chunk(body) + (b"" if more else b"0\r\n\r\n")
        elif self._measured:
            cycle.expected_content_length -= len(body)
            if cycle.expected_content_length < 0 or (cycle.expected_content_length and not more):
                raise RuntimeError("an answer is not as long as its head says")
        self._write(body)
        if not more:
            cycle.response_complete = True
            cycle.message_event.set()
            vars(cycle).pop("send", None)  # else only the garbage collector could free the two of us
            if not cycle.keep_alive:
                cycle.transport.close()
            cycle.on_response()

    def _write(self, body: bytes) -> None:
        transport, head = self._cycle.transport, self._head
        self._head = b""
        if transport.is_closing():
            self._lost()
        elif len(body) > _MUCH:
            transport.write(head)
            for start in range(0, len(body), _MUCH):
                transport.write(memoryview(body)[start : start + _MUCH])
        elif head or body:
            transport.write(head + body)


def _chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body) if body else b""


def _lines(headers: Iterable[Header]) -> list[bytes]:
    """Raises `ValueError` for a value that would end its line."""
    lines = []
    for name, value in headers:
        if _FORBIDDEN.search(value):
            raise ValueError(f"a value of {name!r} cannot be written: {value[:100]!r}")
        lines.append(b"%b: %b\r\n" % (spelt(name), value))
    return lines


@lru_cache(maxsize=256)
def spelt(name: bytes) -> bytes:
    """`content-type` as `Content-Type`."""
    return _SPELT.get(name) or name.title()
