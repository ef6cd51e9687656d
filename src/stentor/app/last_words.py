"""What a connection says for itself before it closes, in the words of the API."""

from __future__ import annotations

from typing import NamedTuple

from stentor.api import errors
from stentor.api.errors import ErrorKind


class Words(NamedTuple):
    """The last that a connection says; `lingers`: the client is probably still sending."""

    octets: bytes
    lingers: bool


def _words(status: str, message_id: str, text: str, *, lingers: bool = False) -> Words:
    body = errors.render(ErrorKind(0, message_id, text)).body
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    )
    return Words(head.encode() + b"\r\n" + body, lingers)


INVALID = _words("400 Bad Request", "BAD_REQUEST", "Not a valid HTTP request", lingers=True)
LATE = _words("408 Request Timeout", "REQUEST_TIMEOUT", "The request did not come in time")
LARGE_HEAD = _words(
    "431 Request Header Fields Too Large", "HEADERS_TOO_LARGE", "The head of the request is too large", lingers=True
)
FULL = _words("503 Service Unavailable", "SERVICE_UNAVAILABLE", "Too many connections")
NOTHING = Words(b"", lingers=False)
